// The rows of each section: what is in it, in which order, and what of it a filter leaves. Pure.
import { BADNESS } from '../../daemon/contract/health.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import type { IssueView } from '../../daemon/contract/issues.ts';
import type { BreakerView, JobView, RunView } from '../../daemon/contract/jobs.ts';
import { shortId, shortName } from '../../daemon/contract/names.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import type { ProcessStateName } from '../../daemon/contract/states.ts';
import { eventWords } from '../event-line.ts';
import type { World } from './world.ts';

/** In the order of their tabs. */
export const SECTIONS = { processes: 'Processes', jobs: 'Jobs', stuck: 'Stuck', issues: 'Issues', breakers: 'Breakers', violations: 'Violations', events: 'Events' } as const;
export type SectionId = keyof typeof SECTIONS;
export const SECTION_IDS = Object.keys(SECTIONS) as readonly SectionId[];

export type Row =
  | { readonly kind: 'process'; readonly key: string; readonly view: ProcessView }
  | { readonly kind: 'job'; readonly key: string; readonly view: JobView }
  /** nested: below its job. */
  | { readonly kind: 'run'; readonly key: string; readonly view: RunView; readonly nested: boolean }
  | { readonly kind: 'issue'; readonly key: string; readonly view: IssueView }
  | { readonly kind: 'breaker'; readonly key: string; readonly view: BreakerView }
  | { readonly kind: 'event'; readonly key: string; readonly view: Fact };

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The worst first. */
const STATE_ORDER: Readonly<Record<ProcessStateName, number>> = { FATAL: 0, UNKNOWN: 1, BACKOFF: 2, STOPPING: 3, STARTING: 4, EXITED: 5, STOPPED: 6, RUNNING: 7 };

type Sorter<V> = (a: V, b: V, world: World) => number;
const usage = (world: World, view: ProcessView) => world.usage.get(view.id);

const PROCESS_SORTS: Readonly<Record<string, Sorter<ProcessView>>> = {
  name: () => 0,
  state: (a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state] || BADNESS[b.health] - BADNESS[a.health],
  cpu: (a, b, world) => (usage(world, b)?.cpuPercent ?? -1) - (usage(world, a)?.cpuPercent ?? -1),
  memory: (a, b, world) => (usage(world, b)?.rssBytes ?? -1) - (usage(world, a)?.rssBytes ?? -1),
  restarts: (a, b) => b.restarts - a.restarts,
  uptime: (a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0),
};
const JOB_SORTS: Readonly<Record<string, Sorter<JobView>>> = {
  name: () => 0,
  next: (a, b) => (a.nextAt ?? Infinity) - (b.nextAt ?? Infinity) || 0,
  running: (a, b) => b.running.length - a.running.length || b.queued - a.queued,
  last: (a, b) => (b.last?.endedAt ?? 0) - (a.last?.endedAt ?? 0),
};
const ISSUE_SORTS: Readonly<Record<string, Sorter<IssueView>>> = {
  'last seen': (a, b) => b.lastSeenAt - a.lastSeenAt,
  state: (a, b) => byText(a.state, b.state),
  check: (a, b) => byText(a.check, b.check),
  times: (a, b) => b.occurrences - a.occurrences,
};

/** Names of the orders of a section; `s` goes through them. */
export const SORTS: Readonly<Record<SectionId, readonly string[]>> = {
  processes: Object.keys(PROCESS_SORTS), jobs: Object.keys(JOB_SORTS), stuck: ['name'], issues: Object.keys(ISSUE_SORTS), breakers: ['name'], violations: ['newest'], events: ['newest'],
};

/** What a filter looks at. */
function textOf(row: Row): string {
  switch (row.kind) {
    case 'process': return `${shortName(row.view.id)} ${row.view.state} ${row.view.health} ${row.view.why}`;
    case 'job': return `${row.view.name} ${row.view.schedule} ${row.view.held} ${row.view.last?.state ?? ''}`;
    case 'run': return `${row.view.job} ${row.view.id} ${row.view.state} ${row.view.status}`;
    case 'issue': return `${row.view.id} ${row.view.check} ${row.view.code ?? ''} ${row.view.state} ${row.view.message}`;
    case 'breaker': return `${row.view.name} ${row.view.state} ${row.view.why}`;
    case 'event': return eventWords(row.view);
  }
}

