// What survives the daemon: intents, lives, transitions, audit; and what happens to a file or disk that is not well.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Intent, LifeRecord } from '../../daemon/os/ports/store.ts';
import { KEPT_AUDIT, KEPT_LIVES, KEPT_TRANSITIONS } from '../../daemon/store/rows.ts';
import { bench, NOON, smallDisk } from '../support/store-bench.ts';

const stopped = (by = 'ada'): Intent => ({ stopped: true, disabled: false, by, at: NOON });
const disabled = (by = 'ada'): Intent => ({ stopped: false, disabled: true, by, at: NOON });
const life = (process: string, incarnation: number): LifeRecord => ({
  process, incarnation, supervisionId: `id-${process}-${incarnation}`, pid: 1000 + incarnation, startTime: 7_000_000 + incarnation,
  startedAt: NOON + incarnation, endedAt: null, code: null, signal: null, why: null, lastOutput: null,
});
const ended = (over = {}) => ({ endedAt: NOON + 5000, code: 3, signal: null, why: 'exit status 3', lastOutput: 'no such table\n', ...over });
const move = (process: string, n: number) => ({ process, incarnation: 1, at: NOON + n, from: 'STARTING', to: 'RUNNING', why: `move ${n}` });
const act = (n: number) => ({ at: NOON + n, who: 'ada', role: 'operate', action: 'stop', targets: ['web:web'], result: `ok ${n}` });

test('what an operator stopped or disabled survives a crash of the daemon', (t) => {
  const b = bench(t);
  const first = b.open();
  first.setIntent('web:web', stopped());
  first.setIntent('db:db', disabled());
  first.setIntents([['gone:gone', stopped()], ['over:over', stopped()], ['web:web', stopped()]]);
  first.setIntents([['gone:gone', null], ['over:over', null]]);
  // A crash: nothing is closed; another connection sees what is in the file. The exclusive lock belongs to the process.
  execFileSync('cp', [join(b.dir, 'reeve.db'), join(b.dir, 'reeve.db-wal'), mkdirIn(b.dir)]);
  const second = b.open({ stateDir: join(b.dir, 'copy') });
  assert.deepEqual(second.intents(), new Map([['web:web', stopped()], ['db:db', disabled()]]));
  assert.equal(second.problem, null);
  assert.deepEqual(b.warnings, []);
});

function mkdirIn(dir: string): string {
  mkdirSync(join(dir, 'copy'));
  return join(dir, 'copy');
}

test('a clean shutdown forgets what was stopped by hand and keeps what is disabled', (t) => {
  const b = bench(t);
  const first = b.open();
  first.setIntent('web:web', stopped());
  first.setIntent('db:db', { ...disabled(), stopped: true });
  first.clearStopped();
  first.close();
  assert.deepEqual([...b.open().intents()], [['db:db', disabled()]]);
});

test('a new boot or pid namespace forgets what was stopped by hand and does not take old pids for its children', (t) => {
  const b = bench(t);
  const first = b.open();
  first.setIntent('web:web', stopped());
  first.setIntent('db:db', disabled());
  first.lifeStarted(life('web:web', 1));
  first.close();
  const second = b.open({ bootId: 'boot-2' });
  assert.deepEqual([...second.intents().keys()], ['db:db']);
  assert.deepEqual(second.openLives(), []);
  assert.deepEqual(second.incarnations(), new Map([['web:web', 1]]));
});

test('lives and transitions are read back newest first, with how each ended', (t) => {
  const b = bench(t);
  const store = b.open();
  store.lifeStarted(life('web:web', 1));
  store.lifeEnded('web:web', 1, ended());
  store.lifeStarted(life('web:web', 2));
  store.transition(move('web:web', 1));
  store.transition(move('web:web', 2));
  assert.deepEqual(store.lives('web:web', 10), [life('web:web', 2), { ...life('web:web', 1), ...ended() }]);
  assert.deepEqual(store.transitions('web:web', 1), [move('web:web', 2)]);
  assert.deepEqual(store.openLives(), [life('web:web', 2)]);
  store.close();
  const again = b.open();
  assert.deepEqual(again.openLives(), [life('web:web', 2)]);
  assert.deepEqual(again.incarnations(), new Map([['web:web', 2]]));
});

test('writes are committed together without anybody asking', async (t) => {
  const b = bench(t);
  const store = b.open();
  store.transition(move('web:web', 1));
  const size = () => statSync(join(b.dir, 'reeve.db-wal')).size;
  const before = size();
  const deadline = performance.now() + 2000;
  while (size() === before && performance.now() < deadline) await new Promise((r) => setTimeout(r, 2));
  assert.ok(size() > before, 'the journal grew');
});

