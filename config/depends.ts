// depends_on: names become programs, processes and groups; unknown names, circles and conditions that cannot hold are refused; and
// members stand in an order in which nobody comes before what he needs.
import { dependencyWords } from './depends-kind.ts';
import type { WrittenDependency } from './depends-kind.ts';
import { didYouMean } from './nearest.ts';
import type { Report } from './problems.ts';
import type { Dependency, GroupSpec, MemberSpec, Origin, ProcessSpec } from './spec.ts';

/** Who declared depends_on: a program, whose copies have it, or a group, whose members all have it. */
export interface Declared {
  readonly kind: 'program' | 'group';
  readonly name: string;
  /** `programs.web`: how messages name it. */
  readonly title: string;
  readonly dependsOn: readonly WrittenDependency[];
  readonly restartWith: boolean | readonly string[];
  readonly place: (key: 'depends_on' | 'restart_with', index?: number) => Origin;
}

/** Every name of the tree. */
interface Names {
  readonly programs: ReadonlyMap<string, readonly ProcessSpec[]>;
  readonly processes: ReadonlyMap<string, ProcessSpec>;
  readonly groups: ReadonlyMap<string, GroupSpec>;
}

function namesOf(root: GroupSpec): Names {
  const programs = new Map<string, ProcessSpec[]>();
  const processes = new Map<string, ProcessSpec>();
  const groups = new Map<string, GroupSpec>();
  const walk = (member: MemberSpec): void => {
    if (member.kind === 'group') {
      groups.set(member.name, member);
      member.members.forEach(walk);
      return;
    }
    processes.set(member.id, member);
    const copies = programs.get(member.program);
    if (copies) copies.push(member);
    else programs.set(member.program, [member]);
  };
  root.members.forEach(walk);
  return { programs, processes, groups };
}

function* processesIn(member: MemberSpec): Generator<ProcessSpec> {
  if (member.kind === 'process') yield member;
  else for (const below of member.members) yield* processesIn(below);
}

function targetsOf(names: Names, { kind, name }: Pick<Dependency, 'kind' | 'name'>): readonly ProcessSpec[] {
  if (kind === 'program') return names.programs.get(name) ?? [];
  if (kind === 'process') return [names.processes.get(name)].filter((one) => one !== undefined);
  const group = names.groups.get(name);
  return group ? [...processesIn(group)] : [];
}

/** What a name means: a program, a process, a group; `group:*` is the group. Programs come first. */
function meaning(names: Names, written: string): Pick<Dependency, 'kind' | 'name'> | null {
  const group = written.endsWith(':*') ? written.slice(0, -2) : written;
  if (group === written && names.programs.has(written)) return { kind: 'program', name: written };
  if (names.processes.has(written)) return { kind: 'process', name: written };
  return names.groups.has(group) ? { kind: 'group', name: group } : null;
}

/** Why the condition can never hold, or null. */
function hopeless({ condition }: WrittenDependency, target: ProcessSpec): string | null {
  if ((condition === 'completed' || condition === 'exited') && target.restart === 'permanent')
    return `${target.id} never ends for good: its restart type is permanent`;
  if ((condition === 'started' || condition === 'ready') && target.oneshot) return `${target.id} is a oneshot, which is waited for with "completed" or "exited"`;
  return null;
}

