// The daemon's own stdout may be a pipe, a socket or a file: copied lines arrive whole in each.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogWorld, numbersOf } from '../support/log-world.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/logs-tee.ts');
const LINES = 20_000;

function check(text: string): void {
  assert.deepEqual(
    numbersOf(text.replaceAll(/^\[p\] /gm, '')),
    Array.from({ length: LINES }, (_, i) => i),
  );
}

test('tee into a socket, as systemd gives it, loses nothing [B6]', async () => {
  // Node's own pipes are socket pairs.
  const child = spawn(process.execPath, [FIXTURE, String(LINES)], { stdio: ['ignore', 'pipe', 'inherit'] });
  check(Buffer.concat(await child.stdout.toArray()).toString());
});

test('tee into a pipe of the shell loses nothing [B6]', async () => {
  const child = spawn('sh', ['-c', '"$0" "$@" | cat', process.execPath, FIXTURE, String(LINES)], { stdio: ['ignore', 'pipe', 'inherit'] });
  check(Buffer.concat(await child.stdout.toArray()).toString());
});

test('tee into a file goes on where others wrote [B6]', async () => {
  await using world = new LogWorld({ portable: true });
  const child = spawn('sh', ['-c', '{ echo before; "$0" "$@"; echo after; } > "$OUT"', process.execPath, FIXTURE, String(LINES)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, OUT: world.path('out') },
  });
  await once(child, 'exit');
  const text = fs.readFileSync(world.path('out'), 'utf8');
  assert.ok(text.startsWith('before\n') && text.endsWith('after\n'));
  check(text.slice('before\n'.length, -'after\n'.length));
});
