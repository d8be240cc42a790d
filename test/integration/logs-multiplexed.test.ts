// `reevectl logs` of several processes: lines of the past, times, those who come later, and a connection that breaks.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { DAEMON_HEADER } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { atEnd, startDaemon } from '../support/daemon.ts';
import { apiWorld } from '../support/api-world.ts';
import { fakeDaemon, snapshot, view } from '../support/fake-daemon.ts';
import { runDetails } from '../support/jobs.ts';
import { LogWorld, logSpec, noNative, numbered } from '../support/log-world.ts';
import { launchCtl, runHere } from '../support/run-ctl.ts';
import { waitFor } from '../support/wait-for.ts';

const native = noNative === null ? {} : { skip: `native capture is not available here: ${noNative}` };

/** A way to the daemon that can be cut. */
async function passage(t: TestContext, to: string, at: string): Promise<{ cut(): void }> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => undefined).on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => void server.listen(at, resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  atEnd(t, () => {
    cut();
    server.close();
  });
  return { cut };
}

test('a connection that breaks again and again loses no line and shows none twice', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.a]\ncommand = "sh -c 'i=0; while [ $i -lt 600 ]; do echo a-$i; echo e-$i >&2; i=$((i+1)); [ $((i % 20)) = 0 ] && sleep 0.1; done; exec sleep 600'"\nstdout_logfile_maxbytes = "1KB"\nstdout_logfile_backups = 3\n[programs.b]\ncommand = "sleep 600"`,
  });
  const through = join(d.dir, 'through.sock');
  const way = await passage(t, d.socket, through);
  const running = launchCtl(['-s', `unix:${through}`, 'logs', '-f', '-n', '1000', 'all'], {}, null);
  for (const seen of ['a-100\n', 'a-200\n', 'a-300\n', 'a-400\n']) {
    await running.said(seen);
    way.cut();
  }
  await running.said('a-599\n');
  await running.said('e-599\n');
  running.child.kill('SIGINT');
  const { out, err, code } = await running.ended;
  assert.equal(code, 0);
  assert.equal(err.match(/Connected again/g)?.length, 4, err);
  for (const [name, mark] of [['a', '|'], ['e', '!']] as const) {
    const numbers = out.split('\n').filter((line) => line.startsWith(`a ${mark} ${name}-`)).map((line) => Number(line.split('-')[1]));
    assert.deepEqual(numbers.slice(1).map((n, i) => n - numbers[i]!).filter((step) => step !== 1), [], `${name}: ${numbers.length} lines`);
    assert.equal(numbers.at(-1), 599);
  }
});

test('the output of a run is followed over connections that break: no line is lost or shown twice, and its end is the end', async (t) => {
  const part = (from: number, wait: string): string => `i=${from}; while [ $i -lt ${from + 100} ]; do echo n-$i; i=$((i+1)); done${wait === '' ? '' : `; while [ ! -e ${wait} ]; do sleep 0.02; done`}\n`;
  const d = await startDaemon(t, { config: '[jobs.j]\ncommand = "sh run.sh"\ndirectory = "."\ntimeout = "1m"', files: { 'run.sh': part(0, 'one') + part(100, 'two') + part(200, '') } });
  const through = join(d.dir, 'through.sock');
  const way = await passage(t, d.socket, through);
  assert.equal((await d.ctl('job', 'run', 'j')).code, 0);
  const running = launchCtl(['-s', `unix:${through}`, 'job', 'logs', '-f', 'j'], {}, null);
  for (const [seen, go] of [['n-99\n', 'one'], ['n-199\n', 'two']] as const) {
    await running.said(seen);
    way.cut();
    writeFileSync(join(d.dir, go), '');
  }
  const { out, err, code } = await running.ended;
  assert.equal(code, 0, err);
  assert.equal(err.match(/Connected again/g)?.length, 2, err);
  assert.equal(out, Array.from({ length: 300 }, (_, i) => `n-${i}\n`).join(''));
});

test('logs -f of a group shows those who join it, with all they wrote', async (t) => {
  const d = await startDaemon(t, { config: `[programs.w]\ncommand = "sh -c 'echo hello from $SUPERVISOR_PROCESS_NAME; exec sleep 600'"\nnumprocs = 2` });
  await d.state('w:w-0', 'RUNNING');
  const running = launchCtl(['-s', `unix:${d.socket}`, 'logs', '-f', 'w:*'], {}, null);
  await running.said('hello from w-0');
  assert.equal((await d.ctl('scale', 'w', '4')).code, 0);
  await running.said('hello from w-2\n');
  await running.said('hello from w-3\n');
  running.child.kill('SIGINT');
  const { out, code } = await running.ended;
  assert.equal(code, 0);
  for (const name of ['w-2', 'w-3']) assert.equal(out.split('\n').filter((line) => line === `w:${name} | hello from ${name}`).length, 1, out);
});

test('-n gives so many lines of each log, whatever their length and whatever was rotated', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 1000, backups: 2 }));
  const pipe = world.pipe(world.child('p'));
  pipe.write(`${numbered(12)}last without end`);
  await world.until('it is written', () => world.plane.stats('p').bytes === 1216);
  for (const [lines, expected] of [[0, 0], [1, 16], [2, 116], [5, 416], [1000, 1216]] as const) {
    let text = '';
    const handle = world.plane.follow({ targets: [{ id: 'p', channel: 'stdout' }], bytes: 0, lines, onChunk: (_id, _channel, chunk) => (text += Buffer.from(chunk).toString()), onEnd: () => undefined });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    handle.close();
    // Rotated away: two files of 1000 bytes are looked into.
    assert.equal(text.length, Math.min(expected, 1216), `${lines} lines`);
  }
});

test('a reader goes on from its position; what is no longer kept is told with its size', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 100_000, backups: 0 }));
  const pipe = world.pipe(world.child('p'));
  const read = async (from: number): Promise<readonly [string, number]> => {
    let text = '';
    let end = -1;
    const handle = world.plane.follow({ targets: [{ id: 'p', channel: 'stdout', from }], bytes: 0, onChunk: (_id, _channel, chunk, at) => ((text += Buffer.from(chunk).toString()), (end = at)), onEnd: () => undefined });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    handle.close();
    return [text, end];
  };
  pipe.write(numbered(10));
  await world.until('it is written', () => world.plane.stats('p').bytes === 1000);
  assert.deepEqual(await read(800), [numbered(10).slice(800), 1000]);
  assert.deepEqual(await read(1000), ['', -1]);
  assert.equal(world.plane.position('p', 'stdout'), 1000);
  world.plane.clear('p');
  pipe.write(numbered(2, 10));
  await world.until('more is written', () => world.plane.stats('p').bytes === 1200);
  const [text, end] = await read(700);
  assert.equal(text, `[reeve: 300 bytes that were written meanwhile are no longer kept]\n${numbered(2, 10)}`);
  assert.equal(end, 1200);
  // A place beyond the end is one in a log that a process of this name had before.
  assert.match((await read(5000))[0], /^\[reeve: 1000 bytes [^\n]*\n0{9}010 x/);
  const ends: number[] = [];
  const handle = world.plane.follow({ targets: [{ id: 'p', channel: 'stdout', from: 700 }], bytes: 0, onChunk: (_id, _channel, _chunk, at) => ends.push(at), onEnd: () => undefined });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  handle.close();
  // Who leaves after the notice comes back to what is kept.
  assert.deepEqual(ends, [1000, 1200]);
});

test('who waits for a log that is not there yet gets all of it, and a character cut in two is given again', async (t) => {
  const d = await startDaemon(t, { config: `[programs.late]\ncommand = "sh cut.sh"\nautostart = false\nstartsecs = 0\ndirectory = "."`, files: { 'cut.sh': `rest() { printf '\\254\\n'; }\ntrap rest USR1\nprintf 'costs 5 \\342\\202'\nwhile :; do sleep 0.1; done\n` } });
  const listen = (query: string) => {
    const lines: LogLine[] = [];
    let rest = '';
    const asked = request({ socketPath: d.socket, path: `/v1/logs/follow?name=late&positions=true&${query}`, headers: { host: 'localhost', accept: 'application/x-ndjson' } }, (answer) => {
      seen.status = answer.statusCode ?? 0;
      seen.daemon = String(answer.headers[DAEMON_HEADER]);
      answer.setEncoding('utf8').on('data', (text: string) => {
        const whole = (rest + text).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole) lines.push(JSON.parse(line) as LogLine);
      }).on('error', () => undefined);
    });
    const seen = { lines, status: 0, daemon: '', text: () => lines.map((line) => line.text).join(''), close: () => void asked.destroy() };
    asked.on('error', () => undefined).end();
    t.after(seen.close);
    return seen;
  };
  const refused = listen('');
  await waitFor('the refusal', () => refused.status === 404);
  const first = listen('channel=stdout&await=true');
  await waitFor('the stream', () => first.status === 200);
  assert.match(first.daemon, new RegExp(`^${d.pid}-\\d+$`));
  await d.ctl('start', 'late');
  await waitFor('its first words', () => first.text() === 'costs 5 ');
  first.close();
  assert.equal(first.lines.at(-1)?.end, 8);
  const second = listen('channel=stdout&from=late:late/stdout=8');
  await d.ctl('signal', 'USR1', 'late');
  await waitFor('the whole character', () => second.text() === '€\n');
});

test('positions and times are said where they are asked for, and a bad position is refused', async () => {
  await using world = await apiWorld();
  const ask = (query: string) => world.unix(`/v1/logs/follow?follow=false&name=web&channel=stdout&${query}`, '-H', 'Accept: application/x-ndjson');
  const [line] = (await ask('positions=true')).body.trim().split('\n').map((text) => JSON.parse(text) as LogLine);
  assert.deepEqual(line, { name: 'web:web', channel: 'stdout', text: 'hello from web:web\n', end: 19 });
  assert.deepEqual(JSON.parse((await ask('')).body), { name: 'web:web', channel: 'stdout', text: 'hello from web:web\n' });
  for (const bad of ['from=web', 'from=web:web/stdin=3', 'lines=-1']) assert.equal((await world.unix(`/v1/logs/follow?name=web&${bad}`)).code(), 'BAD_ARGUMENT', bad);
});

test('job logs -n gives so many lines of what a run said', async () => {
  await using world = await apiWorld();
  world.control.book.runs.push(runDetails('import', { id: '11111111-2222-4333-8444-555555555555', output: 'one\ntwo\nthree\nfour' }));
  const of = async (...more: string[]) => (await runHere(`unix://${world.socketPath}`, ['job', 'logs', '11111111', ...more])).out;
  assert.equal(await of('-n', '2'), 'three\nfour');
  assert.equal(await of('-n', '0'), '');
  assert.equal(await of('-n', '99'), 'one\ntwo\nthree\nfour');
  assert.equal(await of(), 'one\ntwo\nthree\nfour');
});

