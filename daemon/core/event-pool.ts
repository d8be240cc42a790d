// A pool of event listeners: a buffer of events in order, and who gets the next one. Pure: what is to be written, dropped or told
// leaves as effects.
import { stepListener } from './listener.ts';
import type { ListenerEvent, ListenerOutcome, ListenerPhase, ListenerState } from './listener.ts';

/** An event in the buffer of one pool. `serial` counts over all pools, `poolSerial` within this one. */
export interface Queued<E> {
  readonly serial: number;
  readonly poolSerial: number;
  readonly event: E;
}

export type PoolEffect<E> =
  | { readonly type: 'send'; readonly process: string; readonly queued: Queued<E> }
  /** The buffer was full: the oldest event is gone. */
  | { readonly type: 'dropped'; readonly queued: Queued<E> }
  | { readonly type: 'rejected'; readonly process: string; readonly queued: Queued<E>; readonly result: string }
  | { readonly type: 'broken'; readonly process: string; readonly why: string };

interface Member<E> {
  state: ListenerState<Queued<E>>;
  /** Only who has stayed up for startsecs is given events. */
  running: boolean;
}

export class EventPool<E> {
  readonly name: string;
  bufferSize: number;
  /** Events that were dropped since the pool is there. */
  dropped = 0;
  private readonly members = new Map<string, Member<E>>();
  private readonly buffer: Queued<E>[] = [];
  private poolSerial = 0;

  constructor(name: string, bufferSize: number) {
    this.name = name;
    this.bufferSize = bufferSize;
  }

  /** Processes in the order in which they are asked. */
  join(process: string): void {
    if (!this.members.has(process)) this.members.set(process, { state: { phase: 'DOWN' }, running: false });
  }

  /** The process is no longer known; what it had goes to another. */
  leave(process: string): readonly PoolEffect<E>[] {
    const effects = this.tell(process, { type: 'exited' });
    this.members.delete(process);
    return effects;
  }

  phase(process: string): ListenerPhase | undefined {
    return this.members.get(process)?.state.phase;
  }

  get waiting(): number {
    return this.buffer.length;
  }

  /** A new event, for the end of the buffer. */
  offer(serial: number, event: E): readonly PoolEffect<E>[] {
    const effects: PoolEffect<E>[] = [];
    this.makeRoom(effects);
    this.buffer.push({ serial, poolSerial: this.poolSerial, event });
    this.poolSerial += 1;
    this.dispatch(effects);
    return effects;
  }

  /** RUNNING, or not any more. */
  running(process: string, running: boolean): readonly PoolEffect<E>[] {
    const member = this.members.get(process);
    if (!member || member.running === running) return [];
    member.running = running;
    const effects: PoolEffect<E>[] = [];
    this.dispatch(effects);
    return effects;
  }

  /** Something happened to one listener. */
  tell(process: string, event: Exclude<ListenerEvent<Queued<E>>, { type: 'sent' }>): readonly PoolEffect<E>[] {
    const member = this.members.get(process);
    if (!member) return [];
    if (event.type === 'born' || event.type === 'exited') member.running = false;
    const step = stepListener(member.state, event);
    member.state = step.state;
    const effects: PoolEffect<E>[] = [];
    for (const outcome of step.outcomes) this.meant(process, outcome, effects);
    this.dispatch(effects);
    return effects;
  }

  private meant(process: string, outcome: ListenerOutcome<Queued<E>>, effects: PoolEffect<E>[]): void {
    switch (outcome.type) {
      case 'accepted': return;
      case 'rejected':
        effects.push({ type: 'rejected', process, queued: outcome.event, result: outcome.result });
        return this.putBack(outcome.event, effects);
      case 'back': return this.putBack(outcome.event, effects);
      case 'broken':
        effects.push({ type: 'broken', process, why: outcome.why });
        return;
      default: return outcome satisfies never;
    }
  }

  /** To the head, though it may be older than what is dropped for it: so does supervisord. */
  private putBack(queued: Queued<E>, effects: PoolEffect<E>[]): void {
    this.makeRoom(effects);
    this.buffer.unshift(queued);
  }

  private makeRoom(effects: PoolEffect<E>[]): void {
    while (this.buffer.length >= this.bufferSize) {
      const queued = this.buffer.shift();
      if (!queued) return;
      this.dropped += 1;
      effects.push({ type: 'dropped', queued });
    }
  }

  private dispatch(effects: PoolEffect<E>[]): void {
    if (this.buffer.length === 0) return;
    for (const [process, member] of this.members) {
      if (!member.running || member.state.phase !== 'READY') continue;
      const queued = this.buffer.shift();
      if (!queued) return;
      member.state = stepListener(member.state, { type: 'sent', event: queued }).state;
      effects.push({ type: 'send', process, queued });
    }
  }
}
