// [checks], [fixes] and [issues]: what a file may say of them, in both dialects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECK_RULES, FIX_RULES, runnerChanges, runnersOf } from '../../config/check-changes.ts';
import { checkKeys, fixKeys, runKeys } from '../../config/check-schema.ts';
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { JobSpec } from '../../config/job-spec.ts';
import { convertIni } from '../../config/convert-ini.ts';
import { good, memoryPort, readIni, readToml } from '../support/config-files.ts';

const PROGRAMS = '[programs.web]\ncommand = "x"\n[programs.worker]\ncommand = "x"\nnumprocs = 2\n[jobs.rebuild]\ncommand = "x"\n';
const SPECIAL = { origin: { file: '/etc/reeve.toml', line: 1 } };

function check(keys: string): CheckSpec & { readonly job: JobSpec } {
  const { checks, jobs } = good(readToml(`[checks.bags]\ncommand = "find"\n${keys}`));
  const [one] = checks;
  const job = jobs.find((each) => each.name === 'check:bags');
  assert.ok(one && job);
  return { ...one, job };
}

function fix(keys: string): FixSpec & { readonly job: JobSpec | undefined } {
  const { fixes, jobs } = good(readToml(`${PROGRAMS}[checks.bags]\ncommand = "find"\n[fixes.kick]\nrestart = "web"\n[fixes.bag]\n${keys}`));
  const one = fixes.find((each) => each.name === 'bag');
  assert.ok(one);
  return { ...one, job: jobs.find((each) => each.name === 'fix:bag') };
}

const problems = (text: string): readonly string[] => readToml(text).problems.map(({ line, key, message, hint }) => `${line} ${key}: ${message}${hint === null ? '' : ` (${hint})`}`);

test('a check without a word has the defaults that the reference says [A2][A22][A23][A32]', () => {
  const { job, ...spec } = check('');
  assert.deepEqual({ ...spec, ...SPECIAL }, {
    name: 'bags', output: 'issues', exitSeverity: { 1: 'minor', 2: 'critical' }, severity: 'major', autoClose: true, onError: 'issue', maxIssues: 1000, maxFixes: { max: null, windowMs: 60_000 }, ...SPECIAL,
  });
  assert.deepEqual(job.schedule, { kind: 'every', everyMs: 3_600_000, align: false, runOnStart: false }, 'one default: an hour');
  assert.deepEqual([job.role, job.process.id, job.overlap, job.maxParallel, job.timeoutMs, job.deadLetters, job.retry.max], ['check', 'job:check:bags', 'skip', 1, 600_000, false, 0]);
  assert.match(job.process.stdout.file ?? '', /check-bags\.log$/);
});

test('each key of a check says one thing [A2][A23][A32][A46]', () => {
  const rows: readonly [string, Partial<CheckSpec>, Partial<JobSpec>][] = [
    ['every = "10m"', {}, { schedule: { kind: 'every', everyMs: 600_000, align: false, runOnStart: false } }],
    ['every = "6h"\nalign = true\nrun_on_start = true', {}, { schedule: { kind: 'every', everyMs: 21_600_000, align: true, runOnStart: true } }],
    ['every = "1d"\njitter = "1m"\nnot_before = "2026-01-01"\nnot_after = "2027-01-01"\ntimezone = "UTC"\nmisfire_grace = "5m"\ncatch_up = "none"', {}, { jitterMs: 60_000, catchUp: 'none', misfireGraceMs: 300_000 }],
    ['schedule = "0 8 1 * mon"\nday_match = "and"', {}, {}],
    ['enabled = false', {}, { enabled: false }],
    ['max_parallel = 2', {}, { maxParallel: 2 }],
    ['output = "exit"\nexit_severity = { 1 = "major", 4 = "critical" }', { output: 'exit', exitSeverity: { 1: 'major', 4: 'critical' } }, { exitMap: { 1: 'success', 4: 'success' } }],
    ['output = "json"', { output: 'json' }, { exitMap: {} }],
    ['severity = "minor"', { severity: 'minor' }, {}],
    ['auto_close = false', { autoClose: false }, {}],
    ['on_error = "alert"', { onError: 'alert' }, {}],
    ['max_issues = 5', { maxIssues: 5 }, {}],
    ['max_fixes = "10/h"', { maxFixes: { max: 10, windowMs: 3_600_000 } }, {}],
  ];
  const written = new Set<string>();
  for (const [keys, expected, expectedJob] of rows) {
    const found = check(keys);
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(found[field as keyof CheckSpec], value, keys);
    for (const [field, value] of Object.entries(expectedJob)) assert.deepEqual(found.job[field as keyof JobSpec], value, keys);
    for (const match of keys.matchAll(/^(\w+) =/gm)) written.add(match[1] ?? '');
  }
  assert.deepEqual(Object.keys(checkKeys).filter((name) => !written.has(name) && !Object.hasOwn(runKeys, name)), [], 'every key of a check alone has a row');
  assert.deepEqual(check('nice = 10\nuser = "nobody"\nheartbeat = "30s"').job.process.nice, 10);
});

