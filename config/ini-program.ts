// One [program:x], [eventlistener:x] or [fcgi-program:x] of a supervisord file -> a program, its copies built once its group is known.
import { serverUrlOf } from './api.ts';
import { envFiles } from './env-files.ts';
import { envScope, scope } from './expand.ts';
import { envNames } from './ini-file.ts';
import { COPY_KEYS, SUPERVISORD_KEYS, warnUnknown } from './ini-keys.ts';
import { lintProcess } from './ini-lint.ts';
import { iniText, iniValue, iniValues } from './ini-section.ts';
import { filePath, readEnvironment } from './ini-settings.ts';
import { keptCount } from './health.ts';
import { misleadingCharacter, withoutHidden } from './hidden-characters.ts';
import { checkStart, processOf } from './process.ts';
import { newReport } from './problems.ts';
import { laterKeys } from './later-keys.ts';
import { programKeys, supervisordKeys } from './program-schema.ts';
import * as ini from './ini-types.ts';
import { ownOf } from './record.ts';
import type { Declared } from './depends.ts';
import type { Names } from './expand.ts';
import type { ListenerSpec, ProcessSpec, SocketSpec } from './spec.ts';
import type { ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { ProgramValues } from './program-schema.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

/** The kinds of section that hold a program. */
export type ProgramKind = 'program' | 'eventlistener' | 'fcgi-program';

/** One section while it is read. */
export interface ProgramReading {
  readonly c: ReadContext;
  readonly unit: IniUnit;
  readonly settings: Settings;
  readonly kind: ProgramKind;
  readonly section: IniSection;
  readonly name: string;
  /** Where automatic logs go. */
  readonly autoDirectory: string;
  readonly stripAnsi: boolean;
}

const KEYS = { ...programKeys, ...supervisordKeys };

/** Keys that may use process_num, numprocs and (but environment itself) ENV_ names of the program's own environment. */
const PER_COPY: readonly string[] = [...COPY_KEYS, 'process_name', 'environment'];

const ours = (kind: ProgramKind) => Object.keys(KEYS).filter((key) => !(SUPERVISORD_KEYS[kind] as readonly string[]).includes(key));
/** Reeve's keys, worked out once: there are many programs. */
const OURS = { program: ours('program'), eventlistener: ours('eventlistener'), 'fcgi-program': ours('fcgi-program') };

/** Why a name cannot be one, or null. */
export function badIniName(name: string): string | null {
  if (name === '' || /[ :/]/.test(name)) return `invalid name ${JSON.stringify(name)}: it cannot be empty or contain a space, ":" or "/"`;
  const misleading = misleadingCharacter(name);
  return misleading === null ? null : `invalid name ${JSON.stringify(withoutHidden(name))}: it contains ${misleading}, which would lead a terminal, or whoever reads it, astray`;
}

function written(r: ProgramReading, key: string) {
  return r.section.keys.get(key) ?? r.unit.defaults.keys.get(key);
}

/** What the group of a program may use: neither its name nor the host's. */
function groupNames(r: ProgramReading): Names {
  return envNames(r.c, r.settings.daemon.environment, scope({ here: r.unit.here }));
}

function programNames(r: ProgramReading, group: string): Names {
  const { c, unit, settings, name } = r;
  return scope(
    { program_name: name, group_name: group, host_node_name: c.port.hostname, here: unit.here },
    envNames(c, settings.daemon.environment),
  );
}

function placeOf(r: ProgramReading, key: string) {
  return written(r, key)?.place ?? r.section.place;
}

function complain(r: ProgramReading, key: string, message: string, hint: string | null = null): void {
  r.c.report.error(placeOf(r, key), `${r.section.name}.${key}`, message, hint);
}

/** A supervisord key beside the reeve key that says the same is a mistake: one of them would be ignored. */
function refuseTwins(r: ProgramReading): void {
  const twins: readonly (readonly [string, string])[] = [
    ['restart', 'autorestart'],
    ...['stopsignal', 'stopwaitsecs', 'stopasgroup', 'killasgroup'].map((key) => ['stop', key] as const),
  ];
  for (const [native, old] of twins)
    if (r.section.keys.has(old) && r.section.keys.has(native))
      complain(r, old, `"${old}" and "${native}" exclude each other`, 'keep one of them');
}

/** What supervisord warns of at start. */
function warnOutputs(r: ProgramReading, spec: ProcessSpec, values: ProgramValues): void {
  const warn = (key: string, message: string, hint?: string) =>
    r.c.report.warning(placeOf(r, key), `${r.section.name}.${key}`, message, hint ?? null);
  for (const channel of ['stdout', 'stderr'] as const) {
    const key = `${channel}_logfile` as const;
    const output = channel === 'stdout' ? spec.stdout : spec.stderr;
    if (values[key] === 'syslog') warn(key, `${key} = syslog is the old way to say it`, `write ${channel}_syslog = true and ${key} = NONE`);
    if (channel === 'stderr' && spec.stderr === null && !['auto', 'none', 'syslog', undefined].includes(values.stderr_logfile))
      warn(key, 'ignored, because redirect_stderr is true');
    if (output?.auto === true && output.maxBytes === 0)
      warn(`${key}_maxbytes`, 'an automatic log that is never rotated fills the disk', `write ${key}_maxbytes = 50MB`);
  }
}

/** What is the same for every copy. */
interface Shared {
  readonly group: string;
  readonly names: Names;
  readonly values: ProgramValues;
  readonly count: number;
  readonly serverUrl: string | null;
  /** Keys whose values differ from copy to copy. */
  readonly perCopy: readonly string[];
}

function buildProcess(r: ProgramReading, shared: Shared, num: number): ProcessSpec {
  const { c, unit, section, settings } = r;
  const perCopy = scope({ process_num: num, numprocs: shared.count }, shared.names);
  const environmentText = iniText(c, unit, section, 'environment', perCopy);
  const environment = environmentText === null ? {} : readEnvironment(c, section, environmentText.text);
  const withOwn = scope({ process_num: num, numprocs: shared.count }, envScope(environment, shared.names));
  const own = iniValues(c, only(unit, shared.perCopy), { ...section, keys: pick(section.keys, shared.perCopy) }, KEYS, () => withOwn);
  const values: ProgramValues = { ...shared.values, ...own };
  const name = (values.process_name ?? r.name).trim();
  const bad = badIniName(name);
  if (bad !== null) complain(r, 'process_name', bad);
  const files = envFiles(c, values, unit.here, (message) => complain(r, 'env_file', message));
  const spec = processOf(values, {
    dialect: 'ini',
    program: r.name,
    group: shared.group,
    name,
    num,
    origin: section.place,
    environment: { ...settings.daemon.environment, ...files, ...environment },
    path: (path) => filePath(c, path),
    serverUrl: shared.serverUrl,
    logs: r.stripAnsi ? { strip_ansi: true, ...settings.logs } : settings.logs,
    autoFile: (channel) => `${r.autoDirectory}/${name}-${channel}---${settings.daemon.identifier}.log`,
    // A oneshot has no word of supervisord: its ends are judged by reeve's rules.
    nativeRestart: section.keys.has('restart') || values.type === 'oneshot',
    nativeStop: section.keys.has('stop'),
  });
  warnOutputs(r, spec, values);
  lintProcess(c.report, section, spec);
  c.options.onIniCopy?.(spec, { section: section.name, kind: r.kind, values, environment });
  return spec;
}

function pick<T>(map: ReadonlyMap<string, T>, names: readonly string[]): Map<string, T> {
  return new Map([...map].filter(([name]) => names.includes(name)));
}

/** The unit with only these keys of [DEFAULT]. */
function only(unit: IniUnit, names: readonly string[]): IniUnit {
  return unit.defaults.keys.size === 0 ? unit : { ...unit, defaults: { ...unit.defaults, keys: pick(unit.defaults.keys, names) } };
}

function buildProgram(r: ProgramReading, group: string): ProcessSpec[] {
  const { c, unit, section, settings } = r;
  const names = programNames(r, group);
  const shared = iniValues(c, unit, section, KEYS, () => names, PER_COPY);
  const serverUrl = shared.serverurl === undefined || shared.serverurl.trim().toUpperCase() === 'AUTO' ? null : shared.serverurl;
  checkStart(shared, (key, message, hint) => complain(r, key, message, hint));
  if (shared.stopasgroup === true && shared.killasgroup === false)
    complain(r, 'killasgroup', 'cannot set stopasgroup=true and killasgroup=false', 'leave killasgroup out');
  const first = shared.numprocs_start ?? programKeys.numprocs_start.fallback;
  const numprocs = shared.numprocs ?? programKeys.numprocs.fallback;
  const count =
    ownOf(c.options.numprocs ?? {}, r.name) ??
    keptCount(shared, ownOf(c.options.present ?? {}, r.name)) ??
    (shared.max !== undefined && shared.numprocs === undefined ? (shared.min ?? 1) : 'count' in numprocs ? numprocs.count : Math.max(1, Math.round(c.port.cpus * numprocs.perCpu)));
  const template = written(r, 'process_name')?.value ?? '%(program_name)s';
  // As supervisord: the name is checked as it is written, before anything is filled in.
  if (/[ :/]/.test(template.trim())) {
    complain(r, 'process_name', `invalid name ${JSON.stringify(template)}: it cannot contain a space, ":" or "/"`);
    return [];
  }
  if ((count > 1 || shared.max !== undefined) && !template.includes('%(process_num)')) {
    r.c.report.error(
      written(r, 'process_name')?.place ?? placeOf(r, 'numprocs'),
      `${section.name}.process_name`,
      `%(process_num) must be present within process_name when ${shared.max === undefined ? 'numprocs > 1' : 'max is written'}`,
      'write process_name = %(program_name)s_%(process_num)02d',
    );
    return [];
  }
  if (count === 0) return [];
  if (written(r, 'command') === undefined)
    c.report.error(section.place, section.name, `program section ${section.name} does not specify a command`, 'write command = ...');
  // Most values are the same for all copies; only those with a field are worked out for each.
  const perCopy = PER_COPY.filter((key) => key !== 'environment' && (written(r, key)?.value.includes('%') ?? false));
  const same = PER_COPY.filter((key) => key !== 'environment' && !perCopy.includes(key));
  const fixed = iniValues(c, only(unit, same), { ...section, keys: pick(section.keys, same) }, KEYS, () => names);
  // Written and empty: the child is told of no server.
  const url = serverUrl === '' ? null : (serverUrl ?? serverUrlOf(settings.api.listen));
  const all: Shared = {
    group,
    names,
    values: { ...shared, ...fixed },
    count,
    serverUrl: shared.control === false ? null : url,
    perCopy,
  };
  const copies = Array.from({ length: count }, (_, index) => buildProcess(r, all, first + index));
  return copies.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The pool an [eventlistener:x] is, or null after complaints. */
function listenerOf(r: ProgramReading): ListenerSpec | null {
  const { c, unit, section } = r;
  const names = groupNames(r);
  const bufferSize = iniValue(c, unit, section, 'buffer_size', ini.positive, names);
  const handler = iniValue(c, unit, section, 'result_handler', ini.importPath, names);
  if (handler !== undefined && handler.trim() !== 'supervisor.dispatchers:default_handler')
    c.report.warning(
      placeOf(r, 'result_handler'),
      `${section.name}.result_handler`,
      'Python functions are not loaded: OK acknowledges an event, every other result puts it back',
    );
  if (iniValue(c, unit, section, 'redirect_stderr', ini.boolean, names) === true)
    complain(r, 'redirect_stderr', 'an event listener cannot have redirect_stderr=true: its standard output is the protocol');
  const events = iniText(c, unit, section, 'events', names);
  if (events === null || events.text === '') {
    if (events !== null || written(r, 'events') === undefined)
      complain(r, 'events', `[${section.name}] section requires an "events" line`, 'write events = PROCESS_STATE');
    return null;
  }
  const read = ini.events.read(events.text);
  if ('problem' in read) {
    complain(r, 'events', `in [${section.name}] ${read.problem}`);
    return null;
  }
  return { events: read.value, bufferSize: bufferSize ?? 10 };
}

/** The socket of a [fcgi-program:x], or null after complaints. */
function socketOf(r: ProgramReading): SocketSpec | null {
  const { c, unit, section } = r;
  const names = groupNames(r);
  const user = iniText(c, unit, section, 'user', names)?.text ?? null;
  const backlog = iniValue(c, unit, section, 'socket_backlog', ini.backlog, names) ?? null;
  const owner = iniText(c, unit, section, 'socket_owner', names)?.text ?? null;
  const mode = iniValue(c, unit, section, 'socket_mode', ini.octal, names);
  const text = iniText(c, unit, section, 'socket', scope({ program_name: r.name }, names))?.text ?? '';
  if (text === '') {
    complain(r, 'socket', `[${section.name}] section requires a "socket" line`, 'write socket = unix:///run/name.sock');
    return null;
  }
  const read = ini.socket.read(text);
  if ('problem' in read) {
    complain(r, 'socket', `in [${section.name}] socket: ${read.problem}`);
    return null;
  }
  if ('host' in read.value && (owner !== null || mode !== undefined)) {
    complain(r, owner === null ? 'socket_mode' : 'socket_owner', 'socket_owner and socket_mode are for unix sockets only');
    return null;
  }
  const unix = 'unix' in read.value;
  return {
    address: read.value,
    mode: mode ?? 0o700,
    owner: unix ? (owner ?? user) : null,
    ownGroup: unix && owner === null && user !== null,
    backlog,
  };
}

/** What its copies wait for. */
function needsOf(r: ProgramReading): Declared {
  const { c, unit, section } = r;
  const keys = { depends_on: programKeys.depends_on, restart_with: programKeys.restart_with };
  // Wrong ones were told of where the copies were built.
  const values = iniValues({ ...c, report: newReport() }, unit, section, keys, () => groupNames(r));
  return {
    kind: 'program',
    name: r.name,
    title: section.name,
    dependsOn: values.depends_on ?? [],
    restartWith: values.restart_with ?? false,
    place: (key) => placeOf(r, key),
  };
}

/** Reads one section; its copies are built when their group is known. */
export function iniProgram(r: ProgramReading): ProgramDecl {
  const { c, unit, section, name, kind } = r;
  const bad = badIniName(name);
  if (bad !== null) c.report.error(section.place, section.name, bad);
  warnUnknown(c, section, kind, OURS[kind], laterKeys.programs);
  refuseTwins(r);
  let group: { readonly priority: number | null; readonly listener: ListenerSpec | null; readonly socket: SocketSpec | null } | null = null;
  /** Read only where the section forms a group of its own: supervisord does not look at it either when a group lists it. */
  const own = () => {
    const fallback = kind === 'eventlistener' ? -1 : programKeys.priority.fallback;
    const title = `${section.name}.priority`;
    // Already wrong as the priority of the copies: once is enough.
    const wrong = c.report.list.some((problem) => problem.severity === 'error' && problem.key === title);
    group ??= {
      priority: wrong ? fallback : (iniValue(c, unit, section, 'priority', ini.integer, groupNames(r)) ?? fallback),
      listener: kind === 'eventlistener' ? listenerOf(r) : null,
      socket: kind === 'fcgi-program' ? socketOf(r) : null,
    };
    return group;
  };
  return {
    name,
    dialect: 'ini',
    origin: section.place,
    joins: kind !== 'eventlistener',
    build: (into) => buildProgram(r, into),
    get groupPriority() {
      return own().priority;
    },
    get listener() {
      return own().listener;
    },
    get socket() {
      return own().socket;
    },
    get needs() {
      return needsOf(r);
    },
  };
}
