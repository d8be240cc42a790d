// `reevectl config convert`: a supervisord file -> a TOML file that means the same, with its comments. What it writes is read back and
// compared field by field, so that nobody has to believe it.
import { addressUrl } from './api.ts';
import { commentsOf } from './ini-comments.ts';
import { configDifferences } from './equivalent.ts';
import { envScope, scope } from './expand.ts';
import { iniValues } from './ini-section.ts';
import { NO_SECTION } from './ini-settings.ts';
import { alertKeys, alertSettingKeys } from './alert-schema.ts';
import { checkKeys, fixKeys, issueKeys } from './check-schema.ts';
import { breakerKeys, breakerSettingKeys, jobKeys, jobSettingKeys } from './job-schema.ts';
import { directoryOf, expandHome, resolveFrom } from './paths.ts';
import { loadIni } from './ini-file.ts';
import { kindOf } from './ini-keys.ts';
import { newReport } from './problems.ts';
import { programTables } from './convert-program.ts';
import { readConfig } from './read.ts';
import { apiKeys, ctlKeys } from './api-schema.ts';
import { daemonKeys } from './daemon-schema.ts';
import { groupKeys } from './group-schema.ts';
import { tables } from './tables.ts';
import { readText } from './ini-values.ts';
import { tomlKey, tomlLine, tomlList, tomlOctal, tomlString, tomlTable } from './toml-write.ts';
import type { Built, Table } from './convert-program.ts';
import type { Comments } from './ini-comments.ts';
import type { JobSpec } from './job-spec.ts';
import type { Config, GroupSpec, Problem } from './spec.ts';
import type { ListenSpec } from './api-spec.ts';
import type { ConfigPort } from './port.ts';
import type { IniSection, IniUnit } from './ini-file.ts';
import type { Keys } from './table.ts';

/** What converting gives. */
export interface Conversion {
  /** The TOML text; null when the file has errors. */
  readonly text: string | null;
  /** Problems of the INI file. */
  readonly problems: readonly Problem[];
  /** Where the text means something else than the file; empty: proven equivalent. */
  readonly differences: readonly string[];
}

/** Keys of programs that say something here. */
const knownProgramKeys = new Set([
  ...Object.keys(tables['programs.NAME']),
  'socket',
  'socket_owner',
  'socket_mode',
  'socket_backlog',
  'result_handler',
]);

/** A conversion under way. */
interface Work {
  readonly config: Config;
  readonly unit: IniUnit;
  readonly built: readonly Built[];
  readonly port: ConfigPort;
  readonly comments: Map<string, Comments>;
  readonly out: string[];
}

function commentsIn(w: Work, file: string): Comments {
  const known = w.comments.get(file);
  if (known !== undefined) return known;
  let text = '';
  try {
    text = w.port.readFile(file);
  } catch {
    // It was read a moment ago; without it there are no comments to keep.
  }
  const made = commentsOf(text);
  w.comments.set(file, made);
  return made;
}

const asComment = (line: string): string =>
  `#${line === '' || line.startsWith(' ') || line.startsWith('\t') ? line : ` ${line}`}`.trimEnd();

/** A table whose lines stand for keys of a section, with the comments of both. */
function write(w: Work, section: IniSection | undefined, tables: readonly Table[], notes: readonly string[] = []): void {
  const comments = section === undefined || section.place.file === '' ? null : commentsIn(w, section.place.file);
  tables.forEach((table, index) => {
    w.out.push('');
    if (comments !== null && section !== undefined && index === 0)
      for (const line of comments.above(section.place.line)) w.out.push(asComment(line));
    const behind = comments !== null && section !== undefined && index === 0 ? comments.behind(section.place.line) : null;
    w.out.push(`${table.header}${behind === null ? '' : `  ${asComment(behind)}`}`);
    for (const { key, text } of table.lines) {
      const place = key === null ? undefined : section?.keys.get(key)?.place;
      const there = place === undefined ? null : commentsIn(w, place.file);
      if (there !== null && place !== undefined) for (const line of there.above(place.line)) w.out.push(asComment(line));
      const after = there === null || place === undefined ? null : there.behind(place.line);
      w.out.push(`${text}${after === null || after === '' ? '' : `  ${asComment(after)}`}`);
    }
    if (index > 0 || section === undefined) return;
    for (const note of notes) w.out.push(asComment(note));
    if (comments === null) return;
    for (const line of comments.between(section.place.line, comments.blockEnd(section.place.line))) w.out.push(asComment(line));
  });
}

