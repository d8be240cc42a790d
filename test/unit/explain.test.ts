// Explanations as values: what is told of each kind of thing, and what a name means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { BreakerView, DeadLetter, JobView, RunDetails, RunView } from '../../daemon/contract/jobs.ts';
import type { CheckView, IssueDetails } from '../../daemon/contract/issues.ts';
import { NO_MARK } from '../../daemon/contract/issues.ts';
import { emptySnapshot } from '../../daemon/contract/snapshot.ts';
import { missedWords } from '../../daemon/contract/reports.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { Tree } from '../../daemon/core/tree.ts';
import type { GroupNode } from '../../daemon/core/tree-state.ts';
import { explainAlert } from '../../daemon/runtime/explain-alert.ts';
import { explainBreaker } from '../../daemon/runtime/explain-breaker.ts';
import { explainDaemon } from '../../daemon/runtime/explain-daemon.ts';
import { explainGroup } from '../../daemon/runtime/explain-group.ts';
import { explainCheck, explainFix, explainIssue } from '../../daemon/runtime/explain-issue.ts';
import { explainJob } from '../../daemon/runtime/explain-job.ts';
import type { JobSource } from '../../daemon/runtime/explain-job.ts';
import { resolveSubjects } from '../../daemon/runtime/explain-names.ts';
import type { Nameable } from '../../daemon/runtime/explain-names.ts';
import { explainProcess, ownLimit } from '../../daemon/runtime/explain-process.ts';
import { explainDead, explainRun } from '../../daemon/runtime/explain-run.ts';
import type { KeptReports } from '../../daemon/runtime/program-vitals.ts';
import type { Store } from '../../daemon/os/ports/store.ts';
import { breakerSpec, groupSpec, jobSpec, processSpec } from '../support/specs.ts';

