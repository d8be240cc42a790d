// The native form: programs and groups of a TOML file, in the order of the file.
import { isTable } from './kind.ts';
import { shown } from './problems.ts';
import { groupKeys } from './group-schema.ts';
import { laterKeys } from './later-keys.ts';
import { keyName, readTable } from './table.ts';
import { badName, programOf, TOML_HINTS } from './toml-program.ts';
import type { GroupDecl, ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { TomlFile } from './toml-file.ts';

type Path = readonly (string | number)[];
type Table = Readonly<Record<string, unknown>>;

/** Programs of one file in the order of the file. */
export function tomlPrograms(c: ReadContext, file: TomlFile, settings: Settings, taken: Set<string>): ProgramDecl[] {
  return named(c, file, 'programs').map(([name, raw]) => programOf(c, file, settings, taken, name, raw));
}

/** Groups of one file in the order of the file. */
export function tomlGroups(c: ReadContext, file: TomlFile): GroupDecl[] {
  return named(c, file, 'groups').map(([name, raw]) => {
    const title = keyName('groups', [name]);
    const place = (path: Path) => file.place(['groups', name, ...path]);
    const values = readTable(groupKeys, raw, { name: title, report: c.report, place, later: laterKeys.groups, hints: TOML_HINTS });
    if (raw['members'] === undefined) c.report.error(place([]), title, 'the group has no members', 'write members = ["..."]');
    return { name, dialect: 'toml', origin: place([]), values, place: (key, index) => place(index === undefined ? [key] : [key, index]) };
  });
}

function named(c: ReadContext, file: TomlFile, table: 'programs' | 'groups'): [string, Table][] {
  const all = file.data[table];
  const out: [string, Table][] = [];
  for (const [name, raw] of Object.entries(isTable(all) ? all : {})) {
    const bad = badName(name);
    const key = keyName(table, [name]);
    if (bad !== null) c.report.error(file.place([table, name]), key, bad);
    if (isTable(raw)) out.push([name, raw]);
    else c.report.error(file.place([table, name]), key, `expected a table, got ${shown(raw)}`, `write [${table}.NAME] above the key`);
  }
  return out;
}
