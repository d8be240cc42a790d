// One target, whoever shares it: accepts bytes in order, keeps what the target does not take, and tells its sources to wait.
import type { FactBody } from '../contract/facts.ts';
import type { Target } from './device.ts';

/** Somebody who must not read on while the target takes nothing. */
export interface Waiter {
  /** Called once, when the target takes bytes again. */
  unblocked(): void;
}

/** What a slow but working target may owe before its sources wait. A regular file owes nothing. */
const DEVICE_QUEUE_BYTES = 256 * 1024;
/** Retries of a target that is full. */
const FULL_RETRY_MIN_MS = 250;
const FULL_RETRY_MAX_MS = 5000;
/** Retries of a target whose reader is slow: there is no readiness for writing in the ports. */
const SLOW_RETRY_MIN_MS = 2;
const SLOW_RETRY_MAX_MS = 100;
/** A slow reader is worth a fact after this long without progress. */
const SLOW_FACT_MS = 1000;
const NEWLINE = Buffer.from('\n');

export interface WriterOptions {
  readonly target: Target;
  readonly now: () => number;
  readonly onFact: (fact: FactBody) => void;
}

export class Writer {
  readonly target: Target;
  /** Channels that write here. */
  users = 0;
  /** Those of them whose programs wait while it takes nothing; the output of the others is dropped. */
  waitingUsers = 0;
  /** Users that share this path are cut at line ends. */
  get shared(): boolean {
    return this.users > 1;
  }

  readonly #now: () => number;
  readonly #onFact: (fact: FactBody) => void;
  readonly #waiters = new Set<Waiter>();
  #queue: Buffer[] = [];
  #owed = 0;
  #timer: NodeJS.Timeout | null = null;
  #retryMs = 0;
  #waitingSince = 0;
  #progressAt = 0;
  #toldBlocked = false;
  #midLine = false;
  #owner: unknown = null;
  #closing = false;

  constructor(options: WriterOptions) {
    this.target = options.target;
    this.#now = options.now;
    this.#onFact = options.onFact;
  }

  /** Bytes accepted and not yet taken by the target. */
  get owed(): number {
    return this.#owed;
  }

  /** Nothing more should be given to it. */
  get full(): boolean {
    return this.#owed > (this.target.kind === 'regular' ? 0 : DEVICE_QUEUE_BYTES);
  }

  /** Its reader is gone for good (a closed pipe, a terminal that hung up): to wait for it would be for ever. */
  get gone(): boolean {
    const { kind, problem } = this.target;
    return kind === 'device' && (problem?.code === 'EPIPE' || problem?.code === 'EIO');
  }

  /** The target has taken nothing for a while, or refuses. */
  get blocked(): boolean {
    return this.#toldBlocked;
  }

  /** What is accepted and not yet written, oldest first. */
  pending(): readonly Buffer[] {
    return this.#queue;
  }

  /**
   * Accepts bytes[start, end); must not be kept by the caller's side as the buffer is reused. `owner` is whose line it is:
   * where another's line is unfinished, it is ended first, so that no line holds the words of two.
   */
  accept(owner: unknown, bytes: Buffer, start: number, end: number): void {
    if (end <= start) return;
    if (this.#midLine && this.#owner !== owner) this.#put(NEWLINE, 0, 1);
    this.#owner = owner;
    this.#midLine = bytes[end - 1] !== 10;
    this.#put(bytes, start, end);
  }

  /** The unfinished line, if any, will not be continued: whoever comes next starts on a new line. */
  disown(): void {
    this.#owner = this;
  }

  #put(bytes: Buffer, start: number, end: number): void {
    const taken = this.#owed === 0 ? this.target.take(bytes, start, end) : 0;
    if (start + taken === end) return;
    this.#queue.push(Buffer.from(bytes.subarray(start + taken, end)));
    this.#owed += end - start - taken;
    if (this.#timer === null) this.#startWaiting();
  }

  #startWaiting(): void {
    this.#waitingSince = this.#now();
    this.#progressAt = this.#waitingSince;
    this.#retryMs = 0;
    this.#scheduleRetry(false);
  }

  #scheduleRetry(progress: boolean): void {
    const slow = this.target.problem === null || this.target.problem.code === 'EAGAIN';
    const min = slow ? SLOW_RETRY_MIN_MS : FULL_RETRY_MIN_MS;
    const max = slow ? SLOW_RETRY_MAX_MS : FULL_RETRY_MAX_MS;
    this.#retryMs = progress ? min : Math.max(min, Math.min(max, this.#retryMs * 2));
    if (progress) this.#progressAt = this.#now();
    if (!slow || this.#now() - this.#progressAt >= SLOW_FACT_MS) this.#tellBlocked();
    this.#timer = setTimeout(() => this.#retry(), this.#retryMs);
    // A log that cannot be written must not keep an ending daemon alive: dispose() gives it its last chance.
    this.#timer.unref();
  }

  #tellBlocked(): void {
    if (this.#toldBlocked) return;
    this.#toldBlocked = true;
    const why = this.target.problem?.reason ?? 'its reader is too slow or absent';
    this.#onFact({ type: 'log.blocked', path: this.target.path, why, full: this.waitingUsers > 0 ? 'block' : 'drop' });
  }

  #retry(): void {
    this.#timer = null;
    const before = this.#owed;
    this.flush();
    if (this.#owed > 0) {
      this.#scheduleRetry(this.#owed < before);
      if (this.full && !this.gone) return;
    } else {
      this.#tellResumed();
    }
    this.#wake();
  }

  #tellResumed(): void {
    if (!this.#toldBlocked) return;
    this.#toldBlocked = false;
    this.#onFact({ type: 'log.resumed', path: this.target.path, blockedMs: Math.round(this.#now() - this.#waitingSince) });
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.unblocked();
  }

  /** Gives the target what is owed, as far as it takes it. */
  flush(): void {
    let done = 0;
    for (const bytes of this.#queue) {
      const taken = this.target.take(bytes, 0, bytes.length);
      this.#owed -= taken;
      if (taken < bytes.length) {
        this.#queue[done] = bytes.subarray(taken);
        break;
      }
      done += 1;
    }
    this.#queue = this.#queue.slice(done);
  }

  /** Calls `waiter.unblocked()` once the target takes bytes again. */
  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** What is owed is given up (clear, or the end of the path's last user); returns how many bytes that were. */
  giveUp(): number {
    const lost = this.#owed;
    this.#queue = [];
    this.#owed = 0;
    this.#midLine = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (lost === 0 || !this.#closing) this.#tellResumed();
    this.#wake();
    return lost;
  }

  /** Tries at once what a timer would try later: after a reopen or a clear the way may be free. */
  kick(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#retry();
  }

  /** Ends the writer after a last attempt; returns the bytes that could not be written. */
  close(): number {
    if (this.#closing) return 0;
    this.#closing = true;
    this.flush();
    const lost = this.giveUp() + this.target.unfinished;
    this.target.close();
    return lost;
  }
}
