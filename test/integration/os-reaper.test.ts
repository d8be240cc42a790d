// Who is reaped: ours, orphans and strangers; never what Node's own child_process waits for.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { fixture, openOsWorld, until, within } from '../support/os-world.ts';

const zombies = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '));

/** A shell line that starts a process with nothing that tells whose it is, waits until it says it is there, and leaves. */
const stranger = (mark: string, work: string): string =>
  `(setsid env -i PATH="$PATH" sh -c '>"${mark}"; ${work}' </dev/null >/dev/null 2>&1 &); while ! [ -e "${mark}" ]; do sleep 0.01; done`;

for (const portable of [false, true]) {
  const count = portable ? 50 : 200;
  test(`${portable ? 'portable' : 'native'}: the exits of ${count} execFile beside ${count} of ours all come, with the right codes`, async () => {
    await using world = openOsWorld(portable);
    const jobs: Promise<[number, number | null]>[] = [];
    for (let n = 0; n < count; n += 1) {
      const code = n % 100;
      jobs.push(
        new Promise((resolve) => {
          execFile('sh', ['-c', `(sleep 0.0${n % 10} &); exit ${code}`], (error) =>
            resolve([code, error === null ? 0 : Number(error.code)]),
          );
        }),
      );
      const ours = world.start(['sh', '-c', `(sleep 0.0${n % 10} &); exit ${code}`]);
      jobs.push(ours.exited.then((report) => [code, report.code]));
      if (n % 20 === 19) await new Promise(setImmediate);
    }
    for (const [expected, actual] of await within('all exits', Promise.all(jobs), 30_000)) assert.equal(actual, expected);
    if (!portable) await until('no zombie is left', () => zombies().length === 0);
  });
}

test('a child of Node that was started before us is not stolen', async () => {
  const early = spawn('sh', ['-c', 'read line; exit 9'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = new Promise((resolve) => early.once('exit', resolve));
  await using world = openOsWorld(false);
  const ours = world.start(['sh', '-c', 'exit 4']);
  early.stdin.end('\n');
  assert.equal(await within('exit', exited), 9);
  assert.equal((await within('exit', ours.exited)).code, 4);
});

test('a hook or probe that runs while a program ends is not called an orphan, and its exit comes', async () => {
  await using world = openOsWorld(false);
  const hook = spawn('sh', ['-c', 'read line; exit 9'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const exited = new Promise((resolve) => hook.once('exit', resolve));
  await within('exit of ours', world.start(['true']).exited);
  assert.deepEqual(world.os.processes.unattributed().filter(({ pid }) => pid === hook.pid), []);
  hook.stdin.end('\n');
  assert.equal(await within('exit', exited), 9);
});

test('a process that nobody here started is reaped and reported, and nothing dies of it [B2, Sv#936]', async () => {
  await using world = openOsWorld(false);
  const strangers: [number, number | null, string | null][] = [];
  world.os.processes.onStranger((...stranger) => strangers.push(stranger));
  const mark = join(world.directory, 'here');
  const { child, exited } = world.start(['sh', '-c', stranger(mark, 'sleep 0.3; exit 5')]);
  const report = await within('exit', exited);
  assert.deepEqual([report.code, report.left], [0, []]);
  await world.gone(child);
  const [[pid, code, signal]] = (await until('the stranger', () => strangers.length > 0 && strangers)) as [
    [number, number | null, string | null],
  ];
  assert.deepEqual([code, signal], [5, null]);
  assert.ok(pid > 0);
  assert.deepEqual(zombies(), []);
});

test('an orphan that was seen while its parents lived is known later, whatever it dropped', async () => {
  await using world = openOsWorld(false);
  const mark = join(world.directory, 'here');
  const { child, exited } = world.start(
    ['sh', '-c', `setsid env -i PATH="$PATH" sh -c '>"${mark}"; exec sleep 300' </dev/null >/dev/null 2>&1 & read line`],
    { stdin: 'pipe' },
  );
  await until('the mark', () => existsSync(mark) && world.os.processes.tree(child).length === 2);
  world.os.processes.signal(child, 'KILL', 'main');
  const { left } = await within('exit', exited);
  assert.equal(left.length, 1);
  world.os.processes.signal(child, 'KILL', 'tree');
  await world.gone(child);
});

test('three hundred children that end at once are all told: SIGCHLD counts once for many', async () => {
  await using world = openOsWorld(false);
  const all = Array.from({ length: 300 }, () => world.start(['sleep', '300']));
  for (const { child } of all) world.os.processes.signal(child, 'KILL', 'main');
  const reports = await within('all exits', Promise.all(all.map(({ exited }) => exited)));
  assert.ok(reports.every(({ signal }) => signal === 'KILL'));
  assert.deepEqual(zombies(), []);
});

for (const portable of [false, true]) {
  test(`${portable ? 'portable' : 'native'}: no descriptor is left after ${portable ? 100 : 500} programs`, async () => {
    await using world = openOsWorld(portable);
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    await world.finish(['true'], { stdin: 'pipe' });
    const before = descriptors();
    for (let round = 0; round < (portable ? 4 : 20); round += 1) {
      await Promise.all(Array.from({ length: 25 }, () => world.finish(['true'], {})));
    }
    await until(`not more than ${before} descriptors`, () => descriptors() <= before);
  });
}

test('as PID 1 of a namespace: orphans and strangers are reaped, exit codes come, nothing stays a zombie [B2, Sv#936]', async (t) => {
  try {
    await promisify(execFile)('unshare', ['--pid', '--fork', '--mount-proc', 'true']);
  } catch (error) {
    return t.skip(`cannot make a pid namespace here: ${(error as Error).message.trim()}`);
  }
  const { stdout } = await promisify(execFile)('unshare', ['--pid', '--fork', '--mount-proc', process.execPath, fixture('pid1.ts')], {
    timeout: 30_000,
  });
  const facts = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(facts, {
    pid: 1,
    pid1: true,
    implementation: 'native',
    codes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    left: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    strangers: 20,
    zombies: 0,
    others: 0,
  });
});
