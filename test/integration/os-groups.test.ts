// Lives with limits in control groups of their own: who starts in one cannot leave it, the kernel counts, and ends all at once.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_LIMITS } from '../../config/limits-spec.ts';
import type { LimitsSpec } from '../../config/limits-spec.ts';
import { groupPathOf, openGroups, ownGroup } from '../../daemon/os/cgroup.ts';
import { createOomWatch } from '../../daemon/os/oom.ts';
import { fixture, isRunning, openOsWorld, until } from '../support/os-world.ts';

/** Why no groups can be made here, or false. */
function noGroups(): string | false {
  const own = ownGroup();
  if (own === null) return 'this machine lets nobody here make control groups (version 2): what they do is not tested, only that everything works without';
  const probe = join(own, `reeve-probe-${String(process.pid)}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return false;
  } catch (error) {
    return `no control group can be made in ${own}: ${(error as Error).message}; what they do is not tested, only that everything works without`;
  }
}
const skip = noGroups();
const LIMITED: LimitsSpec = { ...NO_LIMITS, memoryBytes: 512 * 1024 ** 2, processes: 100, action: 'restart' };
const ours = (): string[] => readdirSync(ownGroup() ?? '/nowhere').filter((name) => name.startsWith(`reeve-${String(process.pid)}`));

for (const portable of [false, true]) {
  const layer = portable ? 'portable' : 'native';

  test(`a life with limits runs in a group of its own, joined before its command is (${layer})`, { skip }, async () => {
    await using world = openOsWorld(portable);
    const { stdout, report } = await world.finish(['sh', '-c', 'cat /proc/self/cgroup; echo "$0 $*"', 'zero', 'one'], { limits: LIMITED });
    assert.equal(report.code, 0);
    assert.match(stdout, new RegExp(`^0::.*/reeve-${String(process.pid)}/it_it\\.1$`, 'm'));
    assert.match(stdout, /^zero one$/m);
    const plain = await world.finish(['cat', '/proc/self/cgroup']);
    assert.doesNotMatch(plain.stdout, /reeve-\d+\/it/, 'who has no limits pays for no group');
    // The shell that joins leaves nothing of its own.
    const environment = { PATH: '/usr/bin:/bin', A: 'x y' };
    assert.deepEqual((await world.finish(['env'], { limits: LIMITED }, environment)).stdout.trim().split('\n').toSorted((a, b) => (a < b ? -1 : 1)), ['A=x y', 'PATH=/usr/bin:/bin']);
  });

  test(`nobody escapes from a group by leaving everything behind, and a KILL to the tree ends all of them (${layer})`, { skip }, async () => {
    await using world = openOsWorld(portable);
    // Two forks, a session of its own, an empty environment, no descriptor of ours: only the group knows.
    const run = world.start(['sh', '-c', '(env -i setsid sh -c "sleep 300 & exec sleep 301" </dev/null >/dev/null 2>&1 &); echo up; exec sleep 302'], { limits: LIMITED });
    await until('the escapees', () => world.os.processes.tree(run.child).length === 3);
    const pids = world.os.processes.tree(run.child);
    for (const pid of pids) assert.match(groupPathOf(pid) ?? '', /it_it\.1$/);
    world.os.processes.signal(run.child, 'KILL', 'tree');
    await world.gone(run.child);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  test(`the kernel counts what all of a life ever used, also those whom nobody waited for (${layer})`, { skip }, async () => {
    await using world = openOsWorld(portable);
    const run = world.start(['sh', '-c', 'trap "" CHLD; python3 -c "import time\nwhile time.process_time() < 0.3: pass"; exec sleep 60'], { limits: LIMITED });
    const counted = await until('0.3 s of processor time', () => {
      const now = world.os.processes.counted(run.child);
      return now !== null && now.cpuMs >= 300 ? now : null;
    });
    assert.ok(counted.cpuMs < 10_000);
    assert.equal(world.os.processes.counted({ ...run.child }), null, 'of another life nothing is known');
  });

  test(`after 100 lives with limits no group and no descriptor is left (${layer})`, { skip }, async () => {
    const files = (): number => readdirSync('/proc/self/fd').length;
    let before = 0;
    {
      await using world = openOsWorld(portable);
      await world.finish(['true'], { limits: LIMITED });
      before = files();
      for (let i = 0; i < 100; i += 1) {
        const { report } = await world.finish(['sh', '-c', 'sleep 0 & exit 0'], { limits: LIMITED });
        world.os.processes.counted(report.child);
        await world.gone(report.child);
        world.os.processes.forget(report.child);
      }
      assert.ok(files() <= before + 5, `${before} descriptors before, ${files()} after`);
      const [base] = ours();
      assert.ok(base);
      const left = readdirSync(join(ownGroup() ?? '', base), { withFileTypes: true }).filter((entry) => entry.isDirectory());
      assert.ok(left.length <= 2, `${left.length} groups left`);
    }
    await until('no group of ours', () => ours().length === 0);
  });
}

test('walls are built for what the kernel is to enforce: at the limit for kill, above it for an orderly end, none for an alert; throttle slows down [C30]', () => {
  const own = mkdtempSync(join(tmpdir(), 'reeve-cgroup-'));
  try {
    writeFileSync(join(own, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    writeFileSync(join(own, 'cgroup.procs'), '');
    const warnings: string[] = [];
    const groups = openGroups({ own, warn: (message) => warnings.push(message) });
    const walls = (limits: Partial<LimitsSpec>): Record<string, string> => {
      const group = groups.make('g:web 1', { ...NO_LIMITS, ...limits });
      assert.ok(group);
      assert.match(group.path, /\/reeve-\d+\/g_web_1$/);
      return Object.fromEntries(['memory.max', 'memory.oom.group', 'pids.max', 'cpu.max'].map((name) => [name, readFileSync(join(group.path, name), 'utf8')]));
    };
    const some = { memoryBytes: 1000, processes: 10, cpuPercent: 80 };
    assert.deepEqual(walls({ ...some, action: 'kill' }), { 'memory.max': '1000', 'memory.oom.group': '1', 'pids.max': '14', 'cpu.max': 'max 100000' });
    assert.deepEqual(walls({ ...some, action: 'restart', throttle: true }), { 'memory.max': '1250', 'memory.oom.group': '1', 'pids.max': '14', 'cpu.max': '80000 100000' });
    assert.deepEqual(walls({ ...some, action: 'alert' }), { 'memory.max': 'max', 'memory.oom.group': '0', 'pids.max': 'max', 'cpu.max': 'max 100000' });
    assert.deepEqual(warnings, []);
    assert.equal(readFileSync(join(own, 'cgroup.subtree_control'), 'utf8'), '+cpu', 'each controller is asked for by itself: one that is refused costs no other');
    assert.equal(groups.make('g:idle', NO_LIMITS), null);
    assert.equal(groups.make('g:files', { ...NO_LIMITS, files: 10, runtimeMs: 5 }), null, 'what no group counts needs none');
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
});

test('where no group can be made that is said once, and everything goes on', () => {
  const own = mkdtempSync(join(tmpdir(), 'reeve-cgroup-'));
  try {
    const warnings: string[] = [];
    const groups = openGroups({ own: join(own, 'file'), warn: (message) => warnings.push(message) });
    writeFileSync(join(own, 'file'), '');
    assert.equal(groups.make('a', LIMITED), null);
    assert.equal(groups.make('b', LIMITED), null);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^cannot make control groups in .*; what programs use is counted in \/proc instead$/);
    assert.equal(openGroups({ own: null, warn: assert.fail }).make('a', LIMITED), null);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
});

test('usage and out-of-memory ends are read from the files of a group', () => {
  const own = mkdtempSync(join(tmpdir(), 'reeve-cgroup-'));
  try {
    writeFileSync(join(own, 'cgroup.controllers'), 'memory\n');
    writeFileSync(join(own, 'cgroup.procs'), '');
    const group = openGroups({ own, warn: assert.fail }).make('web', LIMITED);
    assert.ok(group);
    assert.equal(group.usage(), null, 'nobody joined');
    assert.equal(group.oomKills(), 0);
    const put = (name: string, text: string): void => writeFileSync(join(group.path, name), text);
    put('cgroup.procs', '12\n34\n');
    put('cpu.stat', 'usage_usec 1234567\nuser_usec 1\n');
    put('memory.current', '9000000\n');
    put('memory.stat', 'anon 5\ninactive_file 4000000\n');
    put('memory.events', 'low 0\noom 2\noom_kill 3\n');
    const again = openGroups({ own, warn: assert.fail }).make('web', LIMITED);
    assert.deepEqual(again?.usage(), { cpuMs: 1234.567, rssBytes: 5_000_000 });
    assert.deepEqual(again?.members(), [12, 34]);
    assert.equal(again?.oomKills(), 3);
    group.remove();
    assert.equal(existsSync(group.path), true, 'who is still there keeps it');
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
});

test('without groups a KILL at a time when the kernel ended somebody is probably one of those', () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-oom-'));
  try {
    const path = join(dir, 'memory.oom_control');
    writeFileSync(path, 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n');
    let now = 0;
    const watch = createOomWatch(() => now, [{ path: join(dir, 'none'), key: 'oom_kill' }, { path, key: 'oom_kill' }]);
    assert.equal(watch.source, path);
    assert.equal(watch.struck(), false);
    writeFileSync(path, 'oom_kill 8\n');
    assert.equal(watch.struck(), true);
    assert.equal(watch.struck(), false, 'each is told once');
    writeFileSync(path, 'oom_kill 9\n');
    now = 61_000;
    watch.note();
    assert.equal(watch.struck(), false, 'what happened long before is nobody’s');
    assert.equal(createOomWatch(() => 0, []).struck(), false);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('who runs in no group is found and ended as ever', async () => {
  await using world = openOsWorld(false);
  const run = world.start(['sh', fixture('own-session-tree.sh')]);
  await until('its tree', () => world.os.processes.tree(run.child).length > 1);
  assert.equal(world.os.processes.counted(run.child), null);
  world.os.processes.signal(run.child, 'KILL', 'tree');
  await world.gone(run.child);
});
