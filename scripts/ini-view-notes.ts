// What supervisord says, or fails to say, about keys of a file: outputs it warns of, and keys it never reads.
import type { IniSection, IniUnit } from '../config/ini-file.ts';
import { COPY_KEYS, kindOf, SUPERVISORD_KEYS } from '../config/ini-keys.ts';
import type { Config, ProcessSpec } from '../config/spec.ts';
import type { Copies } from './ini-view-read.ts';
import type { Json } from './ini-view-words.ts';

/** Keys that supervisord never looks at, by section. */
export function unreadView(unit: IniUnit, config: Config, copies: Copies, fragment: boolean): Json {
  const out: Record<string, Json> = {};
  const added: IniSection[] = fragment ? [{ name: 'supervisord', place: { file: unit.file, line: 0 }, keys: new Map() }] : [];
  const inGroup = new Set(
    copies.filter(({ spec, copy }) => copy.kind === 'fcgi-program' && !implicit(config, spec)).map(({ copy }) => copy.section),
  );
  const built = new Set(copies.map(({ copy }) => copy.section));
  for (const section of [...unit.sections.values(), ...added]) {
    const kind = kindOf(section.name);
    if (section.name === 'DEFAULT' || section.name.startsWith('ctlplugin:')) continue;
    const keys = [...new Set([...section.keys.keys(), ...unit.defaults.keys.keys()])];
    if (kind === 'plugin') continue;
    let known: readonly string[] = kind === null ? [] : SUPERVISORD_KEYS[kind];
    // A FastCGI program of a group is a plain program; a program without copies is not read further.
    if (inGroup.has(section.name)) known = SUPERVISORD_KEYS.program;
    if ((kind === 'program' || kind === 'eventlistener' || kind === 'fcgi-program') && !built.has(section.name))
      known = known.filter((key) => !COPY_KEYS.includes(key));
    const unread = keys.filter((key) => !known.includes(key));
    if (unread.length > 0 || (kind === null && keys.length === 0)) out[section.name] = unread;
  }
  return out;
}

function implicit(config: Config, spec: ProcessSpec): boolean {
  return config.tree.members.some((group) => group.kind === 'group' && group.implicit && group.members.includes(spec));
}

/** What supervisord logs at start about outputs, once per copy. */
export function outputWarnings(copies: Copies): string[] {
  return copies.flatMap(({ copy: { section, values } }) => {
    const out: string[] = [];
    for (const channel of ['stdout', 'stderr'] as const) {
      const file = values[`${channel}_logfile`] ?? 'auto';
      if (file === 'syslog')
        out.push(
          `For [${section}], ${channel}_logfile=syslog but this is deprecated and will be removed.  Use ${channel}_syslog=true to enable syslog instead.`,
        );
      if (file === 'auto' && values[`${channel}_logfile_maxbytes`] === 0)
        out.push(
          `For [${section}], AUTO logging used for ${channel}_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
        );
    }
    if (values.redirect_stderr === true && !['auto', 'none', 'syslog'].includes(values.stderr_logfile ?? 'auto'))
      out.push(`For [${section}], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored`);
    return out;
  });
}
