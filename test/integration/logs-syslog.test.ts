// stdout_syslog: lines for the log of the system, prefixed with the name of the process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createSyslog } from '../../daemon/os/syslog.ts';
import type { Syslog } from '../../daemon/os/ports/lines.ts';
import { atEnd, startDaemon, tempDir } from '../support/daemon.ts';
import { LogWorld, logSpec, noNative } from '../support/log-world.ts';
import { waitFor } from '../support/wait-for.ts';

const skip = noNative ?? false;
const RECEIVER = 'import os, socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nout = open(sys.argv[2], "ab", buffering=0)\nwhile True: out.write(s.recv(100000) + b"\\n")';

/** A system log at `path`, which writes what it gets to a file. */
async function receiver(t: TestContext, path: string, file: string): Promise<() => Promise<void>> {
  const child = spawn('python3', ['-c', RECEIVER, path, file], { stdio: 'inherit' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (): Promise<void> => {
    child.kill('SIGKILL');
    return ended;
  };
  atEnd(t, end);
  await waitFor('the system log', () => existsSync(path));
  return end;
}

const text = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

test('lines go to the system log as libc writes them, also after it was restarted', { skip }, async (t) => {
  const dir = tempDir(t);
  const [path, file] = [join(dir, 'log'), join(dir, 'received')];
  const warnings: string[] = [];
  let mono = 0;
  const at = new Date(2026, 10, 2, 8, 5, 9).getTime();
  const syslog = createSyslog({ ident: 'supervisord', wall: () => at, mono: () => mono, warn: (message) => void warnings.push(message), path });
  t.after(() => syslog.close());
  const send = (line: string): boolean => syslog.send('web', Buffer.from(`..${line}..`), 2, 2 + Buffer.byteLength(line));
  assert.equal(send('lost'), false);
  assert.equal(send('lost too'), false);
  assert.deepEqual(warnings, [`cannot write to syslog at ${path}: ENOENT; lines for it are dropped until it is there`]);
  const end = await receiver(t, path, file);
  assert.equal(send('not looked for yet'), false);
  mono += 10_000;
  assert.equal(send('grüße'), true);
  await waitFor('the line', () => text(file) === '<14>Nov  2 08:05:09 supervisord: web grüße\n');
  await end();
  assert.equal(send('gone'), false);
  assert.equal(warnings.length, 1);
});

test('whole lines of a channel with syslog are sent beside its file, captured text is not, and what is not taken is counted', { skip }, async () => {
  const sent: string[] = [];
  let takes = true;
  const syslog: Syslog = {
    send(name, bytes, start, end) {
      if (takes) sent.push(`${name} ${bytes.toString('utf8', start, end)}`);
      return takes;
    },
    close: () => undefined,
  };
  const taps = { isListener: () => false, protocol: () => undefined, chunk: () => undefined, captured: () => undefined, watches: () => false, seen: () => false };
  await using world = new LogWorld({ syslog, taps });
  world.open(logSpec('g:web', { file: world.path('out.log'), syslog: true, captureBytes: 100 }));
  const child = world.child('g:web');
  const pipe = world.pipe(child);
  pipe.write('one\ntw');
  await world.until('the first line', () => sent.length === 1);
  pipe.write('o\n<!--XSUPERVISOR:BEGIN-->secret\n<!--XSUPERVISOR:END-->three\n');
  await world.until('all lines', () => sent.length === 3);
  assert.deepEqual(sent, ['web one', 'web two', 'web three']);
  takes = false;
  pipe.write('four\n');
  await world.until('the drop', () => world.count('log.dropped') === 1);
  assert.equal(world.plane.stats('g:web').dropped, 4);
  pipe.end();
  await world.drain(child);
  assert.equal(world.text('out.log'), 'one\ntwo\nthree\nfour\n');
});

test('without a system log one warning is given and the program runs on', async (t) => {
  if (existsSync('/dev/log')) return t.skip('this machine has a system log at /dev/log');
  const d = await startDaemon(t, { config: '[programs.talk]\ncommand = ["sh", "-c", "echo a; echo b; sleep 0.2; echo c; sleep 100"]\nstdout_syslog = true\nstartsecs = 0\n' });
  const warning = await d.fact('daemon.warning', (f) => f.what === 'syslog');
  assert.match(warning.message, /^cannot write to syslog at \/dev\/log: ENOENT/);
  await waitFor('all lines', async () => (await d.ctl('tail', 'talk')).stdout === 'a\nb\nc\n');
  assert.equal(d.facts.filter((f) => f.type === 'daemon.warning' && f.what === 'syslog').length, 1);
});

test('[supervisord] logfile = syslog: the daemon says there what it does, as supervisord', { skip }, async (t) => {
  const d = await startDaemon(t, { config: '[supervisord]\nlogfile=syslog\npidfile=%(here)s/p\n[unix_http_server]\nfile=%(here)s/reeve.sock\n[program:web]\ncommand=sleep 100\nstartsecs=0\n' });
  // Where a system has its log nobody reads it here: what is missing is said.
  if (!existsSync('/dev/log')) assert.match((await d.fact('daemon.warning', (f) => f.what === 'syslog')).message, /^cannot write to syslog at \/dev\/log: ENOENT/);
  await d.state('web', 'RUNNING');
  assert.match((await d.ctl('maintail')).stdout, /INFO success: web entered RUNNING state/);
  assert.deepEqual(readdirSync(d.dir).filter((name) => name.includes('log')), [], 'no file is written');
});