test('--since goes by the times that the lines have; a log without them says so, and shows what comes [B10]', async (t) => {
  const now = Date.now();
  const at = (ago: number): string => new Date(now - ago).toISOString();
  const fake = await fakeDaemon({
    'GET /v1/status': () => snapshot([view('web'), view('db')]),
    'GET /v1/logs/follow': (_seen, response) => {
      for (const [name, text, when] of [['web:web', `${at(3_600_000)} old\n  its trace\n${at(60_000)} young\n  with a trace\n`, null], ['db:db', 'no time\nno time\n', null], ['db:db', 'fresh\n', now]] as const) {
        response.write(`${JSON.stringify({ name, channel: 'stdout', text, ...(when === null ? {} : { at: when }) })}\n`);
      }
      response.end();
    },
  });
  t.after(() => fake.close());
  const ran = await runHere(fake.url, ['logs', '--since', '10m', 'web', 'db']);
  assert.deepEqual(ran.out.split('\n'), [`web | ${at(60_000)} young`, 'web |   with a trace', 'db  | fresh', '']);
  assert.equal(ran.err, 'db: its stdout has no times; of its past nothing is shown. log_timestamp = true writes them.\n');
  const stamped = await runHere(fake.url, ['logs', '--timestamps', 'db']);
  assert.match(stamped.out, /^db {2}- {18} \| no time\ndb {2}- {18} \| no time\ndb {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| fresh\n$|db/);
  assert.equal(stamped.code, 0);
  assert.equal((await runHere(fake.url, ['logs', '--since', 'whenever', 'db'])).code, 2);
});
