import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_HEALTH } from '../../config/health-spec.ts';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import { problemLine } from '../../config/problems.ts';
import { good, groupNamed, places, processes, processNamed, readToml } from '../support/config-files.ts';

const program = (keys: string, command = 'command = "run"') => `[programs.p]\n${command}\n${keys}\n`;
const one = (keys: string, command?: string) => processNamed(readToml(program(keys, command)), 'p');
const errorsOf = (text: string) => readToml(text).problems.filter((problem) => problem.severity === 'error');

test('every problem of a file is told at once, each with its line, its key and the nearest known key', () => {
  const reading = readToml(
    [
      '[daemon]',
      'loglevel = "loud"',
      '',
      '[programs.web]',
      'comand = "x"',
      'startsecs = "ten"',
      '',
      '[programs.worker]',
      'command = "x"',
      'environment = { "A=B" = "x",',
      '  C = [1] }',
      'stop = [',
      '  "TERM 10s",',
      '  "FOO",',
      ']',
      'numprocs = 0',
      '[progams.x]',
    ].join('\n'),
  );
  assert.equal(reading.config, null);
  assert.deepEqual(places(reading.problems), [
    '2 daemon.loglevel',
    '4 programs.web',
    '5 programs.web.comand',
    '6 programs.web.startsecs',
    '10 programs.worker.environment."A=B"',
    '11 programs.worker.environment.C',
    '14 programs.worker.stop[1]',
    '16 programs.worker.numprocs',
    '17 progams',
  ]);
  const hints = Object.fromEntries(reading.problems.map((problem) => [problem.key, problem.hint]));
  assert.equal(hints['programs.web.comand'], 'did you mean "command"?');
  assert.equal(hints['progams'], 'did you mean "programs"?');
  assert.equal(
    reading.problems.every((problem) => problem.file === '/etc/reeve.toml'),
    true,
  );
  assert.match(
    reading.problems.find((problem) => problem.key === 'programs.web.startsecs')?.message ?? '',
    /expected a duration such as "10s".* got "ten"/,
  );
});

test('a syntax error names its line', () => {
  assert.deepEqual(places(readToml('[daemon]\nidentifier = \n').problems), ['2 null']);
  assert.deepEqual(places(readToml('[daemon]\na = 1\n[daemon]\n').problems), ['3 null']);
});

test('a file that is not there, or that is empty', () => {
  assert.match(
    readToml('')
      .problems.map((problem) => problem.message)
      .join(),
    /^$/,
  );
  assert.equal(good(readToml('')).tree.members.length, 0);
  assert.match(readToml('include = ["gone.toml"]').problems[0]?.message ?? '', /no file matches/);
});

test('keys of a later version are refused by name, never ignored', () => {
  const reading = readToml(
    `${program('alerts = ["db"]\nwatchdog = 1\ncgroup = true')}[templates.x]\nevery = "1m"\n[groups.g]\nmembers = ["p"]\nrolling = 1`,
  );
  assert.deepEqual(places(reading.problems), [
    '3 programs.p.alerts',
    '4 programs.p.watchdog',
    '5 programs.p.cgroup',
    '6 templates',
    '10 groups.g.rolling',
  ]);
  for (const problem of reading.problems) assert.equal(problem.message, 'not yet supported by this version');
});

test('a native program has the native defaults (DESIGN §3) [E21]', () => {
  const { origin, stdout, stderr, backoff, ...spec } = one('');
  assert.deepEqual(origin, { file: '/etc/reeve.toml', line: 1 });
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
    environment: { REEVE_PROCESS_NUM: '0' },
    inherit: true,
    serverUrl: null,
    stdin: 'null',
    notify: false,
    vitals: { heartbeat: null, progressTimeoutMs: null, onStuck: 'alert' },
    health: NO_HEALTH,
    autoscale: null,
    hooks: {},
    watch: null,
    breaker: null,
    drainSignal: null,
    drainTimeoutMs: null,
    processGroup: 'session',
    autostart: true,
    oneshot: false,
    ready: null,
    startTimeoutMs: null,
    dependsOn: [],
    priority: 999,
    restart: 'permanent',
    exitCodes: [0],
    startMs: 1000,
    startRetries: null,
    startExit: 'judge',
    missing: 'fatal',
    startBackoff: backoff,
    intensity: { max: null, windowMs: 60_000 },
    stop: [
      { signal: 'TERM', scope: 'main', waitMs: 10_000 },
      { signal: 'KILL', scope: 'tree', waitMs: 10_000 },
    ],
    sweep: true,
    onFailure: 'stay',
    exitCode: 10,
  });
  assert.deepEqual(backoff, { policy: 'exponential', baseMs: 1000, factor: 2, maxMs: 60_000, jitter: 0.2, resetMs: 60_000 });
  assert.deepEqual(stdout, {
    file: '/state/logs/p.log',
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
  assert.equal(stderr?.file, '/state/logs/p.err.log');
});

