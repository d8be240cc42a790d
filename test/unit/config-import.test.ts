// Services of systemd and entries of cron as TOML: what has a word here is a key, everything else a comment.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { importCrontab } from '../../config/import-crontab.ts';
import { importSystemd } from '../../config/import-systemd.ts';
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

test('what has no word here is a comment: order, readiness, sandboxes, optional files, unknown keys', () => {
  const { text } = service(
    'Type=notify\nEnvironmentFile=-/etc/default/x\nEnvironmentFile=/etc/x.env\nProtectSystem=strict\nExecStartPre=/bin/y',
    '[Unit]\nRequires=db.service\nAfter=network.target cache.service\n',
  );
  for (const line of [
    /^# depends_on = \["db", "cache"\]$/m,
    /^# \[Service\] ProtectSystem=strict$/m,
    /^# \[Service\] ExecStartPre=\/bin\/y$/m,
    /^# Type=notify: /m,
    /^env_file = \["\/etc\/x\.env"\]$/m,
    /^# EnvironmentFile=-\/etc\/default\/x may be missing/m,
  ])
    assert.match(text, line);
  assert.match(importSystemd('[Timer]\nOnCalendar=daily\n', 'x.timer').problems[0] ?? '', /only services can be imported/);
});

test('entries of a crontab are comments until jobs exist, in the form they will have; @reboot is a program', () => {
  const { text, problems } = importCrontab(
    'PATH=/usr/bin\nMAILTO=ann\n# nightly\n0 3 * * mon-fri root cd /srv && ./backup.sh 50\\% 2>&1\n@daily www /srv/report.py%line one%line two\n@reboot root /srv/warm.sh\nnonsense\n',
    '/etc/crontab',
    true,
  );
  assert.deepEqual(problems, ['line 7: cannot read "nonsense" as an entry']);
  assert.match(text, /^# nightly$/m);
  assert.match(
    text,
    /^# \[jobs\.srv\]\n# command = "cd \/srv && \.\/backup\.sh 50% 2>&1"\n# shell = true\n# schedule = "0 3 \* \* mon-fri"\n# user = "root"\n# environment = \{ PATH = "\/usr\/bin" \}$/m,
  );
  assert.match(text, /# schedule = "0 0 \* \* \*"\n# user = "www"[^]*standard input: "line one\\nline two"/);
  const spec = processNamed(readToml(text), 'warm');
  assert.deepEqual([spec.restart, spec.command.words, spec.user], ['temporary', ['/bin/sh', '-c', '/srv/warm.sh'], 'root']);
  assert.match(importCrontab('*/5 * * * * run\n', 'tab', false).text, /# command = "run"/);
});
