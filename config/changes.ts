// Two readings of the same thing compared: which keys of the file differ, in the words of the file, and what each difference asks
// for. Every field of a resolved specification is in a table; one that is not does not compile.
import { HIDDEN } from './redact.ts';

/** A value as the file would say it; null: not set. */
export type FileValue = string | number | boolean | null | readonly (string | number)[];

export interface KeyChange<T extends string> {
  readonly key: string;
  readonly from: FileValue;
  readonly to: FileValue;
  readonly takes: T;
}

/** One key of the file behind a field. `value` is compared; `shown` stands for it where it is secret. */
export interface Part<T extends string> {
  readonly key: string;
  readonly value: FileValue;
  readonly shown?: FileValue;
  /** Where it asks for more or less than its field. */
  readonly takes?: T;
}

export interface Rule<V, T extends string> {
  /** What a change asks for. `identity`: such a thing is another one. `ignored`: no difference. */
  readonly takes: T | 'identity' | 'ignored';
  /** Empty: it follows from other keys, and is named only when nothing else is. */
  readonly parts: (value: V) => readonly Part<T>[];
}

/** A rule for every field. */
export type Rules<S, T extends string> = { readonly [K in keyof Required<S>]: Rule<Required<S>[K], T> };

/** Deep equality of plain values. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** A rule for a field that is one key and is shown as it is, or by `show`. */
export function plain<V, T extends string>(takes: T, key: string, show: (value: V) => FileValue = (value) => value as FileValue): Rule<V, T> {
  return { takes, parts: (value) => [{ key, value: show(value) }] };
}

/** A rule for a field that follows from other keys. */
export function silent<T extends string>(takes: T): { readonly takes: T; readonly parts: () => readonly never[] } {
  return { takes, parts: () => [] };
}

/** One part per variable, none of them shown. */
export function hiddenParts<T extends string>(key: string, values: Readonly<Record<string, string>>): readonly Part<T>[] {
  return Object.entries(values).map(([name, value]) => ({ key: `${key}.${name}`, value, shown: HIDDEN }));
}

/** Every difference between two readings, in the order of the table; a key that two fields speak of is said once. */
export function changesOf<S extends object, T extends string>(rules: Rules<S, T>, before: S, after: S): readonly KeyChange<T>[] {
  const found = new Map<string, KeyChange<T>>();
  let unnamed: KeyChange<T> | null = null;
  for (const field of Object.keys(rules) as (keyof S & string)[]) {
    const rule = rules[field] as Rule<unknown, T>;
    const { takes } = rule;
    if (takes === 'identity' || takes === 'ignored' || same(before[field], after[field])) continue;
    const was = new Map(partsOf(rule, before[field]).map((part) => [part.key, part]));
    const is = new Map(partsOf(rule, after[field]).map((part) => [part.key, part]));
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      const [a, b] = [was.get(key), is.get(key)];
      if (found.has(key) || same(a?.value ?? null, b?.value ?? null)) continue;
      found.set(key, { key, from: shownOf(a), to: shownOf(b), takes: b?.takes ?? a?.takes ?? takes });
    }
    unnamed ??= { key: field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), from: null, to: null, takes };
  }
  return found.size === 0 && unnamed !== null ? [unnamed] : [...found.values()];
}

function partsOf<T extends string>(rule: Rule<unknown, T>, value: unknown): readonly Part<T>[] {
  return value === undefined ? [] : rule.parts(value);
}

function shownOf<T extends string>(part: Part<T> | undefined): FileValue {
  return part === undefined ? null : part.shown === undefined ? part.value : part.shown;
}
