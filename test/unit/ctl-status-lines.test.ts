import { test } from 'node:test';
import assert from 'node:assert/strict';
import { restartLines, statusLines, verboseLines } from '../../ctl/status-lines.ts';
import { textWidth } from '../../ctl/text-width.ts';
import { statusExit } from '../../ctl/commands/status.ts';
import { PROCESS_STATES, STOPPED_STATES } from '../../daemon/contract/states.ts';
import type { ProcessStateName } from '../../daemon/contract/states.ts';
import { group, view } from '../support/fake-daemon.ts';

const NOW = Date.UTC(2026, 10, 22, 4, 30, 5);
const PIPE = { now: NOW, columns: null, colour: false, timeZone: 'UTC' } as const;
const ROWS = [view('web', { pid: 12, startedAt: NOW - 5000 }), view('pool:w_01', { state: 'STOPPED', pid: null, stoppedAt: NOW })];

test("in a pipe status prints supervisord's lines to the letter [B8]", () => {
  assert.deepEqual(statusLines(ROWS, PIPE), [
    'web                              RUNNING   pid 12, uptime 0:00:05',
    'pool:w_01                        STOPPED   Nov 22 04:30 AM',
  ]);
});

test('a name longer than 30 widens the column by three for all', () => {
  const long = 'a'.repeat(34);
  assert.deepEqual(statusLines([view(long, { state: 'STARTING' }), ROWS[1]!], PIPE), [
    `${long}   STARTING  `,
    `${'pool:w_01'.padEnd(37)}STOPPED   Nov 22 04:30 AM`,
  ]);
});

test("marks are for terminals: scripts see supervisord's lines also of disabled and flapping processes", () => {
  const row = view('web', { state: 'BACKOFF', spawnError: 'exit 1', disabled: true, flapping: { failures: 7, windowMs: 3_600_000 } });
  assert.deepEqual(statusLines([row], PIPE), ['web                              BACKOFF   exit 1']);
  assert.deepEqual(statusLines([row], { ...PIPE, columns: 120 }), [
    'web                              BACKOFF   exit 1 [disabled] [flapping 7/1h]',
  ]);
  assert.match(statusLines([view('web', { ready: false })], { ...PIPE, columns: 120 })[0] ?? '', / \[not ready\]$/);
});

test('a narrow terminal cuts the description, then the name; the state stays, and no line wraps', () => {
  const name = 'a-rather-long-name-of-a-program';
  for (const columns of [20, 40, 60, 80]) {
    const [line] = statusLines([view(name, { state: 'FATAL', spawnError: `can't find command '${'x'.repeat(200)}'` })], {
      ...PIPE,
      columns,
    });
    assert.ok(columns < 48 || line!.startsWith(name), line!);
    assert.match(line!, /FATAL/);
    assert.ok(line!.length <= columns, `${line!.length} of ${columns}`);
    assert.match(line!, /…/);
  }
});

test('a wide terminal also shows health and restarts, where somebody has some [C33]', () => {
  const rows = [view('web', { health: 'degraded', pid: 12 }), view('db', { restarts: 3 }), view('new')];
  const wide = { ...PIPE, columns: 120, colour: true };
  const plain = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/\u001B\[\d+m/g, ''));
  assert.match(plain(statusLines(rows, wide))[0]!, /^web +RUNNING +degraded +pid 12, uptime .* \[degraded\]$/);
  assert.match(plain(statusLines(rows, wide))[1]!, /^db +RUNNING +3 restarts +pid 4242/);
  assert.match(statusLines(rows, wide)[0]!, /\u001B\[33mdegraded/);
  assert.doesNotMatch(statusLines(rows, { ...wide, columns: 90 })[1]!, /3 restarts/);
  assert.doesNotMatch(statusLines([view('new')], wide)[0]!, /unknown/);
  for (const columns of [30, 79, 80, 99, 100, 101, 140]) for (const line of plain(statusLines(rows, { ...wide, columns }))) assert.ok(line.length <= columns, line);
});

test('names of other scripts keep the columns and the width of the terminal', () => {
  const rows = [view('データベース', { pid: 12 }), view('e\u0301te\u0301', { pid: 12 }), view('web', { pid: 12 })];
  for (const columns of [30, 60, 100]) {
    const lines = statusLines(rows, { ...PIPE, columns });
    const starts = lines.map((line) => textWidth(line.slice(0, line.indexOf('RUNNING'))));
    assert.equal(new Set(starts).size, 1, JSON.stringify(lines));
    for (const line of lines) assert.ok(textWidth(line) <= columns, line);
  }
});

