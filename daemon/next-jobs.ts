// Which jobs are due next, for the log at the start of the daemon.
import type { Snapshot } from './contract/snapshot.ts';

/** Jobs that are named. */
const NAMED = 10;

function timeIn(at: number, timezone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  return `${parts.format(at)} ${timezone}`;
}

/** One line; null where no job has a next time. */
export function nextJobs({ jobs }: Snapshot): string | null {
  const due = [...jobs.values()].flatMap(({ name, nextAt, timezone }) => (nextAt === null ? [] : [{ name, nextAt, timezone }]));
  if (due.length === 0) return null;
  const soonest = due.toSorted((a, b) => a.nextAt - b.nextAt).slice(0, NAMED).map(({ name, nextAt, timezone }) => `${name} at ${timeIn(nextAt, timezone)}`);
  return `next of ${due.length} scheduled job${due.length === 1 ? '' : 's'}: ${soonest.join(', ')}${due.length > NAMED ? ' …' : ''}`;
}
