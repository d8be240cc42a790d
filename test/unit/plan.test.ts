// What a changed file asks for, key by key: the table, and the plan that comes of it. Pure.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BREAKER_RULES, breakerChanges, JOB_RULES, JOB_SETTING_RULES, jobChanges } from '../../config/job-changes.ts';
import { parseCron } from '../../config/cron.ts';
import type { CronSpec } from '../../config/cron.ts';
import type { JobSpec } from '../../config/job-spec.ts';
import { settingChanges, API_RULES, DAEMON_RULES, takenLive } from '../../config/daemon-changes.ts';
import { GROUP_RULES, groupChanges, keepAutoFiles, PROCESS_RULES, processChanges } from '../../config/process-changes.ts';
import { NO_LIMITS } from '../../config/limits-spec.ts';
import type { GroupSpec, MemberSpec, OutputSpec, ProcessSpec } from '../../config/spec.ts';
import { isEmpty, planNamed, planOf } from '../../daemon/core/plan.ts';
import type { TreePlan } from '../../daemon/core/plan.ts';
import { changeLine } from '../../daemon/contract/plan.ts';
import { planLines } from '../../ctl/plan-lines.ts';
import { readToml } from '../support/config-files.ts';
import { breakerSpec, groupSpec, jobSpec, NO_OUTPUT, processSpec } from '../support/specs.ts';

const LOG: OutputSpec = { ...NO_OUTPUT, file: '/var/log/a.log', maxBytes: 50 * 1024 ** 2, backups: 10 };
const web = processSpec('web:web', { stdout: LOG, stderr: LOG });
const root = (...members: readonly MemberSpec[]): GroupSpec => groupSpec('', members);
const plan = (before: GroupSpec, after: GroupSpec, down: (spec: ProcessSpec) => boolean = () => false): TreePlan => planOf(before, after, { process: processChanges, group: groupChanges }, down);
const actions = (made: TreePlan): Record<string, string> => Object.fromEntries([...made.groups.map((g) => [`${g.group}:*`, g.action]), ...made.processes.map((p) => [p.process, p.action])]);

