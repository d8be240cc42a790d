// Requests as curl sends them: what is answered, to whom, and what is refused.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { ConfiguredProcess, Operation } from '../../daemon/contract/answers.ts';
import type { Explanation } from '../../daemon/contract/explanations.ts';
import type { WaitAnswer } from '../../daemon/contract/rest.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { apiWorld, until } from '../support/api-world.ts';

const JSON_BODY = ['-H', 'Content-Type: application/json', '-d'] as const;
const USERS = {
  users: [{ name: 'ann', password: 'a', role: 'admin' }, { name: 'bob', password: 'b', role: 'operate' }, { name: 'cy', password: 'c', role: 'read' }],
  tokens: [{ name: 'ci', token: 'tok', role: 'operate' }],
} as const;

test('start, stop and status work over the unix socket', async () => {
  await using world = await apiWorld();
  const status = (await world.unix('/v1/status')).json<SnapshotJson>();
  assert.deepEqual(status.processes.map((row) => `${row.id} ${row.state}`), ['web:web RUNNING', 'db:db RUNNING']);
  const start = await world.unix('/v1/start', ...JSON_BODY, '{"names":["web"]}', '-H', 'X-Reeve-User: ann');
  assert.equal(start.status, 200);
  assert.equal(start.headers.get('location'), '/v1/operations/1');
  const restart = await world.unix('/v1/restart', ...JSON_BODY, '{"names":["web:*"],"rolling":true}');
  assert.equal(restart.json<Operation>().command, 'restart');
  await world.unix('/v1/shutdown', '-X', 'POST');
  await world.unix('/v1/signal', ...JSON_BODY, '{"names":["db"],"signal":"HUP"}');
  assert.deepEqual(world.control.mutations, [
    { mutation: { command: 'start', names: ['web'] }, caller: { who: 'unix:ann', role: 'admin' } },
    { mutation: { command: 'restart', names: ['web:*'], strategy: false, rolling: true }, caller: { who: 'unix', role: 'admin' } },
    { mutation: { command: 'shutdown', mode: 'warm' }, caller: { who: 'unix', role: 'admin' } },
    { mutation: { command: 'signal', names: ['db'], signal: 'HUP' }, caller: { who: 'unix', role: 'admin' } },
  ]);
});

test('a mutation answers 202 at once, or 200 when it was waited for and has ended', async () => {
  await using world = await apiWorld({ instant: false });
  const begun = await world.unix('/v1/start', ...JSON_BODY, '{"names":["web"]}');
  assert.equal(begun.status, 202);
  assert.equal(begun.json<Operation>().endedAt, null);
  const late = await world.unix('/v1/start?wait=20ms', ...JSON_BODY, '{"names":["web"]}');
  assert.equal(late.status, 202, 'the time was over');
  const waiting = world.unix('/v1/stop', ...JSON_BODY, '{"names":["web"],"wait":"30s"}');
  await until('the operation began', () => world.control.mutations.length === 3);
  world.control.finish('3');
  const ended = await waiting;
  assert.equal(ended.status, 200);
  assert.deepEqual(ended.json<Operation>().targets, [{ name: 'web', outcome: 'ok', code: null, message: '' }]);
  const again = await world.unix('/v1/operations/3?wait=5s');
  assert.equal(again.status, 200);
  assert.equal((await world.unix('/v1/operations/99')).code(), 'NOT_FOUND');
});

test('every question has its answer', async () => {
  await using world = await apiWorld();
  assert.equal((await world.unix('/v1/wait?names=web&for=running&timeout=1s')).json<WaitAnswer>().ok, true);
  assert.deepEqual((await world.unix('/v1/explain?names=web')).json<readonly Explanation[]>().map((one) => one.summary), ['web:web is as it is.']);
  assert.equal((await world.unix('/v1/config')).json<readonly ConfiguredProcess[]>().length, 2);
  assert.equal((await world.unix('/v1/version')).json<{ version: string }>().version, '9.9.9');
  assert.equal((await world.unix('/v1/doctor')).status, 200);
  assert.equal((await world.unix('/v1/audit')).status, 200);
  assert.equal((await world.unix('/v1/openapi.json')).json<{ openapi: string }>().openapi, '3.1.0');
  assert.match((await world.unix('/')).body, /reevectl status/);
  assert.equal((await world.unix('/v1/mainlog?bytes=14')).body, 'daemon line 2\n');
  assert.deepEqual((await world.unix('/v1/status?names=db')).json<SnapshotJson>().processes.map((row) => row.id), ['db:db']);
});

