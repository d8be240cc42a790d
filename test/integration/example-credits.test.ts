// config/examples/credits: what Celery beat did, as jobs, on a worker that says how far it is and is killed halfway.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JobView, RunDetails, RunView } from '../../daemon/contract/jobs.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { copyExample } from '../support/examples.ts';
import { missingCommands } from '../support/namespaces.ts';

const missing = missingCommands(['/usr/bin/python3']);
const skip = missing.length > 0 ? `needs ${missing.join(', ')}: apt-get install python3` : false;
if (skip) console.error(`SKIPPED example-credits: ${skip}`);

const ROWS = 100_000;

async function json<T>(d: Daemon, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await d.ctl(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** What the rows of a file add up to, per user. */
function totals(file: string): Record<string, number> {
  const used: Record<string, number> = {};
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [user = '', credits = ''] = line.split(',');
    used[user] = (used[user] ?? 0) + Number(credits);
  }
  return used;
}

test('the schedules of a credits service under Celery beat, as jobs', { skip }, async (t) => {
  // Small steps make the run long enough to be met halfway; a short delay makes the retry come soon.
  const dir = copyExample(t, 'credits', { 'reeve.toml': { 'retry_delay = "5s"': 'retry_delay = "100ms"', '[jobs.book_usage]': '[jobs.book_usage]\nenvironment = { CREDITS_STEP = "200" }' } });
  execFileSync('/usr/bin/python3', ['make_usage.py', 'usage.csv', String(ROWS)], { cwd: dir });
  const d = await startDaemon(t, { dir, config: 'reeve.toml', socket: 'state/reeve.sock' });

  await t.test('its four schedules are those of beat, in UTC [D1][D18]', async () => {
    const jobs = await json<readonly JobView[]>(d, 'job', 'list');
    assert.deepEqual(jobs.map(({ name, schedule, timezone }) => [name, schedule, timezone]), [
      ['book_usage', '*/15 * * * *', 'UTC'], ['low_balances', '*/10 * * * *', 'UTC'], ['expire', '0 */3 * * *', 'UTC'], ['allocate', '0 0 1 * *', 'UTC'],
    ]);
    const { stdout } = await d.ctl('job', 'next', 'allocate', '-n', '3', '--json');
    assert.match(d.output(), / started with pid \d+: 0 programs and 4 jobs of /);
    const { times } = JSON.parse(stdout) as { readonly times: readonly number[] };
    assert.deepEqual(times.map((at) => new Date(at).toISOString().slice(7)), ['-01T00:00:00.000Z', '-01T00:00:00.000Z', '-01T00:00:00.000Z']);
  });

  await t.test('a worker that is killed halfway is tried again, and every one of 100,000 rows is booked once [D3][D28][C11]', async () => {
    const { code, stderr } = await d.ctl('job', 'run', 'book_usage');
    assert.equal(code, 0, stderr);
    const halfway = await d.fact('progress.reported', (f) => 'run' in f && f.progress.current >= ROWS / 2, 60_000);
    assert.ok('run' in halfway);
    const first = await d.fact('run.started', (f) => f.run.id === halfway.run);
    assert.ok(first.run.pid !== null);
    process.kill(first.run.pid, 'SIGKILL');

    const failed = await d.fact('run.retrying', (f) => f.run.id === halfway.run);
    assert.deepEqual([failed.run.signal, failed.run.cause, failed.run.attempt], ['KILL', 'signal', 1]);
    const done = await d.fact('run.succeeded', (f) => f.job === 'book_usage', 60_000);
    assert.deepEqual([done.run.trigger, done.run.attempt, done.run.first], ['retry', 2, first.run.id]);

    const expected = totals(join(dir, 'usage.csv'));
    const book = JSON.parse(readFileSync(join(dir, 'state', 'book.json'), 'utf8')) as { readonly rows: number; readonly used: Record<string, number> };
    assert.equal(book.rows, ROWS);
    assert.deepEqual(book.used, expected);

    const details = await json<RunDetails>(d, 'job', 'show', done.run.id);
    assert.equal(details.progress?.current, ROWS);
    assert.equal(details.progress.percent, 100);
    assert.equal(details.progress.phase, 'booking');
    assert.ok(details.heartbeats.length > 0, 'its signs of life are kept');
    assert.match(details.output, /booked 100000 of 100000\n$/);
    assert.deepEqual(details.result, { rows: ROWS, users: Object.keys(expected).length, credits: Object.values(expected).reduce((a, b) => a + b, 0) });
    assert.deepEqual(details.attempts.map(({ attempt, state }) => [attempt, state]), [[1, 'retrying'], [2, 'succeeded']]);
    const resumed = /^going on after row (\d+) of 100000$/m.exec(readFileSync(join(dir, 'state', 'reeve', 'logs', 'job-book_usage.log'), 'utf8'));
    assert.ok(Number(resumed?.[1]) >= ROWS / 2, 'the second attempt began where the first had been killed');
  });

  await t.test('a file that no attempt can read is not tried again [D30]', async () => {
    execFileSync('/bin/sh', ['-c', 'echo broken > usage.csv && rm state/book.json'], { cwd: dir });
    const { code } = await d.ctl('job', 'run', 'book_usage', '--wait');
    assert.equal(code, 65);
    const [last] = await json<readonly RunView[]>(d, 'job', 'history', 'book_usage');
    assert.equal(last?.attempt, 1);
    assert.equal(last.code, 65);
  });
});

test('at its soft limit the worker saves what it has and leaves, and attempt after attempt finishes the file [D2][C20]', { skip }, async (t) => {
  const dir = copyExample(t, 'credits', {
    'reeve.toml': {
      'soft_timeout = "180s"          #': 'soft_timeout = "1s" #', 'retries = 3\nretry_delay = "5s"': 'retries = -1\nretry_delay = "10ms"', '[jobs.book_usage]': '[jobs.book_usage]\nenvironment = { CREDITS_STEP = "10", CREDITS_PAUSE = "0.01" }',
    },
  });
  execFileSync('/usr/bin/python3', ['make_usage.py', 'usage.csv', '1500'], { cwd: dir });
  const d = await startDaemon(t, { dir, config: 'reeve.toml', socket: 'state/reeve.sock' });

  assert.equal((await d.ctl('job', 'run', 'book_usage')).code, 0);
  const warned = await d.fact('run.warned');
  assert.equal(warned.signal, 'TERM');
  const left = await d.fact('run.retrying', (f) => f.run.id === warned.run);
  assert.deepEqual([left.run.code, left.run.signal], [75, null], 'it left by itself, with the code that asks for another attempt');
  const done = await d.fact('run.succeeded', (f) => f.job === 'book_usage', 120_000);
  assert.ok(done.run.attempt > 1);
  const book = JSON.parse(readFileSync(join(dir, 'state', 'book.json'), 'utf8')) as { readonly used: Record<string, number> };
  assert.deepEqual(book.used, totals(join(dir, 'usage.csv')));
});
