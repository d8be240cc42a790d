// The daemon as PID 1 of a container: it reaps whoever is left to it, passes the end on, and its exit status is the container's.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onBoth } from '../support/both-layers.ts';
import { type Daemon, gone } from '../support/daemon.ts';
import { AS_PID_1, processesAround, whyNoPid1 } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';

const cannot = whyNoPid1();
const orphansOnly = {
  cannot,
  only: { layer: 'native', because: 'the portable layer cannot reap what it did not start: put an init in front (packaging/reeve-init), as doctor says' },
} as const;

/** Zombies among the children of the namespace's PID 1. */
function zombies(d: Daemon): number[] {
  return readFileSync(`/proc/${d.pid}/task/${d.pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
    .filter((pid) => /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
}

onBoth('as PID 1 it stays in the foreground, ends everything on TERM and passes its status on [B2]', async ({ start }) => {
  const d = await start({ config: '[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\n\n[programs.tree]\ncommand = "sh -c \'sleep 300 & wait\'"\nstartsecs = 0\n', wrapper: AS_PID_1 });
  await d.state('web', 'RUNNING');
  await d.state('tree', 'RUNNING');
  const { processes } = await d.get<{ processes: { pid: number }[] }>('/v1/status');
  assert.ok(processes.every((p) => p.pid < 1000), 'pids of its own namespace');
  const around = processesAround(d.pid).map((p) => p.pid);
  assert.ok(around.length >= 4);
  assert.deepEqual(await d.stop(), { code: 0, signal: null });
  await gone(around);
}, { cannot });

onBoth('as PID 1 a critical program\'s status is the container\'s [B2, Sv#733]', async ({ start }) => {
  const d = await start({ config: '[programs.critical]\ncommand = "sh -c \'until [ -e go ]; do sleep 0.05; done; exit 7\'"\nstartsecs = 0\nrestart = "temporary"\non_failure = "exit"\nexit_code = "own"\n', wrapper: AS_PID_1 });
  writeFileSync(join(d.dir, 'go'), '');
  assert.deepEqual(await d.ended(), { code: 7, signal: null });
}, { cannot });

onBoth('as PID 1 it reaps orphans and processes it never started, and goes on [B2, Sv#936]', async ({ start }) => {
  // Twenty that nobody knows: out of the session, without environment, their parents gone before them.
  const d = await start({
    config: '[programs.maker]\ncommand = ["sh", "-c", "i=0; while [ $i -lt 20 ]; do i=$((i+1)); (setsid env -i sh -c \'sleep 0.3; exit 3\' </dev/null >/dev/null 2>&1 &); done; touch made; exec sleep 300"]\nstartsecs = 0\n',
    wrapper: AS_PID_1,
  });
  await waitFor('all of them to be made', () => existsSync(join(d.dir, 'made')));
  // Those that it saw while their parents lived are known as the maker's; only the others are strangers.
  await waitFor('nobody but the daemon and the maker', () => processesAround(d.pid).length === 2 && zombies(d).length === 0);
  for (const f of d.facts) if (f.type === 'stranger.reaped') assert.deepEqual([f.code === 3 || f.code === 0, f.signal], [true, null]);
  assert.equal((await d.state('maker', 'RUNNING')).incarnation, 1);
  assert.deepEqual(await d.stop(), { code: 0, signal: null });
}, orphansOnly);

onBoth('as PID 1 it leaves no zombie of its own programs, however fast they end', async ({ start }) => {
  const d = await start({ config: '[programs.quick]\ncommand = "true"\nnumprocs = 5\nstartsecs = 0\nrestart_delay = "20ms"\n', wrapper: AS_PID_1 });
  await d.fact('process.exited', (f) => f.process === 'quick:quick-4' && f.incarnation >= 10, 30_000);
  await d.ctl('stop', 'all');
  await waitFor('no zombie', () => zombies(d).length === 0);
  assert.deepEqual(await d.stop(), { code: 0, signal: null });
}, { cannot });