test('separate files, sizes and counts are as written, 50 MB x 10 otherwise [B4] [B5]', () => {
  const spec = one(
    'stdout_logfile = "out.log"\nstdout_logfile_maxbytes = "1MB"\nstdout_logfile_backups = 3\nstderr_logfile = "/var/err.log"',
  );
  assert.deepEqual([spec.stdout.file, spec.stdout.maxBytes, spec.stdout.backups, spec.stdout.auto], ['/etc/out.log', 1_048_576, 3, false]);
  assert.deepEqual([spec.stderr?.file, spec.stderr?.maxBytes, spec.stderr?.backups], ['/var/err.log', 52_428_800, 10]);
  assert.equal(one('redirect_stderr = true').stderr, null);
  assert.equal(one('stdout_logfile = "none"').stdout.file, null);
});

test("as PID 1 output without a file goes to the daemon's own, prefixed", () => {
  const spec = processNamed(readToml(program(''), { pid1: true }), 'p');
  assert.deepEqual([spec.stdout.file, spec.stdout.tee, spec.stderr?.tee], [null, 'stdout', 'stderr']);
  assert.equal(processNamed(readToml(program('log_tee = "stdout"'), { pid1: true }), 'p').stderr?.tee, 'stdout');
  assert.equal(processNamed(readToml(program('log_tee = false'), { pid1: true }), 'p').stdout.tee, null);
});

test('[logs] holds the defaults of every program', () => {
  const reading = readToml(`[logs]\ndirectory = "out"\nmaxbytes = "1KB"\nformat = "json"\ntee = true\n${program('')}`);
  const { stdout } = processNamed(reading, 'p');
  assert.deepEqual([stdout.file, stdout.maxBytes, stdout.format, stdout.tee], ['/etc/out/p.log', 1024, 'json', 'stdout']);
});

test('the restart keys give delays: restart_delay alone is the wait before each restart [B3] [E15]', () => {
  const cases: readonly (readonly [string, Record<string, unknown>])[] = [
    ['restart_delay = "10s"', { policy: 'fixed', baseMs: 10_000, jitter: 0 }],
    ['restart_delay = 2\nrestart_max_delay = "30s"', { policy: 'exponential', baseMs: 2000, maxMs: 30_000, jitter: 0.2 }],
    ['restart_delay_policy = "linear"', { policy: 'linear', baseMs: 1000 }],
    ['restart_delay_policy = "none"', { policy: 'none', baseMs: 0 }],
    ['restart_backoff = 1.5\nrestart_jitter = 0.5', { policy: 'exponential', factor: 1.5, jitter: 0.5 }],
    ['restart_delay = "5m"', { policy: 'fixed', baseMs: 300_000, maxMs: 300_000 }],
    ['backoff_reset = "5m"', { resetMs: 300_000 }],
  ];
  for (const [keys, expected] of cases) assert.deepEqual({ ...one(keys).backoff, ...expected }, one(keys).backoff, keys);
});

test('defect 22: max_restarts takes a number or a preset, and a written window wins [E12] [E17]', () => {
  const cases: readonly (readonly [string, number | null, number])[] = [
    ['max_restarts = "strict"', 3, 300_000],
    ['max_restarts = "moderate"', 5, 60_000],
    ['max_restarts = "lenient"', 10, 60_000],
    ['max_restarts = "unlimited"', null, 60_000],
    ['max_restarts = 7', 7, 60_000],
    ['max_restarts = 7\nrestart_window = "5m"', 7, 300_000],
    ['max_restarts = "strict"\nrestart_window = 10', 3, 10_000],
    ['max_restarts = 0', 0, 60_000],
  ];
  for (const [keys, max, windowMs] of cases) assert.deepEqual(one(keys).intensity, { max, windowMs }, keys);
  assert.deepEqual(places(readToml(program('restart_window = 5')).problems), ['3 programs.p.restart_window']);
});

