// A drain that somebody waits for: of jobs, no new runs start and those that go on may finish; programs are told once, and those
// that have a time for it are waited for until they report a result or end.
import type { SignalName } from '../../config/spec.ts';
import type { Operation } from '../contract/answers.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import { shortName } from '../contract/names.ts';
import type { Jobs } from '../core/jobs.ts';
import type { JobEvent } from '../core/job-state.ts';
import { isAlive } from '../core/process-state.ts';
import type { Tree } from '../core/tree.ts';
import type { Caller, Mutation } from './control.ts';
import { resolveName } from './names.ts';
import type { Operations } from './operations.ts';
import { runOf } from './run-ends.ts';

export interface DrainWorld {
  readonly book: () => Jobs;
  readonly tree: () => Tree;
  readonly operations: Operations;
  readonly tell: (event: JobEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly subscribe: (tell: (fact: Fact) => void) => () => void;
  /** Sends a signal to the main process of a program. */
  readonly signal: (process: string, signal: SignalName) => void;
}

type DrainMutation = Mutation & { readonly command: 'drain' };

/** What was asked for under one name. */
interface Target {
  readonly name: string;
  /** Jobs; null: all. */
  readonly jobs: readonly string[] | null;
  readonly processes: readonly string[];
}

/** A run or process that is waited for. */
interface Subject {
  readonly key: string;
  readonly target: number;
  readonly limitMs: number;
  readonly title: string;
  /** A run that may be cancelled. */
  readonly cancellable: boolean;
}

const MAX_TIMER_MS = 2_000_000_000;

/** What `drain` with these names is about; a string names nothing. */
function targetsOf(world: DrainWorld, names: readonly string[]): readonly (Target | { readonly name: string; readonly error: string })[] {
  const tree = world.tree();
  if (names.length === 0 || names.includes('all')) {
    const concerned = [...tree.processes.values()].filter(({ spec }) => spec.drainSignal !== null || spec.drainTimeoutMs !== null);
    return [{ name: 'all', jobs: null, processes: concerned.map(({ key }) => key) }];
  }
  return [...new Set(names)].map((name) => {
    if (world.book().spec(name) !== undefined) return { name, jobs: [name], processes: [] };
    const named = resolveName(tree, name);
    return 'code' in named ? { name, error: `cannot drain ${name}: there is no such job or program` } : { name, jobs: [], processes: named.ids };
  });
}

class Drain {
  private readonly world: DrainWorld;
  private readonly mutation: DrainMutation;
  private readonly operation: string;
  private readonly waiting = new Map<string, Subject>();
  private readonly late: Subject[] = [];
  private readonly cancelled = new Map<string, Subject>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly names: readonly string[];
  private readonly who: string;
  private readonly targets: number;
  private unsubscribe: () => void = () => undefined;

  constructor(world: DrainWorld, mutation: DrainMutation, operation: string, names: readonly string[], targets: number, who: string) {
    this.world = world;
    this.mutation = mutation;
    this.operation = operation;
    this.names = names;
    this.targets = targets;
    this.who = who;
  }

  await(subject: Subject): void {
    this.waiting.set(subject.key, subject);
  }

  begin(): void {
    this.unsubscribe = this.world.subscribe((fact) => this.heard(fact));
    for (const limitMs of new Set([...this.waiting.values()].map((subject) => subject.limitMs))) {
      if (Number.isFinite(limitMs)) this.timers.push(setTimeout(() => this.over(limitMs), Math.min(limitMs, MAX_TIMER_MS)));
    }
    this.check();
  }

  private heard(fact: Fact): void {
    const run = runOf(fact);
    if (run !== null && RUN_STATES[run.state].final) this.gone(run.id);
    else if (fact.type === 'result.reported' && 'process' in fact) this.gone(fact.process);
    else if (fact.type === 'process.exited' || fact.type === 'process.removed') this.gone(fact.process);
    else if (fact.type === 'drain.ended') this.ended(fact);
    else if (fact.type === 'daemon.stopping') this.finish('the daemon is ending or restarting');
  }

  private gone(key: string): void {
    if (this.waiting.delete(key)) this.check();
  }

  private ended({ names }: Fact & { type: 'drain.ended' }): void {
    if (names.length === 0 || this.names.some((name) => names.includes(name))) this.finish('somebody, or its expiry, ended the drain');
  }

  /** The time of some is over. */
  private over(limitMs: number): void {
    for (const subject of [...this.waiting.values()]) {
      if (subject.limitMs !== limitMs || this.cancelled.has(subject.key)) continue;
      if (this.mutation.cancel && subject.cancellable) {
        // Its end is still waited for.
        this.cancelled.set(subject.key, subject);
        this.world.tell({ type: 'cancel', id: subject.key, signal: null, who: this.who });
      } else {
        this.waiting.delete(subject.key);
        this.late.push(subject);
      }
    }
    this.check();
  }

