// `reevectl import crontab`: entries of a crontab. Jobs with a schedule come with a later version, so those entries are written as
// comments, ready to be uncommented then; @reboot is a program already.
import { CRON_ALIASES } from './cron.ts';
import { tomlKey, tomlString, tomlTable } from './toml-write.ts';
import type { Imported } from './import-systemd.ts';

/** One entry taken apart. */
interface Entry {
  readonly schedule: string;
  readonly user: string | null;
  readonly command: string;
  /** What cron writes to standard input: text after the first bare %. */
  readonly input: string | null;
}

/** `\%` is a percent sign; a bare one ends the command, and later ones are line breaks of its input. */
function takeCommand(text: string): { readonly command: string; readonly input: string | null } {
  const parts = text.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  const [command = '', ...input] = parts;
  return { command: command.trim(), input: input.length === 0 ? null : input.join('\n') };
}

function entryOf(line: string, system: boolean): Entry | null {
  const nickname = /^(@\w+)\s+(.*)$/s.exec(line);
  const fields = nickname === null ? /^((?:\S+\s+){4}\S+)\s+(.*)$/s.exec(line) : null;
  const when = nickname?.[1] ?? fields?.[1]?.replace(/\s+/g, ' ');
  const rest = nickname?.[2] ?? fields?.[2];
  if (when === undefined || rest === undefined) return null;
  if (when.startsWith('@') && when !== '@reboot' && CRON_ALIASES[when] === undefined) return null;
  if (!when.startsWith('@') && !/^[\d*,\-/A-Za-z ~]+$/.test(when)) return null;
  const owner = system ? /^(\S+)\s+(.*)$/s.exec(rest) : null;
  if (system && owner === null) return null;
  return { schedule: CRON_ALIASES[when] ?? when, user: owner?.[1] ?? null, ...takeCommand(owner?.[2] ?? rest) };
}

/** A name from the first word that says something: the script, not the interpreter. */
function nameOf(command: string, taken: Set<string>): string {
  const words = command.split(/\s+/).map((word) => word.replace(/^.*\//, '').replace(/\.\w+$/, ''));
  const dull = /^(cd|test|sh|bash|python\d?|python3.\d+|env|nice|exec|flock|-.*|[^A-Za-z].*|.*[=&|;<>].*|)$/;
  const base = (words.find((word) => !dull.test(word)) ?? 'job').replace(/[^\w-]/g, '-').slice(0, 40);
  let name = base;
  for (let n = 2; taken.has(name); n += 1) name = `${base}-${n}`;
  taken.add(name);
  return name;
}

/** Reads a crontab. `system`: entries name a user (/etc/crontab, /etc/cron.d). Pure. */
export function importCrontab(text: string, fileName: string, system: boolean): Imported {
  const out: string[] = [
    `# Imported from ${fileName.replace(/^.*\//, '')}.`,
    '# Jobs with a schedule are not yet supported by this version: the entries stand here as comments, in the form they will have.',
  ];
  const environment: Record<string, string> = {};
  const taken = new Set<string>();
  const problems: string[] = [];
  let entries = 0;
  text.split(/\r?\n/).forEach((row, index) => {
    const line = row.trim();
    if (line === '') return;
    if (line.startsWith('#')) {
      out.push(line);
      return;
    }
    const variable = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line);
    if (variable !== null) {
      const [, name = '', raw = ''] = variable;
      const value = raw.replace(/^(["'])(.*)\1$/s, '$2');
      if (name === 'MAILTO' || name === 'MAILFROM') out.push(`# ${name}=${value}: output is not mailed here, it goes to a log`);
      else if (name === 'CRON_TZ' || name === 'TZ') out.push(`# ${name}=${value}: timezone = ${tomlString(value)}`);
      else environment[name] = value;
      return;
    }
    const entry = entryOf(line, system);
    if (entry === null) {
      problems.push(`line ${index + 1}: cannot read ${JSON.stringify(line.slice(0, 60))} as an entry`);
      return;
    }
    entries += 1;
    const boot = entry.schedule === '@reboot';
    const { SHELL: shell, ...variables } = environment;
    const lines = [
      `[${boot ? 'programs' : 'jobs'}.${tomlKey(nameOf(entry.command, taken))}]`,
      `command = ${shell === undefined || shell === '/bin/sh' ? tomlString(entry.command) : `[${[shell, '-c', entry.command].map(tomlString).join(', ')}]`}`,
      ...(shell === undefined || shell === '/bin/sh' ? ['shell = true'] : []),
      ...(boot ? ['restart = "temporary"', 'startsecs = 0'] : [`schedule = ${tomlString(entry.schedule)}`]),
      ...(entry.user === null ? [] : [`user = ${tomlString(entry.user)}`]),
      ...(Object.keys(variables).length === 0 ? [] : [`environment = ${tomlTable(variables)}`]),
    ];
    out.push('');
    if (boot) out.push('# @reboot: cron ran it once after a boot, here it runs at each start of the daemon.', ...lines);
    else out.push(...lines.map((one) => `# ${one}`));
    if (entry.input !== null) out.push(`# cron wrote this to its standard input: ${JSON.stringify(entry.input)}`);
  });
  if (entries === 0 && problems.length === 0) problems.push(`${fileName} has no entries`);
  return { text: `${out.join('\n')}\n`, problems };
}
