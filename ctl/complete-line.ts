// What may come next on a line of the shell. Pure.
import { COMMANDS } from '../daemon/contract/commands.ts';
import { argumentsOf, isCommand } from './arguments.ts';
import { SHELL_WORDS } from './render-help.ts';

/** Readline's form: the words that fit, and the part of the line they replace. `names` are processes, groups and `all`. */
export function candidates(line: string, names: readonly string[]): [fits: string[], part: string] {
  const words = line.trimStart().split(/\s+/);
  const part = words.at(-1) ?? '';
  const fit = (list: Iterable<string>): [string[], string] => [
    [...new Set(list)].filter((w) => w.startsWith(part)).map((w) => `${w} `),
    part,
  ];
  if (words.length <= 1) return fit([...Object.keys(COMMANDS), ...Object.keys(SHELL_WORDS)].toSorted());
  const command = words[0]!;
  if (command === 'help') return fit([...Object.keys(COMMANDS), ...Object.keys(SHELL_WORDS)].toSorted());
  if (!isCommand(command)) return [[], part];
  const all = argumentsOf(command);
  if (part.startsWith('-')) return fit(all.flatMap(([, s]) => (s.option === undefined ? [] : [s.option])));
  const before = all.find(([, s]) => s.option !== undefined && s.option === words.at(-2));
  if (before && before[1].type !== 'boolean') return fit(before[1].values ?? []);
  const places = all.filter(([, s]) => s.option === undefined).map(([, s]) => s);
  const index = words.slice(1, -1).filter((w) => !w.startsWith('-')).length;
  const here = places[Math.min(index, places.length - 1)];
  if (here === undefined) return [[], part];
  if (here.type === 'names') return fit(names);
  if (here.type === 'signal') return fit(['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM']);
  if (here.type === 'channel') return fit(['stdout', 'stderr']);
  if (command === 'scale' && index === 0) return fit(names.filter((n) => n !== 'all' && !n.endsWith(':*')));
  return fit(here.values ?? []);
}
