// The lock of a state directory, fought for by real processes.
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockStateDir } from '../../daemon/store/lock.ts';

const HOLDER = join(import.meta.dirname, '../fixtures/lock-holder.ts');

function stateDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-lock-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Contender {
  readonly child: ChildProcessWithoutNullStreams;
  readonly says: { held?: number; heldBy?: number | null; error?: string };
}

async function contend(t: TestContext, dir: string): Promise<Contender> {
  const child = spawn(process.execPath, ['--expose-gc', HOLDER, dir]);
  t.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (bytes) => (errors += bytes));
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => assert.fail(errors))]);
  return { child, says: JSON.parse(String(first[0])) as Contender['says'] };
}

test('a second daemon on a state directory is refused with the pid of the first', (t) => {
  const dir = stateDir(t);
  const first = lockStateDir(dir);
  assert.ok('release' in first);
  assert.deepEqual(lockStateDir(dir), { heldBy: process.pid });
  first.release();
  const again = lockStateDir(dir);
  assert.ok('release' in again);
  again.release();
});

test('of four processes that start together exactly one gets the lock, and all others can name it', async (t) => {
  const dir = stateDir(t);
  const all = await Promise.all([1, 2, 3, 4].map(() => contend(t, dir)));
  const winners = all.filter((c) => c.says.held !== undefined);
  assert.equal(winners.length, 1);
  const late = lockStateDir(dir);
  assert.deepEqual(late, { heldBy: winners[0]?.child.pid });
});

test('kill -9 of the holder releases the lock at once, and its pid file fools nobody', async (t) => {
  const dir = stateDir(t);
  const { child, says } = await contend(t, dir);
  assert.equal(says.held, child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = lockStateDir(dir);
  assert.ok('release' in next);
  next.release();
});

test('a pid file that names a living stranger does not count as a lock', (t) => {
  const dir = stateDir(t);
  writeFileSync(join(dir, 'lock.pid'), '1\n');
  const taken = lockStateDir(dir);
  assert.ok('release' in taken);
  taken.release();
});

test('a child that the holder started does not keep the lock', async (t) => {
  const dir = stateDir(t);
  const first = lockStateDir(dir);
  assert.ok('release' in first);
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  first.release();
  const { says } = await contend(t, dir);
  assert.equal(typeof says.held, 'number');
});

test('a directory that takes no lock says why', (t) => {
  const dir = join(stateDir(t), 'missing');
  const outcome = lockStateDir(dir);
  assert.ok('error' in outcome);
  assert.match(outcome.error, /^cannot lock .*missing/);
  mkdirSync(dir);
});
