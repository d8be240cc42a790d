// Arbitrary supervisord files: sections and keys people write and mistype, odd spacing, comments, quotes, fields, errors.
import fc from 'fast-check';

/** Nearly always one of the good values. */
function mostly(good: readonly string[], bad: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 24, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
}

const word = fc.constantFrom('a', 'b', 'web', 'worker', 'x1', 'Über', 'w-2');
const blank = fc.constantFrom('', '', '', ' ', '  ', '\t');
const comment = fc.constantFrom('', '', '', '', ' ; note', ' # note', ';no', '#no', '\t;tab', ' ;a #b', 'x;y #z', ' ; "quote');

const field = mostly(
  [
    '%(program_name)s',
    '%(process_num)02d',
    '%(process_num)d',
    '%(here)s',
    '%(ENV_SET)s',
    '%(group_name)s',
    '%(host_node_name)s',
    '%(numprocs)s',
    '%%',
    '%(process_num)5s',
    '%(program_name)-6s|',
    '%(process_num)+d',
    '%(ENV_SET)r',
  ],
  ['%(ENV_UNSET)s', '%(ENV_MINE)s', '%(nope)s', '%d', '100%'],
);
const text = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: word },
      { weight: 1, arbitrary: field },
      { weight: 2, arbitrary: fc.constantFrom('/', '=', ':', '"', "'", '-', '.', '\u00a0', '$HOME', ' ', '  ') },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''));
const wholeNumber = mostly(['0', '1', '2', ' 3 ', '+4', '1_0', '-1', '007', '%(ENV_NUM)s'], ['1.5', 'x', '']);
const yesNo = mostly(['true', 'false', 'Yes', 'OFF', '1', '0', 'on'], ['maybe', '']);
const size = mostly(['0', '1', '50MB', '1kb', '2 GB', '-1KB', '1_0KB'], ['5XB', '1.5MB', 'MB', '10M']);
const path = mostly(
  ['/tmp/x.log', 'rel/x.log', '~/x.log', '%(here)s/x.log', '/tmp/%(program_name)s.log', '/l/%%%%.log', '/dev/stdout'],
  ['/l/%%.log', '/l/%%%%.log', '/tmp/%(process_num)d.log'],
);
const logName = fc.oneof(path, fc.constantFrom('NONE', 'none', 'off', 'AUTO', 'auto', 'syslog', 'SYSLOG', ''));
const signal = mostly(['TERM', 'sigint', 'QUIT', '9', ' 15', 'HUP', 'USR1', 'CLD'], ['BLAH', '99', '']);
const variables = mostly(
  [
    'A=1',
    'A="x y",B=2',
    "A='z',",
    'A=x y',
    'A=$HOME',
    'A=b#c,D=e',
    'A="1"; B="2"',
    'A=50%%',
    'A=%(ENV_SET)s',
    'A="it\'s"',
    'A=1,A=2',
    '',
    'A = 1 , B = "x"',
    '*=x',
    'A=x/y:z.(1)+-',
    'MINE=x',
  ],
  ['MINE=%(program_name)s', 'A=', 'A', 'A=b@c', 'A="x', 'A="%(process_num)d"'],
);
const exitCodes = mostly(['0', '0,2', '0, 1', ''], ['256', '1,', 'x', '-1']);
const octal = mostly(['022', '0o22', '77', '-1', '0_22'], ['8', '']);
const user = fc.constantFrom('www', 'root', '0', '33', 'a:b');
const listen = mostly(
  ['9001', '127.0.0.1:9001', '*:9001', ':9001', '[::1]:9001', 'HOST:80'],
  ['99999', '127.0.0.1:', 'localhost:http', '127.0.0.1\uff1a9001'],
);
const events = mostly(['TICK_5', 'process_state, TICK_60', 'EVENT', 'PROCESS_STATE_FATAL,PROCESS_STATE_FATAL'], ['NOPE', 'TICK_5,', '']);
const socket = mostly(
  ['unix:///tmp/%(program_name)s.sock', 'tcp://LOCALhost:9000', 'unix:///a/../b'],
  ['tcp://LOCAL:70000', 'unix://rel', 'http://x'],
);

type Values = Readonly<Record<string, fc.Arbitrary<string>>>;

