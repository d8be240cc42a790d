// What was typed -> a command and its values, by the table of commands. Pure.
import { parseDuration } from '../config/duration.ts';
import { nearest } from '../config/nearest.ts';
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { ArgumentSpec, CommandDefinition, CommandName } from '../daemon/contract/commands.ts';
import { WITHOUT_JSON } from '../daemon/contract/without-json.ts';
import { COLOUR_CHOICES } from './colour.ts';
import type { ColourChoice } from './colour.ts';

/** Options that stand before the command; supervisorctl's, and a few of ours. */
export interface GlobalOptions {
  readonly config: string | null;
  readonly server: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly interactive: boolean;
  readonly historyFile: boolean;
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly colour: ColourChoice;
}

/** Values by argument name of the table. Names are a list; durations are ms. */
export type Values = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface ParsedCommand {
  readonly command: CommandName;
  readonly values: Values;
}

/** A sentence for the person who typed it; `command` names the help to show. `unknown`: supervisorctl's own wording and exit 1.
 *  `family`: the first of two words, whose second is missing or unknown. */
export interface UsageProblem {
  readonly problem: string;
  readonly command: CommandName | null;
  readonly unknown?: string;
  readonly family?: string;
}

interface GlobalSpec {
  readonly short?: string;
  readonly long: string;
  readonly takes?: string;
  readonly says: string;
}

/** Declared once: the parser, the help, the man page and the completion read this. */
export const GLOBAL_OPTIONS = {
  config: { short: '-c', long: '--configuration', takes: 'FILE', says: 'Read this configuration file to find the daemon.' },
  server: { short: '-s', long: '--serverurl', takes: 'URL', says: 'Where the daemon listens: unix:///path or http://host:port.' },
  username: { short: '-u', long: '--username', takes: 'NAME', says: 'Name to log in with.' },
  password: { short: '-p', long: '--password', takes: 'WORD', says: 'Password to log in with.' },
  interactive: { short: '-i', long: '--interactive', says: 'Stay in the shell after the command.' },
  historyFile: { short: '-r', long: '--history-file', says: 'Accepted for supervisorctl; the history is kept in memory.' },
  help: { short: '-h', long: '--help', says: 'Show this help.' },
  version: { long: '--version', says: 'Print the version of reevectl.' },
  json: { long: '--json', says: 'Print JSON: what the API answers; errors as JSON on stderr.' },
  colour: { long: '--color', takes: 'WHEN', says: 'auto (default): on a terminal, unless NO_COLOR is set or TERM is dumb, and where FORCE_COLOR is set; always; never. Also after the command.' },
  plain: { long: '--no-color', says: 'The same as --color never.' },
} as const satisfies Record<keyof GlobalOptions | 'plain', GlobalSpec>;

export type GlobalName = keyof typeof GLOBAL_OPTIONS;
const GLOBAL_ENTRIES = Object.entries(GLOBAL_OPTIONS) as readonly (readonly [GlobalName, GlobalSpec])[];

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** Commands of two words by their first: `job` has `list`, `run` … */
export const FAMILIES: ReadonlyMap<string, readonly string[]> = families();

function families(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const name of Object.keys(COMMANDS)) {
    const [first = '', second] = name.split(' ');
    if (second === undefined) continue;
    const known = found.get(first);
    if (known) known.push(second);
    else found.set(first, [second]);
  }
  return found;
}

/** The command that the first one or two words name, and how many they are. */
export function commandOf(words: readonly string[]): { readonly command: CommandName; readonly length: 1 | 2 } | null {
  const [first = '', second] = words;
  const both = `${first} ${second ?? ''}`;
  if (FAMILIES.has(first) && isCommand(both)) return { command: both, length: 2 };
  // A name with a blank in it is no word that anybody can have typed.
  return isCommand(first) && !first.includes(' ') ? { command: first, length: 1 } : null;
}

const JSON_FLAG: ArgumentSpec = { type: 'boolean', client: true, option: '--json', says: 'Print JSON.' };

/** Arguments of a command in table order; --json, which nearly all have, last. */
export function argumentsOf(command: CommandName): readonly (readonly [name: string, spec: ArgumentSpec])[] {
  const own = Object.entries((COMMANDS[command] as CommandDefinition).args);
  return WITHOUT_JSON[command] !== undefined || own.some(([name]) => name === 'json') ? own : [...own, ['json', JSON_FLAG]];
}

/** Why a command takes no --json. */
export function noJson(command: CommandName): UsageProblem | null {
  const why = WITHOUT_JSON[command];
  return why === undefined ? null : { problem: `${command} has no --json: ${why}`, command };
}

