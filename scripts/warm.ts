// Fills the cache of compiled code beside dist/, where the programs themselves will not be able to (an image with a read-only root): starts the
// daemon as reeve-init does, asks it for its status, and ends it when it has written what it keeps.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const DIST = join(import.meta.dirname, '../dist');
/** V8 refuses code that was compiled with other flags of its own. */
const FLAGS = ['--disable-sigusr1', '--max-semi-space-size=1'];
const DEADLINE_MS = 30_000;

const CACHE = join(DIST, '.compile-cache');
const kept = (): boolean => existsSync(CACHE) && readdirSync(CACHE).some((name) => /^reeved-[^.]+-v[\d.]+-\w+$/.test(name));

rmSync(CACHE, { recursive: true, force: true });
const folder = mkdtempSync(join(tmpdir(), 'reeve-warm-'));
const file = join(folder, 'reeve.toml');
writeFileSync(file, `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:reeve.sock"]\n[programs.warm]\ncommand = ["sleep", "1000"]\n`);
const daemon = spawn(process.execPath, [...FLAGS, join(DIST, 'reeved.mjs'), '-n', '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
const ended = new Promise((resolve) => daemon.on('exit', resolve));
const end = performance.now() + DEADLINE_MS;
while (!kept() && performance.now() < end && daemon.exitCode === null) await delay(100);
for (const command of ['status', 'version']) spawnSync(process.execPath, [FLAGS[1] ?? '', join(DIST, 'reevectl.mjs'), '-c', file, command], { stdio: ['ignore', 'ignore', 'inherit'] });
daemon.kill('SIGTERM');
await ended;
rmSync(folder, { recursive: true });
if (!kept()) {
  process.stderr.write(`cannot keep compiled code: nothing was written to ${CACHE} within ${DEADLINE_MS / 1000} s\n`);
  process.exitCode = 1;
}
