import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openClient } from '../../ctl/client.ts';
import { followSnapshot } from '../../ctl/live-snapshot.ts';
import { parseAddress } from '../../ctl/server-address.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import { startDaemon } from '../support/daemon.ts';
import { fakeDaemon, snapshot, view } from '../support/fake-daemon.ts';
import type { Route } from '../support/fake-daemon.ts';
import { noTerminal, onTerminal, screenOf } from '../support/on-terminal.ts';
import { waitFor } from '../support/wait-for.ts';

const CONFIG = `
[programs.web]
command = "sh -c 'echo ready for work; exec sleep 600'"
[programs.api]
command = "sleep 600"
[jobs.import]
command = "sleep 600"
timeout = 0
[breakers.smtp]
`;

const DOWN = '\u001B[B';
const ESCAPE = '\u001B';

test('monitor on a terminal filters, restarts after y, shows log, help and why, and gives the terminal back [C91][D6]', { skip: noTerminal }, async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  const before = await d.state('web', 'RUNNING');
  const ran = await onTerminal(['-s', `unix:${d.socket}`, 'monitor', '--refresh', '1'], [
    ['expect', 'last events'], ['expect', 'web'],
    ['send', '/we'], ['expect', '1 left'], ['send', '\r'], ['expect', 'filter: we'],
    ['send', 'l'], ['expect', 'ready for work'], ['send', ESCAPE], ['expect', 'filter: we'],
    ['send', '\r'], ['expect', 'web is running as pid'], ['send', ESCAPE], ['expect', 'filter: we'],
    ['send', '?'], ['expect', 'another section'], ['send', '?'], ['expect', 'filter: we'],
    ['send', 'r'], ['expect', 'Restart web'], ['send', 'n'], ['expect', 'Nothing was done'],
    ['send', 'r'], ['expect', 'Restart web'], ['send', 'y'], ['expect', 'web: restarted'],
    ['resize', '40x10'], ['expect', '< 1/7'], ['resize', '120x40'], ['expect', 'Violations 0'],
    ['send', '2R'], ['expect', 'import: a run began'], ['send', DOWN], ['expect', 'cancel'], ['send', 'c'], ['expect', 'Cancel run import'], ['send', 'y'], ['expect', ': cancelled'],
    ['send', '5o'], ['expect', 'Open breaker smtp'], ['send', 'y'], ['expect', 'smtp: open'], ['send', 'C'], ['expect', 'smtp: closed'],
    ['send', 'q'],
  ], '80x24');
  assert.equal(ran.code, 0, `${ran.err}\n${JSON.stringify(ran.shown.slice(-3000))}`);
  const after = await d.state('web', 'RUNNING');
  assert.notEqual(after.pid, before.pid);
  const left = screenOf(ran.shown);
  assert.deepEqual([left.alternate, left.cursor, left.wraps], [false, true, true]);
});

test('monitor and top leave the shell as it was: their keys are not typed into it', { skip: noTerminal }, async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  const { pid } = await d.state('web', 'RUNNING');
  const ran = await onTerminal(['-s', `unix:${d.socket}`], [
    ['expect', 'reeve> '], ['send', 'monitor\r'], ['expect', 'last events'], ['send', '2'], ['expect', '[Jobs'], ['send', 'q'], ['expect', 'reeve> '],
    ['send', 'top\r'], ['expect', 'CPU*'], ['send', 'n'], ['expect', 'NAME*'], ['resize', '60x12'], ['expect', 'NAME*'], ['send', 'q'], ['expect', 'reeve> '],
    ['send', 'pid web\r'], ['expect', String(pid)], ['expect', 'reeve> '], ['send', '\u0004'],
  ], '80x24');
  assert.equal(ran.code, 0, `${ran.err}${JSON.stringify(ran.shown.slice(-1500))}`);
});

test('SIGTERM, Ctrl-C and a daemon that says no give the terminal back too', { skip: noTerminal }, async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  for (const [steps, code] of [[[['expect', 'web'], ['signal', 'SIGTERM']], 143], [[['expect', 'web'], ['send', '\u0003']], 0], [[['expect', 'web'], ['signal', 'SIGHUP']], 129]] as const) {
    const ran = await onTerminal(['-s', `unix:${d.socket}`, 'monitor'], steps, '80x24');
    assert.equal(ran.code, code, ran.err);
    assert.deepEqual([screenOf(ran.shown).alternate, screenOf(ran.shown).cursor], [false, true]);
  }
  const refused = await onTerminal(['-s', 'unix:/nonexistent/s', 'monitor'], [['expect', 'trying again'], ['send', 'q']], '80x24');
  assert.equal(refused.code, 0);
});