function resolve(names: Names, d: Declared, own: readonly ProcessSpec[], report: Report): readonly Dependency[] {
  const selfish = new Set(own.map((process) => process.id));
  const named = d.restartWith;
  if (typeof named !== 'boolean') {
    for (const name of named)
      if (!d.dependsOn.some((one) => one.name === name))
        report.error(d.place('restart_with'), `${d.title}.restart_with`, `"${name}" is not in depends_on`, didYouMean(name, d.dependsOn.map((one) => one.name)));
  }
  return d.dependsOn.flatMap((written, index) => {
    const wrong = (message: string, hint: string | null = null): [] => {
      report.error(d.place('depends_on', index), `${d.title}.depends_on[${index}]`, message, hint);
      return [];
    };
    // A process may be called like a condition: `group:ready`.
    const whole = names.processes.has(dependencyWords(written)) ? { kind: 'process' as const, name: dependencyWords(written) } : null;
    const meant = meaning(names, written.name) ?? whole;
    const known = [...names.programs.keys(), ...names.groups.keys(), ...(written.name.includes(':') ? names.processes.keys() : [])];
    if (meant === null) return wrong(`"${written.name}" is no program, process or group`, didYouMean(written.name, known));
    const targets = targetsOf(names, meant);
    if (targets.some((target) => selfish.has(target.id))) return wrong(`it cannot wait for itself: ${d.name} -> ${written.name}${d.name === written.name ? '' : ` (of which it is a part)`}`);
    const never = targets.map((target) => hopeless(written, target)).find((why) => why !== null);
    if (never !== undefined) return wrong(`the condition can never hold: ${never}`);
    const asleep = own.some((process) => process.autostart) ? targets.find((target) => !target.autostart) : undefined;
    if (asleep)
      report.warning(d.place('depends_on', index), `${d.title}.depends_on[${index}]`, `${asleep.id} has autostart = false: ${d.name} waits until somebody starts it`);
    const restartWith = typeof named === 'boolean' ? named : named.includes(written.name);
    return [{ ...meant, condition: whole === meant ? null : written.condition, restartWith }];
  });
}

/** Writes what each process depends on into it: the one field that is known only when all are built. Others know them by identity. */
function fill(names: Names, needs: ReadonlyMap<string, readonly Dependency[]>): void {
  for (const [id, dependsOn] of needs) Object.assign(names.processes.get(id) ?? {}, { dependsOn });
}

/** One step of a way: whom it leads to, and in which words. */
interface Edge {
  readonly to: string;
  readonly says: string | null;
}

/** Who cannot start before whom: by depends_on, and by the order of groups in which order is the rule. Groups and programs stand between. */
function startEdges(root: GroupSpec, names: Names): ReadonlyMap<string, readonly Edge[]> {
  const edges = new Map<string, Edge[]>();
  const add = (from: string, edge: Edge): void => {
    const known = edges.get(from);
    if (known) known.push(edge);
    else edges.set(from, [edge]);
  };
  for (const [name, copies] of names.programs) for (const copy of copies) add(`program ${name}`, { to: copy.id, says: null });
  const walk = (member: MemberSpec): void => {
    if (member.kind === 'process') {
      for (const { kind, name } of member.dependsOn) add(member.id, { to: kind === 'process' ? name : `${kind} ${name}`, says: kind === 'process' ? null : name });
      return;
    }
    member.members.forEach((below, index) => {
      const key = below.kind === 'process' ? below.id : `group ${below.name}`;
      add(`group ${member.name}`, { to: key, says: null });
      const before = member.start === 'together' ? undefined : member.members[index - 1];
      if (before === undefined) return;
      const to = before.kind === 'process' ? before.id : `group ${before.name}`;
      for (const process of processesIn(below)) add(process.id, { to, says: `${before.kind === 'process' ? before.name : before.name} (which group ${member.name} starts before it)` });
    });
    member.members.forEach(walk);
  };
  root.members.forEach(walk);
  return edges;
}

const short = (id: string): string => (id.slice(0, id.indexOf(':')) === id.slice(id.indexOf(':') + 1) ? id.slice(id.indexOf(':') + 1) : id);

/** A circle as people read it: `web -> db -> web`; and the processes on it. */
interface Circle {
  readonly path: string;
  readonly ids: readonly string[];
}

