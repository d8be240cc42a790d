// The lines of `status`: supervisord's to the letter in a pipe, with colours and marks on a terminal, more columns with -v. Pure.
import { printDuration } from '../config/duration.ts';
import { describe } from '../daemon/contract/description.ts';
import { healthReason } from '../daemon/contract/health.ts';
import type { Usage } from '../daemon/contract/ps.ts';
import type { ProcessView } from '../daemon/contract/snapshot.ts';
import type { ProcessStateName } from '../daemon/contract/states.ts';
import { displayName } from './names.ts';
import { sizeText } from './size-text.ts';
import { paint, printable, truncate } from './screen.ts';
import type { Paint } from './screen.ts';

const LEAST_NAME = 30;
const STATE_WIDTH = 10;
/** A description is never cut below this, however narrow the terminal: the line wraps instead. */
const LEAST_DESCRIPTION = 8;

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

/** One line per process. Names and states are never cut; the description is, on a terminal. */
export function statusLines(views: readonly ProcessView[], style: StatusStyle): string[] {
  const names = views.map(displayName);
  const nameWidth = Math.max(LEAST_NAME, ...names.map((n) => n.length)) + 3;
  // A narrow terminal has no room for supervisord's wide column; scripts, which need it, have no terminal.
  const narrow = style.columns !== null && style.columns < nameWidth + STATE_WIDTH + LEAST_NAME;
  const width = narrow ? Math.max(...names.map((n) => n.length), 4) + 2 : nameWidth;
  return views.map((view, i) => {
    const head = `${names[i]!.padEnd(width)}${paint(view.state.padEnd(STATE_WIDTH), STATE_PAINTS[view.state], style.colour)}`;
    const said = printable(describe(view, style.now, style.timeZone));
    if (style.columns === null) return head + said;
    const mark = marks(view);
    const room = Math.max(LEAST_DESCRIPTION, style.columns - width - STATE_WIDTH);
    const marked = mark === '' ? '' : truncate(mark, room);
    const left = room - (marked === '' ? 0 : marked.length + 1);
    const text = left > 0 ? truncate(said, left) : '';
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
  return said === view.why || said === '' ? '-' : printable(said);
}

function cpuText(usage: Usage | undefined): string {
  return usage === undefined ? '-' : `${String(Math.round(usage.cpuPercent * 10) / 10)}%`;
}

function memoryText(usage: Usage | undefined): string {
  return usage === undefined ? '-' : sizeText(usage.rssBytes);
}

/** With a header: exit, restarts (and failures in a row), wanted, what it uses, marks and why. `usage` by id; who is not in it shows none. */
export function verboseLines(views: readonly ProcessView[], style: StatusStyle, usage: ReadonlyMap<string, Usage> = new Map()): string[] {
  const header = ['NAME', 'STATE', 'DESCRIPTION', 'EXIT', 'RESTARTS', 'TRIES', 'WANTED', 'CPU', 'MEMORY', 'HEALTH', 'WHY'];
  const rows = views.map((v) => [
    displayName(v),
    v.state,
    descriptionBeside(v, style),
    lastExit(v),
    String(v.restarts),
    String(v.tries),
    v.wanted,
    cpuText(usage.get(v.id)),
    memoryText(usage.get(v.id)),
    v.health,
    [marks(v), v.health === 'healthy' || healthReason(v) === v.why ? '' : printable(healthReason(v)), printable(v.why)].filter((t) => t !== '').join(' '),
  ]);
  const widths = header.map((h, c) => Math.max(h.length, ...rows.map((r) => r[c]!.length)));
  const last = header.length - 1;
  return [header, ...rows].map((row, r) => {
    const fixed = row.slice(0, last).map((cell, c) => {
      const padded = cell.padEnd(widths[c]!);
      return r > 0 && c === 1 ? paint(padded, STATE_PAINTS[views[r - 1]!.state], style.colour) : padded;
    });
    const used = widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0);
    const why = style.columns === null ? row[last]! : truncate(row[last]!, Math.max(LEAST_DESCRIPTION, style.columns - used));
    return `${fixed.join('  ')}  ${why}`.trimEnd();
  });
}
