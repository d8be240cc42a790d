import { test } from 'node:test';
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { ACTIONS } from '../../ctl/monitor/actions.ts';
import { FullScreen } from '../../ctl/monitor/full-screen.ts';
import type { Terminal } from '../../ctl/monitor/full-screen.ts';
import { keysOf } from '../../ctl/monitor/keys.ts';
import { firstModel, MOST_LOG_LINES, moreLines, onKey, sight } from '../../ctl/monitor/model.ts';
import type { Effect, Model } from '../../ctl/monitor/model.ts';
import { compactLine, countersOf, tableOnce } from '../../ctl/monitor/once.ts';
import { wrapped } from '../../ctl/monitor/pages.ts';
import { SECTION_IDS } from '../../ctl/monitor/rows.ts';
import { heightOf, screenLines, visibleProcesses } from '../../ctl/monitor/view.ts';
import { emptyWorld, MOST_VIOLATIONS, remember } from '../../ctl/monitor/world.ts';
import type { World } from '../../ctl/monitor/world.ts';
import { textWidth } from '../../ctl/text-width.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import { applyEvent, fromJson } from '../../daemon/contract/snapshot.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { snapshot, view } from '../support/fake-daemon.ts';
import { breakerView, jobView, runView } from '../support/jobs.ts';

const NOW = Date.UTC(2026, 10, 22, 4, 30, 5);
const SIZE = { columns: 80, rows: 24 };

function world(processes: readonly ProcessView[], over: Partial<World> = {}): World {
  return { ...emptyWorld(), snapshot: fromJson(snapshot(processes)), lost: null, now: NOW, ...over };
}

/** Jobs, a run with progress, breakers and an event beside processes. */
function busy(): World {
  const w = world([view('web', { pid: 12, startedAt: NOW - 5000 }), view('api', { state: 'FATAL', pid: null, why: 'exit 3' }), view('データ', { health: 'degraded', restarts: 4 })]);
  w.snapshot.jobs.set('import', jobView('import', { running: ['r1'], nextAt: NOW + 60_000 }));
  w.snapshot.runs.set('r1', runView('import', { id: 'r1', state: 'running', startedAt: NOW - 9000, progress: { current: 3, total: 10, percent: 30, rate: 2, etaMs: 3500, phase: 'load', meta: null, at: NOW, movedAt: NOW } }));
  w.snapshot.breakers.set('smtp', breakerView('smtp', { state: 'open', retryAt: NOW + 5000 }));
  remember(w, { type: 'process.fatal', seq: 7, at: NOW, process: 'api:api', incarnation: 1, from: 'BACKOFF', why: 'exit 3' });
  return w;
}