/** A change of one field: what it asks for, and which keys of the file it names. */
const FIELDS: readonly (readonly [Partial<ProcessSpec>, 'live' | 'restart', readonly string[]])[] = [
  [{ command: { text: 'false', words: ['false'], shell: false } }, 'restart', ['command']],
  [{ command: { text: 'true', words: ['/bin/sh', '-c', 'true'], shell: true } }, 'restart', ['command', 'shell']],
  [{ directory: '/srv' }, 'restart', ['directory']],
  [{ umask: 0o27 }, 'restart', ['umask']],
  [{ user: 'nobody' }, 'restart', ['user']],
  [{ userGroup: 'adm' }, 'restart', ['user']],
  [{ oomScoreAdj: 5 }, 'restart', ['oom_score_adj']],
  [{ rlimits: { nofile: { soft: 4096, hard: Infinity } } }, 'restart', ['rlimits.nofile']],
  [{ limits: { ...NO_LIMITS, memoryBytes: 512 * 1024 ** 2, cpuPercent: 80, disk: [{ path: '/srv', bytes: 1024 ** 3 }], action: 'restart', grace: 'finish' } }, 'live', ['limits.memory', 'limits.cpu', 'limits.disk', 'limits.action', 'limits.grace']],
  [{ limits: { ...NO_LIMITS, files: 4096, processes: 9, runtimeMs: 3_600_000, warnAt: 0.8, windowMs: 60_000, everyMs: 1000, throttle: true } }, 'live', ['limits.nofile', 'limits.processes', 'limits.runtime', 'limits.warn_at', 'limits.window', 'limits.every', 'limits.throttle']],
  [{ recycle: { maxAgeMs: 60_000, jitterMs: 1000, maxJobs: 5, together: true } }, 'live', ['max_age', 'max_age_jitter', 'max_jobs_per_child', 'recycle_together']],
  [{ killOnDaemonDeath: true }, 'restart', ['kill_on_daemon_death']],
  [{ environment: { A: 'x' } }, 'restart', ['environment.A']],
  [{ inherit: ['PATH'] }, 'restart', ['inherit']],
  [{ serverUrl: 'auto' }, 'restart', ['control']],
  [{ stdin: 'pipe' }, 'restart', ['stdin']],
  [{ notify: true }, 'restart', ['notify']],
  [{ hooks: { pre_start: { command: { text: 'x', words: ['x'], shell: false }, timeoutMs: 1000 } } }, 'live', ['hooks.pre_start']],
  [{ watch: { patterns: ['*.py'], ignore: ['x'], directory: null, debounceMs: 500 } }, 'live', ['watch', 'watch_ignore', 'watch_debounce']],
  [{ vitals: { heartbeat: { intervalMs: 60_000, misses: 3 }, progressTimeoutMs: 1000, onStuck: 'kill' } }, 'live', ['heartbeat', 'heartbeat_misses', 'on_stuck', 'progress_timeout']],
  [{ health: { probes: [{ kind: 'tcp', address: { host: '127.0.0.1', port: 80 }, name: 'tcp', intervalMs: 1000, timeoutMs: 1000, failures: 3, successes: 2, startPeriodMs: 0 }], onUnhealthy: 'alert', restartOnDegraded: true } }, 'live', ['on_unhealthy', 'restart_on_degraded', 'health.tcp']],
  [{ autoscale: { min: 1, max: 4, source: { kind: 'cpu' }, target: 70, intervalMs: 1000, upDelayMs: 0, downDelayMs: 0 } }, 'live', ['min', 'max', 'scale_metric', 'scale_target', 'scale_interval', 'scale_up_delay', 'scale_down_delay']],
  [{ breaker: 'smtp' }, 'live', ['breaker']],
  [{ drainSignal: 'USR1' }, 'live', ['drain_signal']],
  [{ drainTimeoutMs: 1000 }, 'live', ['drain_timeout']],
  [{ processGroup: 'group' }, 'restart', ['process_group']],
  [{ program: 'other' }, 'restart', ['program']],
  [{ num: 4 }, 'restart', ['numprocs_start']],
  [{ stderr: null }, 'restart', ['redirect_stderr']],
  [{ nice: 5 }, 'live', ['nice']],
  [{ secrets: ['A'] }, 'live', ['environment_secret']],
  [{ autostart: false }, 'live', ['autostart']],
  [{ oneshot: true }, 'live', ['type']],
  [{ ready: { kind: 'notify' } }, 'restart', ['ready']],
  [{ startTimeoutMs: 5000 }, 'live', ['start_timeout']],
  [{ dependsOn: [{ name: 'db', kind: 'program', condition: 'ready', restartWith: true }] }, 'live', ['depends_on', 'restart_with']],
  [{ priority: 1 }, 'live', ['priority']],
  [{ restart: 'transient' }, 'live', ['restart']],
  [{ exitCodes: [0, 2] }, 'live', ['exitcodes']],
  [{ startMs: 5000 }, 'live', ['startsecs']],
  [{ startRetries: 3 }, 'live', ['startretries']],
  [{ startExit: 'retry' }, 'live', ['start_exit']],
  [{ missing: 'retry' }, 'live', ['missing']],
  [{ backoff: { ...web.backoff, baseMs: 2000 } }, 'live', ['restart_delay']],
  [{ startBackoff: { ...web.backoff, maxMs: 90_000 } }, 'live', ['restart_max_delay']],
  [{ intensity: { max: 3, windowMs: 60_000 } }, 'live', ['max_restarts']],
  [{ stop: [{ signal: 'QUIT', scope: 'main', waitMs: 5000 }] }, 'live', ['stop']],
  [{ sweep: false }, 'live', ['sweep']],
  [{ onFailure: 'exit' }, 'live', ['on_failure']],
  [{ exitCode: 'own' }, 'live', ['exit_code']],
  [{ stdout: { ...LOG, file: '/var/log/b.log', maxBytes: 1024 ** 2, backups: 3 } }, 'live', ['stdout_logfile', 'stdout_logfile_maxbytes', 'stdout_logfile_backups']],
  [{ stdout: { ...LOG, tee: 'stdout', format: 'json', timestamp: true, stripAnsi: true, full: 'drop', ringBytes: 1, gzip: true } }, 'live', ['log_gzip', 'log_tee', 'log_format', 'log_timestamp', 'strip_ansi', 'log_full', 'log_ring']],
  [{ stderr: { ...LOG, captureBytes: 1024, events: true, syslog: true } }, 'live', ['stderr_capture_maxbytes', 'stderr_events_enabled', 'stderr_syslog']],
  [{ origin: { file: '/other.toml', line: 7 } }, 'live', []],
];

