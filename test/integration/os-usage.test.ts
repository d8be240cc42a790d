// What whole lives use, measured on the real system: memory, processor, open files and processes of all they started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childrenOf, readStat } from '../../daemon/os/proc.ts';
import { createUsageMeter } from '../../daemon/os/usage.ts';
import type { Child } from '../../daemon/os/ports/processes.ts';
import { fixture, openOsWorld, until } from '../support/os-world.ts';
import type { OsWorld } from '../support/os-world.ts';

const MB = 1024 ** 2;

function meterOf(world: OsWorld, keep = true) {
  const meter = createUsageMeter({ clock: world.os.clock, processes: world.os.processes });
  return { meter, of: (child: Child, withFiles = false) => meter.measure([child], { files: withFiles, keep }).get(child) };
}

for (const portable of [false, true]) {
  const layer = portable ? 'portable' : 'native';

  for (const keep of [true, false]) {
    test(`memory and processor time are those of the whole tree, ${keep ? 'looked at again and again' : 'looked at once'} (${layer}) [C21][C22]`, async () => {
      await using world = openOsWorld(portable);
      const { meter, of } = meterOf(world, keep);
      const eater = fixture('eats-memory.py');
      const run = world.start(['sh', '-c', `python3 ${eater} 60 & python3 ${eater} 40 & wait`]);
      const sample = await until('100 MiB in two children', () => {
        const now = of(run.child);
        return now !== undefined && now.rssBytes > 100 * MB ? now : null;
      });
      assert.equal(sample.processes, 3);
      assert.ok(sample.rssBytes < 400 * MB, `${sample.rssBytes} bytes`);
      assert.ok(sample.cpuMs > 0);
      meter.dispose();
    });

    test(`processor time counts those who ended, waited for or not, and never goes back (${keep ? 'kept' : 'once'}, ${layer}) [C22]`, async () => {
      await using world = openOsWorld(portable);
      const { meter, of } = meterOf(world, keep);
      const burn = 'python3 -c "import time\nwhile time.process_time() < 0.2: pass"';
      const run = world.start(['sh', '-c', `${burn}; ${burn}; echo waited; exec sleep 60`]);
      let last = 0;
      const sample = await until('both to be in the account', () => {
        const now = of(run.child)?.cpuMs ?? 0;
        assert.ok(now >= last, `${now} ms after ${last} ms`);
        last = now;
        return run.stdout().includes('waited') && now >= 350 ? now : null;
      });
      assert.ok(sample < 60_000);
      meter.dispose();
    });
  }

  test(`open files are those of the one process that has most (${layer}) [C24]`, async () => {
    await using world = openOsWorld(portable);
    const { meter, of } = meterOf(world);
    const run = world.start(['python3', '-c', 'import time\nkept = [open("/dev/null") for _ in range(50)]\nprint("open", flush=True)\ntime.sleep(600)']);
    await until('50 open files', () => run.stdout().includes('open'));
    const most = of(run.child, true)?.files ?? 0;
    assert.ok(most >= 53 && most < 70, `${most} files`);
    assert.equal(of(run.child)?.files, null, 'not looked at unless asked for');
    meter.dispose();
  });

  test(`who slept through many looks is looked at again once anybody of it ran (${layer})`, async () => {
    await using world = openOsWorld(portable);
    const { meter, of } = meterOf(world, false);
    const run = world.start(['sh', '-c', 'trap "sleep 600 </dev/null 7</dev/null & echo woken" USR1; echo ready; while :; do sleep 600 & wait; done']);
    await until('it to sleep', () => run.stdout().includes('ready') && of(run.child, true)?.processes === 2);
    const asleep = of(run.child, true);
    for (let look = 0; look < 5; look += 1) assert.equal(of(run.child, true)?.processes, 2);
    world.os.processes.signal(run.child, 'USR1', 'main');
    await until('it to wake', () => run.stdout().includes('woken'));
    const woken = await until('its new child to sleep', () => {
      const now = of(run.child, true);
      return now?.processes === 4 ? now : null;
    });
    assert.ok(woken.rssBytes > (asleep?.rssBytes ?? 0));
    meter.dispose();
  });

  test(`who is gone, and whose number another has, is measured no more (${layer})`, async () => {
    await using world = openOsWorld(portable);
    const { meter, of } = meterOf(world);
    const run = world.start(['sleep', '600']);
    assert.equal(of(run.child)?.processes, 1);
    world.os.processes.signal(run.child, 'KILL', 'tree');
    await run.exited;
    await world.gone(run.child);
    assert.equal(of(run.child), undefined);
    assert.equal(of({ ...run.child, incarnation: 99 }), undefined);
    meter.dispose();
  });

  test(`after 100 lives nothing is kept of them: no descriptor, no account (${layer})`, async () => {
    await using world = openOsWorld(portable);
    const { meter, of } = meterOf(world);
    const steady = world.start(['sleep', '600']);
    of(steady.child, true);
    const open = meter.open;
    for (let i = 0; i < 100; i += 1) {
      const run = world.start(['sh', '-c', 'sleep 0.02 & wait']);
      of(run.child, true);
      await run.exited;
      of(run.child, true);
      meter.release(run.child);
    }
    assert.equal(meter.open, open);
    // One descriptor for each process that lives, and one for the last pid; portable looks at one table for all.
    assert.ok(open <= 2, `${open} open`);
    meter.release(steady.child);
    assert.equal(meter.open, 0, 'who watches nobody keeps nothing open');
    meter.dispose();
  });

  test(`who has ended and is not waited for yet costs no descriptor, be it the main process or a child of it (${layer})`, async () => {
    await using world = openOsWorld(portable);
    const { meter, of } = meterOf(world);
    const steady = world.start(['sleep', '600']);
    of(steady.child);
    const { open } = meter;
    const ended = world.start(['true']);
    // Nobody waits for it before the event loop turns, and it does not turn here.
    const still = new Int32Array(new SharedArrayBuffer(4));
    for (const end = performance.now() + 10_000; readStat(ended.child.pid)?.state !== 'Z';) {
      assert.ok(performance.now() < end, 'it ends');
      Atomics.wait(still, 0, 0, 1);
    }
    assert.equal(of(ended.child), undefined);
    assert.equal(meter.open, open);
    await ended.exited;
    meter.release(ended.child);
    const careless = world.start(['python3', '-c', 'import subprocess, time\nkept = subprocess.Popen(["true"])\ntime.sleep(600)']);
    await until('its child to have ended', () => childrenOf(careless.child.pid).some((pid) => readStat(pid)?.state === 'Z'));
    await until('it alone to be measured', () => of(careless.child)?.processes === 1);
    assert.ok(meter.open <= open + 1, `${meter.open} open, ${open} before`);
    meter.release(careless.child);
    assert.equal(meter.open, open);
    meter.dispose();
  });
}

