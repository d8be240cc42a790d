// A supervisord file read for its view: what the reader makes of it, beside what the reader does not keep.
import { dirname } from 'node:path';
import { COPY_KEYS, kindOf } from '../config/ini-keys.ts';
import { loadIni } from '../config/ini-file.ts';
import type { IniUnit } from '../config/ini-file.ts';
import type { ConfigPort, IniCopy, ReadOptions } from '../config/port.ts';
import { newReport } from '../config/problems.ts';
import { readConfig } from '../config/read.ts';
import type { Config, Problem, ProcessSpec } from '../config/spec.ts';
import { nodeConfigPort } from '../daemon/os/config-port.ts';

/** As the options of the command line. */
export interface ViewOptions {
  /** Give every missing %(ENV_X)s the value 1 and list it. */
  readonly autoEnv: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What %(here)s of the main file is; 'real': the directory of the file. */
  readonly here: string;
  readonly host: string;
  /** The default childlogdir. */
  readonly tmp: string;
  /** What relative socket paths are resolved against. */
  readonly cwd: string;
  /** auto: a piece without [supervisord] gets an empty one. */
  readonly fragment: 'auto' | 'no';
}

/** The options of the tool, where none are written. */
export const VIEW_DEFAULTS: ViewOptions = { autoEnv: false, env: {}, here: '/HERE', host: 'HOST', tmp: '/tmp', cwd: '/', fragment: 'auto' };

/** Each copy of a program with what it was made of. */
export type Copies = readonly { readonly spec: ProcessSpec; readonly copy: IniCopy }[];

/** All that a view is made of. `unit` null: the file cannot be read. */
export interface Read {
  readonly config: Config | null;
  readonly problems: readonly Problem[];
  readonly unit: IniUnit | null;
  readonly copies: Copies;
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

/** The unit as the reader loads it, with `here` put in where [include] makes supervisord do so. */
function loadUnit(file: string, port: ConfigPort, options: ReadOptions, infos: string[], warnings: string[]): IniUnit | null {
  const real = dirname(file);
  const shown = (path: string) => (path.startsWith(`${real}/`) ? `@here/${path.slice(real.length + 1)}` : path);
  const watched: ConfigPort = {
    ...port,
    glob: (pattern) => {
      const found = port.glob(pattern);
      if (found.length === 0) warnings.push(`No file matches via include "${shown(pattern)}"`);
      for (const one of found) infos.push(`Included extra file "${shown(one)}" during parsing`);
      return found;
    },
  };
  return loadIni({ port: watched, options, report: newReport() }, file, port.readFile(file), () => {}, [file]);
}

/** The machine as the options say it is. */
export function portFor(options: ViewOptions, env: Readonly<Record<string, string | undefined>>): ConfigPort {
  const real = nodeConfigPort();
  return {
    ...real,
    env: { ...env, TMPDIR: options.tmp },
    hostname: options.host,
    cwd: options.cwd,
    readFile: (path) => real.readFile(path),
    glob: (pattern) => real.glob(pattern),
  };
}

/** Reads `file` as the options say. Never throws: what is wrong is in `problems`. */
export function readForView(file: string, options: ViewOptions, env: Readonly<Record<string, string | undefined>>): Read {
  const port = portFor(options, env);
  const copies: { spec: ProcessSpec; copy: IniCopy }[] = [];
  const infos: string[] = [];
  const warnings: string[] = [];
  const readOptions: ReadOptions = {
    fragment: options.fragment === 'auto',
    dialect: 'ini',
    ...(options.here === 'real' ? {} : { here: options.here }),
    onIniCopy: (spec, copy) => copies.push({ spec, copy }),
  };
  const { config, problems } = readConfig(file, port, readOptions);
  let unit: IniUnit | null = null;
  try {
    unit = loadUnit(file, port, readOptions, infos, warnings);
  } catch {
    unit = null; // unreadable: the problems say so
  }
  return { config, problems, unit, copies, infos, warnings };
}

/** Section kinds in the order supervisord looks at them, to name missing variables in its order. */
const SECTION_RANK = [
  'include',
  'supervisord',
  'plugin',
  'group',
  'program',
  'eventlistener',
  'fcgi-program',
  'inet_http_server',
  'unix_http_server',
];
const PROGRAM_ORDER = [
  'events',
  'buffer_size',
  'result_handler',
  'priority',
  'autostart',
  'autorestart',
  'startsecs',
  'startretries',
  'stopsignal',
  'stopwaitsecs',
  'stopasgroup',
  'killasgroup',
  'exitcodes',
  'redirect_stderr',
  'numprocs',
  'numprocs_start',
  'stdout_capture_maxbytes',
  'stdout_events_enabled',
  'stderr_capture_maxbytes',
  'stderr_events_enabled',
  'serverurl',
  'user',
  'umask',
  'environment',
  ...COPY_KEYS,
  'process_name',
];
const DAEMON_ORDER = [
  'minfds',
  'minprocs',
  'directory',
  'user',
  'umask',
  'logfile',
  'logfile_maxbytes',
  'logfile_backups',
  'loglevel',
  'pidfile',
  'identifier',
  'nodaemon',
  'silent',
  'childlogdir',
  'nocleanup',
  'strip_ansi',
  'environment',
];

/** The variable whose lack stops supervisord first, or null. */
export function firstMissing(problems: readonly Problem[], unit: IniUnit | null): string | null {
  const sections = [...(unit?.sections.keys() ?? [])];
  // Programs that a group lists are read with their group.
  const listed = [...(unit?.sections.values() ?? [])]
    .filter((section) => section.name.startsWith('group:'))
    .flatMap((section) => (section.keys.get('programs')?.value ?? '').split(',').map((name) => name.trim()))
    .flatMap((name) => [`program:${name}`, `fcgi-program:${name}`]);
  let best: { readonly rank: readonly number[]; readonly name: string } | null = null;
  for (const problem of problems) {
    const name = /^cannot expand %\((ENV_[^)]+)\)s: there is no such name/.exec(problem.message)?.[1];
    if (name === undefined || problem.severity !== 'error' || problem.key === null) continue;
    const section = sections.find((one) => problem.key?.startsWith(`${one}.`)) ?? '';
    const kind = kindOf(section) ?? '';
    const key = problem.key.slice(section.length + 1);
    const order = kind === 'supervisord' ? DAEMON_ORDER : PROGRAM_ORDER;
    const rank = listed.includes(section)
      ? [SECTION_RANK.indexOf('group'), sections.length + listed.indexOf(section), order.indexOf(key)]
      : [SECTION_RANK.indexOf(kind), sections.indexOf(section), order.indexOf(key)];
    const before = best === null || rank.reduce((sum, value, i) => sum || value - (best?.rank[i] ?? 0), 0) < 0;
    if (before) best = { rank, name };
  }
  return best?.name ?? null;
}