test('an unchanged status is not sent twice to who has its ETag', async () => {
  await using world = await apiWorld();
  const tag = (await world.unix('/v1/status')).headers.get('etag') ?? '';
  assert.equal((await world.unix('/v1/status', '-H', `If-None-Match: ${tag}`)).status, 304);
  world.control.publish({ type: 'process.flapping', process: 'web:web', failures: 3, windowMs: 1 });
  assert.equal((await world.unix('/v1/status', '-H', `If-None-Match: ${tag}`)).status, 200);
});

test('errors come from the table: code, status, advice, whether to try again, and the nearest name [E45]', async () => {
  await using world = await apiWorld();
  const unknown = await world.unix('/v1/explain?names=wep');
  assert.deepEqual([unknown.status, unknown.json()], [404, {
    error: { code: 'NOT_FOUND', message: 'cannot find wep: no process or group has this name', advice: 'Run `reevectl status` for the names of processes, `reevectl job list` for those of jobs.', retryable: false, hint: 'did you mean web?' },
  }]);
  assert.equal((await world.unix('/v1/start', ...JSON_BODY, '{"names":[}')).code(), 'BAD_ARGUMENT');
  assert.equal((await world.unix('/v1/start', ...JSON_BODY, '["web"]')).code(), 'BAD_ARGUMENT');
  assert.equal((await world.unix('/v1/start', ...JSON_BODY, '{"nmaes":["web"]}')).json<{ error: { hint: string } }>().error.hint, 'did you mean names?');
  assert.equal((await world.unix('/v1/start', '-X', 'POST')).code(), 'BAD_ARGUMENT');
  assert.equal((await world.unix('/v1/start')).json<{ error: { hint: string } }>().error.hint, 'use POST /v1/start');
  assert.equal((await world.unix('/v1/stauts')).json<{ error: { hint: string } }>().error.hint, 'did you mean /v1/status?');
  assert.deepEqual(world.control.mutations, []);
  assert.deepEqual(world.control.refusals.map((one) => one.action), ['start', 'start', 'start', 'start'], 'refused mutations are in the audit trail');
});

test('no method is looked up outside the table (CVE-2017-11610)', async () => {
  await using world = await apiWorld();
  for (const path of ['/v1/__proto__', '/v1/constructor', '/v1/toString', '/v1/start/../__proto__', '/v1/operations/__proto__', '/v1/supervisor.supervisord.options.execve']) {
    for (const method of ['GET', 'POST']) {
      const answer = await world.unix(path, '-X', method, '--path-as-is');
      assert.equal(answer.status, 404, `${method} ${path}`);
    }
  }
  for (const body of ['{"names":["web"],"__proto__":{"role":"admin"}}', '{"names":["web"],"constructor":{"prototype":{"x":1}}}']) {
    assert.equal((await world.unix('/v1/start', ...JSON_BODY, body)).status, 400);
  }
  assert.equal((await world.unix('/v1/status?__proto__=x')).status, 400);
  assert.deepEqual(world.control.mutations, []);
  assert.deepEqual(world.warnings, []);
});

test('TCP without credentials may read and nothing else; the refusal is in the audit trail', async () => {
  await using world = await apiWorld();
  assert.equal((await world.tcp('/v1/status')).status, 200);
  const start = await world.tcp('/v1/start', ...JSON_BODY, '{"names":["web"]}');
  assert.deepEqual([start.status, start.code()], [403, 'FORBIDDEN']);
  assert.match(start.body, /anonymous has the role read, and it takes operate/);
  assert.equal((await world.tcp('/v1/audit')).status, 403);
  assert.deepEqual(world.control.refusals.map((one) => `${one.caller.who} ${one.action}`), ['anonymous start', 'anonymous audit']);
  assert.deepEqual(world.control.mutations, []);
});

test('roles decide over TCP: 401 with a challenge without credentials, 403 beyond the role', async () => {
  await using world = await apiWorld({ api: USERS });
  const none = await world.tcp('/v1/status');
  assert.equal(none.status, 401);
  assert.match(none.headers.get('www-authenticate') ?? '', /^Basic realm="default"/);
  assert.equal((await world.tcp('/v1/nothing')).status, 401, 'no address is told to strangers');
  assert.equal((await world.tcp('/livez')).status, 200);
  const start = [...JSON_BODY, '{"names":["web"]}'];
  assert.equal((await world.tcp('/v1/status', '-u', 'cy:c')).status, 200);
  assert.equal((await world.tcp('/v1/start', '-u', 'cy:c', ...start)).status, 403);
  assert.equal((await world.tcp('/v1/start', '-u', 'bob:b', ...start)).status, 200);
  assert.equal((await world.tcp('/v1/shutdown', '-u', 'bob:b', '-X', 'POST')).status, 403);
  assert.equal((await world.tcp('/v1/shutdown', '-u', 'ann:a', '-X', 'POST')).status, 200);
  assert.equal((await world.tcp('/v1/start', '-H', 'Authorization: Bearer tok', ...start)).status, 200);
  assert.equal((await world.tcp('/v1/status', '-u', 'ann:wrong')).status, 401);
  assert.deepEqual(world.control.mutations.map((one) => one.caller.who), ['bob', 'ann', 'ci']);
  assert.deepEqual(world.control.refusals.map((one) => `${one.caller.who} ${one.action}`), ['cy start', 'bob shutdown', '127.0.0.1 status']);
});

