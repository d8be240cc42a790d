// Random days of the book of issues under laws that hold after every step: never two fixers of one issue, never more attempts than the
// fix allows, never more than a budget, and nothing that is open is forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { FixOutcome } from '../../daemon/contract/issues.ts';
import { ISSUE_STATES } from '../../daemon/contract/issues.ts';
import type { IssueLaw, IssueWorld as World } from '../support/issue-world.ts';
import { checkSpec, fixSpec, IssueWorld } from '../support/issue-world.ts';

/** More days: REEVE_TRACES=20000; one particular: REEVE_SEED, as printed by a failure. */
const numRuns = Math.ceil(Number(process.env.REEVE_TRACES ?? 1500) / 3);
const parameters = { numRuns, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }), interruptAfterTimeLimit: 120_000 };

const OUTCOMES: readonly FixOutcome[] = ['fixed', 'unfixable', 'retry', 'not_started'];
const MESSAGES = ['bag-1', 'bag-2', 'bag-3', 'box-1', 'box-2', 'odd-1'] as const;

const intensity = fc.oneof(fc.constant({ max: null, windowMs: 60_000 }), fc.record({ max: fc.integer({ min: 1, max: 3 }), windowMs: fc.constantFrom(60_000, 3_600_000) }));
const rules = fc.record({
  bag: fc.record({
    attempts: fc.integer({ min: 1, max: 4 }), retryDelayMs: fc.constantFrom(0, 1000, 600_000), verify: fc.boolean(), cooldownMs: fc.constantFrom(0, 5000), maxFixes: intensity, maxParallel: fc.integer({ min: 1, max: 3 }),
    escalate: fc.constantFrom(null, 'box'), enabled: fc.constantFrom(true, true, true, false),
  }),
  box: fc.record({ attempts: fc.integer({ min: 1, max: 2 }), retryDelayMs: fc.constantFrom(1000, 60_000), maxParallel: fc.integer({ min: 1, max: 2 }) }),
  check: fc.record({ autoClose: fc.boolean(), maxFixes: intensity, onError: fc.constantFrom('issue' as const, 'ignore' as const) }),
});
type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

const seen = fc.subarray([...MESSAGES]);
const message = fc.constantFrom(...MESSAGES);
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look' as const), seen }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 1000, 60_000, 600_000, 3_600_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('verify' as const), seen }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('script' as const), fix: fc.constantFrom('bag', 'box'), outcome: fc.constantFrom(...OUTCOMES), takesMs: fc.constantFrom(0, 1000, 120_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), seen }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fix' as const), message, force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('settle' as const), message, as: fc.constantFrom('closed' as const, 'fixed' as const, 'unfixable' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), ms: fc.constantFrom(0, 1000, 3_600_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('configure' as const), rules }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function specs({ bag, box, check }: Rules): { readonly checks: readonly CheckSpec[]; readonly fixes: readonly FixSpec[] } {
  return { checks: [checkSpec('bags', check)], fixes: [fixSpec('bag', bag), fixSpec('box', box)] };
}

/** What is looked at after every step. */
function laws(budgets: () => readonly FixSpec[]): IssueLaw {
  const attempts = new Map<string, number>();
  return (w, _event, step) => {
    for (const effect of step.effects) {
      if (effect.type !== 'fix') continue;
      const { issue, fix, token } = effect;
      assert.equal([...w.doing.values()].filter((one) => one.effect.issue.id === issue.id).length, 0, `two fixers work on ${issue.message}`);
      const row = w.rows.get(issue.id);
      assert.deepEqual([row?.state, row?.run], ['fixing', token], 'the claim is written before anybody is asked');
      assert.ok(issue.attempts >= 1 && issue.attempts <= fix.attempts, `attempt ${String(issue.attempts)} of ${String(fix.attempts)}`);
      const doing = [...w.rows.values()].filter((one) => one.state === 'fixing' && one.fix === fix.name).length;
      assert.ok(doing <= Math.max(...budgets().filter((one) => one.name === fix.name).map((one) => one.maxParallel), fix.maxParallel), `${fix.name} works on ${String(doing)} issues`);
      assert.ok(fix.enabled, 'a fix that is off works');
    }
    for (const row of w.rows.values()) {
      assert.ok(row.occurrences >= 1 && row.attempts >= 0 && row.tries >= row.attempts);
      assert.deepEqual(w.snapshot.issues.get(row.id), ISSUE_STATES[row.state].live ? row : undefined, `${row.message} is ${row.state}`);
      assert.ok(row.state === 'open' || row.nextTryAt === null, 'only an open issue has a next try');
      assert.ok(row.state !== 'fixed' || row.fixed === true);
    }
    for (const attempt of w.attempts.values()) {
      const before = attempts.get(attempt.issue) ?? 0;
      assert.ok(attempt.number <= before + 1, 'numbers of attempts have no gaps');
      attempts.set(attempt.issue, Math.max(before, attempt.number));
    }
  };
}

