// Commands around the lives of programs: before a start, after it, before a stop, after an end, after a crash. What is to be
// decided waits for the first and the third; the others keep nobody waiting.
import type { HookName, HookSpec } from '../../config/hooks.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import { oneLine } from '../contract/report-text.ts';
import type { ProcessEffect } from '../core/process-state.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { SideAnswer, SideCommands } from '../os/ports/side-commands.ts';

export interface HooksOptions {
  readonly node: (process: string) => ProcessNode | undefined;
  /** Variables of a command that is run for a program: its own, without those of one life. */
  readonly environment: (spec: ProcessSpec) => Readonly<Record<string, string>>;
  /** Loads what runs them, once. */
  readonly side: () => Promise<SideCommands>;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
}

/** Of those that nobody waits for. */
const MAX_AT_ONCE = 32;
const MAX_WAITING = 1000;
/** What a hook and all it started need to be ended when its time is over. */
const ENDING_MS = 1500;
/** At the end of the daemon hooks may come to their end for so long. */
const LAST_WAIT_MS = 10_000;

interface Job {
  readonly spec: ProcessSpec;
  readonly hook: HookName;
  readonly incarnation: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** A hook that something waits for. */
interface Gate {
  readonly incarnation: number;
  /** null: not begun. */
  running: { cancel(): void } | null;
  /** Told at most once: null, or what is wrong. */
  readonly opened: ((problem: string | null) => void) | null;
}

export class Hooks {
  private readonly options: HooksOptions;
  private readonly starts = new Map<string, Gate>();
  private readonly stops = new Map<string, Gate>();
  private readonly condemned = new Set<string>();
  private readonly going = new Map<string, { cancel(): void }>();
  private readonly waiting: Job[] = [];
  private idle: (() => void) | null = null;

  constructor(options: HooksOptions) {
    this.options = options;
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.running': return this.launch(fact.process, 'post_start', fact.incarnation, { PROCESS_PID: String(fact.pid) });
      case 'process.condemned': return void this.condemned.add(fact.process);
      case 'process.starting': return void this.condemned.delete(fact.process);
      case 'process.stopping': return this.stopping(fact);
      case 'process.exited': return this.exited(fact);
      case 'process.removed': return void this.condemned.delete(fact.process);
      default:
    }
  }

  /** Runs pre_start, and then opens the way: with null, or with what is wrong. False: there is no such hook. */
  beforeStart(spec: ProcessSpec, incarnation: number, opened: (problem: string | null) => void): boolean {
    const hook = spec.hooks.pre_start;
    if (hook === undefined) return false;
    const gate: Gate = { incarnation, running: null, opened };
    this.starts.set(spec.id, gate);
    this.gated({ spec, hook: 'pre_start', incarnation, variables: {} }, hook, gate, (answer) => {
      if (this.starts.get(spec.id) !== gate) return;
      this.starts.delete(spec.id);
      opened(answer.ok ? null : `pre_start failed: ${answer.why}${answer.output === '' ? '' : `: ${lastLine(answer.output)}`}`);
    });
    return true;
  }

  /** The first signal of a stop waits for pre_stop; `go` sends it then. False: it is not held back. */
  beforeStop({ process, incarnation }: ProcessEffect & { type: 'signal' }, go: () => void): boolean {
    const gate = this.stops.get(process);
    const node = this.options.node(process);
    const hook = node?.spec.hooks.pre_stop;
    if (gate?.incarnation !== incarnation || !node || hook === undefined) return false;
    if (gate.running !== null) {
      // The next signal already: somebody is in a hurry, or the hook took its time twice over.
      gate.running.cancel();
      this.stops.delete(process);
      return false;
    }
    this.give(process, incarnation, hook.timeoutMs + ENDING_MS);
    const pid = 'pid' in node.state ? node.state.pid : null;
    this.gated({ spec: node.spec, hook: 'pre_stop', incarnation, variables: { PROCESS_PID: String(pid ?? '') } }, hook, gate, () => {
      if (this.stops.get(process) !== gate) return;
      this.stops.delete(process);
      const state = this.options.node(process)?.state;
      // The stop steps begin now, with all their time.
      const waitMs = state?.phase === 'STOPPING' ? state.steps[state.step]?.waitMs : undefined;
      if (waitMs !== undefined && Number.isFinite(waitMs)) this.give(process, incarnation, waitMs);
      go();
    });
    return true;
  }

