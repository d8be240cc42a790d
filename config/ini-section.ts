// Reads the keys of one INI section: expansion, then supervisord's type for its own keys, reeve's kinds for reeve's.
import { didYouMean } from './nearest.ts';
import { expand, scope } from './expand.ts';
import { programKeys } from './schema.ts';
import { shown } from './problems.ts';
import * as ini from './ini-types.ts';
import type { IniKey, IniSection, IniUnit } from './ini-file.ts';
import type { IniType } from './ini-types.ts';
import type { Keys, Values } from './table.ts';
import type { Names } from './expand.ts';
import type { ReadContext } from './declared.ts';

/** A supervisord key that has no twin of the same name in TOML. */
export interface IniOnlyKey {
  readonly type: IniType<unknown>;
  readonly text: string;
  /** supervisord's default, as text; a different value of a key that is not yet read gives a warning. */
  readonly fallback: string;
  readonly later?: boolean;
}

const later = (type: IniType<unknown>, text: string, fallback: string): IniOnlyKey => ({ type, text, fallback, later: true });

/** Keys of [program:x] that only supervisord's form has. */
export const iniProgramKeys: Readonly<Record<string, IniOnlyKey>> = {
  autorestart: { type: ini.autorestart, text: "true, false or unexpected; `restart` says it in OTP's words.", fallback: 'unexpected' },
  serverurl: { type: ini.text, text: 'SUPERVISOR_SERVER_URL of the child, or AUTO.', fallback: 'AUTO' },
  stdout_capture_maxbytes: later(ini.size, 'Capture mode.', '0'),
  stderr_capture_maxbytes: later(ini.size, 'Capture mode.', '0'),
  stdout_events_enabled: later(ini.boolean, 'PROCESS_LOG events.', 'false'),
  stderr_events_enabled: later(ini.boolean, 'PROCESS_LOG events.', 'false'),
  stdout_syslog: later(ini.boolean, 'Copy to syslog.', 'false'),
  stderr_syslog: later(ini.boolean, 'Copy to syslog.', 'false'),
};

/** Keys of [supervisord] that only supervisord's form has. */
export const iniDaemonKeys: Readonly<Record<string, IniOnlyKey>> = {
  childlogdir: { type: ini.text, text: 'Directory of automatic log files.', fallback: 'the temporary directory' },
  nocleanup: { type: ini.boolean, text: 'Keep old automatic log files at start (they always are kept).', fallback: 'false' },
  strip_ansi: { type: ini.boolean, text: 'Remove colour codes from logs of programs.', fallback: 'false' },
};

/** The text of a key after expansion, or null when it is not written or cannot be expanded (reported). */
export function iniText(
  c: ReadContext,
  unit: IniUnit,
  section: IniSection,
  key: string,
  names: Names,
): { readonly text: string; readonly key: IniKey } | null {
  const written = section.keys.get(key) ?? unit.defaults.keys.get(key);
  if (written === undefined) return null;
  const expanded = expand(written.value, written.here === names.get('here') ? names : scope({ here: written.here }, names));
  if ('value' in expanded) return { text: expanded.value, key: written };
  c.report.error(written.place, `${section.name}.${key}`, expanded.problem, expanded.hint);
  return null;
}

/** The message about a value, which must not quote what an ENV_ name brought in. */
function unexpanded(found: { readonly text: string; readonly key: IniKey }, expected: string, message: string): string {
  return found.text === found.key.value ? message : `expected ${expected}, got ${shown(found.key.value)} once expanded`;
}

/** A key by supervisord's type; undefined when not written or wrong (reported). */
export function iniValue<T>(
  c: ReadContext,
  unit: IniUnit,
  section: IniSection,
  key: string,
  type: IniType<T>,
  names: Names,
): T | undefined {
  const found = iniText(c, unit, section, key, names);
  if (found === null) return undefined;
  const read = type.read(found.text);
  if ('value' in read) return read.value;
  c.report.error(found.key.place, `${section.name}.${key}`, unexpanded(found, type.expected, read.problem));
  return undefined;
}

/** All keys of a section that `keys` knows: supervisord's by their INI type, reeve's by their kind. */
export function iniValues<K extends Keys>(
  c: ReadContext,
  unit: IniUnit,
  section: IniSection,
  keys: K,
  namesFor: (key: string) => Names,
  except: readonly string[] = [],
): Values<K> {
  const values: Record<string, unknown> = {};
  const written = new Set([...section.keys.keys(), ...unit.defaults.keys.keys()]);
  for (const name of written) {
    const known = Object.hasOwn(keys, name) && !except.includes(name) ? keys[name] : undefined;
    if (known === undefined) continue;
    const found = iniText(c, unit, section, name, namesFor(name));
    if (found === null) continue;
    const complain = (message: string) =>
      c.report.error(found.key.place, `${section.name}.${name}`, unexpanded(found, (known.ini ?? known.kind).expected, message));
    // "cpus*2" is reeve's word in supervisord's key.
    const type = known.ini === undefined || (known === programKeys.numprocs && found.text.startsWith('cpus')) ? null : known.ini;
    if (type === null) {
      const value = known.kind.read(known.kind.fromText(found.text), complain);
      if (value !== undefined) values[name] = value;
      continue;
    }
    const read = type.read(found.text);
    if ('value' in read) values[name] = read.value;
    else complain(read.problem);
  }
  // As in readTable: each name holds what its own kind answered.
  return values as Values<K>;
}

/** supervisord ignores unknown keys in silence; a warning with the nearest known key finds the typing mistakes. */
export function warnUnknown(c: ReadContext, section: IniSection, known: readonly string[], notYet: readonly string[]): void {
  for (const [name, key] of section.keys) {
    const title = `${section.name}.${name}`;
    if (known.includes(name)) continue;
    // A reeve key that would be ignored is not a typing mistake that always was there: the author expects it to work.
    if (notYet.includes(name)) c.report.error(key.place, title, 'not yet supported by this version');
    else c.report.warning(key.place, title, 'unknown key, ignored', didYouMean(name, known));
  }
}
