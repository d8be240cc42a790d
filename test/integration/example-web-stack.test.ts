// config/examples/web-stack on the Debian packages, as PID 1: nginx, redis and a Python worker that uses that redis.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Daemon, gone, startDaemon } from '../support/daemon.ts';
import { copyExample, httpGet } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { AS_PID_1, type InnerProcess, missingCommands, processesAround, whyNoPid1 } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = missingCommands(['nginx', 'redis-server', '/usr/bin/python3']);
const skip = whyNoPid1() ?? (missing.length > 0 ? `needs ${missing.join(', ')}: apt-get install nginx-light redis-server python3` : null);
if (skip !== null) console.error(`SKIPPED example-web-stack: ${skip}`);

interface Stack {
  readonly d: Daemon;
  readonly port: number;
  /** The main process of a program, seen from here. */
  main(name: string): Promise<InnerProcess>;
  /** The last number that the worker printed. */
  count(): number;
}

async function startStack(t: TestContext): Promise<Stack> {
  const port = await freePort();
  const dir = copyExample(t, 'web-stack', { 'nginx.conf': { '8080': String(port) } });
  execFileSync(join(dir, 'prepare.sh'));
  const d = await startDaemon(t, { dir, config: 'reeve.toml', socket: 'run/reeve.sock', wrapper: AS_PID_1, env: { PAUSE: '0.05' } });
  for (const name of ['redis', 'worker', 'nginx']) await d.state(name, 'RUNNING', 30_000);
  const main = async (name: string): Promise<InnerProcess> => {
    const { pid } = await d.view(name);
    return waitFor(`${name} with pid ${pid} in the namespace`, () => processesAround(d.pid).find((p) => p.inner === pid));
  };
  const count = (): number => Number(d.output().match(/count (\d+)/g)?.at(-1)?.slice(6) ?? 0);
  return { d, port, main, count };
}

async function killed(stack: Stack, name: string): Promise<InnerProcess> {
  const before = await stack.main(name);
  const { incarnation } = await stack.d.view(name);
  process.kill(before.pid, 'SIGKILL');
  await stack.d.fact('process.running', (f) => f.process === `${name}:${name}` && f.incarnation > incarnation, 30_000);
  await gone([before.pid]);
  return before;
}

test('nginx, redis and a Python worker under a daemon that is PID 1', { skip: skip ?? false }, async (t) => {
  const stack = await startStack(t);
  const { d, port, count, main } = stack;

  await t.test('each program runs as its own user [B1] [B2]', async () => {
    const uid = (user: string): number => Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }));
    assert.equal((await main('nginx')).uid, uid('www-data'));
    assert.equal((await main('redis')).uid, uid('redis'));
    assert.equal((await main('worker')).uid, uid('nobody'));
    assert.equal(processesAround(d.pid).find((p) => p.inner === 1)?.pid, d.pid, 'reeved is PID 1');
    assert.equal((await httpGet(port)).status, 200);
    await waitFor('the worker to count in redis', () => count() > 0);
  });

  await t.test('nginx as www-data can open /dev/stdout, and its lines arrive with its name before them [B6]', async () => {
    await httpGet(port, '/seen-in-the-log');
    await waitFor('the request in the output of the container', () => /^\[nginx\] .*"GET \/seen-in-the-log /m.test(d.output()));
    assert.match((await d.ctl('tail', 'nginx')).stdout, /"GET \/seen-in-the-log /);
  });

  await t.test('PM2#74 Sv#1101: nginx killed with -9 leaves no worker behind that keeps its port, and comes back', async () => {
    const master = await main('nginx');
    const workers = await waitFor('two workers of nginx', () => {
      const found = processesAround(d.pid).filter((p) => p.parent === master.pid);
      return found.length === 2 ? found : null;
    });
    await killed(stack, 'nginx');
    await gone(workers.map((w) => w.pid));
    assert.equal((await httpGet(port)).status, 200);
    assert.doesNotMatch(d.output(), /Address already in use/);
  });

  await t.test('redis and worker killed with -9 come back, and the worker goes on counting [B3]', async () => {
    await killed(stack, 'worker');
    const { incarnation } = await d.view('worker');
    await killed(stack, 'redis');
    // Without redis the worker ends by itself and is started again until redis is there.
    await d.fact('process.running', (f) => f.process === 'worker:worker' && f.incarnation > incarnation, 30_000);
    const connected = d.output().match(/connected to redis/g)?.length ?? 0;
    const seen = d.output().length;
    await waitFor('the worker to count in the new redis', () => /count \d+/.test(d.output().slice(seen)));
    assert.ok(connected >= 3, 'it connected once per life');
  });

  await t.test('redis is stopped with its data written, and has it when it is started again', async () => {
    await waitFor('the worker to count to 10', () => count() >= 10);
    assert.equal((await d.ctl('stop', 'worker')).code, 0);
    const counted = count();
    const stopped = await d.ctl('stop', 'redis');
    assert.deepEqual([stopped.code, stopped.stdout], [0, 'redis: stopped\n']);
    const dump = join(d.dir, 'run/redis/dump.rdb');
    assert.ok(existsSync(dump) && statSync(dump).size > 0);
    assert.equal((await d.ctl('start', 'redis', 'worker')).code, 0);
    await waitFor(`the worker to count on from ${counted}`, () => count() > counted);
  });

  await t.test('TERM stops the whole container: redis saves, nobody is left, and the exit status is 0 [B2]', async () => {
    const saved = d.output().match(/DB saved on disk/g)?.length ?? 0;
    const everybody = processesAround(d.pid).map((p) => p.pid);
    assert.ok(everybody.length >= 6, `${everybody.length} processes`);
    const end = await d.stop();
    assert.equal(end.code, 0, d.output());
    await gone(everybody);
    assert.equal(d.output().match(/DB saved on disk/g)?.length, saved + 1);
  });
});