test('whoever is looked at and not measured is closed at the end of the look, and whoever is measured stays open until it is released', () => {
  // Trees by hand: whom a look passes, and whom it finds.
  let passed: readonly number[] = [];
  let found: readonly number[] = [];
  const child: Child = { id: 'it', incarnation: 1, pid: process.pid, startTime: 0 };
  const meter = createUsageMeter({
    clock: { mono: () => 0, wall: () => 0 },
    processes: {
      trees(children, via) {
        for (const pid of passed) via?.stat(pid);
        return new Map(children.map((each) => [each, found]));
      },
      counted: () => null,
      ran: () => null,
    },
  });
  const look = (): number => {
    meter.measure([child], { files: false, keep: true });
    return meter.open;
  };
  const none = look();
  [passed, found] = [[process.pid, process.ppid], []];
  assert.equal(look(), none, 'nobody of them is measured');
  found = [process.pid];
  assert.equal(look(), none + 1);
  assert.equal(look(), none + 1);
  found = [process.pid, process.ppid];
  assert.equal(look(), none + 2);
  found = [process.ppid];
  assert.equal(look(), none + 1, 'who is found no more is closed');
  meter.release(child);
  assert.equal(meter.open, 0);
});

test('only lives of which somebody ran since the last look are looked at; now and then so are those who sleep', () => {
  let looks = 0;
  let now = 0;
  const ran = new Map<number, number | null>();
  const child: Child = { id: 'it', incarnation: 1, pid: process.pid, startTime: 0 };
  let found: readonly number[] = [process.pid, process.ppid];
  const meter = createUsageMeter({
    clock: { mono: () => now, wall: () => now },
    processes: {
      trees(children) {
        looks += 1;
        return new Map(children.map((each) => [each, found]));
      },
      counted: () => null,
      ran: (pid) => ran.get(pid) ?? null,
    },
  });
  const looked = (files = true): boolean => {
    const before = looks;
    const sample = meter.measure([child], { files, keep: false }).get(child);
    assert.equal(sample?.at, now);
    assert.equal(sample?.processes, found.length);
    return looks > before;
  };
  for (const pid of found) ran.set(pid, 5);
  assert.deepEqual([looked(), looked(), looked(), looked()], [true, true, false, false], 'how long they ran is known from the second look on');
  ran.set(process.ppid, 6);
  assert.deepEqual([looked(), looked()], [true, false], 'one of them ran');
  ran.set(process.ppid, null);
  assert.deepEqual([looked(), looked()], [true, true], 'one of them is gone, or cannot be asked');
  found = [process.pid];
  assert.deepEqual([looked(), looked()], [true, false], 'it alone is left');
  ran.set(process.pid, 7);
  assert.deepEqual([looked(false), looked(false), looked(), looked()], [true, false, true, false], 'files were not asked for before');
  const wakes: number[] = [];
  for (; now <= 600_000; now += 15_000) if (looked()) wakes.push(now);
  assert.ok(wakes.length >= 2 && wakes.length <= 4, wakes.join(' '));
  meter.dispose();
});
