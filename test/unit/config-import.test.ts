// Services of systemd and entries of cron as TOML: what has a word here is a key, everything else a comment.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { importCrontab } from '../../config/import-crontab.ts';
import { importSystemd } from '../../config/import-systemd.ts';
import { unitOfTimer } from '../../config/systemd-timer.ts';
import { good, processNamed, readToml } from '../support/config-files.ts';

const service = (keys: string, rest = '') =>
  importSystemd(`[Service]\nExecStart=/bin/x\n${keys}\n[Install]\nWantedBy=multi-user.target\n${rest}`, '/etc/systemd/system/x.service');
const imported = (keys: string) => processNamed(readToml(service(keys).text), 'x');

test('a service becomes a program with its user, place, variables, limits and outputs', () => {
  const spec = imported(
    'User=www\nGroup=adm\nWorkingDirectory=/srv\nEnvironment=A=1 "B=two words" \'C=x\'\nEnvironment=D=4\nNice=5\nOOMScoreAdjust=-10\nUMask=0027\nLimitNOFILE=4096:8192\nLimitCORE=infinity\nLimitMEMLOCK=8M\nStandardOutput=append:/var/log/x.log',
  );
  assert.deepEqual(
    [spec.user, spec.userGroup, spec.directory, spec.nice, spec.oomScoreAdj, spec.umask],
    ['www', 'adm', '/srv', 5, -10, 0o27],
  );
  const { REEVE_PROCESS_NUM: _, ...environment } = spec.environment;
  assert.deepEqual(environment, { A: '1', B: 'two words', C: 'x', D: '4' });
  assert.deepEqual(spec.rlimits, {
    nofile: { soft: 4096, hard: 8192 },
    core: { soft: Infinity, hard: Infinity },
    memlock: { soft: 8 * 1024 ** 2, hard: 8 * 1024 ** 2 },
  });
  assert.deepEqual([spec.stdout.file, spec.stdout.maxBytes, spec.stderr], ['/var/log/x.log', 0, null]);
});

