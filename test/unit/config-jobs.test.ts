// [jobs] and [breakers]: what each key means, what is refused and where, who follows whom; in TOML and in INI.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convertIni } from '../../config/convert-ini.ts';
import { jobKeys } from '../../config/job-schema.ts';
import { showConfig } from '../../config/show.ts';
import type { JobSpec } from '../../config/job-spec.ts';
import type { Problem } from '../../config/spec.ts';
import type { Reading } from '../../config/read.ts';
import { good, memoryPort, places, processes, processNamed, readIni, readToml } from '../support/config-files.ts';
import { jobSpec } from '../support/specs.ts';

const toml = (keys: string, more = ''): string => `[jobs.report]\ncommand = "run"\n${keys}\n${more}`;
const jobs = (reading: Reading): readonly JobSpec[] => good(reading).jobs;

/** The one job of these keys. */
function job(keys: string, more = ''): JobSpec {
  const found = jobs(readToml(toml(keys, more))).find((one) => one.name === 'report');
  assert.ok(found);
  return found;
}

/** `line key: message` of each problem. */
const told = (problems: readonly Problem[], severity: Problem['severity'] = 'error'): string[] =>
  problems.filter((one) => one.severity === severity).map((one) => `${one.line} ${one.key}: ${one.message}${one.hint === null ? '' : ` (${one.hint})`}`);
const errors = (keys: string, more = ''): string[] => told(readToml(toml(keys, more)).problems);

test('a job that says only its command has the defaults of the tables [B22][B23][C55][C60][D35]', () => {
  const { process, origin, ...rest } = job('');
  const { process: _, origin: __, ...expected } = jobSpec('report');
  assert.deepEqual(rest, expected);
  assert.deepEqual(origin, { file: '/etc/reeve.toml', line: 1 });
  assert.deepEqual([process.id, process.restart, process.startMs, process.autostart, process.stdin, process.stdout.file, process.stderr?.file], ['job:report', 'temporary', 0, false, 'null', '/state/logs/job-report.log', '/state/logs/job-report.err.log']);
  assert.deepEqual(good(readToml(toml(''))).jobSettings, { maxParallel: null, deadLetterMs: 30 * 86_400_000, breakersEnabled: true });
});

test('what a run executes, as whom, where its output goes and how it is ended is read as for a program', () => {
  const keys = [
    'shell = true', 'directory = "app"', 'umask = "027"', 'user = "www:adm"', 'environment = { A = "1" }', 'environment_secret = ["A"]', 'env_file = "env"', 'inherit = ["PATH"]',
    'nice = 5', 'oom_score_adj = 100', 'rlimits = { core = 0 }', 'limits = { nofile = 64, action = "stop" }', 'exitcodes = [0, 2]', 'stop = ["INT 5s", "KILL"]', 'redirect_stderr = true',
    'stdout_logfile = "/var/log/report.log"', 'stdout_logfile_maxbytes = "1MB"', 'stdout_logfile_backups = 2', 'log_format = "json"', 'log_tee = true', 'control = true', 'kill_on_daemon_death = true',
  ].join('\n');
  const text = `[daemon]\nenvironment = { A = "0", B = "2" }\n[api]\nlisten = ["unix:/s"]\n${toml(keys)}`;
  const [{ process: p }] = jobs(readToml(text, { stateDir: '/state' }, { '/etc/env': 'C=3\n' })) as [JobSpec];
  const names = `[programs.report]\ncommand = "run"\nrestart = "temporary"\nstartsecs = 0\nautostart = false\n${keys}`;
  const program = processNamed(readToml(`[daemon]\nenvironment = { A = "0", B = "2" }\n[api]\nlisten = ["unix:/s"]\n${names}`, { stateDir: '/state' }, { '/etc/env': 'C=3\n' }), 'report');
  const { REEVE_PROCESS_NUM: _, ...environment } = program.environment;
  assert.deepEqual({ ...p, origin: null }, { ...program, id: 'job:report', group: 'job', environment, origin: null });
  assert.deepEqual(p.environment, { A: '1', B: '2', C: '3' });
});

