// Descriptors are shared by programs, logs, control and the threads of the daemon: each must find some when the others took many.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { openNative } from '../../daemon/os/open.ts';
import { openSys } from '../../daemon/os/sys.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { onBoth } from '../support/both-layers.ts';
import { missingCommands } from '../support/namespaces.ts';
import { openOsWorld } from '../support/os-world.ts';
import { waitFor } from '../support/wait-for.ts';

const sys = openSys();
const native = 'problem' in sys ? `the native layer is not available here: ${sys.problem}` : false;
const noPrlimit = missingCommands(['prlimit']).length > 0 ? 'needs prlimit' : null;

for (const tool of [true, false]) {
  test(`with a thousand descriptors open the threads of the daemon can open files while a program starts${tool ? '' : ' (no prlimit command)'}`, { skip: native }, async () => {
    if ('problem' in sys) return;
    const held: number[] = [];
    let problem: unknown = 'no spawn was seen';
    // What another thread would meet in the middle of a start.
    const open = (warn: (message: string) => void): ReturnType<typeof openNative> => openNative({
      ...sys,
      spawn(...given) {
        try {
          fs.closeSync(fs.openSync('/dev/null', 'r'));
          problem = null;
        } catch (error) {
          problem = (error as { code?: string }).code;
        }
        return sys.spawn(...given);
      },
    }, warn);
    const access = fs.accessSync;
    if (!tool) fs.accessSync = (path, mode) => {
      if (String(path).endsWith('/prlimit')) throw new Error('no such file');
      access(path, mode);
    };
    syncBuiltinESMExports();
    await using world = openOsWorld(false, open);
    fs.accessSync = access;
    syncBuiltinESMExports();
    try {
      for (let n = 0; n < 1100; n += 1) held.push(fs.openSync('/dev/null', 'r'));
      const { stdout } = await world.finish(['sh', '-c', 'sleep 0.1; ulimit -Sn']);
      assert.equal(problem, null);
      assert.equal(stdout, '1024\n', 'and the program has the limit that it always has');
    } finally {
      for (const fd of held) fs.closeSync(fd);
    }
  });
}

onBoth('programs that use up all descriptors do not lock the operator out: the next one is refused in words, and starts when others stopped', async ({ start }) => {
  const d = await start({
    config: `[programs.many]\ncommand = "sleep 300"\nstartsecs = 0\nnumprocs = 50\nautostart = false\nrestart_delay = "100ms"\nstdout_logfile = "many-%(process_num)d.log"\n`,
    wrapper: ['prlimit', '--nofile=110:110'],
  });
  await d.ctl('start', '--wait', '0', 'many:*');
  const failed = await d.fact('process.spawn_failed');
  assert.match(failed.message, /too many open files/);
  const rows = async (): Promise<SnapshotJson['processes']> => (await d.get<SnapshotJson>('/v1/status')).processes;
  const running = await waitFor('all that there is room for', async () => {
    const up = (await rows()).filter((p) => p.state === 'RUNNING');
    return up.length > 5 && fs.readdirSync(`/proc/${d.pid}/fd`).length > 60 ? up : false;
  });
  // Each asks over a connection of its own, while the others go on trying to start.
  for (let n = 0; n < 5; n += 1) assert.equal((await d.ctl('pid', running[0]!.id)).code, 0);
  const waiting = (await rows()).find((p) => p.state !== 'RUNNING' && p.incarnation > 0);
  assert.ok(waiting !== undefined);
  const before = d.facts.length;
  assert.equal((await d.ctl('stop', ...running.slice(0, 3).map((p) => p.id))).code, 0);
  await d.fact('process.running', (fact) => d.facts.indexOf(fact) >= before);
  assert.equal((await d.stop()).code, 0);
}, { cannot: noPrlimit });
