// What may have changed hands behind our back: memory that only C knows of, and the number of a process that ended.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSpawner } from '../../daemon/os/native-spawn.ts';
import { childrenOf } from '../../daemon/os/proc.ts';
import { socketCalls } from '../../daemon/os/socket-calls.ts';
import { openSys } from '../../daemon/os/sys.ts';
import { isRunning, openOsWorld, until } from '../support/os-world.ts';

const sys = openSys();
const skip = 'problem' in sys ? `the native layer is not available here: ${sys.problem}` : false;

test('after a garbage collection children still start with their signals reset: the sets live as long as the attributes', { skip }, () => {
  if ('problem' in sys) return;
  const blocks: { from: bigint; to: bigint }[] = [];
  const passed: [bigint, bigint][] = [];
  const spawner = createSpawner({
    ...sys,
    memory(size) {
      const memory = sys.memory(size);
      blocks.push({ from: memory.address, to: memory.address + BigInt(size) });
      return memory;
    },
    attrSetDefault: (attributes, set) => (passed.push([attributes, set]), sys.attrSetDefault(attributes, set)),
    attrSetMask: (attributes, set) => (passed.push([attributes, set]), sys.attrSetMask(attributes, set)),
  }, () => {});
  spawner.dispose();
  assert.equal(passed.length, 4);
  const blockOf = (address: bigint): number => blocks.findIndex(({ from, to }) => address >= from && address < to);
  for (const [attributes, set] of passed) assert.equal(blockOf(set), blockOf(attributes));
});

test('a stranger who got the number of a grandchild that ended a moment ago is not signalled', { skip }, async (t) => {
  await using world = openOsWorld(false);
  const { child } = world.start(['sh', '-c', 'sleep 300 & trap "" TERM; while :; do wait; done']);
  const grandchild = await until('the grandchild is there', () => childrenOf(child.pid)[0]);
  // After the look that names the tree, /proc tells of another process with that number.
  const path = `/proc/${grandchild}/stat`;
  const line = fs.readFileSync(path, 'latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  fields[19] = String(Number(fields[19]) + 1);
  const other = join(world.directory, 'stat');
  fs.writeFileSync(other, `${line.slice(0, line.lastIndexOf(')') + 2)}${fields.join(' ')}`);
  const open = fs.openSync;
  let looks = 0;
  const mock = t.mock.method(fs, 'openSync', (file: fs.PathLike, ...more: [fs.OpenMode]) => open(file === path && (looks += 1) > 1 ? other : file, ...more));
  syncBuiltinESMExports();
  try {
    world.os.processes.signal(child, 'TERM', 'tree');
  } finally {
    mock.mock.restore();
    syncBuiltinESMExports();
  }
  assert.ok(looks > 1, 'it was looked at again before the signal');
  assert.ok(isRunning(grandchild), 'whoever has the number now lives on');
  world.os.processes.signal(child, 'TERM', 'tree');
  await until('the grandchild itself is signalled', () => !isRunning(grandchild));
});

test('the address of a socket is kept while the kernel reads it: each is placed in memory that stays', { skip }, () => {
  const calls = socketCalls();
  assert.ok(calls !== null);
  const first = calls.place(Buffer.from('first'));
  assert.equal(calls.place(Buffer.from('second')), first, 'one block for all');
});
