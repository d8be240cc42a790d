// What has to be done so that what runs becomes what a new file says: as little as possible. Pure.
import type { GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { GroupPlan, JobAction, PlanChange, ProcessAction, ProcessPlan } from '../contract/plan.ts';

/** How two specifications are compared; the words are the file's, so they come from there. */
export interface Comparison {
  readonly process: (before: ProcessSpec, after: ProcessSpec) => readonly (PlanChange & { readonly takes: 'live' | 'restart' })[];
  /** Members are not looked at. */
  readonly group: (before: GroupSpec, after: GroupSpec) => readonly (PlanChange & { readonly takes: 'live' | 'replace' })[];
}

export interface TreePlan {
  /** In the order of the new tree, then those that go. */
  readonly groups: readonly GroupPlan[];
  readonly processes: readonly ProcessPlan[];
}

export interface Place<T> {
  readonly spec: T;
  /** Name of the group it is in; '' is the root. */
  readonly parent: string;
  /** Name of the top-level group it belongs to. */
  readonly top: string;
}

/** Every group (but the root) and process of a tree, in start order. */
export interface Places {
  readonly groups: ReadonlyMap<string, Place<GroupSpec>>;
  readonly processes: ReadonlyMap<string, Place<ProcessSpec>>;
}

export function placesOf(root: GroupSpec): Places {
  const groups = new Map<string, Place<GroupSpec>>();
  const processes = new Map<string, Place<ProcessSpec>>();
  const walk = (member: MemberSpec, parent: string, top: string): void => {
    if (member.kind === 'process') return void processes.set(member.id, { spec: member, parent, top });
    groups.set(member.name, { spec: member, parent, top: top === '' ? member.name : top });
    for (const below of member.members) walk(below, member.name, top === '' ? member.name : top);
  };
  for (const member of root.members) walk(member, '', '');
  return { groups, processes };
}

const memberKey = (member: MemberSpec): string => (member.kind === 'process' ? member.id : member.name);

/** The order of members that both have, where order is the rule. */
function orderChange(before: GroupSpec, after: GroupSpec): readonly PlanChange[] {
  const was = before.members.map(memberKey);
  const is = after.members.map(memberKey);
  const [from, to] = [was.filter((key) => is.includes(key)), is.filter((key) => was.includes(key))];
  return from.length > 1 && from.join(' ') !== to.join(' ') ? [{ key: 'members', from, to }] : [];
}

const shown = ({ key, from, to }: PlanChange): PlanChange => ({ key, from, to });

function groupPlan(name: string, before: Places, after: Places, compare: Comparison, replaced: ReadonlySet<string>): GroupPlan {
  const was = before.groups.get(name);
  const is = after.groups.get(name);
  if (!was || !is) return { group: name, action: was ? 'remove' : 'add', changes: [] };
  const changes = compare.group(was.spec, is.spec);
  const said = [...changes.map(shown), ...orderChange(was.spec, is.spec)];
  if (was.parent !== is.parent) return { group: name, action: 'replace', changes: [...said, { key: 'member of', from: was.parent || null, to: is.parent || null }] };
  if (replaced.has(is.parent) || changes.some((change) => change.takes === 'replace')) return { group: name, action: 'replace', changes: said };
  return { group: name, action: said.length > 0 ? 'live' : 'keep', changes: said };
}

function processPlan(id: string, before: Places, after: Places, compare: Comparison, replaced: ReadonlySet<string>, isWantedDown: (spec: ProcessSpec) => boolean): ProcessPlan {
  const was = before.processes.get(id);
  const is = after.processes.get(id);
  if (!was || !is) return { process: id, action: was ? 'remove' : 'add', changes: [], staysDown: is !== undefined && isWantedDown(is.spec) };
  const changes = compare.process(was.spec, is.spec);
  const restart = replaced.has(is.parent) || changes.some((change) => change.takes === 'restart');
  const action: ProcessAction = restart ? 'restart' : changes.length > 0 ? 'live' : 'keep';
  return { process: id, action, changes: changes.map(shown), staysDown: isWantedDown(is.spec) };
}

/**
 * The plan from one tree to another. `isWantedDown` says whether a process (of the new tree) is to stay down: stopped by hand,
 * disabled, or not started by itself and never asked for.
 */
export function planOf(before: GroupSpec, after: GroupSpec, compare: Comparison, isWantedDown: (spec: ProcessSpec) => boolean): TreePlan {
  const [was, is] = [placesOf(before), placesOf(after)];
  const replaced = new Set<string>();
  // Parents come before their members, so what is replaced is known when its members are asked.
  const groups = [...new Set([...is.groups.keys(), ...was.groups.keys()])].map((name) => {
    const plan = groupPlan(name, was, is, compare, replaced);
    if (plan.action === 'replace' || plan.action === 'add') replaced.add(name);
    return plan;
  });
  const processes = [...new Set([...is.processes.keys(), ...was.processes.keys()])].map((id) => processPlan(id, was, is, compare, replaced, isWantedDown));
  return { groups, processes };
}

export interface NamedPlan {
  readonly name: string;
  readonly action: JobAction;
  readonly changes: readonly PlanChange[];
}

/** The plan of things that are known by their names and take everything while they run: jobs, breakers. Those that go come last. */
export function planNamed<T extends { readonly name: string }>(
  before: readonly T[], after: readonly T[], compare: (before: T, after: T) => readonly PlanChange[],
): readonly NamedPlan[] {
  const was = new Map(before.map((one) => [one.name, one]));
  const kept = after.map((one): NamedPlan => {
    const known = was.get(one.name);
    if (known === undefined) return { name: one.name, action: 'add', changes: [] };
    was.delete(one.name);
    const changes = compare(known, one).map(shown);
    return { name: one.name, action: changes.length > 0 ? 'live' : 'keep', changes };
  });
  return [...kept, ...[...was.keys()].map((name): NamedPlan => ({ name, action: 'remove', changes: [] }))];
}

/** Does the plan ask for anything? */
export function isEmpty(plan: TreePlan): boolean {
  return plan.groups.every((group) => group.action === 'keep') && plan.processes.every((process) => process.action === 'keep');
}
