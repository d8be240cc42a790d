import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDuration, printDuration } from '../../config/duration.ts';
import { parseSize, printSize } from '../../config/size.ts';
import { parseSignal } from '../../config/signals.ts';
import { joinWords, splitWords } from '../../config/words.ts';
import { didYouMean, editDistance, nearest } from '../../config/nearest.ts';
import { environmentList } from '../../config/environment-list.ts';
import { parseDotenv } from '../../config/dotenv.ts';
import { envScope, expand, scope } from '../../config/expand.ts';

test('durations are seconds, or amounts with units', () => {
  const cases: readonly (readonly [string | number, number | null])[] = [
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
    ['2w', 1_209_600_000],
    ['1m 30s', 90_000],
    [10, 10_000],
    [0.25, 250],
    ['7', 7000],
    [0, 0],
    ['10', 10_000],
    ['', null],
    ['10 parsecs', null],
    ['-1s', null],
    [-1, null],
    ['s', null],
    ['1s1', null],
    [Number.NaN, null],
    [Infinity, null],
    ['99999999d', null],
  ];
  for (const [written, expected] of cases) assert.equal(parseDuration(written), expected, String(written));
});

test('a printed duration or size reads back as itself', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e11 }), (ms) => parseDuration(printDuration(ms)) === ms));
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => parseSize(printSize(bytes)) === bytes));
});

test("sizes are 1024-based, as supervisord's", () => {
  const cases: readonly (readonly [string | number, number | null])[] = [
    ['50MB', 52_428_800],
    ['50mb', 52_428_800],
    ['64KiB', 65_536],
    ['1GB', 1_073_741_824],
    ['1.5KB', 1536],
    ['10', 10],
    [10, 10],
    ['2 MB', 2_097_152],
    ['1T', 2 ** 40],
    ['5XB', null],
    ['', null],
    ['MB', null],
    [-1, null],
    [1.5, null],
  ];
  for (const [written, expected] of cases) assert.equal(parseSize(written), expected, String(written));
});

test('signals are known by name in any case, with SIG, or by number', () => {
  const cases: readonly (readonly [string | number, string | null])[] = [
    ['TERM', 'TERM'],
    ['sigterm', 'TERM'],
    ['9', 'KILL'],
    [15, 'TERM'],
    ['CLD', 'CHLD'],
    ['BLAH', null],
    ['', null],
    ['toString', null],
    [0, null],
  ];
  for (const [written, expected] of cases) assert.equal(parseSignal(written), expected, String(written));
});

test('words are split by quotes and backslashes and nothing else', () => {
  const cases: readonly (readonly [string, readonly string[] | string])[] = [
    ['a b  c', ['a', 'b', 'c']],
    [`sh -c "echo 'x y'"`, ['sh', '-c', `echo 'x y'`]],
    [`a'b c'"d e"`, ['ab cd e']],
    ['a\\ b', ['a b']],
    [`""`, ['']],
    ['', []],
    ['a $HOME | *', ['a', '$HOME', '|', '*']],
    ['"a\\"b\\\\c\\$d"', ['a"b\\c\\$d']],
    [`'a\\b'`, ['a\\b']],
    ['foo \\\n\t--bar', ['foo', '--bar']],
    ['a\n--b', ['a', '--b']],
    ['"open', 'No closing quotation'],
    [`it's`, 'No closing quotation'],
    ['a\\', 'No escaped character'],
  ];
  for (const [line, expected] of cases) {
    const split = splitWords(line);
    assert.deepEqual('words' in split ? split.words : split.problem, expected, line);
  }
});

test('joined words split into themselves', () => {
  fc.assert(fc.property(fc.array(fc.string()), (words) => assert.deepEqual(splitWords(joinWords(words)), { words })));
});

