// Reads the keys of one INI section: expansion, then supervisord's type for its own keys, reeve's kinds for reeve's.
import { expand } from './expand.ts';
import { programKeys } from './program-schema.ts';
import { shown } from './problems.ts';
import * as ini from './ini-types.ts';
import type { IniKey, IniSection, IniUnit } from './ini-file.ts';
import type { IniType } from './ini-types.ts';
import type { Keys, Values } from './table.ts';
import type { Names } from './expand.ts';
import type { ReadContext } from './declared.ts';

/** A supervisord key that TOML says in another table. */
export interface IniOnlyKey {
  readonly type: IniType<unknown>;
  readonly text: string;
  /** supervisord's default, as text. */
  readonly fallback: string;
}

/** Keys of [supervisord] that only supervisord's form has. */
export const iniDaemonKeys: Readonly<Record<string, IniOnlyKey>> = {
  childlogdir: {
    type: ini.text,
    text: 'Directory of automatic log files; in TOML `directory` of [logs].',
    fallback: 'the temporary directory',
  },
  nocleanup: { type: ini.boolean, text: 'Keep old automatic log files at start (they always are kept).', fallback: 'false' },
  strip_ansi: { type: ini.boolean, text: 'Remove colour codes from logs of programs; in TOML in [logs].', fallback: 'false' },
};

/** Keys of [eventlistener:x] and [fcgi-program:x]; in TOML they are `events`, `buffer_size` and `fcgi_…` of a program. */
export const iniPoolKeys: Readonly<Record<string, IniOnlyKey>> = {
  events: { type: ini.text, text: '[eventlistener]: types of events, with commas.', fallback: 'required' },
  buffer_size: { type: ini.positive, text: '[eventlistener]: events that wait, at most.', fallback: '10' },
  result_handler: {
    type: ini.importPath,
    text: '[eventlistener]: a Python function; only the default one works.',
    fallback: 'the default one',
  },
  socket: { type: ini.text, text: '[fcgi-program]: `unix:///path` or `tcp://host:port`.', fallback: 'required' },
  socket_owner: { type: ini.text, text: '[fcgi-program]: `user` or `user:group`.', fallback: "the program's user" },
  socket_mode: { type: ini.octal, text: '[fcgi-program]: mode bits.', fallback: '0700' },
  socket_backlog: { type: ini.backlog, text: '[fcgi-program]: connections that may wait.', fallback: 'what the system allows' },
};

/** Values that supervisord expands twice: a literal percent sign is written four times there. */
const TWICE = ['stdout_logfile', 'stderr_logfile'];

/**
 * The text of a key after expansion, or null when it is not written or cannot be expanded (reported). `again` are the names of a
 * second expansion, where supervisord makes one.
 */
export function iniText(
  c: ReadContext,
  unit: IniUnit,
  section: IniSection,
  key: string,
  names: Names,
  again: Names | null = TWICE.includes(key) ? names : null,
): { readonly text: string; readonly key: IniKey } | null {
  const written = section.keys.get(key) ?? unit.defaults.keys.get(key);
  if (written === undefined) return null;
  const expanded = expand(written.value, names);
  const title = `${section.name}.${key}`;
  if ('problem' in expanded) {
    c.report.error(written.place, title, expanded.problem, expanded.hint);
    return null;
  }
  if (again === null || !expanded.value.includes('%')) return { text: expanded.value, key: written };
  const second = expand(expanded.value, again);
  if ('value' in second) return { text: second.value, key: written };
  // The text is not quoted: an ENV_ name may have brought it in.
  c.report.error(
    written.place,
    title,
    'cannot expand the value: supervisord expands it twice, and a percent sign is left after the first time',
    'write a literal percent sign four times: %%%%',
  );
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
