// The rules of the book of issues: who sees what, who works on it, and when that ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_LIVE } from '../../daemon/core/issue-book.ts';
import { checkSpec, fixSpec, IssueWorld, report } from '../support/issue-world.ts';

const bags = checkSpec('bags');
const world = (fix: Parameters<typeof fixSpec>[1] = {}, check: Parameters<typeof checkSpec>[1] = {}): IssueWorld => new IssueWorld({ checks: [checkSpec('bags', check)], fixes: [fixSpec('bag', fix)] });

test('an issue is opened once, and counted each time it is seen [A7][A8][A9]', () => {
  const w = new IssueWorld({ checks: [bags] });
  w.look('bags', report('bag 17 is late', { code: 'bag', params: { id: 17 } }));
  const first = w.issue('bag 17 is late');
  assert.deepEqual([first.check, first.code, first.params, first.occurrences, first.attempts, first.fixed, first.error], ['bags', 'bag', { id: 17 }, 1, 0, null, '']);
  w.advance('1h').look('bags', report('bag 17 is late', { code: 'bag', params: { id: 17 } }));
  const again = w.issue('bag 17 is late');
  assert.deepEqual([again.id, again.occurrences, again.firstSeenAt, again.lastSeenAt - first.lastSeenAt], [first.id, 2, first.firstSeenAt, 3_600_000]);
  assert.equal(w.snapshot.issues.get(first.id)?.occurrences, 2, 'also for those who follow the facts');
});

test('another check, message, code or parameter is another issue; a dedup key makes them one [A7]', () => {
  const w = new IssueWorld({ checks: [bags, checkSpec('other')] });
  w.look('bags', report('a', { code: 'x', params: { id: 1 } }), report('b', { code: 'x', params: { id: 1 } }), report('a', { code: 'y', params: { id: 1 } }), report('a', { code: 'x', params: { id: 2 } }));
  w.look('other', report('a', { code: 'x', params: { id: 1 } }));
  assert.equal(w.rows.size, 5);
  w.look('other', report('17 are late', { dedupKey: 'late' }));
  w.look('other', report('18 are late', { dedupKey: 'late' }));
  assert.equal(w.issue('18 are late').occurrences, 2);
  assert.equal(w.told('issue.seen').length, 1, 'what it says now is told');
});

test('an issue without a code, or with one that nobody handles, waits for a person and is never dispatched [A16][A17]', () => {
  const w = world();
  w.look('bags', report('something is odd'), report('coded', { code: 'nobody' })).advance('1d');
  assert.deepEqual([w.state('something is odd'), w.state('coded')], ['manual', 'manual']);
  assert.match(w.issue('coded').why, /no fix handles code nobody/);
  assert.equal(w.effects.length, 0);
});

test('a fix that succeeds closes the issue as fixed, with its attempt on record [A10][A11][A19]', () => {
  const w = world();
  w.look('bags', 'bag-1').advance('1s');
  assert.deepEqual(w.trace(), ['opened bag-1', 'fix bag-1 #1', 'fixed bag-1', 'fixed bag-1']);
  const issue = w.issue('bag-1');
  assert.deepEqual([issue.state, issue.fixed, issue.attempts], ['fixed', true, 1]);
  assert.deepEqual(w.tries('bag-1').map(({ number, fix, outcome, by }) => [number, fix, outcome, by]), [[1, 'bag', 'fixed', 'reeve']]);
  assert.equal(w.snapshot.issues.size, 0, 'the snapshot holds live ones');
});

test('a fix that says unfixable is never asked again [A11]', () => {
  const w = world().script('bag', { outcome: 'unfixable', why: 'the address is gone' });
  w.look('bags', 'bag-1').advance('1d').look('bags', 'bag-1').advance('1d');
  assert.deepEqual(w.outcomes('bag-1'), ['unfixable']);
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').fixed, w.issue('bag-1').error, w.issue('bag-1').occurrences], ['unfixable', false, 'the address is gone', 2]);
});

test('defect 2: the retry delay that is written is the one that is kept [A13][A14]', () => {
  const w = world({ retryDelayMs: 1_800_000 }).script('bag', { outcome: 'retry', why: 'exit status 75', takesMs: 1000 });
  w.look('bags', 'bag-1').advance('1s');
  assert.equal(w.issue('bag-1').nextTryAt, w.wall + 1_800_000);
  w.advance('29m59s');
  assert.equal(w.tries('bag-1').length, 1, 'not early');
  w.advance('1s');
  assert.equal(w.tries('bag-1').length, 2, 'and not late');
});