test('defect 1: an interval that was changed in the file is the one that counts [A5]', () => {
  const [before, after] = ['30m', '10m'].map((every) => good(readToml(`[checks.bags]\ncommand = "find"\nevery = "${every}"`)));
  assert.ok(before && after);
  const [was, is] = [runnersOf(before)[0], runnersOf(after)[0]];
  assert.ok(was && is);
  assert.deepEqual(runnerChanges(was, is), [{ key: 'every', from: '30m', to: '10m', takes: 'live' }]);
});

test('each key of a fix says one thing [A10][A12][A13]', () => {
  const rows: readonly [string, Partial<FixSpec>][] = [
    ['command = "deliver"', { code: 'bag', checks: null, remedy: { kind: 'command' }, attempts: 3, retryDelayMs: 600_000, verify: false, cooldownMs: 0, maxParallel: 1, escalate: null, enabled: true, timeoutMs: 600_000 }],
    ['command = "deliver"\ncode = "late"\nfor = "bags"', { code: 'late', checks: ['bags'] }],
    ['restart = "worker:*"', { remedy: { kind: 'restart', name: 'worker:*' } }],
    ['signal = "web HUP"', { remedy: { kind: 'signal', name: 'web', signal: 'HUP' } }],
    ['scale = "worker +1"', { remedy: { kind: 'scale', name: 'worker', instances: '+1' } }],
    ['run = "rebuild"', { remedy: { kind: 'run', job: 'rebuild' } }],
    ['restart = "web"\nattempts = 5\nretry_delay = "30m"\nverify = true\ncooldown = "5m"\nmax_fixes = "3/h"\nmax_parallel = 4\nescalate = "kick"\nenabled = false',
      { attempts: 5, retryDelayMs: 1_800_000, verify: true, cooldownMs: 300_000, maxFixes: { max: 3, windowMs: 3_600_000 }, maxParallel: 4, escalate: 'kick', enabled: false }],
    ['restart = "web"\nescalate = "alert"\ntimeout = 0', { escalate: null, timeoutMs: null }],
  ];
  const written = new Set<string>();
  for (const [keys, expected] of rows) {
    const found = fix(keys);
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(found[field as keyof FixSpec], value, keys);
    assert.equal(found.job !== undefined, found.remedy.kind === 'command', keys);
    for (const match of keys.matchAll(/^(\w+) =/gm)) written.add(match[1] ?? '');
  }
  assert.deepEqual(Object.keys(fixKeys).filter((name) => !written.has(name) && !Object.hasOwn(runKeys, name)), [], 'every key of a fix alone has a row');
});

test('what is wrong names its line, its key and what to do [A17]', () => {
  const text = (fixes: string): string => `${PROGRAMS}[checks.bags]\ncommand = "find"\n${fixes}`;
  const line = PROGRAMS.split('\n').length + 2;
  for (const [fixes, message] of [
    ['[fixes.bag]\ncommand = "x"\nfor = "bgas"', `${line + 2} fixes.bag.for: there is no check "bgas" (did you mean "bags"?)`],
    ['[fixes.bag]\ncommand = "x"\nfor = ["bags", "no"]', `${line + 2} fixes.bag.for: there is no check "no"`],
    ['[fixes.bag]\nattempts = 2', `${line} fixes.bag: the fix does nothing (write one of command, restart, signal, scale and run)`],
    ['[fixes.bag]\ncommand = "x"\nrestart = "web"', 'a fix does one thing, and this one has command and restart'],
    ['[fixes.bag]\nrestart = "wep"', 'fixes.bag.restart: there is no program, process or group "wep" (did you mean "web"?)'],
    ['[fixes.bag]\nscale = "jobs +1"', 'there is no program "jobs"'],
    ['[fixes.bag]\nscale = "worker more"', 'expected a program and a number of copies'],
    ['[fixes.bag]\nsignal = "web NOPE"', 'expected a program or process and a signal'],
    ['[fixes.bag]\nrun = "check:bags"', 'there is no job "check:bags"'],
    ['[fixes.a]\nrestart = "web"\nescalate = "b"\n[fixes.b]\nrestart = "web"\nescalate = "a"', 'fixes cannot hand an issue on in a circle: a -> b -> a'],
    ['[fixes.a]\nrestart = "web"\nescalate = "c"', 'there is no fix "c"'],
    ['[fixes.a]\nrestart = "web"\ncode = "x"\n[fixes.b]\nrestart = "web"\ncode = "x"', 'fix "a" handles code "x" too'],
    ['[fixes.a]\nrestart = "web"\ncode = "x"\nfor = "bags"\n[fixes.b]\nrestart = "web"\ncode = "x"\nfor = ["bags"]', 'fix "a" handles code "x" too of check bags'],
    ['[fixes.a]\nrestart = "web"\nretries = 3', 'fixes.a.retries: unknown key (write attempts)'],
    ['[checks.c]\nexit_severity = { 1 = "bad" }\ncommand = "x"\noutput = "exit"', 'expected an exit code from 1 to 255 and one of minor, major, critical'],
    ['[checks.c]\ncommand = "x"\nexit_severity = { 1 = "minor" }', 'exit_severity does nothing without output = "exit"'],
    ['[checks.c]\nevery = "1h"', 'checks.c: the check has no command'],
    ['[checks.c]\ncommand = "x"\nevery = "1h"\nschedule = "@daily"', '"schedule" and "every" exclude each other'],
    ['[checks.c]\ncommand = "x"\ninterval = "1h"', 'checks.c.interval: unknown key (write every)'],
  ] as const)
    assert.ok(problems(text(fixes)).some((one) => one.includes(message)), `${message}\n${problems(text(fixes)).join('\n')}`);
  assert.deepEqual(problems(text('[fixes.a]\nrestart = "web"\ncode = "x"\nfor = "bags"\n[fixes.b]\nrestart = "web"\ncode = "x"')), [], 'one for a check beside one for all others is no mistake');
});

