// What survives the daemon of jobs: runs and their last words, numbers, last times, pauses, dead letters, breakers.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { DeadLetter, RunView } from '../../daemon/contract/jobs.ts';
import type { RunExtras } from '../../daemon/os/ports/run-store.ts';
import { openMemory } from '../../daemon/store/database.ts';
import { openRows } from '../../daemon/store/rows.ts';
import { KEPT_DEAD, KEPT_EXTRAS, openRunRows } from '../../daemon/store/run-rows.ts';
import { openRunBook, type RunWrite } from '../../daemon/store/run-store.ts';
import { statementsOf } from '../../daemon/store/statement.ts';
import { bench, NOON, smallDisk } from '../support/store-bench.ts';

const id = (n: number): string => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

/** A run that succeeded, with something in every field. */
function run(n: number, over: Partial<RunView> = {}): RunView {
  return {
    id: id(n), job: 'report', number: n, state: 'succeeded', trigger: 'schedule', initiator: 'schedule', args: ['--fast', 'ü'], key: 'k', attempt: 2, first: id(900),
    parent: id(901), scheduledAt: NOON, createdAt: NOON + n, dueAt: NOON + 2, startedAt: NOON + 10, endedAt: NOON + 10 + n, pid: 4711, code: 0, signal: 'TERM', cause: 'exit',
    why: 'exit status 0', fallback: true, peakRssBytes: 1024, cpuMs: 12.5, heartbeat: { lastAt: NOON, missed: 1, count: 7, stuck: false },
    progress: { current: 3, total: 10, percent: 30, rate: 0.5, etaMs: 1400, phase: 'load', meta: { a: [1] }, at: NOON, movedAt: NOON }, result: { rows: 3 }, status: 'loading', ...over,
  };
}

const waiting = (n: number, over: Partial<RunView> = {}): RunView => run(n, { state: 'queued', first: null, startedAt: null, endedAt: null, pid: null, code: null, signal: null, cause: null, ...over });
const extras = (output = 'done\n'): RunExtras => ({
  argv: ['python', '-m', 'report'], output, outputEnd: 70_000, outputBytes: null, heartbeats: [{ at: NOON, meta: { rss: 1 } }, { at: NOON + 1, meta: null }], errors: ['no such table'],
  violations: [{ at: NOON, what: 'memory', limit: '512MB', actual: '600MB' }],
});
const letter = (n: number, over: Partial<DeadLetter> = {}): DeadLetter => ({
  id: id(n), job: 'report', argv: ['python'], args: ['x'], environment: ['PATH', 'TOKEN'], code: 3, signal: null, cause: 'exit', why: 'exit status 3', output: 'no such table\n',
  attempts: 4, failedAt: NOON + n, retriedAt: null, retriedAs: null, ...over,
});
const ids = (rows: readonly { readonly id: string }[]): number[] => rows.map((row) => Number.parseInt(row.id.slice(0, 8), 16));

test('a run, its last words and a dead letter come back as they were written [C14][C57]', (t) => {
  const b = bench(t);
  const first = b.open();
  const bare = waiting(2, { key: null, parent: null, scheduledAt: null, dueAt: null, peakRssBytes: null, cpuMs: null, heartbeat: null, progress: null, result: null, fallback: false });
  first.runs.saveRun(run(1));
  first.runs.saveRun(bare);
  first.runs.saveExtras(id(1), extras());
  first.runs.saveDead(letter(1));
  assert.deepEqual(first.runs.run(id(1)), run(1), 'also before it is committed');
  first.close();
  const second = b.open().runs;
  assert.deepEqual(second.run(id(1)), run(1));
  assert.deepEqual(second.run(id(2)), bare);
  assert.deepEqual(second.extras(id(1)), extras());
  assert.deepEqual(second.dead({ limit: 10 }), [letter(1)]);
  assert.equal(second.run('nothing'), undefined);
  assert.equal(second.extras(id(2)), undefined);
});