const job = jobSpec('report', { process: processSpec('job:report', { stdout: LOG, stderr: LOG }) });
const undo = { text: './undo', words: ['./undo'], shell: false };

/** A change of one field of a job, and which keys of the file it names. */
const JOB_FIELDS: readonly (readonly [Partial<JobSpec>, readonly string[]])[] = [
  [{ process: { ...job.process, command: { text: 'false', words: ['false'], shell: false } } }, ['command']],
  [{ process: { ...job.process, environment: { A: 'x' }, directory: '/srv' } }, ['directory', 'environment.A']],
  [{ enabled: false }, ['enabled']],
  [{ schedule: { kind: 'cron', text: '0 8 * * *', cron: parseCron('0 8 * * *', 'or') as CronSpec } }, ['schedule', 'day_match']],
  [{ schedule: { kind: 'every', everyMs: 1000, align: true, runOnStart: true } }, ['every', 'align', 'run_on_start']],
  [{ timezone: 'Africa/Nairobi' }, ['timezone']],
  [{ jitterMs: 1 }, ['jitter']],
  [{ notBefore: 0 }, ['not_before']],
  [{ notAfter: 0 }, ['not_after']],
  [{ overlap: 'kill' }, ['overlap']],
  [{ queueLimit: 1 }, ['queue_limit']],
  [{ misfireGraceMs: 1 }, ['misfire_grace']],
  [{ catchUp: 'all' }, ['catch_up']],
  [{ timeoutMs: 1 }, ['timeout']],
  [{ softTimeout: { afterMs: 1, signal: 'USR1' } }, ['soft_timeout', 'soft_signal']],
  [{ retry: { max: null, backoff: { policy: 'exponential', baseMs: 1, factor: 3, maxMs: 9, jitter: 1, resetMs: 0 }, on: ['timeout'], notOn: [65] } }, ['retries', 'retry_delay', 'retry_backoff', 'retry_max_delay', 'retry_jitter', 'retry_on', 'no_retry_on']],
  [{ exitMap: { 75: 'retry' } }, ['exit_codes.75']],
  [{ expiresMs: 1 }, ['expires']],
  [{ maxParallel: 2 }, ['max_parallel']],
  [{ rate: { max: 5, windowMs: 1000 } }, ['rate']],
  [{ atLeastOnce: true }, ['at_least_once']],
  [{ chains: { success: ['a'], failure: ['b'] } }, ['on_success', 'on_failure']],
  [{ uniqueKey: '{args}' }, ['unique_key']],
  [{ undo }, ['undo_command']],
  [{ minFreeDisk: [{ path: '/', bytes: 1024 }] }, ['min_free_disk']],
  [{ breaker: 'smtp' }, ['breaker']],
  [{ fallback: undo }, ['fallback_command']],
  [{ vitals: { heartbeat: { intervalMs: 60_000, misses: 3 }, progressTimeoutMs: 1000, onStuck: 'kill' } }, ['heartbeat', 'heartbeat_misses', 'on_stuck', 'progress_timeout']],
  [{ notify: true }, ['notify']],
  [{ onShutdown: 'handback' }, ['on_shutdown']],
  [{ drainTimeoutMs: 1 }, ['drain_timeout']],
  [{ drainSignal: 'USR1' }, ['drain_signal']],
  [{ drainCancel: false }, ['drain_cancel']],
  [{ stale: { afterMs: 1, action: 'fail' } }, ['stale_after', 'stale_action']],
  [{ deadLetters: false }, ['dead_letters']],
  [{ history: { okMs: 1, failedMs: 2, keep: 3 } }, ['history']],
  [{ priority: 1 }, ['priority']],
  [{ origin: { file: '/other.toml', line: 7 } }, []],
];

