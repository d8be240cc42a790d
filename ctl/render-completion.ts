// Completion scripts for bash, zsh and fish, from the table of commands. Pure. Names of processes are asked of the daemon
// when the key is pressed (`reevectl __complete names`), so that a script never goes stale.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { CommandDefinition, CommandName, NameKind } from '../daemon/contract/commands.ts';
import { argumentsOf, FAMILIES, GLOBAL_OPTIONS, isCommand } from './arguments.ts';
import { kindOf } from './complete-line.ts';

export type ShellName = 'bash' | 'zsh' | 'fish';

const NAMES = Object.keys(COMMANDS) as readonly CommandName[];
/** Commands of one word, and the first words of those of two. */
const SINGLE = NAMES.filter((name) => !name.includes(' '));
const FIRSTS: readonly string[] = [...new Set([...SINGLE, ...FAMILIES.keys()])];
/** Their second word is a file. */
const TAKES_FILE: readonly CommandName[] = ['config', 'import'];
const GLOBALS = Object.values(GLOBAL_OPTIONS) as readonly { short?: string; long: string; takes?: string; says: string }[];
const says = (command: CommandName): string => (COMMANDS[command] as CommandDefinition).says;
const familySays = (family: string): string => `${(FAMILIES.get(family) ?? []).join(', ')}.`;

const optionsOf = (command: CommandName): readonly string[] =>
  argumentsOf(command).flatMap(([, s]) => (s.option === undefined ? [] : [s.option]));

/** What the words of a command may be: names of a kind ('' none), or fixed words. */
function wordsOf(command: CommandName): { readonly names: NameKind | ''; readonly fixed: readonly string[] } {
  const places = argumentsOf(command).filter(([, s]) => s.option === undefined);
  const fixed = places.flatMap(([, s]) =>
    s.type === 'channel'
      ? ['stdout', 'stderr']
      : s.type === 'signal'
        ? ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM']
        : (s.values ?? []),
  );
  const kinds = places.map(([name, s]) => kindOf(command, name, s)).filter((kind) => kind !== null);
  return { names: kinds[0] ?? '', fixed: command === 'help' ? FIRSTS : fixed };
}

/** Values that may follow an option: of the commands' enums, or the names of a kind. */
function optionValues(): ReadonlyMap<string, readonly string[] | NameKind> {
  const found = new Map<string, readonly string[] | NameKind>();
  for (const command of NAMES)
    for (const [, spec] of argumentsOf(command)) {
      if (spec.option === undefined) continue;
      if (spec.values) found.set(spec.option, spec.values);
      else if (spec.of) found.set(spec.option, spec.of);
    }
  return found;
}

/** Families whose first word is a command by itself: `silence web 2h`, `silence list`. */
const BOTH: readonly (readonly [CommandName, readonly string[]])[] = [...FAMILIES].flatMap(([first, seconds]) => (isCommand(first) ? [[first, seconds] as const] : []));
const PURE: readonly (readonly [string, readonly string[]])[] = [...FAMILIES].filter(([first]) => !isCommand(first));
const secondsOf = (c: string): readonly string[] => (isCommand(c) ? (FAMILIES.get(c) ?? []) : []);

