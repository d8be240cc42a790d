// What reevectl prints of jobs, runs, letters, breakers and rows of ps: on terminals of a fixed width, and into a pipe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastProgress } from '../../daemon/contract/progress-words.ts';
import { breakerLines, deadLetterLines, deadLines, historyLines, jobLines, jobListLines, progressText, runLines } from '../../ctl/job-lines.ts';
import type { JobStyle } from '../../ctl/job-lines.ts';
import { bar, barLine, RunScreen, Steps } from '../../ctl/progress-line.ts';
import { columnsOf, PS_COLUMNS, psLines, STUCK_COLUMNS } from '../../ctl/ps-lines.ts';
import { sizeText } from '../../ctl/size-text.ts';
import { runExit } from '../../ctl/run-exit.ts';
import type { Screen } from '../../ctl/screen.ts';
import { tableLines } from '../../ctl/table-lines.ts';
import { relative, shortDuration, zoned, zonedFully } from '../../ctl/time-words.ts';
import { eventLine } from '../../ctl/event-line.ts';
import type { ProgressView } from '../../daemon/contract/reports.ts';
import { rowOfProcess, rowOfRun } from '../../daemon/contract/ps.ts';
import { shellWord } from '../../daemon/contract/shell-words.ts';
import { parseWhen } from '../../daemon/contract/when.ts';
import { view } from '../support/fake-daemon.ts';
import { breakerView, deadLetter, jobView, NOON, runDetails, runView, uuid } from '../support/jobs.ts';

const PIPE: JobStyle = { now: NOON, columns: null, colour: false, zone: 'UTC' };
const wide = (columns: number): JobStyle => ({ ...PIPE, columns });

const PROGRESS: ProgressView = { current: 3, total: 10, percent: 30, rate: 2, etaMs: 3500, phase: 'load', meta: null, at: NOON, movedAt: NOON };

test('job list tells state, last run, next time on the clock of the job, and how long until then [B21]', () => {
  const jobs = [
    jobView('debt_reminders', { last: { id: uuid('1'), state: 'succeeded', endedAt: NOON - 180_000, durationMs: 12_300, why: '' } }),
    jobView('import', { schedule: 'every 30s', timezone: 'UTC', running: [uuid('2'), uuid('3')], queued: 1, nextAt: NOON + 30_000 }),
    jobView('purge', { schedule: '', nextAt: null, enabled: false, paused: true, pausedBy: 'ann', held: 'drained' }),
  ];
  assert.deepEqual(jobListLines(jobs, PIPE), [
    'NAME            STATE                                   LAST                    NEXT                 IN   ZONE            SCHEDULE',
    'debt_reminders  idle                                    succeeded 3m ago (12s)  2026-11-23 08:00     17h  Africa/Nairobi  0 8 * * *',
    'import          running 2, 1 queued                     never                   2026-11-22 12:00:30  30s  UTC             every 30s',
    'purge           disabled, paused by ann, held: drained  never                   -                    -    Africa/Nairobi  -',
  ]);
  assert.deepEqual(jobListLines(jobs, wide(80)), [
    'NAME            STATE                LAST                NEXT                IN',
    'debt_reminders  idle                 succeeded 3m ago …  2026-11-23 08:00    17h',
    'import          running 2, 1 queued  never               2026-11-22 12:00:…  30s',
    'purge           disabled, paused b…  never               -                   -',
  ]);
});

test('a table is never wider than the terminal, and cuts the name last', () => {
  const jobs = [jobView('debt_reminders_of_the_whole_company', { held: 'the breaker smtp is open since yesterday' }), jobView('import')];
  for (const columns of [70, 80, 100, 132]) {
    for (const line of jobListLines(jobs, wide(columns))) assert.ok(line.length <= columns, `${line.length} of ${columns}: ${line}`);
  }
  assert.match(jobListLines(jobs, wide(100))[1] ?? '', /^debt_reminders_of_the_whole_company /);
});

test('control characters of others do not reach a terminal, and a colour does not count as width', () => {
  const lines = tableLines(['A', 'B'], [['x\u001B[2J', { text: 'ok', paint: 'green' }], ['longer', 'y']], { columns: 40, colour: true });
  assert.deepEqual(lines, ['A       B', 'x\uFFFD[2J   \u001B[32mok\u001B[0m', 'longer  y']);
});