test('guessing is held back and then not heard', async () => {
  await using world = await apiWorld({ api: USERS, limits: { failures: 3, failureDelayMs: 60 } });
  const began = performance.now();
  for (let i = 0; i < 3; i++) assert.equal((await world.tcp('/v1/status', '-u', `ann:guess${i}`)).status, 401);
  assert.ok(performance.now() - began >= 180, 'each wrong guess waits');
  const blocked = await world.tcp('/v1/status', '-u', 'ann:a');
  assert.deepEqual([blocked.status, blocked.code(), blocked.headers.has('retry-after')], [429, 'BUSY', true]);
});

test('a foreign host name, a foreign page and a form are refused; ours are served', async () => {
  await using world = await apiWorld({ tcp: { open: true }, api: { allowedHosts: ['reeve.example'] } });
  const start = [...JSON_BODY, '{"names":["web"]}'];
  const rebound = await world.tcp('/v1/status', '-H', 'Host: evil.example');
  assert.deepEqual([rebound.status, rebound.code()], [403, 'FORBIDDEN']);
  assert.equal((await world.tcp('/v1/status', '-H', 'Host: reeve.example')).status, 200);
  assert.equal((await world.tcp('/v1/start', '-H', 'Origin: http://evil.example', ...start)).status, 403);
  assert.equal((await world.tcp('/v1/start', '-H', `Origin: http://127.0.0.1:${world.port}`, ...start)).status, 200);
  assert.equal((await world.tcp('/v1/start', '-d', 'names=web')).status, 400, 'a form');
  assert.equal((await world.tcp('/v1/start', '-H', 'Content-Type: text/plain', '-d', '{"names":["web"]}')).status, 400);
  assert.equal((await world.unix('/v1/status', '-H', 'Host: whatever')).status, 200, 'no name leads to a unix socket');
  assert.equal(world.control.mutations.length, 1);
});

test('the probe listener serves its three addresses to anyone and nothing else', async () => {
  await using world = await apiWorld({ api: USERS });
  for (const path of ['/livez', '/readyz', '/metrics']) assert.equal((await world.probe(path, '-H', 'Host: 10.1.2.3:9002')).status, 200, path);
  for (const path of ['/', '/v1/status', '/v1/openapi.json', '/v1/events', '/nothing']) assert.equal((await world.probe(path)).status, 404, path);
  assert.equal((await world.probe('/v1/shutdown', '-X', 'POST')).status, 404);
  assert.equal((await world.probe('/livez', '-I')).status, 200, 'HEAD');
  world.control.publish({ type: 'process.fatal', process: 'db:db', incarnation: 1, from: 'BACKOFF', why: 'no' });
  const unready = await world.probe('/readyz');
  assert.deepEqual([unready.status, unready.body], [503, 'not ready:\ndb:db FATAL\n']);
});

