// `reevectl import crontab`: entries of a crontab as jobs, @reboot as a program.
import { CRON_ALIASES, parseCron } from './cron.ts';
import { tomlKey, tomlString, tomlTable } from './toml-write.ts';
import { freeName } from './free-name.ts';
import { jobSettingKeys } from './job-schema.ts';
import { readZone } from './zone-name.ts';
import { put } from './record.ts';
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
  return freeName(base, taken);
}

/** What cron wrote to standard input, piped in by the shell that the command needs anyway. */
function withInput({ command, input }: Entry): string {
  if (input === null) return command;
  const lines = input.split('\n').map((line) => `'${line.replaceAll("'", "'\\''")}'`);
  return `printf '%s\\n' ${lines.join(' ')} | {\n${command}\n}`;
}

/** Words of cron that have no place in a job, each with what to do. */
const HEAD = [
  '# Different from cron: a run is left out while the last one goes on (overlap = "allow" is cron\'s way), output goes to the log of the',
  '# job, and a job starts in the directory of the daemon (cron: the home of the user) unless directory is written.',
];

/** A crontab while it is read. */
interface Tab {
  readonly environment: Record<string, string>;
  zone: string | null;
  readonly taken: Set<string>;
}

function tableOf(entry: Entry, { environment, zone, taken }: Tab): { readonly lines: readonly string[]; readonly problem: string | null } {
  const boot = entry.schedule === '@reboot';
  const { SHELL: shell, ...variables } = environment;
  const plain = shell === undefined || shell === '/bin/sh';
  const command = withInput(entry);
  const read = boot ? null : parseCron(entry.schedule, 'or');
  return {
    problem: read !== null && 'problem' in read ? read.problem : null,
    lines: [
      `[${boot ? 'programs' : 'jobs'}.${tomlKey(nameOf(entry.command, taken))}]`,
      `command = ${plain ? tomlString(command) : `[${[shell, '-c', command].map(tomlString).join(', ')}]`}`,
      ...(plain ? ['shell = true'] : []),
      ...(boot ? ['restart = "temporary"', 'startsecs = 0'] : [`schedule = ${tomlString(entry.schedule)}`]),
      ...(boot || zone === null ? [] : [`timezone = ${tomlString(zone)}`]),
      ...(entry.user === null ? [] : [`user = ${tomlString(entry.user)}`]),
      ...(Object.keys(variables).length === 0 ? [] : [`environment = ${tomlTable(variables)}`]),
    ],
  };
}

/** Reads a crontab. `system`: entries name a user (/etc/crontab, /etc/cron.d). Pure. */
export function importCrontab(text: string, fileName: string, system: boolean): Imported {
  const out: string[] = [`# Imported from ${fileName.replace(/^.*\//, '')}.`, ...HEAD];
  const tab: Tab = { environment: {}, zone: null, taken: new Set(Object.keys(jobSettingKeys)) };
  const problems: string[] = [];
  let jobs = 0;
  let programs = 0;
  const body: string[] = [];
  text.split(/\r?\n/).forEach((row, index) => {
    const line = row.trim();
    if (line === '') return;
    if (line.startsWith('#')) {
      body.push('', line);
      return;
    }
    const variable = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line);
    if (variable !== null) {
      const [, name = '', raw = ''] = variable;
      const value = raw.replace(/^(["'])(.*)\1$/s, '$2');
      const zone = name === 'CRON_TZ' ? readZone(value) : null;
      if (name === 'MAILTO' || name === 'MAILFROM') body.push('', `# ${name}=${value}: output is not mailed here, it goes to a log`);
      else if (zone === null) put(tab.environment, name, value);
      else if ('zone' in zone) tab.zone = zone.zone;
      else problems.push(`line ${index + 1}: ${zone.problem}`);
      return;
    }
    const entry = entryOf(line, system);
    if (entry === null) {
      problems.push(`line ${index + 1}: cannot read ${JSON.stringify(line.slice(0, 60))} as an entry`);
      return;
    }
    const { lines, problem } = tableOf(entry, tab);
    if (body.at(-1)?.startsWith('#') !== true) body.push('');
    if (problem !== null) {
      problems.push(`line ${index + 1}: ${problem}`);
      body.push(`# ${problem}:`, ...lines.map((one) => `# ${one}`));
    } else if (entry.schedule === '@reboot') {
      programs += 1;
      body.push('# @reboot: cron ran it once after a boot, here it runs at each start of the daemon.', ...lines);
    } else {
      jobs += 1;
      body.push(...lines);
    }
  });
  if (jobs + programs === 0 && problems.length === 0) problems.push(`${fileName} has no entries`);
  if (jobs > 0) out.push('', '[jobs]', 'catch_up = "none"  # cron forgets what it missed; "one" runs it once when the daemon is back');
  return { text: `${[...out, ...body].join('\n')}\n`, problems };
}
