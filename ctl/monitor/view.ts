// What the monitor shows: model, world and size in, lines out. Pure. No line is wider than the terminal, and there are as many as it has.
//   reeve 0.1.0  pid 12  3 processes: 2 running, 1 fatal  1 run  2 issues
//   Processes 3  Jobs 1  Stuck 0  Issues 2  Breakers 1  Violations 0  Events 12
//   NAME  STATE    …                                        by name
import { shortDuration } from '../time-words.ts';
import { eventPaint, eventWords } from '../event-line.ts';
import { instant } from '../instant.ts';
import { ACTIONS } from './actions.ts';
import { layout } from './columns.ts';
import { placeOf, sight, sortOf } from './model.ts';
import type { Model, Page, Sight } from './model.ts';
import { SECTION_IDS, SECTIONS } from './rows.ts';
import type { Row, SectionId } from './rows.ts';
import { textWidth } from '../text-width.ts';
import { plain, renderLine } from './spans.ts';
import type { Line, Span } from './spans.ts';
import type { World } from './world.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** From so many rows on, the last events stand below the list. */
const TALL = 24;
const SHOWN_EVENTS = 5;
/** Head, tabs, header of the table; message, keys. */
const FRAME = 5;

/** Rows that the list has. */
export function listHeight(model: Model, size: Size): number {
  const events = size.rows >= TALL && model.section !== 'events' && model.page === null ? SHOWN_EVENTS + 1 : 0;
  return Math.max(1, size.rows - FRAME - events);
}

const pageHeight = (size: Size): number => Math.max(1, size.rows - 3);

/** Lines that keys such as page down go by. */
export const heightOf = (model: Model, size: Size): number => (model.page === null ? listHeight(model, size) : pageHeight(size));

function countOf(world: World, section: SectionId): number {
  const { snapshot } = world;
  switch (section) {
    case 'processes': return snapshot.processes.size;
    case 'jobs': { let n = 0; for (const job of snapshot.jobs.values()) if (job.role === 'job') n++; return n; }
    case 'stuck': {
      let n = 0;
      for (const list of [snapshot.processes.values(), snapshot.runs.values()]) for (const one of list) if (one.heartbeat?.stuck === true || (one.heartbeat?.missed ?? 0) > 0 || ('health' in one && one.health === 'stuck')) n++;
      return n;
    }
    case 'issues': return snapshot.issues.size;
    case 'breakers': return snapshot.breakers.size;
    case 'violations': return world.violations.length;
    case 'events': return world.events.length;
  }
}

const BAD: ReadonlySet<SectionId> = new Set(['stuck', 'issues', 'violations']);

function head(world: World): Line {
  const { daemon, processes, runs, drain } = world.snapshot;
  const states = new Map<string, number>();
  for (const { state } of processes.values()) states.set(state, (states.get(state) ?? 0) + 1);
  let running = 0;
  for (const run of runs.values()) if (run.state === 'running') running++;
  const name: Span = { text: `${daemon.identifier || 'reeve'} ${daemon.version}`, paint: 'bold' };
  if (world.lost !== null) return [name, { text: `  ${world.lost}; trying again`, paint: 'red' }];
  const bad = (states.get('FATAL') ?? 0) + (states.get('UNKNOWN') ?? 0);
  return [
    name, { text: `  up ${shortDuration(world.now - daemon.startedAt)}` }, ...(daemon.state === 'RUNNING' ? [] : [{ text: `  ${daemon.state}`, paint: 'yellow' } as const]),
    { text: `  ${String(states.get('RUNNING') ?? 0)} of ${String(processes.size)} running`, paint: (states.get('RUNNING') ?? 0) === processes.size ? 'green' : null },
    ...(bad === 0 ? [] : [{ text: `, ${String(bad)} fatal`, paint: 'red' } as const]), ...((states.get('BACKOFF') ?? 0) === 0 ? [] : [{ text: `, ${String(states.get('BACKOFF'))} waiting`, paint: 'yellow' } as const]),
    ...(running === 0 ? [] : [{ text: `  ${String(running)} run${running === 1 ? '' : 's'}`, paint: 'cyan' } as const]), ...(drain === null ? [] : [{ text: `  draining ${drain.names.join(', ') || 'everything'}`, paint: 'yellow' } as const]),
  ];
}

function tabs(model: Model, world: World, columns: number): Line {
  const span = (id: SectionId): Span => {
    const count = countOf(world, id);
    const text = `${SECTIONS[id]} ${String(count)}`;
    if (id === model.section) return { text: `[${text}]`, paint: 'bold' };
    return { text: ` ${text} `, paint: count === 0 ? 'grey' : BAD.has(id) ? 'yellow' : null };
  };
  const all = SECTION_IDS.map(span);
  if (all.reduce((sum, { text }) => sum + textWidth(text), 0) <= columns) return all;
  // Where they do not fit, the one that is looked at, and how many there are.
  return [{ text: `< ${String(SECTION_IDS.indexOf(model.section) + 1)}/${String(SECTION_IDS.length)} ` }, span(model.section), { text: ' >' }];
}

