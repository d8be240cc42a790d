// Operations: what somebody asked for, per target, until it has come about or cannot.
import type { Operation, TargetResult } from '../contract/answers.ts';
import { inOneLine } from '../contract/errors.ts';
import type { CommandError, ErrorCode } from '../contract/errors.ts';
import type { Fact } from '../contract/facts.ts';
import type { Plan } from '../contract/plan.ts';
import type { Bus } from './bus.ts';
import { Doubts } from './doubts.ts';
import type { Prospects } from './doubts.ts';

/** What a target waits for. up: RUNNING, and ready where it has `ready`; a oneshot: completed. down: everybody gone. again: down and up. */
export type Goal = 'up' | 'down' | 'again';

interface Watch {
  readonly tell: (verdict: Outcome) => void;
  readonly goal: Goal;
  readonly process: string;
  /** again: the life that must end first. */
  readonly incarnation: number;
  /** Where it has probes, being up is not enough. */
  readonly healthy: boolean;
  /** It is up, and its health is waited for. */
  isUp: boolean;
  downSeen: boolean;
  /** It became RUNNING, and is not ready yet. */
  running: boolean;
}

interface Entry {
  readonly id: string;
  readonly command: string;
  readonly who: string;
  readonly startedAt: number;
  endedAt: number | null;
  readonly targets: TargetResult[];
  pending: number;
  readonly waiters: Set<(operation: Operation) => void>;
  readonly plan: Plan | null;
}

/** Operations that ended are kept for those who ask later; the oldest go first. */
const KEPT = 256;
/** Operations that wait for something; past it whoever asks for more is told to wait. */
export const MAX_PENDING = 4096;

/** The run that stands for a target, and how it ended. */
type RunResult = Pick<TargetResult, 'run' | 'state' | 'exitCode'>;

/** How it came out for one target. */
export type Outcome = ({ readonly ok: true; readonly message?: string } | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly survivors?: readonly number[] }) & RunResult;
type Verdict = Outcome | null;

/** A refusal as the outcome of a target. */
export function refused(error: CommandError): Outcome {
  return { ok: false, code: error.code, message: inOneLine(error) };
}

/** The end of a oneshot is what was asked for, if it is the right one. */
function judgeDone(fact: Fact): Verdict {
  if (fact.type === 'process.running') return null;
  if (fact.type !== 'process.exited' || fact.from === 'STOPPING') return judgeUp(fact, false);
  if (fact.expected) return { ok: true, message: 'completed' };
  return { ok: false, code: 'ENDED_EARLY', message: fact.signal === null ? `exit status ${fact.code}` : `terminated by SIG${fact.signal}` };
}

/** What a fact means to somebody who waits for a start. `running`: it is RUNNING already, and not ready. */
function judgeUp(fact: Fact, running: boolean): Verdict {
  switch (fact.type) {
    case 'process.running': return fact.ready ? { ok: true } : null;
    case 'process.ready': return running ? { ok: true } : null;
    case 'process.condemned': return { ok: false, code: 'SPAWN_FAILED', message: fact.why };
    case 'process.backoff': return { ok: false, code: 'SPAWN_FAILED', message: fact.why };
    case 'process.fatal': return { ok: false, code: 'SPAWN_FAILED', message: fact.why };
    case 'process.state': return fact.to === 'EXITED' && (fact.from === 'STARTING' || running) ? { ok: false, code: 'ENDED_EARLY', message: fact.why } : null;
    case 'process.ended': return { ok: false, code: 'ENDED_EARLY', message: fact.why };
    case 'process.stopped': return { ok: false, code: 'INTERRUPTED', message: 'it was stopped meanwhile' };
    case 'process.unknown': return { ok: false, code: 'FAILED', message: fact.why };
    case 'process.spawn_failed':
      if (fact.kind === 'no_command' || fact.kind === 'no_directory' || fact.kind === 'no_user') return { ok: false, code: 'NO_COMMAND', message: fact.message };
      if (fact.kind === 'not_executable' || fact.kind === 'is_directory' || fact.kind === 'no_permission' || fact.kind === 'bad_command') return { ok: false, code: 'NOT_EXECUTABLE', message: fact.message };
      return null;
    default: return null;
  }
}

/** What a fact means to somebody who waits for the health of what is up. Who is degraded works. */
function judgeHealth(fact: Fact): Verdict {
  if (fact.type !== 'health.changed') {
    const verdict = judgeUp(fact, true);
    return verdict?.ok === false ? verdict : null;
  }
  if (fact.value === 'healthy' || fact.value === 'degraded') return { ok: true };
  return fact.value === 'unknown' ? null : { ok: false, code: 'FAILED', message: `${fact.value}${fact.why === '' ? '' : `: ${fact.why}`}` };
}

