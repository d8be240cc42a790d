// Random days of failures, recoveries, silences and time: what alerts may never do, and what they must.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertMessage } from '../../daemon/contract/alerts.ts';
import { covers } from '../../daemon/core/alert-match.ts';
import { GIVE_UP_MS, MAX_AT_ONCE, MAX_WAITING, Outbox } from '../../daemon/core/outbox.ts';
import type { Delivery } from '../../daemon/core/outbox.ts';
import { alertSpec, AlertWorld, LASTS } from '../support/alert-world.ts';

const parameters = { numRuns: 800, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }) };
const SUBJECTS = ['a:a', 'b:b', 'c:c'] as const;

type Act =
  | { readonly act: 'fail' | 'backoff' | 'well' | 'warn'; readonly who: (typeof SUBJECTS)[number] }
  | { readonly act: 'silence'; readonly name: string; readonly ms: number }
  | { readonly act: 'unsilence'; readonly which: number }
  | { readonly act: 'wait'; readonly ms: number };

const who = fc.constantFrom(...SUBJECTS);
const acts = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 6, arbitrary: fc.record({ act: fc.constantFrom('fail' as const, 'backoff' as const, 'warn' as const), who }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constant('well' as const), who }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('silence' as const), name: fc.constantFrom('a', 'b:b', 'all', 'rule', 'a*'), ms: fc.integer({ min: 1, max: 900 }) }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('unsilence' as const), which: fc.nat(3) }) },
    { weight: 5, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }) },
  ),
  { minLength: 30, maxLength: 80 },
);
const rules = fc.record({
  dedup: fc.integer({ min: 0, max: 300 }), repeat: fc.option(fc.integer({ min: 0, max: 200 }), { freq: 1 }), max: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 1 }),
  rate: fc.option(fc.record({ max: fc.integer({ min: 1, max: 4 }), windowMs: fc.integer({ min: 1, max: 500 }) }), { freq: 1 }), lasting: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })), recovery: fc.boolean(),
});

test('two messages about one subject and cause are never closer than dedup, told incidents end with an end, and who is silenced is quiet [C83][B31][C84]', () => {
  fc.assert(
    fc.property(rules, acts, ({ dedup, repeat, max, rate, lasting, recovery }, day) => {
      const spec = alertSpec('rule', {
        on: ['process.fatal', 'process.backoff', 'process.escalated'], exclude: ['c'], dedup, ...(repeat === null ? {} : { repeat_every: dedup + repeat }), ...(max === null ? {} : { max_repeats: max }), ...(rate === null ? {} : { rate }), for: lasting, recovery,
      });
      const w = new AlertWorld([spec]);
      const last = new Map<string, number>();
      const told = new Map<string, { readonly incident: string; repeats: number }>();
      const ill = new Map<string, number>();
      let silences: { readonly id: string; readonly name: string; readonly until: number }[] = [];
      w.onSend = (send) => {
        const key = `${send.entry.subject.name} ${send.entry.cause}`;
        assert.equal(send.entry.subject.name === 'c:c', false, 'who is excluded is never told about');
        for (const one of silences) if (one.until > w.now) assert.equal(covers(one.name, 'rule', send.entry.subject), false, `${key} is silenced by ${one.name}`);
        if (send.kind === 'end') {
          assert.ok(recovery && told.get(key)?.incident === send.entry.incident, `${key} ends and had not begun`);
          told.delete(key);
          return;
        }
        const before = last.get(key);
        if (before !== undefined) assert.ok(w.now - before >= dedup, `${key} twice within ${w.now - before} ms`);
        last.set(key, w.now);
        const known = told.get(key);
        if (send.kind === 'news') return assert.equal(LASTS(send.entry.cause), false);
        if (send.kind === 'start') {
          if (recovery) assert.equal(known, undefined, `${key} begins twice`);
          assert.ok(w.now - (ill.get(key) ?? Infinity) >= lasting, `${key} has not lasted`);
          return void told.set(key, { incident: send.entry.incident, repeats: 0 });
        }
        assert.equal(known?.incident, send.entry.incident, `${send.kind} of ${key}, which had not begun`);
        if (known !== undefined) known.repeats += 1;
        assert.ok(max === null || (known?.repeats ?? 0) <= max, 'more repeats than max_repeats');
      };
      const becomes = (name: string, cause: string): void => void (ill.has(`${name} ${cause}`) || ill.set(`${name} ${cause}`, w.now));
      for (const one of day) {
        silences = silences.filter(({ until }) => until > w.now);
        switch (one.act) {
          case 'fail': becomes(one.who, 'process.fatal'); w.fail(one.who); break;
          case 'backoff': becomes(one.who, 'process.backoff'); w.tell({ type: 'process.backoff', process: one.who, incarnation: 1, from: 'STARTING', tries: 1, delayMs: 1, why: 'x' }); break;
          case 'warn': w.tell({ type: 'process.escalated', process: one.who, incarnation: 1, signal: 'KILL', scope: 'main', waitedMs: 1, pids: [] }); break;
          case 'well':
            // Forgotten before the end is told: the end may come later, when a silence is over.
            for (const cause of ['process.fatal', 'process.backoff']) ill.delete(`${one.who} ${cause}`);
            w.well(one.who);
            break;
          case 'silence': silences.push({ id: w.silence(one.name, one.ms), name: one.name, until: w.now + one.ms }); break;
          case 'unsilence': {
            const [gone] = silences.splice(one.which % Math.max(1, silences.length), 1);
            if (gone !== undefined) w.unsilence(gone.id);
            break;
          }
          case 'wait': w.advance(one.ms); break;
        }
      }
      // Nobody is silenced for ever: who is ill and was not told yet is told when it may be.
      w.advance(2000 + dedup + lasting);
      if (rate === null) for (const key of ill.keys()) if (!key.startsWith('c:c')) assert.ok(told.has(key), `${key} is ill, and nobody was told`);
      for (const name of SUBJECTS) {
        ill.delete(`${name} process.fatal`);
        w.well(name);
      }
      if (recovery) assert.deepEqual([...told.keys()], [], 'told to have begun, and never to have ended');
      assert.deepEqual(w.core.incidents(), []);
      w.advance(2 * 86_400_000);
      assert.equal(w.core.size, 0, 'what is over is forgotten');
    }),
    parameters,
  );
});

