// [supervisord], the http servers and [supervisorctl] of a supervisord file (compat §4).
import { addressUrl, isLoopback } from './api.ts';
import { daemonOf } from './daemon.ts';
import { expand, scope } from './expand.ts';
import { envNames } from './ini-file.ts';
import { kindOf, SECTION_NAMES, warnUnknown } from './ini-keys.ts';
import { expandHome, resolveFrom } from './paths.ts';
import { iniDaemonKeys, iniText, iniValue, iniValues } from './ini-section.ts';
import { didYouMean } from './nearest.ts';
import { ctlKeys } from './api-schema.ts';
import { daemonKeys } from './daemon-schema.ts';
import { laterKeys } from './later-keys.ts';
import { filled } from './table.ts';
import * as ini from './ini-types.ts';
import type { ApiSpec, CtlSpec, ListenSpec } from './api-spec.ts';
import type { DaemonSpec } from './spec.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

const MAIN_FACTORY = 'supervisor.rpcinterface:make_main_rpcinterface';
/** Stands for [supervisord] where a piece has none. */
export const NO_SECTION: IniSection = { name: 'supervisord', place: { file: '', line: 0 }, keys: new Map() };

/** A path as supervisord takes it: `~` expanded, relative to the working directory. */
export function filePath(c: ReadContext, written: string): string {
  return resolveFrom(c.port.cwd, expandHome(written.trim(), c.port.env['HOME']));
}

/** A plug-in of Python: it must be well written, and does nothing here unless it is supervisord's own. */
function checkPlugin(c: ReadContext, unit: IniUnit, section: IniSection, environment: Readonly<Record<string, string>>): void {
  const factoryKey = section.name.startsWith('rpcinterface:') ? 'supervisor.rpcinterface_factory' : 'supervisor.ctl_factory';
  if (!section.keys.has(factoryKey) && !unit.defaults.keys.has(factoryKey)) {
    // supervisord itself never looks at [ctlplugin:x], only its client does.
    const say = section.name.startsWith('rpcinterface:') ? c.report.error : c.report.warning;
    say(section.place, section.name, `section [${section.name}] does not specify a ${factoryKey}`);
    return;
  }
  if (section.name.startsWith('ctlplugin:')) {
    c.report.warning(section.place, section.name, 'Python plug-ins are not loaded, the section is ignored');
    return;
  }
  const names = envNames(c, environment);
  const factory = iniValue(c, unit, section, factoryKey, ini.importPath, names);
  for (const key of new Set([...section.keys.keys(), ...unit.defaults.keys.keys()]))
    if (key !== factoryKey) iniText(c, unit, section, key, names);
  if (factory !== undefined && factory.trim() !== MAIN_FACTORY)
    c.report.warning(section.place, section.name, 'Python plug-ins are not loaded, the section is ignored');
}

/** Sections that nobody reads, plug-ins, and a missing [supervisord]. */
export function checkSections(c: ReadContext, unit: IniUnit, fragment: boolean, environment: Readonly<Record<string, string>>): void {
  for (const section of unit.sections.values()) {
    const { name, place } = section;
    const kind = kindOf(name);
    if (kind === 'plugin') checkPlugin(c, unit, section, environment);
    else if (kind === 'include') warnUnknown(c, section, kind, []);
    else if (kind === null && name !== 'DEFAULT') {
      const head = name.replace(/:.*/s, ':');
      // [jobs:x] is nearer to [job:x] than to [jobs].
      const hint = (head === name ? null : didYouMean(head, SECTION_NAMES.filter((one) => one.endsWith(':')))) ?? didYouMean(head, SECTION_NAMES);
      c.report.warning(place, name, 'unknown section, ignored', hint);
    }
  }
  if (!fragment && !unit.sections.has('supervisord')) {
    c.report.error({ file: unit.file, line: 1 }, null, '.ini file does not include supervisord section', 'write [supervisord]');
  }
}

/** environment= of [supervisord], which supervisord expands twice, the second time with more names. */
function daemonEnvironment(c: ReadContext, unit: IniUnit, section: IniSection): Readonly<Record<string, string>> {
  const { here } = unit;
  const found = iniText(
    c,
    unit,
    section,
    'environment',
    envNames(c, {}, scope({ here })),
    envNames(c, {}, scope({ here, host_node_name: c.port.hostname })),
  );
  if (found === null) return {};
  return readEnvironment(c, section, found.text);
}

