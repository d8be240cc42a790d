// The lines of `status`: supervisord's to the letter in a pipe, with colours and marks on a terminal, more columns with -v. Pure.
import { printDuration } from '../config/duration.ts';
import { describe } from '../daemon/contract/description.ts';
import { healthReason } from '../daemon/contract/health.ts';
import type { Usage } from '../daemon/contract/ps.ts';
import type { GroupView, ProcessView } from '../daemon/contract/snapshot.ts';
import type { Health, ProcessStateName } from '../daemon/contract/states.ts';
import { displayName } from './names.ts';
import { sizeText } from './size-text.ts';
import { paint, printableCell } from './screen.ts';
import type { Paint } from './screen.ts';
import { tableLines } from './table-lines.ts';
import type { CellOrText } from './table-lines.ts';
import { cell, padEnd, textWidth, truncate } from './text-width.ts';

const LEAST_NAME = 30;
const STATE_WIDTH = 10;
/** Below this a name says nothing any more. */
const SHORTEST_NAME = 8;
/** From so many columns on there is room for the health of processes and for their restarts. */
const WIDE = 100;

export const STATE_PAINTS: Readonly<Record<ProcessStateName, Paint>> = {
  RUNNING: 'green',
  STARTING: 'cyan',
  STOPPING: 'cyan',
  BACKOFF: 'yellow',
  STOPPED: 'grey',
  EXITED: 'grey',
  FATAL: 'red',
  UNKNOWN: 'red',
};

export interface StatusStyle {
  /** ms since 1970. */
  readonly now: number;
  /** Width of the terminal, or null in a pipe or a file. */
  readonly columns: number | null;
  readonly colour: boolean;
  /** IANA name; absent: this machine's. */
  readonly timeZone?: string;
}

/** `[disabled] [not ready] [stuck] [unhealthy] [30%] [flapping 7/1h] [survivors 12, 13]`, what is so. */
export function marks(view: ProcessView): string {
  const found: string[] = [];
  if (view.disabled) found.push('[disabled]');
  if (view.state === 'RUNNING' && !view.ready) found.push('[not ready]');
  if (view.heartbeat?.stuck === true || view.health === 'stuck') found.push('[stuck]');
  else if ((view.heartbeat?.missed ?? 0) > 0) found.push(`[missed ${view.heartbeat?.missed} heartbeat${view.heartbeat?.missed === 1 ? '' : 's'}]`);
  if (view.health === 'degraded' || view.health === 'unhealthy') found.push(`[${view.health}]`);
  if (view.progress?.percent != null) found.push(`[${view.progress.percent}%]`);
  if (view.flapping) found.push(`[flapping ${view.flapping.failures}/${printDuration(view.flapping.windowMs)}]`);
  if (view.survivors.length > 0) found.push(`[survivors ${view.survivors.join(', ')}]`);
  return found.join(' ');
}

export const HEALTH_PAINTS: Readonly<Record<Health, Paint>> = { unknown: 'grey', healthy: 'green', degraded: 'yellow', unhealthy: 'red', stuck: 'red' };

interface Column {
  readonly width: number;
  readonly of: (view: ProcessView) => { readonly text: string; readonly paint: Paint | null };
}

/** What a wide terminal shows between state and description: only columns that say something of somebody. */
function extraColumns(views: readonly ProcessView[], columns: number): readonly Column[] {
  const extra: Column[] = [];
  if (columns < WIDE) return extra;
  if (views.some((view) => view.health !== 'unknown')) {
    extra.push({ width: 11, of: ({ health }) => ({ text: health === 'unknown' ? '' : health, paint: HEALTH_PAINTS[health] }) });
  }
  if (views.some((view) => view.restarts > 0)) {
    extra.push({ width: 15, of: ({ restarts }) => ({ text: restarts === 0 ? '' : `${String(restarts)} restart${restarts === 1 ? '' : 's'}`, paint: null }) });
  }
  return extra;
}

/** supervisord's lines, to the letter. */
function pipeLines(views: readonly ProcessView[], style: StatusStyle): string[] {
  const names = views.map((view) => printableCell(displayName(view)));
  const width = Math.max(LEAST_NAME, ...names.map((n) => n.length)) + 3;
  return views.map((view, i) => `${names[i]!.padEnd(width)}${paint(view.state.padEnd(STATE_WIDTH), STATE_PAINTS[view.state], style.colour)}${printableCell(describe(view, style.now, style.timeZone))}`);
}

