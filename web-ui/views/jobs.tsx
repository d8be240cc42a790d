// Jobs: what each does now, how its last runs ended, when it is next, and what can be done with one, many or all. One of them: job.tsx.
import { useMemo } from 'preact/hooks';
import type { JobView, RunView } from '../../daemon/contract/jobs.ts';
import { to } from '../address.ts';
import { drainForm, jobItems } from '../job-deeds.tsx';
import { useJobTools } from '../job-tools.tsx';
import { PICKS, SORTS, stateWords } from '../job-words.ts';
import type { PickName } from '../job-words.ts';
import { useRunHistories } from '../live/run-histories.ts';
import { useSlowNow } from '../live/slow-now.ts';
import { Badge } from '../parts/badge.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { DrainBanner, JobNow, JobTabs } from '../parts/job-frame.tsx';
import { Menu } from '../parts/menu.tsx';
import { Problem } from '../parts/notice.tsx';
import { RunStrip } from '../parts/run-strip.tsx';
import { Selection, useMarks } from '../parts/selection.tsx';
import { Table } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { Ago, Clock } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { go, useQuery } from '../router.ts';
import { scheduleWords } from '../schedule-words.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { RUN_TONES } from '../tones.ts';
import type { ViewProps } from '../views.ts';
import { count, duration, HERE } from '../words.ts';
import { Calendar } from './calendar.tsx';
import { Job } from './job.tsx';

function LastRun({ job }: { readonly job: JobView }) {
  const { last } = job;
  if (last === null) return <span class="faint">never</span>;
  return <span class="two"><a class="plain" href={to(['runs', last.id])}><Badge tone={RUN_TONES[last.state]} title={last.why}>{stateWords(last.state)}</Badge></a><span class="faint"><Ago at={last.endedAt} /></span></span>;
}

function NextTime({ job }: { readonly job: JobView }) {
  if (job.nextAt === null) return <span class="faint">–</span>;
  return <span class="two"><Ago at={job.nextAt} /><span class="faint"><Clock at={job.nextAt} /></span></span>;
}

/** What is below the words: as it is written, and the zone where that is another one than the browser's. */
function Schedule({ job }: { readonly job: JobView }) {
  const interval = job.schedule === '' || job.schedule.startsWith('every ');
  return (
    <span class="two" title={`${scheduleWords(job.schedule)} (${job.schedule === '' ? 'no schedule' : job.schedule}, ${job.timezone})`}>
      <span>{scheduleWords(job.schedule)}</span>
      {interval ? null : <span class="faint"><code>{job.schedule}</code>{job.timezone === HERE ? '' : ` ${job.timezone}`}</span>}
    </span>
  );
}

