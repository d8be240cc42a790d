// What an XML-RPC call carries, in both directions, and how a method reads its arguments.
import { Fault } from './xmlrpc-faults.ts';

/** dateTime.iso8601, kept as it was written: no method takes one. */
export class Instant {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An answer that is already written (system.multicall), so that a long one is not held twice. */
export class Written {
  readonly xml: string;
  constructor(xml: string) {
    this.xml = xml;
  }
}

/** Names of members are data: a Map has no prototype that one of them could reach. */
export type Struct = ReadonlyMap<string, Value>;
export type Value = string | number | boolean | Instant | Written | readonly Value[] | Struct;

/** A struct with its members in this order. */
export function struct(members: Readonly<Record<string, Value>>): Struct {
  return new Map(Object.entries(members));
}

const wrong = (): Fault => new Fault('INCORRECT_PARAMETERS');

/** Argument `at` as a string. */
export function textOf(params: readonly Value[], at: number): string {
  const value = params[at];
  if (typeof value !== 'string') throw wrong();
  return value;
}

/** Argument `at` as a whole number; digits in a string will do, and fractions are cut, as Python's int() has it. */
export function integerOf(params: readonly Value[], at: number): number {
  const value = params[at];
  const number = typeof value === 'number' ? Math.trunc(value) : typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw wrong();
  return number;
}

/** Argument `at` as a truth value; absent: true (only `wait` is optional, and its default is true). */
export function truthOf(params: readonly Value[], at: number): boolean {
  const value = params[at];
  if (value === undefined) return true;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return value !== '';
  throw wrong();
}

/** Argument `at` as a signal's name or number. */
export function signalOf(params: readonly Value[], at: number): string {
  const value = params[at];
  if (typeof value === 'number') return String(value);
  return textOf(params, at);
}