function bash(): string {
  const takes = GLOBALS.filter((g) => g.takes !== undefined)
    .flatMap((g) => [g.long, ...(g.short ? [g.short] : [])])
    .join('|');
  const cases = NAMES.map((c) => {
    const { names, fixed } = wordsOf(c);
    return `    ${c.includes(' ') ? quote(c) : c}) options=${quote(optionsOf(c).join(' '))}; words=${quote([...fixed, ...secondsOf(c)].join(' '))}; names=${quote(names)} ;;`;
  });
  const families = PURE.map(([first, seconds]) => `    ${first}) words=${quote(seconds.join(' '))} ;;`);
  const values = [...optionValues()].map(
    ([option, list]) => `    ${option}) COMPREPLY=($(compgen -W ${typeof list === 'string' ? `"$("\${typed[0]}" "\${before[@]}" __complete ${list} 2>/dev/null)"` : quote(list.join(' '))} -- "$cur")); return ;;`,
  );
  return `# bash completion of reevectl. Made by: reevectl completion bash
_reevectl() {
  local cur prev command= i options= words= names=
  local -a before=()
  COMPREPLY=()
  # Not by COMP_WORDS: bash splits at the colon of group:name, a name that must stay whole.
  local line=\${COMP_LINE:0:COMP_POINT}
  local -a typed
  read -ra typed <<< "$line"
  [[ $line == *[[:space:]] ]] && typed+=("")
  local last=$((\${#typed[@]} - 1))
  cur=\${typed[last]}
  prev=\${typed[last-1]}
  for ((i = 1; i < last; i++)); do
    case \${typed[i]} in
      ${takes}) before+=("\${typed[i]}" "\${typed[i+1]}"); i=$((i + 1)) ;;
      -*) [[ -z $command ]] || continue ;;
      *) command=\${typed[i]}; break ;;
    esac
  done
  case $command in
    ${PURE.map(([first]) => first).join('|')}) if ((i + 1 < last)); then command="$command \${typed[i+1]}"; fi ;;
${BOTH.map(([first, seconds]) => `    ${first}) if ((i + 1 < last)); then case \${typed[i+1]} in ${seconds.join('|')}) command="$command \${typed[i+1]}" ;; esac; fi ;;`).join('\n')}
  esac
  case $prev in
    -c|--configuration) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -s|--serverurl|-u|--username|-p|--password) return ;;
${values.join('\n')}
  esac
  case $command in
    '') options=${quote(GLOBALS.flatMap((g) => [...(g.short ? [g.short] : []), g.long]).join(' '))}; words=${quote(FIRSTS.join(' '))} ;;
${[...cases, ...families].join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ $command == config ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur"))
    return
  fi
  if [[ -n $names ]]; then
    words+=" $("\${typed[0]}" "\${before[@]}" __complete "$names" 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # Readline replaces only what stands after the last colon.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local head=\${cur%"\${cur##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$head"}")
  fi
}
complete -F _reevectl reevectl
`;
}

/** In single quotes, for a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A description within zsh's `name:description` or fish's -d. */
const plain = (text: string): string => text.replaceAll(/[`\\]/g, '').replaceAll(':', ' -');

function zshArguments(c: CommandName): string {
  const { names, fixed } = wordsOf(c);
  const parts = argumentsOf(c)
    .filter(([, s]) => s.option !== undefined)
    .map(([n, s]) => {
      const values = s.values ? `(${s.values.join(' ')})` : s.of ? `_reevectl_names ${s.of}` : '';
      return quote(`${s.option}[${plain(s.says)}]${s.type === 'boolean' ? '' : `:${n}:${values}`}`);
    });
  const words = names
    ? quote(`*:name:_reevectl_names ${[names, ...fixed].join(' ')}`)
    : TAKES_FILE.includes(c)
      ? `'1:action:(${fixed.join(' ')})' '2:file:_files'`
      : fixed.length > 0
        ? `'*:word:(${fixed.join(' ')})'`
        : '';
  return `_arguments ${[...parts, words].filter((p) => p !== '').join(' ')}`;
}

/** A word that is a command by itself, unless a second word of its family follows. The line of `case` is that of any command. */
function zshBoth(first: CommandName, seconds: readonly string[]): string {
  return `if ((CURRENT == 2)); then compadd ${seconds.join(' ')}; fi
          case $words[2] in
          ${seconds.join('|')}) ;;
          *) case ${first} in
        ${first}) ${zshArguments(first)} ;;
          esac; return ;;
          esac`;
}

function zsh(): string {
  const commands = [...SINGLE.map((c) => quote(`${c}:${plain(says(c))}`)), ...PURE.map(([f]) => quote(`${f}:${plain(familySays(f))}`))];
  const globals = GLOBALS.flatMap((g) =>
    [...(g.short ? [g.short] : []), g.long].map((o) =>
      quote(`${o}[${plain(g.says)}]${g.takes === undefined ? '' : `:${g.takes}:${o === '-c' || o === '--configuration' ? '_files' : ''}`}`),
    ),
  );
  const cases = SINGLE.filter((c) => !FAMILIES.has(c)).map((c) => `        ${c}) ${zshArguments(c)} ;;`);
  const families = [...FAMILIES].map(([first, seconds]) => `        ${first})
          ${isCommand(first) ? zshBoth(first, seconds) : `if ((CURRENT == 2)); then compadd ${seconds.join(' ')}; return; fi`}
          shift words; ((CURRENT--))
          case "${first} $words[1]" in