test('-v counts the restarts of a group within its window [E16]', () => {
  const limited = { ...group('pipeline', ['pipeline:a']), strategy: 'rest_for_one', intensity: { max: 5, windowMs: 60_000 }, restartsAt: [NOW - 60_001, NOW - 60_000, NOW - 10] } as const;
  assert.deepEqual(restartLines([group('free'), limited], PIPE), ['pipeline:* UP, 2 of 5 restarts within 1m (rest_for_one)']);
  assert.match(restartLines([{ ...limited, intensity: { max: 2, windowMs: 60_000 } }], { ...PIPE, columns: 80, colour: true })[0]!, /^\u001B\[33m/);
});

test('control characters of a spawn error do not reach the terminal', () => {
  const [line] = statusLines([view('web', { state: 'FATAL', spawnError: 'bad\u001B]0;title\u0007\nline' })], PIPE);
  assert.doesNotMatch(line!, /[\u0000-\u001F]/);
});

test('colours mark the state on a terminal and change nothing else', () => {
  const plain = statusLines(ROWS, { ...PIPE, columns: 120 });
  const coloured = statusLines(ROWS, { ...PIPE, columns: 120, colour: true });
  assert.match(coloured[0]!, /\u001B\[32mRUNNING/);
  assert.deepEqual(
    coloured.map((l) => l.replace(/\u001B\[\d+m/g, '').trimEnd()),
    plain,
  );
});

test('-v adds exit, restarts, tries, wanted, what it uses, marks and why [E16][C28]', () => {
  const row = view('web', {
    state: 'BACKOFF',
    spawnError: 'x',
    exitCode: 3,
    restarts: 9,
    tries: 2,
    wanted: 'up',
    flapping: { failures: 7, windowMs: 3_600_000 },
    why: 'exit 3',
  });
  const [header, line] = verboseLines([row], PIPE);
  assert.match(header!, /^NAME +STATE +DESCRIPTION +EXIT +RESTARTS +TRIES +WANTED +CPU +MEMORY +HEALTH +WHY$/);
  assert.match(line!, /^web +BACKOFF +x +3 +9 +2 +up +- +- +unknown +\[flapping 7\/1h\] exit 3$/);
  const used = verboseLines([view('web')], PIPE, new Map([['web:web', { cpuPercent: 12.54, rssBytes: 300 * 1024 ** 2, processes: 3, files: null }]]));
  assert.match(used[1]!, / up +12\.5% +300 MB +unknown/);
});

test('-v says a long reason once, so that the columns stay within a terminal', () => {
  const why = "cannot use directory '/srv/of/some/length': it does not exist";
  const [, line] = verboseLines([view('web', { state: 'FATAL', spawnError: why, why })], PIPE);
  assert.equal(line!.split(why).length, 2);
  assert.match(line!, /^web +FATAL +- +/);
});

test('-v on a terminal cuts a long reason before it leaves out what else there is, and does not say that who is unwell is up', () => {
  const why = 'no heartbeat for 60 s since it started (3 missed, heartbeat_misses 3), and then some more words';
  const stuck = view('web', { health: 'stuck', why: 'up', healthSources: [{ source: 'heartbeat', value: 'stuck', why }] });
  const [header, line] = verboseLines([stuck], { ...PIPE, columns: 140 }, new Map());
  assert.match(header!, /STATE +DESCRIPTION .*CPU +MEMORY +HEALTH +WHY$/);
  assert.match(line!, /\[stuck\] no heartbeat for 60 s.*…$/);
  assert.match(verboseLines([stuck], PIPE)[1]!, /some more words$/);
});

test('status exits 3 as soon as one listed process is stopped, else 4 for an unknown name: 3 wins because it is set last', () => {
  for (const state of Object.keys(PROCESS_STATES) as ProcessStateName[]) {
    assert.equal(statusExit([{ state }], 0), STOPPED_STATES.includes(state) ? 3 : 0, state);
  }
  assert.equal(statusExit([{ state: 'RUNNING' }], 1), 4);
  assert.equal(statusExit([], 1), 4);
  assert.equal(statusExit([{ state: 'STOPPED' }], 1), 3);
  assert.equal(statusExit([], 0), 0);
});

test('STARTING, BACKOFF and STOPPING are fine for status, as with supervisorctl', () => {
  assert.equal(statusExit([{ state: 'STARTING' }, { state: 'BACKOFF' }, { state: 'STOPPING' }], 0), 0);
});

test('on a terminal a process that is stuck, misses heartbeats or says how far it is has a mark', () => {
  const heartbeat = { lastAt: NOW, missed: 2, count: 5, stuck: false };
  const rows = [view('a', { heartbeat: { ...heartbeat, stuck: true } }), view('b', { heartbeat }), view('c', { progress: { current: 3, total: 10, percent: 30, rate: null, etaMs: null, phase: null, meta: null, at: NOW, movedAt: NOW } })];
  const lines = statusLines(rows, { ...PIPE, columns: 120 });
  assert.match(lines[0] ?? '', /\[stuck\]$/);
  assert.match(lines[1] ?? '', /\[missed 2 heartbeats\]$/);
  assert.match(lines[2] ?? '', /\[30%\]$/);
  for (const line of statusLines(rows, PIPE)) assert.doesNotMatch(line, /\[/);
});
