// Completion scripts for bash, zsh and fish, from the table of commands. Pure. Names of processes are asked of the daemon
// when the key is pressed (`reevectl __complete names`), so that a script never goes stale.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { CommandDefinition, CommandName } from '../daemon/contract/commands.ts';
import { argumentsOf, GLOBAL_OPTIONS } from './arguments.ts';

export type ShellName = 'bash' | 'zsh' | 'fish';

const NAMES = Object.keys(COMMANDS) as readonly CommandName[];
/** Their second word is a file. */
const TAKES_FILE: readonly CommandName[] = ['config', 'import'];
const GLOBALS = Object.values(GLOBAL_OPTIONS) as readonly { short?: string; long: string; takes?: string; says: string }[];
const says = (command: CommandName): string => (COMMANDS[command] as CommandDefinition).says;

const optionsOf = (command: CommandName): readonly string[] =>
  argumentsOf(command).flatMap(([, s]) => (s.option === undefined ? [] : [s.option]));

/** What the words of a command may be: `names`, or fixed words. */
function wordsOf(command: CommandName): { readonly names: boolean; readonly fixed: readonly string[] } {
  const places = argumentsOf(command)
    .filter(([, s]) => s.option === undefined)
    .map(([, s]) => s);
  const fixed = places.flatMap((s) =>
    s.type === 'channel'
      ? ['stdout', 'stderr']
      : s.type === 'signal'
        ? ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM']
        : (s.values ?? []),
  );
  return { names: places.some((s) => s.type === 'names') || command === 'scale', fixed: command === 'help' ? NAMES : fixed };
}

/** Values that may follow an option: of the commands' enums. */
function optionValues(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const command of NAMES)
    for (const [, spec] of argumentsOf(command)) if (spec.option !== undefined && spec.values) found.set(spec.option, spec.values);
  return found;
}

function bash(): string {
  const takes = GLOBALS.filter((g) => g.takes !== undefined)
    .flatMap((g) => [g.long, ...(g.short ? [g.short] : [])])
    .join('|');
  const cases = NAMES.map((c) => {
    const { names, fixed } = wordsOf(c);
    return `    ${c}) options=${quote(optionsOf(c).join(' '))}; words=${quote(fixed.join(' '))}; names=${names ? 1 : 0} ;;`;
  });
  const values = [...optionValues()].map(
    ([option, list]) => `    ${option}) COMPREPLY=($(compgen -W ${quote(list.join(' '))} -- "$cur")); return ;;`,
  );
  return `# bash completion of reevectl. Made by: reevectl completion bash
_reevectl() {
  local cur prev command= i options= words= names=0
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
  case $prev in
    -c|--configuration) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -s|--serverurl|-u|--username|-p|--password) return ;;
${values.join('\n')}
  esac
  case $command in
    '') options=${quote(GLOBALS.flatMap((g) => [...(g.short ? [g.short] : []), g.long]).join(' '))}; words=${quote(NAMES.join(' '))} ;;
${cases.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ $command == config ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur"))
    return
  fi
  if ((names)); then
    words+=" $("\${typed[0]}" "\${before[@]}" __complete names 2>/dev/null)"
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

function zsh(): string {
  const commands = NAMES.map((c) => `    ${quote(`${c}:${plain(says(c))}`)}`);
  const globals = GLOBALS.flatMap((g) =>
    [...(g.short ? [g.short] : []), g.long].map((o) =>
      quote(`${o}[${plain(g.says)}]${g.takes === undefined ? '' : `:${g.takes}:${o === '-c' || o === '--configuration' ? '_files' : ''}`}`),
    ),
  );
  const cases = NAMES.map((c) => {
    const { names, fixed } = wordsOf(c);
    const parts = argumentsOf(c)
      .filter(([, s]) => s.option !== undefined)
      .map(([n, s]) =>
        quote(`${s.option}[${plain(s.says)}]${s.type === 'boolean' ? '' : `:${n}:${s.values ? `(${s.values.join(' ')})` : ''}`}`),
      );
    const words = names
      ? `'*:name:_reevectl_names ${fixed.join(' ')}'`
      : TAKES_FILE.includes(c)
        ? `'1:action:(${fixed.join(' ')})' '2:file:_files'`
        : fixed.length > 0
          ? `'*:word:(${fixed.join(' ')})'`
          : '';
    return `        ${c}) _arguments ${[...parts, words].filter((p) => p !== '').join(' ')} ;;`;
  });
  return `#compdef reevectl
# zsh completion of reevectl. Made by: reevectl completion zsh
_reevectl_names() {
  local -a found
  found=(\${(f)"$(_call_program names reevectl __complete names 2>/dev/null)"} "$@")
  compadd -a found
}
_reevectl() {
  local state line
  local -a commands
  commands=(
${commands.join('\n')}
  )
  _arguments -C ${globals.join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_reevectl" ]; then _reevectl "$@"; else compdef _reevectl reevectl; fi
`;
}

function fish(): string {
  const fishOption = (option: string): string => (option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`);
  const out = ['# fish completion of reevectl. Made by: reevectl completion fish', 'complete -c reevectl -f'];
  for (const g of GLOBALS) {
    out.push(
      `complete -c reevectl -n __fish_use_subcommand ${[g.short, g.long]
        .filter((o) => o !== undefined)
        .map(fishOption)
        .join(' ')}${g.takes === undefined ? '' : g.takes === 'FILE' ? ' -r -F' : ' -x'} -d ${quote(plain(g.says))}`,
    );
  }
  for (const c of NAMES) {
    out.push(`complete -c reevectl -n __fish_use_subcommand -a ${c} -d ${quote(plain(says(c)))}`);
    const seen = `-n ${quote(`__fish_seen_subcommand_from ${c}`)}`;
    for (const [, spec] of argumentsOf(c)) {
      if (spec.option === undefined) continue;
      out.push(
        `complete -c reevectl ${seen} ${fishOption(spec.option)}${spec.type === 'boolean' ? '' : spec.values ? ` -x -a ${quote(spec.values.join(' '))}` : ' -x'} -d ${quote(plain(spec.says))}`,
      );
    }
    const { names, fixed } = wordsOf(c);
    if (names) out.push(`complete -c reevectl ${seen} -a '(reevectl __complete names 2>/dev/null)'`);
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
