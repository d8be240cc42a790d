// From declared programs and groups to the tree of supervisors: names resolved, cycles refused, order fixed.
import { backoffOf, intensityOf } from './backoff.ts';
import { withDependencies } from './depends.ts';
import { filled } from './table.ts';
import { groupKeys } from './group-schema.ts';
import { didYouMean } from './nearest.ts';
import type { DaemonSpec, GroupSpec, MemberSpec, Origin, ProcessSpec } from './spec.ts';
import type { GroupDecl, ProgramDecl } from './declared.ts';
import type { Declared } from './depends.ts';
import type { Report } from './problems.ts';

/** A group that names a strategy gives up past so many failures within its window. */
const STRATEGY_MAX_RESTARTS = 5;

/** Groups within groups, at most: deeper is a slip, and code that walks the tree may recurse. */
const MAX_NESTING = 32;

interface Builder {
  readonly programs: ReadonlyMap<string, ProgramDecl>;
  readonly groups: ReadonlyMap<string, GroupDecl>;
  readonly report: Report;
  /** Member -> where it was first listed. */
  readonly listed: Map<string, { readonly group: string; readonly place: Origin }>;
}

const byPriorityAndName = (a: MemberSpec, b: MemberSpec) => a.priority - b.priority || compare(a.name, b.name);
const byPriority = (a: { priority: number }, b: { priority: number }) => a.priority - b.priority;

function implicitGroup(program: ProgramDecl, report: Report): GroupSpec {
  const built = program.build(program.name);
  const members = program.dialect === 'ini' ? lastOfName(built, report) : built;
  return {
    kind: 'group',
    name: program.name,
    strategy: 'one_for_one',
    intensity: { max: null, windowMs: 60_000 },
    restart: 'permanent',
    backoff: backoffOf({}, 'exponential'),
    priority: program.groupPriority ?? members[0]?.priority ?? 999,
    start: 'together',
    implicit: true,
    listener: program.listener,
    socket: program.socket,
    members,
    origin: program.origin,
  };
}

function explicitGroup(b: Builder, decl: GroupDecl): GroupSpec {
  const { values } = decl;
  const { strategy, priority, restart, start_sequential: sequential } = filled(groupKeys, values, decl.dialect);
  const start = sequential ? 'in_order_running' : strategy === 'one_for_one' ? 'together' : 'in_order';
  const found = (values.members ?? []).flatMap((name, index) => membersNamed(b, decl, name, index));
  const members = decl.dialect === 'ini' ? lastOfName(found, b.report) : found;
  return {
    kind: 'group',
    name: decl.name,
    strategy,
    restart,
    backoff: backoffOf(values, 'exponential'),
    intensity: intensityOf(values.max_restarts, values.restart_window, values.strategy === undefined ? null : STRATEGY_MAX_RESTARTS),
    priority,
    start,
    implicit: false,
    listener: null,
    socket: null,
    origin: decl.origin,
    // Where order is the rule it is the order written; else priority decides, and among equals the order written (INI: the name).
    members: start === 'together' ? members.toSorted(decl.dialect === 'ini' ? byPriorityAndName : byPriority) : members,
  };
}

function membersNamed(b: Builder, decl: GroupDecl, name: string, index: number): readonly MemberSpec[] {
  const program = b.programs.get(name);
  const group = b.groups.get(name);
  const wrong = (message: string, hint: string | null = null) => {
    b.report.error(decl.place('members', index), `groups.${decl.name}.members[${index}]`, message, hint);
    return [];
  };
  if (program === undefined && group === undefined) return []; // checkMembers said so
  const before = b.listed.get(name);
  // supervisord runs one copy per group that lists a program; in TOML that is a mistake.
  if (before !== undefined && (decl.dialect === 'toml' || before.group === decl.name)) {
    return wrong(
      `"${name}" is already a member of group "${before.group}" (${before.place.file}:${before.place.line})`,
      'a member belongs to one group',
    );
  }
  b.listed.set(name, { group: decl.name, place: decl.place('members', index) });
  if (program !== undefined) {
    if (decl.dialect === 'toml' && program.listener !== null)
      return wrong(`"${name}" is a pool of event listeners, which is a group of its own`, 'leave it out of the group');
    if (decl.dialect === 'toml' && program.socket !== null)
      return wrong(`"${name}" has an fcgi_socket, which belongs to a group of its own`, 'leave it out of the group');
    return program.build(decl.name);
  }
  return group === undefined ? [] : [explicitGroup(b, group)];
}

/**
 * Unknown members, and cycles with their path, over all groups: those that only a cycle leads to are in no tree.
 * False: there is a cycle or no end of nesting, and building would follow it.
 */
