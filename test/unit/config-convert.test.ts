// A supervisord file as TOML: the same configuration, with its comments.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { convertIni } from '../../config/convert-ini.ts';
import toml from 'toml';
import { configDifferences } from '../../config/equivalent.ts';
import { programKeys } from '../../config/program-schema.ts';
import type { Key } from '../../config/table.ts';
import { tomlLine } from '../../config/toml-write.ts';
import { good, memoryPort, processNamed, readToml } from '../support/config-files.ts';

function convert(text: string, more: Readonly<Record<string, string>> = {}, env?: Readonly<Record<string, string>>): string {
  const { text: made, problems, differences } = convertIni('/etc/s.conf', memoryPort({ ...more, '/etc/s.conf': text }, env));
  assert.ok(made !== null, problems.map((one) => one.message).join('; '));
  assert.deepEqual(differences, [], made);
  return made;
}

test('everything a supervisord file can say comes out as TOML that means the same', () => {
  const text = convert(
    `[supervisord]
logfile=/var/log/s.log
logfile_maxbytes=1MB
user=root
environment=LANG="C",X="a b"
childlogdir=/var/log/children
strip_ansi=true
[unix_http_server]
file=/run/s.sock
chmod=0770
chown=www:adm
[inet_http_server]
port=*:9001
username=ann
password=pa"ss
[supervisorctl]
serverurl=unix:///run/s.sock
history_file=~/.sc
[program:web]
command=run --x="a b" 'c'
  --more
process_name=%(program_name)s_%(process_num)02d
numprocs=11
numprocs_start=3
environment=PORT="80%(process_num)02d",KEY="v"
directory=/srv/%(process_num)d
stdout_logfile=/l/%(program_name)s-%(process_num)d.log
stdout_logfile_backups=0
stderr_logfile=NONE
exitcodes=
autorestart=unexpected
stopsignal=9
stopwaitsecs=0
umask=027
stdout_capture_maxbytes=1KB
stderr_events_enabled=true
stdout_syslog=1
serverurl=http://x:1
[program:late]
command=sh -c "exec a"
priority=-5
restart=permanent
restart_delay=1m30s
max_restarts=strict
stop=INT 2s group, KILL tree
rlimits=nofile=4096, core=0:unlimited
numprocs=cpus
process_name=%(process_num)d
[program:zero]
command=x
numprocs=0
[program:odd]
command=x %(process_num)d
process_name=n%(process_num)x-%(host_node_name)s
numprocs=2
stdout_logfile_maxbytes=%(process_num)dMB
[eventlistener:l]
command=listen
events=TICK_5,PROCESS_STATE
buffer_size=3
[fcgi-program:f]
command=fcgi
user=www
socket=unix:///run/%(program_name)s.sock
socket_mode=0770
[fcgi-program:t]
command=fcgi
socket=tcp://LOCALHOST:9000
socket_backlog=7
[group:g]
programs=late,web
priority=3
strategy=rest_for_one
[group:h]
programs=late
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
`,
  );
  for (const line of [
    'listen = [{ address = "unix:/run/s.sock", mode = "0770", owner = "www:adm" }, { address = "*:9001", username = "ann"',
    'auth = "none"',
    '[programs.late-h]',
    'members = ["late", "web"]',
  ])
    assert.ok(text.includes(line), `${line}\n${text}`);
});

test('comments come along: of the file, of sections, of keys, behind values, and of what nobody reads', () => {
  const text = convert(
    '; about the file\n\n; about the daemon\n[supervisord] ; here\nnodaemon=true ; in Docker\n\n# the web\n[program:web]\n; how it runs\ncommand=run ; fast\n;user=www\nworkingdir=/x\n\n[Unknown]\nk=v\n',
  );
  assert.equal(
    text,
    `# about the file
# Converted from a supervisord file. rules = "supervisord" keeps its rules for a program; without that line reeve's own hold.

# about the daemon
[daemon]  # here
identifier = "supervisor"
logfile = "/srv/supervisord.log"
log_format = "supervisord"
pidfile = "/srv/supervisord.pid"
minfds = 1024
minprocs = 200

[ctl]
prompt = "supervisor"

# the web
[programs.web]
rules = "supervisord"
# how it runs
command = "run"  # fast
# nobody reads this key: workingdir = /x
# user=www

# [Unknown]
# k = v
# Not converted: nothing here reads this section.
`,
  );
});

