import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseCommand, parseGlobals, splitWords } from '../../ctl/arguments.ts';
import type { GlobalOptions, ParsedCommand } from '../../ctl/arguments.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { HANDLERS } from '../../ctl/commands/table.ts';

function globals(...argv: string[]): { options: GlobalOptions; words: readonly string[] } {
  const parsed = parseGlobals(argv);
  assert.ok('options' in parsed, JSON.stringify(parsed));
  return parsed;
}

function command(line: string): ParsedCommand {
  const parsed = parseCommand(splitWords(line));
  assert.ok('values' in parsed, JSON.stringify(parsed));
  return parsed;
}

function problem(line: string): string {
  const parsed = parseCommand(splitWords(line));
  assert.ok('problem' in parsed, JSON.stringify(parsed));
  return parsed.problem;
}

test('the options of supervisorctl are taken, short, long, attached and with =', () => {
  const { options, words } = globals('-c', '/etc/x.conf', '-sunix:///s', '--username=ann', '-p', 'pw', '-i', '-r', 'status', '-v');
  assert.deepEqual(options, {
    config: '/etc/x.conf',
    server: 'unix:///s',
    username: 'ann',
    password: 'pw',
    interactive: true,
    historyFile: true,
    help: false,
    version: false,
    json: false,
    colour: 'auto',
  });
  assert.deepEqual(words, ['status', '-v']);
});

test('-h, -? and --help ask for help; --no-color and --json are global', () => {
  assert.equal(globals('-h').options.help, true);
  assert.equal(globals('-?').options.help, true);
  assert.equal(globals('--help').options.help, true);
  assert.equal(globals('--no-color').options.colour, 'never');
  assert.equal(globals('--json').options.json, true);
});

test('an unknown option, an option without its value, and a flag with a value are refused with their name', () => {
  for (const [argv, text] of [
    [['-x'], '-x'],
    [['-c'], '-c wants FILE'],
    [['--json=1'], '--json takes no value'],
    [['--nope=1', 'a'], '--nope=1'],
  ] as const) {
    const parsed = parseGlobals(argv);
    assert.ok('problem' in parsed && parsed.problem.includes(text), JSON.stringify(parsed));
  }
});

test('one quoted argument is one action, as with supervisorctl, which joins its words', () => {
  assert.deepEqual(globals('restart web api').words, ['restart', 'web', 'api']);
  assert.deepEqual(globals('stop', 'a b').words, ['stop', 'a b']);
});

test('names take all words, options may stand anywhere, -- ends them', () => {
  assert.deepEqual(command('start web g:* --wait 5s api').values, { names: ['web', 'g:*', 'api'], wait: 5000 });
  assert.deepEqual(command('stop -- -odd').values, { names: ['-odd'] });
  assert.deepEqual(command('restart --rolling web').values, { names: ['web'], rolling: true });
});

test('tail takes -f, a number of bytes as supervisorctl writes it, and the channel last', () => {
  assert.deepEqual(command('tail -f web stderr').values, { follow: true, names: ['web'], channel: 'stderr' });
  assert.deepEqual(command('tail -5000 web').values, { bytes: 5000, names: ['web'] });
  assert.deepEqual(command('tail -N 10 web stdout').values, { bytes: 10, names: ['web'], channel: 'stdout' });
  assert.deepEqual(command('tail stderr').values, { names: ['stderr'] }, 'a program may be called stderr');
  assert.deepEqual(command('logs -f a b stderr').values, { follow: true, names: ['a', 'b'], channel: 'stderr' });
});

test('scale takes N, +N and -N [D45]', () => {
  assert.deepEqual(command('scale worker 4').values, { name: 'worker', instances: '4' });
  assert.deepEqual(command('scale worker +2').values, { name: 'worker', instances: '+2' });
  assert.deepEqual(command('scale worker -2').values, { name: 'worker', instances: '-2' });
});

test('what is missing is said in the words of supervisorctl', () => {
  assert.equal(problem('start'), 'start requires a process name');
  assert.equal(problem('stop'), 'stop requires a process name');
  assert.equal(problem('signal HUP'), 'signal requires a signal name and a process name');
  assert.equal(problem('signal'), 'signal requires a signal name and a process name');
  assert.equal(problem('operation 1 2'), 'too many arguments');
  assert.equal(problem('avail x'), 'avail accepts no arguments');
  assert.equal(problem('maintail x'), 'maintail accepts no arguments');
});

