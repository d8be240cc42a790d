// What a supervisord file says and its author hardly means: the file keeps its meaning, and a warning says what it is.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { good, groupNamed, places, processes, processNamed, readIni } from '../support/config-files.ts';

const program = (keys: string) => `[program:p]\n${keys}\n`;
const told = (keys: string, env?: Readonly<Record<string, string>>) =>
  readIni(program(keys), {}, env).problems.map(
    ({ severity, line, message, hint }) => `${severity} ${line}: ${message}${hint === null ? '' : ` (${hint})`}`,
  );
const command = (text: string) => told(`command=${text}`);

test('trap: shell syntax in a command without a shell is warned of, and kept', () => {
  for (const [text, shown] of [
    ['a && b', '"&&"'],
    ['a | b', '"|"'],
    ['a > /tmp/x', '">"'],
    ['a 2>&1', '"2>&1"'],
    ['a `date`', 'backticks'],
    ['a $(date)', '"$(...)"'],
    ['a --port $PORT', '"$PORT"'],
    ['a "${HOME}/x"', '"${HOME}"'],
  ] as const) {
    assert.match(command(text)[0] ?? '', /^warning 2: .* means? nothing here: the command is not run by a shell/, text);
    assert.ok(command(text)[0]?.includes(shown), `${text}: ${command(text)[0]}`);
    assert.equal(processNamed(readIni(program(`command=${text}`)), 'p').command.text, text);
  }
  for (const text of ["a '&& b'", 'a --x=1&y', 'a;b', "sh -c 'exec a && b'", 'a "b > c"', "a '$HOME'", 'a -e s/x/y/ -t 5'])
    assert.deepEqual(command(text), [], text);
});

test('trap 18: a shell that keeps the stop signal to itself is warned of, unless it execs or the group is told', () => {
  const warning = /^warning 2: the stop signal goes to the shell alone/;
  for (const text of ["sh -c 'a && b'", '/bin/bash -lc "a"', "/usr/bin/env X=1 sh -c 'a'"])
    assert.match(command(text)[0] ?? '', warning, text);
  assert.deepEqual(command("sh -c 'exec a'"), []);
  assert.deepEqual(told("command=sh -c 'a'\nstopasgroup=true"), []);
});

