// Which events are sent: by type, time, number and count, over the API and from reevectl, also across a lost connection.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventCounts } from '../../daemon/contract/rest.ts';
import type { EventLine } from '../../daemon/contract/rest.ts';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { apiWorld, until } from '../support/api-world.ts';
import { fakeDaemon } from '../support/fake-daemon.ts';
import { launchCtl, runHere } from '../support/run-ctl.ts';

const flapping = (process: string, failures: number): FactBody => ({ type: 'process.flapping', process, failures, windowMs: 1 });
const steady = (process: string): FactBody => ({ type: 'process.steady', process });

type World = Awaited<ReturnType<typeof apiWorld>>;

async function seqs(world: World, query: string): Promise<readonly number[]> {
  const answer = await world.unix(`/v1/events?follow=0&${query}`, '-H', 'Accept: application/x-ndjson');
  assert.equal(answer.status, 200, answer.body);
  return answer.body.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as EventLine).flatMap((event) => (event.type === 'gap' ? [] : [event.seq]));
}

test('types choose facts, * stands for any characters, and a type that there is not is refused with the nearest [E40][E42]', async () => {
  await using world = await apiWorld();
  const first = world.control.publish(flapping('web:web', 1)).seq;
  world.control.publish(steady('web:web'));
  world.control.publish(flapping('db:db', 2));
  const last = world.control.publish({ type: 'daemon.warning', what: 'x', message: 'y' }).seq;
  assert.deepEqual(await seqs(world, 'type=process.flapping'), [first, first + 2]);
  assert.deepEqual(await seqs(world, `type=process.*&since=${first - 1}`), [first, first + 1, first + 2]);
  assert.deepEqual(await seqs(world, 'type=daemon.*,process.steady'), [first + 1, last]);
  assert.deepEqual(await seqs(world, 'type=process.*&min_severity=warning&names=db'), [first + 2]);
  const refused = await world.unix('/v1/events?type=proces.flapping');
  assert.equal(refused.code(), 'BAD_ARGUMENT');
  assert.match(refused.body, /did you mean process\.flapping\?/);
  assert.equal((await world.unix('/v1/events?type=nothing.*')).code(), 'BAD_ARGUMENT');
});

test('since and until take numbers and times, limit the last so many [E43]', async () => {
  await using world = await apiWorld();
  for (let i = 0; i < 10; i++) world.control.publish(flapping('web:web', i));
  const { seq } = world.control.snapshot();
  assert.deepEqual(await seqs(world, `type=process.flapping&since=${seq - 3}`), [seq - 2, seq - 1, seq]);
  assert.deepEqual(await seqs(world, `type=process.flapping&until=${seq - 8}`), [seq - 9, seq - 8]);
  assert.deepEqual(await seqs(world, 'type=process.flapping&limit=2'), [seq - 1, seq]);
  assert.deepEqual(await seqs(world, 'type=process.flapping&limit=0'), []);
  // The clock of this world is that of 1970.
  assert.equal((await seqs(world, 'type=process.flapping&since=1970-01-01')).length, 10);
  assert.deepEqual(await seqs(world, 'since=10m'), []);
  assert.equal((await seqs(world, 'type=process.flapping&until=10m')).length, 10);
  for (const bad of ['since=soon', 'until=whenever', 'since=-5', 'limit=-1']) assert.equal((await world.unix(`/v1/events?${bad}`)).code(), 'BAD_ARGUMENT', bad);
});

test('following begins with the last so many, or those since a time, and goes on without a gap or a duplicate [E43]', async () => {
  await using world = await apiWorld();
  for (let i = 0; i < 10; i++) world.control.publish(flapping('web:web', i));
  const { seq } = world.control.snapshot();
  const get = (path: string): string => [`GET ${path} HTTP/1.1`, 'Host: x', '', ''].join('\r\n');
  const some = world.raw(get('/v1/events?limit=2&type=process.flapping'));
  const none = world.raw(get('/v1/events?since=10m&type=process.flapping'));
  const all = world.raw(get('/v1/events?since=1970-01-01&type=process.flapping'));
  await until('all watch', () => world.control.subscribers.size === 3);
  world.control.publish(steady('web:web'));
  const last = world.control.publish(flapping('web:web', 11)).seq;
  const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
  for (const [reader, expected] of [[some, [seq - 1, seq, last]], [none, [last]], [all, [...Array.from({ length: 10 }, (_, i) => seq - 9 + i), last]]] as const) {
    await reader.saw(`id: ${last}\n`);
    assert.deepEqual(ids(reader.text()), expected);
  }
});

test('events are counted by severity and type, also those that are no longer kept [E43]', async () => {
  await using world = await apiWorld({ ring: 3 });
  for (let i = 0; i < 10; i++) world.control.publish(flapping('web:web', i));
  const counts = JSON.parse((await world.unix('/v1/events/counts')).body) as EventCounts;
  assert.equal(counts.types['process.flapping'], 10);
  assert.equal(counts.severities.warning, 10);
  assert.equal(counts.last, world.control.snapshot().seq);
  const ran = await runHere(`unix://${world.socketPath}`, ['events', '--count']);
  assert.match(ran.out, /^SEVERITY +TYPE +COUNT\n.*critical +all +0\n/s);
  assert.match(ran.out, /warning +all +10\nwarning +process\.flapping +10\n/);
});

test('events passes its filters on', async (t) => {
  const fake = await fakeDaemon({ 'GET /v1/events': (_s, response) => void response.writeHead(200).end() });
  t.after(() => fake.close());
  await runHere(fake.url, ['events', 'web', '--type', 'process.*,job.*', '--since', '10m', '-n', '5', '--job', 'import', '--severity', 'debug']);
  await runHere(fake.url, ['events', '-f', '--until', '08:00']);
  assert.deepEqual(fake.seen.map((one) => one.query.toString()), [
    'since=10m&limit=5&min_severity=debug&type=process.*&type=job.*&names=web&job=import&follow=false', 'until=08%3A00&min_severity=info&follow=false',
  ]);
});

test('events -f goes on from the last one when its connection is lost, and from the first of another daemon [E43]', async (t) => {
  const fact = (seq: number): string => `${JSON.stringify({ type: 'process.flapping', process: 'web:web', failures: seq, windowMs: 1, seq, at: 0 })}\n`;
  let pid = 7;
  let round = 0;
  const fake = await fakeDaemon({
    'GET /v1/version': () => ({ version: '9', identifier: 'reeve', pid, state: 'RUNNING' }),
    'GET /v1/events': (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      round++;
      response.write(fact(round === 3 ? 1 : 40 + round));
      if (round === 2) pid = 8;
      // The first waits until it is known who answers.
      if (round < 3) void fake.arrived((seen) => seen.path === '/v1/version').then(() => setTimeout(() => response.destroy(), 50));
    },
  });
  t.after(() => fake.close());
  const running = launchCtl(['-s', fake.url, 'events', '-f', '-n', '3'], {}, null);
  await running.said('#1 ');
  running.child.kill('SIGINT');
  const ran = await running.ended;
  assert.equal(ran.code, 0);
  assert.deepEqual([...ran.out.matchAll(/#(\d+)/g)].map((match) => Number(match[1])), [41, 42, 1]);
  assert.match(ran.err, /closed the connection.*; trying again until Ctrl-C\.\nConnected again\.\n.*trying again.*\nConnected again: another daemon answers, pid 8\.\n/);
  assert.deepEqual(fake.seen.filter((one) => one.path === '/v1/events').map((one) => [one.query.get('since'), one.query.get('limit')]), [[null, '3'], ['41', null], ['0', null]]);
});
