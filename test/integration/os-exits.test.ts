// How processes end, and what is known of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Child } from '../../daemon/os/ports/processes.ts';
import { createPortableProcesses } from '../../daemon/os/portable-processes.ts';
import { readStat } from '../../daemon/os/proc.ts';
import { readProcessTable } from '../../daemon/os/process-table.ts';
import { fixture, openOsWorld, type OsWorld, plainSpec, until, within } from '../support/os-world.ts';

for (const portable of [false, true]) {
  describe(portable ? 'portable' : 'native', () => {
    let world: OsWorld;
    before(() => {
      world = openOsWorld(portable);
      assert.equal(world.os.processes.name, portable ? 'portable' : 'native', world.warnings.join());
    });
    after(() => world[Symbol.asyncDispose]());

    for (const code of [0, 1, 2, 42, 126, 127, 128, 143, 254, 255]) {
      test(`exit code ${code} is reported as it is`, async () => {
        const { report } = await world.finish([fixture('exit-code.sh'), String(code)]);
        assert.deepEqual([report.code, report.signal, report.coreDumped, report.left], [code, null, false, []]);
      });
    }

    for (const signal of ['TERM', 'KILL', 'HUP', 'USR1', 'SEGV']) {
      test(`a death by ${signal} is reported by name, without a code`, async () => {
        const { report } = await world.finish([fixture('exit-code.sh'), signal]);
        assert.deepEqual([report.code, report.signal], [null, signal]);
      });
    }

    if (!portable) {
      test('a death by a real-time signal has the name that kill -l prints', async () => {
        const { child, exited } = world.start(['sleep', '300']);
        world.os.processes.signal(child, 'RTMIN+3', 'main');
        assert.equal((await within('exit', exited)).signal, 'RTMIN+3');
      });

      test('a core dump is told', async (t) => {
        const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
        if (pattern.startsWith('|'))
          return t.skip(`core_pattern pipes to a program (${pattern}): whether a core is dumped is that program's to say`);
        const core = { soft: Infinity, hard: Infinity };
        const { report } = await world.finish(['sh', '-c', 'kill -QUIT $$'], { directory: world.directory, rlimits: { core } });
        assert.deepEqual([report.signal, report.coreDumped], ['QUIT', true]);
      });

      test('the last bytes can be read from the pipe after the exit was reported', async () => {
        const outcome = world.start([fixture('exit-code.sh'), '3']);
        await within('exit', outcome.exited);
        await until('the last bytes', () => outcome.stdout() === 'goodbye\n');
      });
    }

    test('everything a flooding program wrote arrives, to the last line', async () => {
      const { stdout } = await world.finish([fixture('floods.sh'), '200000']);
      assert.equal(stdout.length, 1_288_895);
      assert.ok(stdout.endsWith('199999\n200000\n'));
    });

    test('an exit is told once, from the event loop, with the life it belongs to', async () => {
      let told = 0;
      const outcome = world.start(['true']);
      void outcome.exited.then(() => (told += 1));
      assert.equal(told, 0);
      const report = await within('exit', outcome.exited);
      assert.equal(report.child, outcome.child);
      assert.ok(outcome.child.startTime > 0);
      assert.deepEqual(world.os.processes.signal(outcome.child, 'TERM', 'main'), { gone: true });
    });

    test('a worker that is killed from outside is noticed at once [D53]', async () => {
      const { child, exited } = world.start(['sleep', '300']);
      process.kill(child.pid, 'SIGKILL');
      assert.equal((await within('exit', exited, 2000)).signal, 'KILL');
    });

    test('stdout and stderr arrive apart, or together when stderr goes to the same place', async () => {
      const apart = await world.finish(['sh', '-c', 'echo out; echo err >&2']);
      assert.deepEqual([apart.stdout, apart.stderr], ['out\n', 'err\n']);
      const together = await world.finish(['sh', '-c', 'echo out; echo err >&2'], { stderr: null });
      assert.deepEqual([together.stdout, together.stderr], ['out\nerr\n', '']);
    });

    test('an output that nobody keeps has no pipe, and the program can write to it', async () => {
      const nowhere = { ...plainSpec([]).stdout, ringBytes: 0 };
      const { report, stdout } = await world.finish(['sh', '-c', 'echo gone && echo gone >&2'], { stdout: nowhere, stderr: nowhere });
      assert.deepEqual([report.code, stdout], [0, '']);
    });

    test('stdin is empty, or a pipe when asked for', async () => {
      assert.equal((await world.finish(['cat'])).report.code, 0);
      const cat = world.start(['cat'], { stdin: 'pipe' });
      cat.stdin!.end('hello through stdin\n');
      assert.equal((await within('exit', cat.exited)).code, 0);
      await until('the echo', () => cat.stdout() === 'hello through stdin\n');
    });

    test('a program that closed its stdin costs only the write', async () => {
      const { stdin, exited } = world.start(['true'], { stdin: 'pipe' });
      await within('exit', exited);
      const error = await within('write', new Promise((resolve) => stdin!.write('x'.repeat(1000), resolve)));
      assert.ok(error instanceof Error);
    });

    test('a program that ends again and again does not use up our descriptors by its stdin', async () => {
      const open = (): number => readdirSync('/proc/self/fd').length;
      await world.finish(['true'], { stdin: 'pipe' });
      const before = open();
      for (let life = 0; life < 20; life += 1) await world.finish(['true'], { stdin: 'pipe' });
      await until('the pipes are closed', () => open() <= before);
    });
  });
}

