// Checks and what they found: when each looked and looks again, the issues that are there, and what fixes make of them.
import { useMemo } from 'preact/hooks';
import type { CheckState, CheckView, IssueView } from '../../daemon/contract/issues.ts';
import { ISSUE_STATES } from '../../daemon/contract/issues.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import { to } from '../address.ts';
import { useDeeds } from '../deeds.tsx';
import type { Deeds } from '../deeds.tsx';
import { issueItems } from '../issue-deeds.tsx';
import { daemonNow } from '../live/daemon-clock.ts';
import { useAnswer } from '../live/use-answer.ts';
import { useLive } from '../live/use-live.ts';
import { Badge } from '../parts/badge.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { Menu } from '../parts/menu.tsx';
import type { MenuItem } from '../parts/menu.tsx';
import { Empty, Problem } from '../parts/notice.tsx';
import { Selection, useMarks } from '../parts/selection.tsx';
import { Table } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { Ago } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { go, useQuery } from '../router.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { useSession } from '../session.ts';
import type { Session } from '../session.ts';
import { ISSUE_TONES, SEVERITY_TONES } from '../tones.ts';
import type { Tone } from '../tones.ts';
import { count, duration, percent } from '../words.ts';

const RESULT_TONES: Readonly<Record<NonNullable<CheckState['lastResult']>, Tone>> = { ok: 'good', issues: 'warn', failed: 'bad' };
/** A check that saw nothing for so long may be one that cannot see anything. */
const QUIET_MS = 30 * 86_400_000;

/** What the snapshot knows of a check: its state, its job's schedule, its issues. */
function checksOf(snapshot: Snapshot): readonly CheckView[] {
  const open = new Map<string, number>();
  for (const issue of snapshot.issues.values()) open.set(issue.check, (open.get(issue.check) ?? 0) + 1);
  return [...snapshot.checks.values()].map((check): CheckView => {
    const job = snapshot.jobs.get(`check:${check.name}`);
    return {
      ...check, schedule: job?.schedule ?? '', timezone: job?.timezone ?? '', enabled: job?.enabled ?? true, paused: job?.paused ?? false, nextAt: job?.nextAt ?? null,
      open: open.get(check.name) ?? 0, running: job?.running.length ?? 0,
    };
  });
}

function checkItems(check: CheckView, deeds: Deeds, session: Session): readonly MenuItem[] {
  if (!session.can('check run')) return [];
  return [
    { label: 'Look now', onSelect: () => deeds.run({ route: 'check run', values: { names: [check.name] }, title: `Check ${check.name}` }) },
    { label: 'Look now, store nothing', onSelect: () => deeds.run({ route: 'check run', values: { names: [check.name], dry_run: true }, title: `Try check ${check.name}` }) },
  ];
}

