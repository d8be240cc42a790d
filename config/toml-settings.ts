// [daemon], [api], [ctl], [logs] of TOML files: each table in one file only.
import { apiOf } from './api.ts';
import { daemonOf } from './daemon.ts';
import { reason } from './env-files.ts';
import { expandHome, resolveFrom } from './paths.ts';
import { isTable } from './kind.ts';
import { didYouMean } from './nearest.ts';
import { shown } from './problems.ts';
import { apiKeys, ctlKeys } from './api-schema.ts';
import { daemonKeys } from './daemon-schema.ts';
import { laterKeys } from './later-keys.ts';
import { logsKeys } from './logs-schema.ts';
import { filled, keyName, readTable } from './table.ts';
import type { Keys, Values } from './table.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { CtlSpec } from './api-spec.ts';
import type { TomlFile } from './toml-file.ts';

type Path = readonly (string | number)[];

const ROOT = ['daemon', 'api', 'ctl', 'logs', 'programs', 'groups', 'jobs', 'breakers', 'alerts', 'checks', 'fixes', 'issues', 'include'];

/** Reports what no table of ours is called. */
export function checkRoot(c: ReadContext, file: TomlFile): void {
  for (const [name, value] of Object.entries(file.data)) {
    const place = file.place([name]);
    if ((laterKeys.root as readonly string[]).includes(name)) c.report.error(place, name, 'not yet supported by this version');
    else if (!ROOT.includes(name)) c.report.error(place, name, 'unknown table', didYouMean(name, [...ROOT, ...laterKeys.root]));
    else if (name !== 'include' && !isTable(value)) c.report.error(place, name, `expected a table, got ${shown(value)}`);
  }
}

/** The table of this name in the one file that has it; two files that have it are an error. */
function single<K extends Keys>(
  c: ReadContext,
  files: readonly TomlFile[],
  name: string,
  keys: K,
  later: readonly string[],
): { values: Values<K>; file: TomlFile | null } {
  let owner: TomlFile | null = null;
  let values: Values<K> = {};
  for (const file of files) {
    const raw = file.data[name];
    if (!isTable(raw)) continue;
    if (owner === null) {
      owner = file;
      values = readTable(keys, raw, { name, report: c.report, place: (path) => file.place([name, ...path]), later });
    } else {
      const first = owner.place([name]);
      c.report.error(file.place([name]), name, `[${name}] is already written in ${first.file}:${first.line}`);
    }
  }
  return { values, file: owner };
}

/** First line of a secret file, without the newline. */
function secretFile(c: ReadContext, file: TomlFile, written: string, path: Path): string | null {
  if (c.options.secrets === false) return null;
  try {
    return c.port.readFile(resolveFrom(file.here, written)).replace(/\r?\n$/, '');
  } catch (error) {
    c.report.error(file.place(path), keyName('', path), `cannot read ${resolveFrom(file.here, written)}: ${reason(error)}`);
    return null;
  }
}

/** [daemon], [api], [ctl], [logs] of all TOML files. */
export function tomlSettings(c: ReadContext, files: readonly TomlFile[]): Settings {
  const main = files[0];
  const here = main?.here ?? c.port.cwd;
  const daemon = single(c, files, 'daemon', daemonKeys, laterKeys.daemon);
  const api = single(c, files, 'api', apiKeys, laterKeys.api);
  const ctl = single(c, files, 'ctl', ctlKeys, []);
  const logs = single(c, files, 'logs', logsKeys, []);
  const apiFile = api.file;
  const logsHere = logs.file?.here ?? here;
  const ctlFile = ctl.file;
  if (ctl.values.password !== undefined && ctl.values.password_file !== undefined && ctlFile !== null) {
    c.report.error(ctlFile.place(['ctl', 'password_file']), 'ctl.password_file', '"password" and "password_file" exclude each other');
  }
  const ctlSpec: CtlSpec = {
    serverUrl: ctl.values.server_url ?? null,
    username: ctl.values.username ?? null,
    password:
      ctl.values.password ??
      (ctl.values.password_file === undefined || ctlFile === null
        ? null
        : secretFile(c, ctlFile, ctl.values.password_file, ['ctl', 'password_file'])),
    prompt: filled(ctlKeys, ctl.values, 'toml').prompt,
    historyFile:
      ctl.values.history_file === undefined
        ? null
        : resolveFrom(ctlFile?.here ?? here, expandHome(ctl.values.history_file, c.port.env['HOME'])),
  };
  return {
    daemon: daemonOf(daemon.values, 'toml', (path) => resolveFrom(daemon.file?.here ?? here, path)),
    api: apiOf(api.values, {
      here: apiFile?.here ?? here,
      complain: (path, message, hint) => {
        if (apiFile !== null) c.report.error(apiFile.place(['api', ...path]), keyName('api', path), message, hint ?? null);
      },
      warn: (path, message, hint) => {
        if (apiFile !== null) c.report.warning(apiFile.place(['api', ...path]), keyName('api', path), message, hint);
      },
      secretFile: (written, path) => (apiFile === null ? null : secretFile(c, apiFile, written, ['api', ...path])),
    }),
    ctl: ctlSpec,
    logs: logs.values.directory === undefined ? logs.values : { ...logs.values, directory: resolveFrom(logsHere, logs.values.directory) },
  };
}
