// What survives of issues: rows, attempts, marks; a full disk and a damaged file cost history and no live issue.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FixAttempt, IssueState, IssueView } from '../../daemon/contract/issues.ts';
import { NO_MARK } from '../../daemon/contract/issues.ts';
import type { Store } from '../../daemon/os/ports/store.ts';
import { openStore } from '../../daemon/store/store.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');

function issue(id: string, state: IssueState = 'open', over: Partial<IssueView> = {}): IssueView {
  return {
    id, check: 'bags', code: 'bag', message: `message of ${id}`, params: { bag: [1, 'x'] }, dedupKey: null, severity: 'major', state, occurrences: 2, reopened: 1, firstSeenAt: NOW - DAY, lastSeenAt: NOW, changedAt: NOW,
    fix: 'bag', attempts: 1, tries: 3, maxAttempts: 3, fixed: state === 'fixed' ? true : null, nextTryAt: null, run: null, error: '', why: 'because', ...over,
  };
}

function attempt(of: string, number: number, over: Partial<FixAttempt> = {}): FixAttempt {
  return { issue: of, number, fix: 'bag', attempt: number, run: `run${String(number)}`, by: 'reeve', startedAt: NOW + number, endedAt: NOW + number + 10, outcome: 'retry', why: 'exit status 75', ...over };
}

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-store-issues-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const open = (stateDir: string | null, warnings: string[] = []): Store =>
  openStore({ stateDir, reason: stateDir === null ? 'none' : null, warn: (message) => void warnings.push(message), bootId: 'boot', clock: { mono: () => 0, wall: () => NOW } as never });

test('an issue comes back as it was written, with its attempts and the marks of checks [A8][A9]', (t) => {
  const dir = directory(t);
  const first = open(dir);
  const [one, two] = [issue('aa01', 'exhausted', { nextTryAt: null, error: 'no', dedupKey: 'k', code: null, fix: null }), issue('bb02', 'fixed')];
  for (const row of [one, two]) first.issues.saveIssue(row);
  for (const row of [attempt('aa01', 1), attempt('aa01', 2, { endedAt: null, outcome: null, run: null })]) first.issues.saveAttempt(row);
  const mark = { ...NO_MARK, lastRunAt: NOW, lastResult: 'issues' as const, lastIssues: 2 };
  first.issues.saveMark('bags', mark);
  first.close();
  const again = open(dir);
  t.after(() => again.close());
  assert.deepEqual(again.issues.issue('aa01'), one);
  assert.deepEqual(again.issues.issue('bb02'), two);
  assert.deepEqual(again.issues.liveIssues(), [one]);
  assert.deepEqual(again.issues.attempts('aa01').map(({ number, outcome }) => [number, outcome]), [[1, 'retry'], [2, null]]);
  assert.deepEqual(again.issues.openAttempts().map(({ number }) => number), [2]);
  assert.deepEqual(again.issues.starts(NOW + 2), [{ fix: 'bag', check: 'bags', at: NOW + 2 }]);
  assert.deepEqual(again.issues.marks().get('bags'), mark);
});

test('issues are found by the beginning of their id, and listed by check, code, state and words, the last changed first [A30]', (t) => {
  const store = open(null);
  t.after(() => store.close());
  store.issues.saveIssue(issue('aa01', 'open', { changedAt: 1 }));
  store.issues.saveIssue(issue('aa02', 'manual', { changedAt: 3, code: 'other', message: 'The DISK is full' }));
  store.issues.saveIssue(issue('cc03', 'closed', { changedAt: 2, check: 'disk' }));
  assert.equal(store.issues.findIssue('aa'), 'ambiguous');
  assert.equal((store.issues.findIssue('CC') as IssueView).id, 'cc03');
  assert.equal(store.issues.findIssue('zz'), undefined);
  const ids = (query: Partial<Parameters<Store['issues']['issues']>[0]>): readonly string[] => store.issues.issues({ limit: 10, ...query }).map(({ id }) => id);
  assert.deepEqual([ids({}), ids({ check: 'bags' }), ids({ code: 'other' }), ids({ states: ['open', 'closed'] }), ids({ search: 'disk' }), ids({ limit: 1 })],
    [['aa02', 'cc03', 'aa01'], ['aa02', 'aa01'], ['aa02'], ['cc03', 'aa01'], ['aa02'], ['aa02']]);
});

