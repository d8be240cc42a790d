// Runs, newest first: filtered by state and by the language of filters, kept up to date by facts, older ones on request.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import type { RunState, RunView } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { shellText } from '../../daemon/contract/shell-words.ts';
import { to } from '../address.ts';
import { ask, AskError } from '../ask.ts';
import { exitText, spanOf, stateWords } from '../job-words.ts';
import { useLive } from '../live/use-live.ts';
import { go, useQuery } from '../router.ts';
import { runOfFact } from '../run-history.ts';
import { RUN_TONES } from '../tones.ts';
import { duration } from '../words.ts';
import { Badge } from './badge.tsx';
import { Loading, Problem } from './notice.tsx';
import { RunProgress } from './run-progress.tsx';
import { Table } from './table.tsx';
import type { Column } from './table.tsx';
import { Ago, Since } from './time.tsx';

/** Runs of one answer. */
const PAGE = 100;
/** Rows kept while one looks. */
const MOST = 5000;
/** Typing is over after this. */
const TYPED_MS = 400;

const PICKED = [
  ['', 'All', []],
  ['going', 'Going on', ['running', 'queued', 'scheduled']],
  ['good', 'Succeeded', ['succeeded']],
  ['bad', 'Failed', ['failed', 'timed_out', 'stalled', 'interrupted', 'dead', 'retrying']],
  ['not', 'Not run', ['missed', 'skipped', 'cancelled']],
] as const satisfies readonly (readonly [string, string, readonly RunState[]])[];

/** Rows with one that is new or changed, newest first. */
function withRow(rows: readonly RunView[], run: RunView): readonly RunView[] {
  const at = rows.findIndex((one) => one.id === run.id);
  if (at >= 0) return rows.with(at, run);
  return [run, ...rows].toSorted((a, b) => b.createdAt - a.createdAt).slice(0, MOST);
}

interface Loaded {
  readonly rows: readonly RunView[];
  readonly more: boolean;
}

