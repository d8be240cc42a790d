// The loop: one event, one step of a machine, its facts, then its effects; what effects bring back joins the mailbox.
import type { FactBody } from '../contract/facts.ts';
import type { Moment } from '../core/table.ts';
import type { TreeEvent, TreeStep } from '../core/tree-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import { Deadlines } from './deadlines.ts';

/** How long one turn may keep the event loop. A thousand starts give way to requests and pipes in between. */
const TURN_MS = 8;

/** What every machine may be told. */
type Told = { readonly type: string };
type Due = { readonly type: 'due'; readonly key: string };

/** What comes of one event. */
export interface Step {
  readonly effects: readonly unknown[];
  readonly facts: readonly FactBody[];
  /** Keys whose deadline may have changed. */
  readonly touched: ReadonlySet<string>;
}

/** A decision-maker: the tree of programs, the book of jobs. `now` is the time and the chance of one step. */
export interface Machine<E extends Told, N, S extends Step> {
  step(event: E | Due, now: N): S;
  /** When the subject with this key is to be told that its time is over, in monotonic ms; null: never. */
  deadline(key: string): number | null;
}

export interface LoopOptions<N, S extends Step> {
  readonly clock: Clock;
  readonly moment: () => N;
  /** Writes down what must not be told before it is written. */
  readonly write?: (step: S) => void;
  readonly publish: (fact: FactBody) => void;
  readonly run: (effect: S['effects'][number]) => void;
  /** A deadline is over: `go` when everything has been read that may have come before it, or at once. */
  readonly beforeDue?: (key: string, go: () => void) => void;
}

export type TreeLoop = Loop<TreeEvent, Moment, TreeStep>;

export class Loop<E extends Told, N, S extends Step> {
  private readonly options: LoopOptions<N, S>;
  private readonly mailbox: (E | Due)[] = [];
  private readonly effects: S['effects'][number][] = [];
  private readonly deadlines: Deadlines;
  private pumping = false;
  private scheduled = false;
  private machine: Machine<E, N, S>;
  /** Since this loop was made. */
  steps = 0;
  /** Events that came into the mailbox, and those that left it. */
  private told = 0;
  private taken = 0;
  /** Who waits until so many have left it. */
  private readonly waiters: { readonly told: number; readonly resolve: () => void }[] = [];
  /** Counts the machines there were: what was about an earlier one is over. */
  private term = 0;

  constructor(machine: Machine<E, N, S>, options: LoopOptions<N, S>) {
    this.machine = machine;
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (key) => this.due(key));
  }

  /** Puts an event into the mailbox. Handled before this returns, unless it comes from within a step or the turn is over. */
  tell(event: E | Due): void {
    // The end overtakes the starts that wait: whoever counts the living now counts all that will ever live.
    if (event.type === 'close') {
      this.step(event);
    } else {
      this.mailbox.push(event);
      this.told += 1;
    }
    if (!this.pumping && !this.scheduled) this.pump();
  }

  /** Resolves when all that was told so far is decided and written down: what is answered before that, a crash would make a lie. */
  heard(): Promise<void> {
    return this.taken >= this.told ? Promise.resolve() : new Promise((resolve) => this.waiters.push({ told: this.told, resolve }));
  }

  private release(): void {
    while ((this.waiters[0]?.told ?? Infinity) <= this.taken) this.waiters.shift()?.resolve();
  }

  private due(key: string): void {
    const { beforeDue } = this.options;
    if (!beforeDue) return this.tell({ type: 'due', key });
    const { term } = this;
    beforeDue(key, () => {
      if (term === this.term) this.tell({ type: 'due', key });
    });
  }

  /** Events and effects that wait. */
  get waiting(): number {
    return this.mailbox.length + this.effects.length;
  }

  /** Nothing waits to be done: what is so now stays so until something happens. */
  get isIdle(): boolean {
    return !this.pumping && this.mailbox.length === 0 && this.effects.length === 0;
  }

  /** Another machine takes the place of one that is down. */
  replace(machine: Machine<E, N, S>): void {
    this.close();
    this.machine = machine;
  }

  close(): void {
    this.term += 1;
    this.deadlines.close();
    this.mailbox.length = 0;
    this.effects.length = 0;
    this.taken = this.told;
    this.release();
  }

  private pump(): void {
    this.pumping = true;
    const { clock } = this.options;
    const until = clock.mono() + TURN_MS;
    let mail = 0;
    let done = 0;
    try {
      for (;;) {
        const event = this.mailbox[mail];
        if (event !== undefined) {
          mail += 1;
          this.taken += 1;
          this.step(event);
        } else {
          this.mailbox.length = 0;
          mail = 0;
          const effect = this.effects[done];
          if (effect === undefined) break;
          done += 1;
          this.options.run(effect);
        }
        if (clock.mono() >= until) break;
      }
    } finally {
      // Also after a mistake of ours: what was done must not be done again.
      this.mailbox.splice(0, mail);
      this.effects.splice(0, done);
      this.pumping = false;
      this.release();
      if (this.mailbox.length > 0 || this.effects.length > 0) this.later();
    }
  }

  private later(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  private step(event: E | Due): void {
    const { machine, options } = this;
    this.steps += 1;
    const step = machine.step(event, options.moment());
    for (const key of step.touched) this.deadlines.set(key, machine.deadline(key));
    this.effects.push(...step.effects);
    options.write?.(step);
    for (const fact of step.facts) options.publish(fact);
  }
}