test('retention deletes what is fixed or closed and old, and never what is live [A20]', (t) => {
  const store = open(null);
  t.after(() => store.close());
  for (const state of ['open', 'fixing', 'manual', 'unfixable', 'exhausted', 'fixed', 'closed'] as const) {
    store.issues.saveIssue(issue(`old-${state}`, state, { changedAt: NOW - 8 * DAY }));
    store.issues.saveIssue(issue(`new-${state}`, state, { changedAt: NOW - 6 * DAY }));
  }
  store.issues.saveAttempt(attempt('old-fixed', 1));
  store.issues.prune(NOW - 7 * DAY);
  const left = store.issues.issues({ limit: 100 }).map(({ id }) => id);
  assert.deepEqual(left.filter((id) => id.startsWith('old-')).toSorted(), ['old-exhausted', 'old-fixing', 'old-manual', 'old-open', 'old-unfixable']);
  assert.equal(left.filter((id) => id.startsWith('new-')).length, 7);
  assert.deepEqual(store.issues.attempts('old-fixed'), []);
});

test('what is the most frequent is counted by check and code, with the mean time to a fix [A31]', (t) => {
  const store = open(null);
  t.after(() => store.close());
  store.issues.saveIssue(issue('a', 'fixed', { occurrences: 5, reopened: 0, firstSeenAt: NOW - 4000, changedAt: NOW, tries: 1 }));
  store.issues.saveIssue(issue('b', 'fixed', { occurrences: 1, reopened: 0, firstSeenAt: NOW - 2000, changedAt: NOW, tries: 2 }));
  store.issues.saveIssue(issue('c', 'open', { occurrences: 1, reopened: 0, tries: 0 }));
  store.issues.saveIssue(issue('d', 'manual', { check: 'disk', code: null, occurrences: 100, tries: 0, reopened: 0 }));
  assert.deepEqual(store.issues.counts(10), [
    { check: 'disk', code: null, issues: 1, live: 1, occurrences: 100, reopened: 0, attempts: 0, fixed: 0, meanFixMs: null },
    { check: 'bags', code: 'bag', issues: 3, live: 1, occurrences: 7, reopened: 0, attempts: 3, fixed: 2, meanFixMs: 3000 },
  ]);
});

test('of one issue the newest hundred attempts are kept', (t) => {
  const store = open(null);
  t.after(() => store.close());
  store.issues.saveIssue(issue('a'));
  for (let n = 1; n <= 130; n += 1) store.issues.saveAttempt(attempt('a', n));
  const numbers = store.issues.attempts('a').map(({ number }) => number);
  assert.deepEqual([numbers.length, numbers[0], numbers.at(-1)], [100, 31, 130]);
});

test('damage that shows at work costs history, and no live issue or mark', (t) => {
  const dir = directory(t);
  const warnings: string[] = [];
  const first = open(dir);
  for (let n = 0; n < 2000; n += 1) first.issues.saveIssue(issue(`over-${String(n)}`, 'closed', { message: 'm'.repeat(1000) }));
  first.issues.saveIssue(issue('live', 'exhausted'));
  first.issues.saveMark('bags', { ...NO_MARK, lastIssues: 7 });
  first.close();
  const store = open(dir, warnings);
  truncateSync(join(dir, 'reeve.db'), 5 * 4096);
  for (let n = 0; n < 2000; n += 7) store.issues.issue(`over-${String(n)}`);
  store.flush();
  assert.equal(warnings.length, 1, warnings.join('\n'));
  store.close();
  const again = open(dir);
  t.after(() => again.close());
  assert.deepEqual(again.issues.liveIssues().map(({ id }) => id), ['live']);
  assert.equal(again.issues.marks().get('bags')?.lastIssues, 7);
});