test('a role that may only read is told so in words, and nothing is done', { skip: noTerminal }, async (t) => {
  const fake = await fakeDaemon({
    'GET /v1/status': () => snapshot([view('web')]),
    'GET /v1/events': (seen, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      if (seen.query.get('follow') === 'false') response.end();
    },
    'GET /v1/usage': () => [],
    'POST /v1/start': (_seen, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'FORBIDDEN', message: 'cannot start: this takes the role operate, and you have read', advice: 'Ask for a higher role, or use the unix socket.', retryable: false } }));
    },
  });
  t.after(() => fake.close());
  const ran = await onTerminal(['-s', fake.url, 'monitor'], [['expect', 'RUNNING'], ['send', 'S'], ['expect', 'takes the role operate'], ['send', 'q']], '120x24');
  assert.equal(ran.code, 0, `${ran.err}${JSON.stringify(ran.shown.slice(-1500))}`);
});

test('a daemon that goes is said, and the next one is shown without a key [D6]', { skip: noTerminal }, async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  await d.state('web', 'RUNNING');
  const [shown, lost] = [join(d.dir, 'shown'), join(d.dir, 'lost')];
  const running = onTerminal(['-s', `unix:${d.socket}`, 'monitor'], [
    ['expect', 'RUNNING'], ['touch', shown], ['expect', 'trying again'], ['touch', lost], ['expect', 'Another daemon answers'], ['expect', '2 of 2 running'], ['send', 'q'],
  ], '100x24');
  await waitFor('the monitor to show something', () => existsSync(shown));
  await d.stop();
  await waitFor('the monitor to say that the daemon is gone', () => existsSync(lost));
  await startDaemon(t, { config: d.configFile, dir: d.dir });
  const ran = await running;
  assert.equal(ran.code, 0, `${ran.err}${JSON.stringify(ran.shown.slice(-1500))}`);
});

test('without a terminal monitor prints once; compact and json are one shot; another format ends with 1 and advice [C91]', async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  await d.state('web', 'RUNNING');
  await d.state('api', 'RUNNING');
  assert.match((await d.ctl('monitor')).stdout, /^active 2 {2}stuck 0 {2}violations 0 {2}breakers open 0\n\nProcesses: 2\nNAME +STATE .*\napi +RUNNING /);
  assert.equal((await d.ctl('monitor', '--format', 'compact')).stdout, 'active 2  stuck 0  violations 0  breakers open 0\n');
  const { counters, snapshot: all, usage, events } = JSON.parse((await d.ctl('monitor', '--format', 'json')).stdout);
  assert.deepEqual(counters, { active: 2, stuck: 0, violations: 0, breakersOpen: 0 });
  assert.equal(all.processes.length, 2);
  assert.equal(usage.length, 2);
  assert.ok(events.length > 2);
  const bad = await d.ctl('monitor', '--format', 'xml');
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /--format is one of table, compact, json, not "xml"/);
});

const line = (fact: object): string => `${JSON.stringify(fact)}\n`;

test('a gap and a hole in the numbers are noticed: the snapshot is read again, and facts go on from there [D6]', async (t) => {
  let reads = 0;
  const streams: Route[] = [
    // A hole: 2 is followed by 4.
    (_seen, response) => void response.writeHead(200).write(line({ type: 'process.wanted', seq: 2, at: 1, process: 'web:web', wanted: 'down', by: 'x' }) + line({ type: 'process.wanted', seq: 4, at: 1, process: 'web:web', wanted: 'up', by: 'x' })),
    (_seen, response) => void response.writeHead(200).write(line({ type: 'gap', oldest: 9 })),
    (_seen, response) => void response.writeHead(200).write(line({ type: 'process.state', seq: 31, at: 1, process: 'web:web', incarnation: 1, from: 'RUNNING', to: 'FATAL', why: 'x', pid: null })),
  ];
  const fake = await fakeDaemon({
    'GET /v1/status': () => ({ ...snapshot([view('web')], { startedAt: 5 }), seq: [1, 8, 30][reads++] }),
    'GET /v1/events': (seen, response) => streams.shift()?.(seen, response),
  });
  t.after(() => fake.close());
  const seen: Snapshot[] = [];
  const facts: number[] = [];
  const leave = new AbortController();
  const live = followSnapshot(openClient(parseAddress(fake.url)!, { username: null, password: null, token: null }), leave.signal, {
    onSnapshot: (one, anew) => {
      assert.equal(anew, false);
      seen.push(one);
    },
    onFact: (fact) => facts.push(fact.seq),
    onLost: (why) => assert.fail(why),
  });
  await waitFor('the fact after the gap', () => facts.includes(31));
  leave.abort();
  await live.ended;
  assert.deepEqual(facts, [2, 31]);
  assert.equal(seen.length, 3);
  assert.equal(seen[2]?.processes.get('web:web')?.state, 'FATAL');
  assert.deepEqual(fake.seen.filter((one) => one.path === '/v1/events').map((one) => one.query.get('since')), ['1', '8', '30']);
});
