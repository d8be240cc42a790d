import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomId } from '../../daemon/os/random-id.ts';

test('every life gets a UUID of its own, in the usual form [C2]', () => {
  const ids = Array.from({ length: 1000 }, () => randomId());
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