test('a wrong value is refused with what was expected', () => {
  assert.match(problem('wait web --timeout soon'), /--timeout wants a duration such as 30s or 5m, not "soon"/);
  assert.match(problem('wait web --for up'), /--for is one of running, stopped, exited, ready, healthy, not "up"/);
  assert.match(problem('tail -N many web'), /-N wants a number, not "many"/);
  assert.match(problem('start --wait'), /--wait wants a value/);
  assert.match(problem('config fix'), /ACTION is one of check, show, schema, convert/);
  assert.equal(problem('start --nope web'), 'bad argument --nope');
});

test('an unknown command is answered as supervisorctl answers it', () => {
  assert.equal(problem('bogus a b'), '*** Unknown syntax: bogus a b');
  assert.equal(problem('constructor'), '*** Unknown syntax: constructor', 'what every object inherits is no command');
});

test('every command of the table can be parsed from its own examples, and has a handler', async () => {
  for (const [name, definition] of Object.entries(COMMANDS)) {
    assert.equal(typeof (await HANDLERS[name as keyof typeof COMMANDS]()), 'function', name);
    for (const example of definition.examples) {
      const words = splitWords(example.replace(/ [|>].*$/, ''));
      const parsed = parseCommand(words);
      assert.ok('values' in parsed && parsed.command === name, `${example}: ${JSON.stringify(parsed)}`);
    }
  }
  assert.deepEqual(Object.keys(HANDLERS).toSorted(), Object.keys(COMMANDS).toSorted());
});

test('words of a shell line keep quoted blanks together', () => {
  assert.deepEqual(splitWords(`start "a b" 'c d' e  f`), ['start', 'a b', 'c d', 'e', 'f']);
  assert.deepEqual(splitWords('start "open'), ['start', 'open']);
  assert.deepEqual(splitWords('   '), []);
});

test('a command may be of two words; what a job is to get stands after --, whatever it looks like', () => {
  assert.deepEqual(command('job list'), { command: 'job list', values: { names: [] } });
  assert.deepEqual(command('job run import --wait -- --since "a b" -h'), { command: 'job run', values: { name: 'import', wait: true, args: ['--since', 'a b', '-h'] } });
  assert.deepEqual(command('job run --key=k import --unless-exists --'), { command: 'job run', values: { name: 'import', key: 'k', unless_exists: true, args: [] } });
  assert.deepEqual(command('job at "2026-12-01 08:00" report -- x'), { command: 'job at', values: { when: '2026-12-01 08:00', name: 'report', args: ['x'] } });
  assert.deepEqual(command('job cancel a b --signal KILL').values, { names: ['a', 'b'], signal: 'KILL' });
  assert.deepEqual(command('job next import -n 10').values, { name: 'import', count: 10 });
  assert.deepEqual(command('job next import -10').values, { name: 'import', count: 10 });
  assert.deepEqual(command('job history --state failed,dead --since today').values, { state: ['failed', 'dead'], since: 'today' });
  assert.deepEqual(command('dead retry --all --job import').values, { all: true, job: 'import', names: [] });
  assert.deepEqual(command('drain --timeout 5m --expire 0 --wait').values, { timeout: 300_000, expire: 0, wait: true, names: [] });
  assert.deepEqual(command('resume').command, 'resume');
  assert.deepEqual(command("ps --where 'a=1 && b' --columns name,rss").values, { where: 'a=1 && b', columns: ['name', 'rss'] });
});

test('a missing or misspelt second word is answered with what there is', () => {
  assert.match(problem('job'), /^job wants one of list, run, at, /);
  assert.match(problem('job rnu import'), /^there is no job rnu: did you mean job run\?$/);
  assert.match(problem('dead xyz'), /^there is no dead xyz: it is one of list, show, retry, prune$/);
  assert.equal(problem('job run'), 'job run requires NAME');
  assert.equal(problem('job cancel'), 'job cancel requires RUN|JOB');
  assert.equal(problem('job at 1w'), 'job at requires NAME');
  assert.equal(problem('job run a b'), 'too many arguments: what the command is to get stands after --');
  assert.match(problem('job history --state fialed'), /not "fialed"; did you mean failed\?$/);
  assert.match(problem('list'), /Unknown syntax/);
  assert.match(problem('run x'), /Unknown syntax/);
});
