// Which renames move a full log out of the way, in supervisord's names: x.log -> x.log.1 -> … -> x.log.N -> gone.
// Every prefix of the steps leaves a state from which planning anew finishes the job and loses no file:
//
//   x  x.1  x.2  x.3     N = 3, full: 3 -> trash, 2 -> 3, 1 -> 2, x -> 1
//   x  x.1  --   x.3     crashed after 2 -> 3: the gap at 2 is used: 1 -> 2, x -> 1, and x.3 stays
//   --  x.1 x.2  x.3     crashed after x -> 1: nothing to move, the file is opened anew
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

export type RotationStep =
  /** The oldest file leaves by a rename: to unlink 50 MiB takes 30-40 ms, which is done elsewhere and later. */
  | { readonly step: 'drop_oldest'; readonly from: string; readonly to: string }
  | { readonly step: 'shift'; readonly from: string; readonly to: string }
  | { readonly step: 'keep_current'; readonly from: string; readonly to: string };

const TRASH_PREFIX = '.reeve-trash.';
let trashCount = 0;

/** A name beside `path` under which a file waits for its unlink. */
export function trashName(path: string): string {
  trashCount += 1;
  return join(dirname(path), `${TRASH_PREFIX}${process.pid}.${Date.now().toString(36)}.${trashCount}`);
}

/** The renames that rotate `path`, in order. `exists` tells which files are there; `backups` 0 keeps nothing. */
export function planRotation(path: string, backups: number, exists: (path: string) => boolean): RotationStep[] {
  if (!exists(path)) return [];
  if (backups === 0) return [{ step: 'drop_oldest', from: path, to: trashName(path) }];
  const steps: RotationStep[] = [];
  let free = 1;
  while (free <= backups && exists(`${path}.${free}`)) free += 1;
  if (free > backups) {
    free = backups;
    steps.push({ step: 'drop_oldest', from: `${path}.${backups}`, to: trashName(path) });
  }
  for (let i = free - 1; i >= 1; i -= 1) steps.push({ step: 'shift', from: `${path}.${i}`, to: `${path}.${i + 1}` });
  steps.push({ step: 'keep_current', from: path, to: `${path}.1` });
  return steps;
}

/** Performs one step. Throws the system error. */
export function performStep(step: RotationStep): void {
  fs.renameSync(step.from, step.to);
  if (step.step === 'drop_oldest') discard(step.to);
}

/** Unlinks in the background; what cannot be unlinked is left for the next sweep. */
export function discard(trash: string): void {
  fs.unlink(trash, () => {});
}

/** Removes, in the background, trash that a crash left in `directory`. */
export function sweepTrash(directory: string): void {
  fs.readdir(directory, (error, names) => {
    if (error) return;
    for (const name of names) if (name.startsWith(TRASH_PREFIX)) discard(join(directory, name));
  });
}
