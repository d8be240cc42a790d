// What may come next on a line of the shell. Pure.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { ArgumentSpec, CommandName, NameKind } from '../daemon/contract/commands.ts';
import { argumentsOf, commandOf, FAMILIES } from './arguments.ts';
import { SHELL_WORDS } from './render-help.ts';

/** First words of all commands. */
const FIRSTS: readonly string[] = [...new Set([...Object.keys(COMMANDS).filter((name) => !name.includes(' ')), ...FAMILIES.keys(), ...Object.keys(SHELL_WORDS)])].toSorted();
const SIGNALS = ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM'];

/** What stands at the end of the line: a fixed choice, or names of a kind. */
type Place = { readonly words: readonly string[] } | { readonly kind: NameKind };

/** The names that an argument takes, or null: it takes none. */
export function kindOf(command: CommandName, name: string, spec: ArgumentSpec): NameKind | null {
  if (spec.of !== undefined) return spec.of;
  return (spec.type === 'names' && name === 'names') || (command === 'scale' && name === 'name') ? 'processes' : null;
}

function placeOf(command: CommandName, [name, spec]: readonly [string, ArgumentSpec]): Place {
  const kind = kindOf(command, name, spec);
  if (kind !== null) return { kind };
  if (spec.type === 'signal') return { words: SIGNALS };
  if (spec.type === 'channel') return { words: ['stdout', 'stderr'] };
  return { words: spec.values ?? [] };
}

function place(line: string): Place {
  const words = line.trimStart().split(/\s+/);
  const part = words.at(-1) ?? '';
  const [first = ''] = words;
  if (words.length <= 1 || (words.length === 2 && first === 'help')) return { words: FIRSTS };
  const members = FAMILIES.get(first === 'help' ? (words[1] ?? '') : first);
  if (members !== undefined && words.length === (first === 'help' ? 3 : 2)) return { words: members };
  const named = commandOf(words);
  if (named === null || first === 'help') return { words: [] };
  const { command, length } = named;
  const all = argumentsOf(command);
  if (part.startsWith('-')) return { words: all.flatMap(([, s]) => (s.option === undefined ? [] : [s.option])) };
  const before = all.find(([, s]) => s.option !== undefined && s.option === words.at(-2));
  if (before && before[1].type !== 'boolean') return placeOf(command, before);
  const places = all.filter(([, s]) => s.option === undefined && s.type !== 'words');
  const index = words.slice(length, -1).filter((w) => !w.startsWith('-')).length;
  // After a list there is more of it; after single words there is nothing more.
  const here = places[index] ?? (places.at(-1)?.[1].type === 'names' || places.at(-1)?.[1].type === 'channel' ? places.at(-1) : undefined);
  return here === undefined ? { words: [] } : placeOf(command, here);
}

/** The kind of names that may come next; null: none. */
export function kindAt(line: string): NameKind | null {
  const found = place(line);
  return 'kind' in found ? found.kind : null;
}

/** Readline's form: the words that fit, and the part of the line they replace. `names` are those of the kind that `kindAt` says. */
export function candidates(line: string, names: readonly string[]): [fits: string[], part: string] {
  const part = line.trimStart().split(/\s+/).at(-1) ?? '';
  const found = place(line);
  const whole = line.trimStart().startsWith('scale ') ? names.filter((n) => n !== 'all' && !n.endsWith(':*')) : names;
  return [[...new Set('kind' in found ? whole : found.words)].filter((w) => w.startsWith(part)).map((w) => `${w} `), part];
}