function happen(w: World, one: Happening, use: (rules: Rules) => void): void {
  const known = (text: string): boolean => [...w.rows.values()].some((row) => row.message === text);
  switch (one.do) {
    case 'look': w.look('bags', ...one.seen); return;
    case 'fail': w.looked('bags', one.seen, { failed: 'exit status 1' }); return;
    case 'wait': w.advance(one.ms); return;
    case 'verify': w.verifies(...one.seen); return;
    case 'script': w.script(one.fix, { outcome: one.outcome, takesMs: one.takesMs }); return;
    case 'fix': if (known(one.message)) w.fixNow(one.message, one.force); return;
    case 'settle': if (known(one.message)) w.settle(one.message, one.as); return;
    case 'die': w.dies(one.ms); return;
    case 'configure': use(one.rules); w.configure(specs(one.rules)); return;
    default: one satisfies never;
  }
}

test('random days: one fixer per issue, attempts within their limit, rows and snapshot that agree [A12][A18]', () => {
  fc.assert(fc.property(rules, fc.array(happening, { minLength: 1, maxLength: 60 }), (first, happenings) => {
    const inUse: FixSpec[] = [...specs(first).fixes];
    const w = new IssueWorld(specs(first));
    w.law = laws(() => inUse);
    for (const one of happenings) happen(w, one, (next) => inUse.push(...specs(next).fixes));
  }), parameters);
});

test('random days: a budget is never exceeded in any window, through deaths of the daemon too', () => {
  const limited = fc.record({ max: fc.integer({ min: 1, max: 3 }), windowMs: fc.constantFrom(60_000, 3_600_000) });
  const calm = happening.filter((one) => one.do !== 'configure' && !(one.do === 'fix' && one.force));
  fc.assert(fc.property(rules, limited, fc.array(calm, { minLength: 1, maxLength: 60 }), (some, maxFixes, happenings) => {
    const { checks, fixes } = specs(some);
    const w = new IssueWorld({ checks, fixes: fixes.map((fix) => (fix.name === 'bag' ? { ...fix, maxFixes } : fix)) });
    const starts: number[] = [];
    w.law = (world, _event, step) => {
      for (const effect of step.effects) if (effect.type === 'fix' && effect.fix.name === 'bag') starts.push(world.wall);
      const last = starts.at(-1) ?? 0;
      assert.ok(starts.filter((at) => at > last - maxFixes.windowMs).length <= maxFixes.max, `${String(maxFixes.max)} in ${String(maxFixes.windowMs)} ms`);
    };
    for (const one of happenings) happen(w, one, () => undefined);
  }), parameters);
});

test('random days end: with fixes that work and looks that see nothing, nothing stays open or in work', () => {
  fc.assert(fc.property(rules, fc.array(happening, { minLength: 1, maxLength: 40 }), (first, happenings) => {
    const w = new IssueWorld(specs(first));
    for (const one of happenings) happen(w, one, () => undefined);
    w.configure(specs({ ...first, bag: { ...first.bag, enabled: true, verify: true }, check: { ...first.check, autoClose: true } })).script('bag', { outcome: 'fixed', takesMs: 10 }).script('box', { outcome: 'fixed', takesMs: 10 });
    for (let day = 0; day < 60; day += 1) w.advance('1h').verifies().look('bags');
    const left = [...w.rows.values()].filter((row) => ISSUE_STATES[row.state].live);
    assert.deepEqual(left.map((row) => [row.message, row.state, row.why]), []);
  }), parameters);
});