  /** Waits for those that run, a while; then they are ended. */
  async close(): Promise<void> {
    this.waiting.length = 0;
    if (this.going.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.idle = resolve;
        timer = setTimeout(resolve, LAST_WAIT_MS);
      });
      clearTimeout(timer);
    }
    for (const gate of [...this.starts.values(), ...this.stops.values()]) gate.running?.cancel();
    for (const one of this.going.values()) one.cancel();
    this.going.clear();
  }

  /** Another time for the present step of a stop. */
  private give(process: string, incarnation: number, ms: number): void {
    this.options.tell({ type: 'process', id: process, event: { type: 'extend', incarnation, ms, exactly: true } });
  }

  private stopping({ process, incarnation, pid, signal }: Extract<Fact, { type: 'process.stopping' }>): void {
    const start = this.starts.get(process);
    if (start !== undefined) {
      this.starts.delete(process);
      start.running?.cancel();
      start.opened?.('stopped before it was started');
    }
    // Without a pid the main process has ended already; and KILL is for those who are beyond talking to.
    if (pid !== null && signal !== 'KILL' && this.options.node(process)?.spec.hooks.pre_stop !== undefined) this.stops.set(process, { incarnation, running: null, opened: null });
  }

  private exited(fact: Extract<Fact, { type: 'process.exited' }>): void {
    this.stops.delete(fact.process);
    const crashed = fact.from === 'STOPPING' ? this.condemned.has(fact.process) : !fact.expected;
    const variables = { PROCESS_PID: String(fact.pid), PROCESS_EXIT_CODE: fact.code === null ? '' : String(fact.code), PROCESS_EXIT_SIGNAL: fact.signal ?? '', PROCESS_EXPECTED: String(fact.expected), PROCESS_RAN_MS: String(Math.round(fact.ranMs)) };
    if (crashed) this.launch(fact.process, 'on_crash', fact.incarnation, variables);
    this.launch(fact.process, 'post_stop', fact.incarnation, variables);
  }

  private gated(job: Job, hook: HookSpec, gate: Gate, done: (answer: SideAnswer) => void): void {
    let over = false;
    gate.running = { cancel: () => void (over = true) };
    void this.options.side().then((side) => {
      if (over) return;
      gate.running = this.run(side, job, hook, done);
    });
  }

  /** Runs a hook that nobody waits for. */
  private launch(process: string, hook: HookName, incarnation: number, variables: Readonly<Record<string, string>>): void {
    const spec = this.options.node(process)?.spec;
    if (spec?.hooks[hook] === undefined) return;
    const job: Job = { spec, hook, incarnation, variables };
    const before = this.waiting.findIndex((one) => keyOf(one) === keyOf(job));
    // A crash loop is faster than what is done about each crash: the newest one counts.
    const [overtaken] = before >= 0 ? this.waiting.splice(before, 1) : this.waiting.length >= MAX_WAITING ? this.waiting.splice(0, 1) : [];
    if (overtaken !== undefined) this.failed(overtaken, { ok: false, why: before >= 0 ? 'not run: an earlier one took too long' : `not run: ${MAX_WAITING} hooks wait`, output: '', tookMs: 0 });
    this.waiting.push(job);
    this.next();
  }

  private next(): void {
    while (this.going.size < MAX_AT_ONCE) {
      // One of a kind at a time for each process.
      const at = this.waiting.findIndex((job) => !this.going.has(keyOf(job)));
      const [job] = at < 0 ? [] : this.waiting.splice(at, 1);
      const hook = job?.spec.hooks[job.hook];
      if (job === undefined || hook === undefined) break;
      const key = keyOf(job);
      const gate: Gate = { incarnation: job.incarnation, running: null, opened: null };
      this.going.set(key, { cancel: () => gate.running?.cancel() });
      this.gated(job, hook, gate, () => {
        this.going.delete(key);
        this.next();
      });
    }
    if (this.going.size === 0) this.idle?.();
  }

  private run(side: SideCommands, job: Job, hook: HookSpec, done: (answer: SideAnswer) => void): { cancel(): void } {
    const { spec, incarnation } = job;
    return side.run({
      command: hook.command, directory: spec.directory, user: spec.user, group: spec.userGroup, input: null, timeoutMs: hook.timeoutMs,
      environment: {
        ...this.options.environment(spec), HOOK: job.hook, PROCESS_NAME: spec.id, PROCESS_PROGRAM: spec.program, PROCESS_GROUP: spec.group, PROCESS_NUM: String(spec.num), PROCESS_INCARNATION: String(incarnation), ...job.variables,
      },
      done: (answer) => {
        if (answer.ok) this.options.publish({ type: 'process.hook_ended', process: spec.id, incarnation, hook: job.hook, tookMs: answer.tookMs, output: answer.output });
        else this.failed(job, answer);
        done(answer);
      },
    });
  }

  private failed({ spec, hook, incarnation }: Job, { tookMs, why, output }: SideAnswer): void {
    this.options.publish({ type: 'process.hook_failed', process: spec.id, incarnation, hook, tookMs, why, output });
  }
}

function keyOf({ spec, hook }: Job): string {
  return `${spec.id} ${hook}`;
}

function lastLine(text: string): string {
  return oneLine(text.trim().split('\n').at(-1) ?? '');
}
