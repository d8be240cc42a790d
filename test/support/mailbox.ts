// Events one after another: what a step causes comes after it, as in the daemon's loop.

export class Mailbox<E> {
  private readonly waiting: E[] = [];
  private readonly step: (event: E) => void;
  private pumping = false;

  constructor(step: (event: E) => void) {
    this.step = step;
  }

  /** Handled before this returns, unless it comes from within a step: then after that. */
  tell(event: E): void {
    this.waiting.push(event);
    if (this.pumping) return;
    this.pumping = true;
    try {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) this.step(next);
    } finally {
      this.pumping = false;
    }
  }
}
