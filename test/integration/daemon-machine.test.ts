// The machine around the daemon misbehaves: full disks, missing directories, nothing left to open.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDaemon, tempDir } from '../support/daemon.ts';

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