test('only the last lives, transitions and audit entries are kept, per process', (t) => {
  const b = bench(t);
  const store = b.open();
  store.lifeStarted(life('quiet:quiet', 1));
  store.transition(move('quiet:quiet', 1));
  for (let n = 1; n <= KEPT_LIVES + 20; n++) store.lifeStarted(life('web:web', n));
  for (let n = 1; n <= KEPT_TRANSITIONS + 500; n++) store.transition(move('web:web', n));
  for (let n = 1; n <= KEPT_AUDIT + 100; n++) store.audit(act(n));
  assert.equal(store.lives('web:web', 1000).length, KEPT_LIVES);
  assert.equal(store.lives('web:web', 1000).at(-1)?.incarnation, 21);
  assert.equal(store.transitions('web:web', 1000).length, KEPT_TRANSITIONS);
  assert.equal(store.auditTrail(100_000).length, KEPT_AUDIT);
  assert.equal(store.auditTrail(1)[0]?.result, `ok ${KEPT_AUDIT + 100}`);
  assert.equal(store.lives('quiet:quiet', 1000).length, 1);
  assert.equal(store.transitions('quiet:quiet', 1000).length, 1);
  store.close();
  const raw = new DatabaseSync(join(b.dir, 'reeve.db'));
  const count = (table: string) => Number(raw.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  assert.ok(count('life') <= KEPT_LIVES + 1, `${count('life')} lives`);
  assert.ok(count('transition') <= KEPT_TRANSITIONS + 33, `${count('transition')} transitions`);
  assert.ok(count('audit') <= KEPT_AUDIT + 32, `${count('audit')} audit entries`);
  raw.close();
});

test('the history of a program that was removed is dropped after 90 days, that of one that runs all the time is not', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const b = bench(t);
  const store = b.open();
  store.lifeStarted(life('removed:removed', 1));
  store.lifeEnded('removed:removed', 1, ended());
  store.transition(move('never-lived:x', 1));
  store.lifeStarted(life('steady:steady', 1));
  store.flush();
  b.clock.ms += 91 * 86_400_000;
  store.lifeStarted({ ...life('new:new', 1), startedAt: NOON + b.clock.ms });
  store.flush();
  t.mock.timers.tick(61_000);
  assert.deepEqual(store.lives('removed:removed', 10), []);
  assert.deepEqual(store.transitions('never-lived:x', 10), []);
  assert.equal(store.lives('steady:steady', 10).length, 1);
  assert.equal(store.lives('new:new', 10).length, 1);
});

test('a file that is no database is set aside with a warning, and the daemon has a working store', (t) => {
  const b = bench(t);
  writeFileSync(join(b.dir, 'reeve.db'), 'not a database, but long enough to be read as a header of one. '.repeat(40));
  const store = b.open();
  assert.equal(store.problem, null);
  store.setIntent('web:web', stopped());
  assert.equal(b.warnings.length, 1);
  assert.match(b.warnings[0] ?? '', /cannot use the state in .*reeve\.db: file is not a database; it is kept as .*reeve\.db\.corrupt-2026-01-31T12-00-00-000Z/);
  assert.ok(readdirSync(b.dir).includes('reeve.db.corrupt-2026-01-31T12-00-00-000Z'));
  store.close();
  assert.deepEqual([...b.open().intents().keys()], ['web:web']);
});

test('damage that shows only at work is set aside too, and what is known goes into the fresh file', (t) => {
  const b = bench(t);
  const first = b.open();
  first.setIntent('db:db', disabled());
  // More than the page cache holds, so that some of it must be read from the file.
  for (let n = 0; n < 10_000; n++) first.transition({ ...move(`p${n % 50}:x`, n), why: 'w'.repeat(200) });
  first.close();
  const file = join(b.dir, 'reeve.db');
  const store = b.open();
  // The tail of the file is lost under the open database, as on a disk that dies.
  truncateSync(file, 5 * 4096);
  assert.doesNotThrow(() => {
    for (let n = 0; n < 50; n++) store.transitions(`p${n}:x`, 200);
    store.transition(move('p1:x', 1));
    store.flush();
  });
  assert.equal(b.warnings.length, 1, b.warnings.join('\n'));
  assert.match(b.warnings[0] ?? '', /kept as .*corrupt-.* a fresh one begins, with what is stopped, disabled and under way now/);
  assert.equal(store.intents().get('db:db')?.disabled, true);
  store.close();
  assert.equal(b.open().intents().get('db:db')?.disabled, true);
});

test('at most five damaged files are kept', (t) => {
  const b = bench(t);
  for (let n = 0; n < 8; n++) {
    b.clock.ms = n * 1000;
    writeFileSync(join(b.dir, 'reeve.db'), 'x'.repeat(4096));
    b.open().close();
    unlinkSync(join(b.dir, 'reeve.db'));
  }
  const kept = readdirSync(b.dir).filter((name) => name.includes('.corrupt-'));
  assert.equal(kept.length, 5);
  assert.ok(kept.every((name) => name >= 'reeve.db.corrupt-2026-01-31T12-00-03'));
});

