import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { fakeDaemon, refuse, snapshot, view } from '../support/fake-daemon.ts';
import type { FakeDaemon, Route } from '../support/fake-daemon.ts';
import { launchCtl, runHere } from '../support/run-ctl.ts';

async function daemon(t: TestContext, routes: Readonly<Record<string, Route>>): Promise<FakeDaemon> {
  const fake = await fakeDaemon({ 'GET /v1/status': () => snapshot([view('web'), view('pool:w')]), ...routes });
  t.after(() => fake.close());
  return fake;
}

/** Sends `pieces` and leaves the stream open. */
const open =
  (type: string, ...pieces: string[]): Route =>
  (_seen, response) => {
    response.writeHead(200, { 'content-type': type });
    for (const piece of pieces) response.write(piece);
  };

test('tail prints the last bytes as they are, 1600 of stdout unless told otherwise', async (t) => {
  const fake = await daemon(t, {
    'GET /v1/logs': (_s, response) => {
      response.end('no newline at the end');
    },
  });
  assert.deepEqual(await runHere(fake.url, ['tail', 'web']), { code: 0, out: 'no newline at the end', err: '' });
  await runHere(fake.url, ['tail', '-50', 'web', 'stderr']);
  assert.deepEqual(
    fake.seen.map((s) => s.query.toString()),
    ['names=web&channel=stdout&bytes=1600', 'names=web&channel=stderr&bytes=50'],
  );
});

test("tail of a log that is not there, or of nobody, is said in supervisorctl's words and exits 1", async (t) => {
  const fake = await daemon(t, {
    'GET /v1/logs': (seen, response) => refuse(response, seen.query.get('names') === 'web' ? 'NO_LOG' : 'NOT_FOUND', 'x'),
  });
  const none = await runHere(fake.url, ['tail', 'web']);
  assert.deepEqual([none.out, none.code], ['web: ERROR (no log file)\n', 1]);
  const nobody = await runHere(fake.url, ['tail', 'wep']);
  assert.deepEqual([nobody.out, nobody.err, nobody.code], ['wep: ERROR (no such process name)\n', 'wep: did you mean web?\n', 1]);
  assert.equal((await runHere(fake.url, ['tail', 'web', 'pool:w'])).code, 1);
});

test('tail -f says how to leave, prints what comes, and Ctrl-C ends it at once with exit 0', async (t) => {
  const fake = await daemon(t, { 'GET /v1/logs/follow': open('text/plain', 'first\n', 'second') });
  const running = launchCtl(['-s', fake.url, 'tail', '-f', 'web'], {}, null);
  await running.said('second');
  const before = performance.now();
  running.child.kill('SIGINT');
  const ran = await running.ended;
  assert.deepEqual(ran, { code: 0, signal: null, out: '==> Press Ctrl-C to exit <==\nfirst\nsecond', err: '' });
  assert.ok(performance.now() - before < 5000);
  assert.equal(fake.seen[0]!.query.toString(), 'names=web&channel=stdout&bytes=1600&follow=true');
});

test("maintail follows the daemon's own log at its own address", async (t) => {
  const fake = await daemon(t, {
    'GET /v1/mainlog': (_s, r) => {
      r.end('past\n');
    },
    'GET /v1/mainlog/follow': (_s, r) => {
      r.end('all\n');
    },
  });
  assert.equal((await runHere(fake.url, ['maintail', '-100'])).out, 'past\n');
  const followed = await runHere(fake.url, ['maintail', '-f']);
  assert.equal(followed.out, '==> Press Ctrl-C to exit <==\nall\n');
  assert.equal(followed.code, 1, 'a stream that ends by itself is no success');
});

test('logs -f all interleaves whole lines with names, and stops at Ctrl-C [B10]', async (t) => {
  const line = (name: string, text: string): string => `${JSON.stringify({ name, channel: 'stdout', text })}\n`;
  const fake = await daemon(t, {
    'GET /v1/logs/follow': open('application/x-ndjson', line('web:web', 'a\nhalf'), line('pool:w', 'b\n'), line('web:web', ' c\nrest')),
  });
  const running = launchCtl(['-s', fake.url, 'logs', '-f', 'all'], {}, null);
  await running.said('half c\n');
  running.child.kill('SIGINT');
  const ran = await running.ended;
  assert.deepEqual([ran.code, ran.err], [0, '']);
  assert.deepEqual(ran.out.split('\n'), ['web    | a', 'pool:w | b', 'web    | half c', 'web    | rest', '']);
  assert.equal(fake.seen.find((one) => one.path === '/v1/logs/follow')!.headers.accept, 'application/x-ndjson');
});

test('a daemon that dies under a stream is told, with exit 4', async (t) => {
  const fake = await daemon(t, {
    'GET /v1/logs/follow': (_s, response) => {
      response.write('x\n');
      setImmediate(() => response.destroy());
    },
  });
  const ran = await runHere(fake.url, ['tail', '-f', 'web']);
  assert.match(ran.out, /x\nunix:.* closed the connection/);
  assert.equal(ran.code, 4);
});

test('a consumer that is slow loses nothing', async (t) => {
  const body = Buffer.alloc(8 * 1024 * 1024, 'x');
  const fake = await daemon(t, {
    'GET /v1/logs': (_s, response) => {
      response.end(body);
    },
  });
  const running = launchCtl(['-s', fake.url, 'tail', '-8388608', 'web']);
  running.child.stdout!.pause();
  await fake.arrived((s) => s.path === '/v1/logs');
  running.child.stdout!.resume();
  const ran = await running.ended;
  assert.equal(ran.out.length, body.length);
  assert.equal(ran.code, 0);
});
