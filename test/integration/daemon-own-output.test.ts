// The daemon's own stdout and stderr, where a container, a shell or a person gave it a pipe.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, startDaemon, tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const pipe = (dir: string): string => {
  const path = join(dir, 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
};

/** The shell becomes the daemon, so that its pid stays the one that was started. */
const INTO_PIPE = 'exec > pipe 2>&1; exec "$@"';

test('who shares our stdout does not get EAGAIN: the pipe stays blocking', async (t) => {
  const dir = tempDir(t);
  const reader = openSync(pipe(dir), constants.O_RDONLY | constants.O_NONBLOCK);
  atEnd(t, () => closeSync(reader));
  const daemon = await startDaemon(t, { dir, config: '[programs.web]\ncommand = "sleep 1000"\nlog_tee = true\n', wrapper: ['sh', '-c', INTO_PIPE, 'sh'] });
  await daemon.state('web', 'RUNNING');
  // O_NONBLOCK belongs to the open file, which the daemon shares with the shell that started it.
  for (const fd of [1, 2]) {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
    assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0, `flags of descriptor ${fd}: ${flags}`);
  }
});

test("lines of programs and the daemon's own stay whole in one slow pipe", async (t) => {
  const dir = tempDir(t);
  const reader = openSync(pipe(dir), constants.O_RDONLY | constants.O_NONBLOCK);
  atEnd(t, () => closeSync(reader));
  const line = 'Y'.repeat(199);
  const daemon = await startDaemon(t, {
    dir,
    config: `[programs.y]\ncommand = "sh -c 'yes ${line} | head -n 4000; echo done; sleep 1000'"\nlog_tee = true\n\n[programs.x]\ncommand = "sleep 0.05"\nrestart_delay = "50ms"\nstartsecs = 0\n`,
    wrapper: ['sh', '-c', INTO_PIPE, 'sh'],
  });
  // Read a little at a time, so that the pipe is full again and again and lines go into it in parts.
  let text = '';
  const buffer = Buffer.alloc(7000);
  await waitFor('the last line of the program', () => {
    try {
      text += buffer.toString('latin1', 0, readSync(reader, buffer));
    } catch {
      // Nothing at the moment.
    }
    return text.includes('[y] done\n');
  });
  const torn = text.split('\n').slice(0, -1).filter((each) => each !== `[y] ${line}` && each !== '[y] done' && !/^\d{4}-\d\d-\d\d (?!.*YYY)/.test(each));
  assert.deepEqual(torn, []);
  assert.equal(text.split(line).length - 1, 4000);
  assert.ok(daemon.facts.some((fact) => fact.type === 'process.exited'), 'the daemon had something to say meanwhile');
});

test('programs go on when whoever read our stdout is gone, and what is dropped is said (reeved | head)', async (t) => {
  const dir = tempDir(t);
  const reader = openSync(pipe(dir), constants.O_RDONLY | constants.O_NONBLOCK);
  const daemon = await startDaemon(t, {
    dir,
    config: `[programs.y]\ncommand = "sh -c 'while ! [ -e go ]; do sleep 0.05; done; yes | head -n 2000000; touch done; sleep 1000'"\ndirectory = "."\nlog_tee = true\n`,
    wrapper: ['sh', '-c', INTO_PIPE, 'sh'],
  });
  await daemon.state('y', 'RUNNING');
  closeSync(reader);
  writeFileSync(join(dir, 'go'), '');
  await daemon.fact('log.dropped', (fact) => fact.process === 'y:y' && fact.why.includes('EPIPE'));
  await waitFor('the program to come to its end', () => readFileSync(join(dir, 'state/logs/y.log')).length === 4_000_000, 30_000);
});
