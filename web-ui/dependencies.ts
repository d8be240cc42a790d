// Who needs whom, by the words of depends_on. Pure.
import type { ProcessView } from '../daemon/contract/snapshot.ts';

/** `db:ready` is db, and that it must be ready; of `pool:*` and `pool:one` the colon is part of the name. Without a condition ''. */
export function needOf(word: string): { readonly name: string; readonly condition: string } {
  const [name = word, condition = ''] = word.split(/:(?=(?:started|ready|completed|exited)$)/);
  return { name, condition };
}

/** Is this process, its program or its group what is meant? */
export function isMeant(name: string, row: Pick<ProcessView, 'id' | 'program' | 'group'>): boolean {
  return row.id === name || row.program === name || row.group === name.replace(/:\*$/, '');
}

/** Who needs one of `rows`, and is none of them. */
export function dependentsOf(rows: readonly ProcessView[], all: Iterable<ProcessView>): readonly ProcessView[] {
  const own = new Set(rows.map((row) => row.id));
  return [...all].filter((one) => !own.has(one.id) && one.dependsOn.some((word) => rows.some((row) => isMeant(needOf(word).name, row))));
}
