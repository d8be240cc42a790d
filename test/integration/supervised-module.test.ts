// The module reeve/supervised in programs of its own: what arrives, how much of it, and what it never does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Report } from '../../daemon/contract/reports.ts';
import { openOs } from '../../daemon/os/open.ts';
import { createReportChannels } from '../../daemon/os/report-channels.ts';
import { waitFor } from '../support/wait-for.ts';

const MODULE = join(import.meta.dirname, '../../supervised/supervised.ts');
const START = `const { heartbeat, reportProgress, reportHealth, reportStatus, reportResult, reportBreaker, reportIssue, ready, flushed, getSupervisionId } = await import(${JSON.stringify(MODULE)});\n`;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly ranMs: number;
}

/** Runs a program to its end. */
function run(script: string, env: Record<string, string>): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', START + script], { env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece));
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve({ code, out, ranMs: performance.now() - began })));
}

function channels(t: TestContext): { readonly heard: Report[]; readonly env: Record<string, string> } {
  const os = openOs({ warn: () => {} });
  const dir = mkdtempSync(join(tmpdir(), 'reeve-module-'));
  const heard: Report[] = [];
  const open = createReportChannels({ sink: { report: (_subject, report) => heard.push(report), refused: (_subject, why) => assert.fail(why) }, clock: os.clock, readiness: os.readiness, runtimeDir: () => dir, warn: (message) => assert.fail(message) });
  t.after(async () => {
    await open.dispose();
    os.dispose();
    rmSync(dir, { recursive: true });
  });
  return { heard, env: { SUPERVISION_ID: 'abc', ...open.open({ supervisionId: 'abc', process: 'a:a', incarnation: 1 }, { uid: null, notify: false, watchdogMs: null }).variables } };
}

test('a program reports and ends by itself: everything is told, in order, and nothing keeps it alive [C1] [C2]', async (t) => {
  const { heard, env } = channels(t);
  const ran = await run(`
    ready(); reportStatus('warm'); heartbeat({ rows: 7 }); reportProgress(3, 10, { phase: 'load' }); reportHealth('degraded', 'slow');
    reportBreaker('smtp', 'failure'); reportIssue({ code: 'x' }); reportResult({ ok: true });
    console.log(getSupervisionId());`, env);
  assert.deepEqual([ran.code, ran.out], [0, 'abc\n']);
  assert.deepEqual(heard, [
    { type: 'ready' }, { type: 'status', text: 'warm' }, { type: 'heartbeat', meta: { rows: 7 } }, { type: 'progress', current: 3, total: 10, phase: 'load', meta: { phase: 'load' } },
    { type: 'health', value: 'degraded', why: 'slow' }, { type: 'breaker', name: 'smtp', outcome: 'failure' }, { type: 'issue', issue: { code: 'x' } }, { type: 'result', result: { ok: true } },
  ]);
});

test('a hot loop costs a few reports, and the last one is told', async (t) => {
  const { heard, env } = channels(t);
  const ran = await run(`
    for (let i = 1; i <= 100_000; i += 1) { reportProgress(i, 100_000); if (i % 1000 === 0) await null; if (i % 20_000 === 0) await new Promise((r) => setTimeout(r, 1)); }
    await flushed(); process.exit(0);`, env);
  assert.equal(ran.code, 0);
  // The daemon thins out too: the newest comes when its time is over.
  const last = await waitFor('the last report', () => heard.find((r) => r.type === 'progress' && r.current === 100_000));
  assert.equal(heard.at(-1), last);
  assert.ok(heard.length < 50, `${heard.length} reports`);
});

test('outside reeve every function does nothing, and so it does where the variables are no use', async () => {
  const all = `ready(); heartbeat(); reportProgress(1); reportHealth('healthy'); reportStatus('x'); reportResult(1); reportBreaker('a', 'success'); reportIssue(1); await flushed(); console.log(String(getSupervisionId()));`;
  assert.deepEqual((await run(all, {})).out, 'null\n');
  assert.deepEqual((await run(all, { SUPERVISION_ID: 'a', REEVE_SOCKET: '/nonexistent/s' })).out, 'a\n');
  assert.deepEqual((await run(all, { SUPERVISION_ID: 'a\r\nx: y', REEVE_SOCKET: '/nonexistent/s' })).code, 0);
});

test('nothing throws: a cycle, a BigInt, a function, more than fits', async (t) => {
  const { heard, env } = channels(t);
  const ran = await run(`
    const cycle = {}; cycle.me = cycle; heartbeat(cycle); reportResult(1n); reportResult('x'.repeat(100_000)); reportResult(() => 1);
    await flushed(); reportResult('fine');`, env);
  assert.equal(ran.code, 0);
  assert.deepEqual(heard, [{ type: 'result', result: 'fine' }]);
});

test('a daemon that does not answer holds nobody for longer than a second or two', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-module-'));
  const path = join(dir, 's');
  const mute = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  await new Promise<void>((resolve) => void mute.listen(path, resolve));
  t.after(() => {
    mute.close();
    rmSync(dir, { recursive: true });
  });
  const ran = await run(`for (let i = 0; i < 50; i += 1) reportResult(i);`, { SUPERVISION_ID: 'a', REEVE_SOCKET: path });
  assert.equal(ran.code, 0);
  assert.ok(ran.ranMs < 10_000, `${ran.ranMs} ms`);
});

test('a connection that the daemon closed meanwhile loses no report', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-module-'));
  const path = join(dir, 's');
  let got = '';
  // Answers once, and leaves without a word when the next request comes.
  const server = createServer((socket) => {
    let requests = 0;
    socket.on('error', () => socket.destroy()).setEncoding('utf8').on('data', (piece: string) => {
      requests += 1;
      if (requests > 1) return void socket.destroy();
      got += piece.split('\r\n\r\n')[1] ?? '';
      socket.write('HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  t.after(() => {
    server.close();
    rmSync(dir, { recursive: true });
  });
  const ran = await run(`for (let i = 1; i <= 5; i += 1) { reportResult(i); await flushed(); }`, { SUPERVISION_ID: 'a', REEVE_SOCKET: path });
  assert.equal(ran.code, 0);
  assert.equal(got, '12345');
});
