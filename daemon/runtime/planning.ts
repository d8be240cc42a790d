// The plan of an apply: the file as it is now beside what runs now.
import { runnerChanges, runnersOf } from '../../config/check-changes.ts';
import { breakerChanges } from '../../config/job-changes.ts';
import { settingChanges } from '../../config/daemon-changes.ts';
import { groupChanges, keepAutoFiles, processChanges } from '../../config/process-changes.ts';
import type { Config, GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import { isEmpty, placesOf, planNamed, planOf } from '../core/plan.ts';
import type { Places, TreePlan } from '../core/plan.ts';
import type { Tree } from '../core/tree.ts';
import type { Store } from '../os/ports/store.ts';

export interface PlanWorld {
  readonly tree: () => Tree;
  readonly config: () => Config;
  /** Reads the file again. */
  readonly read: () => { readonly config: Config } | { readonly problems: readonly string[] };
  readonly store: Pick<Store, 'intents' | 'setIntent'>;
  /** A name for a text that tells nothing of it. */
  readonly digest: (text: string) => string;
}

/** A plan, and what it was made from. */
export interface Planned {
  readonly plan: Plan;
  readonly tree: TreePlan;
  readonly before: GroupSpec;
  readonly after: Config;
}

/** supervisord chooses the names of automatic logs anew at each reading, and that is no change. */
function withAutoFiles(member: MemberSpec, before: Places): MemberSpec {
  if (member.kind === 'group') return { ...member, members: member.members.map((below) => withAutoFiles(below, before)) };
  const was = before.processes.get(member.id);
  return was ? keepAutoFiles(was.spec, member) : member;
}

/** Stopped by hand, disabled, or not started by itself and never asked for. */
function isWantedDown(world: PlanWorld, spec: ProcessSpec): boolean {
  const intent = world.store.intents().get(spec.id);
  if (intent?.stopped === true || intent?.disabled === true) return true;
  const node = world.tree().processes.get(spec.id);
  return node ? node.state.wanted === 'down' : !spec.autostart;
}

/** Infinity and what is not there have no form in JSON. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (inner === Infinity ? 'infinity' : inner));
}

/** The file has errors; each in a line. */
export interface BadFile extends CommandError {
  readonly problems: readonly string[];
}

/** Makes the plan, or says what is wrong with the file. */
export function makePlan(world: PlanWorld): Planned | BadFile {
  const read = world.read();
  if ('problems' in read) return { code: 'BAD_CONFIG', message: `cannot apply, nothing was changed: ${read.problems.join('; ')}`, problems: read.problems };
  const config = world.config();
  const before = world.tree().shape();
  const places = placesOf(before);
  const tree = read.config.dialect === 'ini' ? (withAutoFiles(read.config.tree, places) as GroupSpec) : read.config.tree;
  const after = { ...read.config, tree };
  const treePlan = planOf(before, tree, { process: processChanges, group: groupChanges }, (spec) => isWantedDown(world, spec));
  const settings = settingChanges(config, after);
  const jobs = planNamed(runnersOf(config), runnersOf(after), runnerChanges).map(({ name, ...rest }) => ({ job: name, ...rest }));
  const breakers = planNamed(config.breakers, after.breakers, breakerChanges).map(({ name, ...rest }) => ({ breaker: name, ...rest }));
  const changes = !isEmpty(treePlan) || [...jobs, ...breakers].some((one) => one.action !== 'keep') || settings.some((one) => one.takes === 'live');
  return {
    tree: treePlan, before, after,
    plan: {
      id: world.digest(text([before, runnersOf(config), after])), file: after.file, changes, groups: treePlan.groups, processes: treePlan.processes, jobs, breakers, settings,
    },
  };
}

/** What is worth keeping of a plan that was carried out: what stays as it is can be seen elsewhere. */
export function changesOnly(plan: Plan): Plan {
  const changed = <T extends { readonly action: string }>(rows: readonly T[]): readonly T[] => rows.filter((row) => row.action !== 'keep');
  return { ...plan, groups: changed(plan.groups), processes: changed(plan.processes), jobs: changed(plan.jobs), breakers: changed(plan.breakers) };
}