test('a run is found by the beginning of its id, and two that share it are told apart', (t) => {
  const { runs } = bench(t).open();
  for (const n of [0xabc1, 0xabc2, 0xdef1]) runs.saveRun(run(n));
  runs.saveDead(letter(0xdef1));
  assert.equal(runs.findRun('0000abc'), 'ambiguous');
  assert.deepEqual(runs.findRun('0000ABC1'), run(0xabc1));
  assert.deepEqual(runs.findRun(id(0xdef1)), run(0xdef1));
  for (const none of ['', 'ffff', '%', '_']) assert.equal(runs.findRun(none), undefined, none);
  assert.deepEqual(runs.findDead('0000d'), letter(0xdef1));
  assert.equal(runs.findDead(''), undefined);
});

test('letters that were not tried again are counted by job [C62]', (t) => {
  const { runs } = bench(t).open();
  assert.deepEqual(runs.pendingDead(), new Map());
  for (const n of [1, 2, 3]) runs.saveDead({ ...letter(n), job: n === 3 ? 'other' : 'import' });
  assert.deepEqual(runs.pendingDead(), new Map([['import', 2], ['other', 1]]));
  runs.markRetried(letter(3).id, id(4), 5);
  assert.deepEqual(runs.pendingDead(), new Map([['import', 2]]));
});

test('history is newest first, by job, by state and by time, and never more than asked for [C16]', (t) => {
  const { runs } = bench(t).open();
  for (let n = 1; n <= 9; n++) runs.saveRun(run(n, { job: n % 2 === 0 ? 'even' : 'odd', state: n % 3 === 0 ? 'failed' : 'succeeded' }));
  assert.deepEqual(ids(runs.runs({ limit: 3 })), [9, 8, 7]);
  assert.deepEqual(ids(runs.runs({ job: 'even', limit: 10 })), [8, 6, 4, 2]);
  assert.deepEqual(ids(runs.runs({ states: ['failed'], limit: 10 })), [9, 6, 3]);
  assert.deepEqual(ids(runs.runs({ states: ['failed', 'succeeded', 'failed'], limit: 4 })), [9, 8, 7, 6]);
  assert.deepEqual(ids(runs.runs({ job: 'even', states: ['failed'], limit: 10 })), [6]);
  assert.deepEqual(ids(runs.runs({ since: NOON + 3, until: NOON + 6, limit: 10 })), [5, 4, 3]);
  assert.deepEqual(ids(runs.runs({ job: 'odd', since: NOON + 3, until: NOON + 6, limit: 10 })), [5, 3]);
});

test('the attempts of one piece of work are in order', (t) => {
  const { runs } = bench(t).open();
  runs.saveRun(run(5, { first: null, attempt: 1, state: 'retrying' }));
  runs.saveRun(run(9, { first: id(5), attempt: 3, state: 'dead' }));
  runs.saveRun(run(7, { first: id(5), attempt: 2, state: 'retrying' }));
  runs.saveRun(run(8));
  assert.deepEqual(ids(runs.attempts(id(5))), [5, 7, 9]);
});

test('what waited or ran when the daemon was killed is there for the next one, with numbers, last times, pauses and breakers [D20]', (t) => {
  const b = bench(t);
  const { runs, flush } = b.open();
  runs.saveRun(waiting(1, { state: 'scheduled' }));
  runs.saveRun(waiting(2));
  runs.saveRun(waiting(3, { state: 'running' }), true);
  runs.saveRun(waiting(4, { state: 'running' }));
  runs.saveRun(run(4));
  runs.saveRun(waiting(5, { job: 'other', number: 41, state: 'running' }));
  runs.saveFire('report', NOON);
  runs.saveFire('report', NOON + 60_000);
  runs.savePaused('report', 'ada', NOON);
  runs.savePaused('other', 'ada', NOON);
  runs.savePaused('other', null, NOON + 1);
  runs.saveBreaker('smtp', 'open', '{"failures":5}', NOON);
  flush();
  mkdirSync(join(b.dir, 'copy'));
  for (const file of ['reeve.db', 'reeve.db-wal']) copyFileSync(join(b.dir, file), join(b.dir, 'copy', file));
  const next = b.open({ stateDir: join(b.dir, 'copy') }).runs;
  assert.deepEqual(ids(next.openRuns()), [1, 2, 3, 5]);
  assert.deepEqual(next.runNumbers(), new Map([['other', 41], ['report', 4]]));
  assert.deepEqual(next.lastFires(), new Map([['report', NOON + 60_000]]));
  assert.deepEqual(next.paused(), new Map([['report', { by: 'ada', at: NOON }]]));
  assert.deepEqual(next.breakers(), new Map([['smtp', { state: 'open', data: '{"failures":5}', at: NOON }]]));
  next.saveRun(run(1));
  assert.deepEqual(ids(next.openRuns()), [2, 3, 5]);
});