/** Colour may be chosen after the command too: it is thought of last. What stands after `--` is not ours. */
function colourOf(before: string, words: readonly string[]): { readonly colour: ColourChoice; readonly rest: readonly string[]; readonly problem?: string } {
  const rest: string[] = [];
  let chosen: string | undefined = before;
  let i = 0;
  for (; i < words.length && words[i] !== '--'; i++) {
    const word = words[i]!;
    if (word === '--no-color') chosen = 'never';
    else if (word === '--color') chosen = words[++i];
    else if (word.startsWith('--color=')) chosen = word.slice('--color='.length);
    else rest.push(word);
  }
  const colour = COLOUR_CHOICES.find((one) => one === chosen);
  if (colour !== undefined) return { colour, rest: [...rest, ...words.slice(i)] };
  return { colour: 'auto', rest, problem: `--color is one of ${COLOUR_CHOICES.join(', ')}${chosen === undefined ? '' : `, not ${JSON.stringify(chosen)}`}` };
}

/** Options before the command, and the words that are left. */
export function parseGlobals(
  argv: readonly string[],
): { readonly options: GlobalOptions; readonly words: readonly string[] } | UsageProblem {
  const texts: Partial<Record<GlobalName, string>> = {};
  const flags = new Set<GlobalName>();
  let i = 0;
  for (; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      i++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const key = word === '-?' ? '-h' : equals < 0 ? word : word.slice(0, equals);
    const entry = GLOBAL_ENTRIES.find(
      ([, g]) =>
        g.long === key ||
        g.short === key ||
        (g.short !== undefined && g.takes !== undefined && !key.startsWith('--') && key.startsWith(g.short)),
    );
    if (!entry) return { problem: `there is no option ${word}`, command: null };
    const [name, spec] = entry;
    if (spec.takes === undefined) {
      if (equals >= 0) return { problem: `${key} takes no value`, command: null };
      flags.add(name);
      continue;
    }
    const attached = equals >= 0 ? word.slice(equals + 1) : key.length > 2 && !key.startsWith('--') ? key.slice(2) : null;
    const value = attached ?? argv[++i];
    if (value === undefined) return { problem: `${key} wants ${spec.takes}`, command: null };
    texts[name] = value;
  }
  const { colour, rest, problem } = colourOf(texts.colour ?? (flags.has('plain') ? 'never' : 'auto'), argv.slice(i));
  if (problem !== undefined) return { problem, command: null };
  // `reevectl "restart web"` is one action, as with supervisorctl, which joins the words.
  const words =
    rest.length > 0 && /\s/.test(rest[0]!) && commandOf(rest[0]!.trim().split(/\s+/)) !== null
      ? [...splitWords(rest[0]!), ...rest.slice(1)]
      : rest;
  return {
    options: {
      config: texts.config ?? null,
      server: texts.server ?? null,
      username: texts.username ?? null,
      password: texts.password ?? null,
      interactive: flags.has('interactive'),
      historyFile: flags.has('historyFile'),
      help: flags.has('help'),
      version: flags.has('version'),
      json: flags.has('json'),
      colour,
    },
    words,
  };
}

/** Words of a line typed in the shell. Quotes keep blanks together; an unclosed quote ends at the end of the line. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [, double, single, bare] of line.matchAll(/"([^"]*)"?|'([^']*)'?|([^\s"']+)/g)) words.push(double ?? single ?? bare ?? '');
  return words;
}

function valueOf(spec: ArgumentSpec, name: string, text: string): string | number | readonly string[] | { readonly problem: string } {
  switch (spec.type) {
    case 'integer':
      return /^\d{1,15}$/.test(text) ? Number(text) : { problem: `${spec.option ?? name} wants a number, not ${JSON.stringify(text)}` };
    case 'duration': {
      const ms = parseDuration(text);
      return ms ?? { problem: `${spec.option ?? name} wants a duration such as 30s or 5m, not ${JSON.stringify(text)}` };
    }
    case 'enum':
      return spec.values?.includes(text)
        ? text
        : { problem: `${spec.option ?? name.toUpperCase()} is one of ${spec.values?.join(', ')}, not ${JSON.stringify(text)}` };
    case 'channel':
      return text === 'stdout' || text === 'stderr' ? text : { problem: `bad channel '${text}'` };
    case 'string':
    case 'text':
    case 'signal':
    case 'boolean':
      return text;
    case 'names':
    case 'words':
      return listOf(spec, name, text);
  }
}

/** The value of an option that takes several: `a,b`. */
function listOf(spec: ArgumentSpec, name: string, text: string): readonly string[] | { readonly problem: string } {
  const list = text.split(',').map((one) => one.trim()).filter((one) => one !== '');
  const { values } = spec;
  const wrong = values === undefined ? undefined : list.find((one) => !values.includes(one));
  if (wrong === undefined) return list;
  const near = nearest(wrong, values ?? []);
  return { problem: `${spec.option ?? name} is of ${values?.join(', ')}, not ${JSON.stringify(wrong)}${near === null ? '' : `; did you mean ${near}?`}` };
}