test('metrics are Prometheus text with a sample per process', async () => {
  await using world = await apiWorld();
  world.control.publish({ type: 'process.added', process: 'odd:q"\\', group: 'odd', program: 'odd', num: 0, autostart: false, priority: 1, incarnation: 0 });
  const { body, headers } = await world.unix('/metrics');
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(body, /^reeve_process_up\{process="web:web",group="web",program="web"\} 1$/m);
  assert.match(body, /^reeve_process_state\{process="odd:q\\"\\\\",group="odd",program="odd"\} 0$/m);
  assert.match(body, /^# TYPE reeve_process_restarts_total counter$/m);
  assert.match(body, /^reeve_daemon_info\{version="9\.9\.9",implementation="fake",identifier="test"\} 1$/m);
  for (const line of body.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+|)$/);
});

test('a body beyond 256 KiB is refused', async () => {
  await using world = await apiWorld();
  const file = join(world.directory, 'big.json');
  writeFileSync(file, JSON.stringify({ names: ['x'.repeat(300 * 1024)] }));
  const answer = await world.unix('/v1/start', ...JSON_BODY, `@${file}`);
  assert.deepEqual([answer.status, answer.code()], [413, 'TOO_LARGE']);
  assert.equal(world.server.connections <= 1, true);
});

test('clients that send slowly, or nothing, are cut off; a quick one is served meanwhile', async () => {
  await using world = await apiWorld({ limits: { headersMs: 200, requestMs: 400, checkMs: 50 } });
  const drip = world.raw('GET /v1/status HTTP/1.1\r\nHost: x\r\n');
  const slowly = setInterval(() => drip.socket.write('X-A: b\r\n'), 40);
  const silent = world.raw('');
  const body = world.raw('POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"na');
  const began = performance.now();
  assert.equal((await world.unix('/v1/status')).status, 200);
  await Promise.all([drip.closed, silent.closed, body.closed]).finally(() => clearInterval(slowly));
  assert.ok(performance.now() - began < 3000);
  assert.match(drip.text(), /^HTTP\/1\.1 408 [\s\S]*"code":"TIMEOUT"/);
  assert.deepEqual(world.control.mutations, []);
  await until('nobody is connected', () => world.server.connections === 0);
});

test('a client that does not take its answer is let go', async () => {
  await using world = await apiWorld({ limits: { requestMs: 200 } });
  for (let i = 0; i < 5000; i++) world.control.addRunning(`many:many_${i}`);
  const stalled = world.raw('GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n');
  stalled.socket.pause();
  await until('it is connected', () => world.server.connections === 1);
  await until('it was let go', () => world.server.connections === 0);
});

test('requests that wait are counted, and too many are refused', async () => {
  await using world = await apiWorld({ instant: false, limits: { waits: 2 } });
  for (let i = 0; i < 2; i++) world.raw('POST /v1/stop?names=web&wait=60s HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('both wait', () => world.control.mutations.length === 2);
  assert.equal((await world.unix('/v1/wait?names=web')).code(), 'BUSY');
  world.control.finish('1');
  world.control.finish('2');
  assert.equal((await world.unix('/v1/wait?names=web')).status, 200);
});

test('garbage is answered in words and closed', async () => {
  await using world = await apiWorld();
  const one = world.raw('HELO example\r\n\r\n');
  await one.closed;
  assert.match(one.text(), /^HTTP\/1\.1 400 [\s\S]*cannot read the request: it is not HTTP/);
  const large = world.raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`);
  await large.closed;
  assert.match(large.text(), /^HTTP\/1\.1 413 /);
  const path = await world.unix('/v1/operations/%ff');
  assert.deepEqual([path.status, path.code(), path.headers.get('x-content-type-options')], [400, 'BAD_ARGUMENT', 'nosniff']);
  assert.deepEqual(world.warnings, []);
});

test('connections beyond the bound are turned away, on their listener only', async () => {
  await using world = await apiWorld({ limits: { connections: 2 } });
  const held = [world.raw('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'), world.raw('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')];
  for (const one of held) await one.saw('ok');
  assert.equal((await world.unix('/livez')).status, 503);
  assert.equal((await world.tcp('/livez')).status, 200);
  held[0]?.socket.destroy();
  await until('one has left', () => world.server.connections === 1);
  assert.equal((await world.unix('/livez')).status, 200);
});

test('every answer has headers that keep browsers out of trouble', async () => {
  await using world = await apiWorld();
  for (const path of ['/v1/status', '/nothing', '/v1/logs?name=web', '/v1/events?follow=0']) {
    const { headers } = await world.unix(path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/, path);
    assert.equal(headers.has('access-control-allow-origin'), false, path);
    assert.equal(headers.has('server') || headers.has('x-powered-by'), false, path);
  }
});

test('a mistake of ours is an INTERNAL answer without its trace, and the trace is a warning', async () => {
  await using world = await apiWorld();
  world.control.doctor = () => {
    throw new Error('the secret cause');
  };
  const answer = await world.unix('/v1/doctor');
  assert.deepEqual([answer.status, answer.code(), answer.body.includes('secret')], [500, 'INTERNAL', false]);
  assert.match(world.warnings[0] ?? '', /cannot answer GET \/v1\/doctor: Error: the secret cause/);
});

test('who goes away while waiting gives the place back: a script with a time-out of its own does not lock others out', async () => {
  await using world = await apiWorld({ instant: false, limits: { waits: 1 } });
  const body = '{"names":["web"],"wait":"1h"}';
  for (let i = 1; i <= 3; i += 1) {
    const impatient = world.raw(`POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await until('it waits', () => world.control.mutations.length === i);
    impatient.socket.destroy();
    await until('its connection is gone', () => world.server.connections === 0);
  }
  const patient = world.unix('/v1/operations/3?wait=20ms');
  assert.equal((await patient).status, 202);
});
