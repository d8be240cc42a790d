// The end of the daemon: by signals and by request, level by level, harder when asked again, and with an honest exit status.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onBoth } from '../support/both-layers.ts';
import { type Daemon, gone } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const DAEMON = '[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n';
/** Runs until a signal it does not ignore; the file `name` says that its traps are set. */
const stubborn = (name: string, ignored: string, more = ''): string =>
  `[programs.${name}]\ncommand = ["sh", "-c", "trap '' ${ignored}; touch ${name}; while :; do sleep 0.05; done"]\nstartsecs = 0\n${more}\n`;
const polite = (name: string, seconds: string, more = ''): string =>
  `[programs.${name}]\ncommand = ["sh", "-c", "trap 'sleep ${seconds}; exit 0' TERM; touch ${name}; while :; do sleep 0.05; done"]\nstartsecs = 0\n${more}\n`;

const up = (d: Daemon, ...names: string[]): Promise<unknown> => waitFor(`${names.join(' ')} to be up`, () => names.every((name) => existsSync(join(d.dir, name))));
const index = (d: Daemon, type: string, name: string): number => d.facts.findIndex((f) => f.type === type && 'process' in f && f.process.endsWith(`:${name}`));

onBoth('TERM once is warm: every program gets its own stop, the highest priority first, and the exit status is 0 [D48, B1, E6]', async ({ start }) => {
  const d = await start({ config: polite('web', '0.2', 'priority = 100') + polite('scheduler', '0.4', 'priority = 200') });
  await up(d, 'web', 'scheduler');
  d.kill('SIGTERM');
  assert.deepEqual(await d.ended(), { code: 0, signal: null });
  assert.ok(index(d, 'process.stopped', 'scheduler') < index(d, 'process.stopping', 'web'), 'the scheduler is down before the web server is told');
  const exits = d.facts.flatMap((f) => (f.type === 'process.exited' ? [f.code] : []));
  assert.deepEqual(exits, [0, 0], 'both ended in their own way');
  await waitFor('the reason in the log', () => /received SIGTERM/.test(d.output()));
});

onBoth('a pipeline ends from its last stage to its first [E6, E48]', async ({ start }) => {
  const stages = ['ingest', 'transform', 'store'];
  const d = await start({ config: `${stages.map((n) => polite(n, '0.1')).join('')}[groups.pipeline]\nmembers = ["ingest", "transform", "store"]\nstrategy = "rest_for_one"\n` });
  await up(d, ...stages);
  assert.equal((await d.stop()).code, 0);
  assert.deepEqual(d.facts.flatMap((f) => (f.type === 'process.stopped' ? [f.process] : [])), ['pipeline:store', 'pipeline:transform', 'pipeline:ingest']);
});

onBoth('after shutdown_grace all remaining levels are told at once', async ({ start }) => {
  const d = await start({ config: `${DAEMON}shutdown_grace = "300ms"\n\n${polite('web', '0.1', 'priority = 100')}${stubborn('scheduler', 'TERM', 'priority = 200\nstop = ["TERM 1500ms", "KILL"]')}` });
  await up(d, 'web', 'scheduler');
  assert.equal((await d.stop()).code, 0);
  assert.ok(index(d, 'process.stopped', 'web') >= 0 && index(d, 'process.stopped', 'web') < index(d, 'process.stopped', 'scheduler'), 'web did not wait for the scheduler');
});

onBoth('shutdown_timeout caps the whole: what is left then is killed [E51]', async ({ start }) => {
  const d = await start({ config: `${DAEMON}shutdown_timeout = "500ms"\n\n${stubborn('deaf', 'TERM QUIT INT', 'stopwaitsecs = "infinity"')}` });
  await up(d, 'deaf');
  const began = performance.now();
  assert.equal((await d.stop()).code, 0);
  assert.ok(performance.now() - began < 5000);
  assert.equal((await d.fact('daemon.stopping', (f) => f.mode === 'now')).why, 'not everything ended within 1 s');
});