test('each field of a job is taken live, in the words of the file; no value of its environment is said [B17][D22]', () => {
  for (const [change, keys] of JOB_FIELDS) {
    const changes = jobChanges(job, { ...job, ...change });
    assert.deepEqual(changes.map((one) => one.key), keys, JSON.stringify(change));
    for (const one of changes) assert.equal(one.takes, 'live', one.key);
  }
  const tried = new Set(JOB_FIELDS.flatMap(([change]) => Object.keys(change)));
  assert.deepEqual(Object.keys(JOB_RULES).filter((field) => !tried.has(field)), ['kind', 'role', 'name'], 'only what makes it the one it is is not tried');
  const secret = (token: string): JobSpec => ({ ...job, undo: { text: `undo ${token}`, words: ['undo', token], shell: false }, process: { ...job.process, environment: { TOKEN: token }, secrets: ['TOKEN'] } });
  const changes = jobChanges(secret('old-token'), secret('new-token'));
  assert.deepEqual(changes.map(changeLine), ['environment.TOKEN: changed', 'undo_command: changed in what is hidden']);
});

test('jobs and breakers that come, go and change are rows of a plan', () => {
  const made = planNamed([job, jobSpec('old')], [{ ...job, timeoutMs: 60_000 }, jobSpec('new')], jobChanges);
  assert.deepEqual(made, [
    { name: 'report', action: 'live', changes: [{ key: 'timeout', from: null, to: '1m' }] },
    { name: 'new', action: 'add', changes: [] },
    { name: 'old', action: 'remove', changes: [] },
  ]);
  const breakers = planNamed([breakerSpec('a'), breakerSpec('b')], [breakerSpec('a', { failures: 1, successes: 1, trials: 1, cooldownMs: 1 }), breakerSpec('b')], breakerChanges);
  assert.deepEqual(breakers.map(({ action, changes }) => [action, changes.map((one) => one.key)]), [['live', ['failures', 'successes', 'trials', 'cooldown']], ['keep', []]]);
  const plan = { id: 'abc', file: '/reeve.toml', changes: true, groups: [], processes: [], jobs: made.map(({ name, ...rest }) => ({ job: name, ...rest })), breakers: [], settings: [] };
  assert.deepEqual(planLines(plan, false), [
    'live     job report',
    '           timeout: not set -> "1m"',
    'add      job new',
    'remove   job old',
    'Plan abc: 1 to change live, 1 to add, 1 to remove, 0 stay as they are.',
  ]);
});

test('each field asks for what the table says, in the words of the file', () => {
  for (const [change, takes, keys] of FIELDS) {
    const changes = processChanges(web, { ...web, ...change });
    assert.deepEqual(changes.map((one) => one.key), keys, JSON.stringify(change));
    for (const one of changes) assert.equal(one.takes, takes, one.key);
  }
  const tried = new Set(FIELDS.flatMap(([change]) => Object.keys(change)));
  const untried = Object.keys(PROCESS_RULES).filter((field) => !tried.has(field));
  assert.deepEqual(untried, ['kind', 'id', 'name', 'group'], 'only what makes it the one it is is not tried');
});

test('how a process shows that it is ready is said in the words of the file', () => {
  const ready = (intervalMs: number): ProcessSpec => ({ ...web, ready: { kind: 'tcp', address: { host: '127.0.0.1', port: 80 }, intervalMs, timeoutMs: 1000 } });
  assert.deepEqual(processChanges(web, ready(1000)).map((one) => [one.key, one.to]), [['ready', 'tcp'], ['ready.tcp', '127.0.0.1:80'], ['ready.interval', '1s'], ['ready.timeout', '1s']]);
  assert.deepEqual(processChanges(ready(1000), ready(2000)).map(changeLine), ['ready.interval: "1s" -> "2s"']);
});

