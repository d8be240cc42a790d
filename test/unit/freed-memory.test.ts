// When is memory that a burst of starts needed given back?
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { createFreedMemory } from '../../daemon/os/freed-memory.ts';
import { openSys } from '../../daemon/os/sys.ts';

function world(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let trims = 0;
  const memory = createFreedMemory(() => { trims += 1; });
  return { start: (count: number) => { for (let n = 0; n < count; n += 1) memory.started(); }, pass: (ms: number) => { for (let passed = 0; passed < ms; passed += 500) t.mock.timers.tick(500); }, trims: () => trims };
}

test('after a burst of starts memory is given back once, when nobody was started for a while', (t) => {
  const w = world(t);
  w.start(1000);
  for (let n = 0; n < 3; n += 1) {
    w.pass(500);
    w.start(1);
  }
  assert.equal(w.trims(), 0);
  w.pass(10_000);
  assert.equal(w.trims(), 1);
  w.pass(600_000);
  assert.equal(w.trims(), 1);
});

test('a few starts give nothing back, and many few in the end do', (t) => {
  const w = world(t);
  w.start(49);
  w.pass(600_000);
  assert.equal(w.trims(), 0);
  w.start(1);
  w.pass(10_000);
  assert.equal(w.trims(), 1);
});

test('where the C library cannot give memory back, nothing waits to', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const memory = createFreedMemory(null);
  for (let n = 0; n < 100; n += 1) memory.started();
  t.mock.timers.tick(600_000);
  memory.dispose();
});

test("the C library's own call can be made, where there is one", () => {
  const sys = openSys();
  if ('problem' in sys) assert.fail(`no system calls here: ${sys.problem}`);
  assert.ok(sys.mallocTrim === null || [0, 1].includes(sys.mallocTrim(0n)));
});