test('a stop ladder ends with KILL unless its last wait is infinite [E22]', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string, number])[]])[] = [
    [
      'stop = ["TERM 10s", "QUIT 5s", "KILL"]',
      [
        ['TERM', 'main', 10_000],
        ['QUIT', 'tree', 5000],
        ['KILL', 'tree', 10_000],
      ],
    ],
    [
      'stop = ["INT"]',
      [
        ['INT', 'main', 10_000],
        ['KILL', 'tree', 10_000],
      ],
    ],
    [
      'stop = "sigquit 30s group"',
      [
        ['QUIT', 'group', 30_000],
        ['KILL', 'tree', 10_000],
      ],
    ],
    [
      'stop = ["TERM 3s main", "KILL 2s group"]',
      [
        ['TERM', 'main', 3000],
        ['KILL', 'group', 2000],
      ],
    ],
    ['stop = ["TERM infinity"]', [['TERM', 'main', Infinity]]],
    [
      'stop = ["TERM"]\nstopwaitsecs = 2',
      [
        ['TERM', 'main', 2000],
        ['KILL', 'tree', 2000],
      ],
    ],
    [
      'stopsignal = "INT"\nstopwaitsecs = "30s"',
      [
        ['INT', 'main', 30_000],
        ['KILL', 'tree', 30_000],
      ],
    ],
    ['stopwaitsecs = "infinity"', [['TERM', 'main', Infinity]]],
    [
      'stopwaitsecs = 0',
      [
        ['TERM', 'main', 0],
        ['KILL', 'tree', 1000],
      ],
    ],
    [
      'stopasgroup = true',
      [
        ['TERM', 'group', 10_000],
        ['KILL', 'tree', 10_000],
      ],
    ],
    [
      'shell = true',
      [
        ['TERM', 'group', 10_000],
        ['KILL', 'tree', 10_000],
      ],
    ],
    ['stop = ["KILL"]', [['KILL', 'tree', 10_000]]],
  ];
  for (const [keys, expected] of cases)
    assert.deepEqual(
      one(keys).stop.map((step) => [step.signal, step.scope, step.waitMs]),
      expected,
      keys,
    );
});

test('a stop ladder that cannot be is refused', () => {
  for (const keys of [
    'stop = []',
    'stop = ["TERM infinity", "KILL"]',
    'stop = ["TERM main 10s"]',
    'stop = ["TERM 1s 2s"]',
    'stop = ["TERM soon"]',
    'stop = [9]',
    'stop = ["TERM"]\nstopsignal = "INT"',
    'stopasgroup = true\nkillasgroup = false',
  ]) {
    assert.equal(errorsOf(program(keys)).length, 1, keys);
  }
});

test('numprocs counts copies, per processor where that is asked for [C63] [D43]', () => {
  const names = (keys: string) => processes(good(readToml(program(keys))).tree).map((spec) => spec.name);
  assert.deepEqual(names('numprocs = 2'), ['p-0', 'p-1']);
  assert.equal(names('numprocs = "cpus"').length, 4);
  assert.equal(names('numprocs = "cpus*2"').length, 8);
  assert.deepEqual(names('numprocs = "cpus*0.25"'), ['p-0']);
  assert.deepEqual(names('numprocs = 2\nnumprocs_start = 5\nprocess_name = "{group}_{num:02}"'), ['p_05', 'p_06']);
  for (const keys of [
    'numprocs = 0',
    'numprocs = "many"',
    'numprocs = 2\nprocess_name = "{program}"',
    'process_name = "{nom}"',
    'process_name = "a b"',
  ])
    assert.equal(errorsOf(program(keys)).length, 1, keys);
});

test('instance numbers are stable, seen by the child, and may have variables of their own [D61] [E26]', () => {
  const reading = readToml(
    `${program('numprocs = 3\nnumprocs_start = 1\nenvironment = { A = "all", B = "b" }')}[programs.p.instance.2]\nenvironment = { A = "two" }\nnice = 5`,
  );
  const all = processes(good(reading).tree);
  assert.deepEqual(
    all.map((spec) => [spec.num, spec.environment['REEVE_PROCESS_NUM'], spec.environment['A'], spec.environment['B'], spec.nice]),
    [
      [1, '1', 'all', 'b', null],
      [2, '2', 'two', 'b', 5],
      [3, '3', 'all', 'b', null],
    ],
  );
  assert.deepEqual(
    places(readToml(`${program('numprocs = 2')}[programs.p.instance.7]\nnice = 1\n[programs.p.instance.0]\nnicer = 1`).problems),
    ['4 programs.p.instance.7', '7 programs.p.instance.0.nicer'],
  );
});