test('what was filled in from the environment is said, and included files are part of it', () => {
  const text = convert(
    '[supervisord]\n[include]\nfiles=d/*.conf\n',
    { '/etc/d/a.conf': '; piece\n[program:p]\ncommand=run %(ENV_A)s\nstdout_logfile=%(here)s/p.log\n' },
    { A: '1', HOME: '/h' },
  );
  assert.match(text, /command = "run 1"/);
  assert.match(text, /# command was run %\(ENV_A\)s: TOML fills in nothing, this is its value of now/);
  assert.match(text, /^# piece$/m);
  assert.match(text, /stdout_logfile = "\/etc\/d\/p\.log"/);
});

test('a file with errors is not converted, and a difference would be told', () => {
  assert.equal(convertIni('/etc/s.conf', memoryPort({ '/etc/s.conf': '[program:x]\ncommand=%(no)s' })).text, null);
  const [a, b] = ['a', 'b'].map((name) => good(readToml(`[programs.p]\ncommand = "${name}"\nenvironment = { K = "${name}" }\n`)));
  assert.ok(a !== undefined && b !== undefined);
  const told = configDifferences(a, b);
  assert.ok(
    told.some((line) => line.endsWith('command.text: "a" is "b"')) && told.some((line) => line.endsWith('environment.K')),
    told.join('\n'),
  );
});

test('listeners in TOML may have credentials, mode and owner of their own', () => {
  const { api } = good(
    readToml(
      '[api]\nlisten = ["unix:/s", { address = "*:1", username = "u", password = "p" }, { address = "unix:/t", mode = "0777", owner = "a:b" }]\n',
    ),
  );
  assert.deepEqual(
    api.listen.map((one) => [one.credentials, one.mode, one.owner, one.open]),
    [
      [null, 0o700, null, false],
      [{ username: 'u', password: 'p' }, 0o700, null, false],
      [null, 0o777, 'a:b', false],
    ],
  );
  const wrong = readToml('[api]\nlisten = [{ address = "*:1", username = "u" }, { adress = "x" }, "*:2"]\n').problems.map(
    (one) => one.message,
  );
  assert.ok(
    wrong.some((one) => /both needed, or neither/.test(one)) && wrong.some((one) => /unknown key "adress"/.test(one)),
    wrong.join('\n'),
  );
});

test('an example of every key of programs, written out by convert, reads back as the same value', () => {
  const wrong: string[] = [];
  for (const [name, key] of Object.entries(programKeys) as [string, Key<unknown>][]) {
    const read = (line: string): unknown => key.kind.read((toml.parse(line) as Record<string, unknown>)[name], (problem) => wrong.push(`${line}: ${problem}`));
    const value = read(`${name} = ${key.example}`);
    const line = tomlLine(programKeys, name, value);
    try {
      assert.deepEqual(read(line), value, line);
    } catch (error) {
      wrong.push(`${line}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('a percent sign is doubled in a supervisord file, is itself in TOML, and convert takes the second one away [D64]', () => {
  const made = convert('[program:p]\ncommand=date +%%s\nenvironment=FORMAT="100%%"\nstdout_logfile=/l/%(program_name)s.log\n');
  assert.match(made, /^command = "date \+%s"$/m);
  assert.match(made, /FORMAT = "100%"/);
  const process = processNamed(readToml('[programs.p]\ncommand = "date +%s %%"\nenvironment = { FORMAT = "%(here)s" }\n'), 'p');
  assert.equal(process.command.text, 'date +%s %%');
  assert.equal(process.environment['FORMAT'], '%(here)s');
  const { problems } = convertIni('/etc/s.conf', memoryPort({ '/etc/s.conf': '[program:p]\ncommand=date +%s\n' }));
  assert.match(problems.map((one) => `${one.message} ${one.hint}`).join(), /twice: %%/);
});
