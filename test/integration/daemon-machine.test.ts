// The machine around the daemon misbehaves: full disks, missing directories, nothing left to open.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDaemon, tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

test('a program whose log cannot be opened at first (a full disk, a late mount) starts once it can', async (t) => {
  const dir = tempDir(t);
  const daemon = await startDaemon(t, {
    dir,
    files: { mnt: 'not a directory yet' },
    config: '[programs.web]\ncommand = "sleep 1000"\nstdout_logfile = "mnt/web.log"\n',
  });
  const failed = await daemon.fact('process.spawn_failed');
  assert.equal(failed.kind, 'no_log');
  rmSync(join(dir, 'mnt'));
  mkdirSync(join(dir, 'mnt'));
  await daemon.state('web', 'RUNNING');
});

test('what an INI program left behind is heard after a reload too, and does not hang in a full pipe', async (t) => {
  const dir = tempDir(t);
  const worker = 'while ! [ -e go ]; do sleep 0.05; done; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i of the worker that was left behind by its program"; done';
  const daemon = await startDaemon(t, {
    dir,
    files: { 'worker.sh': worker },
    config: `[supervisord]
logfile=%(here)s/daemon.log
pidfile=%(here)s/daemon.pid
state_dir=%(here)s/state
[unix_http_server]
file=%(here)s/reeve.sock
[program:web]
command=sh -c "[ -e once ] || { touch once; sh worker.sh & }; exec sleep 1000"
directory=%(here)s
stdout_logfile=%(here)s/web.log
`,
  });
  await daemon.state('web', 'RUNNING');
  daemon.kill('SIGHUP');
  await daemon.fact('daemon.reloaded');
  await daemon.state('web', 'RUNNING');
  writeFileSync(join(dir, 'go'), '');
  await waitFor('its last line', () => readFileSync(join(dir, 'web.log'), 'utf8').includes('line 3000 of'));
  assert.equal(readFileSync(join(dir, 'web.log'), 'utf8').split('\n').length - 1, 3000);
});

test('a warning that comes again and again does not grow the daemon', async (t) => {
  const dir = tempDir(t);
  const daemon = await startDaemon(t, {
    dir,
    config: '[programs.web]\ncommand = "sleep 1000"\n\n[daemon]\nstate_dir = "state"\nruntime_dir = "run"\nlogfile = "logs/reeved.log"\n',
  });
  renameSync(join(dir, 'logs'), join(dir, 'moved'));
  writeFileSync(join(dir, 'logs'), 'in the way');
  const warned = (): number => daemon.facts.filter((f) => f.type === 'daemon.warning' && f.what === 'log').length;
  for (let wanted = 1; wanted <= 220; wanted += 1) {
    daemon.kill('SIGUSR2');
    await waitFor('the warning', () => warned() >= wanted);
  }
  assert.ok((await daemon.get<readonly unknown[]>('/v1/doctor')).length < 220);
});