function Checks({ search }: { readonly search: string }) {
  const { snapshot, version } = useLive();
  const session = useSession();
  const deeds = useDeeds();
  const all = useMemo(() => checksOf(snapshot), [version]);
  const words = searchWords(search);
  const rows = all.filter((check) => hasWords(`${check.name} ${check.schedule} ${check.lastResult ?? ''} ${check.lastWhy}`, words));
  const columns: readonly Column<CheckView>[] = [
    { id: 'name', title: 'Check', width: 'minmax(8rem, 1.4fr)', cell: (check) => <strong>{check.name}</strong> },
    { id: 'result', title: 'Last result', width: 'minmax(8rem, 1fr)', cell: (check) => (check.running > 0 ? <Badge tone="busy">looking</Badge> : check.lastResult === null ? <Badge tone="muted">never looked</Badge> : <Badge tone={RESULT_TONES[check.lastResult]} title={check.lastWhy}>{check.lastResult === 'issues' ? count(check.lastIssues, 'issue') : check.lastResult}</Badge>) },
    { id: 'last', title: 'Last run', width: '7rem', cell: (check) => <Ago at={check.lastRunAt} /> },
    { id: 'next', title: 'Next run', width: '7rem', cell: (check) => (!check.enabled ? <span class="faint">disabled</span> : check.paused ? <span class="warn">paused</span> : <Ago at={check.nextAt} />) },
    { id: 'schedule', title: 'Every', width: 'minmax(6rem, .8fr)', drop: 2, cell: (check) => <span class="mono">{check.schedule === '' ? '–' : check.schedule}</span> },
    { id: 'open', title: 'Open', width: '4rem', number: true, cell: (check) => (check.open === 0 ? <span class="faint">0</span> : <a href={to(['checks'], { check: check.name })}>{check.open}</a>) },
    {
      id: 'note', title: 'Note', width: 'minmax(6rem, 2fr)', drop: 1,
      cell: (check) => {
        if (check.lastResult === 'failed') return <span class="bad" title={check.lastWhy}>{check.lastWhy}</span>;
        const since = check.lastIssueAt ?? check.firstRunAt;
        return since !== null && daemonNow() - since > QUIET_MS ? <span class="warn">no issue in {duration(daemonNow() - since)}: can it see any?</span> : null;
      },
    },
  ];
  return (
    <section aria-labelledby="checks">
      <div class="title">
        <h2 id="checks">Checks</h2><span class="faint">{count(all.length, 'check')}</span><span class="spring" />
        {session.can('check run-due') && all.length > 0 ? <button type="button" onClick={() => deeds.run({ route: 'check run-due', values: {}, title: 'Check all that are due' })}>Run what is due</button> : null}
      </div>
      <Table
        label="Checks" columns={columns} rows={rows} keyOf={(check) => check.name} onOpen={(check) => go(to(['checks'], { check: check.name }))}
        {...(session.can('check run') ? { actions: (check: CheckView) => <Menu label={`Actions for check ${check.name}`} items={checkItems(check, deeds, session)} /> } : {})}
        empty={all.length === 0 ? <>The file declares no checks. <code>[checks.NAME]</code> with <code>command</code> and <code>every</code> looks for what is wrong, <code>[fixes.NAME]</code> repairs it.</> : 'No check answers to this.'}
      />
    </section>
  );
}