/** One line per process. On a terminal none is wider than it: the description gives way, then the name; the state never does. */
export function statusLines(views: readonly ProcessView[], style: StatusStyle): string[] {
  const { columns } = style;
  if (columns === null) return pipeLines(views, style);
  const names = views.map((view) => printableCell(displayName(view)));
  const longest = Math.max(4, ...names.map(textWidth));
  const roomy = Math.max(LEAST_NAME, longest) + 3;
  // A narrow terminal has no room for supervisord's wide column; scripts, which need it, have no terminal.
  const width = columns >= roomy + STATE_WIDTH + LEAST_NAME ? roomy : Math.min(longest + 2, Math.max(SHORTEST_NAME, columns - STATE_WIDTH));
  const extra = extraColumns(views, columns);
  const room = Math.max(0, columns - width - STATE_WIDTH - extra.reduce((sum, one) => sum + one.width, 0));
  return views.map((view, i) => {
    const said = printableCell(describe(view, style.now, style.timeZone));
    const marked = truncate(marks(view), room);
    const left = room - (marked === '' ? 0 : textWidth(marked) + 1);
    const text = truncate(said, left);
    const cells = extra.map((one) => {
      const { text: shown, paint: how } = one.of(view);
      return paint(padEnd(shown, one.width), how, style.colour && shown !== '');
    });
    const head = `${padEnd(truncate(names[i]!, width - 2), width)}${paint(cell(view.state, Math.min(STATE_WIDTH, columns - width)), STATE_PAINTS[view.state], style.colour)}${cells.join('')}`;
    return `${head}${text}${text !== '' && marked !== '' ? ' ' : ''}${paint(marked, 'yellow', style.colour)}`.trimEnd();
  });
}

function lastExit(view: ProcessView): string {
  if (view.exitSignal !== null) return view.exitSignal;
  return view.exitCode === null ? '-' : String(view.exitCode);
}

/** What the WHY column says already is not said twice: reasons are long, and would push all columns out of the terminal. */
function descriptionBeside(view: ProcessView, style: StatusStyle): string {
  const said = describe(view, style.now, style.timeZone);
  return said === view.why || said === '' ? '-' : printableCell(said);
}

function cpuText(usage: Usage | undefined): string {
  return usage === undefined ? '-' : `${String(Math.round(usage.cpuPercent * 10) / 10)}%`;
}

function memoryText(usage: Usage | undefined): string {
  return usage === undefined ? '-' : sizeText(usage.rssBytes);
}

/** `2 of 5 restarts within 1m`: what counts now against the limit of a group; null: it has none. */
export function restartsText(group: Pick<GroupView, 'intensity' | 'restartsAt'>, now: number): string | null {
  if (group.intensity === null) return null;
  const { max, windowMs } = group.intensity;
  const counted = group.restartsAt.filter((at) => now - at <= windowMs).length;
  return `${String(counted)} of ${String(max)} restart${max === 1 ? '' : 's'} within ${printDuration(windowMs)}`;
}

/** One line for each group that may restart its members only so often. */
export function restartLines(groups: readonly GroupView[], style: Pick<StatusStyle, 'now' | 'columns' | 'colour'>): string[] {
  return groups.flatMap((group) => {
    const text = restartsText(group, style.now);
    if (text === null || group.intensity === null) return [];
    const near = group.restartsAt.filter((at) => style.now - at <= (group.intensity?.windowMs ?? 0)).length >= group.intensity.max;
    const line = `${printableCell(group.name)}:* ${group.state}, ${text}${group.strategy === 'one_for_one' ? '' : ` (${group.strategy})`}`;
    return [paint(style.columns === null ? line : truncate(line, style.columns), near ? 'yellow' : null, style.colour)];
  });
}

/** Its marks, why it is unwell, and why it is in its state where that is more than that it is up. */
function whyOf(view: ProcessView): string {
  const unwell = view.health === 'healthy' || healthReason(view) === view.why ? '' : healthReason(view);
  const said = [marks(view), unwell, view.why === 'up' ? '' : view.why].filter((text) => text !== '').join(' ');
  return said === '' ? view.why : said;
}

/** With a header: exit, restarts (and failures in a row), wanted, what it uses, marks and why. `usage` by id; who is not in it shows none. */
export function verboseLines(views: readonly ProcessView[], style: StatusStyle, usage: ReadonlyMap<string, Usage> = new Map()): string[] {
  const header = ['NAME', 'STATE', 'DESCRIPTION', 'EXIT', 'RESTARTS', 'TRIES', 'WANTED', 'CPU', 'MEMORY', 'HEALTH', 'WHY'];
  const rows = views.map((v): CellOrText[] => [
    displayName(v),
    { text: v.state, paint: STATE_PAINTS[v.state] },
    descriptionBeside(v, style),
    lastExit(v),
    String(v.restarts),
    String(v.tries),
    v.wanted,
    cpuText(usage.get(v.id)),
    memoryText(usage.get(v.id)),
    { text: v.health, paint: HEALTH_PAINTS[v.health] },
    whyOf(v),
  ]);
  // What is in `status` or rarely of use goes first where there is no room.
  return tableLines(header, rows, { columns: style.columns, colour: style.colour, drop: [6, 5, 7, 3, 9, 8, 2, 4], prose: 10 });
}
