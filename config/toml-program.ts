// [programs.NAME] of a TOML file -> a program, its copies built once its group is known.
import { serverUrlOf } from './api.ts';
import { envFiles } from './env-files.ts';
import { keptCount } from './health.ts';
import { hiddenCharacter } from './hidden-characters.ts';
import { resolveFrom } from './paths.ts';
import { isTable } from './kind.ts';
import { checkStart, processOf, splitOwner } from './process.ts';
import { shown } from './problems.ts';
import { instanceKeys, programKeys, supervisordKeys } from './program-schema.ts';
import { laterKeys } from './later-keys.ts';
import { poolKeys } from './pool-schema.ts';
import { filled, keyName, readTable } from './table.ts';
import { ownOf } from './record.ts';
import type { PoolValues } from './pool-schema.ts';
import type { ProgramValues } from './program-schema.ts';
import type { ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { ListenerSpec, ProcessSpec, SocketSpec } from './spec.ts';
import type { TomlFile } from './toml-file.ts';

type Path = readonly (string | number)[];
type Table = Readonly<Record<string, unknown>>;

const KEYS = { ...programKeys, ...poolKeys, ...supervisordKeys };

/** Answers to supervisord's words that TOML says otherwise. */
export const TOML_HINTS: Readonly<Record<string, string>> = {
  autorestart: 'write restart = "permanent" (true), "transient" (unexpected) or "temporary" (false)',
  serverurl: 'write control = true',
  programs: 'write members',
};

/** A name that can stand in `group:process`. */
export function badName(name: string): string | null {
  if (name === '' || /[\s:/*\0]/.test(name)) return 'a name cannot be empty or contain blanks, ":", "/" or "*"';
  const hidden = hiddenCharacter(name);
  if (hidden !== null) return `a name cannot contain ${hidden}: nobody sees it, and what is written around it would look like something else`;
  return name === 'all' ? '"all" means everything and cannot be a name' : null;
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

/** One program while it is read. */
interface Program {
  readonly c: ReadContext;
  readonly file: TomlFile;
  readonly settings: Settings;
  readonly name: string;
  /** `programs.web`: how messages name it. */
  readonly title: string;
  readonly values: ProgramValues & PoolValues;
  /** Keys written, good or bad. */
  readonly raw: Table;
  readonly complain: (key: string, message: string, hint?: string) => void;
}

/** The pool of listeners a program is, and the socket its copies share. */
function poolKindOf({ values, complain }: Program): { readonly listener: ListenerSpec | null; readonly socket: SocketSpec | null } {
  const v = filled(poolKeys, values, 'toml');
  const address = values.fcgi_socket;
  if (values.events !== undefined && address !== undefined) complain('fcgi_socket', '"events" and "fcgi_socket" exclude each other');
  if (values.events !== undefined && values.redirect_stderr === true)
    complain('redirect_stderr', 'an event listener cannot have redirect_stderr = true: its standard output is the protocol');
  if (values.events === undefined && values.buffer_size !== undefined) complain('buffer_size', 'buffer_size does nothing without events');
  for (const key of ['fcgi_socket_owner', 'fcgi_socket_mode', 'fcgi_socket_backlog'] as const) {
    if (values[key] === undefined) continue;
    if (address === undefined) complain(key, `${key} does nothing without fcgi_socket`);
    else if ('host' in address && key !== 'fcgi_socket_backlog') complain(key, `${key} is for unix sockets only`);
  }
  const unix = address !== undefined && 'unix' in address;
  const owner = unix ? (values.fcgi_socket_owner ?? values.user ?? null) : null;
  return {
    listener: values.events === undefined ? null : { events: values.events, bufferSize: v.buffer_size },
    socket:
      address === undefined
        ? null
        : {
            address,
            mode: v.fcgi_socket_mode,
            owner,
            ownGroup: owner !== null && values.fcgi_socket_owner === undefined,
            backlog: values.fcgi_socket_backlog ?? null,
          },
  };
}

/** Copies of a program and what they are called. */
interface Pool {
  readonly count: number;
  /** As the file says; `count` differs where an operator scaled it. */
  readonly written: number;
  readonly first: number;
  /** Name of copy number `index`. */
  readonly template: (index: number) => string;
}

/** Keys that are good by themselves and wrong together. */
function checkTogether({ c, file, name, title, values, raw, complain }: Program): void {
  if (raw['command'] === undefined) complain('', 'the program has no command', 'write command = "..."');
  for (const twin of ['stopsignal', 'stopasgroup', 'killasgroup'] as const) {
    if (values.stop !== undefined && values[twin] !== undefined)
      complain(twin, `"${twin}" and "stop" exclude each other`, 'write the signal and scope in the steps of stop');
  }
  for (const key of Object.keys(supervisordKeys))
    if (raw[key] !== undefined && values.rules !== 'supervisord') complain(key, "this is supervisord's key", TOML_HINTS[key]);
  if (values.autorestart !== undefined && values.restart !== undefined)
    complain('autorestart', '"autorestart" and "restart" exclude each other', 'keep one of them');
  if (values.stopasgroup === true && values.killasgroup === false)
    complain(
      'killasgroup',
      'killasgroup = false with stopasgroup = true would leave those that ignore the signal',
      'leave killasgroup out',
    );
  if (values.shell === true && values.command?.words != null) complain('shell', 'shell = true needs the command as one string');
  checkStart(values, complain);
  if (values.restart_window !== undefined && values.max_restarts === undefined)
    complain('restart_window', 'restart_window does nothing without max_restarts', 'write max_restarts too');
  for (const limit of Object.keys(values.limits?.rlimits ?? {})) {
    if (values.rlimits?.[limit] !== undefined) complain('limits', `"${limit}" is also written in rlimits`);
  }
  if (values.redirect_stderr === true && values.stderr_logfile !== undefined) {
    c.report.warning(
      file.place(['programs', name, 'stderr_logfile']),
      `${title}.stderr_logfile`,
      'stderr_logfile does nothing with redirect_stderr = true',
    );
  }
}

function poolOf({ c, name, values, complain }: Program): Pool {
  const { numprocs, numprocs_start: first } = filled(programKeys, values, 'toml');
  // A program that is scaled begins with what it has at least.
  const written = values.max !== undefined && values.numprocs === undefined ? (values.min ?? 1) : 'count' in numprocs ? numprocs.count : Math.max(1, Math.round(c.port.cpus * numprocs.perCpu));
  const count = ownOf(c.options.numprocs ?? {}, name) ?? keptCount(values, ownOf(c.options.present ?? {}, name)) ?? written;
  // "cpus" is a pool on every machine, or names would depend on the number of processors.
  const pool = !('count' in numprocs && numprocs.count === 1) || values.max !== undefined;
  const wanted = values.process_name ?? (pool ? '{program}-{num}' : '{program}');
  if (/\{num(:0\d)?\}/.test(wanted)) return { count, written, first, template: () => wanted };
  // A program that was not written as a pool keeps the name of its first copy when it is scaled.
  if (!pool) return { count, written, first, template: (index) => (index === 0 ? wanted : `${wanted}-{num}`) };
  complain('process_name', `the ${written} copies would all be called ${shown(wanted)}`, 'use {num} in it');
  // Built with names that differ all the same, or each copy would be reported as a double of the one before.
  return { count, written, first, template: () => '{program}-{num}' };
}

/** Directory of automatic logs; null as PID 1, where the daemon's own output is the log. */
export function autoDirectory(c: ReadContext, { daemon, logs }: Settings): string | null {
  if (logs.directory !== undefined) return logs.directory;
  if (c.options.pid1 === true) return null;
  const stateDir = daemon.stateDir ?? c.options.stateDir ?? null;
  return stateDir === null ? 'logs' : `${stateDir}/logs`;
}

/** Where an automatic log goes: a file that no other process has, or nowhere as PID 1, where the daemon's own output is the log. */
function autoFileOf(
  { c, settings }: Program,
  taken: Set<string>,
  group: string,
  process: string,
): (channel: 'stdout' | 'stderr') => string | null {
  const directory = autoDirectory(c, settings);
  if (directory === null) return () => null;
  const base = taken.has(process) ? `${group}-${process}` : process;
  taken.add(base);
  return (channel) => `${directory}/${base}${channel === 'stdout' ? '' : '.err'}.log`;
}

/** supervisord's automatic logs: in [logs] directory, else the temporary directory. */
function theirAutoFile({ c, settings }: Program, process: string): (channel: 'stdout' | 'stderr') => string {
  const directory = settings.logs.directory ?? c.port.env['TMPDIR'] ?? '/tmp';
  return (channel) => `${directory}/${process}-${channel}---${settings.daemon.identifier}.log`;
}

/** supervisord's SUPERVISOR_SERVER_URL: what is written, else the first listener. */
function theirUrl({ values, settings }: Program): string | null {
  if (values.control === false) return null;
  const written = values.serverurl;
  return written === undefined || written.trim().toUpperCase() === 'AUTO' ? serverUrlOf(settings.api.listen) : written;
}

/** Reads one program; `taken` holds the names of automatic log files so far. */
export function programOf(c: ReadContext, file: TomlFile, settings: Settings, taken: Set<string>, name: string, table: Table): ProgramDecl {
  const at: Path = ['programs', name];
  const title = keyName('programs', [name]);
  const complain = (key: string, message: string, hint?: string) =>
    c.report.error(file.place(key === '' ? at : [...at, key]), key === '' ? title : `${title}.${key}`, message, hint ?? null);
  const { instance, ...raw } = table;
  const place = (path: Path) => file.place([...at, ...path]);
  const theirs = table['rules'] === 'supervisord';
  const values: ProgramValues & PoolValues = readTable(KEYS, raw, {
    name: title,
    report: c.report,
    place,
    later: laterKeys.programs,
    hints: TOML_HINTS,
  });
  const program: Program = { c, file, settings, name, title, values, raw, complain };
  checkTogether(program);
  const { listener, socket } = poolKindOf(program);
  const { count, written, first, template } = poolOf(program);
  // Scaled down, the tables of copies that do not run for now stay as they are.
  const overrides = instancesOf(c, file, name, instance, first, Math.max(count, written));
  for (const one of [values, ...overrides.values()]) {
    if (one.user !== undefined && splitOwner(one.user)[0] === '')
      complain('user', `expected "user" or "user:group", got ${shown(one.user)}`);
  }
  const shared = envFiles(c, values, file.here, (message, index) =>
    c.report.error(place(['env_file', index]), `${title}.env_file`, message),
  );
  const copy = (group: string, index: number): ProcessSpec => {
    const num = first + index;
    const own = overrides.get(num) ?? {};
    const ownFiles = envFiles(c, own, file.here, (message) =>
      c.report.error(place(['instance', String(num), 'env_file']), `${title}.instance.${num}.env_file`, message),
    );
    const named = fillName(template(index), name, group, num);
    if ('problem' in named && index === 0) complain('process_name', named.problem);
    const processName = 'name' in named ? named.name : `${name}-${num}`;
    return processOf(
      { ...values, ...own },
      {
        dialect: theirs ? 'ini' : 'toml',
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
          ...(theirs ? {} : { REEVE_PROCESS_NUM: String(num) }),
        },
        path: (path) => resolveFrom(file.here, path),
        serverUrl: theirs ? theirUrl(program) : values.control === true ? (serverUrlOf(settings.api.listen) ?? 'auto') : null,
        logs: settings.logs,
        autoFile: theirs ? theirAutoFile(program, processName) : autoFileOf(program, taken, group, processName),
        nativeRestart: !theirs || values.restart !== undefined || values.type === 'oneshot',
        nativeStop: !theirs || values.stop !== undefined,
      },
    );
  };
  return {
    name,
    dialect: 'toml',
    origin: file.place(at),
    build: (group) => {
      const copies = Array.from({ length: count }, (_, index) => copy(group, index));
      // By name, as supervisord starts them: _10 before _2.
      return theirs ? copies.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) : copies;
    },
    joins: true,
    groupPriority: theirs && listener !== null ? (values.priority ?? -1) : null,
    listener,
    socket,
    needs: {
      kind: 'program',
      name,
      title,
      dependsOn: values.depends_on ?? [],
      restartWith: values.restart_with ?? false,
      place: (key, index) => place(index === undefined ? [key] : [key, index]),
    },
  };
}
