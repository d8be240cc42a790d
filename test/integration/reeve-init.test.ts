// packaging/reeve-init as PID 1 of a pid namespace, with a scripted daemon in place of reeved.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { REEVED } from '../support/programs.ts';

const INIT = join(import.meta.dirname, '../../packaging/reeve-init');
const DEADLINE_MS = 10_000;
const namespaces = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

interface Bench extends AsyncDisposable {
  readonly folder: string;
  /** Pid of unshare's child within this namespace: reeve-init seen from outside. */
  init(): number;
  signal(name: NodeJS.Signals): void;
  /** Lines that the daemons wrote so far. */
  lines(): string[];
  until(count: number): Promise<string[]>;
  ended(): Promise<{ status: number | null; stderr: string }>;
}

/** Starts reeve-init with a daemon written in JavaScript; `say(line)` in it appends a line that the test sees. */
function start(body: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-init-'));
  const log = join(folder, 'log');
  const daemon = join(folder, 'daemon.mjs');
  writeFileSync(log, '');
  writeFileSync(daemon, `#!${process.execPath}
import { appendFileSync, readFileSync } from 'node:fs';
const say = (line) => appendFileSync(${JSON.stringify(log)}, line + '\\n');
const life = readFileSync(${JSON.stringify(log)}, 'utf8').split('\\n').filter((line) => line.startsWith('life')).length + 1;
${body}
`);
  chmodSync(daemon, 0o755);
  const [file, args] = namespaces ? ['unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', INIT]] : [INIT, []];
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, REEVE_INIT_DAEMON: daemon } });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => { stderr += chunk; });
  const closed = once(child, 'close');
  const lines = (): string[] => readFileSync(log, 'utf8').split('\n').filter((line) => line !== '');
  const init = (): number => namespaces ? Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]) : (child.pid ?? 0);
  return {
    folder, init, lines,
    signal(name) { process.kill(init(), name); },
    async until(count) {
      for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await delay(5)) if (lines().length >= count) return lines();
      throw new Error(`waited for ${count} lines, have ${JSON.stringify(lines())}; stderr: ${stderr}`);
    },
    async ended() {
      await Promise.race([closed, delay(DEADLINE_MS, undefined, { ref: false }).then(() => { throw new Error(`reeve-init still runs; it said ${JSON.stringify(lines())} ${stderr}`); })]);
      return { status: child.exitCode, stderr };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const STAY = 'setInterval(() => {}, 1000);';

test('reeve-init passes on the exit codes of reeved and does not start it again', async () => {
  for (const code of [0, 2, 10, 11, 37]) {
    await using bench = start(`say('life'); process.exit(${code});`);
    assert.deepEqual(await bench.ended(), { status: code, stderr: '' });
    assert.deepEqual(bench.lines(), ['life']);
  }
});

test('reeve-init starts reeved again after a death by signal and after an internal error (70)', async () => {
  await using bench = start(`say('life ' + life); if (life === 1) process.kill(process.pid, 'SIGKILL'); if (life === 2) process.exit(70); process.exit(0);`);
  const { status, stderr } = await bench.ended();
  assert.equal(status, 0);
  assert.deepEqual(bench.lines(), ['life 1', 'life 2', 'life 3']);
  assert.match(stderr, /reeved died \(status 137\), starting it again \(1 of 5 in a minute\)\n.*status 70.*2 of 5/);
});

test('reeve-init gives up after five restarts within a minute, with the status of the last life', async () => {
  await using bench = start(`say('life'); process.exit(70);`);
  const { status, stderr } = await bench.ended();
  assert.equal(status, 70);
  assert.equal(bench.lines().length, 6);
  assert.match(stderr, /died 6 times within a minute \(status 70\), giving up\n$/);
});

test('reeve-init forwards TERM INT HUP QUIT USR1 USR2, and lets reeved end in its own time', async () => {
  await using bench = start(`for (const name of ['HUP', 'USR1', 'USR2', 'INT', 'QUIT', 'TERM']) process.on('SIG' + name, () => {
    say(name);
    // A wait of the shell that a signal interrupts must not be taken for the end of reeved.
    if (name === 'TERM') setTimeout(() => { say('gone'); process.exit(0); }, 300);
  });
  say('life'); ${STAY}`);
  await bench.until(1);
  let seen = 1;
  for (const name of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
    bench.signal(name);
    seen += 1;
    await bench.until(seen);
  }
  assert.equal((await bench.ended()).status, 0);
  assert.deepEqual(bench.lines(), ['life', 'HUP', 'USR1', 'USR2', 'INT', 'QUIT', 'TERM', 'gone']);
});

test('reeve-init starts one reeved at a time, and none after TERM, even if reeved then dies by a signal', async () => {
  await using bench = start(`process.on('SIGTERM', () => { say('TERM'); process.kill(process.pid, 'SIGKILL'); }); say('life'); ${STAY}`);
  await bench.until(1);
  bench.signal('SIGTERM');
  assert.equal((await bench.ended()).status, 137);
  assert.deepEqual(bench.lines(), ['life', 'TERM']);
});

test('children of a crashed reeved live on, and those that end are reaped', { skip: namespaces ? false : 'no pid namespaces here (needs root and unshare)' }, async () => {
  await using bench = start(`import { spawn } from 'node:child_process';
  const alive = (pid) => { try { return /State:\\s+[RSD]/.test(readFileSync('/proc/' + pid + '/status', 'utf8')); } catch { return false; } };
  if (life === 1) {
    const stays = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    const ends = spawn('sleep', ['0.2'], { detached: true, stdio: 'ignore' });
    say('life ' + stays.pid + ' ' + ends.pid);
    process.kill(process.pid, 'SIGKILL');
  } else {
    const [, stays, ends] = readFileSync(${'process.argv[1].replace(/daemon.mjs$/, "log")'}, 'utf8').split('\\n')[0].split(' ');
    say('life');
    const gone = setInterval(() => { try { readFileSync('/proc/' + ends + '/status'); } catch { clearInterval(gone); say('stays ' + alive(stays)); process.exit(0); } }, 10);
  }`);
  assert.equal((await bench.ended()).status, 0);
  assert.equal(bench.lines()[2], 'stays true');
});

test('reeve-init stays within 4 MiB of memory', { skip: existsSync('/proc/self/status') ? false : 'no /proc' }, async () => {
  await using bench = start(`say('life'); ${STAY}`);
  await bench.until(1);
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${bench.init()}/status`, 'utf8'))?.[1]);
  assert.ok(kib > 0 && kib <= 4096, `${kib} KiB`);
});

const python = spawnSync('python3', ['-c', 'import pty']).status === 0;
test('one Ctrl-C on the terminal of a container is one request, though reeved hears it twice [D51]', { skip: python ? false : 'python3 is not here to make a pseudo-terminal' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-init-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const daemon = join(folder, 'daemon');
  writeFileSync(daemon, `#!/bin/sh\nexec ${process.execPath} --disable-sigusr1 ${REEVED} -n "$@"\n`);
  chmodSync(daemon, 0o755);
  writeFileSync(join(folder, 'reeve.toml'), `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[programs.web]\ncommand = ["sh", "-c", "trap 'sleep 0.6; exit 0' TERM; while :; do sleep 0.05; done"]\n`);
  const child = spawn('python3', [join(import.meta.dirname, '../support/terminal.py'), '120', INIT, '-c', join(folder, 'reeve.toml')], {
    stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, REEVE_INIT_DAEMON: daemon },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => { shown += piece; });
  child.stdin.end(JSON.stringify([['expect', 'success: web'], ['send', '\u0003'], ['expect', 'everything is stopped']]));
  const [status] = (await once(child, 'close')) as [number | null];
  assert.match(shown, /stopped: web \(exit status 0\)/);
  assert.doesNotMatch(shown, /SIGQUIT/);
  assert.equal(status, 0, shown);
});