test('history tells each run on a line', () => {
  const runs = [
    runView('import'), runView('import', { id: uuid('44444444'), state: 'timed_out', startedAt: NOON - 700_000, endedAt: NOON - 100_000, signal: 'TERM', attempt: 2, trigger: 'catch_up', why: 'took longer than 10m' }),
    runView('mail', { id: uuid('55555555'), state: 'skipped', startedAt: null, endedAt: NOON, why: 'another one runs' }),
  ];
  assert.deepEqual(historyLines(runs, PIPE), [
    'RUN       JOB     STATE      EXIT  STARTED              TOOK  TRIGGER   TRY  WHY',
    '3f2a9c0d  import  running    -     2026-11-22 11:59:00  1m    schedule',
    '44444444  import  timed out  TERM  2026-11-22 11:48:20  10m   catch up  2    took longer than 10m',
    '55555555  mail    skipped    -     -                    -     schedule       another one runs',
  ]);
});

test('a run is shown with everything that is kept of it, and nothing that is not [C14][C17]', () => {
  const run = runDetails('import', {
    state: 'dead', trigger: 'manual', initiator: 'unix:ann', attempt: 2, endedAt: NOON, code: 3, cause: 'exit', why: 'exit status 3', argv: ['import', 'a b', '--x'], output: 'one\ntwo\n', peakRssBytes: 50 * 1024 ** 2,
    cpuMs: 1500, heartbeat: { lastAt: NOON - 5000, missed: 1, count: 12, stuck: false }, progress: PROGRESS, result: { rows: 3 }, status: 'loading',
    attempts: [{ id: uuid('11111111'), attempt: 1, state: 'retrying', endedAt: NOON }, { id: uuid('3f2a9c0d'), attempt: 2, state: 'dead', endedAt: NOON }],
    heartbeats: Array.from({ length: 9 }, (_, i) => ({ at: NOON - 9000 + i * 1000, meta: i === 8 ? { rows: 5 } : null })),
    violations: [{ at: NOON, what: 'time', limit: '1m', actual: '2m' }], errors: ['no such file'],
  });
  assert.deepEqual(runLines(run, PIPE), [
    'import #7: dead. exit status 3',
    `  run         ${uuid('3f2a9c0d')}`,
    '  trigger     manual by unix:ann',
    '  attempt     2 of 11111111 retrying, 3f2a9c0d dead',
    "  command     import 'a b' --x",
    '  stands for  Sun 2026-11-22 11:59:00 +00:00 (1m ago)',
    '  created     Sun 2026-11-22 11:59:00 +00:00 (1m ago)',
    '  started     Sun 2026-11-22 11:59:00 +00:00 (1m ago)',
    '  ended       Sun 2026-11-22 12:00:00 +00:00 (now)',
    '  took        1m',
    '  pid         4711',
    '  exit        3',
    '  memory      50.0 MB at its peak',
    '  cpu time    1.5s',
    '  heartbeats  12, last 5s ago, 1 missed',
    '  progress    3/10 30%, 2/s, phase load',
    '  status      loading',
    '  result      {"rows":3}',
    'Violations:',
    '  | 2026-11-22 12:00:00  time: 2m of 1m',
    'Last heartbeats:',
    '  | 2026-11-22 11:59:55',
    '  | 2026-11-22 11:59:56',
    '  | 2026-11-22 11:59:57',
    '  | 2026-11-22 11:59:58',
    '  | 2026-11-22 11:59:59  {"rows":5}',
    'Last errors:',
    '  | no such file',
    'Output:',
    '  | one',
    '  | two',
  ]);
  const young = runLines(runDetails('import', { state: 'queued', startedAt: null, pid: null, scheduledAt: null, trigger: 'manual', initiator: 'ann' }), PIPE).join('\n');
  assert.doesNotMatch(young, /exit|took|memory|Output|attempt|progress/);
});

