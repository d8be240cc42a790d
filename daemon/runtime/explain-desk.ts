// `explain`: names become subjects, and each subject the values its explanation is made of. Loaded by the first who asks.
import type { Config } from '../../config/spec.ts';
import type { Finding } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Explanation } from '../contract/explanations.ts';
import { shortName } from '../contract/names.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Tree } from '../core/tree.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Intent, Store } from '../os/ports/store.ts';
import type { AlertControl, Wellness } from './control.ts';
import { explainAlert } from './explain-alert.ts';
import { explainBreaker } from './explain-breaker.ts';
import { explainDaemon } from './explain-daemon.ts';
import { explainGroup } from './explain-group.ts';
import { explainCheck, explainFix, explainIssue } from './explain-issue.ts';
import { explainJob } from './explain-job.ts';
import type { JobSource } from './explain-job.ts';
import { resolveSubjects } from './explain-names.ts';
import type { Nameable, Subject } from './explain-names.ts';
import { explainProcess } from './explain-process.ts';
import { explainDead, explainRun } from './explain-run.ts';
import type { IssueDesk } from './issue-desk.ts';
import type { IssueSide } from './issue-side.ts';
import type { JobSide } from './job-side.ts';
import type { KeptReports } from './program-vitals.ts';

/** Where the values come from. */
export interface ExplainWorld {
  readonly tree: Tree;
  readonly snapshot: Snapshot;
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly intent: (id: string) => Intent | undefined;
  readonly kept: (id: string) => KeptReports;
  readonly wellness: Pick<Wellness, 'rows' | 'isHeld'>;
  readonly jobs: JobSide;
  readonly issues: IssueSide;
  readonly desk: IssueDesk;
  readonly alerts: Pick<AlertControl, 'list' | 'silences'>;
  readonly doctor: () => readonly Finding[];
}

/** Runs of a job that are looked at for how it fares. */
const RUNS = 20;
const TIMES = 3;
/** Letters that are counted. */
const LETTERS = 1000;

/** Of a breaker no job has the clock: that of this machine. */
const ownZone = (): string => Temporal.Now.timeZoneId();

function nameable({ tree, snapshot, config, store, alerts }: ExplainWorld): Nameable {
  return {
    tree,
    names: {
      job: [...snapshot.jobs.values()].filter((job) => job.role === 'job').map((job) => job.name), check: [...snapshot.checks.keys()], fix: config.fixes.map((fix) => fix.name), breaker: [...snapshot.breakers.keys()],
      alert: alerts.list().map((alert) => alert.name),
    },
    find: (kind, beginning) => (kind === 'run' ? store.runs.findRun(beginning) : kind === 'issue' ? store.issues.findIssue(beginning) : store.runs.findDead(beginning)),
  };
}

function processOf(world: ExplainWorld, id: string): Explanation | null {
  const { tree, snapshot, store, clock, wellness } = world;
  const node = tree.processes.get(id);
  const view = snapshot.processes.get(id);
  if (!node || !view) return null;
  const graph = tree.dependencies();
  return explainProcess({
    node, view, needs: graph.unmet(id), dependents: graph.dependents(id), intent: world.intent(id), kept: world.kept(id), health: wellness.rows([id], false)[0], held: wellness.isHeld(node.spec.program), store,
    now: { mono: clock.mono(), wall: clock.wall() },
  });
}

function groupOf({ tree, snapshot, clock, config }: ExplainWorld, name: string): Explanation | null {
  const node = tree.groups.get(`group ${name}`);
  const view = snapshot.groups.get(name);
  if (!node || !view) return null;
  return explainGroup({ node, view, row: (id) => snapshot.processes.get(id), exits: config.daemon.onFailure === 'exit', now: { mono: clock.mono(), wall: clock.wall() } });
}

function jobSource({ jobs, snapshot, config, clock, store }: ExplainWorld, name: string): JobSource | null {
  const job = snapshot.jobs.get(name);
  const spec = jobs.book.spec(name);
  if (!job || !spec) return null;
  const now = clock.wall();
  const runs = store.runs.runs({ job: name, limit: RUNS }).map((run) => snapshot.runs.get(run.id) ?? run);
  const chained = (kind: 'success' | 'failure'): readonly string[] => config.jobs.filter((one) => one.chains[kind].includes(name)).map((one) => one.name);
  return {
    job, spec, settings: config.jobSettings, runs, next: spec.enabled && spec.schedule !== null ? jobs.book.next(name, now, TIMES) : [], breaker: spec.breaker === null ? undefined : snapshot.breakers.get(spec.breaker),
    drain: snapshot.drain, after: { success: chained('success'), failure: chained('failure') }, dead: store.runs.dead({ job: name, pending: true, limit: LETTERS }).length, now,
  };
}

