// Random days in the lives of random trees: commands, crashes, children that ignore signals or leave others behind, changes of
// the population and the end of the daemon. Every law of test/support/laws.ts holds after every single step.
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runTrace } from '../support/trace-world.ts';
import type { TraceInput } from '../support/trace-world.ts';
import { dependentTraces, traces } from './arbitrary-traces.ts';

/** More days: REEVE_TRACES=20000; one particular: REEVE_SEED, as printed by a failure. */
const numRuns = Number(process.env.REEVE_TRACES ?? 1500);
const parameters = { numRuns, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }), interruptAfterTimeLimit: 120_000 };

test('no random trace of commands and crashes breaks a law, and every tree comes to rest [E2, E3, E4, E12, E18, E19, E20]', () => {
  fc.assert(fc.property(traces('process', false), (input) => void runTrace(input)), parameters);
});

test('whenever the daemon is told to end, nobody is restarted and nobody is left', () => {
  fc.assert(fc.property(traces('process', true), (input) => void runTrace(input)), parameters);
});

test('whoever depends on others never starts before them, waits as long as it takes, and is up when all is there [PM2#2831, PC#189, Pb#712]', () => {
  fc.assert(fc.property(dependentTraces(false), (input) => void runTrace(input)), parameters);
});

test('who waits for others when the daemon is told to end is not started, and not left', () => {
  fc.assert(fc.property(dependentTraces(true), (input) => void runTrace(input)), { ...parameters, numRuns: Math.ceil(numRuns / 2) });
});

test('the machine keeps its laws under OTP semantics too', () => {
  fc.assert(fc.property(traces('otp', false), (input) => void runTrace(input)), { ...parameters, numRuns: Math.ceil(numRuns / 3) });
});

test('recorded traces replay identically (node test/model/record.ts rewrites them)', () => {
  const recorded = gunzipSync(readFileSync(new URL('../vectors/traces.jsonl.gz', import.meta.url))).toString().trim().split('\n');
  assert.ok(recorded.length >= 12);
  for (const line of recorded) {
    const { lines, ...input } = JSON.parse(line) as TraceInput & { lines: readonly string[] };
    assert.deepEqual(runTrace(input).lines, lines);
  }
});
