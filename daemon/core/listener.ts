// One event listener: supervisord's READY / RESULT protocol, byte by byte. Pure: bytes arrive in events, what they mean leaves as
// outcomes. A result's body is counted, never kept: only whether it is OK matters.
import { ignore, impossible, InvariantError } from './table.ts';
import type { Cell } from './table.ts';

/** Where a listener is. DOWN: it has no life. UNKNOWN: it broke the protocol and gets nothing more in this life. */
export type ListenerState<E> =
  | { readonly phase: 'DOWN' }
  /** Waits for `READY\n`; `held` is what there is of it. */
  | { readonly phase: 'ACKNOWLEDGED'; readonly held: Uint8Array }
  | { readonly phase: 'READY' }
  /** Has an event. `line`: its unfinished result line. `body`: bytes of the result that are still to come, and its first ones. */
  | { readonly phase: 'BUSY'; readonly event: E; readonly line: Uint8Array; readonly body: { readonly left: number; readonly head: Uint8Array } | null }
  | { readonly phase: 'UNKNOWN' };

export type ListenerPhase = ListenerState<unknown>['phase'];
type In<P extends ListenerPhase, E> = Extract<ListenerState<E>, { phase: P }>;

export type ListenerEvent<E> =
  | { readonly type: 'born' }
  /** What it wrote to its stdout. */
  | { readonly type: 'output'; readonly bytes: Uint8Array }
  | { readonly type: 'sent'; readonly event: E }
  /** An event that was sent could not be written: its stdin is closed. */
  | { readonly type: 'unwritten'; readonly event: E }
  | { readonly type: 'exited' };

export type ListenerEventType = ListenerEvent<unknown>['type'];

/** What a step means for the pool. An event that comes `back` goes to the head of its buffer. */
export type ListenerOutcome<E> =
  | { readonly type: 'accepted'; readonly event: E }
  | { readonly type: 'rejected'; readonly event: E; readonly result: string }
  | { readonly type: 'back'; readonly event: E }
  | { readonly type: 'broken'; readonly why: string };

export interface ListenerStep<E> {
  readonly state: ListenerState<E>;
  readonly outcomes: readonly ListenerOutcome<E>[];
}

type Handler<P extends ListenerPhase, T extends ListenerEventType> = <E>(s: In<P, E>, e: Extract<ListenerEvent<E>, { type: T }>) => ListenerStep<E>;
type Table = { readonly [P in ListenerPhase]: { readonly [T in ListenerEventType]: Cell<Handler<P, T>> } };

/** Every state x event. */
export const LISTENER_TABLE: Table = {
  DOWN: { born, output: ignore, sent: impossible, unwritten: ignore, exited: ignore },
  ACKNOWLEDGED: { born, output: greeted, sent: impossible, unwritten: ignore, exited: down },
  READY: { born, output: spoke, sent: busy, unwritten: ignore, exited: down },
  BUSY: { born: reborn, output: answered, sent: impossible, unwritten: deaf, exited: died },
  UNKNOWN: { born, output: ignore, sent: impossible, unwritten: ignore, exited: down },
};

const NEWLINE = 10;
const READY = ascii('READY\n');
/** supervisord reads the number from here on, whatever stands before it. */
const RESULT_WORD = 'RESULT '.length;
/** A result line is `RESULT` and a number; one that does not end within this is none. */
const LINE_BOUND = 1024;
/** Kept of a result, to tell OK from the rest and to say what came instead. */
const HEAD_BOUND = 64;
const NOTHING = new Uint8Array(0);
/** Python's int(): blanks around, a sign, underscores between digits. */
const NUMBER = /^\s*\+?(\d+(?:_\d+)*)\s*$/;

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** Bytes as text for messages and comparisons: one character a byte. */
function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b.slice();
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function quoted(bytes: Uint8Array): string {
  return JSON.stringify(latin(bytes.subarray(0, HEAD_BOUND)));
}

function born<E>(): ListenerStep<E> {
  return { state: { phase: 'ACKNOWLEDGED', held: NOTHING }, outcomes: [] };
}

function reborn<E>(s: In<'BUSY', E>): ListenerStep<E> {
  return { ...born<E>(), outcomes: [{ type: 'back', event: s.event }] };
}

function down<E>(): ListenerStep<E> {
  return { state: { phase: 'DOWN' }, outcomes: [] };
}