const NO_RUNS: readonly RunView[] = [];
function JobList() {
  const tools = useJobTools();
  const { live, session } = tools;
  const { snapshot } = live;
  const now = useSlowNow();
  const [search, setSearch] = useQuery('q');
  const [pick, setPick] = useQuery('only');
  const [sort, setSort] = useQuery('sort');
  const marks = useMarks((job: JobView) => [job.name]);
  const { runs, error, want } = useRunHistories(live);

  const all = useMemo(() => [...snapshot.jobs.values()].filter((job) => job.role === 'job'), [live.version]);
  const counts = useMemo(() => Object.fromEntries(Object.entries(PICKS).map(([name, { holds }]) => [name, all.filter((job) => holds(job, snapshot.breakers, now)).length])), [all, now]);
  const words = searchWords(search);
  const [by = '', way = ''] = sort.split('.');
  const rows = useMemo(() => {
    const holds = Object.hasOwn(PICKS, pick) ? PICKS[pick as PickName].holds : null;
    const kept = all.filter((job) => {
      if (holds !== null && !holds(job, snapshot.breakers, now)) return false;
      return words.length === 0 || hasWords(`${job.name} ${job.schedule} ${scheduleWords(job.schedule)} ${job.timezone} ${job.last?.state ?? ''} ${job.last?.why ?? ''} ${job.held} ${job.breaker ?? ''}`, words);
    });
    // From the address: anybody may write anything there.
    const compare = Object.hasOwn(SORTS, by) ? SORTS[by] : undefined;
    if (compare === undefined) return kept;
    const sorted = kept.toSorted((a, b) => compare(a, b, snapshot.breakers));
    return way === 'down' ? sorted.toReversed() : sorted;
  }, [all, search, pick, sort, pick === 'soon' ? now : 0]);

  const chosen = [...marks.keys].flatMap((name) => snapshot.jobs.get(name) ?? []);

  const columns: readonly Column<JobView>[] = [
    { id: 'name', title: 'Name', width: 'minmax(8rem, 1.3fr)', sort: true, cell: (job) => <a href={to(['jobs', job.name])} title={job.name}>{job.name}</a> },
    { id: 'now', title: 'Now', width: 'minmax(9rem, 2.2fr)', sort: true, cell: (job) => <JobNow job={job} tools={tools} /> },
    { id: 'schedule', title: 'Schedule', width: 'minmax(9rem, 1.9fr)', sort: true, drop: 2, cell: (job) => <Schedule job={job} /> },
    { id: 'next', title: 'Next', width: 'minmax(7.5rem, .7fr)', sort: true, cell: (job) => <NextTime job={job} /> },
    { id: 'last', title: 'Last run', width: 'minmax(6.5rem, .7fr)', sort: true, drop: 1, cell: (job) => <LastRun job={job} /> },
    { id: 'took', title: 'Took', width: '3.6rem', sort: true, number: true, drop: 1, cell: (job) => (job.last?.durationMs === null || job.last === null ? null : duration(job.last.durationMs)) },
    { id: 'strip', title: 'Last 20 runs', width: '12.4rem', drop: 3, cell: (job) => <RunStrip job={job.name} runs={runs.get(job.name) ?? NO_RUNS} /> },
  ];

  const everything = useMemo(() => jobItems(chosen, tools), [live.version, marks.keys]);
  const operates = session.can('job run');
  return (
    <>
      <ViewTitle
        title="Jobs"
        marks={<span class="faint">{count(all.length, 'job')}</span>}
        actions={session.can('drain') && snapshot.drain === null && (all.length > 0 || snapshot.processes.size > 0) ? <button type="button" onClick={() => tools.open(drainForm(tools, []))}>Drain…</button> : null}
      />
      <JobTabs at="list" />
      <DrainBanner tools={tools} />
      {error === null ? null : <Problem error={error} />}
      {all.length === 0 ? null : (
        <div class="tools">
          <input type="search" placeholder="Name, schedule, zone, reason…" aria-label="Search jobs" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
          <div class="chips" role="group" aria-label="Only these">
            <button type="button" class="chip" aria-pressed={pick === ''} onClick={() => setPick('')}>All {all.length}</button>
            {Object.entries(PICKS).map(([name, { title }]) => (
              <button key={name} type="button" class="chip" aria-pressed={pick === name} onClick={() => setPick(pick === name ? '' : name)}>{title} {counts[name] ?? 0}</button>
            ))}
          </div>
        </div>
      )}
      {chosen.length > 0 ? (
        <Selection marks={marks} what="jobs" count={count(chosen.length, 'job')} all={chosen.length < rows.length ? rows.map((job) => job.name) : undefined}>
          <ItemButtons items={everything} />
        </Selection>
      ) : null}
      <Table
        label="Jobs" columns={columns} rows={rows} keyOf={(job) => job.name} onOpen={(job) => go(to(['jobs', job.name]))} classOf={(job) => (job.enabled ? 'job' : 'job off')}
        sorting={{ by, down: way === 'down', set: (next, down) => setSort(next === by && way === 'down' ? '' : `${next}.${down ? 'down' : 'up'}`) }}
        {...(operates ? { marks: { ...marks, nameOf: (job: JobView) => job.name }, actions: (job: JobView) => <Menu label={`Actions for ${job.name}`} items={jobItems([job], tools)} /> } : {})}
        onSeen={(shown) => want(shown.map((job) => job.name))}
        empty={all.length === 0 ? <>The file declares no jobs. One takes three lines: <code>[jobs.backup]</code>, <code>command = "…"</code>, and <code>schedule = "0 3 * * *"</code> or <code>every = "15m"</code>.</> : 'No job answers to this.'}
      />
      {tools.dialog}
    </>
  );
}

export default function Jobs({ rest }: ViewProps) {
  const [view] = useQuery('view');
  const [name] = rest;
  if (name !== undefined) return <Job key={name} name={name} />;
  return view === 'calendar' ? <Calendar /> : <JobList />;
}
