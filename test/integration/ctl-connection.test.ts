import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionError, send } from '../../ctl/http.ts';
import type { HttpRequest } from '../../ctl/http.ts';
import { parseAddress } from '../../ctl/server-address.ts';
import { runCtl, runHere } from '../support/run-ctl.ts';

/** A server that does to each connection what the test wants. */
async function server(t: TestContext, onConnection: (socket: Socket) => void): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-ctl-raw-'));
  const path = join(directory, 's');
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => listening.listen(path, resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      listening.close(() => resolve());
    });
    rmSync(directory, { recursive: true, force: true });
  });
  return `unix://${path}`;
}

function get(url: string, over: Partial<HttpRequest> = {}): ReturnType<typeof send> {
  return send(parseAddress(url)!, { method: 'GET', path: '/v1/status', ...over });
}

async function trouble(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof ConnectionError ? error.trouble : String(error)),
  );
}

test("no daemon: supervisorctl's words, advice on stderr; exit 4, and 7 where the socket is missing for a command other than status", async () => {
  const status = await runCtl(['-s', 'unix:///nonexistent/reeve.sock', 'status']);
  assert.deepEqual([status.out, status.code], ['unix:///nonexistent/reeve.sock no such file\n', 4]);
  assert.match(status.err, /Start reeved/);
  assert.equal((await runHere('unix:///nonexistent/reeve.sock', ['stop', 'web'])).code, 7);
});

test('a port where nobody listens refused connection: exit 4 for every command', async (t) => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise<void>((resolve) => {
    probe.close(() => resolve());
  });
  t.diagnostic(`port ${port}`);
  for (const command of [['status'], ['stop', 'web']]) {
    const ran = await runHere(`http://127.0.0.1:${port}`, command);
    assert.deepEqual([ran.out, ran.code], [`http://127.0.0.1:${port} refused connection\n`, 4]);
  }
});

test('a file that is no socket is refused, not read', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-ctl-file-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'f'), 'x');
  assert.equal(await trouble(get(`unix://${join(directory, 'f')}`)), 'refused');
});

test('a server that answers byte by byte is understood', async (t) => {
  const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n';
  const url = await server(t, (socket) => {
    socket.setNoDelay(true);
    let at = 0;
    const next = (): void => {
      if (at === text.length) return;
      socket.write(text[at++]!, () => setImmediate(next));
    };
    next();
  });
  assert.equal((await get(url)).body.toString(), '{"a":1}');
});

test('a server that never answers, or drips bytes for ever, is given up after the time allowed', async (t) => {
  const silent = await server(t, () => {});
  assert.equal(await trouble(get(silent, { timeoutMs: 50 })), 'timeout');
  const dripping = await server(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
    const timer = setInterval(() => socket.write('x'), 5);
    socket.on('close', () => clearInterval(timer));
  });
  assert.equal(await trouble(get(dripping, { timeoutMs: 80 })), 'timeout');
});

test('what is not HTTP is named as such, and an answer that breaks off as a lost connection', async (t) => {
  assert.equal(await trouble(get(await server(t, (s) => s.write('-ERR unknown command\r\n')))), 'garbage');
  assert.equal(await trouble(get(await server(t, (s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')))), 'lost');
  assert.equal(await trouble(get(await server(t, (s) => s.end()))), 'lost');
  assert.equal(await trouble(get(await server(t, (s) => s.destroy()))), 'lost');
});

test('an answer without an end is cut at a bound, not kept in memory', async (t) => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const url = await server(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  });
  assert.equal(await trouble(get(url)), 'garbage');
});

test("a stranger's web page is told apart from reeved", async (t) => {
  const url = await server(t, (s) => s.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>'));
  const ran = await runHere(url, ['status']);
  assert.match(ran.out, /is not reeved: its answer is no JSON/);
  assert.equal(ran.code, 4);
  const proxy = await server(t, (s) => s.end('HTTP/1.1 502 Bad Gateway\r\n\r\n<html>'));
  assert.match((await runHere(proxy, ['status'])).out, /HTTP 502/);
});

test('an aborted request ends at once', async (t) => {
  const url = await server(t, () => {});
  const ended = new AbortController();
  const answer = get(url, { signal: ended.signal, timeoutMs: Infinity });
  ended.abort();
  assert.equal((await answer).status, 0);
});
