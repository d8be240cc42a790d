import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseIni } from '../../config/ini-parse.ts';
import { dialectOf } from '../../config/dialect.ts';
import { NO_HEALTH } from '../../config/health-spec.ts';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import { readConfig } from '../../config/read.ts';
import { good, groupNamed, memoryPort, places, processes, processNamed, readIni } from '../support/config-files.ts';
import type { MemberSpec } from '../../config/spec.ts';

const program = (keys: string) => `[program:p]\ncommand=run\n${keys}\n`;
const one = (keys: string) => processNamed(readIni(program(keys)), 'p');
const errors = (text: string) =>
  readIni(text)
    .problems.filter((problem) => problem.severity === 'error')
    .map((problem) => problem.message);
const warnings = (text: string) =>
  readIni(text)
    .problems.filter((problem) => problem.severity === 'warning')
    .map((problem) => `${problem.line} ${problem.message}`);
const shape = (node: MemberSpec): string => (node.kind === 'process' ? node.name : `${node.name}(${node.members.map(shape).join(' ')})`);

test("INI syntax follows Python's parser in its corners (compat §1)", () => {
  const value = (text: string) => parseIni(text).blocks[0]?.lines[0]?.value;
  const cases: readonly (readonly [string, string])[] = [
    ['[s]\nk=foo ;bar', 'foo'],
    ['[s]\nk=foo;bar', 'foo;bar'],
    ['[s]\nk=foo#bar', 'foo#bar'],
    ['[s]\nk=foo #bar', 'foo'],
    ['[s]\nk:foo=bar', 'foo=bar'],
    ['[s]\nk = foo:bar', 'foo:bar'],
    ['[s]\nK=x', 'x'],
    ['[s]\nk=foo\n  --a\n  --b', 'foo\n--a\n--b'],
    ['[s]\nk=foo\n\n  --bar\n\n', 'foo\n\n--bar'],
    ['[s]\nk=foo\n# c\n  --a', 'foo\n--a'],
    ['[s]\nk=foo\n  directory=/x', 'foo\ndirectory=/x'],
    ['[s]\n  k=foo\n  d=/x', 'foo'],
    ['[s]\nk=', ''],
    ['[s]\nk=foo \\\n\t--bar', 'foo \\\n--bar'],
    ['[s]\r\nk=a\r\n  b\r\n', 'a\nb'],
    ['[s]\rk=a\r', 'a'],
    ['  # c\n; d\n[s]\nk=a', 'a'],
  ];
  for (const [text, expected] of cases) assert.equal(value(text), expected, text);
  const header = (text: string) => parseIni(text).blocks.map((block) => block.name);
  assert.deepEqual(header('[program:a];c\n[program:b] junk\n[program:c]d]\n[ x ]'), ['program:a', 'program:b', 'program:c]d', ' x ']);
  assert.deepEqual(parseIni('[s]\nword\nk=1').problems, [{ line: 2, message: 'expected key = value, got "word"' }]);
  assert.deepEqual(
    parseIni('k=1\nl=1').problems.map((problem) => problem.line),
    [1],
  );
});

test("an INI program has supervisord's defaults, row by row of the table of two dialects (DESIGN §3)", () => {
  const { origin, stdout, stderr, ...spec } = one('');
  assert.deepEqual(origin, { file: '/etc/supervisord.conf', line: 1 });
  assert.deepEqual(spec, {
    kind: 'process',
    id: 'p:p',
    name: 'p',
    group: 'p',
    program: 'p',
    num: 0,
    command: { text: 'run', words: ['run'], shell: false },
    directory: null,
    umask: null,
    user: null,
    userGroup: null,
    nice: null,
    oomScoreAdj: null,
    rlimits: {},
    limits: NO_LIMITS,
    recycle: NO_RECYCLING,
    killOnDaemonDeath: false,
    environment: {},
    inherit: true,
    serverUrl: null,
    stdin: 'pipe',
    notify: false,
    vitals: { heartbeat: null, progressTimeoutMs: null, onStuck: 'alert' },
    health: NO_HEALTH,
    autoscale: null,
    hooks: {},
    watch: null,
    breaker: null,
    drainSignal: null,
    drainTimeoutMs: null,
    processGroup: 'group',
    autostart: true,
    oneshot: false,
    ready: null,
    startTimeoutMs: null,
    dependsOn: [],
    priority: 999,
    restart: 'transient',
    exitCodes: [0],
    startMs: 1000,
    startRetries: 3,
    startExit: 'retry',
    missing: 'retry',
    backoff: { policy: 'none', baseMs: 0, factor: 2, maxMs: 60_000, jitter: 0, resetMs: 60_000 },
    startBackoff: { policy: 'linear', baseMs: 1000, factor: 1, maxMs: Infinity, jitter: 0, resetMs: 0 },
    intensity: { max: null, windowMs: 60_000 },
    stop: [
      { signal: 'TERM', scope: 'main', waitMs: 10_000 },
      { signal: 'KILL', scope: 'main', waitMs: 10_000 },
    ],
    sweep: false,
    onFailure: 'stay',
    exitCode: 10,
  });
  assert.deepEqual(stdout, {
    file: '/tmp/p-stdout---supervisor.log',
    maxBytes: 52_428_800,
    backups: 10,
    gzip: false,
    tee: null,
    format: 'raw',
    timestamp: false,
    stripAnsi: false,
    full: 'block',
    ringBytes: 65_536,
    auto: true,
    captureBytes: 0,
    events: false,
    syslog: false,
  });
  assert.equal(stderr?.file, '/tmp/p-stderr---supervisor.log');
});

