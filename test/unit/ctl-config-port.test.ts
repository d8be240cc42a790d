import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configPort } from '../../ctl/config-port.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';

test('the client finds the files that the daemon finds, whatever the pattern', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-glob-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const folder of ['conf.d', 'conf.d/sub', '.hidden', 'a[b]']) mkdirSync(join(dir, folder));
  for (const file of [
    'a.toml',
    'b.conf',
    'conf.d/1.toml',
    'conf.d/10.toml',
    'conf.d/2.conf',
    'conf.d/.x.toml',
    'conf.d/sub/y.toml',
    '.hidden/z.toml',
    'a[b]/q.toml',
    'p+q.toml',
  ])
    writeFileSync(join(dir, file), '');
  const client = configPort();
  const daemon = nodeConfigPort();
  for (const pattern of [
    '*.toml',
    'conf.d/*.toml',
    'conf.d/?.toml',
    'conf.d/[12].*',
    'conf.d/[!1]*',
    '**/*.toml',
    '*/*.toml',
    '.*/*.toml',
    'conf.d/.x*',
    'a.toml',
    'absent.toml',
    'absent/*.toml',
    'p+q.*',
    '*/sub/*',
    '*',
  ]) {
    assert.deepEqual(client.glob(join(dir, pattern)), daemon.glob(join(dir, pattern)), pattern);
  }
});
