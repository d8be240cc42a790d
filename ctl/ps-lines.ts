// Processes and runs as a table with the columns that were asked for: the fields of filters. Pure.
import { nearest } from '../config/nearest.ts';
import { shortId } from '../daemon/contract/names.ts';
import type { PsRow } from '../daemon/contract/ps.ts';
import { WHERE_FIELDS } from '../daemon/contract/where-fields.ts';
import type { FieldValue, WhereField, WhereFieldName } from '../daemon/contract/where-fields.ts';
import type { JobStyle } from './job-lines.ts';
import type { Paint } from './screen.ts';
import { sizeText } from './size-text.ts';
import { tableLines } from './table-lines.ts';
import type { Cell } from './table-lines.ts';
import { shortDuration, zoned } from './time-words.ts';

export const PS_COLUMNS: readonly WhereFieldName[] = ['name', 'state', 'pid', 'health', 'duration', 'rss', 'cpu', 'progress', 'why'];
export const STUCK_COLUMNS: readonly WhereFieldName[] = ['kind', 'name', 'id', 'state', 'pid', 'silence', 'missed', 'progress', 'why'];

function shown(field: WhereField, value: FieldValue, style: JobStyle): string {
  if (value === null || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  switch (field.kind) {
    case 'size': return sizeText(value);
    case 'percent': return `${Math.round(value * 10) / 10}%`;
    case 'duration': return shortDuration(value);
    case 'time': return zoned(value, style.zone);
    case 'number': case 'text': case 'word': case 'flag': return String(Math.round(value * 100) / 100);
  }
}

const STATE_PAINTS: Readonly<Record<string, Paint>> = { running: 'green', succeeded: 'green', starting: 'cyan', stopping: 'cyan', scheduled: 'cyan', queued: 'cyan', backoff: 'yellow', retrying: 'yellow', fatal: 'red', unknown: 'red', failed: 'red' };
const HEALTH_PAINTS: Readonly<Record<string, Paint>> = { healthy: 'green', degraded: 'yellow', unhealthy: 'red', stuck: 'red' };

function cell(name: WhereFieldName, row: PsRow, style: JobStyle): Cell {
  const field: WhereField = WHERE_FIELDS[name];
  // The state as `status` shows it, not as filters compare it; a run says which one it is.
  if (name === 'state') return { text: row.state, paint: STATE_PAINTS[row.state.toLowerCase()] ?? null };
  if (name === 'name' && row.kind === 'run') return { text: `${row.name} ${shortId(row.id)}` };
  const text = shown(field, field.of(row, style.now), style);
  return { text, paint: name === 'health' ? (HEALTH_PAINTS[text] ?? null) : null };
}

const RIGHT: ReadonlySet<string> = new Set(['number', 'size', 'percent', 'duration']);

export function psLines(rows: readonly PsRow[], columns: readonly WhereFieldName[], style: JobStyle): string[] {
  const right = new Set(columns.flatMap((name, i) => (RIGHT.has(WHERE_FIELDS[name].kind) ? [i] : [])));
  return tableLines(columns.map((name) => name.toUpperCase()), rows.map((row) => columns.map((name) => cell(name, row, style))), { ...style, right });
}

/** The columns by their names, or a sentence about the first that is none. */
export function columnsOf(names: readonly string[]): readonly WhereFieldName[] | string {
  const wrong = names.find((name) => !Object.hasOwn(WHERE_FIELDS, name.toLowerCase()));
  if (wrong === undefined) return names.map((name) => name.toLowerCase() as WhereFieldName);
  const near = nearest(wrong, Object.keys(WHERE_FIELDS));
  return `there is no column ${JSON.stringify(wrong)}${near === null ? `: there are ${Object.keys(WHERE_FIELDS).join(', ')}` : `; did you mean ${near}?`}`;
}