function judgeDown(fact: Fact): Verdict {
  switch (fact.type) {
    case 'process.stopped': case 'process.ended': case 'process.fatal': return { ok: true };
    case 'process.survivors': return { ok: false, code: 'SURVIVORS', message: `still alive after the last signal: ${fact.pids.join(', ')}`, survivors: fact.pids };
    case 'process.unknown': return { ok: false, code: 'FAILED', message: fact.why };
    // Somebody wants it up again: this stop has been overtaken.
    case 'process.wanted': return fact.wanted === 'up' ? { ok: false, code: 'INTERRUPTED', message: 'somebody started it meanwhile' } : null;
    default: return null;
  }
}

export class Operations {
  private readonly bus: Bus;
  private readonly wall: () => number;
  private readonly kept = new Map<string, Entry>();
  private readonly watches = new Map<string, Set<Watch>>();
  private readonly listeners = new Map<string, (index: number, result: TargetResult) => void>();
  private readonly doubts: Doubts;
  private readonly prospects: Prospects;
  private count = 0;
  /** Operations that have not ended. */
  pending = 0;

  constructor(bus: Bus, wall: () => number, prospects: Prospects = { isIdle: () => true, staysDown: () => null }) {
    this.bus = bus;
    this.wall = wall;
    this.prospects = prospects;
    this.doubts = new Doubts(prospects, this.watches, (process, why) => this.staysDown(process, why));
    bus.subscribe((fact) => this.heard(fact));
  }

  /** Begins an operation with these targets, all pending. */
  begin(command: string, who: string, names: readonly string[], plan: Plan | null = null): string {
    this.count += 1;
    const id = String(this.count);
    const targets: TargetResult[] = names.map((name) => ({ name, outcome: 'pending', code: null, message: '' }));
    const entry: Entry = { id, command, who, startedAt: this.wall(), endedAt: null, targets, pending: names.length, waiters: new Set(), plan };
    this.kept.set(id, entry);
    this.pending += 1;
    this.prune();
    this.bus.publish({ type: 'operation.started', operation: id, command, targets: names, who });
    return id;
  }

  /** A target's result is decided by what happens to a process from now on. */
  await(id: string, index: number, process: string, goal: Goal, incarnation: number, healthy = false): void {
    if (this.kept.has(id)) this.watch(process, goal, incarnation, (verdict) => this.settle(id, index, verdict), healthy);
  }

  /** Tells once, within the step that decides it, what became of a process from now on. `healthy`: where it has probes, also what they say when it is up. */
  watch(process: string, goal: Goal, incarnation: number, tell: (verdict: Outcome) => void, healthy = false): void {
    const watch: Watch = { tell, goal, process, incarnation, healthy: healthy && this.prospects.hasProbes?.(process) === true, isUp: false, downSeen: goal !== 'again', running: false };
    const set = this.watches.get(process) ?? new Set();
    set.add(watch);
    this.watches.set(process, set);
  }

  /** The run that was made for a target, for who asks before it is over. */
  tag(id: string, index: number, run: string): void {
    const entry = this.kept.get(id);
    const target = entry?.targets[index];
    if (entry && target) entry.targets[index] = { ...target, run };
  }

  /** A target's result is known. */
  settle(id: string, index: number, result: Outcome): void {
    const entry = this.kept.get(id);
    const target = entry?.targets[index];
    if (!entry || !target || target.outcome !== 'pending') return;
    entry.targets[index] = { ...target, ...resultOf(result) };
    entry.pending -= 1;
    this.listeners.get(id)?.(index, entry.targets[index] as TargetResult);
    this.finish(entry);
  }

  /** An operation without targets is over at once. */
  finishEmpty(id: string): void {
    const entry = this.kept.get(id);
    if (entry) this.finish(entry);
  }

  /** All its targets are begun: as it is now, over where nothing is waited for. */
  begun(id: string): Operation {
    this.finishEmpty(id);
    return this.get(id) as Operation;
  }

  /** An operation on the daemon itself, which is over at once. */
  done(command: string, who: string): Operation {
    return this.begun(this.begin(command, who, []));
  }