test('as PID 1 the output of jobs is that of the container, as for programs', () => {
  const [{ process }] = jobs(readToml(toml(''), { pid1: true })) as [JobSpec];
  assert.deepEqual([process.stdout.file, process.stdout.tee, process.stderr?.tee], [null, 'stdout', 'stderr']);
});

/** Keys -> what the specification then says. */
const GOOD: readonly (readonly [string, Partial<JobSpec>])[] = [
  ['enabled = false', { enabled: false }],
  ['every = "15m"\nalign = true', { schedule: { kind: 'every', everyMs: 900_000, align: true, runOnStart: false } }],
  ['every = 0.5\nrun_on_start = true\njitter = "100ms"', { schedule: { kind: 'every', everyMs: 500, align: false, runOnStart: true }, jitterMs: 100 }],
  ['timezone = "africa/nairobi"', { timezone: 'Africa/Nairobi' }],
  ['every = 60\nnot_before = "2026-01-31T08:00:00Z"\nnot_after = "2026-01-31 12:00"\ntimezone = "Africa/Nairobi"', { notBefore: Date.UTC(2026, 0, 31, 8), notAfter: Date.UTC(2026, 0, 31, 9), timezone: 'Africa/Nairobi', schedule: { kind: 'every', everyMs: 60_000, align: false, runOnStart: false } }],
  ['every = 60\nnot_before = 2026-01-31T08:00:00+03:00\nnot_after = 2026-02-01', { notBefore: Date.UTC(2026, 0, 31, 5), notAfter: Date.UTC(2026, 1, 1) }],
  ['overlap = "queue"\nqueue_limit = 3', { overlap: 'queue', queueLimit: 3 }],
  ['misfire_grace = "5m"', { misfireGraceMs: 300_000 }],
  ['every = 60\ncatch_up = "all"', { catchUp: 'all' }],
  ['timeout = "10m"\nsoft_timeout = "8m"\nsoft_signal = "USR1"', { timeoutMs: 600_000, softTimeout: { afterMs: 480_000, signal: 'USR1' } }],
  ['timeout = 0\nsoft_timeout = 5', { timeoutMs: null, softTimeout: { afterMs: 5000, signal: 'TERM' } }],
  ['retries = 3', { retry: { max: 3, backoff: { policy: 'fixed', baseMs: 60_000, factor: 1, maxMs: 600_000, jitter: 0, resetMs: 0 }, on: null, notOn: [] } }],
  ['retries = -1\nretry_backoff = "exponential"', { retry: { max: null, backoff: { policy: 'exponential', baseMs: 1000, factor: 2, maxMs: 600_000, jitter: 1, resetMs: 0 }, on: null, notOn: [] } }],
  ['retries = 1\nretry_delay = "20m"\nretry_backoff = 1.5\nretry_jitter = 0.5', { retry: { max: 1, backoff: { policy: 'exponential', baseMs: 1_200_000, factor: 1.5, maxMs: 1_200_000, jitter: 0.5, resetMs: 0 }, on: null, notOn: [] } }],
  ['retries = 1\nretry_max_delay = "1h"\nretry_jitter = false\nretry_on = [75, "SIGKILL", "timeout", "stalled", "lost", "spawn"]\nno_retry_on = "TERM"', { retry: { max: 1, backoff: { policy: 'exponential', baseMs: 1000, factor: 2, maxMs: 3_600_000, jitter: 0, resetMs: 0 }, on: [75, 'KILL', 'timeout', 'stalled', 'lost', 'spawn'], notOn: ['TERM'] } }],
  ['retries = 1\nretry_delay = "2s"\nretry_backoff = "linear"\nretry_jitter = true', { retry: { max: 1, backoff: { policy: 'linear', baseMs: 2000, factor: 1, maxMs: 600_000, jitter: 1, resetMs: 0 }, on: null, notOn: [] } }],
  ['retries = 1\nexit_codes = { 75 = "retry", 69 = "abort", 3 = "success" }', { exitMap: { 75: 'retry', 69: 'abort', 3: 'success' } }],
  ['expires = "12h"', { expiresMs: 43_200_000 }],
  ['max_parallel = 2', { maxParallel: 2 }],
  ['rate = "100/m"', { rate: { max: 100, windowMs: 60_000 } }],
  ['rate = " 5 / 10s "', { rate: { max: 5, windowMs: 10_000 } }],
  ['at_least_once = true', { atLeastOnce: true }],
  ['unique_key = "invoice {args}"', { uniqueKey: 'invoice {args}' }],
  ['undo_command = "undo it"', { undo: { text: 'undo it', words: ['undo', 'it'], shell: false } }],
  ['min_free_disk = ["1GB:/var/lib", "10MB:data", "1KB", 7]\ndirectory = "app"', { minFreeDisk: [{ bytes: 1024 ** 3, path: '/var/lib' }, { bytes: 10 * 1024 ** 2, path: '/etc/data' }, { bytes: 1024, path: '/etc/app' }, { bytes: 7, path: '/etc/app' }] }],
  ['breaker = "smtp"\nfallback_command = ["say", "sorry"]\n[breakers.smtp]', { breaker: 'smtp', fallback: { text: 'say sorry', words: ['say', 'sorry'], shell: false } }],
  ['heartbeat = "30s"', { vitals: { heartbeat: { intervalMs: 30_000, misses: 3 }, progressTimeoutMs: null, onStuck: 'alert' }, notify: true }],
  ['heartbeat = true\nheartbeat_misses = 5\non_stuck = "kill"\nnotify = false', { vitals: { heartbeat: { intervalMs: 60_000, misses: 5 }, progressTimeoutMs: null, onStuck: 'kill' }, notify: false }],
  ['heartbeat = { interval = 10, misses = 2, on_stuck = "restart" }', { vitals: { heartbeat: { intervalMs: 10_000, misses: 2 }, progressTimeoutMs: null, onStuck: 'restart' } }],
  ['progress_timeout = "5m"\non_stuck = "none"', { vitals: { heartbeat: null, progressTimeoutMs: 300_000, onStuck: 'none' }, notify: true }],
  ['notify = true', { notify: true }],
  ['on_shutdown = "signal"\ndrain_signal = "USR2"\ndrain_timeout = "90s"\ndrain_cancel = false', { onShutdown: 'signal', drainSignal: 'USR2', drainTimeoutMs: 90_000, drainCancel: false }],
  ['stale_after = "1h"', { stale: { afterMs: 3_600_000, action: 'alert' } }],
  ['stale_after = "1h"\nstale_action = "rerun"', { stale: { afterMs: 3_600_000, action: 'rerun' } }],
  ['dead_letters = false', { deadLetters: false }],
  ['history = { ok = "1d", keep = 10 }', { history: { okMs: 86_400_000, failedMs: 5 * 86_400_000, keep: 10 } }],
  ['priority = 5', { priority: 5 }],
];