test('the last run of each job that was started and ended is known to the next daemon [B19][D20]', (t) => {
  const { runs, flush } = bench(t).open();
  for (const n of [1, 2]) runs.saveRun(run(n, { number: n, endedAt: NOON + n, startedAt: NOON }));
  runs.saveRun(run(3, { number: 3, state: 'skipped', startedAt: null, endedAt: NOON + 3 }));
  runs.saveRun(waiting(4, { job: 'other', number: 1 }));
  flush();
  const [report, ...others] = runs.lastRuns();
  assert.deepEqual(others, []);
  assert.equal(report?.[0], 'report');
  assert.deepEqual([report?.[1].endedAt, report?.[1].durationMs], [NOON + 2, 2]);
});

test('the claim of a run that must not be lost is on the disk itself, all else is not waited for [D3]', () => {
  const db = openMemory();
  const level = (): unknown => db.prepare('PRAGMA synchronous').get()?.['synchronous'];
  const rows = openRows(db);
  db.exec('PRAGMA synchronous = NORMAL');
  const seen: unknown[] = [];
  rows.transaction(() => seen.push(level()));
  rows.transaction(() => seen.push(level()), true);
  assert.throws(() => rows.transaction(() => { throw new Error('no'); }, true), /no/);
  seen.push(level());
  assert.deepEqual(seen, [1, 2, 1], 'NORMAL, FULL, and NORMAL again whatever happened');
});

test('only the first row of such a run waits for the disk', () => {
  const db = openMemory();
  const rows = openRunRows(db);
  const writes: RunWrite[] = [];
  const { store } = openRunBook(rows, { enqueue: (write) => writes.push(write), read: (what) => what(rows) });
  for (const state of ['queued', 'running', 'succeeded'] as const) store.saveRun(waiting(1, { state }), true);
  store.saveRun(waiting(2));
  store.saveRun(run(3), true);
  assert.deepEqual(writes.flatMap((write) => (write.type === 'run' ? [write.durable] : [])), [true, false, false, false, false]);
});

test('durations are those of the last successes of each job, newest first', (t) => {
  const { runs } = bench(t).open();
  for (let n = 1; n <= 5; n++) runs.saveRun(run(n, { state: n === 3 ? 'failed' : 'succeeded' }));
  runs.saveRun(run(6, { job: 'other' }));
  runs.saveRun(waiting(7, { job: 'quiet' }));
  assert.deepEqual(runs.durations(3), new Map([['other', [6]], ['report', [5, 4, 2]]]));
});

test('ended runs are dropped by age of their kind and by number, in small steps; what is open stays [A37][D35]', (t) => {
  const { runs } = bench(t).open();
  const keep = { okBefore: NOON + 1000, failedBefore: NOON + 50, keep: 1_000_000 };
  runs.saveRun(waiting(1));
  for (let n = 2; n <= 130; n++) runs.saveRun(run(n, { endedAt: NOON + n, state: n % 2 === 0 ? 'succeeded' : 'failed' }));
  runs.saveExtras(id(2), extras());
  runs.pruneRuns('report', keep);
  const left = (): number[] => ids(runs.runs({ limit: 1000 })).toReversed();
  assert.ok(left().length > 30, 'one call does only so much');
  for (let n = 0; n < 3; n++) runs.pruneRuns('report', keep);
  assert.deepEqual(left(), [1, ...Array.from({ length: 40 }, (_, n) => 51 + 2 * n)]);
  assert.equal(runs.extras(id(2)), undefined);
  runs.pruneRuns('report', { okBefore: 0, failedBefore: 0, keep: 10 });
  assert.deepEqual(left(), [1, 121, 123, 125, 127, 129]);
  runs.pruneRuns('report', { okBefore: NOON + 1e6, failedBefore: NOON + 1e6, keep: 0 });
  assert.deepEqual(left(), [1]);
  assert.equal(runs.runNumbers().get('report'), 130, 'a number is never given twice');
});