/** Keys of a section that nobody reads, as comments. */
function unreadNotes(section: IniSection | undefined, known: (key: string) => boolean): string[] {
  return [...(section?.keys ?? [])]
    .filter(([key]) => !known(key))
    .map(([key, { value }]) => `nobody reads this key: ${key} = ${value.replaceAll('\n', ' ')}`);
}

function daemonTable(w: Work): void {
  const { daemon } = w.config;
  const section = w.unit.sections.get('supervisord');
  const lines: { key: string; text: string }[] = [];
  const say = (key: string, value: unknown, standard: unknown) => {
    if (value !== standard) lines.push({ key, text: value === null ? `${key} = "none"` : tomlLine(daemonKeys, key, value) });
  };
  say('identifier', daemon.identifier, daemonKeys.identifier.fallback);
  say('state_dir', daemon.stateDir, null);
  say('runtime_dir', daemon.runtimeDir, null);
  say('logfile', daemon.logfile, null);
  say('logfile_maxbytes', daemon.logfileMaxBytes, daemonKeys.logfile_maxbytes.fallback);
  say('logfile_backups', daemon.logfileBackups, daemonKeys.logfile_backups.fallback);
  say('loglevel', daemon.logLevel, daemonKeys.loglevel.fallback);
  say('log_format', daemon.logFormat, daemonKeys.log_format.fallback);
  say('pidfile', daemon.pidfile, null);
  say('nodaemon', daemon.nodaemon, daemonKeys.nodaemon.fallback);
  say('silent', daemon.silent, daemonKeys.silent.fallback);
  say('umask', daemon.umask, daemonKeys.umask.fallback);
  say('user', daemon.user, null);
  say('directory', daemon.directory, null);
  say('minfds', daemon.minfds, daemonKeys.minfds.fallback);
  say('minprocs', daemon.minprocs, daemonKeys.minprocs.fallback);
  if (Object.keys(daemon.environment).length > 0)
    lines.push({ key: 'environment', text: `environment = ${tomlTable(daemon.environment)}` });
  say('shutdown_grace', daemon.shutdownGraceMs, daemonKeys.shutdown_grace.fallback);
  say('shutdown_timeout', daemon.shutdownTimeoutMs, null);
  if (daemon.intensity.max !== null) {
    lines.push({ key: 'max_restarts', text: `max_restarts = ${daemon.intensity.max}` });
    lines.push({ key: 'restart_window', text: tomlLine(daemonKeys, 'restart_window', daemon.intensity.windowMs) });
  }
  say('statsd', daemon.statsd, null);
  say('on_failure', daemon.onFailure, daemonKeys.on_failure.fallback);
  const known = new Set([...Object.keys(daemonKeys), 'childlogdir', 'nocleanup', 'strip_ansi']);
  write(
    w,
    section,
    [{ header: '[daemon]', lines }],
    unreadNotes(section, (key) => known.has(key)),
  );
}

function logsTable(w: Work): void {
  const section = w.unit.sections.get('supervisord');
  const lines: { key: string; text: string }[] = [];
  const directory = readText(w.unit, section, 'childlogdir', w.port.env);
  if (directory !== null) lines.push({ key: 'childlogdir', text: `directory = ${tomlString(resolveFrom(w.port.cwd, directory))}` });
  if (w.built.length > 0 && w.built.every(({ spec }) => spec.stdout.stripAnsi))
    lines.push({ key: 'strip_ansi', text: 'strip_ansi = true' });
  if (lines.length > 0) {
    w.out.push('', '[logs]');
    for (const { text } of lines) w.out.push(text);
  }
}

