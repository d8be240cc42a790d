// Where the API listens: sockets with their mode, stale and living ones, busy ports, and nothing loaded before somebody comes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { ListenSpec } from '../../config/api-spec.ts';
import { openApi } from '../../daemon/api/open.ts';
import type { ApiServer } from '../../daemon/api/open.ts';
import { apiWorld, wire } from '../support/api-world.ts';
import { apiSpec, fakeControl, listenOn } from '../support/fake-control.ts';

async function inDirectory(body: (directory: string, warnings: string[]) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-listen-'));
  try {
    await body(directory, []);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function open(listen: readonly ListenSpec[], warnings: string[] = []): Promise<ApiServer> {
  const api = apiSpec({ listen });
  return openApi({ control: fakeControl({ api }), api, warn: (message) => warnings.push(message) });
}

/** A socket file on which nobody listens any more, as a killed daemon leaves it. */
async function leaveStale(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await new Promise<void>((resolve) => { execFile(process.execPath, ['-e', script], () => resolve()); });
  assert.ok(statSync(path).isSocket());
}

async function listen(where: { path: string } | { host: string; port: number }): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(where, resolve); });
  return server;
}

test('the control socket has mode 0700 whatever the umask says, in a directory that others may pass but not list [B13]', async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, 'a', 'b', 'reeve.sock');
    for (const umask of [0o000, 0o177]) {
      const before = process.umask(umask);
      await using server = await open([listenOn({ unix: path })]).finally(() => process.umask(before));
      assert.deepEqual(server.addresses, [`unix:${path}`]);
      assert.equal(statSync(path).mode & 0o7777, 0o700);
      if (umask === 0) assert.equal(statSync(join(directory, 'a', 'b')).mode & 0o7777, 0o711);
    }
    assert.equal(existsSync(path), false, 'removed at the end');
  });
});

test('the mode and owner of a socket are as configured, and an owner that does not exist is said', async (t) => {
  await inDirectory(async (directory) => {
    const path = join(directory, 'reeve.sock');
    await assert.rejects(open([listenOn({ unix: path }, { owner: 'no-such-user' })]), /cannot listen on unix:.*: no user is named "no-such-user"/);
    if (process.getuid?.() !== 0) {
      t.diagnostic('not root: giving the socket to another user is not tried');
      return;
    }
    await using _server = await open([listenOn({ unix: path }, { mode: 0o770, owner: '54321:54322' })]);
    const stat = statSync(path);
    assert.deepEqual([stat.mode & 0o7777, stat.uid, stat.gid], [0o770, 54321, 54322]);
  });
});

test('a stale socket is replaced, and that is said', async () => {
  await inDirectory(async (directory, warnings) => {
    const path = join(directory, 'reeve.sock');
    await leaveStale(path);
    await using _server = await open([listenOn({ unix: path })], warnings);
    assert.deepEqual(warnings, [`removed the stale socket ${path}: nobody answered on it`]);
    const one = wire({ path }, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await one.saw('ok');
  });
});

test('a living daemon on the socket is left alone, and a file in its place too', async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, 'reeve.sock');
    await using _first = await open([listenOn({ unix: path })]);
    await assert.rejects(open([listenOn({ unix: path })]), { name: 'ListenError', message: `cannot listen on unix:${path}: another program answers there, most likely a second reeved; stop it or choose another path` });
    const one = wire({ path }, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await one.saw('ok');
    const file = join(directory, 'file');
    writeFileSync(file, 'precious');
    await assert.rejects(open([listenOn({ unix: file })]), /something that is not a socket is in its place/);
    assert.ok(statSync(file).isFile());
  });
});

test('a path that is too long for a unix socket is refused in words', async () => {
  await assert.rejects(open([listenOn({ unix: join(tmpdir(), 'x'.repeat(120)) })]), /the path has more than 107 bytes/);
});

