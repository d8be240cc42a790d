// The end of everything: jobs first, then programs level by level, then all at once, then by force. Used for shutdown and for a
// full restart. A job may need a program to finish, so that programs are told when the last run is over, or after graceMs.
import type { Fact, FactBody } from '../contract/facts.ts';
import { stopWalk } from '../core/stop-plan.ts';
import { HURRY_STEPS } from '../core/stop-steps.ts';
import type { StopWalk } from '../core/stop-plan.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';

export type Mode = 'warm' | 'cold' | 'now';

export interface ClosingOptions {
  readonly tree: Tree;
  readonly graceMs: number;
  readonly timeoutMs: number | null;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly subscribe: (tell: (fact: Fact) => void) => () => void;
  /** Runs of jobs; absent: there are none. */
  readonly jobs?: { close(mode: Mode, graceMs: number, done: () => void): void; survivors(): readonly number[] };
  /** Pids of a process that will not go. */
  readonly survivors: (id: string) => readonly number[];
  /** Everybody is gone, or named as a survivor. Called once. */
  readonly done: (survivors: readonly number[]) => void;
}

const ORDER: readonly Mode[] = ['warm', 'cold', 'now'];
/** What KILL has not ended after this stays behind, and is named. */
const GIVE_UP_MS = 10_000;

export class Closing {
  private readonly options: ClosingOptions;
  private readonly walk: StopWalk;
  private readonly alive = new Set<string>();
  private readonly unsubscribe: () => void;
  private timers: NodeJS.Timeout[] = [];
  private finished = false;
  private jobsClosed = true;
  mode: Mode | null = null;

  constructor(options: ClosingOptions) {
    this.options = options;
    for (const node of options.tree.processes.values()) if (!isDown(node)) this.alive.add(node.key);
    this.walk = stopWalk(options.tree, this.alive);
    this.unsubscribe = options.subscribe((fact) => this.heard(fact));
  }

  /** Begins, or goes on more harshly; a milder mode than the present one changes nothing. */
  begin(mode: Mode, why: string): void {
    if (this.finished || (this.mode !== null && ORDER.indexOf(mode) <= ORDER.indexOf(this.mode))) return;
    const first = this.mode === null;
    this.mode = mode;
    this.options.publish({ type: 'daemon.stopping', mode, why });
    if (first) this.start();
    if (mode !== 'warm') this.hurry(mode);
    this.check();
  }

  private start(): void {
    const { tell, graceMs, timeoutMs, jobs } = this.options;
    tell({ type: 'close' });
    if (jobs) this.closeJobs('warm');
    else this.stop(this.walk.begin());
    if (Number.isFinite(graceMs)) this.after(graceMs, () => this.stop(this.walk.rest()));
    if (timeoutMs !== null) this.after(timeoutMs, () => this.begin('now', `not everything ended within ${Math.round(timeoutMs / 1000)} s`));
  }

  /** Programs are told once the jobs have ended. */
  private closeJobs(mode: Mode): void {
    this.jobsClosed = false;
    this.options.jobs?.close(mode, this.options.graceMs, () => {
      this.jobsClosed = true;
      // Not within the step that told of it.
      queueMicrotask(() => {
        if (this.finished) return;
        this.stop(this.walk.begin());
        this.check();
      });
    });
  }

  private hurry(mode: 'cold' | 'now'): void {
    if (!this.jobsClosed) this.closeJobs(mode);
    this.stop(this.walk.rest());
    for (const id of [...this.alive]) this.options.tell({ type: 'hurry', id, steps: HURRY_STEPS[mode] });
    if (mode === 'now') this.after(GIVE_UP_MS, () => this.finish());
  }

  private stop(ids: readonly string[]): void {
    for (const id of ids) this.options.tell({ type: 'close_process', id, why: 'the daemon is ending' });
  }

  private heard(fact: Fact): void {
    if (!('process' in fact) || !this.alive.has(fact.process)) return;
    const node = this.options.tree.processes.get(fact.process);
    if (node && !isDown(node)) return;
    this.alive.delete(fact.process);
    // Not within the step that is being published: the next level is told after it.
    const next = this.walk.down(fact.process);
    if (next.length > 0) this.stop(next);
    this.check();
  }

  private check(): void {
    if (this.alive.size === 0 && this.jobsClosed && this.mode !== null) queueMicrotask(() => this.finish());
  }

  private after(ms: number, act: () => void): void {
    this.timers.push(setTimeout(act, Math.min(ms, 2_000_000_000)));
  }

  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.unsubscribe();
    for (const timer of this.timers) clearTimeout(timer);
    const survivors = [...(this.jobsClosed ? [] : (this.options.jobs?.survivors() ?? []))];
    for (const node of this.options.tree.processes.values()) if (this.alive.has(node.key) || node.state.phase === 'UNKNOWN') survivors.push(...this.options.survivors(node.key));
    this.options.done(survivors);
  }
}

/** Nothing of it runs, or nobody can do anything about it. */
function isDown(node: ProcessNode): boolean {
  const { phase } = node.state;
  return phase === 'STOPPED' || phase === 'EXITED' || phase === 'FATAL' || phase === 'UNKNOWN';
}
