// The columns of each section, and which of them a terminal has room for. Pure.
import { healthReason, stuckSeverity } from '../../daemon/contract/health.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { severityOf } from '../../daemon/contract/severities.ts';
import { eventPaint, eventWords } from '../event-line.ts';
import { instant } from '../instant.ts';
import { jobState, progressText, stateText } from '../job-lines.ts';
import { bar } from '../progress-line.ts';
import { sizeText } from '../size-text.ts';
import { HEALTH_PAINTS, marks, STATE_PAINTS } from '../status-lines.ts';
import { cell, padStart, textWidth, truncate } from '../text-width.ts';
import { relative, shortDuration } from '../time-words.ts';
import type { Row, SectionId } from './rows.ts';
import { titleOf } from './rows.ts';
import type { Line, Span } from './spans.ts';
import type { World } from './world.ts';

interface Column {
  readonly title: string;
  /** Cells; `name`: as the names need; `rest`: what is left. */
  readonly width: number | 'name' | 'rest';
  readonly right?: boolean;
  /** Left out where there is no room, the greatest first; absent: never. */
  readonly drop?: number;
  /** Left out where it says something of nobody. */
  readonly says?: (row: Row) => boolean;
  readonly of: (row: Row, world: World, width: number) => Span;
}

const GAP = 2;
/** Fewer cells than this are no use to a sentence. */
const LEAST_REST = 12;
const LEAST_NAME = 8;
const MOST_NAME = 40;
const BAR = 14;

const none: Span = { text: '' };
const span = (text: string, paint: Span['paint'] = null): Span => ({ text, paint });

const nameColumn: Column = { title: 'NAME', width: 'name', of: (row) => span(row.kind === 'run' && row.nested ? `└ ${shortId(row.view.id)}` : titleOf(row)) };

const clock = (at: number): string => instant(at).slice('2026-11-22 '.length);

const PROCESS_COLUMNS: readonly Column[] = [
  nameColumn,
  { title: 'STATE', width: 8, of: (row) => (row.kind === 'process' ? span(row.view.state, STATE_PAINTS[row.view.state]) : none) },
  { title: 'READY', width: 5, drop: 6, of: (row) => (row.kind !== 'process' || row.view.pid === null ? none : row.view.ready ? span('yes', 'green') : span('no', 'yellow')) },
  { title: 'HEALTH', width: 9, drop: 2, says: (row) => row.kind === 'process' && row.view.health !== 'unknown', of: (row) => (row.kind !== 'process' || row.view.health === 'unknown' ? span('-', 'grey') : span(row.view.health, HEALTH_PAINTS[row.view.health])) },
  { title: 'UPTIME', width: 7, right: true, drop: 4, of: (row, { now }) => (row.kind !== 'process' || row.view.pid === null || row.view.startedAt === null ? span('-') : span(shortDuration(now - row.view.startedAt))) },
  { title: 'CPU', width: 6, right: true, drop: 3, of: (row, { usage }) => span(row.kind === 'process' && row.view.pid !== null && usage.has(row.key) ? `${(usage.get(row.key)?.cpuPercent ?? 0).toFixed(1)}%` : '-') },
  { title: 'MEMORY', width: 8, right: true, drop: 3.5, of: (row, { usage }) => span(row.kind === 'process' && row.view.pid !== null && usage.has(row.key) ? sizeText(usage.get(row.key)?.rssBytes ?? 0) : '-') },
  { title: 'RST', width: 3, right: true, drop: 5, of: (row) => (row.kind === 'process' ? span(String(row.view.restarts), row.view.flapping === null ? null : 'yellow') : none) },
  {
    title: 'WHY', width: 'rest', drop: 1, of: (row) => {
      if (row.kind !== 'process') return none;
      const words = [marks(row.view), healthReason(row.view), row.view.why === 'up' ? row.view.statusText : row.view.why].filter((text, i, all) => text !== '' && all.indexOf(text) === i);
      return span(words.join(' '), row.view.state === 'FATAL' ? 'red' : row.view.state === 'RUNNING' ? null : 'yellow');
    },
  },
];

