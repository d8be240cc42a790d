// What a supervisord file says and its author hardly means: shell syntax without a shell, a shell that keeps the stop signal to itself,
// characters that look like ASCII. Warnings only: the file means what supervisord makes of it.
import { hiddenCharacter } from './hidden-characters.ts';
import type { IniSection } from './ini-file.ts';
import type { Report } from './problems.ts';
import type { ProcessSpec } from './spec.ts';

const SHELLS = ['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh'];

/** Full-width forms, curly quotes, blanks that do not break words. */
const LOOKALIKE = /[\uff01-\uff5e\u2018\u2019\u201c\u201d\u3000\u00a0\u200b]/;

/** Words of a command line outside quotes; what is in double quotes is kept apart, since `$` means as little there. */
function outsideQuotes(text: string): { readonly bare: string; readonly double: string } {
  const double: string[] = [];
  const bare = text.replace(/'[^']*'|"((?:[^"\\]|\\.)*)"/g, (_, inside?: string) => {
    if (inside !== undefined) double.push(inside);
    return 'Q';
  });
  return { bare, double: double.join(' ') };
}

/** The shell syntax found, as people would name it, or null. */
function shellSyntax(text: string): string | null {
  const { bare, double } = outsideQuotes(text);
  const operator = /(?:^|\s)(\|\|?|&&?|\d?>>?(?:&\d)?|<|;)(?=\s|$)|(?:\s)(\d?>>?)(?=[\w/&])|(;)(?:\s|$)/.exec(bare);
  if (operator !== null) return `"${operator[1] ?? operator[2] ?? operator[3]}"`;
  if (/`/.test(bare + double)) return 'backticks';
  if (/\$\(/.test(bare + double)) return '"$(...)"';
  const variable = /\$\{?[A-Za-z_]\w*\}?/.exec(`${bare} ${double}`);
  return variable === null ? null : `"${variable[0]}"`;
}

function isShell(word: string | undefined): boolean {
  return word !== undefined && SHELLS.includes(word.slice(word.lastIndexOf('/') + 1));
}

/** Index of the script in `sh -c script`, `bash -lc script`, `env X=1 sh -c script`; -1 when no shell reads a script. */
function scriptAt(words: readonly string[]): number {
  const shell = words.findIndex((word) => isShell(word));
  if (shell < 0 || shell > 4) return -1;
  for (let i = shell + 1; i < words.length && words[i]?.startsWith('-') === true; i += 1)
    if (/^-[a-z]*c$/.test(words[i] ?? '')) return i + 1;
  return -1;
}

/** Warns of what one copy of a program says and hardly means. Copies say the same, and the report tells it once. */
export function lintProcess(report: Report, section: IniSection, spec: ProcessSpec): void {
  const warn = (key: string, message: string, hint: string) =>
    report.warning(section.keys.get(key)?.place ?? section.place, `${section.name}.${key}`, message, hint);
  const hidden = hiddenCharacter(spec.name) ?? hiddenCharacter(spec.program);
  if (hidden !== null) report.warning(section.place, section.name, `the name contains ${hidden}, which nobody sees, and nobody types`, 'type the name anew');
  for (const [name, key] of section.keys) {
    const odd = LOOKALIKE.exec(key.value)?.[0];
    if (odd === undefined) continue;
    const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    warn(name, `the value has the character "${odd}" (U+${code}), which only looks like one of ASCII`, 'type it on an ASCII keyboard');
  }
  for (const name of ['directory', 'stdout_logfile', 'stderr_logfile', 'user']) {
    const variable = /\$\{?[A-Za-z_]\w*\}?/.exec(section.keys.get(name)?.value ?? '')?.[0];
    if (variable !== undefined)
      warn(name, `"${variable}" is not expanded: there is no shell`, `write %(ENV_${variable.replace(/\W/g, '')})s`);
  }
  if (spec.command.shell) return;
  // The text as written: an ENV_ name may have brought in a secret.
  const written = section.keys.get('command')?.value ?? '';
  const script = scriptAt(spec.command.words);
  if (script >= 0) {
    const asGroup = spec.stop[0]?.scope !== 'main';
    if (!asGroup && !/\bexec\b/.test(spec.command.words[script] ?? ''))
      warn(
        'command',
        'the stop signal goes to the shell alone, and what it runs goes on',
        'write exec before the last command, or stopasgroup = true',
      );
    return;
  }
  const syntax = shellSyntax(written);
  if (syntax !== null)
    warn(
      'command',
      `${syntax} ${syntax === 'backticks' ? 'mean' : 'means'} nothing here: the command is not run by a shell`,
      `write /bin/sh -c '...', or shell = true`,
    );
}
