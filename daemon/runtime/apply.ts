// A plan carried out: what goes ends, what can be taken live is taken, then what is new or changed starts in order. A changed
// program that does not come up is put back to what it was.
import type { GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { GroupPlan, ProcessPlan } from '../contract/plan.ts';
import { isAlive } from '../core/process-state.ts';
import { placesOf } from '../core/plan.ts';
import type { Places, TreePlan } from '../core/plan.ts';
import type { Changer } from './changer.ts';
import { processesIn } from './changer.ts';
import type { Outcome } from './operations.ts';

export interface ApplyRequest {
  readonly plan: TreePlan;
  readonly before: GroupSpec;
  readonly after: GroupSpec;
  /** How many programs that were up may be down at once; null: no such limit. */
  readonly maxUnavailable: number | null;
  /** Called once for each process that the plan touches. */
  readonly settled: (id: string, outcome: Outcome) => void;
}

type Job = { readonly ids: readonly string[]; readonly run: () => Promise<boolean> };

const SKIPPED = (before: string): Outcome => ({ ok: false, code: 'INTERRUPTED', message: `not touched, because ${before} did not come up` });

class Applying {
  private readonly changer: Changer;
  private readonly request: ApplyRequest;
  private readonly was: Places;
  private readonly is: Places;
  private readonly groups: ReadonlyMap<string, GroupPlan>;
  private readonly processes: ReadonlyMap<string, ProcessPlan>;
  /** What could not be ended stays, and nothing takes its place. */
  private readonly stuck = new Set<string>();
  /** Ended before what they depend on: they were not stopped by anybody. */
  private readonly endedFirst = new Set<string>();
  /** Members of replaced groups that somebody had started though they do not start by themselves. */
  private readonly wasUp = new Set<string>();

  constructor(changer: Changer, request: ApplyRequest) {
    this.changer = changer;
    this.request = request;
    this.was = placesOf(request.before);
    this.is = placesOf(request.after);
    this.groups = new Map(request.plan.groups.map((one) => [one.group, one]));
    this.processes = new Map(request.plan.processes.map((one) => [one.process, one]));
  }

  async run(): Promise<void> {
    if (this.request.maxUnavailable === null) await this.endDependents();
    await this.removeAll();
    this.takeLive();
    const jobs = this.jobs();
    if (this.request.maxUnavailable === null) await this.inOrder(this.request.after, jobs);
    else await this.rolling([...this.listed(this.request.after, jobs)], this.request.maxUnavailable);
    this.arrange();
  }

  private settle(id: string, outcome: Outcome): void {
    const action = this.processes.get(id)?.action;
    if (action !== undefined && action !== 'keep') this.request.settled(id, outcome);
  }

  private isLeaving(group: string | undefined): boolean {
    const action = group === undefined ? undefined : this.groups.get(group)?.action;
    return action === 'remove' || action === 'replace';
  }

  private isComing(group: string): boolean {
    const action = this.groups.get(group)?.action;
    return action === 'add' || action === 'replace';
  }

  /** Those that begin anew with something they depend on end before it, and start when it is there again. */
  private async endDependents(): Promise<void> {
    const restarts = [...this.processes.values()].filter((p) => p.action === 'restart' && !p.staysDown).map((p) => p.process);
    const goes = [...this.processes.values()].filter((p) => p.action === 'restart' || p.action === 'remove').map((p) => p.process);
    const dependents = this.changer.dependentsOf(goes, restarts);
    for (const id of dependents) this.endedFirst.add(id);
    await this.changer.stop(dependents);
  }

  private async removeAll(): Promise<void> {
    const groups = [...this.was.groups].filter(([name, { parent }]) => this.isLeaving(name) && !this.isLeaving(parent));
    const inGroups = new Set(groups.flatMap(([, { spec }]) => processesIn(spec).map((p) => p.id)));
    const alone = [...this.was.processes.keys()].filter((id) => this.processes.get(id)?.action === 'remove' && !inGroups.has(id));
    for (const id of inGroups) if (this.processes.get(id)?.action === 'restart' && (this.changer.node(id)?.state.wanted === 'up' || this.endedFirst.has(id))) this.wasUp.add(id);
    const results = await this.changer.stop([...inGroups, ...alone]);
    for (const id of alone) {
      const stopped = results.get(id);
      this.settle(id, stopped?.ok === true ? this.changer.dropProcess(id) : stays(stopped));
    }
    for (const [name, { spec }] of groups) await this.dropGroup(name, processesIn(spec), results);
  }

  private async dropGroup(name: string, processes: readonly ProcessSpec[], results: ReadonlyMap<string, Outcome>): Promise<void> {
    const failed = processes.map((p) => results.get(p.id)).find((outcome) => outcome?.ok !== true);
    const outcome = processes.length > 0 && failed !== undefined ? stays(failed) : await this.changer.endGroup(name, this.groups.get(name)?.action === 'replace');
    if (!outcome.ok) this.stuck.add(name);
    for (const { id } of processes) if (!outcome.ok || this.processes.get(id)?.action === 'remove') this.settle(id, outcome);
  }

  /** What runs takes what it can take. A group's rules come first, so that whoever fails meanwhile is judged by the new ones. */
  private takeLive(): void {
    for (const [name, { spec }] of this.is.groups) if (this.groups.get(name)?.action === 'live') this.changer.takeGroup(spec);
    for (const [id, { spec }] of this.is.processes) {
      const plan = this.processes.get(id);
      if (plan?.action === 'live') this.settle(id, this.changer.take(spec, true));
    }
  }

  /** What is to be started, by the name of the process or group that it is told to. */
  private jobs(): ReadonlyMap<string, Job> {
    const jobs = new Map<string, Job>();
    for (const [name, { spec, parent }] of this.is.groups) {
      if (!this.isComing(name) || this.isComing(parent) || this.stuck.has(name)) continue;
      jobs.set(name, { ids: processesIn(spec).map((p) => p.id), run: () => this.addGroup(spec, parent) });
    }
    for (const [id, { spec, parent }] of this.is.processes) {
      const plan = this.processes.get(id);
      if (this.isComing(parent) || plan === undefined) continue;
      if (plan.action === 'restart') jobs.set(id, { ids: [id], run: () => this.restart(spec, plan.staysDown) });
      if (plan.action === 'add') jobs.set(id, { ids: [id], run: () => this.addProcess(spec, plan.staysDown) });
    }
    return jobs;
  }

  /** As at the start of the daemon: all at once, but members of groups where order is the rule one after the other. */
  private async inOrder(group: GroupSpec, jobs: ReadonlyMap<string, Job>): Promise<void> {
    const begin = async (member: MemberSpec): Promise<void> => {
      const job = jobs.get(member.kind === 'process' ? member.id : member.name);
      if (job) await job.run();
      else if (member.kind === 'group') await this.inOrder(member, jobs);
    };
    if (group.start === 'together') return void (await Promise.all(group.members.map(begin)));
    for (const member of group.members) await begin(member);
  }

  private *listed(group: GroupSpec, jobs: ReadonlyMap<string, Job>): Generator<Job> {
    for (const member of group.members) {
      const job = jobs.get(member.kind === 'process' ? member.id : member.name);
      if (job) yield job;
      else if (member.kind === 'group') yield* this.listed(member, jobs);
    }
  }

  /** At most so many at once; the first that does not come up is the last that is touched. */
  private async rolling(jobs: readonly Job[], atOnce: number): Promise<void> {
    let next = 0;
    let broken: string | null = null;
    const work = async (): Promise<void> => {
      for (let job = jobs[next]; job && broken === null; job = jobs[next]) {
        next += 1;
        if (!(await job.run())) broken ??= job.ids[0] ?? '';
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, work));
    for (const job of jobs.slice(next)) for (const id of job.ids) this.settle(id, SKIPPED(broken ?? ''));
  }

  private async addGroup(spec: GroupSpec, parent: string): Promise<boolean> {
    const processes = processesIn(spec);
    const added = this.changer.addGroup(spec, parent, true);
    if (!added.ok) return this.settleAll(processes, added);
    const isUp = ({ id }: ProcessSpec): boolean => this.changer.node(id)?.state.wanted === 'up';
    const awaited = this.changer.startGroup(spec.name, processes.filter(isUp).map((p) => p.id));
    const byHand = processes.filter((p) => !p.autostart && this.wasUp.has(p.id));
    const results = [...awaited, ...byHand.map(({ id }) => [id, this.changer.up(id, 'start')] as const)];
    const started = new Set(results.map(([id]) => id));
    for (const { id } of processes) if (!started.has(id)) this.settle(id, { ok: true, message: 'added; it stays down' });
    const outcomes = await Promise.all(results.map(async ([id, result]) => {
      const outcome = await result;
      this.settle(id, outcome.ok ? { ok: true, message: this.was.processes.has(id) ? 'replaced' : 'added' } : outcome);
      return outcome.ok;
    }));
    return outcomes.every(Boolean);
  }

  private settleAll(processes: readonly ProcessSpec[], outcome: Outcome): false {
    for (const { id } of processes) this.settle(id, outcome);
    return false;
  }

  private async addProcess(spec: ProcessSpec, staysDown: boolean): Promise<boolean> {
    const added = this.changer.addProcess(spec);
    if (!added.ok) return this.settleAll([spec], added);
    const outcome = staysDown ? added : await this.changer.up(spec.id, 'start');
    this.settle(spec.id, outcome.ok ? { ok: true, message: staysDown ? 'added; it stays down' : 'added' } : outcome);
    return outcome.ok;
  }

  private async restart(spec: ProcessSpec, staysDown: boolean): Promise<boolean> {
    const node = this.changer.node(spec.id);
    const before = node?.spec;
    const endedFirst = this.endedFirst.has(spec.id);
    const wasAlive = endedFirst || (node !== undefined && isAlive(node.state));
    // Who was stopped by hand since the plan was made stays so.
    const down = staysDown || (node?.state.wanted === 'down' && !endedFirst);
    const taken = this.changer.take(spec, false);
    if (!taken.ok || before === undefined) return this.settleAll([spec], taken);
    if (down && !wasAlive) {
      this.settle(spec.id, { ok: true, message: 'changed; it stays down' });
      return true;
    }
    const heard = await this.changer.up(spec.id, 'restart', this.request.maxUnavailable !== null);
    const outcome = this.hasDoneItsWork(spec, heard) ? ({ ok: true } as const) : heard;
    if (outcome.ok) this.settle(spec.id, { ok: true, message: 'restarted' });
    else this.settle(spec.id, await this.putBack(before, outcome, wasAlive));
    return outcome.ok;
  }

  /** Not every program is there to stay: one that may end, and ended as expected, has come up. */
  private hasDoneItsWork(spec: ProcessSpec, heard: Outcome): boolean {
    const code = this.changer.node(spec.id)?.lastCode ?? null;
    return !heard.ok && heard.code === 'ENDED_EARLY' && spec.restart !== 'permanent' && code !== null && spec.exitCodes.includes(code);
  }

  /** It does not come up as the new file has it. Not where somebody asked for something else, and not where the old life does not end. */
  private async putBack(before: ProcessSpec, failure: Outcome & { ok: false }, wasAlive: boolean): Promise<Outcome> {
    if (failure.code === 'INTERRUPTED' || failure.code === 'SURVIVORS' || this.changer.isOver) return failure;
    // Not within the step that told of the failure.
    await this.changer.idle();
    const said = `did not come up with the new file (${failure.message}); put back to what it was`;
    if (!this.changer.take(before, false).ok || !wasAlive) return { ...failure, message: said };
    const again = await this.changer.up(before.id, 'restart');
    return { ...failure, message: again.ok ? `${said}, and running` : `${said}, but that does not come up either: ${again.message}` };
  }

  /** The order of members, once all of them are there. */
  private arrange(): void {
    const moved = new Set<string>();
    for (const [name, { parent }] of this.is.groups) if (this.isComing(name)) moved.add(parent);
    for (const [id, { parent }] of this.is.processes) if (this.processes.get(id)?.action === 'add' || this.processes.get(id)?.action === 'remove') moved.add(parent);
    for (const [id, { parent }] of this.was.processes) if (this.processes.get(id)?.action === 'remove') moved.add(parent);
    for (const name of moved) {
      const spec = this.is.groups.get(name)?.spec;
      if (spec && !this.isComing(name)) this.changer.takeGroup(spec);
    }
    this.changer.takeGroup(this.request.after);
  }
}

function stays(outcome: Outcome | undefined): Outcome {
  if (outcome === undefined || outcome.ok) return { ok: false, code: 'FAILED', message: 'it could not be ended; it stays' };
  return { ...outcome, message: `${outcome.message}; it stays, apply again when it is gone` };
}

/** Carries out a plan. Resolves when every process it touches has been settled, or the daemon is about to end. */
export async function applyPlan(changer: Changer, request: ApplyRequest): Promise<void> {
  await new Applying(changer, request).run();
}