function runOf({ jobs, store, clock }: ExplainWorld, id: string): Explanation | null {
  const run = jobs.desk.show(id);
  if ('message' in run) return null;
  const letter = store.runs.findDead(run.id);
  return explainRun({ run, spec: jobs.book.spec(run.job), letter: letter === undefined || letter === 'ambiguous' ? null : letter, now: clock.wall() });
}

function checkOf(world: ExplainWorld, name: string): Explanation | null {
  const { desk, issues, clock, snapshot } = world;
  const check = desk.checks().find((one) => one.name === name);
  const spec = issues.book.check(name);
  if (!check || !spec) return null;
  const live = [...snapshot.issues.values()].filter((one) => one.check === name).toSorted((a, b) => b.changedAt - a.changedAt);
  return explainCheck({ check, spec, job: jobSource(world, `check:${name}`), issues: live, now: clock.wall() });
}

function issueOf({ desk, issues, clock }: ExplainWorld, id: string): Explanation | null {
  const issue = desk.show(id);
  if (!('history' in issue)) return null;
  return explainIssue({
    issue, check: desk.checks().find((one) => one.name === issue.check) ?? null, spec: issues.book.check(issue.check), fix: issue.fix === null ? undefined : issues.book.fix(issue.fix),
    held: issue.fix === null || issue.state !== 'open' ? '' : issues.book.heldBy(issue.fix), now: clock.wall(),
  });
}

function breakerOf({ snapshot, config, tree, clock }: ExplainWorld, name: string): Explanation | null {
  const breaker = snapshot.breakers.get(name);
  const spec = config.breakers.find((one) => one.name === name);
  if (!breaker || !spec) return null;
  const nodes = [...tree.processes.values()].filter((node) => node.spec.breaker === name);
  const jobs = config.jobs.filter((job) => job.breaker === name).map((job) => job.name);
  const held = [
    ...jobs.filter((job) => (snapshot.jobs.get(job)?.held ?? '').includes(`breaker ${name} `)).map((job) => `job ${job}`),
    ...nodes.filter(({ state }) => state.phase === 'BACKOFF' && state.waits !== null && breaker.state !== 'closed').map(({ key }) => shortName(key)),
  ];
  return explainBreaker({ breaker, spec, enabled: config.jobSettings.breakersEnabled, jobs, programs: [...new Set(nodes.map((node) => node.spec.program))], held, now: clock.wall(), zone: ownZone() });
}

function explainOne(world: ExplainWorld, { kind, name }: Subject): Explanation | null {
  const { store, config, clock, snapshot, issues, alerts, jobs } = world;
  const now = clock.wall();
  switch (kind) {
    case 'daemon': return explainDaemon({ snapshot, findings: world.doctor(), alerts: alerts.list(), dead: store.runs.dead({ pending: true, limit: LETTERS }).length, now });
    case 'process': return processOf(world, name);
    case 'group': return groupOf(world, name);
    case 'job': {
      const source = jobSource(world, name);
      return source === null ? null : explainJob(source);
    }
    case 'run': return runOf(world, name);
    case 'check': return checkOf(world, name);
    case 'issue': return issueOf(world, name);
    case 'fix': {
      const spec = issues.book.fix(name) ?? config.fixes.find((fix) => fix.name === name);
      return spec === undefined ? null : explainFix({ spec, held: issues.book.heldBy(name), issues: issues.book.issues().filter((issue) => issue.fix === name), now });
    }
    case 'breaker': return breakerOf(world, name);
    case 'dead': {
      const letter = store.runs.findDead(name);
      return letter === undefined || letter === 'ambiguous' ? null : explainDead({ letter, known: jobs.book.spec(letter.job) !== undefined, keptMs: config.jobSettings.deadLetterMs, now });
    }
    case 'alert': {
      const alert = alerts.list().find((one) => one.name === name);
      return alert === undefined ? null : explainAlert({ alert, silences: alerts.silences(), now });
    }
    default: return kind satisfies never;
  }
}

/** One explanation for each thing that the words name; none: of the daemon. */
export function explainAll(world: ExplainWorld, words: readonly string[]): readonly Explanation[] | CommandError {
  const subjects = resolveSubjects(nameable(world), words);
  if ('code' in subjects) return subjects;
  // What is gone between its name and its values is left out.
  return subjects.flatMap((subject) => explainOne(world, subject) ?? []);
}