const JOB_COLUMNS: readonly Column[] = [
  nameColumn,
  { title: 'STATE', width: 10, of: (row) => (row.kind === 'job' ? span(jobState(row.view), row.view.running.length > 0 ? 'green' : row.view.held !== '' || row.view.paused ? 'yellow' : null) : row.kind === 'run' ? span(stateText(row.view.state), row.view.state === 'running' ? 'green' : 'cyan') : none) },
  { title: 'NEXT', width: 9, drop: 2, of: (row, { now }) => (row.kind === 'job' ? span(row.view.nextAt === null ? '-' : relative(row.view.nextAt, now).replace(/^in /, '')) : none) },
  { title: 'TOOK', width: 7, right: true, drop: 3, of: (row, { now }) => (row.kind === 'run' && row.view.startedAt !== null ? span(shortDuration(now - row.view.startedAt)) : row.kind === 'job' && row.view.last?.durationMs != null ? span(shortDuration(row.view.last.durationMs)) : none) },
  {
    title: 'LAST, PROGRESS', width: 'rest', drop: 1, of: (row, { now }, width) => {
      if (row.kind === 'job') {
        if (row.view.held !== '') return span(`held: ${row.view.held}`, 'yellow');
        const { last } = row.view;
        return last === null ? span('never ran', 'grey') : span(`${stateText(last.state)} ${relative(last.endedAt, now)}${last.why === '' || last.state === 'succeeded' ? '' : `: ${last.why}`}`, last.state === 'succeeded' ? 'green' : last.state === 'cancelled' ? 'grey' : 'red');
      }
      if (row.kind !== 'run') return none;
      const { progress, status } = row.view;
      if (progress === null) return span(status === '' ? row.view.why : status);
      const drawn = width >= 2 * BAR ? bar(progress.percent, BAR) : '';
      return span([drawn, progressText(progress), status].filter((part) => part !== '').join(' '), 'cyan');
    },
  },
];

/** For how long nothing was heard of it, ms; of who never gave a sign, since it began. null: nobody listens for one. */
function silenceOf(row: Row, now: number): number | null {
  if ((row.kind !== 'process' && row.kind !== 'run') || row.view.heartbeat === null) return null;
  const last = row.view.heartbeat.lastAt ?? row.view.startedAt;
  return last === null ? null : now - last;
}

const STUCK_PAINTS = { warning: 'yellow', error: 'red', critical: 'magenta' } as const;
const stuckPaint = (silentMs: number | null): Span['paint'] => (silentMs === null ? 'red' : STUCK_PAINTS[stuckSeverity(silentMs)]);

const STUCK_COLUMNS: readonly Column[] = [
  nameColumn,
  { title: 'KIND', width: 7, drop: 3, of: (row) => span(row.kind === 'run' ? 'run' : 'program') },
  { title: 'STATE', width: 8, of: (row, { now }) => (row.kind === 'process' || row.kind === 'run' ? (row.view.heartbeat?.stuck === true || (row.kind === 'process' && row.view.health === 'stuck') ? span('stuck', stuckPaint(silenceOf(row, now))) : span('missed', 'yellow')) : none) },
  { title: 'SILENCE', width: 8, right: true, drop: 2, of: (row, { now }) => {
    const silent = silenceOf(row, now);
    return span(silent === null ? '-' : shortDuration(silent));
  } },
  { title: 'MISSED', width: 6, right: true, drop: 4, of: (row) => (row.kind === 'process' || row.kind === 'run' ? span(row.view.heartbeat === null ? '0' : `${String(row.view.heartbeat.missed)}${row.view.heartbeat.stuck ? '+' : ''}`) : none) },
  { title: 'WHY', width: 'rest', drop: 1, of: (row) => (row.kind === 'process' ? span(healthReason(row.view) || row.view.why) : row.kind === 'run' ? span(row.view.progress === null ? row.view.why : progressText(row.view.progress)) : none) },
];

const ISSUE_COLUMNS: readonly Column[] = [
  { title: 'ISSUE', width: 8, of: (row) => (row.kind === 'issue' ? span(shortId(row.view.id)) : none) },
  { title: 'STATE', width: 10, of: (row) => (row.kind === 'issue' ? span(row.view.state, row.view.state === 'fixing' ? 'cyan' : row.view.state === 'open' || row.view.state === 'manual' ? 'yellow' : 'red') : none) },
  { title: 'SEVERITY', width: 8, drop: 3, of: (row) => (row.kind === 'issue' ? span(row.view.severity, row.view.severity === 'critical' ? 'alarm' : row.view.severity === 'major' ? 'yellow' : null) : none) },
  { title: 'CHECK', width: 16, drop: 2, of: (row) => (row.kind === 'issue' ? span(row.view.check) : none) },
  { title: 'SEEN', width: 4, right: true, drop: 4, of: (row) => (row.kind === 'issue' ? span(String(row.view.occurrences)) : none) },
  { title: 'TRIES', width: 5, right: true, drop: 5, of: (row) => (row.kind === 'issue' && row.view.fix !== null ? span(`${String(row.view.attempts)}/${String(row.view.maxAttempts)}`) : none) },
  { title: 'MESSAGE', width: 'rest', drop: 1, of: (row) => (row.kind === 'issue' ? span(row.view.message) : none) },
];