test('a file of a newer reeve is never written to: it is set aside and the warning says how to go back', (t) => {
  const b = bench(t);
  const newer = new DatabaseSync(join(b.dir, 'reeve.db'));
  newer.exec('CREATE TABLE future (x); PRAGMA user_version = 99');
  newer.close();
  const store = b.open();
  assert.equal(store.problem, null);
  assert.match(b.warnings.join('\n'), /newer reeve \(schema 99.*newer-2026.*rename it back/);
  store.close();
  const kept = new DatabaseSync(join(b.dir, readdirSync(b.dir).find((n) => n.includes('.newer-')) ?? ''));
  assert.equal(kept.prepare('PRAGMA user_version').get()?.['user_version'], 99);
  kept.close();
});

test('without a state directory everything works in memory, with one warning', (t) => {
  const b = bench(t);
  const store = b.open({ stateDir: null });
  assert.equal(store.path, null);
  assert.match(store.problem ?? '', /no state directory/);
  store.setIntent('web:web', stopped());
  store.lifeStarted(life('web:web', 1));
  store.audit(act(1));
  assert.equal(store.lives('web:web', 5).length, 1);
  assert.equal(store.auditTrail(5).length, 1);
  assert.equal(b.warnings.length, 1);
});

test('a full disk degrades to memory with one warning, and everything is written once there is room again', (t) => {
  const b = smallDisk(t, '512k');
  if (typeof b === 'string') return t.skip(b);
  const store = b.open();
  store.setIntent('web:web', stopped());
  store.lifeStarted(life('web:web', 1));
  store.flush();
  const ballast = join(b.dir, 'ballast');
  assert.throws(() => writeFileSync(ballast, Buffer.alloc(1_000_000)), { code: 'ENOSPC' });
  store.setIntent('db:db', disabled());
  store.lifeEnded('web:web', 1, ended());
  for (let n = 0; n < 300; n++) store.transition(move('web:web', n));
  store.flush();
  assert.equal(b.warnings.length, 1, b.warnings.join('\n'));
  assert.match(b.warnings[0] ?? '', /^cannot write state to .*full/);
  assert.equal(store.path, null);
  assert.match(store.problem ?? '', /full/);
  assert.equal(store.lives('web:web', 1)[0]?.code, 3, 'memory knows what the disk could not take');
  assert.equal(store.transitions('web:web', 5).length, 5);

  unlinkSync(ballast);
  b.clock.ms += 31_000;
  store.transition(move('web:web', 301));
  store.flush();
  assert.equal(store.problem, null);
  assert.match(b.warnings[1] ?? '', /written to .* again/);
  store.close();
  const again = b.open();
  assert.deepEqual([...again.intents().keys()].toSorted(), ['db:db', 'web:web']);
  assert.equal(again.lives('web:web', 1)[0]?.code, 3);
  assert.equal(again.transitions('web:web', 1)[0]?.why, 'move 301');
});

test('the cost of 10,000 transitions is reported', (t) => {
  const b = bench(t);
  const store = b.open();
  const cpu = process.cpuUsage();
  for (let n = 0; n < 10_000; n++) store.transition(move(`web:web_${n % 100}`, n));
  store.flush();
  const { user, system } = process.cpuUsage(cpu);
  t.diagnostic(`10,000 transitions of 100 processes: ${((user + system) / 1000).toFixed(0)} ms of CPU (${((user + system) / 10_000).toFixed(1)} us each)`);
  assert.equal(store.transitions('web:web_0', 1000).length, 100);
});

test('violations are kept for a day, the last 50 of each process, and survive the daemon [C27]', (t) => {
  const b = bench(t);
  const first = b.open();
  const violation = (process: string, at: number, n: number) => ({ process, incarnation: n, at, what: 'memory', limit: '512 MiB', actual: '600 MiB', why: `it uses 600 MiB (${n})`, action: 'restart' });
  first.violated(violation('old:old', NOON - 86_400_001, 1));
  for (let n = 1; n <= 60; n++) first.violated(violation('web:web', NOON - 1000 + n, n));
  first.close();
  const second = b.open();
  assert.deepEqual(second.violations('old:old'), [], 'of more than a day ago');
  const kept = second.violations('web:web');
  assert.equal(kept.length, 50);
  assert.deepEqual(kept[0], violation('web:web', NOON - 940, 60));
  assert.equal(kept.at(-1)?.incarnation, 11);
  assert.deepEqual(second.violations('nobody:nobody'), []);
});
