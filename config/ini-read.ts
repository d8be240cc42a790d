// A supervisord file -> settings, programs, groups, with supervisord's own rules and defaults (compat §4).
import { addressUrl, parseAddress, serverUrlOf } from './api.ts';
import { daemonOf } from './daemon.ts';
import { filled } from './table.ts';
import { commonNames } from './ini-file.ts';
import { envScope, scope } from './expand.ts';
import type { Names } from './expand.ts';
import { expandHome, resolveFrom } from './paths.ts';
import { iniDaemonKeys, iniProgramKeys, iniText, iniValue, iniValues, warnUnknown } from './ini-section.ts';
import { didYouMean } from './nearest.ts';
import { processOf } from './process.ts';
import { ctlKeys, daemonKeys, groupKeys, laterKeys, programKeys } from './schema.ts';
import { envFiles } from './env-files.ts';
import * as ini from './ini-types.ts';
import type { ApiSpec, CtlSpec, DaemonSpec, ListenSpec, ProcessSpec } from './spec.ts';
import type { GroupDecl, ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { GroupValues, ProgramValues } from './schema.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

const SECTIONS = ['supervisord', 'supervisorctl', 'unix_http_server', 'inet_http_server', 'include', 'DEFAULT'];
const PREFIXES = ['program:', 'group:', 'unix_http_server:', 'inet_http_server:', 'rpcinterface:', 'ctlplugin:'];
/** Only these keys may use process_num and numprocs, and (but environment itself) ENV_ names of the program's environment. */
const PER_PROCESS = ['command', 'process_name', 'environment', 'directory', 'stdout_logfile', 'stderr_logfile'];
const HTTP_KEYS = ['username', 'password'];
const NO_SECTION: IniSection = { name: 'supervisord', place: { file: '', line: 0 }, keys: new Map() };

function sectionsOf(unit: IniUnit, prefix: string): { readonly section: IniSection; readonly name: string }[] {
  return [...unit.sections.values()]
    .filter((section) => section.name.startsWith(prefix))
    .map((section) => ({ section, name: section.name.slice(prefix.length).trim() }));
}

function filePath(c: ReadContext, written: string): string {
  return resolveFrom(c.port.cwd, expandHome(written.trim(), c.port.env['HOME']));
}

/** Sections that nobody reads, and those of a later version. */
function checkSections(c: ReadContext, unit: IniUnit, fragment: boolean): void {
  for (const section of unit.sections.values()) {
    const { name, place } = section;
    if (/^(eventlistener|fcgi-program):/.test(name)) c.report.error(place, name, 'not yet supported by this version');
    else if (name.startsWith('rpcinterface:') || name.startsWith('ctlplugin:')) {
      const factory = section.keys.get('supervisor.rpcinterface_factory')?.value.trim();
      if (factory !== 'supervisor.rpcinterface:make_main_rpcinterface')
        c.report.warning(place, name, 'Python plug-ins are not loaded, the section is ignored');
    } else if (!SECTIONS.includes(name) && !PREFIXES.some((prefix) => name.startsWith(prefix))) {
      c.report.warning(
        place,
        name,
        'unknown section, ignored',
        didYouMean(name.includes(':') ? name.replace(/:.*/s, ':') : name, [...SECTIONS, ...PREFIXES]),
      );
    }
  }
  if (!fragment && !unit.sections.has('supervisord')) {
    c.report.error({ file: unit.file, line: 1 }, null, '.ini file does not include supervisord section', 'write [supervisord]');
  }
}

function daemonSection(c: ReadContext, unit: IniUnit): DaemonSpec {
  const section = unit.sections.get('supervisord') ?? NO_SECTION;
  const names = commonNames(c, unit.here);
  const values = iniValues(c, unit, section, daemonKeys, () => names);
  for (const [key, only] of Object.entries(iniDaemonKeys)) iniValue(c, unit, section, key, only.type, names);
  warnUnknown(c, section, [...Object.keys(daemonKeys), ...Object.keys(iniDaemonKeys)], laterKeys.daemon);
  return daemonOf(values, 'ini', (path) => filePath(c, path));
}

function listenOf(c: ReadContext, unit: IniUnit, section: IniSection, names: Names, unix: boolean): ListenSpec | null {
  const where = unix ? 'file' : 'port';
  warnUnknown(c, section, [where, ...(unix ? ['chmod', 'chown'] : []), ...HTTP_KEYS], []);
  const username = iniText(c, unit, section, 'username', names)?.text ?? '';
  const password = iniText(c, unit, section, 'password', names)?.text ?? '';
  const written = iniText(c, unit, section, where, names);
  if ((username === '') !== (password === '')) {
    c.report.error(section.place, section.name, 'incomplete authentication: username and password are both needed, or neither');
    return null;
  }
  if (written === null || written.text.trim() === '') {
    c.report.error(section.place, section.name, `the section does not specify a ${where}`);
    return null;
  }
  const address = unix ? { unix: filePath(c, written.text) } : parseAddress(written.text.trim(), unit.here);
  if (address === null || (!unix && 'unix' in address)) {
    const odd = /[^\x20-\x7e]/.exec(written.text);
    c.report.error(
      written.key.place,
      `${section.name}.port`,
      `expected port, host:port, *:port or :port, got ${JSON.stringify(written.key.value)}${odd === null ? '' : `: "${odd[0]}" is not an ASCII character`}`,
    );
    return null;
  }
  if ('host' in address && username === '') {
    c.report.warning(
      section.place,
      section.name,
      `${addressUrl(address)} is open to everybody who reaches it: no password is set`,
      'write username and password',
    );
  }
  return {
    address,
    mode: (unix ? iniValue(c, unit, section, 'chmod', ini.octal, names) : undefined) ?? 0o700,
    owner: (unix ? iniText(c, unit, section, 'chown', names)?.text : undefined) ?? null,
    credentials: username === '' ? null : { username, password },
    open: username === '',
  };
}

function apiOf(c: ReadContext, unit: IniUnit): ApiSpec {
  const names = commonNames(c, unit.here);
  const listen: ListenSpec[] = [];
  for (const section of unit.sections.values()) {
    const kind = section.name.replace(/:.*/s, '');
    if (kind !== 'unix_http_server' && kind !== 'inet_http_server') continue;
    const one = listenOf(c, unit, section, names, kind === 'unix_http_server');
    if (one !== null) listen.push(one);
  }
  // The unix socket is the one children and clients are told of, as in supervisord.
  listen.sort((a, b) => Number('host' in a.address) - Number('host' in b.address));
  return { listen, probeListen: null, users: [], tokens: [], allowedHosts: [], ui: true };
}

function ctlOf(c: ReadContext, unit: IniUnit): CtlSpec {
  const section = unit.sections.get('supervisorctl');
  const { prompt } = filled(ctlKeys, {}, 'ini');
  if (section === undefined) return { serverUrl: null, username: null, password: null, prompt };
  const names = commonNames(c, unit.here);
  const text = (key: string) => iniText(c, unit, section, key, names)?.text;
  warnUnknown(c, section, ['serverurl', 'prompt', 'history_file', ...HTTP_KEYS], []);
  const url = text('serverurl');
  return {
    serverUrl: url?.startsWith('unix://') === true ? `unix://${filePath(c, url.slice(7))}` : (url ?? null),
    username: text('username') || null,
    password: text('password') || null,
    prompt: text('prompt') ?? prompt,
  };
}

/** [supervisord], the http servers and [supervisorctl]. */
export function iniSettings(c: ReadContext, unit: IniUnit): Omit<Settings, 'logs'> {
  return { daemon: daemonSection(c, unit), api: apiOf(c, unit), ctl: ctlOf(c, unit) };
}

function badIniName(name: string): string | null {
  return name === '' || /[ :/]/.test(name)
    ? `invalid name ${JSON.stringify(name)}: it cannot be empty or contain a space, ":" or "/"`
    : null;
}

interface ProgramReading {
  readonly c: ReadContext;
  readonly unit: IniUnit;
  readonly settings: Settings;
  readonly section: IniSection;
  readonly name: string;
  readonly autoDirectory: string;
  readonly stripAnsi: boolean;
}

/** Common names, plus those of a program; `more` for one process. */
function namesOf(r: ProgramReading, group: string): Names {
  return scope({ program_name: r.name, group_name: group }, envScope(r.settings.daemon.environment, commonNames(r.c, r.unit.here)));
}

/** A supervisord key beside the reeve key that says the same is a mistake: one of them would be ignored. */
function refuseTwins(r: ProgramReading): void {
  const twins: readonly (readonly [string, string])[] = [
    ['restart', 'autorestart'],
    ...['stopsignal', 'stopwaitsecs', 'stopasgroup', 'killasgroup'].map((key) => ['stop', key] as const),
  ];
  for (const [native, old] of twins) {
    const key = r.section.keys.get(old);
    if (key !== undefined && r.section.keys.has(native))
      r.c.report.error(key.place, `${r.section.name}.${old}`, `"${old}" and "${native}" exclude each other`, 'keep one of them');
  }
}

function warnLater(r: ProgramReading, names: Names): void {
  for (const [key, only] of Object.entries(iniProgramKeys)) {
    const value = iniValue(r.c, r.unit, r.section, key, only.type, names);
    const found = r.section.keys.get(key);
    if (only.later === true && found !== undefined && value !== undefined && value !== 0 && value !== false) {
      r.c.report.warning(found.place, `${r.section.name}.${key}`, 'not yet supported by this version, ignored');
    }
  }
  for (const key of ['stdout_logfile', 'stderr_logfile']) {
    const found = r.section.keys.get(key);
    if (found?.value.trim().toLowerCase() === 'syslog')
      r.c.report.warning(found.place, `${r.section.name}.${key}`, 'syslog is not yet supported by this version: the output goes nowhere');
  }
}

function buildProcess(
  r: ProgramReading,
  group: string,
  names: Names,
  shared: ProgramValues,
  num: number,
  count: number,
): ProcessSpec | null {
  const { c, unit, section } = r;
  const perProcess = scope({ process_num: num, numprocs: count }, names);
  const written = iniValue(c, unit, section, 'environment', ini.environment, perProcess) ?? {};
  const withOwn = envScope(written, perProcess);
  const own = iniValues(
    c,
    unit,
    { ...section, keys: new Map([...section.keys].filter(([key]) => PER_PROCESS.includes(key))) },
    programKeys,
    () => withOwn,
    Object.keys(programKeys).filter((key) => key === 'environment' || !PER_PROCESS.includes(key)),
  );
  const values: ProgramValues = { ...shared, ...own };
  const nameText = own.process_name ?? r.name;
  const processName = nameText.trim();
  const bad = badIniName(processName);
  if (bad !== null) c.report.error(section.keys.get('process_name')?.place ?? section.place, `${section.name}.process_name`, bad);
  const serverUrl = iniValue(c, unit, section, 'serverurl', ini.text, names);
  const auto = serverUrl === undefined || serverUrl.trim().toUpperCase() === 'AUTO';
  const files = envFiles(c, values, unit.here, (message) =>
    c.report.error(section.keys.get('env_file')?.place ?? section.place, `${section.name}.env_file`, message),
  );
  const url = auto ? serverUrlOf(r.settings.api.listen) : serverUrl;
  return processOf(values, {
    dialect: 'ini',
    program: r.name,
    group,
    name: processName,
    num,
    origin: section.place,
    environment: { ...r.settings.daemon.environment, ...files, ...written },
    path: (path) => filePath(c, path),
    serverUrl: values.control === false ? null : (url ?? null),
    logs: r.stripAnsi ? { strip_ansi: true, ...r.settings.logs } : r.settings.logs,
    autoFile: (channel) => `${r.autoDirectory}/${processName}-${channel}---${r.settings.daemon.identifier}.log`,
    nativeRestart: section.keys.has('restart'),
    nativeStop: section.keys.has('stop'),
  });
}

function buildProgram(r: ProgramReading, group: string): ProcessSpec[] {
  const { c, unit, section } = r;
  const names = namesOf(r, group);
  const shared = iniValues(c, unit, section, programKeys, () => names, PER_PROCESS);
  const restart = iniValue(c, unit, section, 'autorestart', ini.autorestart, names);
  const values: ProgramValues = restart === undefined ? shared : { ...shared, restart };
  if (values.stopasgroup === true && values.killasgroup === false) {
    c.report.error(
      section.keys.get('killasgroup')?.place ?? section.place,
      `${section.name}.killasgroup`,
      'cannot set stopasgroup=true and killasgroup=false',
    );
  }
  if (values.redirect_stderr === true && section.keys.has('stderr_logfile')) {
    c.report.warning(
      section.keys.get('stderr_logfile')?.place ?? section.place,
      `${section.name}.stderr_logfile`,
      'stderr_logfile does nothing with redirect_stderr=true',
    );
  }
  const { numprocs: written, numprocs_start: first } = filled(programKeys, values, 'ini');
  const count =
    c.options.numprocs?.[r.name] ?? ('count' in written ? written.count : Math.max(1, Math.round(c.port.cpus * written.perCpu)));
  const nameKey = section.keys.get('process_name') ?? unit.defaults.keys.get('process_name');
  if (count > 1 && nameKey?.value.includes('%(process_num)') !== true) {
    c.report.error(
      nameKey?.place ?? section.keys.get('numprocs')?.place ?? section.place,
      `${section.name}.process_name`,
      '%(process_num) must be present within process_name when numprocs > 1',
      'write process_name = %(program_name)s_%(process_num)02d',
    );
    return [];
  }
  return Array.from({ length: count }, (_, index) => buildProcess(r, group, names, values, first + index, count)).filter(
    (process) => process !== null,
  );
}

/** Programs of one INI file and its pieces. `main`: the file is the main one, not a piece that a TOML file includes. */
export function iniPrograms(c: ReadContext, unit: IniUnit, settings: Settings, main: boolean): ProgramDecl[] {
  checkSections(c, unit, !main || c.options.fragment === true);
  const names = commonNames(c, unit.here);
  const top = unit.sections.get('supervisord') ?? NO_SECTION;
  // A piece under a TOML main file keeps the variables of its own [supervisord]; the rest of that section has no say there.
  const ownEnvironment = main ? {} : (iniValue(c, unit, top, 'environment', ini.environment, names) ?? {});
  if (!main) {
    for (const name of ['supervisord', 'unix_http_server', 'inet_http_server', 'supervisorctl']) {
      const section = unit.sections.get(name);
      if (section !== undefined)
        c.report.warning(
          section.place,
          name,
          name === 'supervisord' ? 'only environment and childlogdir count here: the main file is TOML' : 'ignored: the main file is TOML',
        );
    }
  }
  const mine: Settings = main
    ? settings
    : { ...settings, daemon: { ...settings.daemon, environment: { ...settings.daemon.environment, ...ownEnvironment } } };
  const childlogdir = iniValue(c, unit, top, 'childlogdir', ini.text, names);
  const autoDirectory = childlogdir === undefined ? (c.port.env['TMPDIR'] ?? '/tmp') : filePath(c, childlogdir);
  const stripAnsi = iniValue(c, unit, top, 'strip_ansi', ini.boolean, names) === true;
  const known = [...Object.keys(programKeys), ...Object.keys(iniProgramKeys)];
  return sectionsOf(unit, 'program:').map(({ section, name }) => {
    const reading: ProgramReading = { c, unit, settings: mine, section, name, autoDirectory, stripAnsi };
    const bad = badIniName(name);
    if (bad !== null) c.report.error(section.place, section.name, bad);
    if (!section.keys.has('command') && !unit.defaults.keys.has('command'))
      c.report.error(section.place, section.name, `program section ${section.name} does not specify a command`);
    warnUnknown(c, section, known, laterKeys.programs);
    refuseTwins(reading);
    warnLater(reading, namesOf(reading, name));
    return { name, dialect: 'ini', origin: section.place, build: (group) => buildProgram(reading, group) };
  });
}

/** [group:x] of one INI file: supervisord's programs and priority, and reeve's own keys. */
export function iniGroups(c: ReadContext, unit: IniUnit, settings: Settings): GroupDecl[] {
  const names = envScope(settings.daemon.environment, commonNames(c, unit.here));
  return sectionsOf(unit, 'group:').map(({ section, name }) => {
    const own = scope({ program_name: name, group_name: name }, names);
    const bad = badIniName(name);
    if (bad !== null) c.report.error(section.place, section.name, bad);
    warnUnknown(c, section, ['programs', ...Object.keys(groupKeys).filter((key) => key !== 'members')], laterKeys.groups);
    const values = iniValues(c, unit, section, groupKeys, () => own, ['members']);
    const programs = iniText(c, unit, section, 'programs', own);
    const members = programs === null || programs.text.trim() === '' ? [] : programs.text.split(',').map((part) => part.trim());
    const group: GroupValues = { ...values, members };
    return {
      name,
      dialect: 'ini',
      origin: section.place,
      values: group,
      place: (key) => section.keys.get(key === 'members' ? 'programs' : key)?.place ?? section.place,
    };
  });
}
