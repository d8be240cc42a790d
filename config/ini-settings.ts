// [supervisord], the http servers and [supervisorctl] of a supervisord file (compat §4).
import { addressUrl, parseAddress } from './api.ts';
import { daemonOf } from './daemon.ts';
import { commonNames } from './ini-file.ts';
import { expandHome, resolveFrom } from './paths.ts';
import { iniDaemonKeys, iniText, iniValue, iniValues, warnUnknown } from './ini-section.ts';
import { didYouMean } from './nearest.ts';
import { ctlKeys, daemonKeys, laterKeys } from './schema.ts';
import { filled } from './table.ts';
import * as ini from './ini-types.ts';
import type { Names } from './expand.ts';
import type { ApiSpec, CtlSpec, DaemonSpec, ListenSpec } from './spec.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

const SECTIONS = ['supervisord', 'supervisorctl', 'unix_http_server', 'inet_http_server', 'include', 'DEFAULT'];
const PREFIXES = ['program:', 'group:', 'unix_http_server:', 'inet_http_server:', 'rpcinterface:', 'ctlplugin:'];
const HTTP_KEYS = ['username', 'password'];
/** Stands for [supervisord] where a piece has none. */
export const NO_SECTION: IniSection = { name: 'supervisord', place: { file: '', line: 0 }, keys: new Map() };

/** A path as supervisord takes it: `~` expanded, relative to the working directory. */
export function filePath(c: ReadContext, written: string): string {
  return resolveFrom(c.port.cwd, expandHome(written.trim(), c.port.env['HOME']));
}

/** Sections that nobody reads, and those of a later version. */
export function checkSections(c: ReadContext, unit: IniUnit, fragment: boolean): void {
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
