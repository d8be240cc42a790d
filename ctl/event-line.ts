// One fact as one line for a person. Pure.
import { fieldInWords } from '../daemon/contract/fact-fields.ts';
import type { Fact, Severity } from '../daemon/contract/facts.ts';
import type { FactName } from '../daemon/contract/fact-payloads.ts';
import type { IssueView } from '../daemon/contract/issues.ts';
import type { BreakerView, RunView } from '../daemon/contract/jobs.ts';
import { shortId, shortName } from '../daemon/contract/names.ts';
import { severityOf } from '../daemon/contract/severities.ts';
import { instant } from './instant.ts';
import { paint, printable } from './screen.ts';
import type { Paint } from './screen.ts';
import { sizeText } from './size-text.ts';
import { shortDuration } from './time-words.ts';

/** Grey is of no weight, green and no colour are well, yellow deserves a look, red is wrong; the worst stands on red. */
export const SEVERITY_PAINTS: Readonly<Record<Severity, Paint | null>> = { debug: 'grey', info: null, warning: 'yellow', error: 'red', critical: 'alarm' };
/** Good news. */
const GOOD = new Set<FactName>(['process.running', 'process.ready', 'process.steady', 'run.succeeded', 'health.recovered', 'heartbeat.recovered', 'limit.cleared', 'issue.fixed', 'issue.closed', 'breaker.closed', 'log.resumed', 'drain.completed']);
/** Below this there is no room for the date, and colours say how bad it is. */
const WIDE = 100;
const SEQ_WIDTH = 6;
/** Said in front, or of no use to a person. */
const HIDDEN = new Set(['type', 'seq', 'at', 'process', 'group', 'job', 'breaker', 'supervisionId', 'mark']);
/** Whose they are when nobody else is, and so said in front. */
const OWNERS = ['check', 'alert', 'program'] as const;

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

function partsOf(key: string, value: unknown): string[] {
  if (key === 'run' && typeof value === 'object') return runParts(value as RunView);
  // The whole row is for those who keep a snapshot; who reads wants its state and why.
  if (key === 'row') {
    const { state, why } = value as BreakerView;
    return [state, ...(why === '' ? [] : [`why=${shown(why)}`])];
  }
  if (key === 'issue' && typeof value === 'object') {
    const { id, state, message, why } = value as IssueView;
    return [shortId(id), state, shown(message), ...(why === '' ? [] : [`why=${shown(why)}`])];
  }
  const field = fieldInWords(key, value);
  if (field === null) return [];
  if (field.unit === null || typeof field.value !== 'number') return [`${field.word}=${shown(field.value)}`];
  return [`${field.word}=${(field.unit === 'ms' ? span(field.value) : field.unit === 'bytes' ? sizeText(field.value) : instant(field.value)).replaceAll(' ', field.unit === 'at' ? 'T' : '')}`];
}

/** `3ms`, `2.5s`, `3m40s`: one word, for who cuts lines at blanks. */
function span(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : shortDuration(ms);
}

function ownerOf(row: Readonly<Record<string, unknown>>): (typeof OWNERS)[number] | null {
  if (['process', 'group', 'job', 'breaker'].some((key) => typeof row[key] === 'string')) return null;
  return OWNERS.find((key) => typeof row[key] === 'string' && row[key] !== '') ?? null;
}

function subjectOf(row: Readonly<Record<string, unknown>>): string {
  if (typeof row['process'] === 'string') return shortName(row['process']);
  if (typeof row['group'] === 'string') return `${row['group']}:*`;
  if (typeof row['job'] === 'string') return row['job'];
  if (typeof row['breaker'] === 'string') return row['breaker'];
  const owner = ownerOf(row);
  return owner === null ? '' : String(row[owner]);
}

export interface EventStyle {
  /** Width of the terminal, or null in a pipe or a file. */
  readonly columns: number | null;
  readonly colour: boolean;
}

/** `process.backoff  web  tries=2 delay=1s why="exit 1"`, without colours. */
export function eventWords(fact: Fact): string {
  return printable([fact.type, subjectOf(fact as unknown as Readonly<Record<string, unknown>>), restOf(fact)].filter((part) => part !== '').join('  '));
}

/** How an event is painted where its severity has no column. */
export function eventPaint(fact: Fact): Paint | null {
  return GOOD.has(fact.type) ? 'green' : SEVERITY_PAINTS[severityOf(fact)];
}

function restOf(fact: Fact): string {
  const row = fact as unknown as Readonly<Record<string, unknown>>;
  const owner = ownerOf(row);
  return Object.entries(row)
    .filter(([key, value]) => !HIDDEN.has(key) && key !== owner && value !== null && value !== undefined)
    .flatMap(([key, value]) => partsOf(key, value))
    .join(' ');
}

/** `2026-11-22 04:30:05  #12     warning  process.backoff  web  tries=2 delay=1s why="exit 1"`; on a narrow terminal without date and number. */
export function eventLine(fact: Fact, { columns, colour }: EventStyle): string {
  const row = fact as unknown as Readonly<Record<string, unknown>>;
  const severity = severityOf(fact);
  const narrow = columns !== null && columns < WIDE;
  const line = [
    narrow ? instant(fact.at).slice('2026-11-22 '.length) : instant(fact.at),
    narrow ? '' : `#${fact.seq}`.padEnd(SEQ_WIDTH),
    narrow && colour ? '' : paint(severity.padEnd(8), SEVERITY_PAINTS[severity], colour),
    paint(fact.type, eventPaint(fact) ?? 'bold', colour),
    subjectOf(row),
    restOf(fact),
  ];
  return printableLine(line.filter((part) => part !== '').join('  '));
}

/** Our own colours stay; control characters of others are made visible by shown() and printable(). */
function printableLine(line: string): string {
  return line
    .split(/(\u001B\[[\d;]+m)/)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');
}
