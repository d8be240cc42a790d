// Help and the man page, from the table of commands. Pure.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { ArgumentSpec, CommandDefinition, CommandName } from '../daemon/contract/commands.ts';
import { argumentsOf, FAMILIES, GLOBAL_OPTIONS, isCommand } from './arguments.ts';
import { RUN_EXITS } from './run-exit.ts';

const NAMES = Object.keys(COMMANDS) as readonly CommandName[];
const definition = (command: CommandName): CommandDefinition => COMMANDS[command];
const LEFT = 34;

/** Words of the interactive shell that are no commands of the daemon. */
export const SHELL_WORDS = {
  open: 'Talk to another server: open URL.',
  exit: 'Leave the shell.',
  quit: 'Leave the shell.',
  EOF: 'Leave the shell (Ctrl-D).',
} as const satisfies Record<string, string>;

function metaVariable(name: string, spec: ArgumentSpec): string {
  if (spec.meta !== undefined) return spec.meta;
  switch (spec.type) {
    case 'names':
      return 'NAME...';
    case 'integer':
      return 'N';
    case 'duration':
      return 'TIME';
    case 'channel':
      return 'stdout|stderr';
    case 'enum':
      return spec.values?.join('|') ?? name.toUpperCase();
    case 'words':
      return '-- WORD...';
    case 'signal':
    case 'text':
    case 'string':
    case 'boolean':
      return name.toUpperCase();
  }
}

function argumentText(name: string, spec: ArgumentSpec): string {
  const value = metaVariable(name, spec);
  if (spec.option === undefined) return spec.required ? value : `[${value}]`;
  return spec.type === 'boolean' ? `[${spec.option}]` : `[${spec.option} ${value}]`;
}

/** `restart [--rolling] [--wait TIME] NAME...` */
export function synopsis(command: CommandName): string {
  const all = argumentsOf(command);
  const place = ([, s]: (typeof all)[number]): number => (s.option !== undefined ? 0 : s.type === 'words' ? 2 : 1);
  const ordered = all.toSorted((a, b) => place(a) - place(b));
  return [command, ...ordered.map(([name, spec]) => argumentText(name, spec))].join(' ');
}

function optionText(spec: { readonly short?: string; readonly long: string; readonly takes?: string }): string {
  const both = spec.short === undefined ? spec.long : `${spec.short}, ${spec.long}`;
  return spec.takes === undefined ? both : `${both} ${spec.takes}`;
}

const row = (left: string, right: string): string =>
  left.length < LEFT - 1 ? `  ${left.padEnd(LEFT - 2)}${right}` : `  ${left}\n${' '.repeat(LEFT)}${right}`;

/** Help of one command. */
export function commandHelp(command: CommandName): string {
  const lines = [synopsis(command), '', definition(command).says];
  const args = argumentsOf(command);
  if (args.length > 0)
    lines.push(
      '',
      ...args.map(([name, spec]) =>
        row(
          spec.option === undefined
            ? metaVariable(name, spec)
            : spec.type === 'boolean'
              ? spec.option
              : `${spec.option} ${metaVariable(name, spec)}`,
          spec.says,
        ),
      ),
    );
  if (definition(command).examples.length > 0) lines.push('', 'Examples:', ...definition(command).examples.map((e) => `  reevectl ${e}`));
  return `${lines.join('\n')}\n`;
}