test('each key of a job says one thing [B14][B18][B25][B26][C19][C20][C55][D2][D8][D9][D23][D28][D30][D31][D32][D33][D39]', () => {
  const written = new Set<string>();
  for (const [keys, expected] of GOOD) {
    const found = job(keys);
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(found[field as keyof JobSpec], value, keys);
    for (const match of keys.matchAll(/^(\w+) =/gm)) written.add(match[1] ?? '');
  }
  for (const name of ['schedule', 'day_match', 'after', 'on_success', 'on_failure']) written.add(name);
  const own = Object.keys(jobKeys).filter((name) => !['command', 'shell', 'directory'].includes(name));
  const shared = own.slice(0, own.indexOf('schedule'));
  assert.deepEqual(own.filter((name) => !written.has(name) && !shared.includes(name)), [], 'every key of a job alone has a row');
});

test('defect 10: a schedule is read as cron says it, in one zone: that of the job, of [jobs], or of the host [B18][B28][D13]', () => {
  const found = job('schedule = "0 8 1 * mon"\nday_match = "and"\ntimeout = 60');
  assert.ok(found.schedule?.kind === 'cron');
  assert.deepEqual([found.schedule.text, found.schedule.cron.dayMatch, found.timezone], ['0 8 1 * mon', 'and', 'UTC']);
  const text = '[jobs]\ntimezone = "Africa/Nairobi"\nmisfire_grace = "2m"\ncatch_up = "none"\ntimeout = "1h"\nhistory = { keep = 7 }\nmax_parallel = 3\ndead_retention = 0\n[breakers]\nenabled = false\n[jobs.a]\ncommand = "run"\n[jobs.b]\ncommand = "run"\ntimezone = "Asia/Kolkata"\nmisfire_grace = "9m"\nevery = 60\ncatch_up = "all"\ntimeout = 0\nhistory = { ok = "1d" }';
  const config = good(readToml(text));
  const said = config.jobs.map((one) => [one.name, one.timezone, one.misfireGraceMs, one.catchUp, one.timeoutMs, one.history.keep]);
  assert.deepEqual(said, [['a', 'Africa/Nairobi', 120_000, 'none', 3_600_000, 7], ['b', 'Asia/Kolkata', 540_000, 'all', null, 7]]);
  assert.deepEqual(config.jobSettings, { maxParallel: 3, deadLetterMs: 0, breakersEnabled: false });
  assert.deepEqual(told(readToml(text).problems, 'warning'), [], 'a limit for all jobs is a limit');
});

