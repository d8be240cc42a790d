// Bad days: no descriptors, no processes, everybody dying at once, nowhere to write, nobody's user id.
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { onBoth } from '../support/both-layers.ts';
import { tempDir } from '../support/daemon.ts';
import { missingCommands } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';

const sleeper = (name: string, more = ''): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\n${more}\n`;
const isRoot = process.getuid?.() === 0;
const needs = (commands: readonly string[], root = true): string | null =>
  root && !isRoot ? 'needs root' : missingCommands(commands).length > 0 ? `needs ${missingCommands(commands).join(' and ')}` : null;
const UID = 12345;

onBoth('without descriptors a program waits and is tried again, those that run go on, and all are up when there are some again', async ({ start }) => {
  const d = await start({ config: `${sleeper('first', 'priority = 1')}${sleeper('many', 'numprocs = 60\nautostart = false\nrestart_delay = "200ms"')}` });
  const first = await d.state('first', 'RUNNING');
  const limit = (soft: number): unknown => spawnSync('prlimit', ['--pid', String(d.pid), `--nofile=${soft}:`]).status;
  // Enough for the daemon, its store, its door and a few programs, not for sixty with two logs each.
  assert.equal(limit(100), 0);
  await d.ctl('start', '--wait', '0', 'many:*');
  const failed = await d.fact('process.spawn_failed');
  assert.match(failed.message, /EMFILE|open files|descriptors/i);
  assert.equal(limit(1024), 0);
  for (let n = 0; n < 60; n += 1) await d.fact('process.running', (f) => f.process === `many:many-${n}`);
  assert.equal((await d.view('first')).pid, first.pid);
  assert.equal((await d.stop()).code, 0);
}, { cannot: needs(['prlimit'], false) });

onBoth('when the process table is full (RLIMIT_NPROC) a start fails in words, is tried again, and comes up when there is room', async ({ t, start }) => {
  const dir = tempDir(t);
  // A user nobody else is: the limit counts every thread of the user, on the whole machine.
  const uid = 20_000 + (process.pid % 20_000);
  chownSync(dir, uid, uid);
  const d = await start({
    dir, config: `${sleeper('web')}${sleeper('many', 'numprocs = 60\nautostart = false\nrestart_delay = "200ms"\nstdout_logfile = "none"\nstderr_logfile = "none"')}`,
    wrapper: ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', 'prlimit', '--nproc=50:50'],
  });
  const { pid } = await d.state('web', 'RUNNING');
  await d.ctl('start', '--wait', '0', 'many:*');
  const failed = await d.fact('process.spawn_failed');
  assert.match(failed.message, /too many processes in process table/i);
  assert.equal((await d.view('web')).pid, pid, 'the others run on');
  const waiting = await waitFor('one in BACKOFF', async () => (await d.get<SnapshotJson>('/v1/status')).processes.find((p) => p.state === 'BACKOFF'));
  const { processes } = await d.get<SnapshotJson>('/v1/status');
  await d.ctl('stop', ...processes.filter((p) => p.state === 'RUNNING' && p.program === 'many').map((p) => p.id));
  await d.fact('process.running', (f) => f.process === waiting.id, 20_000);
  assert.equal((await d.stop()).code, 0);
}, { cannot: needs(['setpriv', 'prlimit']) });

onBoth('two hundred programs that die at once are all back, and nobody is lost or doubled', async ({ start }) => {
  const d = await start({ config: sleeper('web', 'numprocs = 200') });
  const rows = async (): Promise<SnapshotJson['processes']> => (await d.get<SnapshotJson>('/v1/status')).processes;
  await waitFor('all to be up', async () => (await rows()).every((p) => p.state === 'RUNNING'), 60_000);
  const before = (await rows()).map((p) => p.pid ?? 0);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await waitFor('all to be up again', async () => (await rows()).every((p) => p.state === 'RUNNING' && p.incarnation === 2), 60_000);
  const after = (await rows()).map((p) => p.pid ?? 0);
  assert.equal(new Set([...before, ...after]).size, 400);
  const children = (): number[] => readFileSync(`/proc/${d.pid}/task/${d.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  assert.deepEqual(after.filter((pid) => !children().includes(pid)), []);
  const zombies = children().filter((pid) => /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  assert.deepEqual(zombies, []);
  assert.equal((await d.ctl('stop', 'all')).code, 0);
  assert.deepEqual(children(), []);
});

onBoth('where the state directory cannot be written the daemon keeps its state in memory, says so, and works', async ({ t, start }) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'run'));
  chownSync(join(dir, 'run'), UID, UID);
  mkdirSync(join(dir, 'state'), { mode: 0o555 });
  const d = await start({
    dir, socket: 'run/reeve.sock', config: `${sleeper('web')}\n[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:run/reeve.sock"]\n`,
    wrapper: ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'],
  });
  await d.state('web', 'RUNNING');
  await waitFor('the warning', () => d.output().includes('cannot keep state: '));
  assert.match((await d.ctl('doctor')).stdout, /state/);
  assert.equal((await d.ctl('restart', 'web')).code, 0);
  assert.equal((await d.stop()).code, 0);
}, { cannot: needs(['setpriv']) });

onBoth('a user id without a name or a home runs a daemon too, as containers do', async ({ t, start }) => {
  const dir = tempDir(t);
  chownSync(dir, UID, UID);
  const d = await start({
    dir, config: `[programs.web]\ncommand = "sh -c 'id -u > uid; exec sleep 300'"\nstartsecs = 0\n\n[programs.other]\ncommand = "sleep 300"\nuser = "root"\nstartsecs = 0\n`,
    wrapper: ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', 'env', '-u', 'HOME', '-u', 'USER', '-u', 'LOGNAME'],
  });
  await d.state('web', 'RUNNING');
  await waitFor('its uid', () => readFileSync(join(dir, 'uid'), 'utf8') === `${UID}\n`);
  const other = await d.state('other', 'FATAL');
  assert.match(other.why, /root/, 'and it says whom it cannot become');
  assert.equal((await d.stop()).code, 0);
}, { cannot: needs(['setpriv']) });

onBoth('numprocs = "cpus" starts one for each processor, each with its number [D43, D61]', async ({ start }) => {
  const d = await start({ config: `[programs.pool]\ncommand = ["sh", "-c", "echo $REEVE_PROCESS_NUM >> nums; exec sleep 300"]\nnumprocs = "cpus"\nnumprocs_start = 1\nstartsecs = 0\n` });
  const { processes } = await d.get<SnapshotJson>('/v1/status');
  const cpus = Number(spawnSync('nproc', { encoding: 'utf8' }).stdout);
  await waitFor('all of them', () => readFileSync(join(d.dir, 'nums'), 'utf8').trim().split('\n').length === cpus);
  assert.deepEqual(processes.map((p) => p.num), Array.from({ length: cpus }, (_, n) => n + 1));
}, { cannot: needs(['nproc'], false) });