  /** Told of each target of an operation as it settles, until it has ended. One listener per operation. */
  onSettled(id: string, tell: (index: number, result: TargetResult) => void): void {
    const entry = this.kept.get(id);
    if (entry && entry.pending > 0) this.listeners.set(id, tell);
  }

  get(id: string): Operation | undefined {
    const entry = this.kept.get(id);
    return entry && view(entry);
  }

  /** Resolves when it has ended, the time (ms) is over or whoever asked has `gone`; undefined for an unknown id. */
  settled(id: string, timeoutMs: number, gone?: AbortSignal): Promise<Operation | undefined> {
    const entry = this.kept.get(id);
    if (!entry || entry.endedAt !== null || timeoutMs <= 0) return Promise.resolve(entry && view(entry));
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        entry.waiters.delete(done);
        gone?.removeEventListener('abort', done);
        resolve(view(entry));
      };
      const timer = setTimeout(done, Math.min(timeoutMs, 2_000_000_000));
      entry.waiters.add(done);
      gone?.addEventListener('abort', done);
    });
  }

  private heard(fact: Fact): void {
    this.doubts.heard(fact);
    if (!('process' in fact)) return;
    const set = this.watches.get(fact.process);
    if (!set) return;
    for (const watch of set) {
      const verdict = this.judge(watch, fact);
      if (verdict !== null) this.decided(watch, verdict);
    }
  }

  private staysDown(process: string, why: string): void {
    for (const watch of this.watches.get(process) ?? []) this.decided(watch, watch.goal === 'down' ? { ok: true } : { ok: false, code: 'FAILED', message: why });
  }

  /** Somebody stops it: whoever waits for it to come up waits in vain. */
  overtaken(process: string): void {
    for (const watch of this.watches.get(process) ?? []) {
      if (watch.goal !== 'down') this.decided(watch, { ok: false, code: 'INTERRUPTED', message: 'it was stopped meanwhile' });
    }
  }

  private decided(watch: Watch, verdict: Outcome): void {
    const set = this.watches.get(watch.process);
    set?.delete(watch);
    if (set?.size === 0) this.watches.delete(watch.process);
    watch.tell(verdict);
  }

  private judge(watch: Watch, fact: Fact): Verdict {
    if (fact.type === 'process.removed') return watch.goal === 'down' ? { ok: true } : { ok: false, code: 'INTERRUPTED', message: 'it was removed meanwhile' };
    if (watch.goal === 'down') return judgeDown(fact);
    if (watch.downSeen) {
      if (watch.isUp) return judgeHealth(fact);
      const verdict = this.prospects.isOneshot?.(watch.process) === true ? judgeDone(fact) : judgeUp(fact, watch.running);
      if (watch.healthy && verdict?.ok === true) {
        watch.isUp = true;
        return null;
      }
      watch.running = fact.type === 'process.running' || (watch.running && fact.type !== 'process.starting');
      return verdict;
    }
    if (fact.type === 'process.stopped' || (fact.type === 'process.starting' && fact.incarnation > watch.incarnation)) watch.downSeen = true;
    if (fact.type === 'process.survivors' || fact.type === 'process.unknown') return judgeDown(fact);
    if (fact.type === 'process.wanted' && fact.wanted === 'down') return { ok: false, code: 'INTERRUPTED', message: 'it was stopped meanwhile' };
    return null;
  }

  private finish(entry: Entry): void {
    if (entry.pending > 0 || entry.endedAt !== null) return;
    entry.endedAt = this.wall();
    this.pending -= 1;
    this.listeners.delete(entry.id);
    this.bus.publish({ type: 'operation.completed', operation: entry.id, command: entry.command, ok: entry.targets.every((t) => t.outcome === 'ok') });
    const operation = view(entry);
    for (const done of [...entry.waiters]) done(operation);
  }

  private prune(): void {
    if (this.kept.size <= KEPT) return;
    for (const [id, entry] of this.kept) {
      if (this.kept.size <= KEPT) return;
      if (entry.endedAt !== null) this.kept.delete(id);
    }
  }
}

function resultOf(outcome: Outcome): Omit<TargetResult, 'name'> {
  const { ok, ...rest } = outcome;
  return ok ? { ...rest, outcome: 'ok', code: null, message: outcome.message ?? 'OK' } : { ...rest, outcome: 'error', code: outcome.code, message: outcome.message };
}

function view(entry: Entry): Operation {
  return { id: entry.id, command: entry.command, who: entry.who, startedAt: entry.startedAt, endedAt: entry.endedAt, targets: [...entry.targets], ...(entry.plan === null ? {} : { plan: entry.plan }) };
}