/** supervisorctl's words for a command without what it needs. */
function missing(command: CommandName, name: string): string {
  if (command === 'signal') return 'signal requires a signal name and a process name';
  if (command.includes(' ')) {
    const spec = argumentsOf(command).find(([one]) => one === name)?.[1];
    return `${command} requires ${(spec?.meta ?? name).toUpperCase().replace('...', '')}`;
  }
  if (name === 'names') return `${command} requires a process name`;
  return `${command} requires ${name.toUpperCase()}`;
}

/** Options may stand anywhere after the command; `--` ends them, and begins the words of a command that takes some. `-5000` is
 *  `-N 5000` where a command has -N, or -n. */
function splitOptions(
  command: CommandName,
  words: readonly string[],
): { values: Record<string, string | number | boolean | readonly string[]>; positional: string[] } | UsageProblem {
  const options = argumentsOf(command).filter(([, spec]) => spec.option !== undefined);
  const values: Record<string, string | number | boolean | readonly string[]> = {};
  const positional: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--') {
      const taker = argumentsOf(command).find(([, spec]) => spec.type === 'words');
      if (taker) values[taker[0]] = words.slice(i + 1);
      else positional.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-' || (command === 'scale' && /^-\d+$/.test(word))) {
      positional.push(word);
      continue;
    }
    const count = /^-(\d+)$/.exec(word);
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const key = count ? (options.some(([, spec]) => spec.option === '-n') ? '-n' : '-N') : equals < 0 ? word : word.slice(0, equals);
    const entry = options.find(([, spec]) => spec.option === key);
    if (!entry && key === '--json') return noJson(command) ?? { problem: `bad argument ${word}`, command };
    if (!entry) return { problem: `bad argument ${word}`, command };
    const [name, spec] = entry;
    if (spec.type === 'boolean') {
      if (equals >= 0) return { problem: `${key} takes no value`, command };
      values[name] = true;
      continue;
    }
    const text = count?.[1] ?? (equals >= 0 ? word.slice(equals + 1) : words[++i]);
    if (text === undefined) return { problem: `${key} wants a value`, command };
    const value = valueOf(spec, name, text);
    if (typeof value === 'object' && 'problem' in value) return { ...value, command };
    values[name] = value;
  }
  return { values, positional };
}

function unknownCommand(words: readonly string[]): UsageProblem {
  const [first = '', second] = words;
  const members = FAMILIES.get(first);
  if (members === undefined) return { problem: `*** Unknown syntax: ${words.join(' ')}`, command: null, unknown: first };
  if (second === undefined) return { problem: `${first} wants one of ${members.join(', ')}`, command: null, family: first };
  const near = nearest(second, members);
  return { problem: `there is no ${first} ${second}: ${near === null ? `it is one of ${members.join(', ')}` : `did you mean ${first} ${near}?`}`, command: null, family: first };
}

/** A command line after the global options. */
export function parseCommand(words: readonly string[]): ParsedCommand | UsageProblem {
  const named = commandOf(words);
  if (named === null) return unknownCommand(words);
  const { command } = named;
  const split = splitOptions(command, words.slice(named.length));
  if ('problem' in split) return split;
  const { values, positional } = split;
  const places = argumentsOf(command).filter(([, spec]) => spec.option === undefined && spec.type !== 'words');
  for (const [index, [name, spec]] of places.entries()) {
    if (spec.type === 'names') {
      const after = places[index + 1]?.[1];
      const last = positional.at(-1);
      // `tail web stderr`: the last of several words is the channel.
      const channel = after?.type === 'channel' && positional.length > 1 && (last === 'stdout' || last === 'stderr');
      if (spec.required && positional.length === 0) return { problem: missing(command, name), command };
      values[name] = positional.splice(0, positional.length - (channel ? 1 : 0));
      continue;
    }
    const text = positional.shift();
    if (text === undefined) {
      if (spec.required) return { problem: missing(command, name), command };
      continue;
    }
    const value = valueOf(spec, name, text);
    if (typeof value === 'object' && 'problem' in value) return { ...value, command };
    values[name] = value;
  }
  if (positional.length > 0) {
    const more = argumentsOf(command).some(([, spec]) => spec.type === 'words') ? `: what the command is to get stands after --` : '';
    return { problem: places.length === 0 ? `${command} accepts no arguments` : `too many arguments${more}`, command };
  }
  return { command, values };
}

export const textOf = (values: Values, name: string): string | null => (typeof values[name] === 'string' ? values[name] : null);
export const numberOf = (values: Values, name: string): number | null => (typeof values[name] === 'number' ? values[name] : null);
export const flagOf = (values: Values, name: string): boolean => values[name] === true;
export const listed = (values: Values, name: string): readonly string[] => (Array.isArray(values[name]) ? (values[name] as readonly string[]) : []);
export const namesOf = (values: Values): readonly string[] => listed(values, 'names');