test('defect 3: the attempts of the fix are the only limit [A12]', () => {
  for (const attempts of [1, 2, 3, 7]) {
    const w = world({ attempts }).script('bag', { outcome: 'retry' });
    w.look('bags', 'bag-1').advance('10d');
    assert.equal(w.tries('bag-1').length, attempts);
  }
});

test('defect 4: an issue whose attempts are used up says so, and is told as an error once [A15]', () => {
  const w = world().script('bag', { outcome: 'retry', why: 'timeout' });
  w.look('bags', 'bag-1').advance('1d').look('bags', 'bag-1').advance('1d');
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').occurrences], ['exhausted', 2]);
  assert.match(w.issue('bag-1').why, /^3 attempts of fix bag failed, the last one: timeout$/);
  assert.equal(w.told('issue.exhausted').length, 1);
});

test('defect 5: a fixed issue that is detected again reopens with attempts 0 [A21]', () => {
  const w = world().script('bag', { outcome: (issue) => (issue.attempts < 2 ? 'retry' : 'fixed') });
  w.look('bags', 'bag-1').advance('1h');
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').attempts], ['fixed', 2]);
  w.script('bag', { outcome: 'retry' }).look('bags', 'bag-1');
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').reopened, w.issue('bag-1').attempts, w.issue('bag-1').occurrences], ['fixing', 1, 1, 2]);
  w.advance('1h');
  assert.deepEqual([w.state('bag-1'), w.tries('bag-1').length], ['exhausted', 5], 'all three attempts were there again');
  assert.deepEqual(w.tries('bag-1').map((attempt) => attempt.number), [1, 2, 3, 4, 5]);
});

test('what a look saw that began before the fix was through does not reopen the issue', () => {
  const w = world();
  w.look('bags', 'bag-1').advance('5s');
  assert.equal(w.state('bag-1'), 'fixed');
  w.looked('bags', ['bag-1'], { startedMs: 5000 });
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').reopened], ['fixed', 0]);
  w.looked('bags', ['bag-1']);
  assert.equal(w.issue('bag-1').reopened, 1);
});

test('only open issues are fixed, one fixer each, however often they are seen [A18]', () => {
  const w = world({ maxParallel: 10 }).script('bag', { takesMs: 60_000 });
  for (let i = 0; i < 5; i += 1) w.look('bags', 'bag-1').fixNow('bag-1').fixNow('bag-1', true);
  assert.equal(w.doing.size, 1);
  w.advance('1m');
  assert.deepEqual(w.outcomes('bag-1'), ['fixed']);
});

test('a fix works on as many issues as max_parallel says, the oldest first', () => {
  const w = world({ maxParallel: 2 }).script('bag', { takesMs: 1000 });
  w.look('bags', 'bag-1', 'bag-2', 'bag-3', 'bag-4');
  assert.equal(w.doing.size, 2);
  assert.deepEqual(w.told('fix.held').map(({ why, waiting }) => [why, waiting]), [['it works on 2 issues', 2]]);
  w.advance('1s');
  assert.deepEqual([w.state('bag-1'), w.state('bag-2'), w.state('bag-3'), w.state('bag-4')], ['fixed', 'fixed', 'fixing', 'fixing']);
});

test('a budget of a fix, or of a check, is never exceeded, and what waits goes on when it may', () => {
  for (const options of [[{ maxFixes: { max: 2, windowMs: 3_600_000 }, maxParallel: 10 }, {}], [{ maxParallel: 10 }, { maxFixes: { max: 2, windowMs: 3_600_000 } }]] as const) {
    const w = world(...options);
    w.look('bags', 'bag-1', 'bag-2', 'bag-3', 'bag-4', 'bag-5').advance('59m59s');
    assert.equal(w.attempts.size, 2);
    w.advance('2s');
    assert.equal(w.attempts.size, 4);
    w.advance('1h');
    assert.equal([...w.rows.values()].filter((row) => row.state === 'fixed').length, 5);
  }
});

