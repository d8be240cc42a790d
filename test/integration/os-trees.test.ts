// Everybody of a life: found, signalled, waited for; and nobody else.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fixture, isRunning, openOsWorld, type OsWorld, until, within } from '../support/os-world.ts';

const argumentsOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
};
const startTime = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[19]);
const SIX = ['sleep 301', 'sleep 302', 'sleep 303', 'sleep 304', 'sleep 305', 'sleep 306'];

for (const portable of [false, true]) {
  describe(portable ? 'portable' : 'native', () => {
    let world: OsWorld;
    before(() => {
      world = openOsWorld(portable);
    });
    after(() => world[Symbol.asyncDispose]());

    test('six processes, in sessions of their own and without environment, are all found and ended [Sv#1101]', async () => {
      const { child } = world.start([fixture('six-processes.sh')]);
      const pids = await until('all six', () => {
        const tree = world.os.processes.tree(child);
        return SIX.every((each) => tree.some((pid) => argumentsOf(pid) === each)) && tree;
      });
      assert.deepEqual(pids.map(argumentsOf).sort(), SIX);
      const outcome = world.os.processes.signal(child, 'KILL', 'tree');
      assert.ok('pids' in outcome);
      assert.deepEqual(new Set(outcome.pids), new Set(pids));
      await world.gone(child);
      assert.deepEqual(pids.filter(isRunning), []);
      assert.deepEqual(world.os.processes.tree(child), []);
    });

    test('a worker that the main process left is named in the exit report, waited for, and ended [Sv#1101]', async () => {
      const { child, exited, stdout } = world.start([fixture('forks-and-leaves.sh')]);
      const report = await within('exit', exited);
      const worker = Number((await until('its pid', () => /worker (\d+)/.exec(stdout())))[1]);
      assert.deepEqual([report.code, report.left], [0, [worker]]);
      assert.deepEqual(world.os.processes.tree(child), [worker]);
      let gone = false;
      world.os.processes.whenGone(child, () => (gone = true));
      assert.deepEqual(world.os.processes.signal(child, 'TERM', 'main'), { gone: true });
      assert.ok(isRunning(worker) && !gone);
      assert.deepEqual(world.os.processes.signal(child, 'TERM', 'tree'), { pids: [worker] });
      await until('gone', () => gone);
      assert.ok(!isRunning(worker));
    });

    test('a daemon of the old school belongs to the program that started it', async () => {
      const { child, stdout } = world.start([fixture('double-fork-setsid.sh')]);
      const daemon = Number((await until('its pid', () => /daemon (\d+)/.exec(stdout())))[1]);
      assert.ok(world.os.processes.tree(child).includes(daemon));
      const group = world.os.processes.signal(child, 'KILL', 'group');
      assert.deepEqual(group, { pids: [child.pid] });
      await until('the rest', () => world.os.processes.tree(child).includes(daemon) && !world.os.processes.tree(child).includes(child.pid));
      world.os.processes.signal(child, 'KILL', 'tree');
      await world.gone(child);
    });

    test('who survives a polite signal is named', async () => {
      const { child, stdout } = world.start([fixture('ignores-term.sh')]);
      await until('ready', () => stdout() === 'ready\n');
      world.os.processes.signal(child, 'TERM', 'tree');
      assert.ok(world.os.processes.tree(child).includes(child.pid));
      world.os.processes.signal(child, 'KILL', 'tree');
      await world.gone(child);
    });

    test('an end is noticed though descendants hold the pipes [Pb#149]', async () => {
      const { child, exited } = world.start([fixture('double-fork-setsid.sh')]);
      await until('descendants', () => world.os.processes.tree(child).length >= 3);
      world.os.processes.signal(child, 'KILL', 'main');
      const report = await within('exit', exited, 3000);
      assert.equal(report.signal, 'KILL');
      assert.ok(report.left.length >= 2);
      world.os.processes.signal(child, 'KILL', 'tree');
      await world.gone(child);
    });

    test('a stopped program leaves no grandchild that holds its port [PM2#74]', async () => {
      const server = "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('port ' + s.address().port))";
      const { child, stdout } = world.start(['sh', '-c', `"${process.execPath}" -e "$0" & wait`, server]);
      const port = Number((await until('the port', () => /port (\d+)/.exec(stdout())))[1]);
      world.os.processes.signal(child, 'TERM', 'tree');
      await world.gone(child);
      const again = createServer();
      await within(
        'the port again',
        new Promise<void>((resolve, reject) => again.once('error', reject).listen(port, '127.0.0.1', resolve)),
      );
      await new Promise((resolve) => again.close(resolve));
    });

    test('who forks while being killed is killed too', async () => {
      const { child } = world.start(['sh', '-c', 'while :; do setsid sleep 300 & sleep 0.005; done']);
      await until('some', () => world.os.processes.tree(child).length > 5);
      world.os.processes.signal(child, 'KILL', 'tree');
      await world.gone(child);
      assert.deepEqual(world.os.processes.tree(child), []);
    });

    test('two lives of one program do not share descendants', async () => {
      const one = world.start([fixture('forks-and-leaves.sh')]);
      const two = world.start([fixture('forks-and-leaves.sh')]);
      const [first, second] = await Promise.all([one.exited, two.exited]);
      assert.equal(first.left.length, 1);
      assert.equal(second.left.length, 1);
      world.os.processes.signal(one.child, 'KILL', 'tree');
      await world.gone(one.child);
      assert.deepEqual(world.os.processes.tree(two.child), second.left);
      world.os.processes.signal(two.child, 'KILL', 'tree');
      await world.gone(two.child);
    });

    test('a process of ours that nobody asked us to watch is not touched', async () => {
      const bystander = spawn('sleep', ['300'], { stdio: 'ignore', detached: true });
      const { child } = world.start([fixture('six-processes.sh')]);
      await until('all six', () => world.os.processes.tree(child).length >= 6);
      world.os.processes.signal(child, 'KILL', 'tree');
      await world.gone(child);
      assert.ok(isRunning(bystander.pid!));
      bystander.kill('SIGKILL');
    });

    test('the second wait for a life replaces the first, and a forgotten life is waited for by nobody', async () => {
      const { child } = world.start(['sleep', '300']);
      const told: string[] = [];
      world.os.processes.whenGone(child, () => told.push('first'));
      world.os.processes.whenGone(child, () => told.push('second'));
      world.os.processes.signal(child, 'KILL', 'main');
      await until('the second', () => told.length > 0);
      assert.deepEqual(told, ['second']);
      const other = world.start([fixture('forks-and-leaves.sh')]);
      const { left } = await within('exit', other.exited);
      world.os.processes.forget(other.child);
      assert.deepEqual(world.os.processes.tree(other.child), []);
      assert.deepEqual(world.os.processes.signal(other.child, 'KILL', 'tree'), { gone: true });
      assert.ok(isRunning(left[0]!));
      process.kill(left[0]!, 'SIGKILL');
    });

    test('a stray is ended only if pid and start time still name it', async () => {
      const stray = spawn('sleep', ['300'], { stdio: 'ignore' });
      const exited = new Promise((resolve) => stray.once('exit', (_, signal) => resolve(signal)));
      const pid = stray.pid!;
      assert.equal(world.os.processes.endStray(pid, startTime(pid) + 1, 'KILL'), false);
      assert.equal(world.os.processes.endStray(pid, 0, 'KILL'), false);
      assert.ok(isRunning(pid));
      assert.equal(world.os.processes.endStray(pid, startTime(pid), 'KILL'), true);
      assert.equal(await within('exit', exited), 'SIGKILL');
      assert.equal(world.os.processes.endStray(1, startTime(1), 'KILL'), false);
    });

    test('a signal that does not exist is refused in words', () => {
      const { child } = world.start(['sleep', '300']);
      assert.deepEqual(world.os.processes.signal(child, 'NOPE', 'main'), { error: "cannot signal it:it: there is no signal 'NOPE'" });
      world.os.processes.signal(child, 'KILL', 'main');
    });
  });
}

test('all six are found even after the main process left them, also the one without environment', async () => {
  await using world = openOsWorld(false);
  const { child, exited } = world.start([fixture('six-processes.sh'), 'leave']);
  const report = await within('exit', exited);
  assert.equal(report.code, 7);
  assert.deepEqual(report.left.map(argumentsOf).sort(), SIX.slice(0, 5));
  world.os.processes.signal(child, 'KILL', 'tree');
  await world.gone(child);
  assert.deepEqual(report.left.filter(isRunning), []);
});