onBoth('a second TERM is cold: QUIT to the whole tree; a third is now: KILL [D50, D51]', async ({ start }) => {
  const d = await start({ config: stubborn('a', 'TERM', 'stopwaitsecs = 60') + stubborn('b', 'TERM QUIT INT', 'stopwaitsecs = 60') });
  await up(d, 'a', 'b');
  const pids = [(await d.view('a')).pid ?? 0, (await d.view('b')).pid ?? 0];
  const began = performance.now();
  d.kill('SIGTERM');
  await d.fact('daemon.stopping', (f) => f.mode === 'warm');
  d.kill('SIGTERM');
  await d.fact('daemon.stopping', (f) => f.mode === 'cold');
  const a = await d.fact('process.exited', (f) => f.process === 'a:a');
  assert.equal(a.signal, 'QUIT');
  d.kill('SIGINT');
  assert.deepEqual(await d.ended(), { code: 0, signal: null });
  assert.ok(performance.now() - began < 8000, 'within bounds, though both wait a minute');
  assert.equal(d.facts.findLast((f) => f.type === 'process.exited')?.signal, 'KILL');
  await gone(pids);
});

for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
  onBoth(`${signal} is a warm end too, with status 0 [D48]`, async ({ start }) => {
    const d = await start({ config: polite('web', '0.1') });
    await up(d, 'web');
    d.kill(signal);
    assert.deepEqual(await d.ended(), { code: 0, signal: null });
    assert.deepEqual(d.facts.flatMap((f) => (f.type === 'daemon.stopping' ? [f.mode, f.why] : [])), ['warm', `received ${signal}`]);
    assert.equal(d.facts.find((f) => f.type === 'process.exited')?.code, 0);
  });
}

onBoth('three TERMs at once do not wait for anybody', async ({ start }) => {
  const d = await start({ config: stubborn('deaf', 'TERM QUIT INT', 'stopwaitsecs = "infinity"') });
  await up(d, 'deaf');
  const { pid } = await d.view('deaf');
  // Signals of one kind that wait together are delivered once: each is sent when the one before was heard.
  for (const mode of ['warm', 'cold', 'now'] as const) {
    d.kill('SIGTERM');
    await d.fact('daemon.stopping', (f) => f.mode === mode);
  }
  assert.equal((await d.ended()).code, 0);
  await gone([pid ?? 0]);
});

onBoth('shutdown over the API ends with 0, removes the socket and the pid file, and its harder form goes through while it ends [D48, D51]', async ({ start }) => {
  const d = await start({ config: `${DAEMON}pidfile = "reeve.pid"\n\n${stubborn('deaf', 'TERM', 'stopwaitsecs = 60')}` });
  await up(d, 'deaf');
  assert.ok(existsSync(join(d.dir, 'reeve.pid')));
  assert.equal((await d.ctl('shutdown')).stdout, 'Shut down\n');
  await d.fact('daemon.stopping');
  const refused = await d.ctl('start', 'deaf');
  assert.notEqual(refused.code, 0);
  await d.ctl('shutdown', '--mode', 'now');
  assert.deepEqual(await d.ended(), { code: 0, signal: null });
  assert.deepEqual([existsSync(d.socket), existsSync(join(d.dir, 'reeve.pid'))], [false, false]);
});

onBoth('nobody is restarted while the daemon ends, not even from BACKOFF', async ({ start }) => {
  const d = await start({ config: `[programs.bad]\ncommand = "sh -c 'exit 1'"\nstartsecs = 0\nrestart_delay = "300ms"\n\n${polite('slow', '1')}` });
  await up(d, 'slow');
  await d.state('bad', 'BACKOFF');
  d.kill('SIGTERM');
  const stopping = await d.fact('daemon.stopping');
  assert.equal((await d.ended()).code, 0);
  const late = d.facts.filter((f) => f.seq > stopping.seq && f.type === 'process.spawned');
  assert.deepEqual(late, []);
});
