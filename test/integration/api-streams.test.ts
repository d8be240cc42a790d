// Streams over real sockets: facts that resume without a gap or a duplicate, logs that wait for slow readers, bounded memory.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import type { EventLine, LogLine } from '../../daemon/contract/rest.ts';
import type { FactBody } from '../../daemon/contract/facts.ts';
import type { LogPiece } from '../../daemon/os/ports/logs.ts';
import { apiWorld, until } from '../support/api-world.ts';
import type { Wire } from '../support/api-world.ts';

const get = (path: string, ...headers: readonly string[]): string => [`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
const flapping = (process: string, failures: number): FactBody => ({ type: 'process.flapping', process, failures, windowMs: 1 });
/** Chunked framing apart, what came. */
const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
const payload = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4).replace(/(^|\r\n)[0-9a-f]+\r\n/g, '');

test('facts arrive as server-sent events with their number, name and severity filter [D60] [E40]', async () => {
  await using world = await apiWorld();
  const all = world.raw(get('/v1/events?min_severity=debug'));
  const warnings = world.raw(get('/v1/events?min_severity=warning'));
  await until('both watch', () => world.control.subscribers.size === 2);
  world.control.publish({ type: 'process.starting', process: 'web:web', incarnation: 2, from: 'EXITED', tries: 0 });
  const fact = world.control.publish(flapping('web:web', 3));
  await all.saw(`id: ${fact.seq}\n`);
  assert.match(all.text(), /^x-accel-buffering: no\r$/m, 'nginx passes each fact on as it comes');
  await warnings.saw(`id: ${fact.seq}\nevent: process.flapping\ndata: ${JSON.stringify(fact)}\n\n`);
  assert.deepEqual(idsOf(all.text()), [fact.seq - 1, fact.seq]);
  assert.deepEqual(idsOf(warnings.text()), [fact.seq]);
});

test('a reader that comes back with Last-Event-ID misses nothing and gets nothing twice [E43]', async () => {
  await using world = await apiWorld();
  let published = world.control.snapshot().seq;
  const first = published;
  const seen: number[] = [];
  let last: number | null = null;
  for (let round = 0; round < 5; round++) {
    const reader: Wire = world.raw(get('/v1/events', ...(last === null ? [] : [`Last-Event-ID: ${last}`])));
    await until('it watches', () => world.control.subscribers.size === 1);
    for (let i = 0; i < 50; i++) published = world.control.publish(flapping('web:web', i)).seq;
    await reader.saw(`id: ${published}\n`);
    seen.push(...idsOf(reader.text()));
    last = published;
    reader.socket.destroy();
    await until('it has gone', () => world.control.subscribers.size === 0);
    for (let i = 0; i < 20; i++) published = world.control.publish(flapping('db:db', i)).seq;
  }
  const expected = Array.from({ length: seen.length }, (_, i) => first + 1 + i);
  assert.deepEqual(seen, expected);
  assert.equal(seen.length, 5 * 50 + 4 * 20);
});

test('since works as Last-Event-ID does, and a gap is told when older facts are gone [E43]', async () => {
  await using world = await apiWorld({ ring: 10 });
  for (let i = 0; i < 50; i++) world.control.publish(flapping('web:web', i));
  const { seq } = world.control.snapshot();
  const kept = world.raw(get(`/v1/events?since=${seq - 5}`));
  await kept.saw(`id: ${seq}\n`);
  assert.deepEqual(idsOf(kept.text()), [seq - 4, seq - 3, seq - 2, seq - 1, seq]);
  assert.doesNotMatch(kept.text(), /event: gap/);
  const gone = world.raw(get('/v1/events?since=1'));
  await gone.saw(`id: ${seq}\n`);
  assert.match(gone.text(), new RegExp(`event: gap\\ndata: \\{"type":"gap","oldest":${seq - 9}\\}\\n\\n`));
  assert.equal(idsOf(gone.text())[0], seq - 9);
});

test('follow=0 sends what is kept and ends; one JSON a line for who asks so', async () => {
  await using world = await apiWorld();
  world.control.publish(flapping('db:db', 9));
  const answer = await world.unix('/v1/events?follow=0&names=db', '-H', 'Accept: application/x-ndjson');
  assert.match(answer.headers.get('content-type') ?? '', /^application\/x-ndjson/);
  const lines = answer.body.trim().split('\n').map((line) => JSON.parse(line) as EventLine);
  assert.deepEqual(lines.map((line) => line.type), ['process.added', 'process.running', 'process.flapping']);
  assert.equal(world.control.subscribers.size, 0);
  assert.equal((await world.unix('/v1/events?names=nobody')).code(), 'NOT_FOUND');
});

test('names filter facts, and a process that is added later is found too', async () => {
  await using world = await apiWorld();
  const reader = world.raw(get('/v1/events?names=web:*'));
  await until('it watches', () => world.control.subscribers.size === 1);
  world.control.publish(flapping('db:db', 1));
  world.control.publish({ type: 'process.added', process: 'web:two', group: 'web', program: 'web', num: 1, autostart: true, priority: 1, incarnation: 0 });
  const fact = world.control.publish(flapping('web:two', 2));
  await reader.saw(`id: ${fact.seq}\n`);
  assert.deepEqual(idsOf(reader.text()), [fact.seq - 1, fact.seq]);
});

test('an idle stream is kept alive with a comment that moves the point of resumption [D60]', async () => {
  await using world = await apiWorld({ limits: { heartbeatMs: 30 } });
  const reader = world.raw(get('/v1/events?min_severity=critical'));
  await reader.saw(': keep-alive\n');
  const fact = world.control.publish(flapping('web:web', 1));
  await reader.saw(`: keep-alive\nid: ${fact.seq}\n\n`);
});

test('a reader of events that stalls costs bounded memory and, when it reads again, gets every fact once', async () => {
  await using world = await apiWorld({ ring: 50_000 });
  const reader = world.raw(get('/v1/events'));
  await reader.saw('text/event-stream');
  await until('it watches', () => world.control.subscribers.size === 1);
  reader.socket.pause();
  const first = world.control.snapshot().seq + 1;
  const long = 'x'.repeat(1000);
  let published = 0;
  // The kernel takes some; once the answer is full the subscription is given up.
  for (let i = 0; i < 400 && world.control.subscribers.size > 0; i++) {
    for (let j = 0; j < 50; j++) published = world.control.publish({ type: 'daemon.warning', what: 'test', message: long }).seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(world.control.subscribers.size, 0, 'not subscribed while it does not read');
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 10_000; i++) published = world.control.publish(flapping('web:web', i)).seq;
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
  reader.socket.resume();
  await reader.saw(`id: ${published}\n`);
  const ids = idsOf(payload(reader.text()));
  assert.deepEqual(ids, Array.from({ length: published - first + 1 }, (_, i) => first + i));
});

test('a reader of a log that stalls pauses its source: nothing piles up, and it goes on where it was', async () => {
  await using world = await apiWorld();
  const reader = world.raw(get('/v1/logs/follow?name=web&channel=stdout&bytes=0'));
  await reader.saw('text/plain');
  await until('it follows', () => world.control.followers.size === 1);
  reader.socket.pause();
  const chunk = 'y'.repeat(64 * 1024);
  let taken = 0;
  for (let i = 0; i < 1000; i++) {
    if (world.control.writeLog('web:web', 'stdout', chunk)) taken += chunk.length;
    else if (i > 500) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(taken < 16 * 1024 * 1024, `stopped after ${taken} bytes of 64 MB`);
  assert.deepEqual([...world.control.followers].map((one) => one.paused), [true]);
  reader.socket.resume();
  await until('it goes on', () => [...world.control.followers].every((one) => !one.paused));
  world.control.writeLog('web:web', 'stdout', 'the end\n');
  await reader.saw('the end\n');
  reader.socket.destroy();
  await until('it has gone', () => world.control.followers.size === 0);
});

test('several logs come as one JSON a line with their names, and a character cut in two is whole', async () => {
  await using world = await apiWorld();
  const reader = world.raw(get('/v1/logs/follow?names=all&bytes=0'));
  await until('it follows', () => world.control.followers.size === 1);
  const euro = Buffer.from('€\n');
  world.control.writeLog('web:web', 'stdout', euro.subarray(0, 1));
  world.control.writeLog('db:db', 'stdout', 'meanwhile\n');
  world.control.writeLog('web:web', 'stdout', euro.subarray(1));
  await reader.saw('€');
  const lines = payload(reader.text()).trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  assert.deepEqual(lines, [{ name: 'db:db', channel: 'stdout', text: 'meanwhile\n' }, { name: 'web:web', channel: 'stdout', text: '€\n' }]);
});

test('the end of a log and any range of it are sent with its size', async () => {
  await using world = await apiWorld();
  world.control.writeLog('web:web', 'stdout', '0123456789');
  const log = async (query: string): Promise<string> => {
    const answer = await world.unix(`/v1/logs?name=web&${query}`);
    return `${answer.status} ${answer.body.trim()} ${answer.headers.get('x-log-offset')} ${answer.headers.get('x-log-overflow')}`;
  };
  // "hello from web:web\n" is before it: 29 bytes.
  assert.equal(await log('bytes=4'), '200 6789 29 true');
  assert.equal(await log('bytes=1600'), '200 hello from web:web\n0123456789 29 false');
  assert.equal(await log('offset=19&length=3'), '200 012 22 true');
  assert.equal(await log('offset=-2&length=0'), '200 89 29 false');
  assert.equal(await log('offset=22'), '200 3456789 29 false');
  assert.equal((await world.unix('/v1/logs?name=web&offset=-2&length=5')).code(), 'BAD_RANGE');
  assert.equal((await world.unix('/v1/logs?name=web&channel=stderr')).code(), 'NO_LOG');
  assert.equal((await world.unix('/v1/logs?name=all')).code(), 'BAD_ARGUMENT');
  assert.equal((await world.unix('/v1/logs?name=../../etc/passwd')).code(), 'NOT_FOUND');
  const all = await world.unix('/v1/logs/follow?names=all&follow=0');
  assert.deepEqual(all.body.trim().split('\n').map((line) => (JSON.parse(line) as LogLine).name), ['web:web', 'db:db']);
});

test('streams beyond the bound are BUSY, and a place is free again when one ends', async () => {
  await using world = await apiWorld({ limits: { streams: 2 } });
  const held = [world.raw(get('/v1/events')), world.raw(get('/v1/logs/follow?name=web'))];
  for (const one of held) await one.saw('200 OK');
  const answer = await world.unix('/v1/events');
  assert.deepEqual([answer.status, answer.code()], [429, 'BUSY']);
  held[0]?.socket.destroy();
  await until('it has gone', () => world.control.subscribers.size === 0);
  const next = world.raw(get('/v1/events'));
  await next.saw('200 OK');
});

test('a file of a log that is read slowly takes the place of a stream, and gives it back with its descriptor: slow readers keep no program from starting', async () => {
  await using world = await apiWorld({ limits: { streams: 2 } });
  const open = new Set<Readable>();
  world.control.logs.openFile = async () => {
    const stream = new Readable({ read() {} }).once('close', () => open.delete(stream));
    stream.push('beginning');
    open.add(stream);
    return { file: 'web.log', compressed: false, bytes: null, stream };
  };
  const path = '/v1/logs/file?name=web&file=web.log';
  const held = [world.raw(get(path)), world.raw(get(path))];
  for (const one of held) await one.saw('beginning');
  const answer = await world.unix(path);
  assert.deepEqual([answer.status, answer.code(), open.size], [429, 'BUSY', 2], 'no third one is opened');
  held[0]?.socket.destroy();
  await until('its file is closed', () => open.size === 1);
  for (const stream of open) stream.push(null);
  world.control.logs.openFile = async () => null;
  // What is refused keeps no place.
  for (let times = 0; times < 3; times++) assert.equal((await world.unix(path)).code(), 'NO_LOG');
});

test('who goes away while the past of a log is searched for him leaves nobody searching', async () => {
  await using world = await apiWorld();
  let searches = 0;
  world.control.logs.since = async (_id, _channel, _since, gone) => ({
    position: 0,
    pieces: (async function* (): AsyncGenerator<LogPiece> {
      searches += 1;
      yield { bytes: Buffer.from('found\n'), end: 0 };
      // Gigabytes that are too old.
      while (!gone.aborted) await new Promise((resolve) => void setImmediate(resolve));
      searches -= 1;
    })(),
  });
  const reader = world.raw(get('/v1/logs/follow?name=web&channel=stdout&since=1h'));
  await reader.saw('found');
  reader.socket.destroy();
  await until('nobody searches', () => searches === 0);
});

test('the daemon\'s own log can be followed, and following ends with its reader', async () => {
  await using world = await apiWorld();
  const reader = world.raw(get('/v1/mainlog/follow'));
  await reader.saw('daemon line 2');
  world.control.writeMainLog('daemon line 3\n');
  await reader.saw('daemon line 3');
  reader.socket.destroy();
  await until('nobody follows', () => world.control.mainFollowers.size === 0);
});