test("supervisord's values are read by supervisord's types", () => {
  assert.deepEqual(
    ['true', 'Unexpected', 'FALSE', '1', 'off'].map((value) => one(`autorestart=${value}`).restart),
    ['permanent', 'transient', 'temporary', 'permanent', 'temporary'],
  );
  const spec = one(
    'exitcodes=0, 2\nstartsecs=0\nstartretries=5\nstopsignal=sigint\nstopwaitsecs=30\numask=027\nuser=www\npriority=-1\nautostart=no\nredirect_stderr=yes\nstdout_logfile=~/x.log\nstdout_logfile_maxbytes=1KB\nstdout_logfile_backups=0\ndirectory=/srv',
  );
  assert.deepEqual(
    [spec.exitCodes, spec.startMs, spec.startRetries, spec.umask, spec.user, spec.priority, spec.autostart, spec.stderr, spec.directory],
    [[0, 2], 0, 5, 0o27, 'www', -1, false, null, '/srv'],
  );
  assert.deepEqual(spec.stop, [
    { signal: 'INT', scope: 'main', waitMs: 30_000 },
    { signal: 'KILL', scope: 'main', waitMs: 30_000 },
  ]);
  assert.deepEqual([spec.stdout.file, spec.stdout.maxBytes, spec.stdout.backups], ['/home/ann/x.log', 1024, 0]);
  assert.equal(one('stdout_logfile=NONE').stdout.file, null);
  assert.equal(one('stdout_logfile=rel/x.log').stdout.file, '/srv/rel/x.log', 'relative to the working directory');
  for (const bad of [
    'startsecs=1.5',
    'startsecs=10s',
    'stdout_logfile_maxbytes=10M',
    'stdout_logfile_maxbytes=1.5MB',
    'umask=8',
    'stopsignal=BLAH',
    'exitcodes=256',
    'autostart=maybe',
    'autorestart=perhaps',
    'numprocs=${N}',
    'environment=A=b@c',
    'priority=high',
  ]) {
    assert.equal(errors(program(bad)).length, 1, bad);
  }
});

test('stopasgroup and killasgroup choose between the process and its group', () => {
  const scopes = (keys: string) => one(keys).stop.map((step) => step.scope);
  assert.deepEqual(scopes('stopasgroup=true'), ['group', 'group']);
  assert.deepEqual(scopes('killasgroup=true'), ['main', 'group']);
  assert.deepEqual(errors(program('stopasgroup=true\nkillasgroup=false')), ['cannot set stopasgroup=true and killasgroup=false']);
});

test("reeve's own keys work in INI, and beside their supervisord twin they are refused", () => {
  const spec = one(
    'restart=permanent\nstop=TERM 5s, QUIT 2s group\nrlimits=nofile=4096, core=0:unlimited\ninherit=PATH,HOME\nrestart_delay=10s\nlog_tee=true\nmax_restarts=strict\nnice=5',
  );
  assert.deepEqual(
    [spec.restart, spec.startExit, spec.startRetries, spec.backoff.policy, spec.inherit, spec.stdout.tee, spec.nice],
    ['permanent', 'judge', null, 'fixed', ['PATH', 'HOME'], 'stdout', 5],
  );
  assert.deepEqual(
    spec.stop.map((step) => [step.signal, step.scope, step.waitMs]),
    [
      ['TERM', 'main', 5000],
      ['QUIT', 'group', 2000],
      ['KILL', 'tree', 10_000],
    ],
  );
  assert.deepEqual(spec.rlimits, { nofile: { soft: 4096, hard: 4096 }, core: { soft: 0, hard: Infinity } });
  assert.deepEqual(spec.intensity, { max: 3, windowMs: 300_000 });
  assert.equal(one('restart_delay=10s').startExit, 'retry', "a delay alone leaves supervisord's rules in place");
  assert.deepEqual(places(readIni(program('autorestart=true\nrestart=permanent\nstop=TERM 1s\nstopsignal=INT\nstopwaitsecs=3')).problems), [
    '3 program:p.autorestart',
    '6 program:p.stopsignal',
    '7 program:p.stopwaitsecs',
  ]);
  assert.deepEqual(errors(program('alerts=db')), [], 'supervisord ignores it, and such a file goes on working');
  assert.deepEqual(warnings(program('alerts=db')), ['3 not yet supported by this version, ignored']);
  assert.equal(processes(good(readIni(program('numprocs=cpus*2\nprocess_name=%(program_name)s_%(process_num)02d'))).tree).length, 8);
});

