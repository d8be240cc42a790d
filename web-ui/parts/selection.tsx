// Marked rows, and the bar that says what can be done with them.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** Which rows are marked, by key. */
export interface Marks<T> {
  /** Also of rows that are gone meanwhile. */
  readonly keys: ReadonlySet<string>;
  has(row: T): boolean;
  toggle(row: T): void;
  /** These and no others. */
  set(keys: readonly string[]): void;
}

/** None at first. A row that stands for several (a group) is marked when all of `keysOf` are. */
export function useMarks<T>(keysOf: (row: T) => readonly string[]): Marks<T> {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  return {
    keys,
    has: (row) => keysOf(row).every((key) => keys.has(key)),
    toggle: (row) => setKeys((before) => {
      const next = new Set(before);
      const own = keysOf(row);
      const add = !own.every((key) => next.has(key));
      for (const key of own) {
        if (add) next.add(key);
        else next.delete(key);
      }
      return next;
    }),
    set: (next) => setKeys(new Set(next)),
  };
}

/** What the bar says and offers. */
export interface SelectionProps {
  readonly marks: Pick<Marks<never>, 'set'>;
  /** For screen readers: `jobs`. */
  readonly what: string;
  /** `3 jobs`. */
  readonly count: string;
  /** Keys of all rows, where some of them are not marked. */
  readonly all?: readonly string[] | undefined;
  /** What can be done with them. */
  readonly children: ComponentChildren;
}

/** The bar above a table in which rows are marked. */
export function Selection({ marks, what, count, all, children }: SelectionProps) {
  return (
    <div class="tools selection" role="region" aria-label={`Marked ${what}`}>
      <strong>{count} marked</strong>
      {children}
      {all === undefined ? null : <button type="button" onClick={() => marks.set(all)}>Mark all {all.length}</button>}
      <button type="button" onClick={() => marks.set([])}>Unmark all</button>
    </div>
  );
}