const bare = (line: string): string => line.replace(/\u001B\[\d+m/g, '');

/** Types keys; the effects they had. */
function type(model: Model, w: World, keys: readonly string[], size = SIZE): { readonly model: Model; readonly effects: readonly Effect[] } {
  const effects: Effect[] = [];
  let at = model;
  for (const key of keys) {
    const step = onKey(at, key, w, heightOf(at, size));
    at = step.model;
    if (step.effect) effects.push(step.effect);
  }
  return { model: at, effects };
}

const chosen = (model: Model, w: World): string | undefined => {
  const seen = sight(model, w, heightOf(model, SIZE));
  return seen.rows[seen.index]?.key;
};

test('keys have names whatever the terminal calls them; characters of any script stand for themselves', () => {
  assert.deepEqual(keysOf('\u001B[A\u001BOB\u001B[5~q'), ['<up>', '<down>', '<pageup>', 'q']);
  assert.deepEqual(keysOf('\u001B'), ['<escape>']);
  assert.deepEqual(keysOf('a\u001B'), ['a', '<escape>']);
  assert.deepEqual(keysOf('日👍\t\r\u007F\u0003'), ['日', '👍', '<tab>', '<enter>', '<backspace>', '<ctrl-c>']);
  assert.deepEqual(keysOf('\u001B[200;5u\u001B[15~x\u0001'), ['x']);
});

test('every screen has as many lines as the terminal, none wider, in all sections and sizes [C91][D6]', () => {
  const w = busy();
  for (let i = 0; i < 300; i++) w.snapshot.processes.set(`pool:w_${i}`, view(`pool:w_${i}`, { why: i % 3 === 0 ? 'ein langer Grund, der nicht in die Zeile paßt '.repeat(5) : 'up\tdown\u001B[31m' }));
  for (const size of [{ columns: 40, rows: 10 }, { columns: 80, rows: 24 }, { columns: 200, rows: 60 }, { columns: 20, rows: 6 }, { columns: 9, rows: 3 }]) {
    for (const section of SECTION_IDS) {
      for (const keys of [[], ['/', 'p'], ['?'], ['t'], ['x'], ['<end>']]) {
        const { model } = type({ ...firstModel(section) }, w, keys, size);
        const lines = screenLines(model, w, size, true);
        assert.equal(lines.length, size.rows, `${section} ${keys.join('')} ${size.columns}x${size.rows}`);
        for (const line of lines) {
          const shown = bare(line);
          assert.ok(textWidth(shown) <= size.columns, `${section} ${JSON.stringify(line)}`);
          assert.doesNotMatch(shown, /[\u0000-\u001F]/);
        }
      }
    }
  }
});

test('of a thousand processes those are measured that are on the screen', () => {
  const w = world(Array.from({ length: 1000 }, (_, i) => view(`p:${String(i).padStart(4, '0')}`)));
  const ids = visibleProcesses(firstModel(), w, SIZE);
  assert.equal(ids.length, heightOf(firstModel(), SIZE));
  const { model } = type(firstModel(), w, ['<end>']);
  assert.equal(visibleProcesses(model, w, SIZE).at(-1), 'p:0999');
  assert.deepEqual(visibleProcesses(firstModel('jobs'), w, SIZE), []);
});

test('the list shows state, health, uptime and why; jobs have their runs with a bar, rate and time left below them [D6]', () => {
  const w = busy();
  const wide = { columns: 140, rows: 30 };
  const text = (model: Model): string => screenLines(model, w, wide, false).map(bare).join('\n');
  assert.match(text(firstModel()), /web +RUNNING +yes +- +5s +-/);
  assert.match(text(firstModel()), /api +FATAL .* exit 3/);
  assert.match(text(firstModel('jobs')), /import +running +1m 0s|import +running +1m/);
  assert.match(text(firstModel('jobs')), /└ r1 +running +9s +\[####-+\] 3\/10 30%, 2\/s, 3\.5s left, phase load/);
  assert.match(text(firstModel('breakers')), /smtp +open .*in 5s/);
  assert.match(text(firstModel()), /last events/);
  assert.match(text(firstModel('events')), /04:30:05 +error +process\.fatal {2}api/);
});

test('a key that ends something says what will happen, and does it only after y [C91]', () => {
  const w = busy();
  const { model, effects } = type(firstModel(), w, ['/', 'w', 'e', 'b', '<enter>', 't']);
  assert.deepEqual(effects, []);
  const lines = screenLines(model, w, SIZE, false).map(bare);
  assert.match(lines.at(-2) ?? '', /^y\/n Stop web \(pid 12, up 5s\)\? It stays down until somebody starts it\./);
  assert.deepEqual(type(model, w, ['n']).effects, []);
  assert.equal(type(model, w, ['q']).effects.length, 0, 'any other key means no, also q');
  const [effect] = type(model, w, ['y']).effects;
  assert.deepEqual(effect?.type === 'ask_daemon' ? [effect.request.path, effect.request.body] : effect, ['/v1/stop', { names: ['web:web'] }]);
});

test('what loses nothing is done at once; a signal is asked for by name; a key for another kind of row does nothing', () => {
  const w = busy();
  const requests = (keys: readonly string[], section: Model['section'] = 'processes'): readonly unknown[] => type(firstModel(section), w, keys).effects.map((effect) => (effect.type === 'ask_daemon' ? [effect.request.path, effect.request.body] : effect.type));
  assert.deepEqual(requests(['S']), [['/v1/start', { names: ['api:api'] }]]);
  assert.deepEqual(requests(['<down>', 'x', 'u', 's', 'r', '1', '<enter>']), [['/v1/signal', { names: ['web:web'], signal: 'USR1' }]]);
  assert.deepEqual(requests(['x', '<enter>']), []);
  assert.deepEqual(requests(['R'], 'jobs'), [['/v1/jobs/import/run', {}]]);
  assert.deepEqual(requests(['p'], 'jobs'), [['/v1/jobs/pause', { names: ['import'] }]]);
  assert.deepEqual(requests(['<down>', 'c', 'y'], 'jobs'), [['/v1/runs/cancel', { names: ['r1'] }]]);
  assert.deepEqual(requests(['o', 'y', 'C'], 'breakers'), [['/v1/breakers/smtp', { to: 'open' }], ['/v1/breakers/smtp', { to: 'close' }]]);
  assert.deepEqual(requests(['f', 'c', 'R']), []);
  assert.deepEqual(requests(['<enter>', 'l', '<ctrl-z>', 'q', '<ctrl-c>']), ['explain', 'log', 'suspend', 'quit', 'quit']);
  assert.equal(new Set(ACTIONS.map((action) => action.key)).size, ACTIONS.length);
});

test('the chosen row stays chosen when others come and go, and gives its place to its neighbour when it goes', () => {
  const w = world([view('a'), view('b'), view('c')]);
  const { model } = type(firstModel(), w, ['<down>']);
  assert.equal(chosen(model, w), 'b:b');
  w.snapshot.processes.set('aa:aa', view('aa'));
  assert.equal(chosen(model, w), 'b:b');
  w.snapshot.processes.delete('aa:aa');
  w.snapshot.processes.delete('b:b');
  assert.equal(chosen(model, w), 'c:c');
});

test('tab and arrows go through the sections, s through the orders, / shows what fits and escape all again', () => {
  const w = busy();
  assert.equal(type(firstModel(), w, ['<tab>', '<right>', '<left>']).model.section, 'jobs');
  assert.equal(type(firstModel(), w, ['<backtab>']).model.section, 'events');
  assert.equal(type(firstModel(), w, ['5']).model.section, 'breakers');
  assert.equal(chosen(type(firstModel(), w, ['s']).model, w), 'api:api', 'by state: the worst first');
  w.usage = new Map([['データ:データ', { cpuPercent: 50, rssBytes: 1 }]]);
  assert.equal(chosen(type(firstModel(), w, ['s', 's']).model, w), 'データ:データ', 'by CPU');
  const filtered = type(firstModel(), w, ['/', 'f', 'a', 't', 'a', 'l', '<enter>']).model;
  assert.deepEqual(sight(filtered, w, 10).rows.map((row) => row.key), ['api:api']);
  assert.equal(sight(type(filtered, w, ['<escape>']).model, w, 10).rows.length, 3);
  assert.equal(sight(type(filtered, w, ['/', '<ctrl-u>', 'x', 'x', '<escape>']).model, w, 10).rows.length, 1, 'escape leaves what was there');
});

test('facts move the view by the reducer of the daemon; the newest event stays in sight [D6]', () => {
  const w = busy();
  const fact: Fact = { type: 'process.exited', seq: 8, at: NOW, process: 'web:web', incarnation: 1, pid: 12, code: 3, signal: null, coreDumped: false, expected: false, ranMs: 5, from: 'RUNNING', left: [] };
  applyEvent(w.snapshot, fact);
  applyEvent(w.snapshot, { type: 'process.backoff', seq: 9, at: NOW, process: 'web:web', incarnation: 1, from: 'RUNNING', tries: 1, delayMs: 1000, why: 'exit 3' });
  remember(w, fact);
  assert.match(screenLines(firstModel(), w, { columns: 100, rows: 24 }, false).map(bare).join('\n'), /web +BACKOFF .*exit 3/);
  assert.equal(chosen(firstModel('events'), w), '8');
});

test('a lost connection is said in the first line', () => {
  const w = { ...busy(), lost: 'unix:///run/x.sock closed the connection' };
  assert.match(screenLines(firstModel(), w, SIZE, false)[0] ?? '', /closed the connection; trying again/);
});

test('of violations the last fifty are kept, of a log the last lines, and a log that is scrolled stays where it is [C91]', () => {
  const w = world([]);
  for (let seq = 1; seq <= 80; seq++) remember(w, { type: 'limit.exceeded', seq, at: NOW, supervisionId: 's', process: 'web:web', incarnation: 1, limit: 'memory', max: 1, actual: 2, why: 'w', action: 'alert' });
  remember(w, w.violations[0]!);
  assert.equal(w.violations.length, MOST_VIOLATIONS);
  assert.equal(w.violations.at(-1)?.seq, 80);
  const page = moreLines({ kind: 'log', title: 'x', lines: Array.from({ length: MOST_LOG_LINES }, (_, i) => String(i)), top: 100 }, ['a', 'b']);
  assert.deepEqual([page.lines.length, page.lines.at(-1), page.top, page.lines[page.top ?? 0]], [MOST_LOG_LINES, 'b', 98, '100']);
});

test('a log follows its end until somebody goes up, and again from the end on', () => {
  const w = busy();
  const start: Model = { ...firstModel(), page: { kind: 'log', title: 'log', lines: Array.from({ length: 100 }, (_, i) => `line ${i}`), top: null } };
  assert.match(bare(screenLines(start, w, SIZE, false).join('\n')), /line 99/);
  const up = type(start, w, ['<up>']).model;
  assert.equal(up.page?.top, 78);
  assert.equal(type(up, w, ['<end>']).model.page?.top, null);
  assert.deepEqual(type(up, w, ['<escape>']).effects, [{ type: 'leave_page' }]);
});

test('who is stuck has the colour of the time without a sign of life: yellow, red from 5 minutes on, magenta from an hour on [C10]', () => {
  const silent = (name: string, minutes: number): ProcessView => view(name, { health: 'stuck', heartbeat: { lastAt: NOW - minutes * 60_000, missed: 2, count: 5, stuck: true } });
  const w = world([silent('0', 1), silent('a', 2), silent('b', 10), silent('c', 90), view('d', { health: 'stuck', startedAt: NOW - 600_000, heartbeat: { lastAt: null, missed: 1, count: 0, stuck: true } })]);
  const lines = screenLines(type(firstModel(), w, ['3']).model, w, SIZE, true).filter((line) => line.includes('stuck') && /\d[mh]/.test(bare(line)));
  // The first is chosen: it is inverse, without colours.
  assert.deepEqual(lines.map((line) => /\u001B\[(\d+)mstuck/.exec(line)?.[1]), [undefined, '33', '31', '35', '31'], lines.join('\n'));
  assert.match(bare(lines[4] ?? ''), /10m/, 'who never gave a sign is silent since it began');
});

test('one shot: four counters in a line, and each section with its rows [C91]', () => {
  const w = busy();
  assert.deepEqual(countersOf(w), { active: 3, stuck: 0, violations: 0, breakersOpen: 1 });
  assert.equal(compactLine(w), 'active 3  stuck 0  violations 0  breakers open 1');
  const text = tableOnce(w, null, false).join('\n');
  for (const part of ['Processes: 3', 'Jobs: 2', 'Stuck: 0\n  none', 'Breakers: 1', 'Violations: 0']) assert.ok(text.includes(part), part);
});

test('sentences are wrapped in cells, words stay whole', () => {
  assert.deepEqual(wrapped('one two three', 8), ['one two', 'three']);
  assert.deepEqual(wrapped('データ 処理 x', 9, '  '), ['  データ', '  処理 x']);
});

test('a full screen writes only lines that changed, all of them after a resize, and leaves the terminal as it was', () => {
  let written = '';
  const raw: boolean[] = [];
  const input = Object.assign(new EventEmitter(), { isTTY: true, isRaw: false, readableFlowing: null, setRawMode: (on: boolean) => raw.push(on), resume: () => undefined, pause: () => undefined });
  const output = Object.assign(new EventEmitter(), { columns: 10, rows: 3, writableNeedDrain: false, write: (text: string) => ((written += text), true) });
  const keys: string[] = [];
  let resized = 0;
  const listeners = process.listenerCount('exit');
  const screen = new FullScreen({ input, output } as unknown as Terminal, (key) => keys.push(key), () => resized++);
  screen.draw(['a', 'b', 'c']);
  written = '';
  screen.draw(['a', 'B', 'c']);
  assert.equal(written, '\u001B[2;1HB');
  written = '';
  screen.draw(['a', 'B', 'c']);
  assert.equal(written, '');
  output.emit('resize');
  screen.draw(['a', 'B', 'c']);
  assert.equal(resized, 1);
  assert.match(written, /\[2J.*a.*B.*c/);
  input.emit('data', Buffer.from('日').subarray(0, 2));
  input.emit('data', Buffer.from('日q').subarray(2));
  assert.deepEqual(keys, ['日', 'q']);
  written = '';
  // A crash: the trace must not go to a screen that is thrown away.
  process.emit('uncaughtExceptionMonitor', new Error('x'), 'uncaughtException');
  assert.match(written, /\[\?25h.*\[\?1049l$/);
  screen[Symbol.dispose]();
  assert.deepEqual(raw, [true, false]);
  assert.equal(process.listenerCount('exit'), listeners);
  written = '';
  screen.draw(['x']);
  assert.equal(written, '', 'nothing is drawn on a terminal that was given back');
});