test('trap 1: text after " ;" in a quoted command is cut, as in supervisord, and said', () => {
  const text = '[program:p]\ncommand=bash -c "a ; b"\n';
  assert.deepEqual(processNamed(readIni(text), 'p').command, {
    text: 'bash -c "a',
    words: [],
    shell: false,
    problem: `can't parse command 'bash -c "a': No closing quotation`,
  });
  assert.match(warnings(text)[0] ?? '', /^2 text after a blank and ; or # is a comment, even in quotes: "; b\\"" is lost/);
  assert.deepEqual(warnings("[program:p]\ncommand=run ; it's here"), [], 'an apostrophe in a comment is nothing');
});

test('trap 2: a percent sign that is no field is an error with advice, and never prints the environment', () => {
  const reading = readIni('[program:p]\ncommand=date +%s\n', {}, { TOKEN: 'hunter2' });
  assert.match(`${reading.problems[0]?.message} ${reading.problems[0]?.hint}`, /"%s" has no name, and supervisord would print its whole environment here.*write a literal percent sign twice/);
  assert.doesNotMatch(JSON.stringify(reading), /hunter2/);
  const typed = readIni(
    '[program:p]\ncommand=x\nstartsecs=%(ENV_TOKEN)s\numask=%(ENV_TOKEN)s\nnice=%(ENV_TOKEN)s\nenvironment=A=%(ENV_TOKEN)s=b\n[inet_http_server]\nport=%(ENV_TOKEN)s',
    {},
    { TOKEN: 'hunter2' },
  );
  assert.equal(typed.problems.length, 5);
  assert.doesNotMatch(JSON.stringify(typed), /hunter2/);
  assert.equal(processNamed(readIni('[program:p]\ncommand=date +%%s\n'), 'p').command.text, 'date +%s');
});

test("traps 3 to 5: startretries, linear delays and early exits are supervisord's", () => {
  const spec = one('startretries=3\nstartsecs=0');
  assert.deepEqual(
    [spec.startRetries, spec.startBackoff.policy, spec.startBackoff.baseMs, spec.startMs, spec.startExit],
    [3, 'linear', 1000, 0, 'retry'],
  );
});

test('traps 16 and 17: words in any case, CRLF accepted, a byte order mark noticed', () => {
  assert.equal(one('autorestart=Unexpected').restart, 'transient');
  assert.equal(processNamed(readIni('[program:p]\r\ncommand=run\r\n  --a\r\n'), 'p').command.text, 'run\n--a');
  assert.match(warnings('\uFEFF[program:p]\ncommand=run')[0] ?? '', /byte order mark/);
});

test('trap 20: environment=A=$HOME is what supervisord makes of it', () => {
  assert.deepEqual(one('environment=A=$HOME').environment, { A: '$' });
});

test('names expand where supervisord expands them', () => {
  const spec = processNamed(
    readIni(
      [
        '[supervisord]',
        'environment=BASE="/base"',
        '[program:w]',
        'command=%(here)s/run %(program_name)s %(process_num)d/%(numprocs)d %(group_name)s %(host_node_name)s %(ENV_HOME)s %(ENV_BASE)s %(ENV_OWN)s',
        'numprocs=2',
        'numprocs_start=3',
        'process_name=%(program_name)s_%(process_num)02d',
        'environment=OWN="o%(process_num)d",BASE="/mine"',
        'stdout_logfile=/log/%(ENV_OWN)s.log',
        'directory=%(ENV_BASE)s',
        '[group:g]',
        'programs=w',
      ].join('\n'),
    ),
    'w_03',
  );
  assert.equal(spec.command.text, '/etc/run w 3/2 g box /home/ann /mine o3');
  assert.deepEqual(
    [spec.id, spec.num, spec.environment, spec.stdout.file, spec.directory],
    ['g:w_03', 3, { BASE: '/mine', OWN: 'o3' }, '/log/o3.log', '/mine'],
  );
  const [problem] = readIni(program('user=%(ENV_USR)s')).problems;
  assert.match(`${problem?.message} ${problem?.hint}`, /cannot expand %\(ENV_USR\)s.*the environment has no USR/);
  assert.deepEqual(errors(program('priority=%(process_num)d')).length, 1, 'process_num is not known everywhere');
  assert.match(errors(program('numprocs=2'))[0] ?? '', /process_num\) must be present within process_name/);
});

