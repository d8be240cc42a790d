import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeData, encodeEvent, envelope, pythonBytes } from '../../daemon/runtime/event-envelope.ts';

test('the header is supervisord\'s, and its length counts bytes', () => {
  const event = encodeEvent({ name: 'REMOTE_COMMUNICATION', payload: 'type:t\nhé' });
  assert.equal(
    envelope({ identifier: 'supervisor', serial: 12, pool: 'l', poolSerial: 3 }, event).toString(),
    'ver:3.0 server:supervisor serial:12 pool:l poolserial:3 eventname:REMOTE_COMMUNICATION len:10\ntype:t\nhé',
  );
});

test('bytes that are no text are shown as Python shows them', () => {
  assert.equal(pythonBytes(Buffer.from([0xff, 0x00, 0x27, 0x61, 0x0a, 0x5c])), 'b"\\xff\\x00\'a\\n\\\\"');
  assert.equal(pythonBytes(Buffer.from([0xff, 0x27, 0x22])), 'b\'\\xff\\\'"\'');
  assert.equal(encodeData('X', 'head\n', Buffer.from([0xfe])).payload.toString(), "head\nUndecodable: b'\\xfe'");
  assert.equal(encodeData('X', 'head\n', Buffer.from('ü')).payload.toString(), 'head\nü');
});
