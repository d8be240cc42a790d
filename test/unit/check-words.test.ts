// What a run of a check says line by line, and what a fix is told and says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckLooks } from '../../daemon/runtime/check-looks.ts';
import type { Looked } from '../../daemon/runtime/check-looks.ts';
import { inputOf, outcomeOfRun, resultLine, variablesOf } from '../../daemon/runtime/fix-words.ts';
import type { CheckSpec } from '../../config/check-spec.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { checkSpec, fixSpec, IssueWorld, report } from '../support/issue-world.ts';
import { runView } from '../support/jobs.ts';

const done = (over: Partial<RunView> = {}): RunView => runView('check:bags', { state: 'succeeded', code: 0, ...over });

/** What a check that writes these pieces is understood to say. */
function looked(check: CheckSpec, pieces: readonly string[], run = done()): Looked {
  const looks = new CheckLooks();
  const ear = looks.begin(run.id, check);
  for (const piece of pieces) {
    // The reader of pipes gives a part of a larger buffer, and uses it again.
    const bytes = Buffer.from(`##${piece}##`);
    ear(bytes, 2, bytes.length - 2);
    bytes.fill(0);
  }
  return looks.end(run);
}

const messages = (one: Looked): readonly string[] => one.reports.map(({ message }) => message);

test('lines are whole wherever the pieces are cut, and the last one needs no newline [A1][A6]', () => {
  const text = 'one\r\n{"message": "two", "code": "x"}\n\nthree';
  for (let cut = 1; cut < text.length; cut += 1) assert.deepEqual(messages(looked(checkSpec('bags'), [text.slice(0, cut), text.slice(cut)])), ['one', 'two', 'three']);
});

test('what is said twice in one look is one issue', () => {
  assert.equal(looked(checkSpec('bags'), ['same\n', 'same\n']).reports.length, 1);
});

test('issues past max_issues are counted and dropped', () => {
  const { reports, dropped } = looked(checkSpec('bags', { maxIssues: 2 }), ['a\nb\nc\nd\n']);
  assert.deepEqual([reports.length, dropped], [2, 2]);
});

test('a line that begins as JSON and is none is a check that failed; the other issues are taken', () => {
  const { reports, failed, refused } = looked(checkSpec('bags'), ['good\n{"message": \n']);
  assert.deepEqual([reports.length, refused], [1, 1]);
  assert.match(failed ?? '', /1 of what it said is no issue: line 2, .*begins as JSON/);
});

test('exit codes of a check with output = "exit" are ok, minor, critical, or a failure [A46]', () => {
  const disk = checkSpec('disk', { output: 'exit', exitSeverity: { 1: 'minor', 2: 'critical' } });
  assert.deepEqual(looked(disk, ['all is well\n']).reports, []);
  for (const [code, severity] of [[1, 'minor'], [2, 'critical']] as const) {
    const [issue] = looked(disk, ['looking\n', 'disk 91 %\n'], done({ code })).reports;
    assert.deepEqual([issue?.message, issue?.code, issue?.severity, issue?.dedupKey], ['disk 91 %', 'disk', severity, 'exit']);
  }
  assert.equal(looked(disk, ['?\n'], done({ state: 'failed', code: 3, why: 'exit status 3' })).failed, 'exit status 3');
});

test('a run that timed out could not look', () => {
  assert.equal(looked(checkSpec('bags'), ['a\n'], done({ state: 'timed_out', code: null, why: 'took longer than its timeout of 60 s' })).failed, 'timed out: took longer than its timeout of 60 s');
});

test('a fix is told its issue as JSON on stdin and as variables [A10][A19]', () => {
  const w = new IssueWorld({ checks: [checkSpec('bags')], fixes: [fixSpec('bag', { attempts: 5 })] });
  w.look('bags', report('late "bag"', { code: 'bag', params: { bag: 17, 'ship-to': { city: 'Nairobi' }, name: 'Ann' } }));
  const issue = w.issue('late "bag"');
  const fix = fixSpec('bag', { attempts: 5 });
  const input = JSON.parse(inputOf(issue, fix)) as Record<string, unknown>;
  assert.deepEqual([input['id'], input['check'], input['code'], input['message'], input['params'], input['attempt'], input['attempts'], input['occurrences']],
    [issue.id, 'bags', 'bag', 'late "bag"', issue.params, 1, 5, 1]);
  assert.equal(input['first_seen'], '2026-01-05T00:00:00.000Z');
  const { ISSUE_ID, ISSUE_CODE, ISSUE_ATTEMPT, ISSUE_ATTEMPTS, ISSUE_PARAM_BAG, ISSUE_PARAM_NAME, ISSUE_PARAM_SHIP_TO } = variablesOf(issue, fix);
  assert.deepEqual([ISSUE_ID, ISSUE_CODE, ISSUE_ATTEMPT, ISSUE_ATTEMPTS, ISSUE_PARAM_BAG, ISSUE_PARAM_NAME, ISSUE_PARAM_SHIP_TO], [issue.id, 'bag', '1', '5', '17', 'Ann', '{"city":"Nairobi"}']);
});

test('the end of a fix: exit 0 fixed, 69 unfixable, any other another time, and RESULT goes before all [A11][A14]', () => {
  const fix = (over: Partial<RunView>): RunView => runView('fix:bag', { startedAt: 1, ...over });
  const failed = (code: number): RunView => fix({ state: 'failed', code, why: `exit status ${String(code)}` });
  const cases: readonly [RunView, boolean | null | undefined, string][] = [
    [fix({ state: 'succeeded', code: 0 }), undefined, 'fixed'], [failed(69), undefined, 'unfixable'], [failed(75), undefined, 'retry'], [failed(1), undefined, 'retry'],
    [fix({ state: 'timed_out', code: null }), undefined, 'retry'], [fix({ state: 'failed', code: null, signal: 'SEGV', why: 'terminated by SIGSEGV' }), undefined, 'retry'],
    [fix({ state: 'succeeded', code: 0 }), false, 'unfixable'], [fix({ state: 'succeeded', code: 0 }), null, 'retry'], [failed(1), true, 'fixed'], [failed(69), null, 'retry'],
    [fix({ state: 'skipped', startedAt: null, why: 'the daemon is ending' }), undefined, 'not_started'], [fix({ state: 'interrupted' }), true, 'retry'], [fix({ state: 'failed', startedAt: null, cause: 'spawn', why: 'no such file' }), undefined, 'retry'],
  ];
  for (const [run, result, outcome] of cases) assert.equal(outcomeOfRun(run, result, '').outcome, outcome, `${run.state} ${String(run.code)} ${String(result)}`);
  assert.equal(outcomeOfRun(failed(75), undefined, 'the courier is away').why, 'exit status 75: the courier is away');
  for (const [line, result] of [['RESULT {"fixed": true}', true], ['RESULT {"fixed":false, "why": "x"}', false], ['RESULT {"fixed": null}', null], ['RESULT nonsense', undefined], ['result {"fixed": true}', undefined], ['RESULT {"fixed": 1}', undefined]] as const)
    assert.equal(resultLine(line), result, line);
});
