import { test } from 'node:test';
import assert from 'node:assert/strict';
import { renderCompletion } from '../../ctl/render-completion.ts';
import { commandHelp, generalHelp, renderManPage, SHELL_WORDS, shellHelp, synopsis } from '../../ctl/render-help.ts';
import { candidates, kindAt } from '../../ctl/complete-line.ts';
import { completions } from '../../ctl/complete-names.ts';
import { argumentsOf, FAMILIES, GLOBAL_OPTIONS } from '../../ctl/arguments.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { CommandName } from '../../daemon/contract/commands.ts';
import { group, view } from '../support/fake-daemon.ts';

const NAMES = Object.keys(COMMANDS) as CommandName[];

/** Commands that a completion script knows, read back from it. */
const KNOWN: Readonly<Record<'bash' | 'zsh' | 'fish', (script: string) => string[]>> = {
  bash: (s) => [...s.matchAll(/^ {4}'?([\w -]+?)'?\) options=/gm)].map((m) => m[1]!),
  zsh: (s) => [...s.matchAll(/^ {8}'?([\w -]+?)'?\) _arguments/gm)].map((m) => m[1]!),
  fish: (s) => [
    ...[...s.matchAll(/-n __fish_use_subcommand -a (\w+)/g)].map((m) => m[1]!).filter((name) => !FAMILIES.has(name) || NAMES.includes(name as CommandName)),
    ...[...s.matchAll(/-n '__fish_seen_subcommand_from (\w+); and not __fish_seen_subcommand_from [\w -]+' -a ([\w-]+) -d/g)].map((m) => `${m[1]} ${m[2]}`),
  ],
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  test(`${shell} completion knows every command of the table, and no other`, () => {
    assert.deepEqual(KNOWN[shell](renderCompletion(shell)).toSorted(), NAMES.toSorted());
  });

  test(`${shell} completion knows every option of every command`, () => {
    const script = renderCompletion(shell);
    for (const name of NAMES) {
      for (const [, spec] of argumentsOf(name)) {
        if (spec.option === undefined) continue;
        const written =
          shell === 'fish' ? (spec.option.startsWith('--') ? `-l ${spec.option.slice(2)}` : `-s ${spec.option.slice(1)}`) : spec.option;
        assert.ok(script.includes(written), `${name} ${spec.option}`);
      }
    }
    for (const { long } of Object.values(GLOBAL_OPTIONS)) assert.ok(script.includes(shell === 'fish' ? `-l ${long.slice(2)}` : long), long);
  });

  test(`${shell} completion asks the daemon for names`, () => {
    for (const kind of ['processes', 'jobs', 'runs', 'dead', 'breakers', 'drainable', 'checks', 'issues']) assert.match(renderCompletion(shell), shell === 'fish' ? new RegExp(`__complete ${kind}`) : new RegExp(`(names|_names|__complete)[ =]'?${kind}`), kind);
  });
}

test('help, the man page and the shell list every command with what it does', () => {
  for (const text of [generalHelp(), shellHelp()]) for (const name of NAMES) assert.ok(text.includes(COMMANDS[name].says), name);
  const man = renderManPage();
  for (const name of NAMES) assert.ok(man.includes(`.B ${synopsis(name).replaceAll('-', '\\-')}`), name);
  for (const { long } of Object.values(GLOBAL_OPTIONS)) assert.ok(man.includes(long.replaceAll('-', '\\-')), long);
});

test('help of a command says each argument', () => {
  for (const name of NAMES)
    for (const [, spec] of argumentsOf(name)) assert.ok(commandHelp(name).includes(spec.says), `${name}: ${spec.says}`);
  assert.equal(synopsis('restart'), 'restart [--with-strategy] [--rolling] [--wait TIME] [--json] NAME...');
});

test('no line of the man page is taken for a request by accident', () => {
  const requests = new Set(['.TH', '.SH', '.TP', '.B', '.I', '.BR', '.RS', '.RE']);
  for (const line of renderManPage().split('\n')) {
    if (/^[.']/.test(line)) assert.ok(line.startsWith('.\\"') || requests.has(line.split(' ')[0]!), line);
  }
});

test('the shell completes commands, names, groups, options and values', () => {
  const known = ['all', 'pool:*', 'pool:w_00', 'web'];
  const fits = (line: string): string[] => candidates(line, known)[0].map((w) => w.trim());
  assert.deepEqual(fits('sta'), ['start', 'status']);
  assert.ok(Object.keys(SHELL_WORDS).every((w) => fits(w).includes(w)));
  assert.deepEqual(fits('start '), known);
  assert.deepEqual(fits('start pool:'), ['pool:*', 'pool:w_00']);
  assert.deepEqual(fits('start web po'), ['pool:*', 'pool:w_00']);
  assert.deepEqual(fits('restart --r'), ['--rolling']);
  assert.deepEqual(fits('wait web --for r'), ['running', 'ready']);
  assert.deepEqual(fits('signal H'), ['HUP']);
  assert.deepEqual(fits('signal HUP w'), ['web']);
  assert.deepEqual(fits('config s'), ['show', 'schema']);
  assert.deepEqual(fits('help rel'), ['reload']);
  assert.deepEqual(fits('bogus x'), []);
  assert.ok(fits('').includes('job') && !fits('').includes('job run'));
  assert.deepEqual(fits('job r'), ['run', 'resume']);
  assert.deepEqual(fits('help dead p'), ['prune']);
  assert.deepEqual(fits('job run --w'), ['--wait']);
  assert.deepEqual(fits('job history --state can'), ['cancelled']);
  assert.deepEqual(['job run ', 'job show ', 'job undo ', 'dead retry ', 'breaker ', 'drain ', 'dead list --job ', 'start ', 'job next -n '].map(kindAt), ['jobs', 'runs_or_jobs', 'runs', 'dead', 'breakers', 'drainable', 'jobs', 'processes', null]);
});

test('names for completion: processes, all, and groups that are more than one process of their name', () => {
  const rows = [view('web'), view('pool:a'), view('pool:b')];
  assert.deepEqual(completions({ processes: rows, groups: [group('web'), group('pool')] }), ['all', 'pool:*', 'pool:a', 'pool:b', 'web']);
});