function Top() {
  const { value, error } = useAnswer('issue top', { limit: 10 }, 30_000);
  if (error !== null) return <Problem error={error} />;
  if (value === null || value.length === 0) return null;
  return (
    <section aria-labelledby="top">
      <h2 id="top">Most frequent</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Most frequent issues">
        <table class="plain-table">
          <thead><tr><th scope="col">Check</th><th scope="col">Code</th><th scope="col">Seen</th><th scope="col">Live</th><th scope="col">Came back</th><th scope="col">Attempts</th><th scope="col">Fixed</th><th scope="col">Mean time to fix</th></tr></thead>
          <tbody>
            {value.map((row) => (
              <tr key={`${row.check} ${row.code}`}>
                <td>{row.check}</td><td>{row.code ?? ''}</td><td>{row.occurrences}</td><td>{row.live}</td><td>{row.reopened}</td><td>{row.attempts}</td>
                <td>{row.fixed}{row.attempts > 0 ? <span class="faint"> ({percent((100 * row.fixed) / row.attempts)})</span> : null}</td><td>{row.meanFixMs === null ? '' : duration(row.meanFixMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Issues({ search }: { readonly search: string }) {
  const { snapshot, version } = useLive();
  const session = useSession();
  const deeds = useDeeds();
  const [check, setCheck] = useQuery('check');
  const [state, setState] = useQuery('state');
  const [code, setCode] = useQuery('code');
  const [over, setOver] = useQuery('all');
  const marks = useMarks((issue: IssueView) => [issue.id]);
  // The snapshot has those that are there; those that are over are asked for.
  const past = useAnswer('issue list', over === '' ? null : { all: true, limit: 1000 });
  const all = useMemo((): readonly IssueView[] => {
    const rows = new Map((past.value ?? []).map((issue) => [issue.id, issue]));
    for (const issue of snapshot.issues.values()) rows.set(issue.id, issue);
    return [...rows.values()].toSorted((a, b) => b.changedAt - a.changedAt);
  }, [version, past.value]);
  const codes = useMemo(() => [...new Set(all.flatMap((issue) => (issue.code === null ? [] : [issue.code])))].toSorted(), [all]);
  const checks = useMemo(() => [...new Set([...snapshot.checks.keys(), ...all.map((issue) => issue.check)])].toSorted(), [all]);
  const words = searchWords(search);
  const rows = all.filter((issue) => (check === '' || issue.check === check) && (code === '' || issue.code === code) && (state === '' || issue.state === state) && hasWords(`${issue.message} ${issue.check} ${issue.code ?? ''} ${issue.id} ${issue.why}`, words));
  const columns: readonly Column<IssueView>[] = [
    { id: 'state', title: 'State', width: '7.5rem', cell: (issue) => <Badge tone={ISSUE_TONES[issue.state]} title={issue.why}>{issue.state}</Badge> },
    { id: 'message', title: 'Message', width: 'minmax(12rem, 3fr)', cell: (issue) => <a href={to(['issues', issue.id])}>{issue.message}</a> },
    { id: 'severity', title: 'Severity', width: '6.5rem', drop: 2, cell: (issue) => <Badge tone={SEVERITY_TONES[issue.severity]}>{issue.severity}</Badge> },
    { id: 'check', title: 'Check', width: 'minmax(6rem, 1fr)', drop: 3, cell: (issue) => issue.check },
    { id: 'code', title: 'Code', width: 'minmax(5rem, .8fr)', drop: 2, cell: (issue) => issue.code ?? '' },
    { id: 'seen', title: 'Seen', width: '4rem', number: true, drop: 2, cell: (issue) => issue.occurrences },
    { id: 'tries', title: 'Tries', width: '4rem', number: true, drop: 1, cell: (issue) => (issue.fix === null ? '' : `${issue.attempts}/${issue.maxAttempts}`) },
    { id: 'last', title: 'Last seen', width: '7rem', drop: 3, cell: (issue) => <Ago at={issue.lastSeenAt} /> },
  ];
  const chosen = all.filter(marks.has);
  return (
    <section aria-labelledby="issues">
      <div class="title"><h2 id="issues">Issues</h2><span class="faint">{count(snapshot.issues.size, 'issue')} there</span></div>
      {snapshot.checks.size === 0 && all.length === 0 && over === '' ? null : (
        <div class="tools">
          <label>Check <select value={check} onChange={(event) => setCheck(event.currentTarget.value)}><option value="">all</option>{checks.map((name) => <option key={name}>{name}</option>)}</select></label>
          <label>Code <select value={code} onChange={(event) => setCode(event.currentTarget.value)}><option value="">all</option>{codes.map((name) => <option key={name}>{name}</option>)}</select></label>
          <label>State <select value={state} onChange={(event) => setState(event.currentTarget.value)}><option value="">all</option>{Object.keys(ISSUE_STATES).map((name) => <option key={name}>{name}</option>)}</select></label>
          <label class="check"><input type="checkbox" checked={over !== ''} onChange={(event) => setOver(event.currentTarget.checked ? 'yes' : '')} /> Also what is over</label>
        </div>
      )}
      {past.error === null ? null : <Problem error={past.error} again={past.again} />}
      {chosen.length === 0 ? null : (
        <Selection marks={marks} what="issues" count={count(chosen.length, 'issue')}><ItemButtons items={issueItems(chosen, deeds, session)} /></Selection>
      )}
      <Table
        class="issues" label="Issues" columns={columns} rows={rows} keyOf={(issue) => issue.id} onOpen={(issue) => go(to(['issues', issue.id]))} classOf={(issue) => (ISSUE_STATES[issue.state].live ? `event ${SEVERITY_TONES[issue.severity]}-edge` : 'event')}
        {...(session.can('issue fix') ? { marks: { ...marks, nameOf: (issue: IssueView) => issue.message }, actions: (issue: IssueView) => <Menu label={`Actions for issue ${issue.message}`} items={issueItems([issue], deeds, session)} /> } : {})}
        empty={all.length === 0 ? (snapshot.checks.size === 0 ? 'Nobody reported an issue, and no check looks for any.' : 'Nothing is wrong, as far as the checks can see.') : 'No issue answers to this.'}
      />
    </section>
  );
}

export default function ChecksAndIssues() {
  const { snapshot } = useLive();
  const [search, setSearch] = useQuery('q');
  const none = snapshot.checks.size === 0 && snapshot.issues.size === 0;
  return (
    <>
      <ViewTitle title="Checks and issues" />
      <div class="tools"><input type="search" placeholder="Check, message, code…" aria-label="Search checks and issues" value={search} onInput={(event) => setSearch(event.currentTarget.value)} /></div>
      <Issues search={search} />
      <Checks search={search} />
      {none ? null : <Top />}
      {none ? <Empty>Programs and jobs can report issues too: see docs/checks.md.</Empty> : null}
    </>
  );
}