test('an INI file says the same in its own form', () => {
  const { config, problems: found } = readIni('[supervisord]\n[program:web]\ncommand=x\n[check:bags]\ncommand=find\nevery=10m\nmax_fixes=10/h\noutput=exit\nexit_severity=1=minor, 2=critical\n[fix:bag]\nrestart=web\nfor=bags\nattempts=5\nretry_delay=30m\n[issues]\nretention=30d\n');
  assert.deepEqual(found, []);
  assert.deepEqual(config?.checks.map(({ name, maxFixes, exitSeverity }) => [name, maxFixes.max, exitSeverity]), [['bags', 10, { 1: 'minor', 2: 'critical' }]]);
  assert.deepEqual(config?.fixes.map(({ name, attempts, retryDelayMs, checks }) => [name, attempts, retryDelayMs, checks]), [['bag', 5, 1_800_000, ['bags']]]);
  assert.equal(config?.issueSettings.retentionMs, 30 * 86_400_000);
});

test('closed issues are kept for seven days where nothing is written [A20]', () => {
  assert.equal(good(readToml('')).issueSettings.retentionMs, 7 * 86_400_000);
});

test('every field of a check and a fix is in its table of changes, and each is said in the words of the file', () => {
  const [before] = [fix('command = "a"')];
  const { job: _, ...spec } = before;
  assert.deepEqual(Object.keys(FIX_RULES).toSorted(), Object.keys(spec).toSorted());
  const { job: __, ...one } = check('');
  assert.deepEqual(Object.keys(CHECK_RULES).toSorted(), Object.keys(one).toSorted());
  const all = (text: string) => runnersOf(good(readToml(`${PROGRAMS}[checks.bags]\ncommand = "find"\n${text}`))).find(({ name }) => name === 'fix:bag');
  const [was, is] = [all('[fixes.bag]\nrestart = "web"'), all('[fixes.bag]\nsignal = "web HUP"\nattempts = 5')];
  assert.ok(was && is);
  assert.deepEqual(runnerChanges(was, is).map(({ key, from, to }) => [key, from, to]), [['restart', 'web', null], ['signal', null, 'web HUP'], ['attempts', 3, 5]]);
});

test('checks and fixes of a supervisord file are converted, and mean the same', () => {
  const text = '[supervisord]\n[program:web]\ncommand=x\n[check:bags]\ncommand=find\nevery=10m\nmax_fixes=10/h\nmin_free_disk=1MB:/srv\n[check:disk]\ncommand=df\noutput=exit\nexit_severity=1=minor, 2=critical\n[fix:bag]\ncommand=deliver\nfor=bags\nattempts=5\n[fix:kick]\nsignal=web HUP\n[fix:more]\nscale=web +1\n[issues]\nretention=30d\n';
  const { text: made, problems: found, differences } = convertIni('/etc/s.conf', memoryPort({ '/etc/s.conf': text }));
  assert.deepEqual([found, differences], [[], []]);
  for (const line of ['exit_severity = { 1 = "minor", 2 = "critical" }', 'signal = "web HUP"', 'scale = "web +1"', '[fixes.bag]']) assert.ok(made?.includes(line), line);
});
