// What a key does to a row: on which rows, what is said before, and what is asked of the daemon. Pure.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { PLAIN_ROUTES } from '../../daemon/contract/routes.ts';
import { RUNNING_STATES } from '../../daemon/contract/states.ts';
import { shortDuration } from '../time-words.ts';
import { titleOf } from './rows.ts';
import type { Row } from './rows.ts';

/** A POST, and what it is called while it goes on and when it is done. */
export interface Request {
  readonly path: string;
  readonly body: unknown;
  readonly doing: string;
  readonly done: string;
  /** It lasts for as long as a run does: its begin is what is waited for. */
  readonly begins?: true;
}

export interface Action {
  readonly key: string;
  /** As the line of keys has it. */
  readonly label: string;
  readonly says: string;
  /** The sentence that is asked first, or null where nothing is lost; undefined: not for this row. */
  readonly ask: (row: Row, now: number) => string | null | undefined;
  /** What must be typed first. */
  readonly input?: string;
  readonly request: (row: Row, typed: string) => Request;
}

const pathOf = (path: string, name: string): string => path.replace(/\{\w+\}/, encodeURIComponent(name));
/** What a name in a request is: the whole name, not the short one. */
const nameOf = (row: Row): string => (row.kind === 'process' || row.kind === 'run' || row.kind === 'issue' ? row.view.id : titleOf(row));

function life(row: Row & { readonly kind: 'process' }, now: number): string {
  const { pid, startedAt } = row.view;
  return pid === null ? 'which is not running' : `pid ${String(pid)}${startedAt === null ? '' : `, up ${shortDuration(now - startedAt)}`}`;
}

const onProcess = (path: string, doing: string, done: string) => (row: Row): Request => ({ path, body: { names: [nameOf(row)] }, doing: `${doing} ${titleOf(row)}`, done: `${titleOf(row)}: ${done}` });

export const ACTIONS: readonly Action[] = [
  {
    key: 'r', label: 'restart', says: 'Restart the process: it is ended with all it started, and gets a new life.',
    ask: (row, now) => (row.kind !== 'process' ? undefined : row.view.pid === null ? null : `Restart ${titleOf(row)} (${life(row, now)})? It is ended and started anew.`),
    request: onProcess(COMMANDS.restart.route.path, 'restarting', 'restarted'),
  },
  {
    key: 't', label: 'stop', says: 'Stop the process; it stays down until somebody starts it.',
    ask: (row, now) => (row.kind !== 'process' ? undefined : !RUNNING_STATES.includes(row.view.state) ? null : `Stop ${titleOf(row)} (${life(row, now)})? It stays down until somebody starts it.`),
    request: onProcess(COMMANDS.stop.route.path, 'stopping', 'stopped'),
  },
  { key: 'S', label: 'start', says: 'Start the process, and what it depends on.', ask: (row) => (row.kind === 'process' ? null : undefined), request: onProcess(COMMANDS.start.route.path, 'starting', 'started') },
  {
    key: 'x', label: 'signal', says: 'Send a signal to the main process; which one is asked.', ask: (row) => (row.kind === 'process' ? null : undefined), input: 'Signal (HUP, USR1, TERM …): ',
    request: (row, typed) => ({ path: COMMANDS.signal.route.path, body: { names: [nameOf(row)], signal: typed.trim().toUpperCase() }, doing: `sending ${typed.trim()} to ${titleOf(row)}`, done: `${titleOf(row)}: got ${typed.trim().toUpperCase()}` }),
  },
  {
    key: 'R', label: 'run', says: 'Start a run of the job now.', ask: (row) => (row.kind === 'job' || row.kind === 'run' ? null : undefined),
    request: (row) => {
      const job = row.kind === 'run' ? row.view.job : titleOf(row);
      return { path: pathOf(COMMANDS['job run'].route.path, job), body: {}, doing: `starting a run of ${job}`, done: `${job}: a run began`, begins: true };
    },
  },
  {
    key: 'p', label: 'pause', says: 'Keep the job from being started by its schedule; once more: let it be started again.', ask: (row) => (row.kind === 'job' ? null : undefined),
    request: (row) => {
      const paused = row.kind === 'job' && row.view.paused;
      return { path: COMMANDS[paused ? 'job resume' : 'job pause'].route.path, body: { names: [titleOf(row)] }, doing: `${paused ? 'resuming' : 'pausing'} ${titleOf(row)}`, done: `${titleOf(row)}: ${paused ? 'its schedule starts it again' : 'paused'}` };
    },
  },
  {
    key: 'c', label: 'cancel', says: 'End the run, or all runs of the job; they are not tried again.',
    ask: (row, now) => {
      if (row.kind === 'run') return `Cancel run ${titleOf(row)}${row.view.startedAt === null ? '' : `, which has run for ${shortDuration(now - row.view.startedAt)}`}? It is ended and not tried again.`;
      if (row.kind !== 'job') return undefined;
      const runs = row.view.running.length + row.view.queued + row.view.waiting;
      return runs === 0 ? null : `Cancel ${runs === 1 ? 'the run' : `all ${String(runs)} runs`} of ${titleOf(row)}? What runs is ended, what waits is dropped.`;
    },
    request: (row) => ({ path: COMMANDS['job cancel'].route.path, body: { names: [nameOf(row)] }, doing: `cancelling ${titleOf(row)}`, done: `${titleOf(row)}: cancelled` }),
  },
  {
    key: 'f', label: 'fix', says: 'Let the fix of the issue work now.', ask: (row) => (row.kind === 'issue' ? null : undefined),
    request: (row) => ({ path: COMMANDS['issue fix'].route.path, body: { names: [nameOf(row)] }, doing: `fixing ${titleOf(row)}`, done: `${titleOf(row)}: fixed` }),
  },
  {
    key: 'o', label: 'open', says: 'Open the breaker: what depends on it is held back until somebody closes it.',
    ask: (row) => (row.kind === 'breaker' ? `Open breaker ${titleOf(row)}? What depends on it is held back until somebody closes it.` : undefined),
    request: (row) => ({ path: pathOf(PLAIN_ROUTES['breaker-set'].path, titleOf(row)), body: { to: 'open' }, doing: `opening ${titleOf(row)}`, done: `${titleOf(row)}: open` }),
  },
  {
    key: 'C', label: 'close', says: 'Close the breaker: everything may go through.', ask: (row) => (row.kind === 'breaker' ? null : undefined),
    request: (row) => ({ path: pathOf(PLAIN_ROUTES['breaker-set'].path, titleOf(row)), body: { to: 'close' }, doing: `closing ${titleOf(row)}`, done: `${titleOf(row)}: closed` }),
  },
];
