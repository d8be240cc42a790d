// What probes ask: does the daemon answer, and is everything that is wanted up really up?
import type { Snapshot } from '../contract/snapshot.ts';
import type { Handler } from './context.ts';

/** Names listed in an answer; the rest is a number. */
const MAX_LISTED = 50;

/** Why the whole is not ready; [] when it is. A process that ended for good as its restart type allows holds nobody up. */
export function unready(snapshot: Snapshot): readonly string[] {
  const daemon = snapshot.daemon.state === 'RUNNING' ? [] : [`daemon ${snapshot.daemon.state}`];
  const waiting = [...snapshot.processes.values()].filter((row) => row.wanted === 'up' && !(row.state === 'RUNNING' ? row.ready : row.state === 'EXITED'));
  return [...daemon, ...waiting.map((row) => `${row.id} ${row.state}${row.state === 'RUNNING' ? ', not ready' : row.waitsFor.length > 0 ? `, ${row.why}` : ''}`)];
}

export const livez: Handler = ({ reply }) => {
  reply.type('text/plain; charset=utf-8');
  return 'ok\n';
};

export const readyz: Handler = ({ control, reply }) => {
  reply.type('text/plain; charset=utf-8');
  const missing = unready(control.snapshot());
  if (missing.length === 0) return 'ok\n';
  reply.code(503);
  const more = missing.length > MAX_LISTED ? [`and ${missing.length - MAX_LISTED} more`] : [];
  return `${['not ready:', ...missing.slice(0, MAX_LISTED), ...more].join('\n')}\n`;
};