  private check(): void {
    if (this.waiting.size === 0) this.finish(null);
  }

  /** `interrupted`: why nobody waits for the rest any more. */
  private finish(interrupted: string | null): void {
    this.unsubscribe();
    for (const timer of this.timers) clearTimeout(timer);
    const { late, cancelled, mutation, names, world } = this;
    if (interrupted === null) {
      if (late.length === 0) world.publish({ type: 'drain.completed', names, cancelled: cancelled.size });
      else world.publish({ type: 'drain.timed_out', names, timeoutMs: mutation.timeoutMs, remaining: late.map(({ title }) => title) });
    }
    for (let index = 0; index < this.targets; index += 1) this.settle(index, interrupted);
  }

  private settle(index: number, interrupted: string | null): void {
    const of = (subjects: Iterable<Subject>): readonly Subject[] => [...subjects].filter(({ target }) => target === index);
    const remaining = [...of(this.late), ...of(this.waiting.values())].map(({ title }) => title).join(', ');
    const ended = of(this.cancelled.values()).length;
    const { operations } = this.world;
    if (interrupted !== null && remaining !== '') return operations.settle(this.operation, index, { ok: false, code: 'INTERRUPTED', message: `${interrupted}; still going on: ${remaining}` });
    if (remaining !== '') return operations.settle(this.operation, index, { ok: false, code: 'TIMEOUT', message: `still going on: ${remaining}` });
    operations.settle(this.operation, index, { ok: true, message: ended === 0 ? 'nothing of it goes on' : `nothing of it goes on; ${ended} cancelled` });
  }
}

/** Begins a drain. Its operation ends when nothing of it goes on, or when the time of the last is over. */
export function drain(world: DrainWorld, mutation: DrainMutation, caller: Caller): Operation {
  const { book, tree, operations, tell } = world;
  const targets = targetsOf(world, mutation.names);
  const operation = operations.begin('drain', caller.who, targets.map(({ name }) => name));
  const known: { readonly index: number; readonly target: Target }[] = [];
  for (const [index, target] of targets.entries()) {
    if ('error' in target) operations.settle(operation, index, { ok: false, code: 'NOT_FOUND', message: target.error });
    else known.push({ index, target });
  }
  // Empty names mean everything: not what somebody asked for who named only what is not there.
  if (known.length > 0) {
    const names = known.some(({ target }) => target.jobs === null) ? [] : known.flatMap(({ target }) => [...(target.jobs ?? []), ...target.processes.map(shortName)]);
    tell({ type: 'drain', names, expiresMs: mutation.expireMs, who: caller.who });
    const drain = new Drain(world, mutation, operation, names, targets.length, caller.who);
    for (const { index, target } of known) {
      for (const id of target.jobs?.length === 0 ? [] : book().running(target.jobs ?? [])) {
        const job = book().run(id)?.job ?? '';
        const spec = book().spec(job);
        drain.await({ key: id, target: index, limitMs: spec?.drainTimeoutMs ?? mutation.timeoutMs, title: `${job} ${id}`, cancellable: spec?.drainCancel ?? true });
      }
      for (const key of target.processes) {
        const node = tree().processes.get(key);
        if (!node || !isAlive(node.state)) continue;
        if (node.spec.drainSignal !== null) world.signal(key, node.spec.drainSignal);
        if (node.spec.drainTimeoutMs !== null) drain.await({ key, target: index, limitMs: node.spec.drainTimeoutMs, title: shortName(key), cancellable: false });
      }
    }
    drain.begin();
  }
  return operations.begun(operation);
}

/** Ends a drain: of these, or of all. */
export function undrain(world: DrainWorld, names: readonly string[], caller: Caller): Operation {
  const { operations, book, tree, tell } = world;
  const all = names.length === 0 || names.includes('all');
  const operation = operations.begin('undrain', caller.who, all ? ['all'] : [...new Set(names)]);
  const known = all ? [] : [...new Set(names)].filter((name) => book().spec(name) !== undefined || !('code' in resolveName(tree(), name)));
  if (all || known.length > 0) tell({ type: 'undrain', names: known, who: caller.who });
  for (const [index, name] of (all ? ['all'] : [...new Set(names)]).entries()) {
    operations.settle(operation, index, all || known.includes(name) ? { ok: true, message: 'its runs start again' } : { ok: false, code: 'NOT_FOUND', message: `cannot resume ${name}: there is no such job or program` });
  }
  return operations.begun(operation);
}
