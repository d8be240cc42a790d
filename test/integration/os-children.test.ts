// Lists of children that are longer than what the kernel gives at a time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { childrenOf } from '../../daemon/os/proc.ts';

const PAGE_BYTES = 4096;
/** So near to a full page its children are started one by one. */
const NEAR_BYTES = 100;

/** Starts as many children as a line of its stdin says, and writes the number of each. */
const PARENT = 'while read many; do while [ "$many" -gt 0 ]; do sleep 600 </dev/null >/dev/null & echo $!; many=$((many - 1)); done; done';

test('the list of children is whole, whether it ends just before, at or just behind a page of the kernel', async () => {
  const parent = spawn('sh', ['-c', PARENT], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  try {
    const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
    const started: number[] = [];
    let bytes = 0;
    let nearby = 0;
    while (bytes < PAGE_BYTES + NEAR_BYTES) {
      const near = bytes > PAGE_BYTES - NEAR_BYTES;
      const many = near || started.length === 0 ? 1 : Math.ceil((PAGE_BYTES - NEAR_BYTES - bytes) / (String(started[0]).length + 2)) + 1;
      parent.stdin.write(`${many}\n`);
      for (let at = 0; at < many; at += 1) {
        const { value } = await lines.next();
        started.push(Number(value));
        bytes += String(value).length + 1;
      }
      assert.deepEqual(childrenOf(parent.pid ?? 0).toSorted((a, b) => a - b), started.toSorted((a, b) => a - b), `${started.length} children, ${bytes} bytes`);
      if (near) nearby += 1;
    }
    assert.ok(nearby > 10, `looked ${nearby} times where a page ends`);
  } finally {
    if (parent.pid !== undefined) process.kill(-parent.pid, 'SIGKILL');
  }
});
