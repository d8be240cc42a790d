// Dead letters: runs that failed for good. What they were, why, and what has been done about them; trying them again, and deleting old ones.
import type { DeadLetter } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { shellText } from '../../daemon/contract/shell-words.ts';
import { to } from '../address.ts';
import { useDeadNews } from '../dead-news.ts';
import { pruneDead, retryDead } from '../dead-deeds.tsx';
import { useJobTools } from '../job-tools.tsx';
import { exitText, stateWords } from '../job-words.ts';
import { useAnswer } from '../live/use-answer.ts';
import { AnsiText } from '../parts/ansi-text.tsx';
import { Badge } from '../parts/badge.tsx';
import { Explained } from '../parts/explained.tsx';
import { Menu } from '../parts/menu.tsx';
import { Loading, Problem } from '../parts/notice.tsx';
import { Selection, useMarks } from '../parts/selection.tsx';
import { Table } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { Ago, Clock } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { go, useQuery } from '../router.ts';
import type { ViewProps } from '../views.ts';
import { count } from '../words.ts';

const MOST = 200;

function DeadList() {
  const tools = useJobTools();
  const [job, setJob] = useQuery('job');
  const [which, setWhich] = useQuery('only', 'pending');
  const marks = useMarks((letter: DeadLetter) => [letter.id]);
  const pending = which !== 'all';
  const { value, error, again } = useAnswer('dead list', { limit: MOST, output: false, ...(job === '' ? {} : { job }), ...(pending ? { pending: true } : {}) });
  useDeadNews(tools.live, again);
  const rows = value ?? [];
  const jobs = [...new Set([...rows.map((letter) => letter.job), ...(job === '' ? [] : [job])])].toSorted();
  const chosen = rows.filter(marks.has);
  const waiting = rows.filter((letter) => letter.retriedAt === null).length;
  const done = (): void => {
    marks.set([]);
    again();
  };
  const columns: readonly Column<DeadLetter>[] = [
    { id: 'id', title: 'Letter', width: 'minmax(5.5rem, .5fr)', cell: (letter) => <a class="mono" href={to(['dead', letter.id])} aria-label={`${shortId(letter.id)}, dead letter of ${letter.job}`}>{shortId(letter.id)}</a> },
    { id: 'job', title: 'Job', width: 'minmax(7rem, 1fr)', cell: (letter) => <a href={to(['jobs', letter.job])}>{letter.job}</a> },
    { id: 'why', title: 'Why', width: 'minmax(8rem, 2fr)', cell: (letter) => <span title={letter.why}>{letter.why}</span> },
    { id: 'attempts', title: 'Attempts', width: '5rem', number: true, drop: 2, cell: (letter) => letter.attempts },
    { id: 'args', title: 'Arguments', width: 'minmax(5rem, 1fr)', drop: 1, cell: (letter) => <code>{shellText(letter.args)}</code> },
    { id: 'failed', title: 'Failed', width: '7rem', cell: (letter) => <Ago at={letter.failedAt} /> },
    { id: 'again', title: 'Tried again', width: 'minmax(8rem, 1fr)', drop: 1, cell: (letter) => (letter.retriedAt === null ? <Badge tone="warn">pending</Badge> : <>{letter.retriedAs === null ? null : <a class="mono" href={to(['runs', letter.retriedAs])}>{shortId(letter.retriedAs)}</a>} <span class="faint"><Ago at={letter.retriedAt} /></span></>) },
  ];
  const operates = tools.session.can('dead retry');
  return (
    <>
      <ViewTitle
        title="Dead letters"
        marks={<span class="faint">{value === null ? '' : `${waiting}${rows.length >= MOST ? ' or more' : ''} pending`}</span>}
        actions={<>
          {operates && waiting > 0 ? <button type="button" onClick={() => retryDead(tools, { all: rows.length >= MOST ? null : waiting, job }, done)}>Try all {job === '' ? '' : `of ${job} `}again…</button> : null}
          {tools.session.can('dead prune') && rows.length > 0 ? <button type="button" class="danger" onClick={() => pruneDead(tools, rows, done)}>Delete old ones…</button> : null}
        </>}
      />
      <p class="faint">Runs that failed for good: kept with what is needed to try them again.</p>
      <div class="tools">
        <div class="chips" role="group" aria-label="Only these">
          <button type="button" class="chip" aria-pressed={pending} onClick={() => setWhich('pending')}>Pending</button>
          <button type="button" class="chip" aria-pressed={!pending} onClick={() => setWhich('all')}>All</button>
        </div>
        <label class="inline">Job{' '}
          <select value={job} onChange={(event) => setJob(event.currentTarget.value)}>
            <option value="">all</option>
            {jobs.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      </div>
      {chosen.length > 0 ? (
        <Selection marks={marks} what="dead letters" count={count(chosen.length, 'dead letter')} all={chosen.length < rows.length ? rows.map((letter) => letter.id) : undefined}>
          <button type="button" onClick={() => retryDead(tools, { letters: chosen }, done)}>Try again…</button>
        </Selection>
      ) : null}
      {error === null ? null : <Problem error={error} again={again} />}
      {value === null ? (error === null ? <Loading /> : null) : (
        <Table
          label="Dead letters" columns={columns} rows={rows} keyOf={(letter) => letter.id} onOpen={(letter) => go(to(['dead', letter.id]))} classOf={() => 'letter'}
          {...(operates ? {
            marks: { ...marks, nameOf: (letter: DeadLetter) => `${shortId(letter.id)} of ${letter.job}` },
            actions: (letter: DeadLetter) => <Menu label={`Actions for ${shortId(letter.id)}`} items={[{ label: 'Try again…', onSelect: () => retryDead(tools, { letters: [letter] }, done) }]} />,
          } : {})}
          empty={pending ? <>Nothing is pending{job === '' ? '' : ` of ${job}`}. A run whose last attempt fails comes here, unless its job says <code>dead_letters = false</code>.</> : 'There are no dead letters.'}
        />
      )}
      {rows.length >= MOST ? <p class="faint">The newest {MOST} are shown.</p> : null}
      {tools.dialog}
    </>
  );
}

function Letter({ id }: { readonly id: string }) {
  const tools = useJobTools();
  const { value: letter, error, again } = useAnswer('dead show', { id });
  useDeadNews(tools.live, again);
  if (letter === null) return error === null ? <Loading /> : <Problem error={error} again={again} />;
  const exit = exitText(letter);
  return (
    <>
      <ViewTitle
        title={<>Dead letter <span class="mono">{shortId(letter.id)}</span></>} above={[['Dead letters', to(['dead'])], [letter.job, to(['jobs', letter.job])]]}
        marks={letter.retriedAt === null ? <Badge tone="warn">pending</Badge> : <Badge tone="muted">tried again</Badge>}
        actions={<>
          {tools.session.can('dead retry') ? <button type="button" class="solid" onClick={() => retryDead(tools, { letters: [letter] }, again)}>Try again…</button> : null}
          <a href={to(['runs', letter.id])}>Its last run</a>
        </>}
      />
      <Explained name={`dead:${letter.id}`} version={String(letter.retriedAt)} />
      <div class="card">
        <dl class="facts">
          <dt>Job</dt><dd><a href={to(['jobs', letter.job])}>{letter.job}</a></dd>
          <dt>Why</dt><dd>{letter.why}</dd>
          {letter.cause === null ? null : <><dt>Cause</dt><dd>{stateWords(letter.cause)}</dd></>}
          {exit === '' ? null : <><dt>Exit</dt><dd>{exit}</dd></>}
          <dt>Attempts</dt><dd>{letter.attempts}</dd>
          <dt>Failed</dt><dd><Clock at={letter.failedAt} /> <span class="faint"><Ago at={letter.failedAt} /></span></dd>
          {letter.retriedAt === null ? null : <><dt>Tried again</dt><dd><Clock at={letter.retriedAt} />{letter.retriedAs === null ? null : <> as <a class="mono" href={to(['runs', letter.retriedAs])}>{shortId(letter.retriedAs)}</a></>}</dd></>}
          <dt>Command</dt><dd><code class="argv">{shellText(letter.argv)}</code></dd>
          {letter.args.length === 0 ? null : <><dt>Arguments</dt><dd><code>{shellText(letter.args)}</code></dd></>}
          <dt>Environment</dt><dd class="names">{letter.environment.length === 0 ? <span class="faint">not kept</span> : <details><summary>{count(letter.environment.length, 'name')}; values are never kept</summary>{letter.environment.map((name) => <code key={name}>{name}</code>)}</details>}</dd>
        </dl>
      </div>
      <h2>Output</h2>
      {letter.output === '' ? <p class="faint">It wrote nothing.</p> : <AnsiText text={letter.output} label={`Output of ${shortId(letter.id)}`} />}
      {tools.dialog}
    </>
  );
}

export default function Dead({ rest }: ViewProps) {
  const [id] = rest;
  return id === undefined ? <DeadList /> : <Letter key={id} id={id} />;
}