test('the nearest known word is offered, and none where none is near', () => {
  assert.equal(nearest('comand', ['command', 'directory']), 'command');
  assert.equal(nearest('stderror_logfile', ['stdout_logfile', 'stderr_logfile']), 'stderr_logfile');
  assert.equal(nearest('workingdir', ['command', 'umask']), null);
  assert.equal(nearest('env', ['environment']), 'environment');
  assert.equal(nearest('wbe', ['web', 'db']), 'web');
  assert.equal(nearest('', ['web']), null);
  assert.equal(didYouMean('wbe', ['web']), 'did you mean "web"?');
  assert.equal(editDistance('ab', 'ba'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('environment= is cut into tokens as supervisord does, surprises included [compat §2]', () => {
  const cases: readonly (readonly [string, Record<string, string> | null])[] = [
    [`A=1,B="x,y",C='z'`, { A: '1', B: 'x,y', C: 'z' }],
    ['A = 1 , B = 2', { A: '1', B: '2' }],
    ['A=1,\nB=2,', { A: '1', B: '2' }],
    ['U=http://x/y:80', { U: 'http://x/y:80' }],
    ['A=b@c', null],
    ['A=x&y', null],
    ['A=a=b', null],
    ['A=a~b', null],
    ['A={1},B=2', null],
    ['A=x y', { A: 'x' }],
    ['A=hi!', { A: 'hi' }],
    ['A=50%', { A: '50' }],
    ['A=$HOME', { A: '$' }],
    [`A="x";B="y"`, { A: 'x', B: 'y' }],
    ['A=,B=2', null],
    ['A=1 B=2', null],
    ['A=b#c,D=e', { A: 'b' }],
    [`A="it's"`, { A: `it's` }],
    ['A="open', null],
    ['', {}],
    ['A=*', { A: '*' }],
  ];
  for (const [written, expected] of cases) {
    const read = environmentList(written);
    assert.deepEqual('value' in read ? read.value : null, expected, written);
  }
});

test('env_file reads quotes, export, comments and line breaks in double quotes [B38]', () => {
  const text = [
    '# mail',
    'export SMTP_HOST=mail.example.com',
    'SMTP_PORT = 587 # submission',
    `SINGLE='a # b $X \\n'`,
    'DOUBLE="a\\tb \\"c\\" \\$d"',
    'PEM="first',
    'second"',
    'EMPTY=',
    'HASH=a#b',
    'URL=${HOST}/x',
    '',
  ].join('\r\n');
  const read = parseDotenv(text, null);
  assert.deepEqual(read.problems, []);
  assert.deepEqual(read.values, {
    SMTP_HOST: 'mail.example.com',
    SMTP_PORT: '587',
    SINGLE: 'a # b $X \\n',
    DOUBLE: 'a\tb "c" $d',
    PEM: 'first\nsecond',
    EMPTY: '',
    HASH: 'a#b',
    URL: '${HOST}/x',
  });
});

test('env_file expands ${NAME} only where that is asked for', () => {
  const text = "A=1\nB=${A}2\nC=${NONE:-x}\nD=${HOME}\nE=${NONE}\nF='${A}'";
  assert.deepEqual(parseDotenv(text, (name) => (name === 'HOME' ? '/root' : undefined)).values, {
    A: '1',
    B: '12',
    C: 'x',
    D: '/root',
    E: '',
    F: '${A}',
  });
});

test('an env_file line that is no assignment is named by its line', () => {
  assert.deepEqual(parseDotenv('A="1\n2"\nnonsense\nB=2\nC="open', null).problems, [
    { line: 3, message: 'expected NAME=value' },
    { line: 5, message: 'the quote is not closed' },
  ]);
});

test('% fields expand as in Python, and a bare %s never prints the environment [compat trap 2]', () => {
  const names = envScope({ HOME: '/root' }, scope({ here: '/etc', process_num: 3 }));
  const cases: readonly (readonly [string, string | null])[] = [
    ['%(here)s/x', '/etc/x'],
    ['w_%(process_num)02d', 'w_03'],
    ['%(process_num)d', '3'],
    ['%(process_num)s', '3'],
    ['100%%', '100%'],
    ['%(ENV_HOME)s', '/root'],
    ['%(here)6s|', '  /etc|'],
    ['%(here)-6s|', '/etc  |'],
    ['%(process_num)x', '3'],
    ['date +%s', null],
    ['%H', null],
    ['50%', null],
    ['%(nope)s', null],
    ['%(here)d', null],
    ['%(ENV_NOPE)s', null],
  ];
  for (const [text, expected] of cases) {
    const out = expand(text, names);
    assert.equal('value' in out ? out.value : null, expected, text);
    if ('problem' in out) assert.doesNotMatch(out.problem, /\/root/);
  }
});
