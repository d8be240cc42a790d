import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isEcho } from '../../daemon/interrupts.ts';

test('a Ctrl-C that comes from the terminal and again from who forwards it is one request', () => {
  assert.equal(isEcho(null, { signal: 'INT', at: 0 }), false);
  assert.equal(isEcho({ signal: 'INT', at: 0 }, { signal: 'INT', at: 20 }), true);
});

test('a second signal made by hand, or another one, is a request of its own [D51]', () => {
  assert.equal(isEcho({ signal: 'INT', at: 0 }, { signal: 'INT', at: 150 }), false);
  assert.equal(isEcho({ signal: 'TERM', at: 0 }, { signal: 'INT', at: 5 }), false);
});
