// [fcgi-program:x]: one listening socket per group, the stdin of all its processes.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { reeved, startDaemon, tempDir } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const WORKER = join(import.meta.dirname, '../fixtures/fcgi-worker.py');

const ini = (dir: string, socket: string, more = ''): string => `[supervisord]
logfile=${dir}/main.log
pidfile=${dir}/main.pid
childlogdir=${dir}
[unix_http_server]
file=${dir}/reeve.sock
[fcgi-program:app]
command=python3 -u ${WORKER}
process_name=app_%(process_num)d
numprocs=3
socket=${socket}
startsecs=0
${more}`;

/** Connects once and reads to the end. */
function ask(at: NetConnectOpts): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(at);
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.once('error', reject);
    socket.once('end', () => resolve(text));
  });
}

/** Who answered, until all three have: the kernel wakes whom it likes. */
async function allAnswer(at: NetConnectOpts): Promise<Set<string>> {
  const names = new Set<string>();
  await waitFor('all three processes to answer', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(at)));
    for (const answer of answers) names.add(answer.split(' ')[0] ?? '');
    return names.size === 3;
  });
  return names;
}

async function shares(t: TestContext, env: Readonly<Record<string, string>>): Promise<void> {
  const dir = tempDir(t);
  const path = join(dir, 'app.fcgi');
  const d = await startDaemon(t, { dir, env, config: ini(dir, `unix://${path}`, 'socket_mode=0660\n') });
  await d.state('app:app_2', 'RUNNING');
  assert.deepEqual([...(await allAnswer({ path }))].toSorted(), ['app_0', 'app_1', 'app_2']);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  // It stays while one is left, and goes with the last.
  await d.ctl('stop', 'app:app_0', 'app:app_1');
  assert.match(await ask({ path }), /^app_2 /);
  await d.ctl('stop', 'app:app_2');
  await waitFor('the socket to be closed', () => !existsSync(path));
  await d.ctl('start', 'app:app_1');
  assert.match(await ask({ path }), /^app_1 /);
  // A death does not close it for the others, and the one that comes back shares it again.
  await d.ctl('start', 'app:*');
  const { pid } = await d.view('app:app_0');
  process.kill(pid ?? 0, 'SIGKILL');
  await d.fact('process.exited', (f) => f.process === 'app:app_0' && f.signal === 'KILL');
  assert.deepEqual([...(await allAnswer({ path }))].toSorted(), ['app_0', 'app_1', 'app_2']);
  // Their stdin is the socket: nobody else's words.
  await d.stop();
  assert.equal(existsSync(path), false);
}

test('three processes accept on the unix socket of their group, which is made anew after the last', (t) => shares(t, {}));

test('the portable layer shares the socket too', (t) => shares(t, { REEVE_OS: 'portable' }));

for (const layer of ['native', 'portable']) {
  test(`a FastCGI group listens on tcp (${layer})`, async (t) => {
    const dir = tempDir(t);
    const port = await freePort();
    const d = await startDaemon(t, { dir, env: layer === 'portable' ? { REEVE_OS: 'portable' } : {}, config: ini(dir, `tcp://localhost:${port}`, 'socket_backlog=7\n') });
    await d.state('app:app_0', 'RUNNING');
    assert.equal((await allAnswer({ host: '127.0.0.1', port })).size, 3);
  });
}

test('a FastCGI socket that cannot be made keeps the daemon from starting, with exit status 2', async (t) => {
  const dir = tempDir(t);
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  for (const env of ['', 'portable']) {
    writeFileSync(join(dir, 's.conf'), ini(dir, `tcp://127.0.0.1:${port}`));
    if (env === 'portable') process.env['REEVE_OS'] = 'portable';
    const { code, stderr } = await reeved(dir, '-n', '-c', 's.conf').finally(() => delete process.env['REEVE_OS']);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`cannot start: Could not create FastCGI socket tcp://127.0.0.1:${port}: EADDRINUSE`));
  }
});

test('a file that is no socket is not removed for one', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'precious'), 'data');
  chmodSync(join(dir, 'precious'), 0o600);
  writeFileSync(join(dir, 's.conf'), ini(dir, `unix://${dir}/precious`));
  const { code, stderr } = await reeved(dir, '-n', '-c', 's.conf');
  assert.equal(code, 2);
  assert.match(stderr, /precious exists and is no socket/);
  assert.ok(existsSync(join(dir, 'precious')));
});
