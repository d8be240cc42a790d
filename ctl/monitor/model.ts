// Where the person is in the monitor, and what a key makes of it. Pure: what must be done outside comes back as an effect.
import { ACTIONS } from './actions.ts';
import type { Request } from './actions.ts';
import { rowsOf, SECTION_IDS, SORTS } from './rows.ts';
import type { Row, SectionId } from './rows.ts';
import type { Paint } from '../screen.ts';
import type { World } from './world.ts';

/** Lines of a log that are kept while it is looked at. */
export const MOST_LOG_LINES = 2000;
const MOST_TYPED = 100;

/** Lines in place of the list. A log follows its end (`top` null) until somebody goes up. */
export interface Page {
  readonly kind: 'page' | 'log' | 'help';
  readonly title: string;
  readonly lines: readonly string[];
  /** First line shown; null: the last ones are. */
  readonly top: number | null;
}

export type Prompt =
  | { readonly kind: 'filter'; readonly text: string; readonly before: string }
  | { readonly kind: 'input'; readonly question: string; readonly text: string; readonly request: (typed: string) => Request }
  | { readonly kind: 'confirm'; readonly question: string; readonly request: Request };

interface Place {
  /** Key of the chosen row; null: the first. */
  readonly key: string | null;
  /** Where it was, for when its row is gone. */
  readonly index: number;
  /** First row shown. */
  readonly top: number;
  readonly filter: string;
  readonly sort: number;
}

export interface Model {
  readonly section: SectionId;
  readonly places: Readonly<Record<SectionId, Place>>;
  readonly page: Page | null;
  readonly prompt: Prompt | null;
  readonly message: { readonly text: string; readonly paint: Paint | null } | null;
}

export type Effect =
  | { readonly type: 'quit' }
  | { readonly type: 'suspend' }
  | { readonly type: 'redraw' }
  | { readonly type: 'explain'; readonly row: Row }
  | { readonly type: 'log'; readonly row: Row }
  | { readonly type: 'leave_page' }
  | { readonly type: 'ask_daemon'; readonly request: Request };

export interface Step {
  readonly model: Model;
  readonly effect: Effect | null;
}

const START: Place = { key: null, index: 0, top: 0, filter: '', sort: 0 };

export function firstModel(section: SectionId = 'processes'): Model {
  return { section, places: Object.fromEntries(SECTION_IDS.map((id) => [id, START])) as Record<SectionId, Place>, page: null, prompt: null, message: null };
}

const still = (model: Model, effect: Effect | null = null): Step => ({ model, effect });

export const placeOf = (model: Model): Place => model.places[model.section];
export const sortOf = (model: Model): string => SORTS[model.section][placeOf(model).sort] ?? 'name';

function moved(model: Model, patch: Partial<Place>): Model {
  return { ...model, places: { ...model.places, [model.section]: { ...placeOf(model), ...patch } } };
}

/** Rows of the section, the one that is chosen, and the first that is shown so that it is seen. */
export interface Sight {
  readonly rows: readonly Row[];
  readonly index: number;
  readonly top: number;
}

/** `height`: rows that fit. A row that is gone leaves its place to its neighbour. */
export function sight(model: Model, world: World, height: number): Sight {
  const place = placeOf(model);
  const filter = model.prompt?.kind === 'filter' ? model.prompt.text : place.filter;
  const rows = rowsOf(world, model.section, sortOf(model), filter);
  const found = place.key === null ? 0 : rows.findIndex((row) => row.key === place.key);
  const index = Math.max(0, Math.min(rows.length - 1, found >= 0 ? found : place.index));
  const top = Math.max(0, Math.min(Math.max(place.top, index - height + 1), index, Math.max(0, rows.length - height)));
  return { rows, index, top };
}

function choose(model: Model, seen: Sight, index: number): Model {
  const at = Math.max(0, Math.min(seen.rows.length - 1, index));
  const row = seen.rows[at];
  // At the top of what goes on coming, the newest stays chosen.
  const key = row === undefined || (at === 0 && row.kind === 'event') ? null : row.key;
  return moved(model, { key, index: at, top: Math.max(0, Math.min(seen.top, at)) });
}

const STEPS: Readonly<Record<string, (index: number, height: number, count: number) => number>> = {
  '<up>': (index) => index - 1, k: (index) => index - 1, '<down>': (index) => index + 1, j: (index) => index + 1, '<pageup>': (index, height) => index - height, '<pagedown>': (index, height) => index + height, ' ': (index, height) => index + height,
  '<home>': () => 0, g: () => 0, '<end>': (_index, _height, count) => count - 1, G: (_index, _height, count) => count - 1,
};

function toSection(model: Model, by: number): Model {
  const at = SECTION_IDS.indexOf(model.section);
  return { ...model, section: SECTION_IDS[(at + by + SECTION_IDS.length) % SECTION_IDS.length] ?? 'processes', message: null };
}

function act(model: Model, key: string, row: Row, now: number): Step | null {
  const action = ACTIONS.find((one) => one.key === key);
  if (!action) return null;
  const question = action.ask(row, now);
  if (question === undefined) return still({ ...model, message: { text: `${action.label} is not for this row`, paint: 'grey' } });
  if (action.input !== undefined) return still({ ...model, prompt: { kind: 'input', question: action.input, text: '', request: (typed) => action.request(row, typed) } });
  const request = action.request(row, '');
  if (question === null) return still(model, { type: 'ask_daemon', request });
  return still({ ...model, prompt: { kind: 'confirm', question, request } });
}