test('last words and dead letters have a bound in all', () => {
  const rows = openRunRows(openMemory());
  for (let n = 1; n <= KEPT_EXTRAS + 100; n++) rows.putExtras(id(n), extras(''));
  assert.equal(rows.extras(id(68)), undefined);
  assert.ok(rows.extras(id(KEPT_EXTRAS + 100)));
  for (let n = 1; n <= KEPT_DEAD + 100; n++) rows.putDead(letter(n));
  assert.ok(rows.countDead(0).all <= KEPT_DEAD + 32);
  assert.equal(rows.dead({ limit: 1 })[0]?.failedAt, NOON + KEPT_DEAD + 100);
});

test('dead letters are listed by job, time and whether they were tried again, and pruned with a count of what remains [C58][C59][C60]', (t) => {
  const b = bench(t);
  const { runs } = b.open();
  for (let n = 1; n <= 6; n++) runs.saveDead(letter(n, { job: n % 2 === 0 ? 'even' : 'odd' }));
  runs.markRetried(id(4), id(77), NOON + 100);
  assert.deepEqual(ids(runs.dead({ limit: 2 })), [6, 5]);
  assert.deepEqual(ids(runs.dead({ job: 'even', limit: 10 })), [6, 4, 2]);
  assert.deepEqual(ids(runs.dead({ pending: true, since: NOON + 3, limit: 10 })), [6, 5, 3]);
  assert.deepEqual(runs.dead({ job: 'even', limit: 2 })[1], letter(4, { job: 'even', retriedAt: NOON + 100, retriedAs: id(77) }));
  assert.deepEqual(runs.pruneDead(NOON + 3), { deleted: 2, left: 4 });
  assert.deepEqual(runs.pruneDead(NOON + 3), { deleted: 0, left: 4 });
  assert.deepEqual(ids(runs.dead({ limit: 10 })), [6, 5, 4, 3]);
});

test('every question about runs is a seek, never a walk through the table', () => {
  const db = openMemory();
  const asked: string[] = [];
  const prepare = statementsOf(db);
  openRunRows(db, (sql) => {
    asked.push(sql);
    return prepare(sql);
  });
  assert.ok(asked.length > 25);
  for (const sql of asked) {
    const plan = prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row['detail']));
    for (const step of plan) {
      assert.doesNotMatch(step, /SCAN (run|run_extra)\b/, `${sql}\n${plan.join('\n')}`);
      if (/FROM run WHERE/.test(sql) && !sql.includes(' IN (')) assert.doesNotMatch(step, /TEMP B-TREE/, `${sql}\n${plan.join('\n')}`);
    }
  }
});

test('tables that were made without waiting for the disk are there with the first run that must last', (t) => {
  const b = bench(t);
  const store = b.open();
  const file = join(b.dir, 'reeve.db');
  const made = statSync(file).size;
  store.runs.saveRun(run(1), false);
  store.flush();
  assert.equal(statSync(file).size, made);
  store.runs.saveRun(run(2, { state: 'running', endedAt: null }), true);
  store.flush();
  assert.ok(statSync(file).size > 20 * 4096, `${made} then ${statSync(file).size} bytes`);
});

test('every statement fits the tables, though it is prepared at its first use', () => {
  const db = openMemory();
  const asked: string[] = [];
  const prepare = statementsOf(db);
  const note = (sql: string) => {
    asked.push(sql);
    return prepare(sql);
  };
  openRows(db, note);
  assert.ok(asked.length > 75);
  for (const sql of asked) assert.doesNotThrow(() => db.prepare(sql), sql);
});