const BREAKER_COLUMNS: readonly Column[] = [
  nameColumn,
  { title: 'STATE', width: 9, of: (row) => (row.kind === 'breaker' ? span(row.view.state.replace('_', '-'), row.view.state === 'closed' ? 'green' : row.view.state === 'open' ? 'red' : 'yellow') : none) },
  { title: 'FAILURES', width: 8, right: true, drop: 3, of: (row) => (row.kind === 'breaker' ? span(String(row.view.failures)) : none) },
  { title: 'TRIES AGAIN', width: 11, drop: 2, of: (row, { now }) => (row.kind === 'breaker' && row.view.state === 'open' ? span(row.view.retryAt === null ? 'by hand' : relative(row.view.retryAt, now)) : span('-')) },
  { title: 'WHY', width: 'rest', drop: 1, of: (row) => (row.kind === 'breaker' ? span(row.view.why) : none) },
];

const EVENT_COLUMNS: readonly Column[] = [
  { title: 'TIME', width: 8, drop: 1, of: (row) => (row.kind === 'event' ? span(clock(row.view.at), 'grey') : none) },
  { title: 'SEVERITY', width: 8, drop: 2, of: (row) => (row.kind === 'event' ? span(severityOf(row.view), eventPaint(row.view)) : none) },
  { title: 'EVENT', width: 'rest', of: (row) => (row.kind === 'event' ? span(eventWords(row.view), eventPaint(row.view)) : none) },
];

const COLUMNS: Readonly<Record<SectionId, readonly Column[]>> = {
  processes: PROCESS_COLUMNS, jobs: JOB_COLUMNS, stuck: STUCK_COLUMNS, issues: ISSUE_COLUMNS, breakers: BREAKER_COLUMNS, violations: EVENT_COLUMNS, events: EVENT_COLUMNS,
};

interface Placed {
  readonly column: Column;
  readonly width: number;
}

/** Which columns there is room for, and how wide they are. */
function place(section: SectionId, rows: readonly Row[], columns: number): readonly Placed[] {
  let kept = COLUMNS[section].filter(({ says }) => says === undefined || rows.some(says));
  let longest = LEAST_NAME;
  if (kept.some((column) => column.width === 'name')) for (const row of rows) longest = Math.max(longest, textWidth(titleOf(row)));
  const name = Math.min(longest, MOST_NAME);
  const needed = (): number => kept.reduce((sum, { width }) => sum + GAP + (width === 'name' ? name : width === 'rest' ? LEAST_REST : width), -GAP);
  while (needed() > columns) {
    const next = kept.filter((column) => column.drop !== undefined).toSorted((a, b) => (b.drop ?? 0) - (a.drop ?? 0))[0];
    if (next === undefined) break;
    kept = kept.filter((column) => column !== next);
  }
  const fixed = kept.reduce((sum, { width }) => sum + GAP + (width === 'name' ? name : width === 'rest' ? 0 : width), -GAP);
  const hasRest = kept.some((column) => column.width === 'rest');
  return kept.map((column) => ({
    column,
    // With nothing else to take what is left, or to give what lacks, the name does.
    width: column.width === 'name' ? Math.max(1, hasRest ? Math.min(name, columns) : name + Math.min(0, columns - fixed)) : column.width === 'rest' ? Math.max(0, columns - fixed) : column.width,
  }));
}

export interface Layout {
  readonly header: Line;
  readonly line: (row: Row) => Line;
}

/** The header and the lines of a section in so many columns. Only lines that are shown are made. */
export function layout(section: SectionId, rows: readonly Row[], world: World, columns: number): Layout {
  const placed = place(section, rows, columns);
  const fill = (text: string, { column, width }: Placed): string => (column.right === true ? padStart(truncate(text, width), width) : cell(text, width));
  const gap: Span = { text: ' '.repeat(GAP) };
  const join = (spans: readonly Span[]): Line => spans.flatMap((one, i) => (i === 0 ? [one] : [gap, one]));
  return {
    header: join(placed.map((one) => ({ text: fill(one.column.title, one), paint: 'bold' }))),
    line: (row) => join(placed.map((one) => {
      const { text, paint } = one.column.of(row, world, one.width);
      return { text: fill(text.replace(/[\u0000-\u001F\u007F-\u009F]/g, ' '), one), ...(paint === undefined ? {} : { paint }) };
    })),
  };
}