function listenText(one: ListenSpec): string {
  const address =
    'unix' in one.address
      ? `unix:${one.address.unix}`
      : addressUrl({ ...one.address, host: one.address.host || '*' }).slice('http://'.length);
  const parts = [`address = ${tomlString(address)}`];
  if (one.credentials !== null)
    parts.push(`username = ${tomlString(one.credentials.username)}`, `password = ${tomlString(one.credentials.password)}`);
  if (one.mode !== apiKeys.socket_mode.fallback) parts.push(`mode = ${tomlOctal(one.mode)}`);
  if (one.owner !== null) parts.push(`owner = ${tomlString(one.owner)}`);
  return parts.length === 1 ? tomlString(address) : `{ ${parts.join(', ')} }`;
}

function apiTable(w: Work): void {
  const { listen } = w.config.api;
  if (listen.length === 0) return;
  const sections = [...w.unit.sections.values()].filter((section) =>
    ['unix_http_server', 'inet_http_server'].includes(kindOf(section.name) ?? ''),
  );
  w.out.push('');
  for (const section of sections) {
    const comments = commentsIn(w, section.place.file);
    for (const line of [
      ...comments.above(section.place.line),
      ...comments.between(section.place.line, comments.blockEnd(section.place.line)),
    ])
      w.out.push(asComment(line));
  }
  w.out.push('[api]');
  w.out.push(`listen = [${listen.map(listenText).join(', ')}]`);
  if (listen.some((one) => one.open)) {
    w.out.push('# Everybody who reaches a listener without a password has every right, as in the file before. Better: [[api.users]].');
    w.out.push('auth = "none"');
  }
}

function ctlTable(w: Work): void {
  const { ctl } = w.config;
  const section = w.unit.sections.get('supervisorctl');
  const lines = [
    ...(ctl.serverUrl === null ? [] : [{ key: 'serverurl', text: tomlLine(ctlKeys, 'server_url', ctl.serverUrl) }]),
    ...(ctl.username === null ? [] : [{ key: 'username', text: tomlLine(ctlKeys, 'username', ctl.username) }]),
    ...(ctl.password === null ? [] : [{ key: 'password', text: tomlLine(ctlKeys, 'password', ctl.password) }]),
    { key: 'prompt', text: tomlLine(ctlKeys, 'prompt', ctl.prompt) },
    ...(ctl.historyFile === null ? [] : [{ key: 'history_file', text: tomlLine(ctlKeys, 'history_file', ctl.historyFile) }]),
  ];
  write(w, section, [{ header: '[ctl]', lines }]);
}

/** Paths that say %(here)s stay relative to the file; others are absolute, since TOML's start from the file and INI's do not. */
function pathText(w: Work, resolved: string | null, raw: string, written: string): string {
  const base = `${directoryOf(w.config.file)}/`;
  if (resolved === null) return raw;
  return written.startsWith('%(here)s/') && resolved.startsWith(base) ? `./${resolved.slice(base.length)}` : resolved;
}