test('a scaled program keeps the names of its lowest copies [D61]', () => {
  const names = (keys: string, count: number) =>
    processes(good(readToml(program(keys), { numprocs: { p: count } })).tree).map((spec) => spec.name);
  assert.deepEqual(names('', 3), ['p', 'p-1', 'p-2']);
  assert.deepEqual(names('numprocs = 2', 3), ['p-0', 'p-1', 'p-2']);
  assert.deepEqual(names('process_name = "x{num}"', 2), ['x0', 'x1']);
  assert.deepEqual(names('numprocs = 3\n[programs.p.instance.2]\nnice = 1', 1), ['p-0']);
});

test('variables come from the daemon, env_file and the program, the last wins [B38]', () => {
  const reading = readToml(
    '[daemon]\nenvironment = { A = "daemon", B = "daemon", C = "daemon" }\n[programs.p]\ncommand = "x"\nenv_file = [".env", "more.env"]\nenvironment = { C = "program", N = 3, T = true }',
    {},
    {
      '/etc/.env': 'B=file\nD=1',
      '/etc/more.env': 'D=2',
    },
  );
  assert.deepEqual(processNamed(reading, 'p').environment, {
    A: 'daemon',
    B: 'file',
    C: 'program',
    D: '2',
    N: '3',
    T: 'true',
    REEVE_PROCESS_NUM: '0',
  });
});

test('an env_file that is missing or wrong is an error with its place, unless only the socket is looked for', () => {
  const text = '[programs.p]\ncommand = "x"\nenv_file = [\n ".env",\n "gone"]';
  const reading = readToml(text, {}, { '/etc/.env': 'A=1\noops' });
  assert.deepEqual(
    reading.problems.map((problem) => `${problem.file}:${problem.line} ${problem.message}`),
    ['/etc/reeve.toml:5 cannot read /etc/gone: there is no such file (ENOENT)', '/etc/.env:2 expected NAME=value'],
  );
  assert.notEqual(readToml(text, { secrets: false }).config, null);
});

test('commands are words, a list, or a shell line', () => {
  assert.deepEqual(one('', 'command = "a \'b c\'"').command, { text: `a 'b c'`, words: ['a', 'b c'], shell: false });
  assert.deepEqual(one('', 'command = ["a", "b c"]').command, { text: `a 'b c'`, words: ['a', 'b c'], shell: false });
  assert.deepEqual(one('shell = true', 'command = "a | b"').command, { text: 'a | b', words: ['/bin/sh', '-c', 'a | b'], shell: true });
  assert.deepEqual(one('', 'command = "a \'b"').command, { text: `a 'b`, words: [], shell: false, problem: `can't parse command "a 'b": No closing quotation` });
  for (const command of [
    'command = ""',
    'command = []',
    'command = [""]',
    'command = 1',
    'command = "a"\nshell = "yes"',
    'command = ["a"]\nshell = true',
  ])
    assert.equal(errorsOf(program('', command)).length, 1, command);
});

test('attributes of the process are read, with limits by either name', () => {
  const spec = one(
    'user = "www:adm"\numask = "027"\nnice = 5\noom_score_adj = -500\nlimits = { nofile = 4096 }\n[programs.p.rlimits]\ncore = { soft = 0, hard = "unlimited" }\nas = "1GB"\n',
  );
  assert.deepEqual([spec.user, spec.userGroup, spec.umask, spec.nice, spec.oomScoreAdj], ['www', 'adm', 0o27, 5, -500]);
  assert.deepEqual(spec.rlimits, {
    nofile: { soft: 4096, hard: 4096 },
    core: { soft: 0, hard: Infinity },
    as: { soft: 2 ** 30, hard: 2 ** 30 },
  });
  for (const keys of [
    'rlimits = { open = 1 }',
    'rlimits = { nofile = { soft = 2, hard = 1 } }',
    'rlimits = { nofile = 1 }\nlimits = { nofile = 1 }',
    'umask = "9"',
    'nice = 99',
    'user = ":adm"',
  ])
    assert.equal(errorsOf(program(keys)).length, 1, keys);
});

test('inherit is all, none, or a list of names', () => {
  assert.equal(one('inherit = false').inherit, false);
  assert.deepEqual(one('inherit = ["PATH"]').inherit, ['PATH']);
  assert.equal(errorsOf(program('inherit = ["A=B"]')).length, 1);
});

