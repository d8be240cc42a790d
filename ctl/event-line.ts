// One fact as one line for a person. Pure.
import { FACTS } from '../daemon/contract/facts.ts';
import type { Fact, Severity } from '../daemon/contract/facts.ts';
import { shortName } from '../daemon/contract/names.ts';
import { instant } from './instant.ts';
import { paint, printable } from './screen.ts';
import type { Paint } from './screen.ts';

const PAINTS: Readonly<Record<Severity, Paint | null>> = { debug: 'grey', info: null, warning: 'yellow', error: 'red', critical: 'red' };
const SEQ_WIDTH = 6;
/** Said in front, or of no use to a person. */
const HIDDEN = new Set(['type', 'seq', 'at', 'process', 'group', 'supervisionId']);

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  return typeof value === 'string' ? (/^[\w.:/+-]+$/.test(value) ? value : JSON.stringify(value)) : String(JSON.stringify(value));
}

/** `2026-11-22 04:30:05  #12     warning  process.backoff  web  tries=2 delayMs=1000 why="exit 1"` */
export function eventLine(fact: Fact, colour: boolean): string {
  const row = fact as unknown as Readonly<Record<string, unknown>>;
  const severity: Severity = Object.hasOwn(FACTS, fact.type) ? FACTS[fact.type].severity : 'info';
  const subject =
    typeof row['process'] === 'string' ? shortName(row['process']) : typeof row['group'] === 'string' ? `${row['group']}:*` : '';
  const rest = Object.entries(row)
    .filter(([key, value]) => !HIDDEN.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${shown(value)}`);
  const line = [
    instant(fact.at),
    `#${fact.seq}`.padEnd(SEQ_WIDTH),
    paint(severity.padEnd(8), PAINTS[severity], colour),
    paint(fact.type, 'bold', colour),
    subject,
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
