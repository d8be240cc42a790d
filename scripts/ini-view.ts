// Our reading of a supervisord file in supervisord's own words: one JSON object, field by field what its parser would hold. Made from
// the specs the daemon runs on; only what a spec does not keep as written (paths, users) comes from the values it was made of.
import { basename, dirname } from 'node:path';
import { parseIni } from '../config/ini-parse.ts';
import { COPY_KEYS, kindOf, SUPERVISORD_KEYS } from '../config/ini-keys.ts';
import { expandHome, resolveFrom } from '../config/paths.ts';
import * as ini from '../config/ini-types.ts';
import { loadIni } from '../config/ini-file.ts';
import { newReport } from '../config/problems.ts';
import { readConfig } from '../config/read.ts';
import { envScope, expand, scope } from '../config/expand.ts';
import { nodeConfigPort } from '../daemon/os/config-port.ts';
import type { ConfigPort, IniCopy, ReadOptions } from '../config/port.ts';
import type { Config, GroupSpec, MemberSpec, OutputSpec, Problem, ProcessSpec, SocketSpec } from '../config/spec.ts';
import type { IniType } from '../config/ini-types.ts';
import type { IniSection, IniUnit } from '../config/ini-file.ts';

/** JSON as it is printed. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

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

/** One file as supervisord sees it. `ok` false: refused, and only `error` says more. */
export interface IniView {
  readonly file: string;
  readonly ok: boolean;
  readonly error: string | null;
  readonly fragment: boolean;
  readonly auto_env: readonly string[];
  readonly [field: string]: Json;
}

type Copies = readonly { readonly spec: ProcessSpec; readonly copy: IniCopy }[];

