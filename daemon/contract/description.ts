// The description column of `status`, as supervisord words it. Browser-safe; reevectl, XML-RPC and the page share it.
import type { ProcessView } from './snapshot.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const DAY_MS = 86_400_000;

/** What `describe` looks at. */
export type Describable = Pick<ProcessView, 'name' | 'state' | 'pid' | 'startedAt' | 'stoppedAt' | 'changedAt' | 'spawnError'>;

interface ClockFace {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** An instant on the wall clock of a zone (IANA name); without one: of this machine, which costs no ICU. */
function clockFace(atMs: number, timeZone: string | undefined): ClockFace {
  if (timeZone === undefined) {
    const d = new Date(atMs);
    return { month: d.getMonth(), day: d.getDate(), hour: d.getHours(), minute: d.getMinutes() };
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  const part = new Map(format.formatToParts(atMs).map((p) => [p.type, Number(p.value)]));
  return { month: (part.get('month') ?? 1) - 1, day: part.get('day') ?? 1, hour: part.get('hour') ?? 0, minute: part.get('minute') ?? 0 };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `0:00:05`, `1 day, 2:03:04`, `12 days, 0:00:00`. Below zero (the clock went back) is zero. */
export function uptime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor((total * 1000) / DAY_MS);
  const rest = total - days * 86_400;
  const clock = `${Math.floor(rest / 3600)}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
}

/** `Nov 22 04:30 AM`. */
export function stamp(atMs: number, timeZone?: string): string {
  const face = clockFace(atMs, timeZone);
  const hour = face.hour % 12 === 0 ? 12 : face.hour % 12;
  return `${MONTHS[face.month]} ${two(face.day)} ${two(hour)}:${two(face.minute)} ${face.hour < 12 ? 'AM' : 'PM'}`;
}

/** What supervisord says beside the state. `now` in ms since 1970; `timeZone` an IANA name, or this machine's. */
export function describe(view: Describable, now: number, timeZone?: string): string {
  switch (view.state) {
    case 'RUNNING':
      // Both ends are cut to whole seconds, as supervisord's are: a life begun at 0.9 is one second old at 1.0.
      return `pid ${view.pid ?? 0}, uptime ${uptime((Math.floor(now / 1000) - Math.floor((view.startedAt ?? now) / 1000)) * 1000)}`;
    case 'FATAL':
    case 'BACKOFF':
      return view.spawnError || `unknown error (try "tail ${view.name}")`;
    case 'STOPPED':
    case 'EXITED':
      return view.startedAt === null ? 'Not started' : stamp(view.stoppedAt ?? view.changedAt, timeZone);
    case 'STARTING':
    case 'STOPPING':
    case 'UNKNOWN':
      return '';
  }
}