/** Circles, no two with a process in common. */
function circles(edges: ReadonlyMap<string, readonly Edge[]>, processes: Iterable<string>): readonly Circle[] {
  const done = new Set<string>();
  const at = new Map<string, number>();
  const way: { readonly key: string; readonly says: string | null }[] = [];
  const visit = (key: string, says: string | null): Circle | null => {
    const first = at.get(key);
    if (first !== undefined) {
      const steps = [...way.slice(first), { key, says }];
      const ids = steps.filter((step) => names(step.key)).map((step) => step.key);
      const words: string[] = [];
      steps.forEach((step, index) => {
        // A group or program on the way is said where it was named; then its process only where it is called otherwise.
        const word = step.says ?? (names(step.key) ? short(step.key) : null);
        if (word !== null && (index === 0 || word !== words.at(-1))) words.push(word);
      });
      if (words[0] !== words.at(-1)) words.push(words[0] as string);
      return { path: words.join(' -> '), ids };
    }
    if (done.has(key)) return null;
    at.set(key, way.length);
    way.push({ key, says });
    for (const edge of edges.get(key) ?? []) {
      const found = visit(edge.to, edge.says);
      if (found !== null) return found;
    }
    way.pop();
    at.delete(key);
    done.add(key);
    return null;
  };
  const names = (key: string): boolean => !key.startsWith('program ') && !key.startsWith('group ');
  const all: Circle[] = [];
  for (const id of processes) {
    const found = visit(id, null);
    if (found === null) continue;
    all.push(found);
    for (const step of way) done.add(step.key);
    way.length = 0;
    at.clear();
  }
  return all;
}

/** Members in an order in which each comes after those it needs, otherwise as they stand. Where groups need each other crosswise the order stays. */
function arranged(group: GroupSpec, names: Names): GroupSpec {
  const members = group.members.map((member) => (member.kind === 'group' ? arranged(member, names) : member));
  if (group.start !== 'together') return { ...group, members };
  const place = new Map<string, number>();
  members.forEach((member, index) => {
    for (const process of processesIn(member)) place.set(process.id, index);
  });
  // Asked once for each name: a pool may depend on a pool.
  const known = new Map<string, ReadonlySet<number>>();
  const placesOf = (dependency: Dependency): ReadonlySet<number> => {
    const key = `${dependency.kind} ${dependency.name}`;
    const found = known.get(key) ?? new Set(targetsOf(names, dependency).flatMap((target) => place.get(target.id) ?? []));
    known.set(key, found);
    return found;
  };
  const before = members.map((member, index) => {
    const needed = new Set<number>();
    for (const process of processesIn(member)) {
      for (const dependency of process.dependsOn) for (const one of placesOf(dependency)) needed.add(one);
    }
    needed.delete(index);
    return needed;
  });
  const out: MemberSpec[] = [];
  const stands = new Set<number>();
  // Begun also stands for groups that need each other crosswise: the second time is once too often.
  const put = (index: number): void => {
    if (stands.has(index)) return;
    stands.add(index);
    for (const needed of [...(before[index] as Set<number>)].toSorted((a, b) => a - b)) put(needed);
    out.push(members[index] as MemberSpec);
  };
  members.forEach((_, index) => put(index));
  return { ...group, members: out };
}

/** The tree with its dependencies; what is wrong with them is reported. */
export function withDependencies(root: GroupSpec, declared: readonly Declared[], report: Report): GroupSpec {
  const some = declared.filter((one) => one.dependsOn.length > 0);
  if (some.length === 0) return root;
  const names = namesOf(root);
  const needs = new Map<string, readonly Dependency[]>();
  const by = new Map<string, Declared>();
  for (const one of some) {
    const group = names.groups.get(one.name);
    const own = one.kind === 'program' ? (names.programs.get(one.name) ?? []) : group === undefined ? [] : [...processesIn(group)];
    const resolved = resolve(names, one, own, report);
    for (const process of own) {
      needs.set(process.id, [...(needs.get(process.id) ?? []), ...resolved]);
      if (!by.has(process.id)) by.set(process.id, one);
    }
  }
  fill(names, needs);
  const rounds = circles(startEdges(root, names), needs.keys());
  for (const round of rounds) {
    const guilty = round.ids.map((id) => by.get(id)).find((one) => one !== undefined) ?? (some[0] as Declared);
    report.error(guilty.place('depends_on'), `${guilty.title}.depends_on`, `they would wait for each other for ever: ${round.path}`, 'leave one of them out');
  }
  return rounds.length > 0 ? root : arranged(root, names);
}
