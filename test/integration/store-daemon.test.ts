// What the daemon remembers across its own ends: kill -9, a clean stop, a damaged file, a directory that cannot be written.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alive, waitFor } from '../support/wait-for.ts';
import { atEnd, gone, reeved, startDaemon, tempDir } from '../support/daemon.ts';

const TWO = '[programs.web]\ncommand = "sleep 1000"\nstartsecs = 0\n\n[programs.worker]\ncommand = "sleep 1000"\nstartsecs = 0\n';

test('what was stopped by hand stays stopped after kill -9 of the daemon, and nothing runs twice', async (t) => {
  const dir = tempDir(t);
  const first = await startDaemon(t, { config: TWO, dir });
  assert.equal((await first.ctl('stop', 'web')).code, 0);
  const old = (await first.state('worker', 'RUNNING')).pid ?? 0;
  first.kill('SIGKILL');
  await first.ended();
  assert.ok(alive(old), 'the child outlives the daemon');
  const second = await startDaemon(t, { config: TWO, dir });
  const worker = await second.state('worker', 'RUNNING');
  assert.equal((await second.view('web')).state, 'STOPPED');
  assert.ok(worker.pid === old || !alive(old), 'the worker of the dead daemon was taken over, or ended before a new one began');
  assert.match((await second.ctl('explain', 'web')).stdout, /stopped/i);
});

/** Answers TERM by starting its sleep anew: what it started is younger than any look at who is there. */
const STUBBORN = `trap : TERM
echo $$ > worker.pid
while :; do sleep 1000 & echo $! > sleep.pid; wait $!; done
`;

test('a worker that was being ended when the daemon was killed is ended by the next one, before the program starts again', async (t) => {
  const dir = tempDir(t);
  const config = '[programs.web]\ncommand = "sh -c \'sh worker.sh & sleep 0.5; exit 1\'"\ndirectory = "."\nstop = ["TERM 60s", "KILL"]\n';
  const first = await startDaemon(t, { config, dir, files: { 'worker.sh': STUBBORN } });
  await first.fact('process.stopping', (f) => f.process === 'web:web' && f.pid === null);
  const worker = Number(readFileSync(join(dir, 'worker.pid'), 'utf8'));
  first.kill('SIGKILL');
  await first.ended();
  assert.ok(alive(worker));
  const second = await startDaemon(t, { config, dir });
  await second.fact('process.spawned');
  assert.ok(!alive(worker), 'two generations of workers run side by side');
  // Its program needs TERM for a minute: not for this test.
  second.kill('SIGKILL');
  await second.ended();
});

test('a program that had just been started when the daemon was killed is found by the next one, and does not run twice', async (t) => {
  const dir = tempDir(t);
  // It kills the daemon itself: nothing comes sooner after a start.
  const kills = '[ -e first ] || { echo $$ > first; kill -9 $PPID; }; exec sleep 1000\n';
  const config = '[programs.web]\ncommand = "sh kills.sh"\ndirectory = "."\n\n[api]\nlisten = ["unix:reeve.sock"]\n\n[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n';
  writeFileSync(join(dir, 'kills.sh'), kills);
  writeFileSync(join(dir, 'reeve.toml'), config);
  await reeved(dir, '-c', 'reeve.toml');
  const child = Number(readFileSync(join(dir, 'first'), 'utf8'));
  assert.ok(alive(child));
  atEnd(t, () => alive(child) && process.kill(child, 'SIGKILL'));
  const second = await startDaemon(t, { config, dir });
  await second.state('web', 'RUNNING');
  assert.ok(!alive(child), 'the program runs twice');
});

test('what a stray starts while it is being killed is killed too', async (t) => {
  const dir = tempDir(t);
  const config = '[programs.web]\ncommand = "sh worker.sh"\ndirectory = "."\n';
  const first = await startDaemon(t, { config, dir, files: { 'worker.sh': STUBBORN } });
  const worker = (await first.state('web', 'RUNNING')).pid ?? 0;
  first.kill('SIGKILL');
  await first.ended();
  const second = await startDaemon(t, { config, dir });
  await second.fact('process.spawned');
  assert.ok(!alive(worker));
  const killed = second.facts.flatMap((f) => (f.type === 'daemon.warning' && f.what === 'stray' ? [f.message] : []));
  assert.deepEqual(killed.filter((message) => message.includes('still alive')), []);
  assert.ok(killed.filter((message) => message.includes('SIGKILL')).length >= 2, killed.join('\n'));
  // Its program does not mind TERM: not for this test.
  second.kill('SIGKILL');
  await second.ended();
});

test('a clean end of the daemon forgets what was stopped by hand, and keeps what is disabled', async (t) => {
  const dir = tempDir(t);
  const first = await startDaemon(t, { config: TWO, dir });
  await first.ctl('stop', 'web');
  await first.ctl('disable', 'worker');
  assert.equal((await first.stop()).code, 0);
  const second = await startDaemon(t, { config: TWO, dir });
  await second.state('web', 'RUNNING');
  const worker = await second.view('worker');
  assert.deepEqual([worker.state, worker.disabled], ['STOPPED', true]);
  assert.equal((await second.ctl('enable', 'worker')).code, 0);
  assert.equal((await second.ctl('start', 'worker')).code, 0);
});

test('a second daemon on the same state directory refuses and names the first [B13]', async (t) => {
  const d = await startDaemon(t, { config: TWO });
  const { code, stderr } = await reeved(d.dir, '-n', '-c', d.configFile);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`^cannot start: another reeved \\(pid ${d.pid}\\)`));
  await d.state('web', 'RUNNING');
});

test('a damaged state file keeps nobody from running: it is set aside, with a warning', async (t) => {
  const dir = tempDir(t);
  const first = await startDaemon(t, { config: TWO, dir });
  await first.stop();
  writeFileSync(join(dir, 'state/reeve.db'), 'garbage '.repeat(1000));
  const second = await startDaemon(t, { config: TWO, dir });
  await second.state('web', 'RUNNING');
  await waitFor('the warning', () => /WARN cannot use the state in .*kept as .*reeve\.db\.corrupt-/.test(second.output()));
  assert.ok(readdirSync(join(dir, 'state')).some((name) => name.startsWith('reeve.db.corrupt-')));
});

test('without a directory for its state the daemon runs everything, and says once what that means', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const config = TWO.replaceAll('startsecs = 0', 'startsecs = 0\nstdout_logfile = "none"\nstderr_logfile = "none"');
  const d = await startDaemon(t, { dir, config: `${config}\n[daemon]\nstate_dir = "file/state"\nruntime_dir = "run"\n` });
  const { pid } = await d.state('web', 'RUNNING');
  await waitFor('the warning', () => /cannot keep state: cannot use .*file\/state/.test(d.output()));
  assert.equal(d.output().match(/cannot keep state/g)?.length, 1);
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  await gone([pid ?? 0]);
});

test('a program that names no log file runs where the state directory cannot be written (a read-only container)', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const d = await startDaemon(t, {
    dir, config: '[programs.web]\ncommand = "sh -c \'echo words of web; exec sleep 1000\'"\nstartsecs = 0\n\n[daemon]\nstate_dir = "file/state"\nruntime_dir = "run"\n',
  });
  await d.fact('process.running', (f) => f.process === 'web:web', 5000);
  await waitFor('its last lines from memory', async () => (await d.ctl('tail', 'web')).stdout === 'words of web\n');
});