/** The variables of an expanded environment=, with what is odd about them. The text is never quoted: it may hold secrets. */
export function readEnvironment(c: ReadContext, section: IniSection, text: string): Readonly<Record<string, string>> {
  const place = section.keys.get('environment')?.place ?? section.place;
  const title = `${section.name}.environment`;
  const read = ini.environmentPairs(text);
  if ('problem' in read) {
    c.report.error(place, title, read.problem);
    return {};
  }
  for (const name of read.cut)
    c.report.warning(place, title, `only the start of the value of ${name} is kept: it is not in quotes`, `write ${name}="..."`);
  if (read.commented)
    c.report.warning(place, title, 'what follows a # outside quotes is lost, to the end of its line', 'put the value in quotes');
  for (const [name, value] of Object.entries(read.value))
    if (/\$\{?[A-Za-z_]/.test(value))
      c.report.warning(place, title, `${name} holds a $ and a name: shell variables are not expanded here`, 'write %(ENV_NAME)s');
  return read.value;
}

function daemonSection(c: ReadContext, unit: IniUnit): DaemonSpec {
  const section = unit.sections.get('supervisord') ?? NO_SECTION;
  const names = envNames(c, {}, scope({ here: unit.here }));
  const values = iniValues(c, unit, section, daemonKeys, () => names, ['environment']);
  for (const [key, only] of Object.entries(iniDaemonKeys)) iniValue(c, unit, section, key, only.type, names);
  warnUnknown(c, section, 'supervisord', Object.keys(daemonKeys), laterKeys.daemon);
  const environment = daemonEnvironment(c, unit, section);
  return daemonOf({ ...values, environment }, 'ini', (path) => filePath(c, path));
}

function listenOf(
  c: ReadContext,
  unit: IniUnit,
  section: IniSection,
  env: Readonly<Record<string, string>>,
  unix: boolean,
): ListenSpec | null {
  const names = envNames(c, env);
  const where = unix ? 'file' : 'port';
  warnUnknown(c, section, unix ? 'unix_http_server' : 'inet_http_server', []);
  const username = iniText(c, unit, section, 'username', names)?.text;
  const password = iniText(c, unit, section, 'password', names)?.text;
  const isWritten = (key: string) => section.keys.has(key) || unit.defaults.keys.has(key);
  if (isWritten('username') !== isWritten('password')) {
    c.report.error(section.place, section.name, 'incomplete authentication: username and password are both needed, or neither');
    return null;
  }
  // Written and not to be expanded: that was said.
  if (isWritten('username') && (username === undefined || password === undefined)) return null;
  if (!isWritten(where)) {
    c.report.error(section.place, section.name, `section [${section.name}] has no ${where} value`, `write ${where} = ...`);
    return null;
  }
  const file = unix ? iniText(c, unit, section, where, envNames(c, env, scope({ here: unit.here }))) : null;
  const address = unix
    ? file === null || file.text.trim() === ''
      ? undefined
      : { unix: filePath(c, file.text) }
    : iniValue(c, unit, section, where, ini.inetAddress, names);
  if (unix && file !== null && file.text.trim() === '')
    c.report.error(file.key.place, `${section.name}.file`, 'the path of the socket is empty');
  const mode = unix ? iniValue(c, unit, section, 'chmod', ini.octal, names) : undefined;
  const owner = unix ? iniText(c, unit, section, 'chown', names)?.text : undefined;
  if (address === undefined) return null;
  const open = username === undefined || username === '';
  if ('host' in address && open) {
    const reach = isLoopback(address.host) ? 'every program of this machine' : 'everybody who reaches it';
    const message = `${addressUrl(address)} is open to ${reach}: no password is set`;
    c.report.warning(section.place, section.name, message, 'write username and password');
  }
  return {
    address,
    mode: mode ?? 0o700,
    owner: owner ?? null,
    credentials: open ? null : { username, password: password ?? '' },
    open,
  };
}

function apiOf(c: ReadContext, unit: IniUnit, env: Readonly<Record<string, string>>): ApiSpec {
  const listen: ListenSpec[] = [];
  for (const section of unit.sections.values()) {
    const kind = kindOf(section.name);
    if (kind !== 'unix_http_server' && kind !== 'inet_http_server') continue;
    const one = listenOf(c, unit, section, env, kind === 'unix_http_server');
    if (one !== null) listen.push(one);
  }
  // The unix socket is the one children and clients are told of, as in supervisord.
  listen.sort((a, b) => Number('host' in a.address) - Number('host' in b.address));
  return { listen, probeListen: null, users: [], tokens: [], allowedHosts: [], ui: true, readyzHealth: false };
}

function ctlOf(c: ReadContext, unit: IniUnit): CtlSpec {
  const section = unit.sections.get('supervisorctl');
  const { prompt } = filled(ctlKeys, {}, 'ini');
  if (section === undefined) return { serverUrl: null, username: null, password: null, prompt, historyFile: null };
  const plain = envNames(c, {});
  const withHere = envNames(c, {}, scope({ here: unit.here }));
  // What is wrong here troubles the client alone: supervisord never reads the section, so it is no reason not to start.
  const text = (key: string, names = plain): string | undefined => {
    const written = section.keys.get(key) ?? unit.defaults.keys.get(key);
    if (written === undefined) return undefined;
    const expanded = expand(written.value, names);
    if ('value' in expanded) return expanded.value;
    c.report.warning(written.place, `${section.name}.${key}`, expanded.problem, expanded.hint);
    return undefined;
  };
  warnUnknown(c, section, 'supervisorctl', []);
  const url = text('serverurl', withHere);
  const history = text('history_file', withHere);
  return {
    serverUrl: url?.startsWith('unix://') === true ? `unix://${filePath(c, url.slice(7))}` : (url ?? null),
    username: text('username') || null,
    password: text('password') || null,
    prompt: text('prompt') ?? prompt,
    historyFile: history === undefined || history === '' ? null : filePath(c, history),
  };
}

/** [supervisord], the http servers and [supervisorctl]. */
export function iniSettings(c: ReadContext, unit: IniUnit): Omit<Settings, 'logs'> {
  const daemon = daemonSection(c, unit);
  return { daemon, api: apiOf(c, unit, daemon.environment), ctl: ctlOf(c, unit) };
}