test('a budget survives the daemon', () => {
  const w = world({ maxFixes: { max: 2, windowMs: 3_600_000 }, maxParallel: 10 });
  w.look('bags', 'bag-1', 'bag-2', 'bag-3').advance('10m').dies('10m').advance('39m');
  assert.equal(w.attempts.size, 2);
  w.advance('2m');
  assert.equal(w.attempts.size, 3);
});

test('a cool-down is kept between two attempts of a fix, whatever the issue', () => {
  const w = world({ cooldownMs: 300_000, maxParallel: 10 }).script('bag', { takesMs: 1000 });
  w.look('bags', 'bag-1').advance('1s').look('bags', 'bag-2').advance('4m59s');
  assert.equal(w.state('bag-2'), 'open');
  assert.match(w.book.heldBy('bag'), /cool-down of 300 s/);
  w.advance('1s');
  assert.equal(w.state('bag-2'), 'fixing');
  w.advance('1s').dies('1m').look('bags', 'bag-3');
  assert.equal(w.state('bag-3'), 'open', 'also through the end of a daemon');
});

test('a fix that is verified counts only when the check does not see the issue any more', () => {
  const w = world({ verify: true });
  w.look('bags', 'bag-1').advance('1s');
  assert.deepEqual([w.state('bag-1'), w.verifying.length], ['fixing', 1]);
  w.verifies('bag-1');
  assert.deepEqual([w.state('bag-1'), w.outcomes('bag-1')], ['open', ['unverified']]);
  w.advance('10m1s').verifies();
  assert.deepEqual([w.state('bag-1'), w.outcomes('bag-1')], ['fixed', ['unverified', 'fixed']]);
});

test('a look that began before the fix was through verifies nothing, and several fixes share one look', () => {
  const w = world({ verify: true, maxParallel: 3 }).script('bag', { takesMs: 1000 });
  w.look('bags', 'bag-1', 'bag-2').advance('1s');
  assert.equal(w.verifying.length, 1, 'both are looked for at once');
  const first = w.verifying[0];
  assert.ok(first);
  w.tell({ type: 'check_started', check: 'bags', run: first.run });
  w.look('bags', 'bag-1', 'bag-2', 'bag-3').advance('1s');
  assert.equal(w.verifying.length, 1, 'the third waits for the next look');
  w.verifies('bag-3');
  assert.deepEqual([w.state('bag-1'), w.state('bag-2'), w.state('bag-3')], ['fixed', 'fixed', 'fixing']);
  assert.equal(w.verifying.length, 1);
  w.verifies();
  assert.equal(w.state('bag-3'), 'fixed');
});

test('a check that cannot look verifies nothing: the attempt counts and is made again', () => {
  const w = world({ verify: true });
  w.look('bags', 'bag-1').advance('1s');
  for (const { check, run } of w.verifying.splice(0)) w.looked(check, [], { run, failed: 'no database' });
  assert.deepEqual(w.outcomes('bag-1'), ['unverified']);
  assert.match(w.issue('bag-1').error, /could not look again: no database/);
});

test('a fix that can do no more hands the issue to the next, and the last one to a person', () => {
  const w = new IssueWorld({ checks: [bags], fixes: [fixSpec('bag', { attempts: 2, escalate: 'kick' }), fixSpec('kick', { attempts: 1 })] });
  w.script('bag', { outcome: 'retry' }).script('kick', { outcome: 'unfixable' });
  w.look('bags', 'bag-1').advance('1d');
  assert.deepEqual(w.tries('bag-1').map(({ fix, attempt, number }) => [fix, attempt, number]), [['bag', 1, 1], ['bag', 2, 2], ['kick', 1, 3]]);
  assert.equal(w.state('bag-1'), 'unfixable');
  w.look('bags').look('bags', 'bag-1');
  assert.equal(w.issue('bag-1').fix, 'bag', 'one that is back begins with the first');
});

test('a check that fails is an issue of its own, which a good look closes [A23][A24]', () => {
  const w = world();
  w.look('bags', 'bag-1').advance('1m').looked('bags', [], { failed: 'exit status 1' });
  const failed = [...w.rows.values()].find((row) => row.code === 'check-failed');
  assert.deepEqual([failed?.state, failed?.message, w.state('bag-1')], ['manual', 'check bags failed: exit status 1', 'fixed']);
  w.looked('bags', [], { failed: 'exit status 2' });
  assert.equal([...w.rows.values()].filter((row) => row.code === 'check-failed').length, 1, 'whatever it says');
  w.look('bags');
  assert.equal(w.rows.get(failed?.id ?? '')?.state, 'closed');
});