const PROGRAM: Values = {
  command: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('run', '/bin/cat', 'sh -c "a ; b"', 'run %(process_num)d', 'run --x=%(ENV_MINE)s') },
    { weight: 2, arbitrary: text },
  ),
  process_name: mostly(
    ['%(program_name)s_%(process_num)02d', '%(program_name)s_%(process_num)d', '%(program_name)s', 'named'],
    ['bad name', 'x:y'],
  ),
  numprocs: mostly(['1', '0', '-1'], ['2', '11', 'x', '%(ENV_NUM)s']),
  numprocs_start: mostly(['0', '1', '5', '-2'], ['x']),
  priority: wholeNumber,
  autostart: yesNo,
  autorestart: fc.oneof(yesNo, fc.constantFrom('unexpected', 'Unexpected')),
  startsecs: wholeNumber,
  startretries: wholeNumber,
  exitcodes: exitCodes,
  stopsignal: signal,
  stopwaitsecs: wholeNumber,
  stopasgroup: yesNo,
  killasgroup: yesNo,
  user,
  redirect_stderr: yesNo,
  environment: variables,
  directory: fc.oneof(path, text),
  umask: octal,
  serverurl: fc.constantFrom('AUTO', 'auto ', 'http://x:1', ''),
  stdout_logfile: logName,
  stderr_logfile: logName,
  stdout_logfile_maxbytes: size,
  stderr_logfile_maxbytes: size,
  stdout_logfile_backups: wholeNumber,
  stderr_logfile_backups: wholeNumber,
  stdout_capture_maxbytes: size,
  stderr_events_enabled: yesNo,
  stdout_syslog: yesNo,
  stderror_logfile: path,
  loglevel: fc.constant('debug'),
  Foo: text,
};
const LISTENER: Values = { ...PROGRAM, events, buffer_size: wholeNumber, result_handler: mostly(['a.b:c', 'a.b'], ['not a path']) };
const FCGI: Values = {
  ...PROGRAM,
  socket,
  socket_owner: fc.constantFrom('www', 'www:adm', '1:2'),
  socket_mode: octal,
  socket_backlog: wholeNumber,
};
const DAEMON: Values = {
  logfile: path,
  logfile_maxbytes: size,
  logfile_backups: wholeNumber,
  loglevel: mostly(['info', 'DEBUG', 'warn', 'blather', 'crit'], ['loud']),
  pidfile: path,
  umask: octal,
  nodaemon: yesNo,
  silent: yesNo,
  minfds: wholeNumber,
  minprocs: wholeNumber,
  nocleanup: yesNo,
  childlogdir: fc.constantFrom('/tmp/logs', '%(here)s'),
  user,
  directory: path,
  strip_ansi: yesNo,
  environment: variables,
  identifier: text,
  username: text,
  level: fc.constant('info'),
};
const LOGIN: Values = {
  username: fc.constantFrom('ann', '', '%(ENV_SET)s'),
  password: mostly(['secret', '', '{SHA}82ab'], ['%(ENV_UNSET)s']),
};

/** What may follow any value. */
const safeComment = fc.constantFrom('', '', '', ' ; note', ' # note', '\t;tab', ' ;a #b', ' ; "quote');
/** Keys of free text: what is glued on or continued is part of the value, and no error. */
const FREE = [
  'command',
  'directory',
  'identifier',
  'prompt',
  'Foo',
  'foo',
  'username',
  'stdout_logfile',
  'stderr_logfile',
  'logfile',
  'pidfile',
  'password',
];

/** One line, now and then indented, continued, commented or with another delimiter. */
function line(key: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const free = FREE.includes(key);
  return fc
    .tuple(
      value,
      blank,
      blank,
      fc.constantFrom('=', '=', '=', ':'),
      free ? comment : safeComment,
      !free
        ? fc.constantFrom('', '', '', ' ', '\n; c')
        : fc.constantFrom('', '', '', '', '', ' ', '\n  more', '\n\n  more', '\n; c\n\tmore'),
      fc.constantFrom(key, key, key, key.toUpperCase()),
    )
    .map(
      ([one, before, after, delimiter, note, odd, name]) =>
        `${odd === ' ' ? ' ' : ''}${name}${before}${delimiter}${after}${one}${note}${odd === ' ' ? '' : odd}`,
    );
}