function died<E>(s: In<'BUSY', E>): ListenerStep<E> {
  return { state: { phase: 'DOWN' }, outcomes: [{ type: 'back', event: s.event }] };
}

function broken<E>(why: string, back: readonly E[] = []): ListenerStep<E> {
  return { state: { phase: 'UNKNOWN' }, outcomes: [{ type: 'broken', why }, ...back.map((event) => ({ type: 'back', event }) as const)] };
}

function busy<E>(_s: In<'READY', E>, e: { readonly event: E }): ListenerStep<E> {
  return { state: { phase: 'BUSY', event: e.event, line: NOTHING, body: null }, outcomes: [] };
}

/** It will never read an event again; and what it says without having read one means nothing. */
function deaf<E>(s: In<'BUSY', E>, e: { readonly event: E }): ListenerStep<E> {
  return s.event === e.event ? broken('its stdin is closed', [s.event]) : { state: s, outcomes: [] };
}

function spoke<E>(s: In<'READY', E>, e: { readonly bytes: Uint8Array }): ListenerStep<E> {
  return e.bytes.length === 0 ? { state: s, outcomes: [] } : broken(`it wrote ${quoted(e.bytes)} without having been sent an event`);
}

function greeted<E>(s: In<'ACKNOWLEDGED', E>, e: { readonly bytes: Uint8Array }): ListenerStep<E> {
  const take = Math.min(e.bytes.length, READY.length - s.held.length);
  const held = join(s.held, e.bytes.subarray(0, take));
  if (held.length < READY.length) return { state: { phase: 'ACKNOWLEDGED', held }, outcomes: [] };
  if (held.some((byte, i) => byte !== READY[i])) return broken(`it wrote ${quoted(join(held, e.bytes.subarray(take)))} instead of READY`);
  return goOn({ state: { phase: 'READY' }, outcomes: [] }, e.bytes.subarray(take));
}

function answered<E>(s: In<'BUSY', E>, e: { readonly bytes: Uint8Array }): ListenerStep<E> {
  if (s.body !== null) return bodied(s, s.body, e.bytes);
  const newline = e.bytes.indexOf(NEWLINE);
  const line = join(s.line, newline < 0 ? e.bytes : e.bytes.subarray(0, newline));
  if (line.length > LINE_BOUND) return broken(`its result line does not end: ${quoted(line)}`, [s.event]);
  if (newline < 0) return { state: { ...s, line }, outcomes: [] };
  const digits = NUMBER.exec(latin(line.subarray(RESULT_WORD)))?.[1];
  const left = Number(digits?.replaceAll('_', ''));
  if (!Number.isSafeInteger(left)) return broken(`bad result line: ${quoted(line)}`, [s.event]);
  return bodied({ ...s, line: NOTHING }, { left, head: NOTHING }, e.bytes.subarray(newline + 1));
}

function bodied<E>(s: In<'BUSY', E>, body: NonNullable<In<'BUSY', E>['body']>, bytes: Uint8Array): ListenerStep<E> {
  const taken = bytes.subarray(0, body.left);
  const head = join(body.head, taken.subarray(0, Math.max(0, HEAD_BOUND - body.head.length)));
  const left = body.left - taken.length;
  if (left > 0) return { state: { ...s, body: { left, head } }, outcomes: [] };
  const result = latin(head);
  const outcome: ListenerOutcome<E> = result === 'OK' ? { type: 'accepted', event: s.event } : { type: 'rejected', event: s.event, result };
  return goOn({ state: { phase: 'ACKNOWLEDGED', held: NOTHING }, outcomes: [outcome] }, bytes.subarray(taken.length));
}

/** What is left of a chunk belongs to the next state. */
function goOn<E>(step: ListenerStep<E>, rest: Uint8Array): ListenerStep<E> {
  if (rest.length === 0) return step;
  const next = stepListener(step.state, { type: 'output', bytes: rest });
  return { state: next.state, outcomes: [...step.outcomes, ...next.outcomes] };
}

/**
 * One event, one step.
 * @throws InvariantError when the cell is impossible.
 */
export function stepListener<E>(state: ListenerState<E>, event: ListenerEvent<E>): ListenerStep<E> {
  const cell = LISTENER_TABLE[state.phase][event.type] as Cell<(s: ListenerState<E>, e: ListenerEvent<E>) => ListenerStep<E>>;
  if (cell === ignore) return { state, outcomes: [] };
  if (cell === impossible) throw new InvariantError('a listener', state.phase, event.type);
  return cell(state, event);
}