${seconds.map((second) => `        ${quote(`${first} ${second}`)}) ${zshArguments(`${first} ${second}` as CommandName)} ;;`).join('\n')}
          esac ;;`);
  return `#compdef reevectl
# zsh completion of reevectl. Made by: reevectl completion zsh
_reevectl_names() {
  local -a found
  local kind=$1
  shift
  found=(\${(f)"$(_call_program names reevectl __complete $kind 2>/dev/null)"} "$@")
  compadd -a found
}
_reevectl() {
  local state line
  local -a commands
  commands=(
${commands.map((line) => `    ${line}`).join('\n')}
  )
  _arguments -C ${globals.join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${[...cases, ...families].join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_reevectl" ]; then _reevectl "$@"; else compdef _reevectl reevectl; fi
`;
}

/** When the words typed so far are those of this command. A second word may be a command of its own (`resume`, `job resume`). */
function fishSeen(c: CommandName): string {
  const [first = '', second] = c.split(' ');
  if (second !== undefined) return `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
  const twice = [...FAMILIES].some(([, seconds]) => seconds.includes(first));
  return `__fish_seen_subcommand_from ${first}${twice ? `; and not __fish_seen_subcommand_from ${[...FAMILIES.keys()].join(' ')}` : ''}`;
}

function fish(): string {
  const fishOption = (option: string): string => (option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`);
  const names = (kind: NameKind): string => `'(reevectl __complete ${kind} 2>/dev/null)'`;
  const out = ['# fish completion of reevectl. Made by: reevectl completion fish', 'complete -c reevectl -f'];
  for (const g of GLOBALS) {
    out.push(
      `complete -c reevectl -n __fish_use_subcommand ${[g.short, g.long]
        .filter((o) => o !== undefined)
        .map(fishOption)
        .join(' ')}${g.takes === undefined ? '' : g.takes === 'FILE' ? ' -r -F' : ' -x'} -d ${quote(plain(g.says))}`,
    );
  }
  for (const [first] of PURE) out.push(`complete -c reevectl -n __fish_use_subcommand -a ${first} -d ${quote(plain(familySays(first)))}`);
  for (const c of NAMES) {
    const [first = '', second] = c.split(' ');
    if (second === undefined) out.push(`complete -c reevectl -n __fish_use_subcommand -a ${c} -d ${quote(plain(says(c)))}`);
    else out.push(`complete -c reevectl -n '__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${FAMILIES.get(first)?.join(' ')}' -a ${second} -d ${quote(plain(says(c)))}`);
    const seen = `-n ${quote(fishSeen(c))}`;
    for (const [, spec] of argumentsOf(c)) {
      if (spec.option === undefined) continue;
      const values = spec.values ? ` -a ${quote(spec.values.join(' '))}` : spec.of ? ` -a ${names(spec.of)}` : '';
      out.push(`complete -c reevectl ${seen} ${fishOption(spec.option)}${spec.type === 'boolean' ? '' : ` -x${values}`} -d ${quote(plain(spec.says))}`);
    }
    const { names: kind, fixed } = wordsOf(c);
    if (kind !== '') out.push(`complete -c reevectl ${seen} -a ${names(kind)}`);
    if (fixed.length > 0) out.push(`complete -c reevectl ${seen} -a ${quote(fixed.join(' '))}`);
    if (TAKES_FILE.includes(c)) out.push(`complete -c reevectl ${seen} -F`);
  }
  return `${out.join('\n')}\n`;
}

/** The script for one shell. */
export function renderCompletion(shell: ShellName): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
  }
}
