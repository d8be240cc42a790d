// Checks and issues as reevectl prints them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkListLines, issueLines, issueListLines, reportLines } from '../../ctl/issue-lines.ts';
import type { CheckReport, CheckView, IssueDetails } from '../../daemon/contract/issues.ts';
import { NO_MARK } from '../../daemon/contract/issues.ts';
import { NOON } from '../support/jobs.ts';

const STYLE = { now: NOON, columns: null, colour: false, zone: 'UTC' };
const DAY = 86_400_000;

function check(name: string, over: Partial<CheckView> = {}): CheckView {
  return { ...NO_MARK, name, output: 'issues', schedule: 'every 10m', timezone: 'UTC', enabled: true, paused: false, nextAt: NOON + 300_000, open: 0, running: 0, ...over };
}

function issue(over: Partial<IssueDetails> = {}): IssueDetails {
  return {
    id: '3f2a9c0d11e4b7a8', check: 'bags', code: 'bag', message: 'bag 17 is late\u0007', params: { bag: 17 }, dedupKey: null, severity: 'major', state: 'open', occurrences: 3, reopened: 1, firstSeenAt: NOON - DAY,
    lastSeenAt: NOON - 60_000, changedAt: NOON, fix: 'bag', attempts: 1, tries: 4, maxAttempts: 3, fixed: null, nextTryAt: NOON + 600_000, run: null, error: 'exit status 75', why: 'attempt 1 of 3 failed', next: 'fix bag tries again',
    history: [{ issue: '3f2a9c0d11e4b7a8', number: 4, fix: 'bag', attempt: 1, run: 'aaaaaaaa-1', by: 'ann', startedAt: NOON - 5000, endedAt: NOON - 3000, outcome: 'not_started', why: 'the daemon was ending' }], ...over,
  };
}

test('a check that saw nothing for 30 days is asked whether it can see anything; one that failed says why [A29][A48]', () => {
  const lines = checkListLines([
    check('never'), check('ok', { lastRunAt: NOON - 60_000, firstRunAt: NOON - 60_000, lastResult: 'ok' }), check('blind', { lastRunAt: NOON, firstRunAt: NOON - 40 * DAY, lastResult: 'ok' }),
    check('quiet', { lastRunAt: NOON, firstRunAt: NOON - 40 * DAY, lastIssueAt: NOON - DAY, lastResult: 'ok' }), check('some', { lastRunAt: NOON, lastResult: 'issues', lastIssues: 2, open: 2 }),
    check('broken', { lastRunAt: NOON, lastResult: 'failed', lastWhy: 'exit status 1' }), check('off', { enabled: false, running: 1 }),
  ], STYLE);
  assert.deepEqual(lines.map((line) => line.replace(/ +/g, ' ')), [
    'NAME LAST OPEN NEXT SCHEDULE NOTE', 'never never 0 5m every 10m', 'ok ok 1m ago 0 5m every 10m', 'blind ok now 0 5m every 10m no issue in 40d: can it see any?', 'quiet ok now 0 5m every 10m',
    'some 2 issues now 2 5m every 10m', 'broken failed now 0 5m every 10m exit status 1', 'off running 0 disabled every 10m',
  ]);
});

test('issues in a list, and one with all its attempts; control characters are harmless [A9][A30]', () => {
  assert.deepEqual(issueListLines([issue()], STYLE).map((line) => line.replace(/ +/g, ' ')), ['ISSUE STATE CHECK CODE SEEN TRIES LAST MESSAGE', '3f2a9c0d open bags bag 3 1/3 1m ago bag 17 is late\uFFFD']);
  const text = issueLines(issue(), STYLE).join('\n');
  for (const line of [/^params +\{"bag":17\}$/m, /^seen +3 times, first .* last .*$/m, /^back +1 time$/m, /^fix +bag, 1 of 3 attempts, 4 in all$/m, /^next +fix bag tries again$/m, /^4 +2026-11-22 11:59:55 +bag +not started +2s +aaaaaaaa +ann +the daemon was ending$/m]) assert.match(text, line);
  assert.doesNotMatch(text, /\u0007/);
});

test('what a look saw, and what it did not take [A26]', () => {
  const report: CheckReport = { check: 'bags', run: 'r', dryRun: true, ok: true, why: '', dropped: 4, issues: [{ id: '3f2a9c0d11e4b7a8', message: 'late', code: null, params: null, severity: 'minor', state: 'new' }] };
  assert.deepEqual(reportLines(report, STYLE), ['ISSUE     STATE  SEVERITY  MESSAGE', '3f2a9c0d  new    minor     late', '4 more were not looked at (max_issues).', 'Nothing of it was stored.']);
  assert.deepEqual(reportLines({ ...report, dropped: 0, issues: [] }, STYLE), ['bags: nothing is wrong']);
  assert.deepEqual(reportLines({ ...report, dropped: 0, issues: [], ok: false, why: 'exit status 1' }, STYLE), ['bags: could not look: exit status 1']);
});