test('what is wrong names its line, its key and what to do', () => {
  for (const [keys, message] of [
    ['schedule = "61 * * * *"', /^3 jobs\.report\.schedule: .*minute.*61/],
    ['schedule = "0 0 31 2 *"', /^3 jobs\.report\.schedule: .*never comes/],
    ['schedule = "daily"', /did you mean "@daily"/],
    ['every = "10ms"', /expected a duration of at least 100 ms such as "30s" or "15m", got "10ms"/],
    ['timezone = "Africa/Nairob"', /there is no time zone "Africa\/Nairob": did you mean "Africa\/Nairobi"/],
    ['timezone = 3', /expected a time zone/],
    ['every = 60\nnot_before = "2026-02-30"', /^4 jobs\.report\.not_before: expected a time such as/],
    ['every = 60\nnot_before = "tomorrow"', /got "tomorrow"/],
    ['overlap = "never"', /expected "skip" or "queue" or "kill" or "allow", got "never"/],
    ['retries = -2', /expected a whole number from 0 to 1000000, or -1 \(for ever\), got -2/],
    ['retries = 1\nretry_backoff = 0.5', /expected "fixed", "linear", "exponential"/],
    ['retries = 1\nretry_jitter = 2', /expected a number from 0 to 1, true \(1\) or false \(0\), got 2/],
    ['retries = 1\nretry_on = [75, "timout"]', /^4 jobs\.report\.retry_on\[1\]: expected an exit code, a signal, or .*got "timout"/],
    ['exit_codes = { 300 = "abort" }', /exit_codes\.300: expected an exit code from 0 to 255/],
    ['exit_codes = { 75 = "again" }', /exit_codes\.75: expected "success", "retry" or "abort", got "again"/],
    ['rate = "fast"', /expected starts in a time such as "100\/m"/],
    ['rate = "0/m"', /expected starts/],
    ['min_free_disk = "1GB:"', /expected a size above 0, or "SIZE:PATH"/],
    ['history = { good = "1d" }', /history\.good: unknown key: history has ok, failed and keep/],
    ['history = { ok = "long" }', /history\.ok: expected a duration/],
    ['history = 5', /expected a table such as \{ ok = "2d"/],
    ['heartbeat = "1ms"', /expected a duration of at least 100 ms such as "60s", true \(60s\), or a table/],
    ['heartbeat = { every = 1 }', /heartbeat\.every: unknown key: a heartbeat has interval, misses and on_stuck/],
    ['heartbeat = { misses = 0 }', /heartbeat\.misses: expected a whole number from 1 to 1000/],
    ['max_parallel = 0', /expected a whole number from 1 to 10000/],
    ['undo_command = "it \'s"', /undo_command: can't parse command/],
    ['cron = "* * * * *"', /^3 jobs\.report\.cron: unknown key \(write schedule\)/],
    ['depends_on = ["x"]', /depends_on: unknown key \(write after\)/],
    ['shedule = "* * * * *"', /unknown key \(did you mean "schedule"\?\)/],
  ] as const)
    assert.match(errors(keys).join('\n'), message, keys);
  assert.match(told(readToml('[jobs.a]\nevery = 60').problems).join('\n'), /^1 jobs\.a: the job has no command \(write command = "\.\.\."\)/);
  assert.match(told(readToml('[jobs.a]\ncommand = "it \'s"').problems).join('\n'), /^2 jobs\.a\.command: can't parse command/);
});

test('retry_delay means something without retries where what is stuck, or over a limit, is run again', () => {
  for (const keys of ['on_stuck = "restart"\nheartbeat = "60s"\nretry_delay = "5s"', 'limits = { memory = "1GB", action = "restart" }\nretry_delay = "5s"'])
    assert.equal(job(keys).retry.backoff.baseMs, 5000, keys);
});

test('keys that are good by themselves and wrong together are refused', () => {
  for (const [keys, message] of [
    ['schedule = "0 8 * * *"\nevery = 60', /every: "schedule" and "every" exclude each other/],
    ['schedule = "0 8 * * *"\nalign = true', /align does nothing without every/],
    ['jitter = "5s"', /jitter does nothing without schedule or every/],
    ['day_match = "and"', /day_match does nothing without schedule/],
    ['every = 60\njitter = "2m"', /the jitter is not shorter than every/],
    ['every = 60\nnot_before = "2026-02-01"\nnot_after = "2026-01-01"', /not_after is not later than not_before/],
    ['timeout = 60\nsoft_timeout = 60', /soft_timeout is not before timeout/],
    ['soft_signal = "USR1"', /soft_signal does nothing without soft_timeout/],
    ['retry_delay = "5s"', /retry_delay does nothing without retries \(write retries = 3\)/],
    ['exit_codes = { 75 = "retry" }', /exit code 75 is to be tried again, but there are no retries/],
    ['retries = 1\nretry_delay = "1h"\nretry_max_delay = "1m"', /begins above it/],
    ['retries = 1\nretry_backoff = "fixed"\nretry_max_delay = "2m"', /does nothing where retry_backoff is "fixed"/],
    ['exitcodes = [0, 69]\nexit_codes = { 69 = "abort" }', /exit code 69 is success in exitcodes and abort here/],
    ['unique_key = "{arg}"', /\{arg\} is not known: use \{args\}/],
    ['stale_action = "fail"', /stale_action does nothing without stale_after/],
    ['fallback_command = "x"', /fallback_command does nothing without breaker/],
    ['on_shutdown = "signal"', /on_shutdown = "signal" needs drain_signal/],
    ['heartbeat_misses = 2', /heartbeat_misses does nothing without heartbeat/],
    ['heartbeat = { misses = 2 }\nheartbeat_misses = 2', /exclude each other/],
    ['on_stuck = "kill"', /on_stuck does nothing without heartbeat or progress_timeout/],
    ['stop = "TERM 5s"\nstopsignal = "INT"', /"stopsignal" and "stop" exclude each other/],
    ['rlimits = { nofile = 1 }\nlimits = { nofile = 1 }', /"nofile" is also written in rlimits/],
  ] as const)
    assert.match(errors(keys).join('\n'), message, keys);
});

test('a scheduled job without a timeout, and a schedule that surprises, are warned of [D14]', () => {
  const warnings = (keys: string): string[] => told(readToml(toml(keys)).problems, 'warning');
  assert.match(warnings('schedule = "0 8 * * *"').join('\n'), /^1 jobs\.report: the job has no timeout: a run that hangs keeps all later ones from starting \(write timeout = "1h", or timeout = 0/);
  assert.match(warnings('every = 60\noverlap = "allow"').join('\n'), /is never ended/);
  for (const quiet of ['', 'schedule = "0 8 * * *"\ntimeout = 0', 'every = 60\nheartbeat = 60\non_stuck = "kill"', 'every = 60\ntimeout = 60']) assert.deepEqual(warnings(quiet), [], quiet);
  assert.match(warnings('schedule = "* * * * 1"\ntimeout = 60').join('\n'), /^3 jobs\.report\.schedule: the schedule runs every minute of each day that matches/);
});

test('chains: after is on_success seen from the other side; names that are none and circles are refused with the way [D42]', () => {
  const text = '[jobs.extract]\ncommand = "e"\non_failure = ["alarm"]\n[jobs.load]\ncommand = "l"\nafter = ["extract"]\non_success = "tell"\n[jobs.tell]\ncommand = "t"\nafter = "extract"\n[jobs.alarm]\ncommand = "a"';
  assert.deepEqual(jobs(readToml(text)).map(({ name, chains }) => [name, chains.success, chains.failure]), [['extract', ['load', 'tell'], ['alarm']], ['load', ['tell'], []], ['tell', [], []], ['alarm', [], []]]);
  const bad = (more: string): string[] => told(readToml(more).problems);
  assert.deepEqual(bad('[jobs.a]\ncommand = "x"\nafter = ["b", "extrct"]\n[jobs.extract]\ncommand = "x"\n[jobs.b]\ncommand = "x"'), ['3 jobs.a.after: there is no job "extrct" (did you mean "extract"?)']);
  assert.match(bad('[jobs.a]\ncommand = "x"\non_success = ["a"]').join('\n'), /^3 jobs\.a\.on_success: a job cannot follow itself/);
  assert.deepEqual(bad('[jobs.a]\ncommand = "x"\non_success = ["b"]\n[jobs.b]\ncommand = "x"\non_failure = ["c"]\n[jobs.c]\ncommand = "x"\n[jobs.d]\ncommand = "x"\nafter = ["c"]\non_success = "a"'), [
    '3 jobs.a.on_success: jobs cannot follow each other in a circle: a -> b -> c -> d -> a',
  ]);
});

test('breakers have their numbers; who names one that is not there is told [C42][C43][C44][C45][C53]', () => {
  const config = good(readToml('[breakers.smtp]\nfailures = 10\nsuccesses = 3\ntrials = 1\ncooldown = "10m"\n[breakers.plain]\n[programs.web]\ncommand = "w"\nbreaker = "smtp"'));
  assert.deepEqual(config.breakers, [
    { name: 'smtp', failures: 10, successes: 3, trials: 1, cooldownMs: 600_000, origin: { file: '/etc/reeve.toml', line: 1 } },
    { name: 'plain', failures: 5, successes: 2, trials: 3, cooldownMs: 300_000, origin: { file: '/etc/reeve.toml', line: 6 } },
  ]);
  assert.deepEqual(errors('breaker = "smpt"', '[breakers.smtp]'), ['3 jobs.report.breaker: there is no breaker "smpt" (did you mean "smtp"?)']);
  assert.deepEqual(told(readToml('[programs.web]\ncommand = "w"\nbreaker = "smtp"\nnumprocs = 2').problems), ['1 programs.web.breaker: there is no breaker "smtp" (write [breakers.smtp])']);
  assert.deepEqual(places(readToml('[breakers.smtp]\nfailures = 0\ncooldwn = 1').problems), ['2 breakers.smtp.failures', '3 breakers.smtp.cooldwn']);
});

test('in [jobs] and [breakers] settings and names are told apart', () => {
  const bad = (text: string): string[] => told(readToml(text).problems);
  assert.deepEqual(bad('[jobs.timezone]\ncommand = "x"'), ['1 jobs.timezone: "timezone" is a setting of [jobs] and cannot be the name of a job (call the job something else)']);
  assert.deepEqual(bad('[jobs.history]\ncommand = "x"\nevery = 5'), ['1 jobs.history: "history" is a setting of [jobs] and cannot be the name of a job (call the job something else)']);
  assert.deepEqual(bad('[breakers.enabled]\nfailures = 1'), ['1 breakers.enabled: "enabled" is a setting of [breakers] and cannot be the name of a breaker (call the breaker something else)']);
  assert.deepEqual(bad('[jobs]\ntimezon = "UTC"\nreport = "x"'), ['2 jobs.timezon: unknown key (did you mean "timezone"?)', '3 jobs.report: expected a table, got "x" (write [jobs.NAME] above the key)']);
  assert.match(bad('[jobs."a b"]\ncommand = "x"').join('\n'), /a name cannot be empty or contain blanks/);
  assert.match(bad('[jobs.x]\ncommand = "x"\n[groups.job]\nmembers = ["x"]\n[programs.x]\ncommand = "x"').join('\n'), /the process "job:x" has the name of a job/);
  const two = readToml('include = "more.toml"\n[jobs]\ntimezone = "UTC"\n[jobs.a]\ncommand = "x"\n[breakers.b]', {}, { '/etc/more.toml': '[jobs]\ntimezone = "UTC"\n[jobs.a]\ncommand = "y"\n[breakers.b]' });
  assert.deepEqual(two.problems.map((one) => `${one.file}:${one.line} ${one.message}`), [
    '/etc/more.toml:2 jobs.timezone is already written in /etc/reeve.toml:3',
    '/etc/more.toml:3 job "a" is already written in /etc/reeve.toml:4',
    '/etc/more.toml:5 breaker "b" is already written in /etc/reeve.toml:6',
  ]);
});

const INI = `[supervisord]
environment=A="0"
[program:web]
command=w
heartbeat=30s
on_stuck=restart
breaker=smtp
drain_signal=USR1
drain_timeout=5m
[job:report]
command=run %(here)s/x ; nightly
schedule=0 8 * * 1-5
timezone=Africa/Nairobi
environment=B="%(job_name)s"
stopwaitsecs=5
retries=3
retry_on=75, KILL, timeout
exit_codes=75=retry, 69=abort
heartbeat=interval=10s, misses=2
min_free_disk=1GB:/var/lib, 1KB
history=ok=1d, keep=10
rate=5/m
enabled=%(ENV_JOBS)s
on_success=mail
timeout=10m
[job:mail]
command=mail
retry_backoff=2
retries=-1
[jobs]
max_parallel=4
[breaker:smtp]
failures=10
`;

test('an INI says jobs, breakers and signs of life with the same keys, as text [B34]', () => {
  const reading = readIni(INI, {}, { JOBS: 'false' });
  const config = good(reading);
  assert.deepEqual(told(reading.problems, 'warning'), []);
  const [report, mail] = config.jobs;
  assert.ok(report?.schedule?.kind === 'cron' && mail);
  assert.deepEqual([report.process.command.words, report.schedule.text, report.timezone, report.process.environment], [['run', '/etc/x'], '0 8 * * 1-5', 'Africa/Nairobi', { A: '0', B: 'report' }]);
  assert.deepEqual([report.retry.max, report.retry.on, report.exitMap, report.vitals.heartbeat], [3, [75, 'KILL', 'timeout'], { 75: 'retry', 69: 'abort' }, { intervalMs: 10_000, misses: 2 }]);
  assert.deepEqual([report.minFreeDisk, report.history, report.rate, report.enabled, report.chains.success], [[{ bytes: 1024 ** 3, path: '/var/lib' }, { bytes: 1024, path: '/srv' }], { okMs: 86_400_000, failedMs: 5 * 86_400_000, keep: 10 }, { max: 5, windowMs: 60_000 }, false, ['mail']]);
  assert.deepEqual([mail.retry.max, mail.retry.backoff.factor, report.process.stop[0]?.waitMs, report.process.processGroup], [null, 2, 5000, 'session']);
  assert.deepEqual([config.jobSettings.maxParallel, config.breakers[0]?.failures], [4, 10]);
  const web = processNamed(reading, 'web');
  assert.deepEqual([web.vitals, web.notify, web.breaker, web.drainSignal, web.drainTimeoutMs], [{ heartbeat: { intervalMs: 30_000, misses: 3 }, progressTimeoutMs: null, onStuck: 'restart' }, true, 'smtp', 'USR1', 300_000]);
});

test('mistakes in INI jobs have their line too; unknown keys are warnings there', () => {
  const reading = readIni('[supervisord]\n[job:a]\ncommand=x\nschedule=0 0 31 2 *\nretries=many\nretry_dely=5\n[job:b]\nevery=60\ntimeout=1\n');
  assert.deepEqual(places(reading.problems), ['4 job:a.schedule', '5 job:a.retries', '7 job:b']);
  assert.match(told(reading.problems, 'warning').join('\n'), /^6 job:a\.retry_dely: unknown key, ignored \(did you mean "retry_delay"\?\)/m);
  assert.match(told(readIni('[supervisord]\n[jobs:a]\ncommand=x\n').problems, 'warning').join('\n'), /unknown section, ignored \(did you mean "job:"\?\)/);
});

test('the jobs of an INI are converted to TOML that means the same', () => {
  const { text, differences } = convertIni('/etc/s.conf', memoryPort({ '/etc/s.conf': INI.replace('[jobs]', '# as many as workers\n[jobs]') }, { JOBS: 'true', HOME: '/root' }));
  assert.deepEqual(differences, [], text ?? '');
  assert.match(text ?? '', /\[jobs\.report\]\ncommand = "run \/etc\/x"  # nightly\nschedule = "0 8 \* \* 1-5"/);
  assert.match(text ?? '', /# as many as workers\n\[jobs\]\nmax_parallel = 4/);
  assert.doesNotMatch(text ?? '', /nobody reads this/);
});

test('programs take signs of life, a breaker and a drain, and refuse what makes no sense', () => {
  const spec = processNamed(readToml('[breakers.db]\n[programs.p]\ncommand = "x"\nheartbeat = { interval = "30s", misses = 5, on_stuck = "restart" }\nprogress_timeout = "5m"\nbreaker = "db"\ndrain_signal = "USR1"\ndrain_timeout = "2m"'), 'p');
  assert.deepEqual([spec.vitals, spec.notify, spec.breaker, spec.drainSignal, spec.drainTimeoutMs], [{ heartbeat: { intervalMs: 30_000, misses: 5 }, progressTimeoutMs: 300_000, onStuck: 'restart' }, true, 'db', 'USR1', 120_000]);
  const bad = (keys: string): string => told(readToml(`[programs.p]\ncommand = "x"\n${keys}`).problems).join('\n');
  assert.match(bad('heartbeat_misses = 3'), /^3 programs\.p\.heartbeat_misses: heartbeat_misses does nothing without heartbeat/);
  assert.match(bad('ready = { notify = true }\nnotify = false'), /^4 programs\.p\.notify: ready = \{ notify = true \} needs NOTIFY_SOCKET/);
  assert.equal(processNamed(readToml('[programs.p]\ncommand = "x"\nready = { notify = true }'), 'p').notify, true);
});

test('config show says jobs without their secrets', () => {
  const config = good(readToml(toml('environment = { TOKEN = "geheim" }\nenvironment_secret = "TOKEN"\nundo_command = "undo geheim"\nbreaker = "b"\nfallback_command = "other geheim"\nschedule = "0 8 * * *"\ntimeout = 5', '[breakers.b]')));
  const text = JSON.stringify(showConfig(config));
  assert.doesNotMatch(text, /geheim/);
  assert.match(text, /"schedule":\{"kind":"cron","text":"0 8 \* \* \*","dayMatch":"or"\}/);
});

test('--only leaves down what it does not name, and knows it all the same [B34]', () => {
  const text = '[programs.web]\ncommand = "w"\n[programs.a]\ncommand = "a"\n[programs.b]\ncommand = "b"\n[groups.pair]\nmembers = ["a", "b"]\n[jobs.x]\ncommand = "x"\n[jobs.y]\ncommand = "y"';
  const up = (only: readonly string[]): string[] => {
    const config = good(readToml(text, { only }));
    return [...processes(config.tree).filter((one) => one.autostart).map((one) => one.id), ...config.jobs.filter((one) => one.enabled).map((one) => one.name)];
  };
  assert.deepEqual(up(['web']), ['web:web']);
  assert.deepEqual(up(['pair', 'x']), ['pair:a', 'pair:b', 'x']);
  assert.deepEqual(up(['pair:b', 'jobs']), ['pair:b', 'x', 'y']);
  assert.deepEqual(told(readToml(text, { only: ['wbe'] }).problems), ['0 null: cannot start only "wbe": there is no such program, group or job (did you mean "web"?)']);
});