/** The programs of one group, and what they are called in TOML. */
function writePrograms(w: Work, group: GroupSpec, taken: Set<string>): readonly string[] {
  // In start order: TOML starts equals in the order they are listed.
  const mine = group.members.flatMap((member) => w.built.filter(({ spec }) => spec === member));
  const names: string[] = [];
  for (const sectionName of new Set(mine.map(({ copy }) => copy.section))) {
    const copies = mine.filter(({ copy }) => copy.section === sectionName).toSorted((a, b) => a.spec.num - b.spec.num);
    const section = w.unit.sections.get(sectionName);
    const program = copies[0]?.spec.program ?? '';
    // The same program in a second group is a second program here.
    const name = taken.has(program) ? `${program}-${group.name}` : program;
    taken.add(name);
    const raw = (key: string) => section?.keys.get(key)?.value ?? w.unit.defaults.keys.get(key)?.value;
    const keys = [...new Set([...(section?.keys.keys() ?? []), ...w.unit.defaults.keys.keys()])];
    const made = programTables({
      name,
      copies,
      processName: raw('process_name') ?? '%(program_name)s',
      keys,
      own: group.implicit ? group : null,
      path: (key, resolved, text) => pathText(w, resolved, text, raw(key) ?? ''),
    });
    const fields = keys.filter((key) => /%\((?:ENV_|host_node_name)/.test(raw(key) ?? ''));
    const notes = [
      ...fields.map((key) => `${key} was ${(raw(key) ?? '').replaceAll('\n', ' ')}: TOML fills in nothing, this is its value of now`),
      ...unreadNotes(section, (key) => knownProgramKeys.has(key)),
    ];
    write(w, section, made.tables, notes);
    names.push(...made.names);
  }
  return names;
}

function writeGroup(w: Work, group: GroupSpec, members: readonly string[]): void {
  const section =
    w.unit.sections.get(`group:${group.name}`) ??
    [...w.unit.sections.values()].find((one) => one.name.startsWith('group:') && one.name.slice(6).trim() === group.name);
  const lines: { key: string; text: string }[] = [{ key: 'programs', text: `members = ${tomlList(members)}` }];
  if (group.priority !== groupKeys.priority.fallback) lines.push({ key: 'priority', text: `priority = ${group.priority}` });
  for (const key of section?.keys.keys() ?? []) {
    if (key === 'priority' || key === 'programs' || !Object.hasOwn(groupKeys, key)) continue;
    const known = groupKeys[key as keyof typeof groupKeys];
    const text = readText(w.unit, section, key, w.port.env) ?? '';
    const value: unknown = known.kind.read(known.kind.fromText(text), () => undefined);
    if (value !== undefined) lines.push({ key, text: tomlLine(groupKeys, key, value) });
  }
  write(
    w,
    section,
    [{ header: `[groups.${tomlKey(group.name)}]`, lines }],
    unreadNotes(section, (key) => key === 'programs' || Object.hasOwn(groupKeys, key)),
  );
}

/** [job:NAME] and the like: the same keys, as TOML writes their values. */
function writeSections(w: Work, kind: 'job' | 'check' | 'fix' | 'breaker' | 'alert' | 'jobs' | 'breakers' | 'alerts' | 'issues', keys: Keys): void {
  for (const section of w.unit.sections.values()) {
    if (kindOf(section.name) !== kind) continue;
    const name = section.name.slice(kind.length + 1).trim();
    const environment = w.config.daemon.environment;
    const names = scope({ job_name: name, host_node_name: w.port.hostname, here: w.unit.here }, envScope(environment, envScope(w.port.env)));
    const values: Readonly<Record<string, unknown>> = iniValues(
      { port: w.port, options: {}, report: newReport() },
      { ...w.unit, defaults: NO_SECTION },
      section,
      keys,
      () => names,
    );
    const lines = [...section.keys.keys()]
      .filter((key) => values[key] !== undefined)
      .map((key) => ({ key, text: sectionLine(w, keys, key, key === 'min_free_disk' ? roomsOf(w, kind === 'job' ? name : `${kind}:${name}`) : values[key], section.keys.get(key)?.value ?? '') }));
    const header = kind.endsWith('s') ? `[${kind}]` : `[${kind === 'fix' ? 'fixes' : `${kind}s`}.${tomlKey(name)}]`;
    write(
      w,
      section,
      [{ header, lines }],
      unreadNotes(section, (key) => Object.hasOwn(keys, key)),
    );
  }
}

/** With the place that is meant where none is written. */
function roomsOf(w: Work, name: string): JobSpec['minFreeDisk'] {
  return w.config.jobs.find((job) => job.name === name)?.minFreeDisk ?? [];
}

/** Paths of INI start from another place than TOML's. */
function sectionLine(w: Work, keys: Keys, key: string, value: unknown, written: string): string {
  const isPath = key === 'directory' || (key.endsWith('_logfile') && typeof value === 'string' && !['none', 'auto', 'syslog', ''].includes(value));
  if (!isPath || typeof value !== 'string') return tomlLine(keys, key, value);
  return `${key} = ${tomlString(pathText(w, resolveFrom(w.port.cwd, expandHome(value.trim(), w.port.env['HOME'])), value, written))}`;
}

function render(w: Work): string {
  const head = commentsIn(w, w.config.file);
  const first = Math.min(...[...w.unit.sections.values()].filter((one) => one.place.file === w.config.file).map((one) => one.place.line));
  // What stands apart above the first header is about the file, what touches the header is about the section.
  let end = Number.isFinite(first) ? first - 1 : head.lines;
  const rows = w.port.readFile(w.config.file).split(/\r\n|\r|\n/);
  while (end > 0 && /^\s*[;#]/.test(rows[end - 1] ?? '')) end -= 1;
  for (const line of head.between(1, end)) w.out.push(asComment(line));
  w.out.push(
    '# Converted from a supervisord file. rules = "supervisord" keeps its rules for a program; without that line reeve\'s own hold.',
  );
  daemonTable(w);
  logsTable(w);
  apiTable(w);
  if (w.unit.sections.has('supervisorctl')) ctlTable(w);
  else w.out.push('', '[ctl]', `prompt = ${tomlString(w.config.ctl.prompt)}`);
  const taken = new Set<string>();
  for (const group of w.config.tree.members) {
    if (group.kind !== 'group') continue;
    if (group.implicit && group.members.length === 0) {
      w.out.push('', `# ${group.name} has numprocs = 0: nothing of it runs.`);
      continue;
    }
    const names = writePrograms(w, group, taken);
    // Also where TOML cannot say the copies of a program together: the group keeps their name.
    if (!group.implicit || names.length > 1) writeGroup(w, group, names);
  }
  writeSections(w, 'jobs', jobSettingKeys);
  writeSections(w, 'job', jobKeys);
  writeSections(w, 'check', checkKeys);
  writeSections(w, 'fix', fixKeys);
  writeSections(w, 'issues', issueKeys);
  writeSections(w, 'breakers', breakerSettingKeys);
  writeSections(w, 'breaker', breakerKeys);
  writeSections(w, 'alerts', alertSettingKeys);
  writeSections(w, 'alert', alertKeys);
  for (const section of w.unit.sections.values()) {
    const kind = kindOf(section.name);
    if (kind !== null && kind !== 'plugin' && kind !== 'include') continue;
    if (section.name === 'DEFAULT' || section.name === 'rpcinterface:supervisor') continue;
    w.out.push('', `# [${section.name}]`);
    for (const [key, { value }] of section.keys) w.out.push(`# ${key} = ${value.replaceAll('\n', ' ')}`);
    w.out.push(kind === 'include' ? '# What these files say is in this one.' : '# Not converted: nothing here reads this section.');
  }
  return `${w.out.join('\n').trimStart()}\n`;
}

/** Converts the supervisord file at `path`. Comments come along where they have a place; every difference in meaning is told. */
export function convertIni(path: string, port: ConfigPort): Conversion {
  const built: Built[] = [];
  const { config, problems } = readConfig(path, port, {
    dialect: 'ini',
    fragment: true,
    onIniCopy: (spec, copy) => built.push({ spec, copy }),
  });
  if (config === null) return { text: null, problems, differences: [] };
  const files: string[] = [config.file];
  const unit = loadIni({ port, options: {}, report: newReport() }, config.file, port.readFile(config.file), () => undefined, files);
  if (unit === null) return { text: null, problems, differences: [] };
  const text = render({ config, unit, built, port, comments: new Map(), out: [] });
  const target = `${config.file.replace(/\.[^./]*$/, '')}.toml`;
  const back = readConfig(target, { ...port, readFile: (file) => (file === target ? text : port.readFile(file)) }, { dialect: 'toml' });
  const differences =
    back.config === null
      ? back.problems
          .filter((problem) => problem.severity === 'error')
          .map((problem) => `line ${problem.line}: ${problem.key ?? ''} ${problem.message}`)
      : configDifferences(config, back.config);
  return { text, problems, differences };
}
