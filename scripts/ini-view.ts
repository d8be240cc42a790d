// Our reading of a supervisord file in supervisord's own words: one JSON object, field by field what its parser would hold. Made from
// the specs the daemon runs on; only what a spec does not keep as written (paths, users) comes from the values it was made of.
import { basename, dirname } from 'node:path';
import { envScope, expand, scope } from '../config/expand.ts';
import type { IniUnit } from '../config/ini-file.ts';
import { kindOf } from '../config/ini-keys.ts';
import { parseIni } from '../config/ini-parse.ts';
import * as ini from '../config/ini-types.ts';
import type { IniType } from '../config/ini-types.ts';
import { expandHome, resolveFrom } from '../config/paths.ts';
import type { ConfigPort } from '../config/port.ts';
import type { Config, GroupSpec, MemberSpec } from '../config/spec.ts';
import { groupView } from './ini-view-groups.ts';
import { outputWarnings, unreadView } from './ini-view-notes.ts';
import { firstMissing, portFor, readForView } from './ini-view-read.ts';
import type { ViewOptions } from './ini-view-read.ts';
import { octal, owner, textOf } from './ini-view-words.ts';
import type { Json } from './ini-view-words.ts';

/** One file as supervisord sees it. `ok` false: refused, and only `error` says more. */
export interface IniView {
  readonly file: string;
  readonly ok: boolean;
  readonly error: string | null;
  readonly fragment: boolean;
  readonly auto_env: readonly string[];
  readonly [field: string]: Json;
}

const MISSING_SECTION = '.ini file does not include supervisord section';

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
    const found = readForView(path, options, env);
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
