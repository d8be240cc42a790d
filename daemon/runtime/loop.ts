// The loop: one event, one step of the tree, its facts, then its effects; what effects bring back joins the mailbox.
import type { FactBody } from '../contract/facts.ts';
import type { Tree } from '../core/tree.ts';
import type { TreeEffect, TreeEvent } from '../core/tree-state.ts';
import type { Clock } from '../os/ports.ts';
import { Deadlines } from './deadlines.ts';

/** How long one turn may keep the event loop. A thousand starts give way to requests and pipes in between. */
const TURN_MS = 8;

export interface LoopOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly publish: (fact: FactBody) => void;
  readonly run: (effect: TreeEffect) => void;
}

export class Loop {
  private readonly options: LoopOptions;
  private readonly mailbox: TreeEvent[] = [];
  private readonly effects: TreeEffect[] = [];
  private readonly deadlines: Deadlines;
  private pumping = false;
  private scheduled = false;
  tree: Tree;

  constructor(tree: Tree, options: LoopOptions) {
    this.tree = tree;
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (key) => this.tell({ type: 'due', key }));
  }

  /** Puts an event into the mailbox. Handled before this returns, unless it comes from within a step or the turn is over. */
  tell(event: TreeEvent): void {
    // The end overtakes the starts that wait: whoever counts the living now counts all that will ever live.
    if (event.type === 'close') this.step(event);
    else this.post(event);
  }

  private post(event: TreeEvent): void {
    this.mailbox.push(event);
    if (!this.pumping && !this.scheduled) this.pump();
  }

  /** Nothing waits to be done: what is so now stays so until something happens. */
  get isIdle(): boolean {
    return !this.pumping && this.mailbox.length === 0 && this.effects.length === 0;
  }

  /** Another tree takes the place of one that is down. */
  replace(tree: Tree): void {
    this.deadlines.close();
    this.mailbox.length = 0;
    this.effects.length = 0;
    this.tree = tree;
  }

  close(): void {
    this.deadlines.close();
    this.mailbox.length = 0;
    this.effects.length = 0;
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

  private step(event: TreeEvent): void {
    const { tree } = this;
    const step = tree.step(event, { now: this.options.clock.mono(), chance: this.options.random() });
    for (const key of step.touched) this.deadlines.set(key, tree.deadline(key));
    this.effects.push(...step.effects);
    for (const fact of step.facts) this.options.publish(fact);
  }
}