test('a busy port is told from other trouble, with the program that has it, and what was opened before is closed again', async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, 'reeve.sock');
    const other = await listen({ host: '127.0.0.1', port: 0 });
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    const attempt = open([listenOn({ unix: path }), listenOn({ host: '127.0.0.1', port: address.port })]);
    await assert.rejects(attempt, (error: Error) => {
      assert.match(error.message, new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${address.port}: another program uses the port`));
      if (process.platform === 'linux') assert.match(error.message, new RegExp(`\\(pid ${process.pid}, `));
      return true;
    });
    other.close();
    assert.equal(existsSync(path), false);
    await assert.rejects(open([listenOn({ host: '192.0.2.1', port: 9001 }, { open: true })]), /this machine has no such address/);
  });
});

test('TCP without credentials is for loopback addresses only', async () => {
  await assert.rejects(open([listenOn({ host: '0.0.0.0', port: 0 })]), /without credentials that is for loopback addresses only/);
  const warnings: string[] = [];
  await using server = await open([listenOn({ host: '0.0.0.0', port: 0 }, { open: true })], warnings);
  assert.deepEqual(warnings, [`anyone who reaches ${server.addresses[0]} may start and stop programs: it asks for no password`]);
});

test('a socket that somebody else put in our place is not removed at the end', async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, 'reeve.sock');
    const server = await open([listenOn({ unix: path })]);
    unlinkSync(path);
    const other = await listen({ path });
    await server.close();
    assert.ok(existsSync(path));
    other.close();
  });
});

test('closing twice is closing once', async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, 'reeve.sock');
    const server = await open([listenOn({ unix: path })]);
    await Promise.all([server.close(), server.close()]);
    mkdirSync(join(directory, 'later'));
    const later = await listen({ path });
    await server.close();
    assert.ok(existsSync(path), 'the second close touches nothing');
    later.close();
  });
});

test('closing ends streams and idle connections at once, and cuts off what hangs', async () => {
  const world = await apiWorld({ limits: { closeMs: 300 }, instant: false });
  const stream = world.raw('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n');
  await stream.saw('text/event-stream');
  const idle = world.raw('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  await idle.saw('ok\n');
  const hanging = world.raw('POST /v1/start?names=web&wait=60s HTTP/1.1\r\nHost: x\r\n\r\n');
  const silent = world.raw('GET /v1/st');
  const deadline = performance.now() + 3000;
  while (world.control.mutations.length === 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  const began = performance.now();
  await world.server.close();
  assert.ok(performance.now() - began < 1500, 'bounded');
  await Promise.all([stream.closed, idle.closed, hanging.closed, silent.closed]);
  assert.equal(world.control.subscribers.size, 0);
  assert.ok(stream.text().endsWith('0\r\n\r\n'), 'the stream ended in order');
  await world[Symbol.asyncDispose]();
});

test('fastify and node:http are not loaded before the first connection', async () => {
  const here = new URL('..', import.meta.url).href;
  const script = `
    const { openApi } = await import(${JSON.stringify(`${here}../daemon/api/open.ts`)});
    const { apiSpec, fakeControl, listenOn } = await import(${JSON.stringify(`${here}support/fake-control.ts`)});
    const { connect } = await import('node:net');
    const { createRequire } = await import('node:module');
    const { mkdtempSync, rmSync } = await import('node:fs');
    const dir = mkdtempSync(${JSON.stringify(join(tmpdir(), 'reeve-lazy-'))});
    const loaded = () => ({
      http: process.moduleLoadList.includes('NativeModule _http_server'),
      fastify: Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('/fastify/')),
    });
    const api = apiSpec({ listen: [listenOn({ unix: dir + '/s' })] });
    const server = await openApi({ control: fakeControl({ api }), api, warn: console.error });
    const before = loaded();
    const socket = connect(dir + '/s');
    socket.write('GET /livez HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n');
    await new Promise((resolve) => socket.resume().on('close', resolve));
    const after = loaded();
    await server.close();
    rmSync(dir, { recursive: true });
    console.log(JSON.stringify({ before, after }));
  `;
  const out = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)));
  });
  assert.deepEqual(JSON.parse(out), { before: { http: false, fastify: false }, after: { http: true, fastify: true } });
});

test('the socket is closed to others from its first instant, also where the daemon has umask 0', async () => {
  await inDirectory(async (directory) => {
    const umask = process.umask(0);
    const modes: number[] = [];
    const original = Server.prototype.listen;
    // What another user could see right after bind(2), before the mode is set.
    Server.prototype.listen = function listen(this: Server, ...args: unknown[]) {
      const answer = Reflect.apply(original, this, args) as Server;
      const where = args[0] as { path?: string };
      if (where.path !== undefined) modes.push(statSync(where.path).mode & 0o777);
      return answer;
    } as typeof original;
    try {
      const server = await open([listenOn({ unix: join(directory, 'reeve.sock') }, { mode: 0o770 })]);
      assert.equal(statSync(join(directory, 'reeve.sock')).mode & 0o777, 0o770);
      await server.close();
    } finally {
      Server.prototype.listen = original;
      process.umask(umask);
    }
    assert.deepEqual(modes, [0o600]);
  });
});