test('on_error = "ignore" and "alert" make no issue of a check that fails [A23]', () => {
  for (const [onError, told] of [['ignore', 'check.faltered'], ['alert', 'check.failed']] as const) {
    const w = world({}, { onError });
    w.looked('bags', [], { failed: 'exit status 1' });
    assert.deepEqual([w.rows.size, w.told(told).length], [0, 1]);
  }
});

test('what a complete look does not see any more is closed; a failed or cut one closes nothing', () => {
  const w = new IssueWorld({ checks: [bags] });
  w.look('bags', 'a-1', 'b-1').looked('bags', ['a-1'], { failed: 'exit status 1' }).looked('bags', ['a-1'], { dropped: 3 });
  assert.equal(w.state('b-1'), 'manual');
  w.look('bags', 'a-1');
  assert.deepEqual([w.state('a-1'), w.state('b-1')], ['manual', 'closed']);
  const kept = new IssueWorld({ checks: [checkSpec('bags', { autoClose: false })] });
  kept.look('bags', 'a-1').look('bags');
  assert.equal(kept.state('a-1'), 'manual', 'auto_close = false: a check of what happens, not of what is');
});

test('what a look does not see while its fix works on it is left to the fix', () => {
  const w = world().script('bag', { takesMs: 60_000 });
  w.look('bags', 'bag-1').look('bags');
  assert.equal(w.state('bag-1'), 'fixing');
  w.advance('1m');
  assert.equal(w.state('bag-1'), 'fixed');
});

test('reports of programs and other runs are issues of theirs, and no look closes them', () => {
  const w = world();
  w.reports('web:web', 'bag-1').advance('1s').reports('web:web', report('odd')).look('bags');
  assert.deepEqual([w.state('bag-1'), w.state('odd'), w.issue('odd').check], ['fixed', 'manual', 'web:web']);
});

test('a fix that names its checks goes before one that does not, and works on no other\'s issues', () => {
  const w = new IssueWorld({ checks: [bags, checkSpec('other')], fixes: [fixSpec('any', { code: 'bag' }), fixSpec('own', { code: 'bag', checks: ['bags'] })] });
  w.look('bags', 'bag-1').look('other', 'bag-2');
  assert.deepEqual([w.issue('bag-1').fix, w.issue('bag-2').fix], ['own', 'any']);
});

test('an attempt that the end of the daemon cut off counts, and is made again or ends it [A14][A15]', () => {
  const w = world({ attempts: 2 }).script('bag', { takesMs: 60_000, outcome: 'retry' });
  w.look('bags', 'bag-1').dies('5s');
  assert.deepEqual([w.state('bag-1'), w.outcomes('bag-1')], ['open', ['retry']]);
  assert.match(w.tries('bag-1')[0]?.why ?? '', /daemon or the host ended/);
  w.advance('10m').dies();
  assert.deepEqual([w.state('bag-1'), w.tries('bag-1').length], ['exhausted', 2]);
});

test('a retry that was due while no daemon ran begins at once; one that was not waits for the rest of its delay', () => {
  for (const [away, tries] of [['11m', 2], ['4m', 1]] as const) {
    const w = world().script('bag', { outcome: 'retry' });
    w.look('bags', 'bag-1').advance('1s').dies(away).advance('1s');
    assert.equal(w.tries('bag-1').length, tries, away);
    w.advance('6m');
    assert.equal(w.tries('bag-1').length, 2, away);
  }
});

test('an attempt that was not started does not count', () => {
  const w = world({ attempts: 1 }).script('bag', { outcome: 'not_started', why: 'the daemon is ending' });
  w.look('bags', 'bag-1').advance('1s');
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').attempts], ['open', 0]);
  w.script('bag', { outcome: 'fixed' }).advance('10m1s');
  assert.equal(w.state('bag-1'), 'fixed');
});

test('by hand an issue is fixed now; past the end of its attempts only by force [A27]', () => {
  const w = world({ attempts: 1, maxFixes: { max: 1, windowMs: 86_400_000 }, cooldownMs: 3_600_000 }).script('bag', { outcome: 'retry' });
  w.look('bags', 'bag-1').advance('1s').fixNow('bag-1');
  assert.deepEqual([w.state('bag-1'), w.tries('bag-1').length], ['exhausted', 1]);
  w.script('bag', { outcome: 'fixed' }).fixNow('bag-1', true).advance('1s');
  assert.deepEqual([w.state('bag-1'), w.tries('bag-1').at(-1)?.by], ['fixed', 'ann'], 'also past budget and cool-down');
});

