// Names as people type them: p, g:p, g:*, all. What they mean among known processes, and what was probably meant.
import { editDistance } from '../config/nearest.ts';
import { shortName } from '../daemon/contract/names.ts';
import type { GroupView, ProcessView } from '../daemon/contract/snapshot.ts';

/** `process` null: the whole group. */
export interface Namespec {
  readonly group: string;
  readonly process: string | null;
}

type Named = Pick<ProcessView, 'name' | 'group'>;
type Grouped = Pick<GroupView, 'name' | 'parent'>;

const FARTHEST = 3;
const MOST_GUESSES = 3;

/** As supervisord: `p` is the process p of the group p; `g:*` and `g:` are the group. */
export function parseNamespec(word: string): Namespec {
  const colon = word.indexOf(':');
  if (colon < 0) return { group: word, process: word };
  const process = word.slice(colon + 1);
  return { group: word.slice(0, colon), process: process === '' || process === '*' ? null : process };
}

/** supervisord's order of rows: by group, then by name. */
export function byName(a: Named, b: Named): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** `web` for web:web, else `group:name`. */
export function displayName(row: Named): string {
  return shortName(`${row.group}:${row.name}`);
}

/** Whether group `name` is `ancestor` or lies below it. A broken chain of parents ends the search. */
function within(name: string, ancestor: string, parents: ReadonlyMap<string, string | null>): boolean {
  let at: string | null = name;
  for (let depth = 0; at !== null && depth <= parents.size; depth++) {
    if (at === ancestor) return true;
    at = parents.get(at) ?? null;
  }
  return false;
}

export interface Selection<Row> {
  readonly rows: readonly Row[];
  /** Words that name nothing, in the order typed. */
  readonly unknown: readonly string[];
}

/** The rows that the words name, in the order typed (as supervisorctl); no words or `all`: every row. */
export function select<Row extends Named>(words: readonly string[], rows: readonly Row[], groups: readonly Grouped[]): Selection<Row> {
  if (words.length === 0 || words.includes('all')) return { rows, unknown: [] };
  const parents = new Map(groups.map((g) => [g.name, g.parent]));
  const chosen: Row[] = [];
  const unknown: string[] = [];
  for (const word of words) {
    const spec = parseNamespec(word);
    const found =
      spec.process === null
        ? rows.filter((r) => within(r.group, spec.group, parents))
        : rows.filter((r) => r.group === spec.group && r.name === spec.process);
    if (found.length === 0) unknown.push(word);
    chosen.push(...found);
  }
  return { rows: chosen, unknown };
}

/** At most three of `known` that `word` was probably meant to be. The part after a colon counts as a name too. */
export function nearest(word: string, known: Iterable<string>): readonly string[] {
  const limit = Math.min(FARTHEST, Math.max(1, Math.floor(word.length / 2)));
  const wanted = word.toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(known)) {
    const whole = name.toLowerCase();
    const tail = whole.slice(whole.indexOf(':') + 1);
    let score = Math.min(editDistance(wanted, whole, limit), editDistance(wanted, tail, limit));
    // The beginning of a name is as good as a slip of one letter.
    if (wanted.length > 1 && (whole.startsWith(wanted) || tail.startsWith(wanted))) score = Math.min(score, 1);
    if (score <= limit) scored.push({ name, score });
  }
  // Only the nearest: farther ones beside a good guess are noise.
  const best = Math.min(...scored.map((s) => s.score));
  return scored
    .filter((s) => s.score === best)
    .map((s) => s.name)
    .toSorted()
    .slice(0, MOST_GUESSES);
}

/** `did you mean web?`, `did you mean web, api or worker?`, or '' when nothing is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const guesses = nearest(word, known);
  if (guesses.length === 0) return '';
  const last = guesses.at(-1)!;
  return `did you mean ${guesses.length === 1 ? last : `${guesses.slice(0, -1).join(', ')} or ${last}`}?`;
}
