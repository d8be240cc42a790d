// Stopping real programs: everybody goes, step by step, and what was asked for last wins.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, caughtUp, fixture, onBoth, operate } from '../support/both-layers.ts';
import { type Daemon, gone } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { missingCommands } from '../support/namespaces.ts';
import { alive, waitFor } from '../support/wait-for.ts';
import type { Operation } from '../../daemon/contract/answers.ts';

/** Ignores these signals and says so when it does. */
const ignores = (signals: string): string => `["sh", "-c", "trap '' ${signals}; touch ready; while :; do sleep 0.1; done"]`;

const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const exists = (d: Daemon, name: string): Promise<unknown> => waitFor(`the file ${name}`, () => { readFileSync(join(d.dir, name)); return true; });

onBoth('a stop is over when the whole tree is gone: other sessions, double forks, no environment, TERM ignored [PC#520, Sv#1101]', async ({ start }) => {
  const d = await start({ config: `[programs.tree]\ncommand = ["${fixture('own-session-tree.sh')}", "pids"]\nstartsecs = 0\nstop = ["TERM 0.3s", "KILL"]\n` });
  await waitFor('four pids', () => lines(join(d.dir, 'pids')).length === 4);
  const pids = lines(join(d.dir, 'pids')).map(Number);
  assert.ok(pids.every(alive));
  const { code, stdout } = await d.ctl('stop', 'tree');
  const left = pids.filter(alive);
  assert.deepEqual([code, stdout, left], [0, 'tree: stopped\n', []], 'nobody is left when stop returns');
  const escalated = await d.fact('process.escalated');
  assert.deepEqual([escalated.signal, escalated.scope], ['KILL', 'tree']);
}, { only: { layer: 'native', because: 'the portable layer finds no process that left its group, its session and its environment behind; the next test has what it can find' } });

onBoth('a stop reaches what left the process group and the session but kept its environment [Sv#1101]', async ({ start }) => {
  const d = await start({ config: `[programs.tree]\ncommand = ["${fixture('double-fork-setsid.sh')}"]\nstartsecs = 0\nstdout_logfile = "out"\nstop = ["TERM 2s", "KILL"]\n` });
  await waitFor('the daemon it made', () => /daemon \d+/.test(readFileSync(join(d.dir, 'out'), 'utf8')));
  const pid = Number(/daemon (\d+)/.exec(readFileSync(join(d.dir, 'out'), 'utf8'))?.[1]);
  assert.ok(alive(pid));
  assert.equal((await d.ctl('stop', 'tree')).code, 0);
  assert.ok(!alive(pid));
});

onBoth('stop steps go from signal to signal, each with its own wait, and are said [D49]', async ({ start }) => {
  const d = await start({ config: `[programs.stubborn]\ncommand = ${ignores('TERM QUIT')}\nstartsecs = 0\nstop = ["TERM 200ms", "QUIT 300ms", "KILL"]\n` });
  await exists(d, 'ready');
  const answer = await operate(d, 'stop', { names: ['stubborn'] });
  assert.equal(answer.json<Operation>().targets[0]?.outcome, 'ok');
  await caughtUp(d);
  const stopping = await d.fact('process.stopping');
  const steps = d.facts.filter((f) => f.type === 'process.escalated');
  assert.deepEqual([stopping.signal, ...steps.map((s) => `${s.signal} ${s.waitedMs >= 190}`)], ['TERM', 'QUIT true', 'KILL true']);
  const exit = await d.fact('process.exited');
  assert.equal(exit.signal, 'KILL');
  assert.ok(exit.at - stopping.at >= 490, `killed ${exit.at - stopping.at} ms after the first signal`);
});

onBoth('stopwaitsecs = 0 kills at once; with "infinity" nobody is killed until the daemon is told to hurry [E22]', async ({ start }) => {
  const d = await start({
    config: `[programs.hasty]\ncommand = ${ignores('TERM').replace('ready', 'ready1')}\nstartsecs = 0\nstopwaitsecs = 0\n\n[programs.patient]\ncommand = ${ignores('TERM').replace('ready', 'ready2')}\nstartsecs = 0\nstopwaitsecs = "infinity"\n`,
  });
  await exists(d, 'ready1');
  await exists(d, 'ready2');
  const began = performance.now();
  assert.equal((await d.ctl('stop', 'hasty')).code, 0);
  assert.ok(performance.now() - began < 5000);
  const { pid } = await d.view('patient');
  const answer = await ask(d.socket, '/v1/stop', { method: 'POST', body: { names: ['patient'], wait: '1200ms' } });
  const operation = answer.json<Operation>();
  assert.deepEqual([operation.endedAt, operation.targets[0]?.outcome], [null, 'pending']);
  assert.equal((await d.view('patient')).state, 'STOPPING');
  assert.ok(alive(pid ?? 0));
  // QUIT ends it: it ignores TERM alone.
  d.kill('SIGTERM');
  await d.fact('daemon.stopping', (f) => f.mode === 'warm');
  d.kill('SIGTERM');
  assert.deepEqual(await d.ended(), { code: 0, signal: null });
  await gone([pid ?? 0]);
});

