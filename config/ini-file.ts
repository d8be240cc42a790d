// A supervisord file and what it includes: one set of sections, later keys over earlier ones, each key with its place.
import { directoryOf, resolveFrom } from './paths.ts';
import { envScope, expand, scope } from './expand.ts';
import { dialectOf } from './dialect.ts';
import { parseIni } from './ini-parse.ts';
import { reason } from './env-files.ts';
import type { Names } from './expand.ts';
import type { Origin } from './spec.ts';
import type { ReadContext } from './declared.ts';

/** A key with its place. */
export interface IniKey {
  readonly value: string;
  readonly place: Origin;
}

/** A section, merged from all blocks of its name. */
export interface IniSection {
  readonly name: string;
  readonly place: Origin;
  readonly keys: Map<string, IniKey>;
}

/** A main INI file with its included pieces. */
export interface IniUnit {
  readonly file: string;
  readonly here: string;
  readonly sections: ReadonlyMap<string, IniSection>;
  /** [DEFAULT]: keys that leak into every section. */
  readonly defaults: IniSection;
}

/** Variables of the environment as ENV_ names, those of [supervisord] before the daemon's own: what every section may use. */
export function envNames(c: ReadContext, environment: Readonly<Record<string, string>>, outer?: Names): Names {
  return envScope(environment, envScope(c.port.env, outer));
}

const HERE = '%(here)s';

/**
 * Once there is an [include], supervisord puts the directory of each file into its text before anything is expanded. So `here`
 * then works in every section, and means the file that says it.
 */
function placeHere(sections: ReadonlyMap<string, IniSection>, here: string): void {
  for (const section of sections.values())
    for (const [name, key] of section.keys)
      if (key.value.includes(HERE)) section.keys.set(name, { ...key, value: key.value.replaceAll(HERE, here) });
}

function merge(c: ReadContext, file: string, text: string, sections: Map<string, IniSection>): boolean {
  if (text.startsWith('\uFEFF'))
    c.report.warning(
      { file, line: 1 },
      null,
      'the file starts with a byte order mark, which supervisord itself refuses',
      'save it without',
    );
  const { blocks, problems } = parseIni(text.replace(/^\uFEFF/, ''));
  for (const problem of problems) c.report.error({ file, line: problem.line }, null, problem.message);
  for (const block of blocks) {
    const place = { file, line: block.line };
    const section = sections.get(block.name) ?? { name: block.name, place, keys: new Map<string, IniKey>() };
    sections.set(block.name, section);
    for (const { key, value, line, cut, swallowed } of block.lines) {
      for (const one of swallowed)
        c.report.warning(
          { file, line: one.line },
          `${block.name}.${one.key}`,
          `indented deeper than "${key}" above it, this line is part of its value and no key`,
          'start it in the same column',
        );
      if (cut !== null)
        c.report.warning(
          { file, line },
          `${block.name}.${key}`,
          `text after a blank and ; or # is a comment, even in quotes: ${JSON.stringify(cut.slice(0, 40))} is lost`,
          'leave out the blank before it, or put the command in a script',
        );
      section.keys.set(key, { value, place: { file, line } });
    }
  }
  return problems.length === 0;
}

/**
 * Reads a main INI file. `follow` is called for TOML files that [include] names; INI pieces are merged here, and as in
 * supervisord their own [include] is not followed. Files read are added to `files`.
 */
export function loadIni(
  c: ReadContext,
  file: string,
  text: string,
  follow: (file: string, place: Origin) => void,
  files: string[],
): IniUnit | null {
  const sections = new Map<string, IniSection>();
  merge(c, file, text, sections);
  const base = directoryOf(file);
  const here = c.options.here ?? base;
  const include = sections.get('include');
  const written = include?.keys.get('files');
  if (include !== undefined && written === undefined)
    c.report.error(include.place, 'include', '[include] has no files', 'write files = conf.d/*.conf');
  if (include !== undefined) placeHere(sections, here);
  if (written !== undefined) {
    const expanded = expand(written.value.replaceAll(HERE, here), envNames(c, {}, scope({ here, host_node_name: c.port.hostname })));
    if ('problem' in expanded) c.report.error(written.place, 'include.files', expanded.problem, expanded.hint);
    for (const pattern of 'value' in expanded ? expanded.value.split(/\s+/).filter((part) => part !== '') : []) {
      const found = c.port.glob(resolveFrom(base, pattern));
      if (found.length === 0) c.report.warning(written.place, 'include.files', `no file matches ${resolveFrom(base, pattern)}`);
      for (const one of found) includeOne(c, one, written.place, sections, follow, files);
    }
  }
  const defaults = sections.get('DEFAULT') ?? { name: 'DEFAULT', place: { file, line: 1 }, keys: new Map<string, IniKey>() };
  return { file, here, sections, defaults };
}

function includeOne(
  c: ReadContext,
  file: string,
  place: Origin,
  sections: Map<string, IniSection>,
  follow: (file: string, place: Origin) => void,
  files: string[],
): void {
  // The main file again. Other files are read again, as supervisord does: what they say counts from the last time on.
  if (file === files[0]) return;
  let text: string;
  try {
    text = c.port.readFile(file);
  } catch (error) {
    c.report.warning(place, 'include.files', `cannot read ${file}, left out: ${reason(error)}`);
    return;
  }
  if (dialectOf(text, file) === 'toml') {
    follow(file, place);
    return;
  }
  if (!files.includes(file)) files.push(file);
  const inner = new Map<string, IniSection>();
  merge(c, file, text, inner);
  placeHere(inner, directoryOf(file));
  for (const [name, section] of inner) {
    if (name === 'include') {
      c.report.warning(section.place, 'include', "an included file's own [include] is not followed");
      continue;
    }
    const known = sections.get(name);
    if (known === undefined) sections.set(name, section);
    else for (const [key, value] of section.keys) known.keys.set(key, value);
  }
}
