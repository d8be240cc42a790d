// Which exit code a run that was waited for gives its waiter. Pure but for the numbers of signals.
import { constants } from 'node:os';
import type { RunView } from '../daemon/contract/jobs.ts';

/** The table of the manual page and the reference. A run's own exit code is passed through. */
export const RUN_EXITS: readonly (readonly [code: string, says: string])[] = [
  ['0', 'It succeeded.'],
  ['1-255', 'Its own exit code; 1 where it failed with 0.'],
  ['75', 'It was not started: skipped, or its time was over.'],
  ['124', 'It was ended by its timeout, or because it gave no sign of life.'],
  ['125', 'Its exit status is not known: the daemon or the host ended meanwhile.'],
  ['126', 'It could not be started.'],
  ['128+N', 'Signal N ended it.'],
  ['130', 'It was cancelled, or the waiting was ended by Ctrl-C (the run goes on then).'],
];

/** Number of a signal by its name without SIG; 0 where this machine has none. */
function signalNumber(name: string): number {
  return (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`] ?? 0;
}

export function runExit(run: Pick<RunView, 'state' | 'code' | 'signal' | 'cause'>): number {
  switch (run.state) {
    case 'succeeded': return 0;
    case 'timed_out': case 'stalled': return 124;
    case 'cancelled': return 130;
    case 'skipped': case 'missed': return 75;
    case 'interrupted': return 125;
    case 'scheduled': case 'queued': case 'running': return 1;
    case 'failed': case 'dead': case 'retrying': break;
  }
  if (run.cause === 'timeout' || run.cause === 'stalled') return 124;
  if (run.cause === 'lost') return 125;
  if (run.cause === 'spawn') return 126;
  if (run.signal !== null) return 128 + signalNumber(run.signal);
  return run.code === null || run.code === 0 ? 1 : run.code;
}