test('reading is never blocking on our side, and never non-blocking on theirs', async () => {
  await using world = openOsWorld(false);
  // The child's description has no O_NONBLOCK (04000): flags of /proc/self/fdinfo/1 are octal.
  const { stdout } = await world.finish(['sh', '-c', 'cat /proc/self/fdinfo/1 >/dev/null; grep flags /proc/self/fdinfo/1']);
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(stdout)![1]!, 8);
  assert.equal(flags & 0o4000, 0);
  // O_RDWR: a reader exists even when we are gone, so that no SIGPIPE hits the program.
  assert.equal(flags & 0o3, 2);
  const outcome = world.os.processes.spawn({
    spec: plainSpec(['sleep', '300']),
    incarnation: 1,
    supervisionId: 'x',
    environment: { PATH: process.env['PATH']! },
    onExit: () => {},
  });
  assert.ok('child' in outcome && outcome.stdout !== null && 'fd' in outcome.stdout);
  const { fd } = outcome.stdout;
  assert.throws(() => readSync(fd, Buffer.alloc(1)), { code: 'EAGAIN' });
  world.os.processes.signal(outcome.child, 'KILL', 'tree');
  await world.gone(outcome.child);
});

test('an exception in a listener is seen, and costs no other process its exit', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fixture('throwing-listener.ts')], { timeout: 10_000 });
  assert.deepEqual(stdout.trim().split('\n').sort(), ['caught: thrown by a listener', 'exit of bad', 'exit of good']);
});

test('the start time of a child is the one that /proc tells', async () => {
  await using world = openOsWorld(false);
  for (let n = 0; n < 40; n += 1) {
    const { child } = world.start(['sleep', '300']);
    const told = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[19];
    assert.equal(child.startTime, Number(told));
  }
});

test('many who end at once cost one look at all processes, and each is told of (portable)', async () => {
  const COUNT = 30;
  let looks = 0;
  const processes = createPortableProcesses(assert.fail, () => {
    looks += 1;
    return readProcessTable();
  });
  const told: number[] = [];
  const gone: number[] = [];
  const all = Promise.withResolvers<void>();
  const children: Child[] = [];
  for (let incarnation = 1; incarnation <= COUNT; incarnation += 1) {
    const supervisionId = randomUUID();
    const outcome = processes.spawn({
      spec: plainSpec(['true']), incarnation, supervisionId, environment: { PATH: process.env['PATH'] ?? '', SUPERVISION_ID: supervisionId },
      onExit: ({ child, left }) => {
        assert.deepEqual(left, []);
        told.push(child.incarnation);
      },
    });
    assert.ok('child' in outcome);
    children.push(outcome.child);
    processes.whenGone(outcome.child, () => gone.push(incarnation) === COUNT && all.resolve());
  }
  // Nobody is waited for before the event loop turns, and it does not turn here.
  const still = new Int32Array(new SharedArrayBuffer(4));
  for (const end = performance.now() + 20_000; children.some(({ pid }) => readStat(pid)?.state !== 'Z');) {
    assert.ok(performance.now() < end, 'they end');
    Atomics.wait(still, 0, 0, 5);
  }
  await within('all to be gone', all.promise);
  assert.deepEqual(told.toSorted((a, b) => a - b), Array.from({ length: COUNT }, (_, n) => n + 1));
  assert.equal(looks, 1);
  processes.dispose();
});