function onList(model: Model, key: string, world: World, height: number): Step {
  const seen = sight(model, world, height);
  const step = STEPS[key];
  if (step) return still(choose({ ...model, message: null }, seen, step(seen.index, height, seen.rows.length)));
  const digit = SECTION_IDS[Number(key) - 1];
  if (/^[1-9]$/.test(key) && digit !== undefined) return still({ ...model, section: digit, message: null });
  const row = seen.rows[seen.index];
  switch (key) {
    case '<tab>': case '<right>': return still(toSection(model, 1));
    case '<backtab>': case '<left>': return still(toSection(model, -1));
    case '/': return still({ ...model, prompt: { kind: 'filter', text: placeOf(model).filter, before: placeOf(model).filter }, message: null });
    case 's': return still(moved({ ...model, message: null }, { sort: (placeOf(model).sort + 1) % SORTS[model.section].length, top: 0, key: null, index: 0 }));
    case '<escape>': return still(moved({ ...model, message: null }, { filter: '' }));
    case '?': case 'h': return still({ ...model, page: { kind: 'help', title: 'Keys', lines: HELP, top: 0 } });
    case 'q': return still(model, { type: 'quit' });
    case '<enter>': return row === undefined ? still(model) : still({ ...model, message: null }, { type: 'explain', row });
    case 'l': return row === undefined ? still(model) : still({ ...model, message: null }, { type: 'log', row });
    default: return (row === undefined ? null : act({ ...model, message: null }, key, row, world.now)) ?? still(model);
  }
}

function onPrompt(model: Model, prompt: Prompt, key: string): Step {
  const shut: Model = { ...model, prompt: null };
  if (prompt.kind === 'confirm') return key === 'y' || key === 'Y' ? still(shut, { type: 'ask_daemon', request: prompt.request }) : still({ ...shut, message: { text: 'Nothing was done.', paint: 'grey' } });
  if (key === '<escape>') return still(prompt.kind === 'filter' ? moved(shut, { filter: prompt.before }) : { ...shut, message: { text: 'Nothing was done.', paint: 'grey' } });
  if (key === '<enter>') {
    if (prompt.kind === 'filter') return still(moved(shut, { filter: prompt.text, top: 0 }));
    return prompt.text.trim() === '' ? still(shut) : still(shut, { type: 'ask_daemon', request: prompt.request(prompt.text) });
  }
  const text = key === '<backspace>' ? prompt.text.replace(/.$/su, '') : key === '<ctrl-u>' ? '' : key.startsWith('<') && key.length > 1 ? prompt.text : (prompt.text + key).slice(0, MOST_TYPED);
  return still({ ...model, prompt: { ...prompt, text } });
}

function onPage(model: Model, page: Page, key: string, height: number): Step {
  if (key === '<escape>' || key === 'q' || key === '<left>' || (page.kind === 'log' && key === 'l') || (page.kind === 'help' && key === '?')) return still({ ...model, page: null }, { type: 'leave_page' });
  const step = STEPS[key];
  if (!step) return still(model);
  const last = Math.max(0, page.lines.length - height);
  // The page as such moves, not a row in it.
  const top = Math.max(0, Math.min(last, key === '<end>' || key === 'G' ? last : step(page.top ?? last, height, page.lines.length)));
  return still({ ...model, page: { ...page, top: page.kind === 'log' && top >= last ? null : top } });
}

/** What a key makes of it. `height`: lines that the list or the page has on the screen. */
export function onKey(model: Model, key: string, world: World, height: number): Step {
  if (key === '<ctrl-c>' || key === '<ctrl-d>') return still(model, { type: 'quit' });
  if (key === '<ctrl-z>') return still(model, { type: 'suspend' });
  if (key === '<ctrl-l>') return still(model, { type: 'redraw' });
  if (model.prompt) return onPrompt(model, model.prompt, key);
  return model.page ? onPage(model, model.page, key, height) : onList(model, key, world, height);
}

/** More lines of the log that is looked at; the oldest go where there are too many. */
export function moreLines(page: Page, lines: readonly string[]): Page {
  const all = [...page.lines, ...lines];
  const gone = Math.max(0, all.length - MOST_LOG_LINES);
  return { ...page, lines: gone === 0 ? all : all.slice(gone), top: page.top === null ? null : Math.max(0, page.top - gone) };
}

const HELP: readonly string[] = [
  'tab, left, right, 1-7   another section',
  'up, down, page up, page down, home, end (k j g G)   another row',
  '/        show only rows with these words (escape: all again)',
  's        sort by something else',
  'enter    explain the row: why it is so, and what happens next',
  'l        its log, live; escape goes back',
  ...ACTIONS.map((action) => `${action.key.padEnd(9)}${action.says}`),
  'ctrl-l   draw everything anew; ctrl-z: to the shell for a while',
  '?        this help',
  'q        quit',
  '',
  'What ends something says so and asks first. Colours: green is well, yellow deserves a look, red is wrong, grey is of no weight.',
  'CPU and memory are measured for the rows that are shown, as often as --refresh says; sorted by them, for all.',
];
