// packaging/run-like-docker: the image's steps without an engine, reeve-init as PID 1, a user that is not root, a read-only root.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SCRIPT = join(import.meta.dirname, '../../packaging/run-like-docker');
const DEADLINE_MS = 60_000;
const possible = process.getuid?.() === 0 && spawnSync('unshare', ['--pid', '--fork', '--mount', '--mount-proc', '--ipc', '--uts', 'true']).status === 0;

const CONFIG = `[daemon]
state_dir = "state"
[api]
listen = ["unix:state/reeve.sock"]
[logs]
tee = true
[programs.who]
command = '''sh -c "echo uid $(id -u) init $(cat /proc/1/comm); touch /etc/no /opt/reeve/no 2>/dev/null || echo read-only; exec sleep 1000"'''
`;

test('the image runs as PID 1 in namespaces, not as root, on a read-only root, and TERM ends it with 0', { skip: possible ? false : 'needs root and unshare' }, async (t) => {
  const config = mkdtempSync(join(tmpdir(), 'reeve-image-config-'));
  t.after(() => { rmSync(config, { recursive: true }); });
  writeFileSync(join(config, 'reeve.toml'), CONFIG);
  const container = spawn(SCRIPT, [], { env: { ...process.env, RUN_LIKE_DOCKER_CONFIG: config }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(container, 'close');
  let output = '';
  for (const stream of [container.stdout, container.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
  t.after(async () => {
    if (container.exitCode === null) container.kill('SIGKILL');
    await closed;
  });
  const until = async (pattern: RegExp): Promise<void> => {
    for (const end = performance.now() + DEADLINE_MS; !pattern.test(output); await delay(10)) {
      assert.ok(performance.now() < end && container.exitCode === null, `no ${pattern} in: ${output}`);
    }
  };
  await until(/who\] uid \d+ init reeve-init\n/);
  await until(/who\] read-only\n/);
  assert.doesNotMatch(output, /uid 0 /);
  container.kill('SIGTERM');
  await closed;
  assert.equal(container.exitCode, 0, output);
});
