// How processes are; and what probes of others ask: does the daemon answer, and is everything that is wanted up really up?
import { isAiling } from '../contract/health.ts';
import type { HealthRow } from '../contract/health.ts';
import { shortName } from '../contract/names.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Handler } from './context.ts';
import { flagOf, namesOf, orRefuse, waitFor } from './context.ts';
import { refuse } from './error-answer.ts';

/** Names listed in an answer; the rest is a number. */
const MAX_LISTED = 50;

/**
 * Why the whole is not ready; [] when it is. A process that ended for good as its restart type allows holds nobody up. `health`: who is
 * unhealthy or stuck is not ready either.
 */
export function unready(snapshot: Snapshot, health = false): readonly string[] {
  const daemon = snapshot.daemon.state === 'RUNNING' ? [] : [`daemon ${snapshot.daemon.state}`];
  const waiting = [...snapshot.processes.values()].filter((row) => row.wanted === 'up' && !(row.state === 'RUNNING' ? row.ready : row.state === 'EXITED'));
  const ill = health ? [...snapshot.processes.values()].filter((row) => row.wanted === 'up' && row.state === 'RUNNING' && row.ready && (row.health === 'unhealthy' || row.health === 'stuck')) : [];
  return [
    ...daemon,
    ...waiting.map((row) => `${row.id} ${row.state}${row.state === 'RUNNING' ? ', not ready' : row.waitsFor.length > 0 ? `, ${row.why}` : ''}`),
    ...ill.map((row) => `${row.id} ${row.state}, ${row.health}`),
  ];
}

export const livez: Handler = ({ reply }) => {
  reply.type('text/plain; charset=utf-8');
  return 'ok\n';
};

export const readyz: Handler = ({ control, reply }) => {
  reply.type('text/plain; charset=utf-8');
  const missing = unready(control.snapshot(), control.api.readyzHealth);
  if (missing.length === 0) return 'ok\n';
  reply.code(503);
  const more = missing.length > MAX_LISTED ? [`and ${missing.length - MAX_LISTED} more`] : [];
  return `${['not ready:', ...missing.slice(0, MAX_LISTED), ...more].join('\n')}\n`;
};

/** Without a selector nobody can have meant that all is well. */
export const health: Handler = ({ control, args }): readonly HealthRow[] => {
  const names = namesOf(args);
  const unhealthy = flagOf(args, 'unhealthy', false);
  if (names.length === 0 && !flagOf(args, 'all', false) && !unhealthy) throw refuse('BAD_ARGUMENT', 'cannot say whose health is meant', 'give names, all=true or unhealthy=true');
  const rows = control.wellness.rows(orRefuse(control.resolve(names)), flagOf(args, 'history', false));
  return unhealthy ? rows.filter(isAiling) : rows;
};

export const probe: Handler = async (context): Promise<readonly HealthRow[]> => {
  const { control, args } = context;
  const ids = orRefuse(control.resolve(namesOf(args)));
  const asked = ids.flatMap((id) => control.wellness.ask(id) ?? []);
  if (asked.length === 0) {
    const none = control.wellness.rows(ids, false).every((row) => row.probes.length === 0);
    const them = ids.length === 1 ? shortName(ids[0] ?? '') : 'any of them';
    throw none ? refuse('NO_HEALTH', `cannot probe ${them}: health is not configured`, 'write health = { http = "..." }') : refuse('NOT_RUNNING', `cannot probe ${them}: not up`);
  }
  await waitFor(context, (gone) => Promise.race([Promise.all(asked), new Promise((resolve) => gone.addEventListener('abort', resolve))]));
  return control.wellness.rows(ids, false);
};