test('somebody may say what has become of an issue, but not while a fix works on it [A28]', () => {
  const w = world().script('bag', { takesMs: 60_000, outcome: 'retry' });
  w.look('bags', 'bag-1').settle('bag-1', 'closed');
  assert.equal(w.state('bag-1'), 'fixing');
  w.advance('1m').settle('bag-1', 'unfixable').advance('1d');
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').why], ['unfixable', 'ann said so']);
  w.look('bags', 'bag-1').advance('1d');
  assert.deepEqual([w.state('bag-1'), w.tries('bag-1').length], ['unfixable', 1], 'and nobody tries any more');
  w.settle('bag-1', 'fixed').look('bags', 'bag-1');
  assert.deepEqual([w.state('bag-1'), w.issue('bag-1').reopened], ['fixing', 1]);
});

test('another configuration finds its issues: fixes that come, go and change', () => {
  const w = new IssueWorld({ checks: [bags] });
  w.look('bags', 'bag-1');
  assert.equal(w.state('bag-1'), 'manual');
  w.configure({ fixes: [fixSpec('bag')] }).script('bag', { outcome: 'retry' });
  assert.equal(w.state('bag-1'), 'fixing');
  w.advance('1s').configure({ fixes: [fixSpec('bag', { attempts: 1 })] });
  assert.equal(w.state('bag-1'), 'exhausted', 'no attempt is made past what the file says now');
  w.fixNow('bag-1', true).configure({ fixes: [] }).advance('1s');
  assert.equal(w.state('bag-1'), 'manual', 'its fix went while it worked');
});

test('issues of a check that is taken out of the file are closed, now or by the next daemon; those of programs stay', () => {
  const w = world().script('bag', { outcome: 'retry' });
  w.look('bags', 'bag-1', 'odd-1').reports('web:web', report('slow')).advance('1s').configure({ checks: [] });
  assert.deepEqual([w.state('bag-1'), w.state('odd-1'), w.state('slow')], ['closed', 'closed', 'manual']);
  assert.equal(w.advance('1d').tries('bag-1').length, 1);
  const later = world().script('bag', { outcome: 'retry' });
  later.look('bags', 'bag-1', 'odd-1').advance('1s');
  later.configure({ checks: [bags, checkSpec('other')] });
  later.look('other', 'odd-2').configure({ checks: [bags] });
  assert.deepEqual([later.state('odd-1'), later.state('odd-2')], ['manual', 'closed']);
});

test('there is a bound on live issues, and what is past it is told', () => {
  const w = new IssueWorld({ checks: [checkSpec('bags', { maxIssues: MAX_LIVE })] });
  w.look('bags', ...Array.from({ length: MAX_LIVE }, (_, i) => report(`issue ${String(i)}`)));
  w.look('bags', ...Array.from({ length: 10 }, (_, i) => report(`more ${String(i)}`)));
  assert.deepEqual(w.told('issue.dropped').map(({ issues }) => issues), [10]);
  assert.equal(w.snapshot.issues.size, MAX_LIVE);
});

test('no attempt begins when the daemon ends', () => {
  const w = world().tell({ type: 'close' });
  w.look('bags', 'bag-1').advance('1d');
  assert.deepEqual([w.state('bag-1'), w.effects.length], ['open', 0]);
});

test('the mark of a check says when it looked, what it saw, and when it saw something for the last time [A29][A48]', () => {
  const w = new IssueWorld({ checks: [bags] });
  w.look('bags', 'a-1').advance('1d').look('bags').advance('1d').looked('bags', [], { failed: 'no database' });
  const { firstRunAt, lastRunAt, lastResult, lastWhy, lastIssues, lastIssueAt } = w.snapshot.checks.get('bags') ?? assert.fail();
  assert.deepEqual([firstRunAt, lastRunAt, lastResult, lastWhy, lastIssues, lastIssueAt], [w.wall - 172_800_000, w.wall, 'failed', 'no database', 0, w.wall - 172_800_000]);
});