const message = (id: string): AlertMessage => ({ id }) as AlertMessage;

test('the outbox never grows past its bound, keeps the order of each channel, and accounts for every delivery [C83]', () => {
  type Do = { readonly act: 'add'; readonly target: number; readonly times: number } | { readonly act: 'done' | 'fail' | 'hopeless'; readonly which: number } | { readonly act: 'wait'; readonly ms: number };
  const doings = fc.array(
    fc.oneof<fc.WeightedArbitrary<Do>[]>(
      { weight: 4, arbitrary: fc.record({ act: fc.constant('add' as const), target: fc.nat(12), times: fc.constantFrom(1, 1, 3, 400) }) },
      { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('done' as const, 'fail' as const, 'fail' as const, 'hopeless' as const), which: fc.nat(7) }) },
      { weight: 3, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.constantFrom(1, 900, 5000, 400_000, 50_000_000) }) },
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(doings, (day) => {
      const box = new Outbox();
      let now = 1_000;
      let serial = 0;
      const counts = { added: 0, done: 0, lost: 0 };
      const flying: Delivery[] = [];
      const newest = new Map<string, number>();
      const begin = (): void => {
        for (const one of box.begin(now)) {
          const target = `${one.channel} ${one.alert}`;
          assert.ok(one.dueAt <= now);
          assert.equal(flying.some((other) => `${other.channel} ${other.alert}` === target), false, 'two at a time by one channel');
          assert.ok(Number(one.id) >= (newest.get(target) ?? 0), 'out of order');
          newest.set(target, Number(one.id));
          flying.push(one);
        }
        assert.ok(flying.length <= MAX_AT_ONCE);
      };
      for (const one of day) {
        switch (one.act) {
          case 'add':
            for (let n = 0; n < one.times; n += 1) {
              serial += 1;
              counts.added += 1;
              const lost = box.add({ id: String(serial), alert: `alert${one.target}`, channel: one.target % 2 === 0 ? 'exec' : 'webhook', message: message(String(serial)), attempts: 0, queuedAt: now, dueAt: now });
              if (lost !== null) {
                counts.lost += 1;
                assert.equal(flying.some(({ id }) => id === lost.id), false, 'what is under way was thrown away');
              }
              assert.ok(box.size <= MAX_WAITING);
            }
            break;
          case 'wait': now += one.ms; break;
          default: {
            const [gone] = flying.splice(one.which % Math.max(1, flying.length), 1);
            if (gone === undefined) break;
            if (one.act === 'done') {
              counts.done += 1;
              box.done(gone.id);
            } else {
              const failure = box.failed(gone.id, now, 0.5, one.act === 'hopeless');
              assert.ok(failure);
              if (failure.type === 'lost') {
                counts.lost += 1;
                assert.ok(one.act === 'hopeless' || now - gone.queuedAt > GIVE_UP_MS - 400_000);
              } else assert.ok(failure.retryMs >= 1000 && failure.retryMs <= 360_000);
            }
          }
        }
        begin();
        assert.equal(counts.added, counts.done + counts.lost + box.size, 'a delivery is neither waiting, nor done, nor said to be lost');
        const due = box.due();
        if (due !== null) assert.ok(due > now || flying.length >= MAX_AT_ONCE, 'something is due and was not begun');
      }
    }),
    { ...parameters, numRuns: 300 },
  );
});