test('trap 20: environment values without quotes are cut as in supervisord, and the variable is named', () => {
  const reading = readIni(program('command=x\nenvironment=A=$HOME,B=x y,C="whole $HOME",D=ok'));
  assert.deepEqual(processNamed(readIni(program('command=x\nenvironment=A=$HOME')), 'p').environment, { A: '$' });
  assert.match(reading.problems[0]?.message ?? '', /cannot read the variables|only the start of the value of A is kept/);
  assert.match(told('command=x\nenvironment=A=x y')[0] ?? '', /^warning 3: only the start of the value of A is kept.*write A="\.\.\."/);
  assert.match(told('command=x\nenvironment=A=b#c,D=e')[0] ?? '', /^warning 3: what follows a # outside quotes is lost/);
  assert.match(told('command=x\nenvironment=A="$HOME/x"')[0] ?? '', /^warning 3: A holds a \$ and a name.*write %\(ENV_NAME\)s/);
  const secret = told('command=x\nenvironment=A=%(ENV_S)s', { S: 'hunter2 and more' }).join('\n');
  assert.ok(!secret.includes('hunter2'), secret);
});

test('trap: characters that look like ASCII, shell variables and keys that are part of the line above are named', () => {
  assert.match(command('run “x”')[0] ?? '', /^warning 2: the value has the character "“" \(U\+201C\)/);
  assert.match(command('run \uff0d-x')[0] ?? '', /U\+FF0D/);
  assert.match(told('command=x\ndirectory=${APP}/x')[0] ?? '', /"\$\{APP\}" is not expanded: there is no shell \(write %\(ENV_APP\)s\)/);
  assert.match(told('command=x\n  directory=/srv')[0] ?? '', /^warning 3: indented deeper than "command" above it/);
  const { problems } = readIni('[inet_http_server]\nport = 127.0.0.1：9001\n');
  assert.match(problems[0]?.message ?? '', /"：" is not an ASCII character/);
  assert.match(readIni(program('command=x\nnumprocs=${N}')).problems[0]?.message ?? '', /shell variables are not expanded here/);
});

test('a misplaced key is told where it belongs, a mistyped one what is near', () => {
  const hints = readIni(
    '[supervisord]\nusername=x\nautostart=true\n[program:p]\ncommand=x\nloglevel=info\nworkingdir=/x\nstderror_logfile=/y\n',
  ).problems.map((one) => [one.line, one.hint]);
  assert.deepEqual(hints, [
    [2, 'it belongs into [unix_http_server] or [inet_http_server] or [supervisorctl]'],
    [3, 'it belongs into [program:NAME] or [eventlistener:NAME] or [fcgi-program:NAME]'],
    [6, 'it belongs into [supervisord]'],
    [7, null],
    [8, 'did you mean "stderr_logfile"?'],
  ]);
});

test('an event listener is a pool with its events, buffer and priority -1; its mistakes are those supervisord names', () => {
  const group = groupNamed(
    readIni('[eventlistener:l]\ncommand=x\nevents=tick_5, PROCESS_STATE,TICK_5\nnumprocs=2\nprocess_name=%(process_num)d'),
    'l',
  );
  assert.deepEqual(group.listener, { events: ['TICK_5', 'PROCESS_STATE'], bufferSize: 10 });
  assert.deepEqual([group.priority, group.members.map((one) => one.priority)], [-1, [999, 999]]);
  const error = (keys: string) =>
    readIni(`[eventlistener:l]\ncommand=x\n${keys}`).problems.find((one) => one.severity === 'error')?.message ?? '';
  assert.match(error('events=TICK5'), /unknown event type TICK5, did you mean "TICK/);
  assert.match(error('events=TICK_5,'), /a comma too many/);
  assert.match(error('events=TICK_5\nbuffer_size=0'), /at least 1/);
  assert.match(error('events=TICK_5\nredirect_stderr=true'), /its standard output is the protocol/);
  assert.match(error(''), /requires an "events" line/);
});

test('a FastCGI program shares a socket, owned by its user, unless a group lists it', () => {
  const text = '[fcgi-program:f]\ncommand=x\nuser=www\nsocket=unix:///run/%(program_name)s.sock\nsocket_backlog=5\n';
  assert.deepEqual(groupNamed(readIni(text), 'f').socket, {
    address: { unix: '/run/f.sock' },
    mode: 0o700,
    owner: 'www',
    ownGroup: true,
    backlog: 5,
  });
  const listed = readIni(`${text}[group:g]\nprograms=f\n`);
  assert.equal(groupNamed(listed, 'g').socket, null);
  assert.match(listed.problems[0]?.message ?? '', /it has no socket and is a plain program, as in supervisord/);
  const error = (keys: string) =>
    readIni(`[fcgi-program:f]\ncommand=x\n${keys}`).problems.find((one) => one.severity === 'error')?.message ?? '';
  assert.match(error('socket=tcp://localhost:80\nsocket_mode=0700'), /for unix sockets only/);
  assert.match(error('socket=unix://rel'), /expected unix:\/\/\/absolute\/path or tcp/);
  assert.match(error(''), /requires a "socket" line/);
});

test('two processes or groups of one name: what supervisord runs, with a warning', () => {
  const twins = readIni('[program:a]\ncommand=x\n[program:b]\ncommand=y\nprocess_name=a\n[group:g]\nprograms=a,b\n');
  assert.deepEqual(
    processes(good(twins).tree).map((one) => one.command.text),
    ['y'],
  );
  assert.deepEqual(places(twins.problems, 'warning'), ['1 null']);
  const groups = readIni('[program:a]\ncommand=x\n[program:g]\ncommand=y\n[group:g]\nprograms=a\n');
  assert.deepEqual(
    processes(good(groups).tree).map((one) => one.id),
    ['g:a'],
  );
});

test('%(here)s is the folder of the file that says it once there is an [include], and values that are expanded twice say so', () => {
  const more = { '/etc/d/x.conf': '[program:q]\ncommand=%(here)s/run\n' };
  const text = '[include]\nfiles=d/*.conf\n[inet_http_server]\nport=9001\nusername=%(here)s\npassword=x\n';
  assert.equal(processNamed(readIni(text, more), 'q').command.text, '/etc/d/run');
  assert.equal(good(readIni(text, more)).api.listen[0]?.credentials?.username, '/etc');
  assert.match(
    readIni('[inet_http_server]\nport=9001\nusername=%(here)s\npassword=x\n').problems.find((one) => one.severity === 'error')?.message ??
      '',
    /there is no such name/,
  );
  assert.equal(processNamed(readIni(program('command=x\nstdout_logfile=/l/50%%%%.log')), 'p').stdout.file, '/l/50%.log');
  assert.match(told('command=x\nstdout_logfile=/l/50%%.log')[0] ?? '', /^error 3: .*expands it twice.*%%%%/);
});