test('groups gather programs, a program listed twice runs twice, order is priority then name', () => {
  const text =
    '[program:b]\ncommand=x\n[program:a]\ncommand=x\n[program:z]\ncommand=x\npriority=1\n[group:g]\nprograms=b,a\n[group:h]\nprograms=a\npriority=5\n[group:empty]\n';
  assert.equal(shape(good(readIni(text)).tree), '(z(z) h(a) empty() g(a b))');
  assert.equal(groupNamed(readIni(text), 'g').strategy, 'one_for_one');
  assert.match(errors('[program:a]\ncommand=x\n[group:g]\nprograms=a,\n')[0] ?? '', /\[group:g\] names unknown program or fcgi-program $/);
  assert.equal(groupNamed(readIni('[program:a]\ncommand=x\n[group:a]\nprograms=a\nstrategy=one_for_all'), 'a').intensity.max, 5);
});

test('sections: duplicates merge, [DEFAULT] leaks, unknown ones warn with the nearest', () => {
  const merged = processNamed(readIni('[DEFAULT]\nautostart=false\n[program:p]\ncommand=a\npriority=1\n[program:p]\ncommand=b'), 'p');
  assert.deepEqual([merged.command.text, merged.priority, merged.autostart], ['b', 1, false]);
  const unknown = readIni(`[suprevisord]\n${program('stderror_logfile=/x\nworkingdir=/y')}[Program:q]\n`).problems;
  assert.deepEqual(
    unknown.map((problem) => [problem.severity, problem.line, problem.hint]),
    [
      ['warning', 1, 'did you mean "supervisord"?'],
      ['warning', 4, 'did you mean "stderr_logfile"?'],
      ['warning', 5, null],
      ['warning', 6, 'did you mean "program:"?'],
    ],
  );
  assert.deepEqual(errors('[eventlistener:x]\ncommand=y\n[fcgi-program:z]\ncommand=y'), [
    '[eventlistener:x] section requires an "events" line',
    '[fcgi-program:z] section requires a "socket" line',
  ]);
  assert.deepEqual(
    readIni('[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface').problems,
    [],
  );
  assert.deepEqual(warnings(program('stdout_syslog=true')), []);
  assert.deepEqual(warnings(program('stdout_syslog=false')), []);
});

test("names of programs follow supervisord's rules", () => {
  assert.equal(processNamed(readIni('[program: a ]\ncommand=x'), 'a').program, 'a');
  assert.match(errors('[program:a b]\ncommand=x')[0] ?? '', /invalid name "a b"/);
  assert.match(errors('[program:a\u202Eb]\ncommand=x')[0] ?? '', /invalid name "a\uFFFDb": it contains U\+202E/);
  assert.match(errors('[program:a\u001Bb]\ncommand=x')[0] ?? '', /contains U\+001B/);
  assert.match(warnings('[program:a\u200Bb]\ncommand=x').join('\n'), /the name contains U\+200B, which nobody sees/);
  assert.deepEqual(errors('[program:a\u200Bb]\ncommand=x'), []);
  assert.deepEqual(errors('[program:a]\n'), ['program section program:a does not specify a command']);
});

test("a main file needs [supervisord]; its settings are read with supervisord's defaults", () => {
  const read = (text: string) => readConfig('/etc/supervisord.conf', memoryPort({ '/etc/supervisord.conf': text }));
  assert.deepEqual(
    read('[program:a]\ncommand=x').problems.map((problem) => problem.message),
    ['.ini file does not include supervisord section'],
  );
  const { daemon } = good(read('[supervisord]\nlogfile=/var/log/s.log\nloglevel=debug\nnodaemon=true\nstate_dir=/var/s'));
  assert.deepEqual(
    [daemon.identifier, daemon.logfile, daemon.pidfile, daemon.logLevel, daemon.nodaemon, daemon.logFormat, daemon.stateDir],
    ['supervisor', '/var/log/s.log', '/srv/supervisord.pid', 'debug', true, 'supervisord', '/var/s'],
  );
});

