// One fact as one line for a person. Pure.
import { FACTS } from '../daemon/contract/facts.ts';
import type { Fact, Severity } from '../daemon/contract/facts.ts';
import type { RunView } from '../daemon/contract/jobs.ts';
import { shortName } from '../daemon/contract/names.ts';
import { instant } from './instant.ts';
import { shortId } from './job-lines.ts';
import { paint, printable } from './screen.ts';
import type { Paint } from './screen.ts';

const PAINTS: Readonly<Record<Severity, Paint | null>> = { debug: 'grey', info: null, warning: 'yellow', error: 'red', critical: 'red' };
const SEQ_WIDTH = 6;
/** Said in front, or of no use to a person. */
const HIDDEN = new Set(['type', 'seq', 'at', 'process', 'group', 'job', 'breaker', 'supervisionId']);

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  return typeof value === 'string' ? (/^[\w.:/+-]+$/.test(value) ? value : JSON.stringify(value)) : String(JSON.stringify(value));
}

/** What a person wants of a run; the rest is in `job show`. */
function runParts(run: RunView): string[] {
  return [
    `run=${shortId(run.id)}`, ...(run.attempt > 1 ? [`attempt=${run.attempt}`] : []), ...(run.endedAt === null && run.pid !== null ? [`pid=${run.pid}`] : []),
    ...(run.endedAt !== null && run.code !== null ? [`code=${run.code}`] : []), ...(run.signal === null ? [] : [`signal=${run.signal}`]), ...(run.why === '' ? [] : [`why=${shown(run.why)}`]),
  ];
}

function subjectOf(row: Readonly<Record<string, unknown>>): string {
  if (typeof row['process'] === 'string') return shortName(row['process']);
  if (typeof row['group'] === 'string') return `${row['group']}:*`;
  return typeof row['job'] === 'string' ? row['job'] : typeof row['breaker'] === 'string' ? row['breaker'] : '';
}

/** `2026-11-22 04:30:05  #12     warning  process.backoff  web  tries=2 delayMs=1000 why="exit 1"` */
export function eventLine(fact: Fact, colour: boolean): string {
  const row = fact as unknown as Readonly<Record<string, unknown>>;
  const severity: Severity = Object.hasOwn(FACTS, fact.type) ? FACTS[fact.type].severity : 'info';
  const rest = Object.entries(row)
    .filter(([key, value]) => !HIDDEN.has(key) && value !== null && value !== undefined)
    .flatMap(([key, value]) => (key === 'run' && typeof value === 'object' ? runParts(value as RunView) : [`${key}=${shown(value)}`]));
  const line = [
    instant(fact.at),
    `#${fact.seq}`.padEnd(SEQ_WIDTH),
    paint(severity.padEnd(8), PAINTS[severity], colour),
    paint(fact.type, 'bold', colour),
    subjectOf(row),
    rest.join(' '),
  ];
  return printableLine(line.filter((part) => part !== '').join('  '));
}

/** Our own colours stay; control characters of others are made visible by shown() and printable(). */
function printableLine(line: string): string {
  return line
    .split(/(\u001B\[\d+m)/)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');
}
