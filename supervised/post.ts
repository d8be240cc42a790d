// Sends reports to REEVE_SOCKET, one after the other on one connection. Never throws, never waits, never keeps a process alive:
// an idle connection does not count, and one report that is under way does for a second at most.
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A report that waits. `kind` is the last part of its path. */
interface Waiting {
  readonly kind: string;
  readonly body: string;
}

/** Where reports go. */
export interface Place {
  readonly path: string;
  readonly id: string;
  readonly token: string;
}

/** Of a kind that repeats itself, one is sent in this time; of those in between only the newest counts. */
const THIN_MS = 200;
/** No answer after this: given up. */
const ANSWER_MS = 1000;
/** After a failure nothing is tried for so long: a daemon that is away costs nothing. */
const REST_MS = 5000;
/** Reports that wait; the oldest are dropped. */
const MOST_WAITING = 100;
/** Longer ones are refused anyway. */
const MOST_BYTES = 8192;

export class Post {
  private readonly place: Place;
  /** Kinds that repeat themselves: the newest of each. */
  private readonly newest = new Map<string, Waiting>();
  private readonly sentAt = new Map<string, number>();
  private readonly once: Waiting[] = [];
  private socket: Socket | null = null;
  private current: Waiting | null = null;
  /** The current report was sent on a connection that had been idle: its end is no answer to it, and it is sent again. */
  private stale = false;
  private answer: NodeJS.Timeout | null = null;
  private thin: NodeJS.Timeout | null = null;
  private scheduled = false;
  private hurried = false;
  private restUntil = 0;
  private waiters: (() => void)[] = [];

  constructor(place: Place) {
    this.place = place;
    // Nobody comes back to us after this: what was held back is sent now.
    process.on('beforeExit', () => this.hurry());
  }

  /** Takes a report. repeats: a newer one of its kind takes its place. */
  put(kind: string, body: string, repeats: boolean): void {
    if (body.length > MOST_BYTES) return;
    if (repeats) {
      this.newest.delete(kind);
      this.newest.set(kind, { kind, body });
    } else {
      // What was said before it is sent before it.
      for (const held of this.newest.values()) this.once.push(held);
      this.newest.clear();
      this.once.push({ kind, body });
      if (this.once.length > MOST_WAITING) this.once.splice(0, this.once.length - MOST_WAITING);
    }
    if (this.scheduled) return;
    this.scheduled = true;
    // A loop that reports without a pause costs one report, not one each time round.
    queueMicrotask(() => {
      this.scheduled = false;
      this.next();
    });
  }

  /** Resolves when everything put so far was sent and answered, or given up. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.waiters.push(resolve);
      this.hurry();
    });
  }

  private hurry(): void {
    this.hurried = true;
    this.next();
  }

  private next(): void {
    if (this.current !== null) return;
    const report = this.take();
    if (report === null) return this.rest();
    if (Date.now() < this.restUntil) {
      this.once.length = 0;
      this.newest.clear();
      return this.rest();
    }
    this.send(report);
  }

  private take(): Waiting | null {
    const first = this.once.shift();
    if (first !== undefined) return first;
    const now = Date.now();
    let soonest = Infinity;
    for (const [kind, report] of this.newest) {
      // A clock that was set back must not hold a report for long.
      const wait = this.hurried ? 0 : Math.min(THIN_MS, (this.sentAt.get(kind) ?? -Infinity) + THIN_MS - now);
      if (wait <= 0) {
        this.newest.delete(kind);
        this.sentAt.set(kind, now);
        return report;
      }
      soonest = Math.min(soonest, wait);
    }
    if (soonest < Infinity) this.thin ??= setTimeout(() => this.thinned(), soonest).unref();
    return null;
  }

  private thinned(): void {
    this.thin = null;
    this.next();
  }

  /** Nothing is to be done now. */
  private rest(): void {
    if (this.newest.size > 0 && !this.hurried) return;
    this.hurried = false;
    for (const resolve of this.waiters.splice(0)) resolve();
  }

  private send(report: Waiting): void {
    const { id, token } = this.place;
    this.current = report;
    this.stale = this.socket !== null;
    const socket = (this.socket ??= this.open());
    socket.ref();
    this.answer = setTimeout(() => this.fail(), ANSWER_MS).unref();
    socket.write(
      `POST /v1/supervised/${id}/${report.kind} HTTP/1.1\r\nhost: reeve\r\nauthorization: Bearer ${token}\r\ncontent-length: ${Buffer.byteLength(report.body)}\r\n\r\n${report.body}`,
    );
  }

  private open(): Socket {
    const socket = connect(this.place.path);
    let said = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      said += piece;
      const end = said.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(said.slice(0, end))?.[1] ?? 0);
      if (said.length < end + 4 + length) return;
      const stays = /\r\nconnection: *keep-alive/i.test(said.slice(0, end));
      said = '';
      if (!stays) this.part(socket);
      this.done();
    });
    socket.on('error', () => this.lost(socket));
    socket.on('close', () => this.lost(socket));
    return socket;
  }

  private part(socket: Socket): void {
    if (this.socket === socket) this.socket = null;
    socket.destroy();
  }

  private done(): void {
    this.current = null;
    if (this.answer !== null) clearTimeout(this.answer);
    this.answer = null;
    this.socket?.unref();
    this.next();
  }

  private lost(socket: Socket): void {
    if (this.socket !== socket) return;
    this.part(socket);
    const { current } = this;
    if (current === null) return;
    if (!this.stale) return this.fail();
    if (this.answer !== null) clearTimeout(this.answer);
    this.send(current);
  }

  /** Nobody answers: this report is lost, and the next ones are not even tried for a while. */
  private fail(): void {
    this.restUntil = Date.now() + REST_MS;
    if (this.socket !== null) this.part(this.socket);
    this.done();
  }
}