test('a file of an earlier reeve is taken along: what it knows stays, and jobs have their tables', (t) => {
  const b = bench(t);
  const old = new DatabaseSync(join(b.dir, 'reeve.db'));
  old.exec(readFileSync(new URL('../fixtures/state-schema-1.sql', import.meta.url), 'utf8'));
  old.close();
  const store = b.open();
  assert.deepEqual(b.warnings, []);
  assert.deepEqual([...store.intents().keys()], ['db:db', 'web:web']);
  assert.equal(store.lives('web:web', 1)[0]?.lastOutput, 'no such table\n');
  store.runs.saveRun(run(1));
  assert.deepEqual(store.runs.run(id(1)), run(1));
});

test('damage that shows at work costs history, not what runs, what is paused, or what failed for good', (t) => {
  const b = bench(t);
  const first = b.open();
  for (let n = 100; n < 3000; n++) {
    first.runs.saveRun(run(n));
    first.runs.saveExtras(id(n), extras('w'.repeat(1000)));
  }
  first.runs.saveRun(waiting(3000, { state: 'running' }));
  first.runs.savePaused('report', 'ada', NOON);
  first.runs.saveFire('report', NOON);
  first.close();
  const store = b.open();
  truncateSync(join(b.dir, 'reeve.db'), 5 * 4096);
  for (let n = 100; n < 3000; n += 7) store.runs.extras(id(n));
  store.flush();
  assert.equal(b.warnings.length, 1, b.warnings.join('\n'));
  assert.deepEqual(ids(store.runs.openRuns()), [3000]);
  store.close();
  const next = b.open().runs;
  assert.deepEqual(ids(next.openRuns()), [3000]);
  assert.deepEqual([...next.paused().keys()], ['report']);
  assert.equal(next.lastFires().get('report'), NOON);
  assert.equal(next.runNumbers().get('report'), 3000);
});

test('runs go on over a full disk in memory, and the disk knows them once there is room again', (t) => {
  const b = smallDisk(t, '1m');
  if (typeof b === 'string') return t.skip(b);
  const store = b.open();
  store.runs.saveRun(waiting(1, { state: 'running' }));
  store.runs.saveDead(letter(50));
  store.flush();
  const ballast = join(b.dir, 'ballast');
  assert.throws(() => writeFileSync(ballast, Buffer.alloc(2_000_000)), { code: 'ENOSPC' });
  store.runs.saveRun(run(1), true);
  for (let n = 2; n < 20; n++) {
    store.runs.saveRun(run(n));
    store.runs.saveExtras(id(n), extras('x'.repeat(5000)));
  }
  store.runs.saveFire('report', NOON + 5);
  store.runs.markRetried(id(50), id(2), NOON);
  store.flush();
  assert.equal(store.path, null);
  assert.deepEqual(store.runs.run(id(1)), run(1));
  assert.deepEqual(ids(store.runs.dead({ limit: 10 })), [50]);

  unlinkSync(ballast);
  b.clock.ms += 31_000;
  store.runs.saveRun(waiting(20));
  store.flush();
  assert.equal(store.problem, null);
  store.close();
  const next = b.open().runs;
  assert.deepEqual(ids(next.openRuns()), [20]);
  assert.deepEqual(next.run(id(1)), run(1), 'it ended while the disk was full');
  assert.deepEqual(next.extras(id(19)), extras('x'.repeat(5000)));
  assert.equal(next.dead({ limit: 1 })[0]?.retriedAs, id(2));
  assert.equal(next.lastFires().get('report'), NOON + 5);
});

test('the cost of a run that starts, reports and ends is reported', (t) => {
  const { runs, flush } = bench(t).open();
  const began = performance.now();
  for (let n = 1; n <= 1000; n++) {
    runs.saveRun(waiting(n, { state: 'queued' }));
    flush();
    runs.saveRun(waiting(n, { state: 'running' }));
    flush();
    runs.saveRun(run(n));
    runs.saveExtras(id(n), extras('x'.repeat(2000)));
    runs.pruneRuns('report', { okBefore: 0, failedBefore: 0, keep: 100 });
    flush();
  }
  t.diagnostic(`1,000 runs, three commits each: ${((performance.now() - began) / 3000).toFixed(3)} ms of the event loop per commit`);
  assert.equal(runs.runs({ job: 'report', limit: 1000 }).length, 100);
});
