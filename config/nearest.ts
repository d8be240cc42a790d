// "Did you mean …?": the known word nearest to a misspelt one.

/** Longest word that is compared; longer ones are nobody's slip. */
const MAX_WORD = 64;

/** Edits (insert, delete, replace, swap two neighbours) between two words; a number over `limit` when there are more. */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The candidate nearest to `word`, or null when none is near (a third of its letters, at least one, may differ). */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  if (wanted.length === 0 || wanted.length > MAX_WORD) return null;
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  let part: string | null = null;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const distance = editDistance(wanted, known, bestDistance - 1);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
    // "env" for "environment", "logfile" for "stdout_logfile": not near by letters, but plainly meant.
    if (part === null && wanted.length >= 3 && (known.startsWith(wanted) || known.endsWith(`_${wanted}`))) part = candidate;
  }
  return best ?? part;
}

/** `did you mean "x"?`, or null. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const best = nearest(word, candidates);
  return best === null ? null : `did you mean "${best}"?`;
}