function keysLine(model: Model, row: Row | undefined, now: number): Line {
  if (model.prompt?.kind === 'confirm') return [{ text: 'y ', paint: 'bold' }, { text: 'yes  ', paint: 'grey' }, { text: 'any other key ', paint: 'bold' }, { text: 'no', paint: 'grey' }];
  if (model.prompt !== null) return [{ text: 'enter ', paint: 'bold' }, { text: 'done  ', paint: 'grey' }, { text: 'esc ', paint: 'bold' }, { text: 'leave it', paint: 'grey' }];
  const own = row === undefined ? [] : ACTIONS.filter((action) => action.ask(row, now) !== undefined).map(({ key, label }) => [key, label] as const);
  // What is cut off on a narrow terminal is what `?` is for.
  return [['q', 'quit'], ['?', 'help'], ...own, ['enter', 'explain'], ['l', 'log'], ['/', 'filter'], ['s', 'sort']].flatMap(([key, label]): Span[] => [{ text: `${key} `, paint: 'bold' }, { text: `${label}  `, paint: 'grey' }]);
}

function promptLine(model: Model, seen: Sight): Line {
  const { prompt, message } = model;
  if (prompt?.kind === 'confirm') return [{ text: 'y/n ', paint: 'bold' }, { text: prompt.question, paint: 'yellow' }];
  if (prompt?.kind === 'input') return [{ text: prompt.question, paint: 'bold' }, { text: `${prompt.text}_` }];
  if (prompt?.kind === 'filter') return [{ text: '/', paint: 'bold' }, { text: `${prompt.text}_` }, { text: `  ${String(seen.rows.length)} left`, paint: 'grey' }];
  if (message) return plain(message.text, message.paint);
  const { filter } = placeOf(model);
  const where = seen.rows.length === 0 ? '' : `${String(seen.index + 1)}/${String(seen.rows.length)}`;
  return [{ text: `${where}  by ${sortOf(model)}`, paint: 'grey' }, ...(filter === '' ? [] : [{ text: `  filter: ${filter}`, paint: 'yellow' } as const])];
}

const NOTHING: Readonly<Record<SectionId, string>> = {
  processes: 'No programs are configured.', jobs: 'No jobs are configured.', stuck: 'Nothing is stuck.', issues: 'Nothing is wrong: no issues.', breakers: 'No breakers are configured.', violations: 'Nobody missed what was asked of it.', events: 'Nothing has happened yet.',
};

interface Shown {
  readonly line: Line;
  readonly chosen?: boolean;
}

function lastEvents(world: World, columns: number): readonly Shown[] {
  const title = ' last events ';
  const shown = world.events.slice(-SHOWN_EVENTS);
  return [
    { line: plain(`──${title}${'─'.repeat(Math.max(0, columns - 2 - title.length))}`, 'grey') },
    ...shown.map((fact) => ({ line: [{ text: `${instant(fact.at).slice('2026-11-22 '.length)}  `, paint: 'grey' }, { text: eventWords(fact), paint: eventPaint(fact) }] as Line })),
    ...Array.from({ length: SHOWN_EVENTS - shown.length }, () => ({ line: [] })),
  ];
}

function pageLines(page: Page, size: Size): readonly Shown[] {
  const height = pageHeight(size);
  const last = Math.max(0, page.lines.length - height);
  const top = Math.min(last, page.top ?? last);
  const shown = page.lines.slice(top, top + height);
  const end = Math.min(page.lines.length, top + height);
  return [
    { line: [{ text: page.title, paint: 'bold' }, { text: `  ${page.lines.length === 0 ? 'nothing yet' : `${String(top + 1)}-${String(end)} of ${String(page.lines.length)}`}${page.kind === 'log' && page.top === null ? ', live' : ''}`, paint: 'grey' }] },
    ...shown.map((text) => ({ line: plain(text) })), ...Array.from({ length: height - shown.length }, () => ({ line: [] })),
    { line: [] }, { line: [{ text: 'esc ', paint: 'bold' }, { text: 'back  ', paint: 'grey' }, { text: 'up down ', paint: 'bold' }, { text: 'scroll  ', paint: 'grey' }, ...(page.kind === 'log' ? [{ text: 'end ', paint: 'bold' } as const, { text: 'live again', paint: 'grey' } as const] : [])] },
  ];
}

function listLines(model: Model, world: World, size: Size): readonly Shown[] {
  const height = listHeight(model, size);
  const seen = sight(model, world, height);
  const table = layout(model.section, seen.rows, world, size.columns);
  const visible = seen.rows.slice(seen.top, seen.top + height);
  const rows: Shown[] = visible.map((row, i) => ({ line: table.line(row), chosen: seen.top + i === seen.index }));
  if (rows.length === 0) rows.push({ line: plain(placeOf(model).filter === '' && model.prompt?.kind !== 'filter' ? NOTHING[model.section] : 'Nothing fits the filter.', 'grey') });
  while (rows.length < height) rows.push({ line: [] });
  return [
    { line: head(world) }, { line: tabs(model, world, size.columns) }, { line: table.header }, ...rows,
    ...(listHeight(model, size) < size.rows - FRAME ? lastEvents(world, size.columns) : []),
    { line: promptLine(model, seen) }, { line: keysLine(model, seen.rows[seen.index], world.now) },
  ];
}

/** As many lines as the terminal has, none wider than it. */
export function screenLines(model: Model, world: World, size: Size, colour: boolean): readonly string[] {
  const shown = model.page === null ? listLines(model, world, size) : pageLines(model.page, size);
  return shown.slice(0, size.rows).map(({ line, chosen }) => renderLine(line, size.columns, { colour, fill: true, chosen: chosen === true }));
}

/** Ids of the processes that are on the screen: whose usage is asked for. */
export function visibleProcesses(model: Model, world: World, size: Size): readonly string[] {
  if (model.section !== 'processes' || model.page !== null) return [];
  const height = listHeight(model, size);
  const seen = sight(model, world, height);
  return seen.rows.slice(seen.top, seen.top + height).flatMap((row) => (row.kind === 'process' && row.view.pid !== null ? [row.key] : []));
}
