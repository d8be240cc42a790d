// Programs and groups of a supervisord file, with supervisord's own rules and defaults (compat §4).
import { serverUrlOf } from './api.ts';
import { envFiles } from './env-files.ts';
import { envScope, scope } from './expand.ts';
import { commonNames } from './ini-file.ts';
import { iniProgramKeys, iniText, iniValue, iniValues, warnUnknown } from './ini-section.ts';
import { checkSections, filePath, NO_SECTION } from './ini-settings.ts';
import { processOf } from './process.ts';
import { groupKeys, laterKeys, programKeys } from './schema.ts';
import { filled } from './table.ts';
import * as ini from './ini-types.ts';
import type { Names } from './expand.ts';
import type { ProcessSpec } from './spec.ts';
import type { GroupDecl, ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { GroupValues, ProgramValues } from './schema.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

/** Only these keys may use process_num and numprocs, and (but environment itself) ENV_ names of the program's environment. */
const PER_PROCESS = ['command', 'process_name', 'environment', 'directory', 'stdout_logfile', 'stderr_logfile'];
function sectionsOf(unit: IniUnit, prefix: string): { readonly section: IniSection; readonly name: string }[] {
  return [...unit.sections.values()]
    .filter((section) => section.name.startsWith(prefix))
    .map((section) => ({ section, name: section.name.slice(prefix.length).trim() }));
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

/** Common names, plus those of a program. */
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