onBoth('a stop during a restart wins, and a restart during a stop brings it back [PC#530]', async ({ start }) => {
  const d = await start({ config: `[programs.slow]\ncommand = ${ignores('TERM')}\nstartsecs = 0\nstop = ["TERM 600ms", "KILL"]\n` });
  await exists(d, 'ready');
  await ask(d.socket, '/v1/restart', { method: 'POST', body: { names: ['slow'] } });
  await d.state('slow', 'STOPPING');
  assert.equal((await operate(d, 'stop', { names: ['slow'] })).json<Operation>().targets[0]?.outcome, 'ok');
  assert.deepEqual([(await d.view('slow')).state, (await d.view('slow')).incarnation], ['STOPPED', 1]);
  await operate(d, 'start', { names: ['slow'] });
  await ask(d.socket, '/v1/stop', { method: 'POST', body: { names: ['slow'] } });
  await d.fact('process.stopping', (f) => f.incarnation === 2);
  const again = (await operate(d, 'restart', { names: ['slow'] })).json<Operation>();
  assert.equal(again.targets[0]?.outcome, 'ok');
  await caughtUp(d);
  const row = await d.view('slow');
  assert.deepEqual([row.state, row.incarnation, row.wanted], ['RUNNING', 3, 'up']);
  assert.equal(d.facts.filter((f) => f.type === 'process.spawned').length, 3, 'no life overlaps or doubles another');
});

onBoth('stopping what waits in BACKOFF ends the waiting', async ({ start }) => {
  const d = await start({ config: '[programs.bad]\ncommand = "sh -c \'exit 1\'"\nstartsecs = 0\nrestart_delay = "700ms"\n' });
  await d.state('bad', 'BACKOFF');
  assert.deepEqual([(await d.ctl('stop', 'bad')).stdout, (await d.view('bad')).state], ['bad: stopped\n', 'STOPPED']);
  const lives = (await d.view('bad')).incarnation;
  // Past the time at which it would have been started again.
  await new Promise((resolve) => setTimeout(resolve, 900));
  assert.equal((await d.view('bad')).incarnation, lives);
});

onBoth('after kill -9 of a main process its leftovers are gone before the next life binds the same port [PM2#74, PC#520]', async ({ start }) => {
  const port = await freePort();
  const d = await start({ config: `[programs.server]\ncommand = ["python3", "${fixture('port-holder.py')}", "${port}"]\nstartsecs = 0.2\nstdout_logfile = "out"\n` });
  await waitFor('the port to be held', () => lines(join(d.dir, 'out')).length === 1);
  process.kill((await d.view('server')).pid ?? 0, 'SIGKILL');
  await waitFor('the next life to speak', () => lines(join(d.dir, 'out')).length === 2);
  const exit = await d.fact('process.exited');
  assert.equal(exit.left.length, 1, 'the worker that kept the port was seen');
  assert.deepEqual(lines(join(d.dir, 'out')), ['bound', 'bound']);
}, { cannot: missingCommands(['python3']).length > 0 ? 'needs python3' : null });

onBoth('stop all goes by priority, the highest number first, each level when the one before is down; start goes the other way [B1, E6]', async ({ start }) => {
  const slow = (name: string, priority: number): string => `[programs.${name}]\ncommand = ["sh", "-c", "trap 'sleep 0.2; exit 0' TERM; touch ready-${name}; while :; do sleep 0.05; done"]\nstartsecs = 0\npriority = ${priority}\n\n`;
  const d = await start({ config: slow('web', 100) + slow('helper', 150) + slow('scheduler', 200) + slow('other', 200) });
  for (const name of ['web', 'helper', 'scheduler', 'other']) await exists(d, `ready-${name}`);
  await caughtUp(d);
  const order = (type: 'process.stopping' | 'process.stopped' | 'process.spawned'): string[] => d.facts.flatMap((f) => (f.type === type ? [f.process.split(':')[0] ?? ''] : []));
  assert.deepEqual(order('process.spawned').toSpliced(2, 2, ...order('process.spawned').slice(2).toSorted()), ['web', 'helper', 'other', 'scheduler']);
  assert.equal((await d.ctl('stop', 'all')).code, 0);
  await caughtUp(d);
  assert.deepEqual(order('process.stopping').slice(2), ['helper', 'web']);
  assert.deepEqual(order('process.stopped').slice(2), ['helper', 'web']);
  const at = (type: string, name: string): number => d.facts.findIndex((f) => f.type === type && 'process' in f && f.process === `${name}:${name}`);
  for (const first of ['scheduler', 'other']) assert.ok(at('process.stopped', first) < at('process.stopping', 'helper'), `${first} is down before helper is told`);
  assert.ok(at('process.stopped', 'helper') < at('process.stopping', 'web'));
});

onBoth('a child that is suspended (SIGSTOP) is ended by KILL all the same', async ({ start }) => {
  const d = await start({ config: '[programs.frozen]\ncommand = "sleep 300"\nstartsecs = 0\nstop = ["TERM 200ms", "KILL"]\n' });
  const { pid } = await d.state('frozen', 'RUNNING');
  process.kill(pid ?? 0, 'SIGSTOP');
  assert.equal((await d.ctl('stop', 'frozen')).code, 0);
  assert.equal((await d.fact('process.exited')).signal, 'KILL');
});

onBoth('leftovers of a main process that ends by itself are ended before its next life, and none is lost [Sv#1101]', async ({ start }) => {
  const d = await start({ config: `[programs.wrapper]\ncommand = ["${fixture('forks-and-leaves.sh')}"]\nstartsecs = 0\nrestart = "temporary"\nstdout_logfile = "out"\n` });
  await d.state('wrapper', 'EXITED');
  const worker = Number(/worker (\d+)/.exec(readFileSync(join(d.dir, 'out'), 'utf8'))?.[1]);
  assert.ok(worker > 0 && !alive(worker));
});