function processes({ snapshot }: World): readonly Row[] {
  return [...snapshot.processes.values()].map((view) => ({ kind: 'process', key: view.id, view }));
}

function jobs(world: World, sort: string): readonly Row[] {
  const { snapshot } = world;
  const order = JOB_SORTS[sort] ?? JOB_SORTS['name']!;
  const below = new Map<string, RunView[]>();
  for (const run of snapshot.runs.values()) {
    const list = below.get(run.job);
    if (list) list.push(run);
    else below.set(run.job, [run]);
  }
  // What checks and fixes run is theirs, and of interest here only while it runs.
  const shown = [...snapshot.jobs.values()].filter((job) => job.role === 'job' || below.has(job.name));
  return shown
    .toSorted((a, b) => order(a, b, world) || byText(a.name, b.name))
    .flatMap((view): Row[] => [
      { kind: 'job', key: `job ${view.name}`, view },
      ...(below.get(view.name) ?? []).toSorted((a, b) => a.number - b.number).map((run): Row => ({ kind: 'run', key: run.id, view: run, nested: true })),
    ]);
}

function stuck({ snapshot }: World): readonly Row[] {
  const rows: Row[] = [];
  for (const view of snapshot.processes.values()) if (view.health === 'stuck' || view.heartbeat?.stuck === true || (view.heartbeat?.missed ?? 0) > 0) rows.push({ kind: 'process', key: view.id, view });
  for (const view of snapshot.runs.values()) if (view.heartbeat?.stuck === true || (view.heartbeat?.missed ?? 0) > 0) rows.push({ kind: 'run', key: view.id, view, nested: false });
  return rows;
}

const events = (facts: readonly Fact[]): readonly Row[] => facts.toReversed().map((view) => ({ kind: 'event', key: String(view.seq), view }));

const nameOf = (row: Row): string => (row.kind === 'process' ? row.view.id : row.kind === 'run' ? `${row.view.job} ${row.view.id}` : row.key);

/** All of a section, before the filter. O(what is in it). */
export function allRows(world: World, section: SectionId, sort: string): readonly Row[] {
  switch (section) {
    case 'processes': {
      const order = PROCESS_SORTS[sort] ?? PROCESS_SORTS['name']!;
      return processes(world).toSorted((a, b) => order(a.view as ProcessView, b.view as ProcessView, world) || byText(a.key, b.key));
    }
    case 'jobs': return jobs(world, sort);
    case 'stuck': return stuck(world).toSorted((a, b) => byText(nameOf(a), nameOf(b)));
    case 'issues': {
      const order = ISSUE_SORTS[sort] ?? ISSUE_SORTS['last seen']!;
      return [...world.snapshot.issues.values()].toSorted((a, b) => order(a, b, world) || byText(a.id, b.id)).map((view) => ({ kind: 'issue', key: view.id, view }));
    }
    case 'breakers': return [...world.snapshot.breakers.values()].toSorted((a, b) => byText(a.name, b.name)).map((view) => ({ kind: 'breaker', key: `breaker ${view.name}`, view }));
    case 'violations': return events(world.violations);
    case 'events': return events(world.events);
  }
}

/** Rows whose text holds every word of the filter, in any case. */
export function rowsOf(world: World, section: SectionId, sort: string, filter: string): readonly Row[] {
  const rows = allRows(world, section, sort);
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return words.length === 0 ? rows : rows.filter((row) => {
    const text = textOf(row).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** How a person names what a row is about. */
export function titleOf(row: Row): string {
  switch (row.kind) {
    case 'process': return shortName(row.view.id);
    case 'job': case 'breaker': return row.view.name;
    case 'run': return `${row.view.job} ${shortId(row.view.id)}`;
    case 'issue': return `issue ${shortId(row.view.id)}`;
    case 'event': return `#${String(row.view.seq)}`;
  }
}
