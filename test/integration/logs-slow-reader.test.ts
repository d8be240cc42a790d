// Who reads slower than programs write: the daemon's memory stays as it is, the programs are not held up, and every byte is either given or
// counted, in the log where it is missing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const FLOOD_BYTES = 48 * 1024 * 1024;
/** More than this is not noise of the collector: it is kept for somebody. */
const GROWTH_BYTES = 48 * 1024 * 1024;
const NOTICE = /^\n\[reeve: (\d+) bytes left out here, the reader was too slow\]\n$/;

/** A follower that takes nothing until it is let. */
async function stalled(t: TestContext, d: Daemon, path: string): Promise<{ readonly lines: readonly LogLine[]; resume(): void }> {
  const lines: LogLine[] = [];
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ socketPath: d.socket, path, headers: { host: 'localhost', accept: 'application/x-ndjson' } }, resolve);
    asked.on('error', reject).end();
    t.after(() => asked.destroy());
  });
  let rest = '';
  answer.setEncoding('utf8').on('error', () => undefined);
  return {
    lines,
    resume() {
      answer.on('data', (text: string) => {
        const whole = (rest + text).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole) lines.push(JSON.parse(line) as LogLine);
      });
    },
  };
}

const residentBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** All of one log: what was given, and what was said to be missing. */
function account(lines: readonly LogLine[], name: string): { given: number; missing: number; end: number } {
  const own = lines.filter((line) => line.name === name);
  const missing = own.reduce((sum, { text }) => sum + Number(NOTICE.exec(text)?.[1] ?? 0), 0);
  return { given: own.reduce((sum, { text }) => sum + (NOTICE.test(text) ? 0 : Buffer.byteLength(text)), 0), missing, end: own.at(-1)?.end ?? -1 };
}

test('a follower that stalls while two programs write 96 MB costs no memory, holds nobody up, and is told of every byte that it missed, by log', async (t) => {
  const flood = (name: string): string => `[programs.${name}]\ncommand = "sh -c 'yes 0123456789abcdef | head -c ${FLOOD_BYTES}'"\ntype = "oneshot"\nautostart = false\nstdout_logfile = "${name}.log"\nstdout_logfile_maxbytes = "8MB"\nstdout_logfile_backups = 1\n`;
  const d = await startDaemon(t, { config: flood('a') + flood('b') });
  const reader = await stalled(t, d, '/v1/logs/follow?names=a,b&channel=stdout&positions=true&await=true');
  const before = residentBytes(d.pid);
  assert.equal((await d.ctl('start', 'a', 'b')).code, 0);
  await waitFor('both are done', async () => (await d.view('a')).state === 'EXITED' && (await d.view('b')).state === 'EXITED');
  const grown = residentBytes(d.pid) - before;
  assert.ok(grown < GROWTH_BYTES, `the daemon grew by ${Math.round(grown / 1024 / 1024)} MB`);
  reader.resume();
  await waitFor('all is said', () => ['a:a', 'b:b'].every((name) => account(reader.lines, name).end >= FLOOD_BYTES));
  for (const name of ['a:a', 'b:b']) {
    const { given, missing, end } = account(reader.lines, name);
    assert.equal(end, FLOOD_BYTES, name);
    assert.equal(given + missing, FLOOD_BYTES, `${name}: ${given} given, ${missing} said to be missing`);
    assert.ok(missing > 0, name);
  }
});