test('every field of a specification is in its table, and nothing else is', () => {
  const { config } = readToml('[breakers.smtp]\n[jobs.a]\ncommand = "true"\n[api]\nusers = [{ name = "ann", password = "x" }]\n[programs.web]\ncommand = "true"\nenvironment = { A = "long secret" }\nenvironment_secret = ["A"]\n');
  assert.ok(config);
  const [group] = config.tree.members;
  assert.ok(group?.kind === 'group');
  const [process] = group.members;
  assert.ok(process);
  const [job] = config.jobs;
  const [breaker] = config.breakers;
  assert.ok(job && breaker);
  const jobs = [[JOB_RULES, job], [BREAKER_RULES, breaker], [JOB_SETTING_RULES, config.jobSettings]] as const;
  for (const [rules, spec] of [...jobs, [PROCESS_RULES, process], [GROUP_RULES, group], [DAEMON_RULES, config.daemon], [API_RULES, config.api]] as const) {
    assert.deepEqual(Object.keys(rules).toSorted(), Object.keys(spec).toSorted());
  }
});

test('values of the environment and marked secrets are never in a plan; that they change is said by name', () => {
  const before = { ...web, environment: { KEPT: 'k', TOKEN: 'old-token', GONE: 'gone-value' }, secrets: ['TOKEN'], command: { text: 'run --token old-token', words: ['run', '--token', 'old-token'], shell: false } };
  const after = { ...before, environment: { KEPT: 'k', TOKEN: 'new-token', NEW: 'new-value' }, command: { text: 'run --token new-token', words: ['run', '--token', 'new-token'], shell: false } };
  const changes = processChanges(before, after);
  assert.deepEqual(changes.map(changeLine), ['command: changed in what is hidden', 'environment.TOKEN: changed', 'environment.GONE: removed', 'environment.NEW: set']);
  assert.doesNotMatch(JSON.stringify(changes), /old-token|new-token|gone-value|new-value/);
});

test('a change of one member leaves its siblings alone [Sv#1154]', () => {
  const [a, b] = [processSpec('g:a'), processSpec('g:b')];
  const made = plan(root(groupSpec('g', [a, b])), root(groupSpec('g', [a, { ...b, directory: '/srv' }])));
  assert.deepEqual(actions(made), { 'g:*': 'keep', 'g:a': 'keep', 'g:b': 'restart' });
});

test('numprocs up and down is adding and removing [Sv#504]', () => {
  const pool = (n: number): GroupSpec => groupSpec('pool', Array.from({ length: n }, (_, i) => processSpec(`pool:pool-${i}`, { num: i, program: 'pool' })));
  assert.deepEqual(actions(plan(root(pool(2)), root(pool(3)))), { 'pool:*': 'keep', 'pool:pool-0': 'keep', 'pool:pool-1': 'keep', 'pool:pool-2': 'add' });
  assert.deepEqual(actions(plan(root(pool(3)), root(pool(1)))), { 'pool:*': 'keep', 'pool:pool-0': 'keep', 'pool:pool-1': 'remove', 'pool:pool-2': 'remove' });
});

test('groups come, go and take other rules live; an order is a rule where it is written', () => {
  const [a, b] = [processSpec('g:a'), processSpec('g:b')];
  const before = root(groupSpec('g', [a, b]), groupSpec('old', [processSpec('old:old')]));
  const made = plan(before, root(groupSpec('g', [b, a], { strategy: 'one_for_all', intensity: { max: 5, windowMs: 60_000 } }), groupSpec('new', [processSpec('new:new')])));
  assert.deepEqual(actions(made), { 'g:*': 'live', 'new:*': 'add', 'old:*': 'remove', 'g:b': 'keep', 'g:a': 'keep', 'new:new': 'add', 'old:old': 'remove' });
  assert.deepEqual(made.groups[0]?.changes.map((c) => c.key), ['strategy', 'max_restarts', 'members']);
});

