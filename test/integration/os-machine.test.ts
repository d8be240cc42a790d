// Which implementation runs, why, and what it says of the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createNativeProcesses } from '../../daemon/os/native-processes.ts';
import { openOs } from '../../daemon/os/open.ts';
import { openSys, RLIMIT_NOFILE } from '../../daemon/os/sys.ts';
import { openOsWorld } from '../support/os-world.ts';

const PR_GET_CHILD_SUBREAPER = 37;

test('native is the default, and says what it has', async () => {
  await using world = openOsWorld(false);
  const facts = world.os.machine();
  assert.deepEqual([facts.implementation, facts.why, facts.subreaper, facts.pid1, facts.pidfd], ['native', null, true, false, true]);
  const names = facts.limits.map(({ name }) => name);
  for (const name of ['open files', 'setpriv', 'prlimit', 'CAP_SETUID', 'CAP_KILL', 'CAP_SYS_RESOURCE', 'CAP_SYS_PTRACE', 'seccomp'])
    assert.ok(names.includes(name), name);
  assert.ok(facts.limits.every(({ detail }) => detail.length > 0));
  assert.deepEqual(world.warnings, []);
});

test('portable says what it cannot do', async () => {
  await using world = openOsWorld(true);
  const facts = world.os.machine();
  assert.deepEqual([facts.implementation, facts.why], ['portable', 'it was asked for (REEVE_OS=portable)']);
  assert.ok(facts.limits.filter(({ name, ok }) => name === 'portable' && !ok).length >= 5);
  assert.equal(world.os.readiness, null);
  assert.deepEqual(world.warnings, []);
});

test('the environment can ask for portable', () => {
  const previous = process.env['REEVE_OS'];
  process.env['REEVE_OS'] = 'portable';
  try {
    const os = openOs({ warn: (message) => assert.fail(message) });
    assert.equal(os.processes.name, 'portable');
    os.dispose();
  } finally {
    if (previous === undefined) delete process.env['REEVE_OS'];
    else process.env['REEVE_OS'] = previous;
  }
});

test('a Node without FFI falls back to portable with one warning', () => {
  const script = `
    process.getBuiltinModule = ((original) => (name) => (name === 'node:ffi' ? undefined : original(name)))(process.getBuiltinModule);
    const { openOs } = await import(${JSON.stringify(new URL('../../daemon/os/open.ts', import.meta.url).href)});
    const warnings = [];
    const os = openOs({ warn: (message) => warnings.push(message) });
    console.log(JSON.stringify([os.processes.name, warnings.length, warnings[0]]));
    os.dispose();`;
  const [name, count, warning] = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  ) as [string, number, string];
  assert.deepEqual([name, count], ['portable', 1]);
  assert.match(warning, /^cannot use the native OS layer: Node [\d.]+ has no node:ffi; going on with the portable one/);
});

test('the clocks run: one for differences, one for people', () => {
  const os = openOs({ portable: true, warn: () => {} });
  const first = os.clock.mono();
  assert.ok(os.clock.mono() >= first && first < 1e9);
  assert.ok(Math.abs(os.clock.wall() - Date.now()) < 1000);
  os.dispose();
});

test('where the native layer cannot be had, orphans are not made ours: the portable one would leave them zombies', (t) => {
  const sys = openSys();
  if ('problem' in sys) return t.skip(sys.problem);
  const [own, none, answer] = [sys.memory(16), sys.memory(16), sys.memory(8)];
  sys.prlimit(0, RLIMIT_NOFILE, null, own.address);
  own.bytes.copy(none.bytes);
  none.bytes.writeBigUInt64LE(3n, 0);
  sys.prlimit(0, RLIMIT_NOFILE, none.address, null);
  try {
    // No descriptor for the list of our children, as on a kernel without it.
    assert.throws(() => createNativeProcesses(sys, () => {}));
  } finally {
    sys.prlimit(0, RLIMIT_NOFILE, own.address, null);
  }
  sys.prctl(PR_GET_CHILD_SUBREAPER, answer.address, 0n, 0n, 0n);
  assert.equal(answer.bytes.readInt32LE(0), 0);
});