const NOW = Date.UTC(2026, 10, 22, 17, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ID = '3f2a9c0d-1111-4222-8333-444455556666';
const origin = { file: '/test.toml', line: 1 };

function view(id: string, over: Partial<ProcessView> = {}): ProcessView {
  const [group = '', name = ''] = id.split(':');
  return {
    id, name, group, program: name, num: 0, autostart: true, priority: 999, state: 'RUNNING', wanted: 'up', disabled: false, ready: true, health: 'unknown', healthSources: [], incarnation: 1, pid: 1, supervisionId: null,
    startedAt: NOW - HOUR, stoppedAt: null, changedAt: NOW - MINUTE, exitCode: null, exitSignal: null, spawnError: '', restarts: 0, tries: 0, nextStartAt: null, flapping: null, dependsOn: [], waitsFor: [], why: '', survivors: [],
    heartbeat: null, progress: null, statusText: '', ...over,
  };
}

function job(name: string, over: Partial<JobView> = {}): JobView {
  const counts = { started: 0, succeeded: 0, failed: 0, retried: 0, skipped: 0, missed: 0, cancelled: 0, timed_out: 0, stalled: 0, interrupted: 0, dead: 0 };
  return { name, role: 'job', schedule: '', timezone: 'UTC', enabled: true, paused: false, pausedBy: '', nextAt: null, lastFireAt: null, running: [], queued: 0, waiting: 0, counts, last: null, breaker: null, set: {}, held: '', ...over };
}

function run(over: Partial<RunView> = {}): RunView {
  return {
    id: ID, job: 'import', number: 7, state: 'succeeded', trigger: 'schedule', initiator: 'schedule', args: [], key: null, attempt: 1, first: null, parent: null, scheduledAt: null, createdAt: NOW - HOUR, dueAt: null,
    startedAt: NOW - 10 * MINUTE, endedAt: NOW - 5 * MINUTE, pid: null, code: 0, signal: null, cause: null, why: '', fallback: false, peakRssBytes: null, cpuMs: null, heartbeat: null, progress: null, result: null, status: '', ...over,
  };
}

const details = (over: Partial<RunDetails> = {}): RunDetails => ({ ...run(over), durationMs: 5 * MINUTE, argv: ['true'], output: '', heartbeats: [], errors: [], violations: [], attempts: [], ...over });
const breaker = (over: Partial<BreakerView> = {}): BreakerView => ({
  name: 'smtp', state: 'closed', failures: 0, successes: 0, totalFailures: 0, totalSuccesses: 0, trialsRunning: 0, openedAt: null, lastFailureAt: null, lastSuccessAt: null, retryAt: null, why: '', ...over,
});

function source(over: Partial<Omit<JobSource, 'job' | 'spec'>> & { readonly job?: Partial<JobView>; readonly spec?: Parameters<typeof jobSpec>[1] } = {}): JobSource {
  return { settings: { maxParallel: null }, runs: [], next: [], breaker: undefined, drain: null, after: { success: [], failure: [] }, dead: 0, now: NOW, ...over, job: job('import', over.job), spec: jobSpec('import', over.spec) };
}

/** All it says, as one text. */
const said = ({ summary, sentences }: { readonly summary: string; readonly sentences: readonly string[] }): string => [summary, ...sentences].join('\n');

function tree(): Tree {
  const members = ['pipe:a', 'pipe:b'].map((id) => processSpec(id));
  return new Tree(groupSpec('root', [
    groupSpec('pipe', members, { strategy: 'rest_for_one', intensity: { max: 5, windowMs: MINUTE } }),
    groupSpec('mail', [processSpec('mail:mail')], { implicit: true }), groupSpec('job', [processSpec('job:odd')]), groupSpec('loose', [processSpec('loose:x')]),
    groupSpec('frail', [processSpec('frail:x')], { restart: 'temporary', intensity: { max: 1, windowMs: MINUTE } }),
  ]));
}

function group(name: string, state: Partial<GroupNode['state']>): GroupNode {
  const node = tree().groups.get(`group ${name}`) as GroupNode;
  node.state = { ...node.state, ...state } as GroupNode['state'];
  return node;
}

function explained(node: GroupNode, rows: readonly ProcessView[], exits = false): ReturnType<typeof explainGroup> {
  const groupView = { name: node.name, parent: 'root', strategy: node.spec.strategy, state: node.state.phase, members: node.members.map((m) => m.key), why: '', intensity: null, restartsAt: [] } as const;
  return explainGroup({ node, view: groupView, row: (id) => rows.find((row) => row.id === id), exits, now: { mono: 100_000, wall: NOW } });
}

test('a group says its strategy, its restarts N of MAX in the window, and when the oldest counts no more [E16]', () => {
  // One of them is older than the window: it does not count.
  const one = explained(group('pipe', { phase: 'UP', restarts: [10_000, 60_000, 90_000], failures: 0, upSince: 0 } as GroupNode['state']), [view('pipe:a'), view('pipe:b')]);
  assert.deepEqual(one.restarts, { count: 2, max: 5, windowMs: MINUTE, lessAt: NOW + 20_000 });
  assert.match(said(one), /^group pipe is looked after; 2 of 2 processes run\.\nIts strategy is rest_for_one: .*those after it.*\nRestarts: 2 of 5 within 1 min; the oldest counts no more in 20 s\.\nWith one more than 5 it ends its members, and the daemon starts it anew/);
});

test('a group says who of it is down and why, and what an intensity breach does for its restart type', () => {
  const rows = [view('pipe:a', { state: 'BACKOFF', why: 'exit status 3', nextStartAt: NOW + 5000 }), view('pipe:b', { state: 'STOPPED', wanted: 'down', why: 'ann stopped it' })];
  assert.match(said(explained(group('pipe', { phase: 'UP' } as GroupNode['state']), rows)), /pipe:a is BACKOFF for 1 min 0 s \(exit status 3\); it starts again in 5 s\.\npipe:b is STOPPED for 1 min 0 s \(ann stopped it\), and is not wanted up\./);
  assert.match(said(explained(group('frail', { phase: 'FATAL' }), [])), /stays down\.\n[^]*stays FATAL \(restart = "temporary"\): somebody has to start it\.\n[^]*`reevectl start frail:\*` starts it anew/);
  assert.match(said(explained(group('loose', { phase: 'UP' } as GroupNode['state']), [view('loose:x')])), /It has no limit of restarts itself: each member has its own, or none/);
  assert.match(said(explained(group('pipe', { phase: 'UP' } as GroupNode['state']), [view('pipe:a'), view('pipe:b')], true)), /counts against the limit past which the daemon ends \(on_failure = "exit"\)/);
});

test('a process with a limit of its own says its restarts N of MAX, and that one more is FATAL [E16]', () => {
  const node = tree().processes.get('pipe:a');
  assert.ok(node);
  const limited = { spec: { ...node.spec, intensity: { max: 3, windowMs: MINUTE } }, state: { ...node.state, restarts: [10_000, 50_000, 90_000] } };
  assert.deepEqual(ownLimit(limited, 100_000), ['Restarts of its own: 2 of 3 within 1 min; with one more than 3 it is FATAL.']);
  assert.deepEqual(ownLimit(node, 100_000), []);
});

test('a process that gave up says so as a sentence, whatever the words of its reason', () => {
  const node = tree().processes.get('pipe:a');
  assert.ok(node);
  const none = (): readonly never[] => [];
  const store = { transitions: none, lives: none, violations: none } as unknown as Store;
  const gaveUp = (why: string): string => explainProcess({
    node: Object.assign(Object.create(node) as typeof node, { state: { ...node.state, phase: 'FATAL' } }), view: view('pipe:a', { state: 'FATAL', why }), intent: undefined,
    needs: [], dependents: [], kept: { heartbeats: [], health: [] } as unknown as KeptReports, health: undefined, held: null, store, now: { mono: 100_000, wall: NOW },
  }).summary;
  assert.equal(gaveUp('ended before it was up: exit status 3'), 'pipe:a is not running: it gave up 1 min 0 s ago (ended before it was up: exit status 3).');
  assert.equal(gaveUp('exit status 3'), 'pipe:a is not running: it gave up 1 min 0 s ago (exit status 3).');
});

test('a paused job names who paused it and what resumes it', () => {
  const one = explainJob(source({ job: { paused: true, pausedBy: 'ann', schedule: '0 8 * * *', timezone: 'Europe/Berlin' }, spec: { schedule: { kind: 'every', everyMs: HOUR, align: true, runOnStart: false } }, next: [NOW + HOUR] }));
  assert.equal(one.state, 'paused');
  assert.match(said(one), /^job import is paused by ann: its schedule does not start it\.\n`reevectl job resume import` lets its schedule start it again/);
  assert.match(said(one), /on the clock of Europe\/Berlin: next at 2026-11-22 19:00 Europe\/Berlin, in 1 h 0 min\./);
});

test('what holds a job back is told with its end: a drain, an open breaker, its places, its rate', () => {
  const drained = explainJob(source({ drain: { names: [], by: 'bob', startedAt: NOW, expiresAt: NOW + HOUR, remaining: [] } }));
  assert.match(said(drained), /^job import is drained by bob: no run of it starts\.\nThe drain ends at 2026-11-22 18:00 UTC, in 1 h 0 min; `reevectl resume` ends it now\./);
  const open = explainJob(source({ job: { held: 'breaker smtp is open', queued: 1 }, breaker: breaker({ state: 'open', retryAt: NOW + MINUTE }), spec: { breaker: 'smtp' } }));
  assert.match(said(open), /is due and does not start: breaker smtp is open\.\nIts breaker smtp is open, half-open at 2026-11-22 17:01 UTC, in 1 min 0 s: its runs wait; `reevectl explain breaker:smtp`/);
  const full = explainJob(source({ job: { running: [ID], queued: 2, held: 'max_parallel of all jobs is reached: 4 runs are going on' }, settings: { maxParallel: 4 }, spec: { maxParallel: 2, rate: { max: 3, windowMs: MINUTE } } }));
  assert.match(said(full), /At most 2 runs of it at a time \(max_parallel\); 1 now\.\nAt most 3 starts in 1 min \(rate\)\.\nAll jobs together have 4 places/);
  assert.match(explainJob(source({ job: { enabled: false } })).summary, /is disabled in the file/);
  assert.match(said(explainJob(source({ after: { success: ['fetch'], failure: [] } }))), /It starts after a good run of fetch\./);
});

test('a job tells how its last runs ended in a row', () => {
  const bad = (ago: number): RunView => run({ state: 'failed', why: 'exit status 4', endedAt: NOW - ago });
  assert.match(said(explainJob(source({ runs: [bad(MINUTE), bad(2 * MINUTE), run({ endedAt: NOW - HOUR })] }))), /Its last 2 runs ended badly, the last one 1 min 0 s ago \(failed: exit status 4\); the last good one ended 1 h 0 min ago\./);
  assert.match(said(explainJob(source({ runs: [run(), bad(HOUR)] }))), /Its last run succeeded 5 min 0 s ago after 5 min 0 s\./);
  assert.match(said(explainJob(source({ dead: 2, spec: { retry: { ...jobSpec('x').retry, max: 3 } } }))), /It has not run yet\.\nA run that fails is tried again up to 3 times\.\n2 runs of it failed for good and wait as dead letters/);
});

test('a run that goes on tells its attempt, signs of life, progress, time left and what ends it', () => {
  const one = explainRun({
    run: details({
      state: 'running', pid: 99, startedAt: NOW - 10 * MINUTE, endedAt: null, attempt: 2, heartbeat: { lastAt: NOW - 5000, missed: 1, count: 9, stuck: false },
      progress: { current: 30, total: 100, percent: 30, rate: 1, etaMs: 70_000, phase: 'load', meta: null, at: NOW - 1000, movedAt: NOW - 1000 },
    }),
    spec: jobSpec('import', { timeoutMs: HOUR, retry: { ...jobSpec('x').retry, max: 2 }, vitals: { heartbeat: { intervalMs: 10_000, misses: 3 }, progressTimeoutMs: null, onStuck: 'kill' } }), letter: null, now: NOW,
  });
  assert.match(said(one), /^run 3f2a9c0d of import goes on as pid 99 for 10 min 0 s\.\nIt was brought about by schedule; it is attempt 2 of at most 3\.\nIts work is at 30 of 100 \(30 %\) in load, 1 a second, done in 1 min 10 s/);
  assert.match(said(one), /1 missed in a row, and 3 make it stuck\.\nIts timeout of 1 h ends it in 50 min 0 s\.\n`reevectl job cancel 3f2a9c0d` ends it\.\nIf it fails it is tried again, 1 more time at most\./);
  assert.deepEqual([missedWords({ missed: 2, stuck: false }), missedWords({ missed: 24, stuck: true })], ['2', 'at least 24'], 'who is stuck is told of at twice the count each time');
});

test('a run that failed for good names its dead letter, and the letter what would help', () => {
  const letter: DeadLetter = { id: ID, job: 'import', argv: [], args: ['a b'], environment: [], code: 4, signal: null, cause: 'exit', why: 'exit status 4', output: '', attempts: 3, failedAt: NOW - HOUR, retriedAt: null, retriedAs: null };
  const one = explainRun({ run: details({ state: 'dead', why: 'exit status 4', code: 4 }), spec: undefined, letter, now: NOW });
  assert.match(said(one), /failed for good, 5 min 0 s ago \(exit status 4\)\.\n[^]*It is kept as a dead letter: `reevectl dead retry 3f2a9c0d` tries it again\.\n`reevectl job logs 3f2a9c0d` shows what it wrote\./);
  const dead = explainDead({ letter, known: true, keptMs: 24 * HOUR, now: NOW });
  assert.equal(dead.state, 'pending');
  assert.match(said(dead), /failed for good 1 h 0 min ago, after 3 attempts \(exit status 4\)\.\n.*exit status 4 \(cause: exit\).*\nIt had the arguments "a b".*\nIt waits until somebody deals with it.*\nIt is deleted in 23 h 0 min\./);
  assert.match(said(explainDead({ letter, known: false, keptMs: 0, now: NOW })), /Its job import is in no file any more.*\nIt is kept until somebody deletes it\./);
});

test('a breaker tells its counts, when it is half-open, and who depends on it', () => {
  const common = { spec: breakerSpec('smtp'), enabled: true, jobs: ['mail'], programs: ['web'], held: ['job mail'], now: NOW, zone: 'UTC' };
  const open = explainBreaker({ ...common, breaker: breaker({ state: 'open', openedAt: NOW - MINUTE, retryAt: NOW + 4 * MINUTE, why: '5 failures in a row', totalFailures: 5, lastFailureAt: NOW - MINUTE }) });
  assert.match(said(open), /^breaker smtp is open for 1 min 0 s: what depends on it is held back \(5 failures in a row\)\.\nIt becomes half-open at 2026-11-22 17:04 UTC, in 4 min 0 s; then at most 3 trials at a time go through\.\n[^]*5 failures, 0 successes; last failure 1 min 0 s ago\.\nOn it depend job mail, program web\.\nHeld back now: job mail\./);
  assert.match(said(explainBreaker({ ...common, breaker: breaker({ state: 'open' }) })), /opened by hand and does not close by itself/);
  assert.match(said(explainBreaker({ ...common, breaker: breaker({ failures: 2 }) })), /closed, with 2 of the 5 failures in a row that open it/);
  assert.match(said(explainBreaker({ ...common, breaker: breaker({ state: 'half_open', successes: 1, trialsRunning: 1 }) })), /1 of the 2 successes in a row that close it\.\n1 trial of at most 3 goes on\./);
  assert.match(said(explainBreaker({ ...common, enabled: false, breaker: breaker() })), /never opens by itself: breakers are disabled/);
});

const CHECK: CheckView = { name: 'bags', output: 'issues', ...NO_MARK, firstRunAt: NOW - HOUR, lastRunAt: NOW - MINUTE, lastResult: 'issues', lastIssues: 1, lastIssueAt: NOW - MINUTE, schedule: 'every 1h', timezone: 'UTC', enabled: true, paused: false, nextAt: NOW + HOUR, open: 1, running: 0 };
const CHECK_SPEC: CheckSpec = { name: 'bags', output: 'issues', exitSeverity: {}, severity: 'major', autoClose: true, onError: 'issue', maxIssues: 100, maxFixes: { max: 3, windowMs: HOUR }, origin };
const FIX: FixSpec = { name: 'bag', code: 'bag', checks: null, remedy: { kind: 'restart', name: 'web' }, enabled: true, timeoutMs: null, attempts: 3, retryDelayMs: MINUTE, verify: true, cooldownMs: 0, maxFixes: { max: null, windowMs: HOUR }, maxParallel: 1, escalate: 'page', origin };
const ISSUE: IssueDetails = {
  id: 'f733c951aaaabbbb', check: 'bags', code: 'bag', message: 'bag 17 is late', params: null, dedupKey: null, severity: 'major', state: 'open', occurrences: 4, reopened: 1, firstSeenAt: NOW - HOUR, lastSeenAt: NOW - MINUTE, changedAt: NOW - MINUTE,
  fix: 'bag', attempts: 1, tries: 1, maxAttempts: 3, fixed: null, nextTryAt: NOW + MINUTE, run: null, error: 'exit status 1', why: 'the attempt failed', next: 'fix bag tries again soon',
  history: [{ issue: 'f733c951aaaabbbb', number: 1, fix: 'bag', attempt: 1, run: ID, by: 'reeve', startedAt: NOW - 2 * MINUTE, endedAt: NOW - MINUTE, outcome: 'retry', why: 'exit status 1' }],
};

test('an issue tells its check, its fix and its attempts, the next try, and what would change it', () => {
  const one = explainIssue({ issue: ISSUE, check: CHECK, spec: CHECK_SPEC, fix: FIX, held: 'its budget is used up', now: NOW });
  assert.match(said(one), /^issue f733c951 \(bags, bag\) is open for 1 min 0 s: bag 17 is late\nWhy: the attempt failed\.\nIt was seen 4 times, first 1 h 0 min ago, last 1 min 0 s ago; it came back 1 time\.\nIts fix is bag: 1 of 3 attempts made, and its check must not see it any more; after them fix page goes on\.\nAttempt 1 by fix bag ended 1 min 0 s ago: retry \(exit status 1\); `reevectl job show 3f2a9c0d` has its output\.\nIts fix does not begin now: its budget is used up\.\nWhat comes next: fix bag tries again soon\.\nIts check is bags, which looks again at 2026-11-22 18:00 UTC, in 1 h 0 min; when that does not see it any more it is closed\./);
  assert.match(said(explainIssue({ issue: { ...ISSUE, check: 'web:web', fix: null, state: 'manual', history: [] }, check: null, spec: undefined, fix: undefined, held: '', now: NOW })), /No fix handles the code bag\.[^]*reported by web:web, which is no check/);
});

test('a check tells what it saw, when it looks again and which issues are there; a fix what it does and waits for', () => {
  const check = explainCheck({ check: CHECK, spec: CHECK_SPEC, job: null, issues: [ISSUE], now: NOW });
  assert.match(said(check), /^check bags looked 1 min 0 s ago and saw 1 issue\.\nIt looks again at 2026-11-22 18:00 UTC, in 1 h 0 min \(schedule: every 1h\)\.\nOf its issues 1 is there: f733c951 \(open\)\.[^]*at most 3 attempts at a fix in 1 h\./);
  const fix = explainFix({ spec: FIX, held: '', issues: [ISSUE], now: NOW });
  assert.equal(fix.state, 'waiting');
  assert.match(said(fix), /1 issue that waits for its time\.\nIt does `reevectl restart web` for issues with the code bag, whoever reports them\.\nAn issue gets 3 attempts, 1 min apart; after success its check must not see the issue any more\.\nWhen it can do no more, fix page goes on\.\nThe next attempt is due in 1 min 0 s\./);
  assert.equal(explainFix({ spec: { ...FIX, enabled: false }, held: '', issues: [], now: NOW }).state, 'disabled');
});

test('an alert tells what lasts, what is silenced and whether it gets through', () => {
  const incident = { alert: 'ops', incident: 'i', subject: { kind: 'process', name: 'web:web', program: 'web', group: 'web' }, subjectName: 'web', cause: 'process.fatal', severity: 'error', why: 'exit 3', startedAt: NOW - MINUTE, occurrences: 2, suppressed: 0, told: true, silenced: true } as const;
  const alert = { name: 'ops', enabled: true, on: ['failure'], channels: ['webhook'], incidents: [incident], sent: 3, delivered: 2, waiting: 1, lost: 0, lastAt: NOW - MINUTE, problem: null } as const;
  const silence = { id: 's', name: 'web', by: 'ann', why: 'moving', at: NOW, until: NOW + HOUR };
  assert.match(said(explainAlert({ alert, silences: [silence], now: NOW })), /1 incident lasts\.\nIt tells of failure by webhook\.\nweb: process\.fatal \(exit 3\), for 1 min 0 s, 2 times, silenced\.\nann silenced web for another 1 h 0 min \(moving\); `reevectl silence end web` ends that\./);
  assert.equal(explainAlert({ alert: { ...alert, problem: 'refused' }, silences: [], now: NOW }).state, 'failing');
});

test('the daemon says that all is well, or each thing that needs a look with the command that helps', () => {
  const snapshot = emptySnapshot();
  snapshot.daemon = { ...snapshot.daemon, identifier: 'host', startedAt: NOW - HOUR };
  assert.equal(explainDaemon({ snapshot, findings: [], alerts: [], dead: 0, now: NOW }).summary, 'host is up for 1 h 0 min: the file declares no programs; all is well.');
  snapshot.processes.set('web:web', view('web:web'));
  const well = explainDaemon({ snapshot, findings: [], alerts: [], dead: 0, now: NOW });
  assert.deepEqual([well.state, well.summary, well.sentences], ['well', 'host is up for 1 h 0 min: 1 of 1 process runs; all is well.', []]);
  snapshot.processes.set('bad:bad', view('bad:bad', { state: 'FATAL', why: 'exit status 3' }));
  snapshot.breakers.set('smtp', breaker({ state: 'open', why: '5 failures in a row' }));
  snapshot.jobs.set('import', job('import', { last: { id: ID, state: 'failed', endedAt: NOW - MINUTE, durationMs: 1, why: 'exit status 4' } }));
  snapshot.issues.set(ISSUE.id, { ...ISSUE, state: 'exhausted' });
  const ailing = explainDaemon({ snapshot, findings: [{ level: 'warning', subject: 'x', message: 'y' }], alerts: [], dead: 2, now: NOW });
  assert.equal(ailing.state, 'ailing');
  assert.match(said(ailing), /5 things need a look\.\nbad is FATAL for 1 min 0 s \(exit status 3\); `reevectl explain bad` says more\.\njob import ended badly 1 min 0 s ago \(exit status 4\); `reevectl explain job:import`.*\nbreaker smtp is open \(5 failures in a row\).*\n2 dead letters wait for somebody: `reevectl dead list --pending`\.\nissue f733c951 is exhausted: bag 17 is late.*\n`reevectl doctor` has 1 warning/);
});

const NAMES: Nameable = {
  tree: tree(), names: { job: ['mail', 'import', 'odd'], check: ['bags'], fix: ['bag'], breaker: ['smtp'], alert: ['ops'] },
  find: (kind, beginning) => {
    const ids = { run: [ID, 'aa11', 'aa12'], issue: ['f733c951', 'abc1'], dead: [ID, 'dead1'] }[kind].filter((id) => id.startsWith(beginning));
    return ids.length > 1 ? 'ambiguous' : ids[0] === undefined ? undefined : { id: ids[0] };
  },
};

const subjects = (...words: string[]): string => {
  const found = resolveSubjects(NAMES, words);
  return 'code' in found ? `${found.code}: ${found.message}${found.hint === undefined ? '' : `; ${found.hint}`}` : found.map(({ kind, name }) => `${kind} ${name}`).join(', ');
};

test('a name to be explained is a process, group, job, check, fix, breaker or alert, or an id of a run, issue or dead letter', () => {
  const cases: Readonly<Record<string, string>> = {
    import: 'job import', bags: 'check bags', bag: 'fix bag', smtp: 'breaker smtp', ops: 'alert ops', reeve: 'daemon reeve', '3f2a': `run ${ID}`, f733: 'issue f733c951', dead1: 'dead dead1', 'pipe:a': 'process pipe:a',
    pipe: 'group pipe, process pipe:a, process pipe:b', 'pipe:*': 'group pipe, process pipe:a, process pipe:b', 'group:pipe': 'group pipe', 'process:mail': 'process mail:mail', 'job:mail': 'job mail', 'dead:3f2a': `dead ${ID}`,
    'process:pipe:a': 'process pipe:a',
  };
  for (const [word, expected] of Object.entries(cases)) assert.equal(subjects(word), expected, word);
  assert.equal(subjects(), 'daemon reeve');
  assert.equal(subjects('import', 'job:import', 'smtp'), 'job import, breaker smtp');
});

test('an ambiguous name is refused with what it may be, an unknown one with the nearest', () => {
  assert.equal(subjects('mail'), 'AMBIGUOUS: cannot tell what mail is: 2 things have this name; say one of process:mail, job:mail');
  assert.match(subjects('aa1'), /^AMBIGUOUS: cannot tell which run aa1 is: several begin so; give more of the id$/);
  assert.match(subjects('improt'), /^NOT_FOUND: .*; did you mean import\?$/);
  assert.match(subjects('breaker:smpt'), /^NOT_FOUND: cannot explain smpt: there is no such breaker; did you mean smtp\?$/);
  assert.match(subjects('run:ffff'), /^NOT_FOUND: cannot explain ffff: there is no such run$/);
});

test('a group called job keeps its own names where no job has them', () => {
  // `odd` is a job as well as a process of the group `job`: the prefix wins, and the process has one too.
  assert.equal(subjects('job:odd'), 'job odd');
  assert.equal(subjects('process:job:odd'), 'process job:odd');
  assert.equal(subjects('job:*'), 'group job, process job:odd');
});