/** Help of all commands that begin with one word. */
export function familyHelp(family: string): string {
  const members = [...(isCommand(family) ? [family] : []), ...(FAMILIES.get(family) ?? []).map((second) => `${family} ${second}` as CommandName)];
  return `${[`${family} COMMAND [ARGUMENTS]`, '', ...members.map((name) => row(name, definition(name).says)), '', `Run \`reevectl help ${family} COMMAND\` for more.`].join('\n')}\n`;
}

/** `reevectl --help`. */
export function generalHelp(): string {
  const lines = [
    'reevectl [OPTIONS] [COMMAND [ARGUMENTS]]',
    '',
    'Controls the reeve daemon. Without a command: an interactive shell.',
    '',
    'Commands:',
    ...NAMES.map((name) => row(name, definition(name).says)),
    '',
    'Options:',
    ...Object.values(GLOBAL_OPTIONS).map((o) => row(optionText(o), o.says)),
    '',
    'Names: p, g:p, g:* (the whole group), all. Run `reevectl help COMMAND` for more.',
  ];
  return `${lines.join('\n')}\n`;
}

/** The list that `help` prints in the shell. */
export function shellHelp(): string {
  const lines = [
    ...NAMES.map((name) => row(synopsis(name).length < LEFT - 3 ? synopsis(name) : name, definition(name).says)),
    ...Object.entries(SHELL_WORDS).map(([name, says]) => row(name, says)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Text as roff prints it: no line begins with a control character, hyphens stay hyphens. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('`', '\\(ga');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** What the exit codes mean, for the manual page and the reference. */
export const EXIT_STATUSES: readonly (readonly [code: string, says: string])[] = [
  ['0', 'Done; status: everything that was asked for is up.'],
  ['1', 'It did not work, or no such process.'],
  ['2', 'Wrong arguments, or errors in a configuration.'],
  ['3', 'status: a process is STOPPED, EXITED, FATAL or UNKNOWN.'],
  ['4', 'No daemon answers; status: no such process, or no daemon.'],
  ['7', 'The process is not running, or did not start; the socket of the daemon does not exist (commands other than status).'],
];

/** reevectl.1 as roff (man macros). */
export function renderManPage(): string {
  const out = [
    '.\\" Generated from daemon/contract/commands.ts; do not edit.',
    '.TH REEVECTL 1 "" "reeve" "User Commands"',
    '.SH NAME',
    'reevectl \\- control the reeve process supervisor',
    '.SH SYNOPSIS',
    '.B reevectl',
    '[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]]',
    '.SH DESCRIPTION',
    roff(
      'Asks reeved to start, stop, show and explain processes and jobs. Without a command it is an interactive shell. A name is p, g:p, g:* (the whole group) or all.',
    ),
    '.SH OPTIONS',
  ];
  for (const option of Object.values(GLOBAL_OPTIONS)) out.push('.TP', `.B ${roff(optionText(option))}`, roff(option.says));
  out.push('.SH COMMANDS');
  for (const name of NAMES) {
    out.push('.TP', `.B ${roff(synopsis(name))}`, roff(definition(name).says));
    for (const [arg, spec] of argumentsOf(name))
      out.push('.RS', '.TP', `.I ${roff(spec.option ?? metaVariable(arg, spec))}`, roff(spec.says), '.RE');
  }
  out.push(
    '.SH EXIT STATUS',
    ...EXIT_STATUSES.flatMap(([code, says]) => ['.TP', `.B ${code}`, roff(says)]),
    roff('With --wait, job run and job undo end with:'),
    ...RUN_EXITS.flatMap(([code, says]) => ['.TP', `.B ${roff(code)}`, roff(says)]),
    '.SH ENVIRONMENT',
    ...[
      ['REEVE_CONFIG', 'Configuration file to find the daemon by.'],
      ['REEVE_SOCKET', 'Socket of the daemon, where no configuration file is found.'],
      ['REEVE_TOKEN', 'Bearer token to log in with.'],
      ['NO_COLOR', 'No colours.'],
    ].flatMap(([name, says]) => ['.TP', `.B ${name}`, roff(says!)]),
    '.SH FILES',
    roff(
      'reeve.toml in the working directory, /etc/reeve/reeve.toml, /etc/reeve.toml, then the places of supervisord.conf; /run/reeve/reeve.sock.',
    ),
    '.SH SEE ALSO',
    '.BR reeved (8)',
  );
  return `${out.join('\n')}\n`;
}