/** A section; `sure` keys are nearly always there, others sometimes. */
function section(header: fc.Arbitrary<string>, keys: Values, sure: Values = {}): fc.Arbitrary<string> {
  const some = fc.subarray(Object.keys(keys), { maxLength: Math.min(4, Object.keys(keys).length) });
  return some.chain((names) => {
    const lines = [...Object.entries(sure), ...names.map((name) => [name, keys[name] ?? text] as const)];
    return fc
      .tuple(
        header,
        fc.constantFrom(']', ']', ']', ']  ; c', '] junk', '];c'),
        fc.shuffledSubarray(lines, { minLength: lines.length }).chain((all) => fc.tuple(...all.map(([name, value]) => line(name, value)))),
      )
      .map(([name, end, rows]) => `[${name}${end}\n${rows.join('\n')}\n`);
  });
}

const good = (value: string) => fc.constant(value);
const programName = fc.constantFrom('a', 'b', 'web', 'worker');

/** Whole files. Most have one or two mistakes at most, so that about half of them are accepted. */
export const arbitraryIni: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '', '# head\n', '; head\n\n', '\n'),
    fc.oneof({ weight: 9, arbitrary: section(good('supervisord'), DAEMON) }, { weight: 1, arbitrary: good('') }),
    fc.array(
      fc.oneof(
        {
          weight: 6,
          arbitrary: section(
            programName.map((name) => `program:${name}`),
            PROGRAM,
            { command: good('run') },
          ),
        },
        {
          weight: 2,
          arbitrary: section(
            programName.map((name) => `program:p${name}`),
            PROGRAM,
            {
              command: good('run %(process_num)d'),
              numprocs: fc.constantFrom('2', '3', '11'),
              process_name: good('%(program_name)s_%(process_num)d'),
            },
          ),
        },
        {
          weight: 1,
          arbitrary: section(fc.constantFrom('eventlistener:l', 'eventlistener:m'), LISTENER, {
            command: good('listen'),
            events: fc.constantFrom('TICK_5', 'PROCESS_STATE'),
          }),
        },
        {
          weight: 1,
          arbitrary: section(fc.constantFrom('fcgi-program:f', 'fcgi-program:h'), FCGI, {
            command: good('fcgi'),
            socket: good('unix:///tmp/f.sock'),
          }),
        },
        {
          weight: 1,
          arbitrary: section(
            fc.constantFrom('group:g', 'group:h2'),
            { priority: wholeNumber },
            { programs: fc.constantFrom('', 'a', 'a,b', 'web, worker', 'f', 'zz', 'a,') },
          ),
        },
        { weight: 1, arbitrary: section(fc.constantFrom('inet_http_server', 'inet_http_server:two'), LOGIN, { port: listen }) },
        {
          weight: 1,
          arbitrary: section(
            good('unix_http_server'),
            { ...LOGIN, chmod: octal, chown: fc.constantFrom('www', 'www:adm') },
            { file: fc.constantFrom('/tmp/s.sock', '%(here)s/s.sock', 'rel.sock') },
          ),
        },
        {
          weight: 1,
          arbitrary: section(good('supervisorctl'), {
            ...LOGIN,
            prompt: text,
            history_file: path,
            serverurl: fc.constantFrom('unix:///tmp/s.sock', 'http://x:1', 'unix://rel'),
          }),
        },
        { weight: 1, arbitrary: section(fc.constantFrom('Program:z', 'unknown', 'DEFAULT'), { foo: text, priority: wholeNumber }) },
        { weight: 1, arbitrary: section(good('ctlplugin:x'), { foo: word }, { 'supervisor.ctl_factory': good('a.b:c') }) },
        {
          weight: 1,
          arbitrary: section(
            fc.constantFrom('rpcinterface:supervisor', 'rpcinterface:x'),
            { foo: word },
            { 'supervisor.rpcinterface_factory': mostly(['a.b:c', 'supervisor.rpcinterface:make_main_rpcinterface'], ['x y']) },
          ),
        },
        {
          weight: 1,
          arbitrary: mostly(
            ['; comment only\n', '\n\n', '[include]\nfiles = nowhere/*.conf\n'],
            ['stray\n', '=x\n', '[]\n', '[include]\n'],
          ),
        },
      ),
      { minLength: 1, maxLength: 5 },
    ),
    fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'),
  )
  .map(([head, main, rest, newline]) => `${head}${main}${rest.join('')}`.replaceAll('\n', newline));
