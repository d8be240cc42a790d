// The number of instances by what there is to do, on a real daemon.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import type { Daemon } from '../support/daemon.ts';
import { ask, caughtUp, onBoth } from '../support/both-layers.ts';
import { waitFor } from '../support/wait-for.ts';

const POOL = 'command = "sleep 300"\nstartsecs = 0\nmin = 1\nmax = 4\nscale_interval = "100ms"\nscale_down_delay = "300ms"\n';

async function instances(d: Daemon, program: string, count: number): Promise<readonly string[]> {
  return waitFor(`${count} instances of ${program}`, async () => {
    const { processes } = await d.get<SnapshotJson>('/v1/status');
    const found = processes.filter((row) => row.program === program);
    return found.length === count && found.every((row) => row.state === 'RUNNING') && found.map((row) => row.name);
  });
}

onBoth('instances follow the number of a command, the lowest stay, and a command that fails changes nothing and is said [A41][D44][C70]', async ({ start }) => {
  const d = await start({ config: `[programs.w]\ndirectory = "."\n${POOL}scale_command = "cat backlog"\nscale_target = 10\n`, files: { backlog: '0\n' } });
  await instances(d, 'w', 1);
  const { pid } = await d.view('w:w-0');
  writeFileSync(join(d.dir, 'backlog'), '25\n');
  assert.deepEqual(await instances(d, 'w', 3), ['w-0', 'w-1', 'w-2']);
  const grown = await d.fact('process.scaled', (f) => f.to === 3);
  assert.deepEqual([grown.program, grown.from, grown.why], ['w', 1, 'the number 25 at 10 for each']);
  writeFileSync(join(d.dir, 'backlog'), 'no idea\n');
  assert.match((await d.fact('process.scale_failed')).why, /it printed "no idea", which is no number/);
  await instances(d, 'w', 3);
  writeFileSync(join(d.dir, 'backlog'), '1000\n');
  await instances(d, 'w', 4);
  writeFileSync(join(d.dir, 'backlog'), '3\n');
  assert.deepEqual(await instances(d, 'w', 1), ['w-0']);
  assert.equal((await d.view('w:w-0')).pid, pid, 'it was never touched');
  await caughtUp(d);
  assert.equal(d.facts.filter((f) => f.type === 'process.scale_failed').length, 1, 'said once');
});

onBoth('an operator wins until `scale NAME auto`; a program that was stopped by hand is not scaled; the load wins over apply', async ({ start }) => {
  const d = await start({ config: `[programs.w]\ndirectory = "."\n${POOL}scale_command = "cat backlog"\n[programs.plain]\ncommand = "sleep 300"\n`, files: { backlog: '1\n' } });
  await instances(d, 'w', 1);
  assert.equal((await d.ctl('scale', 'w', '2')).code, 0);
  writeFileSync(join(d.dir, 'backlog'), '4\n');
  assert.match((await d.ctl('explain', 'w:w-0')).stdout, /Somebody said how many instances w has/);
  await instances(d, 'w', 2);
  assert.equal((await d.ctl('scale', 'w', 'auto')).code, 0);
  await instances(d, 'w', 4);
  const plan = await d.ctl('apply', '--dry-run');
  assert.equal(plan.code, 0, `the file is as it was: ${plan.stdout}`);
  assert.match((await d.ctl('scale', 'plain', 'auto')).stdout, /cannot scale plain by its load/);
  await d.ctl('stop', 'w:*');
  writeFileSync(join(d.dir, 'backlog'), '1\n');
  await d.ctl('start', 'plain');
  assert.equal((await d.get<SnapshotJson>('/v1/status')).processes.filter((row) => row.program === 'w').length, 4);
});

onBoth('instances follow a queue, and the processors they keep busy [C70]', async ({ start }) => {
  const d = await start({
    config: `[programs.q]\n${POOL}scale_metric = "queue:import"\n[programs.busy]\n${POOL.replace('sleep 300', 'timeout 300 sh -c \\"while :; do :; done\\"').replace('max = 4', 'max = 2')}scale_metric = "cpu"\nscale_target = 5\n`
      + '[jobs.import]\ncommand = "sleep 300"\nmax_parallel = 1\noverlap = "queue"\n',
  });
  await instances(d, 'q', 1);
  for (let n = 0; n < 4; n += 1) assert.equal((await ask(d.socket, '/v1/jobs/import/run', { method: 'POST', body: {} })).status, 202);
  await instances(d, 'q', 3);
  await instances(d, 'busy', 2);
});