test('a group that moves, or whose socket or events change, is ended and begun anew as a whole', () => {
  const inner = groupSpec('inner', [processSpec('inner:x')]);
  const moved = plan(root(groupSpec('outer', [inner, processSpec('outer:y')])), root(groupSpec('outer', [processSpec('outer:y')]), inner));
  assert.deepEqual(actions(moved), { 'outer:*': 'keep', 'inner:*': 'replace', 'outer:y': 'keep', 'inner:x': 'restart' });
  const pool = (events: readonly string[]): GroupSpec => groupSpec('pool', [processSpec('pool:p')], { listener: { events, bufferSize: 10 } });
  assert.deepEqual(actions(plan(root(pool(['TICK_5'])), root(pool(['TICK_60'])))), { 'pool:*': 'replace', 'pool:p': 'restart' });
});

test('the same file asks for nothing, wherever its lines have moved to', () => {
  const file = root(groupSpec('g', [web]));
  const made = plan(file, root({ ...groupSpec('g', [{ ...web, origin: { file: '/b', line: 99 } }]), origin: { file: '/b', line: 98 } }));
  assert.ok(isEmpty(made));
});

test('automatic log files of an INI keep the names they have', () => {
  const auto = { ...web, stdout: { ...LOG, auto: true, file: '/tmp/a-1.log' }, stderr: null };
  const again = { ...auto, stdout: { ...auto.stdout, file: '/tmp/a-2.log', backups: 3 } };
  const kept = keepAutoFiles(auto, again);
  assert.equal(kept.stdout.file, '/tmp/a-1.log');
  assert.deepEqual(processChanges(auto, kept).map((c) => c.key), ['stdout_logfile_backups']);
});

test('settings of the daemon say whether they are taken now, and no password is in them', () => {
  const toml = (level: string, grace: string, password: string) => readToml(`[daemon]\nloglevel = "${level}"\numask = "${level === 'info' ? '022' : '027'}"\nshutdown_grace = "${grace}"\n[api]\nlisten = ["unix:/run/x.sock"]\nusers = [{ name = "ann", password = "${password}" }]\n[programs.web]\ncommand = "true"\n`).config;
  const [before, after] = [toml('info', '8s', 'old-password'), toml('debug', '9s', 'new-password')];
  assert.ok(before && after);
  const changes = settingChanges(before, after);
  assert.deepEqual(changes.map((c) => [c.key, c.takes]), [['daemon.loglevel', 'live'], ['daemon.umask', 'daemon'], ['daemon.shutdown_grace', 'live'], ['api.users.ann', 'live']]);
  assert.doesNotMatch(JSON.stringify(changes), /-password/);
  const taken = takenLive(before.daemon, after.daemon);
  assert.deepEqual([taken.umask, taken.logLevel, taken.shutdownGraceMs], [0o22, 'debug', 9000], 'what waits for a restart of the daemon is said again by the next plan');
});

test('a plan reads as a person would say it', () => {
  const made = plan(root(groupSpec('web', [web]), groupSpec('old', [processSpec('old:old')])), root(groupSpec('web', [{ ...web, directory: '/srv', stdout: { ...LOG, maxBytes: 1024 ** 2 } }]), groupSpec('new', [processSpec('new:new')])), (spec) => spec.id === 'web:web');
  const settings = [{ key: 'daemon.loglevel', from: 'info', to: 'debug', takes: 'daemon' as const }];
  assert.deepEqual(planLines({ id: 'abc', file: '/reeve.toml', changes: true, ...made, jobs: [], breakers: [], settings }, false), [
    'restart  web (stays down)',
    '           directory: not set -> "/srv"',
    '           stdout_logfile_maxbytes: "50MB" -> "1MB"',
    'add      new',
    'remove   old',
    'Not applied: daemon.loglevel: "info" -> "debug"; needs a restart of the daemon.',
    'Plan abc: 1 to restart, 1 to add, 1 to remove, 0 stay as they are.',
  ]);
  assert.deepEqual(planLines({ id: 'abc', file: '/reeve.toml', changes: false, groups: [], processes: [], jobs: [], breakers: [], settings: [] }, false), ['Nothing to do: what runs is what /reeve.toml says.']);
});
