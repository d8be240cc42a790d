import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { FactBody } from '../../daemon/contract/facts.ts';
import type { Target } from '../../daemon/logs/device.ts';
import { Writer } from '../../daemon/logs/writer.ts';

class ScriptedTarget implements Target {
  readonly path = '/x.log';
  readonly unfinished = 0;
  readonly kind: 'regular' | 'device';
  problem: { code: string; reason: string } | null = null;
  room = Number.POSITIVE_INFINITY;
  code = 'ENOSPC';
  got = '';
  tries = 0;

  constructor(kind: 'regular' | 'device' = 'regular') {
    this.kind = kind;
  }

  take(bytes: Buffer, start: number, end: number): number {
    this.tries += 1;
    const count = Math.min(this.room, end - start);
    this.got += bytes.toString('utf8', start, start + count);
    this.room -= count;
    this.problem = count < end - start ? { code: this.code, reason: this.code } : null;
    return count;
  }

  close(): void {}
}

function writerTo(target: Target, facts: FactBody[] = []): { writer: Writer; put(owner: unknown, text: string): void } {
  const writer = new Writer({ target, now: () => Date.now(), onFact: (fact) => facts.push(fact) });
  return { writer, put: (owner, text) => writer.accept(owner, Buffer.from(text), 0, Buffer.byteLength(text)) };
}

test('Sv#807: a full target is tried again with growing pauses, not in a busy loop', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const target = new ScriptedTarget();
  const facts: FactBody[] = [];
  const { writer, put } = writerTo(target, facts);
  let woken = 0;
  target.room = 2;
  put(1, 'abcdef\n');
  writer.wait({ unblocked: () => (woken += 1) });
  assert.ok(writer.full);
  for (let i = 0; i < 600; i += 1) t.mock.timers.tick(100);
  assert.ok(target.tries <= 20, `${target.tries} tries in a minute`);
  assert.equal(woken, 0);
  target.room = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 51; i += 1) t.mock.timers.tick(100);
  assert.equal(target.got, 'abcdef\n', 'continued where it stopped');
  assert.equal(woken, 1);
  assert.deepEqual(
    facts.map((fact) => fact.type),
    ['log.blocked', 'log.resumed'],
  );
});

test('a slow reader of a device is asked every few ms, queued for up to a bound, and is a fact only after a second', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const target = new ScriptedTarget('device');
  target.code = 'EAGAIN';
  target.room = 0;
  const facts: FactBody[] = [];
  const { writer, put } = writerTo(target, facts);
  put(1, 'x'.repeat(200 * 1024));
  assert.equal(writer.full, false);
  put(1, 'x'.repeat(100 * 1024));
  assert.equal(writer.full, true);
  for (let i = 0; i < 90; i += 1) t.mock.timers.tick(10);
  assert.equal(facts.length, 0);
  for (let i = 0; i < 30; i += 1) t.mock.timers.tick(10);
  assert.deepEqual(
    facts.map((fact) => fact.type),
    ['log.blocked'],
  );
  assert.ok(target.tries < 40);
  target.room = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 11; i += 1) t.mock.timers.tick(10);
  assert.equal(writer.owed, 0);
  assert.deepEqual(
    facts.map((fact) => fact.type),
    ['log.blocked', 'log.resumed'],
  );
});

test('the unfinished line of one is ended before another writes', () => {
  const target = new ScriptedTarget();
  const { writer, put } = writerTo(target);
  put('a', 'half');
  put('a', ' done\n');
  put('b', 'one\n');
  put('a', 'half');
  put('b', 'two\n');
  put('b', 'half');
  writer.disown();
  put('b', 'three\n');
  assert.equal(target.got, 'half done\none\nhalf\ntwo\nhalf\nthree\n');
});