test('MemoryMax, CPUQuota, TasksMax and RuntimeMaxSec become limits that the kernel keeps where it can', () => {
  const { limits } = imported('MemoryMax=512M\nCPUQuota=150%\nTasksMax=100\nRuntimeMaxSec=1h');
  assert.deepEqual([limits.memoryBytes, limits.cpuPercent, limits.processes, limits.runtimeMs, limits.action, limits.throttle], [512 * 1024 ** 2, 150, 100, 3_600_000, 'kill', true]);
  const slowed = imported('CPUQuota=20%\nMemoryMax=infinity').limits;
  assert.deepEqual([slowed.memoryBytes, slowed.cpuPercent, slowed.action, slowed.throttle], [null, 20, 'alert', true]);
  assert.match(service('MemoryMax=50%').text, /# MemoryMax=50% has no word here/);
});

test('Restart, RestartSec, the start limit, KillMode, KillSignal and TimeoutStopSec keep their meaning', () => {
  const types = ['no', 'always', 'on-failure', 'on-abort'].map((word) => imported(`Restart=${word}`).restart);
  assert.deepEqual(types, ['temporary', 'permanent', 'transient', 'transient']);
  const spec = imported('Restart=always\nRestartSec=1min 5s\nStartLimitBurst=4\nStartLimitInterval=30\nSuccessExitStatus=3 SIGUSR1');
  assert.deepEqual(
    [spec.backoff.policy, spec.backoff.baseMs, spec.intensity, spec.exitCodes],
    ['fixed', 65_000, { max: 4, windowMs: 30_000 }, [0, 3]],
  );
  const steps = (keys: string) => imported(keys).stop.map((step) => [step.signal, step.scope, step.waitMs]);
  assert.deepEqual(steps('')[0], ['TERM', 'tree', 90_000]);
  assert.deepEqual(
    steps('KillMode=mixed\nKillSignal=SIGINT\nTimeoutStopSec=5')
      .slice(0, 2)
      .map((step) => step.slice(0, 2)),
    [
      ['INT', 'main'],
      ['KILL', 'tree'],
    ],
  );
  assert.deepEqual(steps('KillMode=process\nTimeoutStopSec=infinity'), [['TERM', 'main', Infinity]]);
});

test('WatchdogSec becomes a heartbeat of which none may be missed', () => {
  assert.deepEqual(imported('Type=notify\nWatchdogSec=1min 30s').vitals, { heartbeat: { intervalMs: 90_000, misses: 1 }, progressTimeoutMs: null, onStuck: 'restart' });
  assert.equal(imported('WatchdogSec=0').vitals.heartbeat, null);
  assert.match(service('WatchdogSec=soon').text, /# WatchdogSec=soon is no time/);
});

test('a command is taken as it is, with systemd fields filled in; variables need a shell, and that is said', () => {
  assert.deepEqual(imported('').command.words, ['/bin/x']);
  const reset = importSystemd(
    '[Service]\nExecStart=/bin/old\nExecStart=\nExecStart=-/bin/new --name %i \\\n  --more 100%%\n',
    'new@two.service',
  );
  assert.match(reset.text, /\[programs\.new-two\]\ncommand = "\/bin\/new --name two {2}--more 100%"/);
  assert.match(reset.text, /autostart = false/);
  const shell = importSystemd('[Service]\nExecStart=/bin/x ${PORT} $$HOME\n', 'x.service').text;
  assert.match(shell, /command = 'exec \/bin\/x \$\{PORT\} \\\$HOME'\nshell = true/);
  good(readToml(shell));
});

test('what has no word here is a comment: order, sandboxes, optional files, unknown keys', () => {
  const { text } = service(
    'Type=notify\nEnvironmentFile=-/etc/default/x\nEnvironmentFile=/etc/x.env\nProtectSystem=strict\nExecStartPre=/bin/y',
    '[Unit]\nRequires=db.service\nAfter=network.target cache.service\n',
  );
  for (const line of [
    /^# depends_on = \["db", "cache"\]$/m,
    /^# \[Service\] ProtectSystem=strict$/m,
    /^# \[Service\] ExecStartPre=\/bin\/y$/m,
    /^ready = \{ notify = true \}$/m,
    /^env_file = \["\/etc\/x\.env"\]$/m,
    /^# EnvironmentFile=-\/etc\/default\/x may be missing/m,
  ])
    assert.match(text, line);
  assert.match(importSystemd('[Timer]\nOnCalendar=daily\n', 'x.timer').problems[0] ?? '', /only services can be imported/);
});

test('entries of a crontab are jobs, @reboot is a program; what cron does otherwise is said [B30]', () => {
  const { text, problems } = importCrontab(
    'PATH=/usr/bin\nMAILTO=ann\n# nightly\n0 3 * * mon-fri root cd /srv && ./backup.sh 50\\% 2>&1\nCRON_TZ=Africa/Nairobi\n@daily www /srv/report.py%line one%it\'s two\n@reboot root /srv/warm.sh\nnonsense\n0 0 30 2 * root /srv/never.sh\n* * * * * root /srv/history\n',
    '/etc/crontab',
    true,
  );
  assert.deepEqual(problems, [
    'line 8: cannot read "nonsense" as an entry',
    'line 9: the day of the month "30" never comes in the month "2"',
  ]);
  assert.match(text, /^# nightly\n\[jobs\.srv\]\ncommand = "cd \/srv && \.\/backup\.sh 50% 2>&1"$/m);
  assert.match(text, /^# \[jobs\.never\]$/m);
  const reading = readToml(text);
  const [srv, report, history] = good(reading).jobs;
  assert.ok(srv && report);
  assert.deepEqual([srv.schedule?.kind === 'cron' && srv.schedule.text, srv.process.user, srv.process.environment, srv.timezone, srv.catchUp], ['0 3 * * mon-fri', 'root', { PATH: '/usr/bin' }, 'UTC', 'none']);
  assert.deepEqual([report.schedule?.kind === 'cron' && report.schedule.text, report.process.user, report.timezone], ['0 0 * * *', 'www', 'Africa/Nairobi']);
  assert.equal(report.process.command.text, "printf '%s\\n' 'line one' 'it'\\''s two' | {\n/srv/report.py\n}");
  assert.equal(history?.name, 'history-2', 'a job cannot have the name of a setting');
  const spec = processNamed(reading, 'warm');
  assert.deepEqual([spec.restart, spec.command.words, spec.user], ['temporary', ['/bin/sh', '-c', '/srv/warm.sh'], 'root']);
  assert.deepEqual(good(readToml(importCrontab('*/5 * * * * run\n', 'tab', false).text)).jobs.map((job) => job.process.command.text), ['run']);
  assert.deepEqual(importCrontab('# nothing\n', 'tab', false).problems, ['tab has no entries']);
});

test('a timer of systemd with its service is a job, where cron can say its times', () => {
  const job = (timer: string, keys = 'Type=oneshot') => good(readToml(importSystemd(`[Service]\nExecStart=/bin/x\n${keys}\n`, 'x.service', `[Timer]\n${timer}\n[Install]\nWantedBy=timers.target\n`).text)).jobs[0];
  const nightly = job('OnCalendar=Mon..Fri *-*-* 08:30:00 Africa/Nairobi\nPersistent=true\nRandomizedDelaySec=5min', 'Type=oneshot\nUser=www\nRuntimeMaxSec=10min\nRestart=on-failure\nRestartSec=30\nStartLimitBurst=3');
  assert.ok(nightly);
  assert.deepEqual([nightly.schedule?.kind === 'cron' && nightly.schedule.text, nightly.timezone, nightly.catchUp, nightly.jitterMs, nightly.timeoutMs], ['30 8 * * mon-fri', 'Africa/Nairobi', 'one', 300_000, 600_000]);
  assert.deepEqual([nightly.process.user, nightly.retry.max, nightly.retry.backoff.baseMs], ['www', 3, 30_000]);
  const every = job('OnBootSec=5min\nOnUnitActiveSec=1h');
  assert.deepEqual([every?.schedule, every?.timeoutMs], [{ kind: 'every', everyMs: 3_600_000, align: false, runOnStart: true }, null]);
  for (const [written, cron] of [
    ['daily', '0 0 * * *'], ['weekly', '0 0 * * mon'], ['*-*-* 06,18:00', '0 6,18 * * *'], ['*:0/15', '0/15 * * * *'], ['*-*-01 04:05:06', '6 5 4 1 * *'],
    ['Sat,Sun 10:00', '0 10 * * sat,sun'], ['*-1..3-1 00:00', '0 0 1 1-3 *'], ['hourly UTC', null], ['Sun *-*-1..7 02:00', '0 2 1-7 * sun'],
  ] as const) {
    const { schedule } = job(`OnCalendar=${written}`) ?? {};
    assert.equal(schedule?.kind === 'cron' && schedule.text, cron ?? '0 * * * *', written);
  }
  const odd = importSystemd('[Service]\nExecStart=/bin/x\n', 'x.service', '[Timer]\nOnCalendar=2026-*~03\nOnClockChange=yes\n').text;
  assert.match(odd, /^# OnCalendar=2026-\*~03 cannot be said as a schedule$/m);
  assert.match(odd, /^# \[Timer\] OnClockChange=yes$/m);
  assert.deepEqual(good(readToml(odd)).jobs.map((one) => one.schedule), [null], 'it can still be run by hand');
  assert.equal(unitOfTimer('[Timer]\nUnit=other.service\n', '/etc/x.timer'), 'other.service');
  assert.equal(unitOfTimer('[Timer]\n', '/etc/x.timer'), 'x.service');
});