interface Read {
  readonly config: Config | null;
  readonly problems: readonly Problem[];
  readonly unit: IniUnit | null;
  readonly copies: Copies;
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

const MISSING_SECTION = '.ini file does not include supervisord section';
const AUTO_URL = 'AUTO';

const octal = (value: number | null): string | null =>
  value === null
    ? null
    : `${value < 0 ? '-' : ''}${Math.abs(value)
        .toString(8)
        .padStart(value < 0 ? 3 : 4, '0')}`;
const userId = (text: string): string | number => (/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : `user:${text}`);
const groupId = (text: string): string | number => (/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : `group:${text}`);

function owner(text: string | null): readonly (string | number)[] {
  if (text === null) return [-1, -1];
  const colon = text.indexOf(':');
  return colon < 0 ? [userId(text), -1] : [userId(text.slice(0, colon)), groupId(text.slice(colon + 1))];
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
function portFor(options: ViewOptions, env: Readonly<Record<string, string | undefined>>): ConfigPort {
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

function read(file: string, options: ViewOptions, env: Readonly<Record<string, string | undefined>>): Read {
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
function firstMissing(problems: readonly Problem[], unit: IniUnit | null): string | null {
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

function logName(copy: IniCopy, channel: 'stdout' | 'stderr', home: string | undefined): string | null {
  const text = copy.values[`${channel}_logfile`] ?? 'auto';
  if (channel === 'stderr' && copy.values.redirect_stderr === true) return null;
  if (text === 'auto') return AUTO_URL;
  return text === 'none' || text === 'syslog' ? null : expandHome(text, home);
}

function processView(spec: ProcessSpec, copy: IniCopy, config: Config, home: string | undefined): Json {
  const { values } = copy;
  const first = spec.stop[0];
  const channel = (name: 'stdout' | 'stderr', output: OutputSpec | null): Record<string, Json> => ({
    [`${name}_logfile`]: logName(copy, name, home),
    [`${name}_capture_maxbytes`]: output?.captureBytes || (values[`${name}_capture_maxbytes`] ?? 0),
    [`${name}_events_enabled`]: output?.events ?? values[`${name}_events_enabled`] ?? false,
    [`${name}_syslog`]: output?.syslog ?? (values[`${name}_syslog`] === true || values[`${name}_logfile`] === 'syslog'),
    [`${name}_logfile_backups`]: output === null || output.backups === 0 ? (values[`${name}_logfile_backups`] ?? 10) : output.backups,
    [`${name}_logfile_maxbytes`]:
      output === null || output.maxBytes === 0 ? (values[`${name}_logfile_maxbytes`] ?? 52_428_800) : output.maxBytes,
  });
  const environment = Object.entries({ ...config.daemon.environment, ...copy.environment }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const url = values.serverurl;
  return {
    name: spec.name,
    uid: values.user === undefined ? null : userId(values.user),
    command: spec.command.text,
    directory: values.directory ?? null,
    umask: octal(spec.umask),
    priority: spec.priority,
    autostart: spec.autostart,
    autorestart: { permanent: 'true', transient: 'unexpected', temporary: 'false' }[values.autorestart ?? 'transient'],
    startsecs: spec.startMs === 0 ? (values.startsecs ?? 1000) / 1000 : spec.startMs / 1000,
    startretries: values.startretries ?? spec.startRetries,
    ...channel('stdout', spec.stdout),
    ...channel('stderr', spec.stderr),
    stopsignal: `SIG${first?.signal}`,
    // A KILL that is the stop signal is repeated, and not faster than once a second.
    stopwaitsecs: (first?.signal === 'KILL' || first?.waitMs === 0 ? (values.stopwaitsecs ?? 10_000) : (first?.waitMs ?? 0)) / 1000,
    stopasgroup: first?.scope === 'group',
    killasgroup: spec.stop.at(-1)?.scope === 'group',
    exitcodes: spec.exitCodes,
    redirect_stderr: spec.stderr === null,
    environment: Object.fromEntries(environment),
    serverurl: url === undefined || url.trim().toUpperCase() === AUTO_URL ? null : url,
  };
}

/** Names of supervisord's event classes. */
function eventClass(name: string): string {
  if (name.startsWith('SUPERVISOR_STATE_CHANGE_')) return `Supervisor${camel(name.slice(24))}Event`;
  return name === 'EVENT' ? 'Event' : `${camel(name)}Event`;
}

const camel = (name: string): string =>
  name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');

function socketView(socket: SocketSpec): Record<string, Json> {
  if ('host' in socket.address) return { socket: `tcp://${socket.address.host}:${socket.address.port}`, socket_backlog: socket.backlog };
  const user = socket.owner === null ? null : userId(socket.owner);
  const isOurs = typeof user === 'number' && user === process.getuid?.();
  return {
    socket: `unix://${socket.address.unix}`,
    socket_backlog: socket.backlog,
    socket_mode: octal(socket.mode),
    socket_owner:
      socket.owner === null || (socket.ownGroup && isOurs) ? null : socket.ownGroup ? [user, `gid-of:${user}`] : owner(socket.owner),
  };
}

function groupView(group: GroupSpec, config: Config, copies: Copies, unit: IniUnit, home: string | undefined): Json {
  const members = new Set(group.members);
  const own = new Set(copies.filter(({ spec }) => members.has(spec)).map(({ copy }) => copy.section));
  const listed = (unit.sections.get(`group:${group.name}`)?.keys.get('programs')?.value ?? '').split(',').map((name) => name.trim());
  // As declared, not in start order: supervisord sorts when it starts them, and only then lets the last one of a name win.
  const mine = copies.filter(
    ({ spec, copy }) =>
      spec.group === group.name &&
      (own.has(copy.section) || (!group.implicit && copy.kind !== 'eventlistener' && listed.includes(spec.program))),
  );
  const section = unit.sections.get(`eventlistener:${group.name}`);
  return {
    name: group.name,
    priority: group.priority,
    type: group.listener !== null ? 'eventlistener' : group.socket !== null ? 'fcgi' : 'program',
    ...(group.listener === null
      ? {}
      : {
          buffer_size: group.listener.bufferSize,
          result_handler: section?.keys.get('result_handler')?.value ?? 'supervisor.dispatchers:default_handler',
          events: group.listener.events.map(eventClass).toSorted(),
        }),
    ...(group.socket === null ? {} : socketView(group.socket)),
    processes: inDeclaredOrder(mine).map(({ spec, copy }) => processView(spec, copy, config, home)),
  };
}

/** Copies of one program by name, programs as they were built. */
function inDeclaredOrder(copies: Copies): Copies {
  const sections = [...new Set(copies.map(({ copy }) => copy.section))];
  return copies.toSorted(
    (a, b) =>
      sections.indexOf(a.copy.section) - sections.indexOf(b.copy.section) ||
      (a.spec.name < b.spec.name ? -1 : a.spec.name > b.spec.name ? 1 : 0),
  );
}

/** Text of a key once expanded with the names of [supervisord] or a server, or null. */
function textOf(
  unit: IniUnit,
  section: IniSection | undefined,
  key: string,
  env: Readonly<Record<string, string | undefined>>,
  twice = false,
): string | null {
  const written = section?.keys.get(key) ?? unit.defaults.keys.get(key);
  if (written === undefined) return null;
  const names = envScope(env, scope({ here: unit.here }));
  const once = expand(written.value, names);
  const all = twice && 'value' in once ? expand(once.value, names) : once;
  return 'value' in all ? all.value : null;
}

function serversView(config: Config, unit: IniUnit, env: Readonly<Record<string, string | undefined>>): Json[] {
  const ours = [...config.api.listen];
  const named = [...unit.sections.values()];
  const row = (kind: string): Json[] =>
    named
      .filter((section) => kindOf(section.name) === kind)
      .map((section) => {
        const login = {
          section: section.name,
          username: textOf(unit, section, 'username', env),
          password: textOf(unit, section, 'password', env),
        };
        const at = ours.findIndex((one) => 'unix' in one.address === (kind === 'unix_http_server'));
        const [listen] = ours.splice(at, 1);
        if (listen === undefined) return login;
        return 'unix' in listen.address
          ? { ...login, family: 'unix', file: listen.address.unix, chmod: octal(listen.mode), chown: owner(listen.owner) }
          : {
              ...login,
              family: 'inet',
              host: listen.address.host.includes(':') ? `[${listen.address.host}]` : listen.address.host,
              port: listen.address.port,
            };
      });
  return [...row('inet_http_server'), ...row('unix_http_server')];
}

function pluginsView(unit: IniUnit, env: Readonly<Record<string, string | undefined>>): Json[] {
  const key = 'supervisor.rpcinterface_factory';
  return [...unit.sections.values()]
    .filter((section) => section.name.startsWith('rpcinterface:'))
    .map((section) => ({
      name: section.name.slice('rpcinterface:'.length),
      factory: textOf(unit, section, key, env),
      extras: Object.fromEntries(
        [...new Set([...section.keys.keys(), ...unit.defaults.keys.keys()])]
          .filter((name) => name !== key)
          .map((name) => [name, textOf(unit, section, name, env)]),
      ),
    }));
}

/** Keys that supervisord never looks at, by section. */
function unreadView(unit: IniUnit, config: Config, copies: Copies, fragment: boolean): Json {
  const out: Record<string, Json> = {};
  const added: IniSection[] = fragment ? [{ name: 'supervisord', place: { file: unit.file, line: 0 }, keys: new Map() }] : [];
  const inGroup = new Set(
    copies.filter(({ spec, copy }) => copy.kind === 'fcgi-program' && !implicit(config, spec)).map(({ copy }) => copy.section),
  );
  const built = new Set(copies.map(({ copy }) => copy.section));
  for (const section of [...unit.sections.values(), ...added]) {
    const kind = kindOf(section.name);
    if (section.name === 'DEFAULT' || section.name.startsWith('ctlplugin:')) continue;
    const keys = [...new Set([...section.keys.keys(), ...unit.defaults.keys.keys()])];
    if (kind === 'plugin') continue;
    let known: readonly string[] = kind === null ? [] : SUPERVISORD_KEYS[kind];
    // A FastCGI program of a group is a plain program; a program without copies is not read further.
    if (inGroup.has(section.name)) known = SUPERVISORD_KEYS.program;
    if ((kind === 'program' || kind === 'eventlistener' || kind === 'fcgi-program') && !built.has(section.name))
      known = known.filter((key) => !COPY_KEYS.includes(key));
    const unread = keys.filter((key) => !known.includes(key));
    if (unread.length > 0 || (kind === null && keys.length === 0)) out[section.name] = unread;
  }
  return out;
}

function implicit(config: Config, spec: ProcessSpec): boolean {
  return config.tree.members.some((group) => group.kind === 'group' && group.implicit && group.members.includes(spec));
}

/** What supervisord logs at start about outputs, once per copy. */
function outputWarnings(copies: Copies): string[] {
  return copies.flatMap(({ copy: { section, values } }) => {
    const out: string[] = [];
    for (const channel of ['stdout', 'stderr'] as const) {
      const file = values[`${channel}_logfile`] ?? 'auto';
      if (file === 'syslog')
        out.push(
          `For [${section}], ${channel}_logfile=syslog but this is deprecated and will be removed.  Use ${channel}_syslog=true to enable syslog instead.`,
        );
      if (file === 'auto' && values[`${channel}_logfile_maxbytes`] === 0)
        out.push(
          `For [${section}], AUTO logging used for ${channel}_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
        );
    }
    if (values.redirect_stderr === true && !['auto', 'none', 'syslog'].includes(values.stderr_logfile ?? 'auto'))
      out.push(`For [${section}], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored`);
    return out;
  });
}

/** [supervisorctl] as the client reads it: from the main file alone. */
function clientView(file: string, port: ConfigPort, here: string): Json {
  const { blocks, problems } = parseIni(port.readFile(file));
  if (problems.length > 0) return { ok: false, error: problems[0]?.message ?? '' };
  if (!blocks.some((block) => block.name === 'supervisorctl'))
    return { ok: false, error: '.ini file does not include supervisorctl section' };
  const values = new Map(
    blocks
      .filter((block) => block.name === 'DEFAULT' || block.name === 'supervisorctl')
      .toSorted((a, b) => Number(a.name !== 'DEFAULT') - Number(b.name !== 'DEFAULT'))
      .flatMap((block) => block.lines.map((line) => [line.key, line.value] as const)),
  );
  const plain = envScope(port.env);
  const fields: Record<string, string | null> = {};
  for (const [key, fallback, names] of [
    ['serverurl', 'http://localhost:9001', envScope(port.env, scope({ here }))],
    ['username', null, plain],
    ['password', null, plain],
    ['prompt', 'supervisor', plain],
    ['history_file', null, envScope(port.env, scope({ here }))],
  ] as const) {
    const text = values.get(key);
    const expanded = text === undefined ? null : expand(text, names);
    if (expanded !== null && 'problem' in expanded) return { ok: false, error: expanded.problem };
    fields[key] = expanded === null ? fallback : expanded.value;
  }
  const home = port.env['HOME'];
  const url = fields['serverurl'] ?? '';
  if (url.startsWith('unix://')) fields['serverurl'] = `unix://${resolveFrom(port.cwd, expandHome(url.slice(7), home))}`;
  fields['history_file'] = fields['history_file'] ? resolveFrom(port.cwd, expandHome(fields['history_file'], home)) : null;
  return { ...fields, ok: true, error: null };
}

function optionsView(config: Config, unit: IniUnit, env: Readonly<Record<string, string | undefined>>, options: ViewOptions): Json {
  const { daemon } = config;
  const section = unit.sections.get('supervisord');
  const text = (key: string) => textOf(unit, section, key, env);
  const path = (key: string, fallback: string | null) => {
    const found = text(key);
    return found === null ? fallback : expandHome(found, env['HOME']);
  };
  const number = (key: string, type: IniType<number>) => {
    const found = type.read(text(key) ?? '0');
    return 'value' in found ? found.value : 0;
  };
  const flag = (key: string) => ['yes', 'true', 'on', '1'].includes((text(key) ?? '').toLowerCase());
  return {
    minfds: daemon.minfds,
    minprocs: daemon.minprocs,
    directory: path('directory', null),
    user: text('user'),
    umask: octal(daemon.umask),
    logfile: path('logfile', 'supervisord.log'),
    // The spec takes less than nothing for nothing.
    logfile_maxbytes: daemon.logfileMaxBytes || number('logfile_maxbytes', ini.size),
    logfile_backups: daemon.logfileBackups || number('logfile_backups', ini.integer),
    loglevel: daemon.logLevel,
    pidfile: path('pidfile', 'supervisord.pid'),
    identifier: daemon.identifier,
    nodaemon: daemon.nodaemon,
    silent: daemon.silent,
    childlogdir: path('childlogdir', options.tmp),
    nocleanup: flag('nocleanup'),
    strip_ansi: flag('strip_ansi'),
    environment: { ...daemon.environment },
  };
}

/** How supervisord would see `path` (absolute), as one JSON object. */
export function iniView(path: string, options: ViewOptions): IniView {
  const env: Record<string, string | undefined> = { ...options.env };
  const autoEnv: string[] = [];
  const file = basename(path);
  for (;;) {
    const found = read(path, options, env);
    const missing = options.autoEnv ? firstMissing(found.problems, found.unit) : null;
    if (missing !== null && !autoEnv.includes(missing)) {
      autoEnv.push(missing);
      env[missing.slice('ENV_'.length)] = '1';
      continue;
    }
    const { config, unit, copies, problems } = found;
    const broken =
      unit === null ||
      problems.some((problem) => problem.severity === 'error' && problem.key === null && problem.message !== MISSING_SECTION);
    const fragment = options.fragment === 'auto' && !broken && unit?.sections.has('supervisord') === false;
    const head = { file, fragment, auto_env: autoEnv };
    if (config === null || unit === null) {
      const error = problems.find((problem) => problem.severity === 'error');
      const at =
        error === undefined
          ? ''
          : `${error.line > 0 ? `line ${error.line}: ` : ''}${error.key === null ? '' : `${error.key}: `}${error.message}`;
      return { ...head, ok: false, error: at };
    }
    const home = env['HOME'];
    const port = portFor(options, env);
    const merged = { ...env, ...config.daemon.environment };
    const here = options.here === 'real' ? dirname(path) : options.here;
    const groups = config.tree.members.filter((member: MemberSpec): member is GroupSpec => member.kind === 'group');
    return {
      ...head,
      ok: true,
      error: null,
      options: optionsView(config, unit, env, options),
      servers: serversView(config, unit, merged),
      rpcinterfaces: pluginsView(unit, merged),
      groups: groups.map((group) => groupView(group, config, copies, unit, home)),
      parse_warnings: [...found.warnings, ...outputWarnings(copies)],
      parse_infos: found.infos,
      unread: unreadView(unit, config, copies, fragment),
      client: clientView(path, port, here),
    };
  }
}