test("control = true tells the child the server's URL, the unix socket first", () => {
  const url = (listen: string) => processNamed(readToml(`[api]\n${listen}\n${program('control = true')}`), 'p').serverUrl;
  assert.equal(url('listen = ["127.0.0.1:9001", "unix:run/r.sock"]'), 'unix:///etc/run/r.sock');
  assert.equal(url('listen = "[::1]:9001"'), 'http://[::1]:9001');
  assert.equal(url(''), 'auto');
});

test('names that cannot be addressed are refused', () => {
  for (const name of ['"a b"', '"a:b"', '"a/b"', '"*"', 'all', '""'])
    assert.equal(errorsOf(`[programs.${name}]\ncommand = "x"`).length > 0, true, name);
});

test('listeners are unix sockets and addresses; TCP that others reach needs credentials', () => {
  const api = good(
    readToml('[api]\nlisten = ["unix:/run/r.sock", "127.0.0.1:9001", "localhost:1"]\nprobe_listen = ":9002"\nsocket_mode = "0770"'),
  ).api;
  assert.deepEqual(
    api.listen.map((one) => one.address),
    [{ unix: '/run/r.sock' }, { host: '127.0.0.1', port: 9001 }, { host: 'localhost', port: 1 }],
  );
  assert.deepEqual(api.probeListen, { host: '', port: 9002 });
  assert.equal(api.listen[0]?.mode, 0o770);
  assert.equal(
    api.listen.every((one) => !one.open),
    true,
  );
  for (const listen of [':9001', '*:9001', '0.0.0.0:9001', '10.0.0.1:9001']) {
    const [problem] = errorsOf(`[api]\nlisten = "${listen}"`);
    assert.match(`${problem?.message} ${problem?.hint}`, /without credentials.*auth = "none"/, listen);
    assert.equal(good(readToml(`[api]\nlisten = "${listen}"\nauth = "none"`)).api.listen[0]?.open, true);
    assert.equal(good(readToml(`[api]\nlisten = "${listen}"\nusers = [{ name = "a", password = "b" }]`)).api.listen.length, 1);
  }
  for (const listen of ['9001:host', 'host:0', 'host:99999', 'unix:', '', 'http://x'])
    assert.equal(errorsOf(`[api]\nlisten = "${listen}"`).length, 1, listen);
});

test('credentials come from the file or from files, and are never quoted in problems', () => {
  const reading = readToml(
    '[[api.users]]\nname = "ann"\npassword = "hunter2"\nrole = "admin"\n[[api.users]]\nname = "bob"\npassword_file = "bob"\n[[api.tokens]]\nname = "t"\ntoken_file = "tok"',
    {},
    { '/etc/bob': 'geheim\n', '/etc/tok': 'T0' },
  );
  assert.deepEqual(good(reading).api.users, [
    { name: 'ann', password: 'hunter2', role: 'admin' },
    { name: 'bob', password: 'geheim', role: 'read' },
  ]);
  assert.deepEqual(good(reading).api.tokens, [{ name: 't', token: 'T0', role: 'read' }]);
  const bad = readToml(
    '[[api.users]]\nname = "ann"\npassword = 12345\n[[api.users]]\npasword = "hunter2"\nname = "x"\n[[api.users]]\nname = "ann"\npassword = "hunter2"\nrole = "root"',
  );
  assert.deepEqual(places(bad.problems), [
    '1 api.users[0]',
    '3 api.users[0].password',
    '4 api.users[1]',
    '5 api.users[1].pasword',
    '8 api.users[2].name',
    '10 api.users[2].role',
  ]);
  assert.doesNotMatch(JSON.stringify(bad.problems), /hunter2|12345/);
});

test('included files of both dialects are read in order, relative to the file that names them', () => {
  const reading = readToml(
    'include = ["conf.d/*.toml", "legacy/*.conf", "none/*.toml"]\n[programs.main]\ncommand = "x"',
    {},
    {
      '/etc/conf.d/b.toml': '[programs.b]\ncommand = "x"\nstdout_logfile = "b.log"',
      '/etc/conf.d/a.toml': 'include = "deep/*.toml"\n[programs.a]\ncommand = "x"',
      '/etc/conf.d/deep/d.toml': '[programs.d]\ncommand = "x"',
      '/etc/legacy/old.conf': '[program:old]\ncommand=/bin/old %(here)s\n',
    },
  );
  assert.deepEqual(
    good(reading).tree.members.map((group) => group.kind === 'group' && group.name),
    ['main', 'a', 'd', 'b', 'old'],
  );
  assert.equal(processNamed(reading, 'b').stdout.file, '/etc/conf.d/b.log');
  const old = processNamed(reading, 'old');
  assert.deepEqual(
    [old.command.text, old.startExit, old.origin],
    ['/bin/old /etc/legacy', 'retry', { file: '/etc/legacy/old.conf', line: 1 }],
  );
  assert.deepEqual(places(reading.problems, 'warning'), ['1 include']);
});