function checkMembers(b: Builder): boolean {
  let buildable = true;
  let tooDeep = false;
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): void => {
    const group = b.groups.get(name);
    if (group === undefined || b.programs.has(name) || done.has(name)) return;
    if (path.length >= MAX_NESTING) {
      buildable = false;
      if (tooDeep) return; // said once: every group above would say it again
      tooDeep = true;
      b.report.error(group.origin, `groups.${name}`, `groups are nested deeper than ${MAX_NESTING}`);
      return;
    }
    (group.values.members ?? []).forEach((member, index) => {
      const from = [...path, name].indexOf(member);
      const key = `groups.${name}.members[${index}]`;
      if (!b.programs.has(member) && !b.groups.has(member)) {
        b.report.error(
          group.place('members', index),
          key,
          `"${member}" is neither a program nor a group`,
          didYouMean(member, [...b.programs.keys(), ...b.groups.keys()]),
        );
      } else if (from >= 0 && !b.programs.has(member)) {
        buildable = false;
        b.report.error(
          group.place('members', index),
          key,
          `groups cannot contain themselves: ${[...path, name].slice(from).join(' -> ')} -> ${member}`,
        );
      } else walk(member, [...path, name]);
    });
    done.add(name);
  };
  for (const name of b.groups.keys()) walk(name, []);
  return buildable;
}

function* processesOf(node: MemberSpec): Generator<ProcessSpec> {
  if (node.kind === 'process') yield node;
  else for (const member of node.members) yield* processesOf(member);
}

/** The root group: every top-level group in start order (priority, then the order of the file or, for INI, the name). */
export function treeOf(
  programs: readonly ProgramDecl[],
  groups: readonly GroupDecl[],
  daemon: DaemonSpec,
  ini: boolean,
  files: readonly string[],
  report: Report,
): GroupSpec {
  const b: Builder = {
    // The first of a name counts: a [program:x] before a [fcgi-program:x].
    programs: new Map(
      programs
        .filter((program) => program.joins)
        .toReversed()
        .map((program) => [program.name, program]),
    ),
    groups: new Map(groups.map((group) => [group.name, group])),
    report,
    listed: new Map(),
  };
  const buildable = checkMembers(b);
  const listed = new Set(groups.flatMap((group) => group.values.members ?? []));
  const top: { readonly at: number; readonly spec: GroupSpec }[] = [];
  // Files in the order read, lines in the order written.
  const rank = (origin: Origin) => files.indexOf(origin.file) * 1e9 + origin.line;
  if (buildable)
    for (const group of groups)
      if (!listed.has(group.name) || b.programs.has(group.name)) top.push({ at: rank(group.origin), spec: explicitGroup(b, group) });
  for (const program of programs) {
    if (program.joins && listed.has(program.name)) continue;
    const twin = b.groups.get(program.name);
    if (twin !== undefined && (program.dialect === 'toml' || twin.dialect === 'toml'))
      report.error(
        program.origin,
        `programs.${program.name}`,
        `a group of this name exists too (${twin.origin.file}:${twin.origin.line})`,
        'a program outside groups forms a group of its own name; rename one of them',
      );
    else top.push({ at: rank(program.origin), spec: implicitGroup(program, report) });
  }
  const sorted = top
    .toSorted((a, z) => a.spec.priority - z.spec.priority || (ini ? compare(a.spec.name, z.spec.name) : a.at - z.at))
    .map((one) => one.spec);
  const members = firstOfName(sorted, report);
  const tree: GroupSpec = {
    kind: 'group',
    name: '',
    strategy: 'one_for_one',
    intensity: daemon.intensity,
    restart: 'permanent',
    backoff: backoffOf({}, 'exponential'),
    priority: 999,
    start: 'together',
    implicit: false,
    listener: null,
    socket: null,
    members,
    origin: { file: files[0] ?? '', line: 0 },
  };
  // Only what two INI sections say alike is left to tell apart; supervisord does it without a word.
  const ids = new Map<string, ProcessSpec>();
  for (const process of processesOf(tree)) {
    const twin = ids.get(process.id);
    if (twin !== undefined && twin !== process)
      report.error(
        process.origin,
        null,
        `the process name "${process.id}" is used twice (${twin.origin.file}:${twin.origin.line})`,
        'process_name must tell the copies apart',
      );
    ids.set(process.id, process);
  }
  const declared = [
    ...programs.map((program) => program.needs),
    ...groups.map((group): Declared => ({
      kind: 'group',
      name: group.name,
      title: `groups.${group.name}`,
      dependsOn: group.values.depends_on ?? [],
      restartWith: group.values.restart_with ?? false,
      place: group.place,
    })),
  ];
  return buildable ? withDependencies(tree, declared, report) : tree;
}

/** supervisord adds groups in start order and lets a second one of a name be. */
function firstOfName(groups: readonly GroupSpec[], report: Report): GroupSpec[] {
  const seen = new Map<string, GroupSpec>();
  for (const group of groups) {
    const first = seen.get(group.name);
    if (first === undefined) seen.set(group.name, group);
    else
      report.warning(
        group.origin,
        `groups.${group.name}`,
        `a group of this name is already there (${first.origin.file}:${first.origin.line}) and starts before it: this one is ignored, as in supervisord`,
        'rename one of them',
      );
  }
  return [...seen.values()];
}

/** In a group of INI the last process of a name counts, as in supervisord. */
function lastOfName(members: readonly MemberSpec[], report: Report): readonly MemberSpec[] {
  const last = new Map(members.map((member) => [member.name, member]));
  if (last.size === members.length) return members;
  for (const member of members) {
    const kept = last.get(member.name);
    if (kept !== undefined && kept !== member)
      report.warning(
        member.origin,
        null,
        `the process name "${member.name}" is used twice in this group: the copy of ${kept.origin.file}:${kept.origin.line} counts, as in supervisord`,
        'process_name must tell the copies apart',
      );
  }
  return members.filter((member) => last.get(member.name) === member);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