/** `job` '': of all. */
export function RunTable({ job }: { readonly job: string }) {
  const live = useLive();
  const [pick, setPick] = useQuery('state');
  const [where, setWhere] = useQuery('where');
  const [typed, setTyped] = useState(where);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [turn, setTurn] = useState(0);
  const [busy, setBusy] = useState(false);
  const states = PICKED.find(([id]) => id === pick)?.[2] ?? [];
  const values = { ...(job === '' ? {} : { job }), ...(states.length === 0 ? {} : { state: states }), ...(where === '' ? {} : { where }), limit: PAGE };
  const key = JSON.stringify(values);
  const { snapshot } = live;

  useEffect(() => {
    const typing = setTimeout(() => { if (typed !== where) setWhere(typed.trim()); }, TYPED_MS);
    return () => clearTimeout(typing);
  }, [typed]);

  useEffect(() => {
    const gone = new AbortController();
    ask('job history', values, gone.signal).then(
      (rows) => {
        setError(null);
        setLoaded({ rows, more: rows.length >= PAGE });
      },
      (problem: Error) => { if (!gone.signal.aborted) setError(problem); },
    );
    return () => gone.abort();
  }, [key, snapshot, turn]);

  // A filter is the daemon's to judge; without one a fact says enough.
  const gather = useRef<Map<string, RunView>>(new Map());
  useEffect(() => live.onFact((fact) => {
    const run = runOfFact(fact);
    if (run === null || (job !== '' && run.job !== job) || where !== '') return;
    const first = gather.current.size === 0;
    gather.current.set(run.id, run);
    if (first) requestAnimationFrame(() => {
      const news = [...gather.current.values()];
      gather.current = new Map();
      setLoaded((before) => (before === null ? before : { ...before, rows: news.reduce(withRow, before.rows) }));
    });
  }), [live, job, where]);

  const older = (): void => {
    const last = loaded?.rows.at(-1);
    if (last === undefined) return;
    setBusy(true);
    ask('job history', { ...values, until: new Date(last.createdAt).toISOString() }).then(
      (rows) => setLoaded((before) => {
        const known = new Set(before?.rows.map((run) => run.id));
        const fresh = rows.filter((run) => !known.has(run.id));
        return { rows: [...(before?.rows ?? []), ...fresh].slice(0, MOST), more: fresh.length > 0 && rows.length >= PAGE };
      }),
      setError,
    ).finally(() => setBusy(false));
  };

  const rows = useMemo(() => (loaded?.rows ?? []).map((run) => snapshot.runs.get(run.id) ?? run).filter((run) => states.length === 0 || (states as readonly string[]).includes(run.state)), [loaded, live.version, pick]);
  const columns: readonly Column<RunView>[] = [
    { id: 'run', title: 'Run', width: 'minmax(5.5rem, .6fr)', cell: (run) => <a href={to(['runs', run.id])} title={run.id} class="mono" aria-label={`${shortId(run.id)}, run ${run.number} of ${run.job}`}>{shortId(run.id)}</a> },
    ...(job === '' ? [{ id: 'job', title: 'Job', width: 'minmax(7rem, 1.2fr)', cell: (run: RunView) => <a href={to(['jobs', run.job])}>{run.job}</a> }] : [{ id: 'number', title: 'No.', width: '4rem', number: true, drop: 2 as const, cell: (run: RunView) => run.number }]),
    {
      id: 'state', title: 'State', width: 'minmax(8rem, 1.3fr)',
      cell: (run) => <span class="marks"><Badge tone={RUN_TONES[run.state]} title={RUN_STATES[run.state].says}>{stateWords(run.state)}</Badge>{run.progress !== null && run.state === 'running' ? <RunProgress progress={run.progress} name={`run ${run.number}`} /> : null}</span>,
    },
    { id: 'began', title: 'Began', width: '6.5rem', cell: (run) => <Ago at={run.startedAt ?? run.createdAt} /> },
    { id: 'took', title: 'Took', width: '4.5rem', number: true, cell: (run) => (run.state === 'running' ? <Since at={run.startedAt} /> : run.startedAt === null ? '–' : duration(spanOf(run, run.endedAt ?? 0) ?? 0)) },
    { id: 'exit', title: 'Exit', width: '4.5rem', drop: 2, cell: (run) => exitText(run) },
    { id: 'trigger', title: 'Trigger', width: 'minmax(6rem, .8fr)', drop: 1, cell: (run) => <span class="faint" title={run.initiator}>{stateWords(run.trigger)}{run.trigger === 'manual' || run.trigger === 'at' ? ` by ${run.initiator}` : ''}</span> },
    { id: 'try', title: 'Try', width: '2.5rem', number: true, drop: 2, cell: (run) => (run.attempt > 1 ? run.attempt : '') },
    { id: 'why', title: 'Why', width: 'minmax(6rem, 2fr)', drop: 1, cell: (run) => <span class="faint" title={run.why}>{run.why === '' ? shellText(run.args) : run.why}</span> },
  ];
  return (
    <>
      <div class="tools">
        <div class="chips" role="group" aria-label="Only these runs">
          {PICKED.map(([id, title]) => <button key={id} type="button" class="chip" aria-pressed={pick === id} onClick={() => setPick(id)}>{title}</button>)}
        </div>
        <input
          type="search" class="mono" placeholder="duration>5m && exit!=0" aria-label="Filter runs, as ps --where" aria-describedby="where-problem" aria-invalid={error instanceof AskError && error.code === 'BAD_ARGUMENT'} spellcheck={false} autoComplete="off"
          value={typed} onInput={(event) => setTyped(event.currentTarget.value)} onKeyDown={(event) => { if (event.key === 'Enter') setWhere(typed.trim()); }}
        />
      </div>
      <p id="where-problem" class="bad hint" role="status">{error instanceof AskError && error.code === 'BAD_ARGUMENT' ? error.message : ''}</p>
      {error !== null && !(error instanceof AskError && error.code === 'BAD_ARGUMENT') ? <Problem error={error} again={() => setTurn(turn + 1)} /> : null}
      {loaded === null ? (error === null ? <Loading /> : null) : (
        <Table label={job === '' ? 'Runs' : `Runs of ${job}`} columns={columns} rows={rows} keyOf={(run) => run.id} onOpen={(run) => go(to(['runs', run.id]))} classOf={() => 'run'} empty={pick === '' && where === '' ? 'There are no runs yet.' : 'No run answers to this.'} />
      )}
      {loaded !== null && loaded.more ? <p class="more"><button type="button" disabled={busy} onClick={older}>Older runs</button> <span class="faint">{rows.length} shown</span></p> : null}
    </>
  );
}
