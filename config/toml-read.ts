// The native form: tables of a TOML file -> settings, programs, groups.
import { apiOf, serverUrlOf } from './api.ts';
import { daemonOf } from './daemon.ts';
import { envFiles, reason } from './env-files.ts';
import { resolveFrom } from './paths.ts';
import { isTable } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import { processOf, splitOwner } from './process.ts';
import { shown } from './problems.ts';
import { apiKeys, ctlKeys, daemonKeys, groupKeys, instanceKeys, laterKeys, logsKeys, programKeys } from './schema.ts';
import { filled, keyName, readTable } from './table.ts';
import type { Keys, Values } from './table.ts';
import type { ProgramValues } from './schema.ts';
import type { GroupDecl, ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { CtlSpec, ProcessSpec } from './spec.ts';
import type { TomlFile } from './toml-file.ts';

type Path = readonly (string | number)[];
type Table = Readonly<Record<string, unknown>>;

const ROOT = ['daemon', 'api', 'ctl', 'logs', 'programs', 'groups', 'include'];
const TOML_HINTS: Readonly<Record<string, string>> = {
  autorestart: 'write restart = "permanent" (true), "transient" (unexpected) or "temporary" (false)',
  serverurl: 'write control = true',
  programs: 'write members',
  stdout_syslog: 'not yet supported by this version',
  stderr_syslog: 'not yet supported by this version',
  stdout_capture_maxbytes: 'not yet supported by this version',
  stderr_capture_maxbytes: 'not yet supported by this version',
  stdout_events_enabled: 'not yet supported by this version',
  stderr_events_enabled: 'not yet supported by this version',
};

/** A name that can stand in `group:process`. */
export function badName(name: string): string | null {
  if (name === '' || /[\s:/*\0]/.test(name)) return 'a name cannot be empty or contain blanks, ":", "/" or "*"';
  return name === 'all' ? '"all" means everything and cannot be a name' : null;
}

/** Reports what no table of ours is called. */
export function checkRoot(c: ReadContext, file: TomlFile): void {
  for (const [name, value] of Object.entries(file.data)) {
    const place = file.place([name]);
    if ((laterKeys.root as readonly string[]).includes(name)) c.report.error(place, name, 'not yet supported by this version');
    else if (!ROOT.includes(name)) c.report.error(place, name, 'unknown table', didYouMean(name, [...ROOT, ...laterKeys.root]));
    else if (name !== 'include' && !isTable(value)) c.report.error(place, name, `expected a table, got ${shown(value)}`);
  }
}

/** The table of this name in the one file that has it; two files that have it are an error. */
function single<K extends Keys>(
  c: ReadContext,
  files: readonly TomlFile[],
  name: string,
  keys: K,
  later: readonly string[],
): { values: Values<K>; file: TomlFile | null } {
  let owner: TomlFile | null = null;
  let values: Values<K> = {};
  for (const file of files) {
    const raw = file.data[name];
    if (!isTable(raw)) continue;
    if (owner === null) {
      owner = file;
      values = readTable(keys, raw, { name, report: c.report, place: (path) => file.place([name, ...path]), later });
    } else {
      const first = owner.place([name]);
      c.report.error(file.place([name]), name, `[${name}] is already written in ${first.file}:${first.line}`);
    }
  }
  return { values, file: owner };
}

/** First line of a secret file, without the newline. */
function secretFile(c: ReadContext, file: TomlFile, written: string, path: Path): string | null {
  if (c.options.secrets === false) return null;
  try {
    return c.port.readFile(resolveFrom(file.here, written)).replace(/\r?\n$/, '');
  } catch (error) {
    c.report.error(file.place(path), keyName('', path), `cannot read ${resolveFrom(file.here, written)}: ${reason(error)}`);
    return null;
  }
}

/** [daemon], [api], [ctl], [logs] of all TOML files. */
export function tomlSettings(c: ReadContext, files: readonly TomlFile[]): Settings {
  const main = files[0];
  const here = main?.here ?? c.port.cwd;
  const daemon = single(c, files, 'daemon', daemonKeys, laterKeys.daemon);
  const api = single(c, files, 'api', apiKeys, laterKeys.api);
  const ctl = single(c, files, 'ctl', ctlKeys, []);
  const logs = single(c, files, 'logs', logsKeys, []);
  const apiFile = api.file;
  const logsHere = logs.file?.here ?? here;
  const ctlFile = ctl.file;
  if (ctl.values.password !== undefined && ctl.values.password_file !== undefined && ctlFile !== null) {
    c.report.error(ctlFile.place(['ctl', 'password_file']), 'ctl.password_file', '"password" and "password_file" exclude each other');
  }
  const ctlSpec: CtlSpec = {
    serverUrl: ctl.values.server_url ?? null,
    username: ctl.values.username ?? null,
    password:
      ctl.values.password ??
      (ctl.values.password_file === undefined || ctlFile === null
        ? null
        : secretFile(c, ctlFile, ctl.values.password_file, ['ctl', 'password_file'])),
    prompt: filled(ctlKeys, ctl.values, 'toml').prompt,
  };
  return {
    daemon: daemonOf(daemon.values, 'toml', (path) => resolveFrom(daemon.file?.here ?? here, path)),
    api: apiOf(api.values, {
      here: apiFile?.here ?? here,
      complain: (path, message, hint) => {
        if (apiFile !== null) c.report.error(apiFile.place(['api', ...path]), keyName('api', path), message, hint ?? null);
      },
      secretFile: (written, path) => (apiFile === null ? null : secretFile(c, apiFile, written, ['api', ...path])),
    }),
    ctl: ctlSpec,
    logs: logs.values.directory === undefined ? logs.values : { ...logs.values, directory: resolveFrom(logsHere, logs.values.directory) },
  };
}

/** Fills in a process_name of TOML; an unknown or unclosed brace gives the reason instead. */
export function fillName(
  template: string,
  program: string,
  group: string,
  num: number,
): { readonly name: string } | { readonly problem: string } {
  let problem: string | null = null;
  const name = template.replace(/\{([^{}]*)\}/g, (all, inside: string) => {
    const width = /^num:0(\d)$/.exec(inside);
    if (inside === 'program') return program;
    if (inside === 'group') return group;
    if (inside === 'num') return String(num);
    if (width !== null) return String(num).padStart(Number(width[1]), '0');
    problem = `${all} is not known: use {program}, {group}, {num} or {num:02}`;
    return all;
  });
  const bad = problem ?? badName(name);
  return bad === null ? { name } : { problem: bad };
}

function instancesOf(
  c: ReadContext,
  file: TomlFile,
  program: string,
  raw: unknown,
  first: number,
  count: number,
): Map<number, ProgramValues> {
  const out = new Map<number, ProgramValues>();
  const name = `programs.${program}.instance`;
  if (raw === undefined) return out;
  if (!isTable(raw)) {
    c.report.error(file.place(['programs', program, 'instance']), name, `expected a table, got ${shown(raw)}`);
    return out;
  }
  for (const [num, table] of Object.entries(raw)) {
    const path = ['programs', program, 'instance', num];
    if (!/^\d+$/.test(num) || Number(num) < first || Number(num) >= first + count) {
      c.report.error(file.place(path), `${name}.${num}`, `there is no copy ${num}: the copies are ${first} to ${first + count - 1}`);
    } else if (!isTable(table)) c.report.error(file.place(path), `${name}.${num}`, `expected a table, got ${shown(table)}`);
    else
      out.set(
        Number(num),
        readTable(instanceKeys, table, {
          name: `${name}.${num}`,
          report: c.report,
          place: (sub) => file.place([...path, ...sub]),
          later: laterKeys.programs,
        }),
      );
  }
  return out;
}

function programOf(c: ReadContext, file: TomlFile, settings: Settings, taken: Set<string>, name: string, raw: Table): ProgramDecl {
  const at: Path = ['programs', name];
  const title = keyName('programs', [name]);
  const complain = (key: string, message: string, hint: string | null = null) =>
    c.report.error(file.place([...at, key]), `${title}.${key}`, message, hint);
  const { instance, ...rest } = raw;
  const values: ProgramValues = readTable(programKeys, rest, {
    name: title,
    report: c.report,
    place: (path) => file.place([...at, ...path]),
    later: laterKeys.programs,
    hints: TOML_HINTS,
  });
  if (rest['command'] === undefined) c.report.error(file.place(at), title, 'the program has no command', 'write command = "..."');
  if (values.stop !== undefined) {
    for (const twin of ['stopsignal', 'stopasgroup', 'killasgroup'] as const)
      if (values[twin] !== undefined)
        complain(twin, `"${twin}" and "stop" exclude each other`, 'write the signal and scope in the steps of stop');
  }
  if (values.stopasgroup === true && values.killasgroup === false)
    complain(
      'killasgroup',
      'killasgroup = false with stopasgroup = true would leave those that ignore the signal',
      'leave killasgroup out',
    );
  if (values.shell === true && values.command?.words != null) complain('shell', 'shell = true needs the command as one string');
  if (values.restart_window !== undefined && values.max_restarts === undefined)
    complain('restart_window', 'restart_window does nothing without max_restarts', 'write max_restarts too');
  for (const limit of Object.keys(values.limits ?? {}))
    if (values.rlimits?.[limit] !== undefined) complain('limits', `"${limit}" is also written in rlimits`);
  if (values.redirect_stderr === true && values.stderr_logfile !== undefined)
    c.report.warning(
      file.place([...at, 'stderr_logfile']),
      `${title}.stderr_logfile`,
      'stderr_logfile does nothing with redirect_stderr = true',
    );
  const { numprocs: written, numprocs_start: first } = filled(programKeys, values, 'toml');
  const scaled = c.options.numprocs?.[name];
  const count = scaled ?? ('count' in written ? written.count : Math.max(1, Math.round(c.port.cpus * written.perCpu)));
  const pool = !('count' in written && written.count === 1);
  const wanted = values.process_name ?? (pool ? '{program}-{num}' : '{program}');
  const alike = pool && !/\{num(:0\d)?\}/.test(wanted);
  // Built with names that differ all the same, or each copy would be reported as a double of the one before.
  const template = alike ? '{program}-{num}' : wanted;
  if (alike) complain('process_name', `the ${count} copies would all be called ${shown(wanted)}`, 'use {num} in it');
  const overrides = instancesOf(c, file, name, instance, first, count);
  const shared = envFiles(c, values, file.here, (message, index) =>
    c.report.error(file.place([...at, 'env_file', index]), `${title}.env_file`, message),
  );
  const logDirectory =
    settings.logs.directory ?? `${settings.daemon.stateDir ?? c.options.stateDir ?? ''}/logs`.replace(/^\/logs$/, 'logs');
  const build = (group: string): ProcessSpec[] =>
    Array.from({ length: count }, (_, index) => {
      const num = first + index;
      const own = overrides.get(num) ?? {};
      const ownFiles = envFiles(c, own, file.here, (message) =>
        c.report.error(file.place([...at, 'instance', String(num), 'env_file']), `${title}.instance.${num}.env_file`, message),
      );
      // A program that was not written as a pool keeps the name of its first copy when it is scaled.
      const filled = fillName(scaled !== undefined && !pool && index > 0 ? `${template}-{num}` : template, name, group, num);
      if ('problem' in filled && index === 0) complain('process_name', filled.problem);
      const processName = 'name' in filled ? filled.name : `${name}-${num}`;
      const base = taken.has(processName) ? `${group}-${processName}` : processName;
      taken.add(base);
      return processOf(
        { ...values, ...own },
        {
          dialect: 'toml',
          program: name,
          group,
          name: processName,
          num,
          origin: file.place(at),
          environment: {
            ...settings.daemon.environment,
            ...shared,
            ...values.environment,
            ...ownFiles,
            ...own.environment,
            REEVE_PROCESS_NUM: String(num),
          },
          path: (path) => resolveFrom(file.here, path),
          serverUrl: values.control === true ? (serverUrlOf(settings.api.listen) ?? 'auto') : null,
          logs: settings.logs,
          autoFile: (channel) =>
            c.options.pid1 === true && settings.logs.directory === undefined
              ? null
              : `${logDirectory}/${base}${channel === 'stdout' ? '' : '.err'}.log`,
          nativeRestart: true,
          nativeStop: true,
        },
      );
    });
  for (const one of [values, ...overrides.values()])
    if (one.user !== undefined && splitOwner(one.user)[0] === '')
      complain('user', `expected "user" or "user:group", got ${shown(one.user)}`);
  return { name, dialect: 'toml', origin: file.place(at), build };
}

/** Programs of one file in the order of the file. */
export function tomlPrograms(c: ReadContext, file: TomlFile, settings: Settings, taken: Set<string>): ProgramDecl[] {
  return named(c, file, 'programs').map(([name, raw]) => programOf(c, file, settings, taken, name, raw));
}

/** Groups of one file in the order of the file. */
export function tomlGroups(c: ReadContext, file: TomlFile): GroupDecl[] {
  return named(c, file, 'groups').map(([name, raw]) => {
    const title = keyName('groups', [name]);
    const place = (path: Path) => file.place(['groups', name, ...path]);
    const values = readTable(groupKeys, raw, { name: title, report: c.report, place, later: laterKeys.groups, hints: TOML_HINTS });
    if (raw['members'] === undefined) c.report.error(place([]), title, 'the group has no members', 'write members = ["..."]');
    return { name, dialect: 'toml', origin: place([]), values, place: (key, index) => place(index === undefined ? [key] : [key, index]) };
  });
}

function named(c: ReadContext, file: TomlFile, table: 'programs' | 'groups'): [string, Table][] {
  const all = file.data[table];
  const out: [string, Table][] = [];
  for (const [name, raw] of Object.entries(isTable(all) ? all : {})) {
    const bad = badName(name);
    const key = keyName(table, [name]);
    if (bad !== null) c.report.error(file.place([table, name]), key, bad);
    if (isTable(raw)) out.push([name, raw]);
    else c.report.error(file.place([table, name]), key, `expected a table, got ${shown(raw)}`, `write [${table}.NAME] above the key`);
  }
  return out;
}