test('servers are honoured on any address, an open one with a warning; children are told of the unix socket first', () => {
  const reading = readIni(
    `[inet_http_server]\nport=*:9001\n[unix_http_server]\nfile=/run/s.sock\nchmod=0770\nusername=u\npassword=p\n${program('')}[supervisorctl]\nserverurl=unix:///run/s.sock\n`,
  );
  const { api, ctl } = good(reading);
  assert.deepEqual(
    api.listen.map((one_) => [one_.address, one_.mode, one_.open]),
    [
      [{ unix: '/run/s.sock' }, 0o770, false],
      [{ host: '', port: 9001 }, 0o700, true],
    ],
  );
  assert.deepEqual(api.listen[0]?.credentials, { username: 'u', password: 'p' });
  assert.equal(ctl.serverUrl, 'unix:///run/s.sock');
  assert.equal(processNamed(reading, 'p').serverUrl, 'unix:///run/s.sock');
  assert.match(reading.problems[0]?.message ?? '', /open to everybody/);
  assert.match(errors('[inet_http_server]\nport=127.0.0.1：9001')[0] ?? '', /"：" is not an ASCII character/);
  assert.match(errors('[inet_http_server]\nport=99999')[0] ?? '', /expected port/);
  assert.match(errors('[inet_http_server]\nport=1\nusername=u')[0] ?? '', /incomplete authentication/);
});

test("included pieces are merged, later keys win, %(here)s is the piece's directory, TOML pieces are welcome", () => {
  const reading = readIni('[supervisord]\n[program:p]\ncommand=a\n[include]\nfiles = conf.d/*.conf none/*\n conf.d/x.toml', {
    '/etc/conf.d/1.conf': '[program:p]\nautostart=false\ndirectory=%(here)s',
    '/etc/conf.d/2.conf': '[program:q]\ncommand=%(here)s/q\n[include]\nfiles=more.conf',
    '/etc/conf.d/x.toml': '[programs.t]\ncommand = "x"',
  });
  assert.equal(shape(good(reading).tree), '(p(p) q(q) t(t))');
  const p = processNamed(reading, 'p');
  assert.deepEqual([p.autostart, p.directory, p.command.text], [false, '/etc/conf.d', 'a']);
  assert.equal(processNamed(reading, 'q').command.text, '/etc/conf.d/q');
  assert.equal(processNamed(reading, 't').startExit, 'judge');
  assert.deepEqual(
    reading.problems.map((problem) => `${problem.file}:${problem.line} ${problem.message}`),
    ['/etc/supervisord.conf:5 no file matches /etc/none/*', "/etc/conf.d/2.conf:3 an included file's own [include] is not followed"],
  );
  assert.deepEqual(errors('[include]\n'), ['[include] has no files']);
});

test('the dialect is told by content, the name only breaks ties', () => {
  const cases: readonly (readonly [string, string, 'toml' | 'ini'])[] = [
    ['[programs.a]\n', 'x.conf', 'toml'],
    ['[program:a]\n', 'x.toml', 'ini'],
    ['; c\n[supervisord]\n', 'x', 'ini'],
    ['[daemon]\n', 'x.ini', 'toml'],
    ['[[api.users]]', 'x.conf', 'toml'],
    ['include = ["a"]', 'x.conf', 'toml'],
    ['[include]\nfiles=x', 'x', 'ini'],
    ['', 'x.toml', 'toml'],
    ['', 'x.conf', 'ini'],
    ['', 'x', 'toml'],
    ['[progams.a]', 'x.toml', 'toml'],
    ['[groups . "a"]', 'x', 'toml'],
    ['[program:a] ; [daemon]', 'x.toml', 'ini'],
  ];
  for (const [text, file, expected] of cases) assert.equal(dialectOf(text, file), expected, text);
});

test('no INI text makes the reader throw', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '[program:a]',
      '[group:g]',
      'command=x',
      'programs=a,g',
      'environment=A="',
      '%(here)s',
      'numprocs=2',
      'process_name=%(process_num)d',
      '[include]',
      'files=*',
      '  x',
      '[supervisord]',
      'stop=TERM',
      'rlimits=a',
      'inherit=',
      '[inet_http_server]',
      'port=',
      '[DEFAULT]',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (lines) => {
      const reading = readIni(`[supervisord]\n${lines.join('\n')}`);
      assert.equal(
        reading.config === null,
        reading.problems.some((problem) => problem.severity === 'error'),
      );
    }),
    { numRuns: 500 },
  );
});