test('a name defined twice names both places, and files that include themselves are refused', () => {
  const twice = readToml(
    'include = "b.toml"\n[programs.a]\ncommand = "x"\n[daemon]',
    {},
    { '/etc/b.toml': '[daemon]\n[programs.a]\ncommand = "y"' },
  );
  assert.deepEqual(
    twice.problems.map((problem) => `${problem.file}:${problem.line} ${problem.message}`),
    ['/etc/b.toml:1 [daemon] is already written in /etc/reeve.toml:4', '/etc/b.toml:2 program "a" is already written in /etc/reeve.toml:2'],
  );
  const cycle = readToml('include = "b.toml"', {}, { '/etc/b.toml': '\ninclude = "reeve.toml"' });
  assert.match(cycle.problems[0]?.message ?? '', /reeve\.toml -> \/etc\/b\.toml -> \/etc\/reeve\.toml/);
});

test("supervisord's words that TOML says otherwise are answered with the right word", () => {
  const [problem] = errorsOf(program('autorestart = true'));
  assert.match(problem?.hint ?? '', /restart = "permanent"/);
});

test('a group is found by name with its program as member', () => {
  assert.equal(groupNamed(readToml(program('')), 'p').implicit, true);
});

test('no text makes the reader throw', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '[programs.a]',
      '[groups.g]',
      'command = "x"',
      'members = ["a", "g"]',
      'stop = [',
      '"TERM"',
      ']',
      '= 1',
      '[[api.users]]',
      'name = "a"',
      'include = "*"',
      'environment = { A = 1 }',
      '[program:x]',
      'command=%(x)s',
      'numprocs = 3',
      'rlimits = { nofile = {} }',
      '[programs.a.instance.1]',
      'limits = 1',
      'users = [1]',
      '"""',
      "'''",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (lines) => {
      const reading = readToml(lines.join('\n'));
      assert.equal(
        reading.config === null,
        reading.problems.some((problem) => problem.severity === 'error'),
      );
    }),
    { numRuns: 500 },
  );
});

test('a name may be of any script, and is refused where nobody can see what it is', () => {
  const told = (table: string, name: string): readonly string[] => [...new Set(errorsOf(`\n[${table}.${JSON.stringify(name)}]\ncommand = "x"\nevery = 5\nmembers = ["x"]\n`).filter(({ message }) => message.includes('a name cannot')).map(({ line, message }) => `${line} ${message}`))];
  for (const name of ['プロセス', 'שירות', 'می‌خواهم', 'cafe\u0301', '👩‍💻', '❤️', '<b>x', 'x'.repeat(500)]) for (const table of ['programs', 'groups', 'jobs', 'checks']) assert.deepEqual(told(table, name), [], name);
  const bad: readonly (readonly [string, string])[] = [
    ['web\u202Ebew', 'U+202E'], ['\u2066web', 'U+2066'], ['we\u200Bb', 'U+200B'], ['we\u200Db', 'U+200D'], ['gr\u00FC\u200D', 'U+200D'], ['we\uFE0Fb', 'U+FE0F'], ['we\u{E0101}b', 'U+E0101'], ['\u2764\uFE0F\uFE0F', 'U+FE0F'], ['w\u001B[2J', 'U+001B'], ['web\u00AD', 'U+00AD'], ['\u3164', 'U+3164'], ['web\u0085', 'U+0085'], ['\u0301web', 'U+0301'],
  ];
  for (const [name, code] of bad) for (const table of ['programs', 'groups', 'jobs', 'checks']) assert.deepEqual(told(table, name), [`2 a name cannot contain ${code}: nobody sees it, and what is written around it would look like something else`], table);
  assert.match(problemLine(errorsOf('[programs."a\\u202Eb"]\ncommand = "x"')[0]!), /^\/etc\/reeve\.toml:1: error: programs\."a\uFFFDb": a name cannot contain U\+202E/);
  assert.match(errorsOf(program('process_name = "a\\u202E{num}"'))[0]?.message ?? '', /a name cannot contain U\+202E/);
});
