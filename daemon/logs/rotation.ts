// Which renames move a full log out of the way, in supervisord's names: x.log -> x.log.1 -> … -> x.log.N -> gone. A backup that was
// compressed is x.log.2.gz: each place of the chain holds one of the two, and both kinds mix.
// Every prefix of the steps leaves a state from which planning anew finishes the job and loses no file:
//
//   x  x.1  x.2.gz  x.3     N = 3, full: 3 -> trash, 2 -> 3, 1 -> 2, x -> 1
//   x  x.1  ------  x.3     crashed after 2 -> 3: the gap at 2 is used: 1 -> 2, x -> 1, and x.3 stays
//   -- x.1  x.2.gz  x.3     crashed after x -> 1: nothing to move, the file is opened anew
//   x  x.1 + x.1.gz         crashed when x.1 was compressed and not yet gone: the plain one goes, then as above
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

export type RotationStep =
  /** A backup that its compressed twin holds too. */
  | { readonly step: 'drop_copy'; readonly from: string; readonly to: string }
  /** The oldest file leaves by a rename: to unlink 50 MiB takes 30-40 ms, which is done elsewhere and later. */
  | { readonly step: 'drop_oldest'; readonly from: string; readonly to: string }
  | { readonly step: 'shift'; readonly from: string; readonly to: string }
  | { readonly step: 'keep_current'; readonly from: string; readonly to: string };

/** What a plan must know of the files. */
export interface ChainFiles {
  readonly exists: (path: string) => boolean;
  /** `compressed` holds all that is in `plain`. */
  readonly isCopy: (plain: string, compressed: string) => boolean;
}

export const GZIP_SUFFIX = '.gz';
const KINDS = ['', GZIP_SUFFIX] as const;
const TRASH_PREFIX = '.reeve-trash.';
/** In the names of what this process throws away: it sees to that itself, and a sweep leaves it alone. */
const OWN_TRASH = `${TRASH_PREFIX}${process.pid}.${Date.now().toString(36)}.`;
let trashCount = 0;

/** A name beside `path` that a crash may leave: whatever has it is removed at the next open. */
export function trashName(path: string): string {
  trashCount += 1;
  return join(dirname(path), `${OWN_TRASH}${trashCount}`);
}

/** The renames that rotate `path`, in order; `backups` 0 keeps nothing. */
export function planRotation(path: string, backups: number, { exists, isCopy }: ChainFiles): RotationStep[] {
  if (!exists(path)) return [];
  if (backups === 0) return [{ step: 'drop_oldest', from: path, to: trashName(path) }];
  const steps: RotationStep[] = [];
  /** What is in each place, from 1 to the first free one. */
  const places: string[][] = [];
  while (places.length < backups) {
    const place = `${path}.${places.length + 1}`;
    const found = KINDS.filter((kind) => exists(place + kind));
    if (found.length === 0) break;
    if (found.length === 2 && isCopy(place, place + GZIP_SUFFIX)) {
      steps.push({ step: 'drop_copy', from: place, to: trashName(path) });
      found.shift();
    }
    places.push(found);
  }
  if (places.length === backups) for (const kind of places.pop() ?? []) steps.push({ step: 'drop_oldest', from: `${path}.${backups}${kind}`, to: trashName(path) });
  for (let i = places.length; i >= 1; i -= 1) {
    for (const kind of places[i - 1] ?? []) steps.push({ step: 'shift', from: `${path}.${i}${kind}`, to: `${path}.${i + 1}${kind}` });
  }
  steps.push({ step: 'keep_current', from: path, to: `${path}.1` });
  return steps;
}

/** Performs one step. Throws the system error. */
export function performStep(step: RotationStep): void {
  fs.renameSync(step.from, step.to);
  if (step.step === 'drop_oldest' || step.step === 'drop_copy') discard(step.to);
}

/** Unlinks in the background; what cannot be unlinked is left for the next sweep. */
export function discard(trash: string): void {
  fs.unlink(trash, () => {});
}

/** Removes, in the background, trash that a crash of an earlier process left in `directory`. */
export function sweepTrash(directory: string): void {
  fs.readdir(directory, (error, names) => {
    if (error) return;
    for (const name of names) if (name.startsWith(TRASH_PREFIX) && !name.startsWith(OWN_TRASH)) discard(join(directory, name));
  });
}
