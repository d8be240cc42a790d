// The last answers about one process, packed: a thousand processes keep a hundred each.
import type { HealthEntry } from '../contract/health.ts';
import type { Outcome } from './health.ts';

/** Answers kept of one process, of all its probes and over its lives. */
export const HISTORY_KEPT = 100;
const HOUR_MS = 3_600_000;
/** Numbers of an entry: at, duration, outcome, life, probe. */
const WIDTH = 5;
const OUTCOMES: readonly Outcome[] = ['ok', 'degraded', 'failed'];

export class HealthHistory {
  /** Grows as it fills: most processes are young or rarely asked. */
  private numbers = new Float64Array(4 * WIDTH);
  private whys: string[] = [];
  private readonly probes: string[] = [];
  private next = 0;
  private size = 0;

  add(at: number, probe: string, outcome: Outcome, why: string, durationMs: number, incarnation: number): void {
    this.grow();
    let number = this.probes.indexOf(probe);
    if (number < 0) number = this.probes.push(probe) - 1;
    this.numbers.set([at, durationMs, OUTCOMES.indexOf(outcome), incarnation, number], this.next * WIDTH);
    this.whys[this.next] = why;
    this.next = (this.next + 1) % this.room;
    this.size = Math.min(this.size + 1, HISTORY_KEPT);
  }

  private get room(): number {
    return this.numbers.length / WIDTH;
  }

  /** Makes room for one more, until it goes round. */
  private grow(): void {
    if (this.size < this.room || this.room === HISTORY_KEPT) return;
    const larger = new Float64Array(Math.min(HISTORY_KEPT, this.room * 2) * WIDTH);
    larger.set(this.numbers);
    this.next = this.size;
    this.numbers = larger;
  }

  /** Oldest first. */
  entries(): readonly HealthEntry[] {
    const first = this.size < this.room ? 0 : this.next;
    return Array.from({ length: this.size }, (_, n) => this.entry((first + n) % this.room));
  }

  private entry(at: number): HealthEntry {
    const [time = 0, durationMs = 0, outcome = 0, incarnation = 0, probe = 0] = this.numbers.subarray(at * WIDTH, at * WIDTH + WIDTH);
    return { at: time, probe: this.probes[probe] ?? '', outcome: OUTCOMES[outcome] ?? 'failed', why: this.whys[at] ?? '', durationMs, incarnation };
  }

  /** Of the kept ones, those of the last hour: how many, and how many were good. */
  hour(now: number): { readonly answers: number; readonly healthy: number } {
    let answers = 0;
    let healthy = 0;
    for (let at = 0; at < this.size; at += 1) {
      if ((this.numbers[at * WIDTH] ?? 0) < now - HOUR_MS) continue;
      answers += 1;
      if (this.numbers[at * WIDTH + 2] === 0) healthy += 1;
    }
    return { answers, healthy };
  }
}
