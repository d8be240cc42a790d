// Which line of a file says a key, asked after the file was read: for those who show what is in force and where it comes from. Pure.
import { dialectOf } from './dialect.ts';
import { parseIni } from './ini-parse.ts';
import { findToml } from './toml-locate.ts';
import type { Origin } from './spec.ts';

/** From the root of a TOML file to a value: `['programs', 'web', 'command']`. The same path serves for INI. null: not written. */
export type FindWritten = (path: readonly string[]) => Origin | null;

/** A file and its text. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** What TOML says in a table that INI has not. */
const INI_PLACES: Readonly<Record<string, readonly [section: string, key: string]>> = {
  'logs.directory': ['supervisord', 'childlogdir'],
  'logs.strip_ansi': ['supervisord', 'strip_ansi'],
};

/** Sections of INI that a table of TOML is. */
const INI_SECTIONS: Readonly<Record<string, readonly string[]>> = {
  programs: ['program', 'eventlistener', 'fcgi-program'], jobs: ['job'], checks: ['check'], fixes: ['fix'],
};

/** `environment` is one key in INI: the variable must be in its value. */
function sets(value: string, name: string): boolean {
  return value.split(',').some((part) => part.trimStart().startsWith(`${name}=`)) || new RegExp(`(^|[,\\s])${name.replace(/[^\w]/g, '\\$&')}\\s*=`).test(value);
}

function findInToml({ file, text }: FileText): FindWritten {
  const find = findToml(text);
  return (path) => {
    const line = find(path);
    return line === null ? null : { file, line };
  };
}

interface IniPlace extends Origin {
  readonly value: string;
}

function findInIni({ file, text }: FileText): FindWritten {
  const keys = new Map<string, IniPlace>();
  for (const block of parseIni(text.replace(/^\uFEFF/, '')).blocks) {
    const section = JSON.stringify([block.name]);
    // A section that comes twice is where it comes first; a key is where it comes last.
    if (!keys.has(section)) keys.set(section, { file, line: block.line, value: '' });
    for (const { key, line, value } of block.lines) keys.set(JSON.stringify([block.name, key]), { file, line, value });
  }
  const sectionsOf = (table: string, name: string): readonly string[] => (INI_SECTIONS[table] ?? []).map((kind) => `${kind}:${name}`);
  const find = (section: string, key: string | undefined): IniPlace | null => {
    const head = keys.get(JSON.stringify([section])) ?? null;
    if (head === null || key === undefined) return head;
    return keys.get(JSON.stringify([section, key])) ?? keys.get(JSON.stringify(['DEFAULT', key])) ?? null;
  };
  return (path) => {
    const [table = '', name = '', ...rest] = path;
    const there = INI_PLACES[path.join('.')];
    const places = there !== undefined ? [there] : table === 'daemon' ? [['supervisord', name, rest[0]] as const] : sectionsOf(table, name).map((section) => [section, rest[0], rest[1]] as const);
    for (const [section, key, inner] of places) {
      const place = find(section, key);
      if (place !== null && (inner === undefined || (key === 'environment' && sets(place.value, inner)))) return { file: place.file, line: place.line };
    }
    return null;
  };
}

/** Looks into these files, each in its own dialect. The last one that says it wins, as where they are read. */
export function findWritten(files: readonly FileText[]): FindWritten {
  const finders = files.map((one) => (dialectOf(one.text, one.file) === 'ini' ? findInIni(one) : findInToml(one))).toReversed();
  return (path) => {
    for (const find of finders) {
      const place = find(path);
      if (place !== null) return place;
    }
    return null;
  };
}