test('long output is cut to its end, and the way to the rest is said', () => {
  const lines = runLines(runDetails('import', { output: Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n') }), PIPE);
  assert.equal(lines.filter((line) => line.startsWith('  | line')).length, 20);
  assert.ok(lines.includes('  | … 30 lines before; reevectl job logs has them'));
  assert.equal(lines.at(-1), '  | line 49');
});

test('a job is shown with its times and its last runs', () => {
  const job = jobView('import', { counts: { ...jobView('x').counts, started: 3, succeeded: 2, dead: 1 }, breaker: 'smtp' });
  assert.deepEqual(jobLines(job, [job.nextAt ?? 0], [runView('import')], PIPE).slice(0, 6), [
    'import: idle',
    '  schedule     0 8 * * * (Africa/Nairobi)',
    '  next         2026-11-23 08:00 (in 17h)',
    '  last         never ran',
    '  breaker      smtp',
    '  since start  3 started, 2 succeeded, 1 dead',
  ]);
});

test('dead letters: a line each, and everything about one but the values of its environment [C57][C59]', () => {
  assert.deepEqual(deadLines([deadLetter('import'), deadLetter('mail', { id: uuid('dead0002'), retriedAt: NOON - 60_000, retriedAs: uuid('77777777'), signal: 'KILL', code: null })], PIPE), [
    'ID        JOB     FAILED               EXIT  TRIES  RETRIED             WHY',
    'dead0001  import  2026-11-22 11:00:00  3     4      -                   exit status 3',
    'dead0002  mail    2026-11-22 11:00:00  KILL  4      1m ago as 77777777  exit status 3',
  ]);
  assert.deepEqual(deadLetterLines(deadLetter('import'), PIPE), [
    'import: dead. exit status 3', `  id           ${uuid('dead0001')}`, "  command      import 'a b'", '  exit         3', '  attempts     4', '  failed       Sun 2026-11-22 11:00:00 +00:00 (1h ago)',
    '  retried      not yet', '  environment  PATH TOKEN', 'Output:', '  | no such file',
  ]);
});

test('breakers: service, state, failures, last failure and success, opened, and a count per state [C52]', () => {
  const lines = breakerLines([breakerView('smtp', { state: 'open', failures: 5, lastFailureAt: NOON - 30_000, openedAt: NOON - 30_000, retryAt: NOON + 270_000, why: 'job mail' }), breakerView('db', { lastSuccessAt: NOON - 1000 })], PIPE);
  assert.deepEqual(lines, [
    'NAME  STATE   FAILURES  LAST FAILURE  LAST SUCCESS  OPENED   TRIES AGAIN  WHY',
    'smtp  open    5         30s ago       -             30s ago  in 4m 30s    job mail',
    'db    closed  0         -             1s ago        -        -',
    '1 closed, 1 open, 0 half-open',
  ]);
});

test('ps has one line per process and run, numbers at the right, and other columns where they are asked for [C16]', () => {
  const rows = [
    rowOfProcess(view('pool:w_00', { startedAt: NOON - 7_500_000, health: 'stuck' }), { rssBytes: 1.5 * 1024 ** 3, cpuPercent: 99.96, processes: 1, files: null }),
    rowOfRun(runView('import', { progress: PROGRESS, why: 'schedule' }), { rssBytes: 12_345_678, cpuPercent: 0.4, processes: 1, files: null }),
  ];
  assert.deepEqual(psLines(rows, PS_COLUMNS, PIPE), [
    'NAME             STATE     PID  HEALTH   DURATION      RSS   CPU  PROGRESS  WHY',
    'pool:w_00        RUNNING  4242  stuck       2h 5m   1.5 GB  100%         -  up',
    'import 3f2a9c0d  running  4711  unknown        1m  11.8 MB  0.4%       30%  schedule',
  ]);
  assert.deepEqual(columnsOf(['Name', 'silence']), ['name', 'silence']);
  assert.equal(columnsOf(['rs']), 'there is no column "rs"; did you mean rss?');
  assert.equal(sizeText(900), '900 B');
});

test('stuck says for how long nothing was heard, also of who never gave a sign, and why it is stuck', () => {
  const why = 'no heartbeat for 60 s since it started';
  const row = rowOfProcess(view('beats', { startedAt: NOON - 600_000, health: 'stuck', healthSources: [{ source: 'heartbeat', value: 'stuck', why }], heartbeat: { lastAt: null, missed: 3, count: 0, stuck: true } }));
  assert.deepEqual(psLines([row], STUCK_COLUMNS, PIPE)[1]?.split(/\s{2,}/), ['program', 'beats', row.id, 'RUNNING  4242', '10m', '3', '-', why].join('  ').split(/\s{2,}/));
  assert.equal(rowOfProcess(view('well', { why: 'up', health: 'healthy', healthSources: [{ source: 'report', value: 'healthy', why: 'fine' }] })).why, 'up');
});

test('times and durations for a person', () => {
  assert.deepEqual([0, 400, 9940, 12_000, 60_000, 61_000, 3_600_000, 7_500_000, 90_000_000, 86_400_000].map(shortDuration), ['0s', '0.4s', '9.9s', '12s', '1m', '1m 1s', '1h', '2h 5m', '1d 1h', '1d']);
  assert.equal(relative(NOON + 59_000, NOON), 'in 59s');
  assert.equal(relative(NOON - 3_600_000, NOON), '1h ago');
  assert.equal(relative(NOON + 999, NOON), 'now');
  assert.equal(zoned(NOON, 'Africa/Nairobi'), '2026-11-22 15:00:00');
  assert.equal(zonedFully(NOON, 'Asia/Kolkata'), 'Sun 2026-11-22 17:30:00 +05:30');
  assert.equal(zoned(NOON, 'Mars/Olympus'), '2026-11-22 12:00:00');
});

test('an instant is a duration, a time of the day or a date, on the clock of the zone that is meant [A36]', () => {
  const zone = 'Africa/Nairobi';
  const at = (text: string, direction: 'future' | 'past' = 'future'): string | null => {
    const ms = parseWhen(text, NOON, zone, direction);
    return ms === null ? null : new Date(ms).toISOString();
  };
  assert.equal(at('1w'), '2026-11-29T12:00:00.000Z');
  assert.equal(at('in 90m'), '2026-11-22T13:30:00.000Z');
  assert.equal(at('2h', 'past'), '2026-11-22T10:00:00.000Z');
  assert.equal(at('16:00'), '2026-11-22T13:00:00.000Z');
  assert.equal(at('14:00'), '2026-11-23T11:00:00.000Z', 'gone by today, so tomorrow');
  assert.equal(at('16:00', 'past'), '2026-11-21T13:00:00.000Z');
  assert.equal(at('tomorrow 08:00'), '2026-11-23T05:00:00.000Z');
  assert.equal(at('2026-12-01 08:00'), '2026-12-01T05:00:00.000Z');
  assert.equal(at('2026-12-01T08:00:00Z'), '2026-12-01T08:00:00.000Z');
  assert.equal(at('2026-12-01'), '2026-11-30T21:00:00.000Z');
  assert.equal(at('today', 'past'), '2026-11-21T21:00:00.000Z');
  for (const wrong of ['', 'soon', '25:00', '08:60', '2026-02-30', '2026-12-01 08', 'tomorrow', '1 fortnight'].filter((one) => one !== 'tomorrow')) assert.equal(at(wrong), null, wrong);
  // A clock that jumps over two o'clock: the first instant after the jump. One that shows it twice: the first time.
  assert.equal(new Date(parseWhen('2026-03-29 02:30', NOON, 'Europe/Berlin', 'future') ?? 0).toISOString(), '2026-03-29T01:30:00.000Z');
  assert.equal(new Date(parseWhen('2026-10-25 02:30', NOON, 'Europe/Berlin', 'future') ?? 0).toISOString(), '2026-10-25T00:30:00.000Z');
});

test('progress in words, and as a bar that fits the line [C11]', () => {
  assert.equal(progressText(PROGRESS), '3/10 30%, 2/s, 3.5s left, phase load');
  assert.equal(progressText({ ...PROGRESS, total: null, percent: null, etaMs: null, phase: null, rate: 1234.5 }), '3, 1235/s');
  assert.equal(progressText({ ...PROGRESS, current: 10, percent: 100, etaMs: 0 }), '10/10 100%, 2/s, phase load');
  assert.equal(lastProgress({ progress: PROGRESS, endedAt: null })?.etaMs, 3500);
  assert.equal(lastProgress({ progress: PROGRESS, endedAt: 1 })?.etaMs, null);
  assert.equal(bar(50, 10), '[#####-----]');
  assert.equal(bar(null), '');
  assert.equal(barLine('import', PROGRESS, 80), 'import [#######-----------------] 3/10 30%, 2/s, 3.5s left, phase load');
  for (const columns of [20, 40, 60]) assert.ok(barLine('import', PROGRESS, columns).length < columns);
});

test('without a terminal progress is a line at each tenth and each phase [C11]', () => {
  const steps = new Steps();
  const due = (percent: number | null, current: number, phase: string | null = null): boolean => steps.due({ ...PROGRESS, percent, current, phase });
  assert.deepEqual([due(0, 0), due(4, 4), due(9.9, 9), due(10, 10), due(19, 19), due(25, 25), due(26, 26, 'b'), due(100, 100, 'b')], [true, false, false, true, false, true, true, true]);
  const open = new Steps();
  assert.deepEqual([1, 1, 2, 3, 4, 8, 9].map((current) => open.due({ ...PROGRESS, percent: null, total: null, current })), [true, false, true, false, true, true, false]);
});

/** A terminal that keeps what it got. */
function terminal(columns: number | null): { screen: Screen; out: () => string; err: () => string } {
  let out = '';
  let err = '';
  const screen: Screen = {
    columns, colour: false, line: (text) => void (out += `${text}\n`), json: (text) => void (out += `${text}\n`), raw: (bytes) => void (out += typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()), note: (text) => void (err += `${text}\n`), full: () => undefined,
  };
  return { screen, out: () => out, err: () => err };
}

test('on a terminal the bar stands below the output, is wiped before more of it, and never stands within a line', () => {
  const { screen, out } = terminal(60);
  const run = new RunScreen(screen, 'import');
  run.progress(PROGRESS);
  run.output(Buffer.from('a line\n'));
  run.output(Buffer.from('half a '));
  run.output(Buffer.from('line\n'));
  run.end();
  const line = barLine('import', PROGRESS, 60);
  assert.equal(out(), `${line}\r\u001B[Ka line\n${line}\r\u001B[Khalf a line\n${line}\r\u001B[K`);
});

test('in a pipe stdout is the output of the run alone; progress goes to stderr', () => {
  const { screen, out, err } = terminal(null);
  const run = new RunScreen(screen, 'import');
  run.progress(PROGRESS);
  run.progress({ ...PROGRESS, current: 3.5, percent: 35 });
  run.output(Buffer.from('data\n'));
  run.end();
  assert.equal(out(), 'data\n');
  assert.equal(err(), 'import: 3/10 30%, 2/s, 3.5s left, phase load\n');
});

test('the exit code of a run is passed through; what has none has a code of its own', () => {
  const of = (over: Parameters<typeof runView>[1]): number => runExit(runView('x', over));
  assert.equal(of({ state: 'succeeded', code: 0 }), 0);
  assert.equal(of({ state: 'succeeded', code: 7 }), 0, 'a code that means success');
  assert.equal(of({ state: 'failed', code: 3, cause: 'exit' }), 3);
  assert.equal(of({ state: 'dead', code: 3, cause: 'exit' }), 3);
  assert.equal(of({ state: 'failed', code: 0, cause: 'exit' }), 1);
  assert.equal(of({ state: 'failed', signal: 'TERM', cause: 'signal' }), 143);
  assert.equal(of({ state: 'dead', signal: 'KILL', cause: 'signal' }), 137);
  assert.equal(of({ state: 'timed_out', signal: 'TERM', cause: 'timeout' }), 124);
  assert.equal(of({ state: 'dead', signal: 'KILL', cause: 'timeout' }), 124);
  assert.equal(of({ state: 'stalled' }), 124);
  assert.equal(of({ state: 'cancelled', signal: 'TERM' }), 130);
  assert.equal(of({ state: 'skipped' }), 75);
  assert.equal(of({ state: 'interrupted' }), 125);
  assert.equal(of({ state: 'dead', cause: 'spawn' }), 126);
});

test('a fact about a run is told in a line, not as the whole row', () => {
  const line = eventLine({ type: 'run.dead', seq: 9, at: NOON, job: 'import', run: runView('import', { state: 'dead', endedAt: NOON, code: 3, attempt: 2, why: 'exit status 3' }), durationMs: 1234.56 }, { columns: null, colour: false });
  assert.match(line, /#9 {6}error {5}run\.dead {2}import {2}run=3f2a9c0d attempt=2 code=3 why="exit status 3" duration=1\.2s$/);
});

test('a fact about a breaker or an issue tells its state and why, and no row of JSON', () => {
  const row = breakerView('smtp', { state: 'open', failures: 2, why: 'job mail' });
  assert.match(eventLine({ type: 'breaker.opened', seq: 9, at: NOON, breaker: 'smtp', row, by: 'job mail' }, { columns: null, colour: false }), /breaker\.opened {2}smtp {2}open why="job mail" by="job mail"$/);
  const mark = { firstRunAt: NOON, lastRunAt: NOON, lastResult: 'ok', lastWhy: '', lastIssues: 0, lastIssueAt: null } as const;
  assert.match(eventLine({ type: 'check.completed', seq: 9, at: NOON, check: 'disk', run: runView('x').id, mark, seen: [], opened: 0, reopened: 0, closed: 0 }, { columns: null, colour: false }), /check\.completed {2}disk {2}run=[\w-]+$/);
});

test('words of a command are quoted as a shell wants them', () => {
  assert.deepEqual(['a', 'a b', "it's", '', '--x=1,2'].map(shellWord), ['a', "'a b'", "'it'\\''s'", "''", '--x=1,2']);
});
