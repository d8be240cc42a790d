// One program of a supervisord file, in one group -> its [programs.NAME] tables in TOML.
import { poolKeys } from './pool-schema.ts';
import { programKeys, supervisordKeys } from './program-schema.ts';
import { tomlKey, tomlLine, tomlList, tomlOctal, tomlString, tomlTable } from './toml-write.ts';
import { fillName } from './toml-program.ts';
import type { Key, Keys } from './table.ts';
import type { GroupSpec, ProcessSpec } from './spec.ts';
import type { IniCopy } from './port.ts';
import type { ProgramValues } from './program-schema.ts';

/** A copy with the values it was made of. */
export interface Built {
  readonly spec: ProcessSpec;
  readonly copy: IniCopy;
}

/** A program to be written. */
export interface ProgramToWrite {
  /** Its name in TOML. */
  readonly name: string;
  /** Its copies, in order of their numbers; at least one. */
  readonly copies: readonly Built[];
  /** process_name as written in the INI. */
  readonly processName: string;
  /** Keys in the order of the file, each once. */
  readonly keys: readonly string[];
  /** The group it forms by itself, or null where another group lists it. */
  readonly own: GroupSpec | null;
  /** A path of the INI as it is written in TOML. */
  readonly path: (key: string, resolved: string | null, raw: string) => string;
}

/** One line of a table: the INI key it stands for, if any. */
export interface Line {
  readonly key: string | null;
  readonly text: string;
}

/** A table with its lines. */
export interface Table {
  readonly header: string;
  readonly lines: readonly Line[];
}

const KEYS: Keys = { ...programKeys, ...supervisordKeys };
/** Said by the pool, or not a key of programs. */
const ELSEWHERE = new Set(['environment', 'process_name', 'numprocs', 'command', 'directory', 'stdout_logfile', 'stderr_logfile']);
/** What single copies may have of their own. */
const INSTANCE = new Set(['command', 'directory', 'environment', 'stdout_logfile', 'stderr_logfile']);

/** The template of TOML for process_name, or null where TOML has none that gives the same names. */
function template(written: string, program: string, copies: readonly Built[]): string | null {
  const text = written
    .trim()
    .replaceAll('%(program_name)s', copies[0]?.spec.program ?? program)
    .replaceAll('%(group_name)s', '{group}')
    .replace(/%\(process_num\)(?:0(\d))?[ds]/g, (_, width?: string) => (width === undefined ? '{num}' : `{num:0${width}}`))
    .replaceAll('%%', '%');
  const named = copies.every(({ spec }) => {
    const filled = fillName(text, program, spec.group, spec.num);
    return 'name' in filled && filled.name === spec.name;
  });
  if (!named) return null;
  // The name of the program is better said as such.
  const own = copies[0]?.spec.program === program && text.startsWith(program) ? `{program}${text.slice(program.length)}` : text;
  const same = copies.every(({ spec }) => {
    const filled = fillName(own, program, spec.group, spec.num);
    return 'name' in filled && filled.name === spec.name;
  });
  return same ? own : text;
}

/** A key whose value differs from copy to copy, or is written by hand here. */
function special(p: ProgramToWrite, built: Built, key: string): string | null {
  const { spec, copy } = built;
  if (key === 'command') return copy.values.command === undefined ? null : tomlLine(KEYS, key, copy.values.command);
  if (key === 'environment') return Object.keys(copy.environment).length === 0 ? null : `environment = ${tomlTable(copy.environment)}`;
  if (key === 'directory')
    return copy.values.directory === undefined ? null : `directory = ${tomlString(p.path(key, spec.directory, copy.values.directory))}`;
  const channel = key === 'stdout_logfile' ? 'stdout' : 'stderr';
  const raw = copy.values[`${channel}_logfile`];
  if (raw === undefined) return null;
  if (raw === '') return `${key} = "none"`;
  const output = channel === 'stdout' ? spec.stdout : spec.stderr;
  const word = raw === 'none' || raw === 'auto' || raw === 'syslog';
  return `${key} = ${tomlString(word ? raw : p.path(key, output?.file ?? null, raw))}`;
}

/** supervisord allows less than nothing, TOML does not; both mean nothing. */
function atLeastZero(key: string, value: unknown): unknown {
  return typeof value === 'number' && !['priority', 'nice', 'oom_score_adj', 'numprocs_start'].includes(key) ? Math.max(0, value) : value;
}

/** Nothing differs but what copies of a pool may have of their own. */
function sameBut(a: ProgramValues, b: ProgramValues): boolean {
  const rest = (values: ProgramValues) =>
    JSON.stringify(
      Object.entries(values)
        .filter(([key]) => !INSTANCE.has(key) && key !== 'process_name')
        .toSorted(([x], [y]) => (x < y ? -1 : 1)),
    );
  return rest(a) === rest(b);
}

function poolLines(p: ProgramToWrite): Line[] {
  const lines: Line[] = [];
  const listener = p.own?.listener ?? null;
  const socket = p.own?.socket ?? null;
  if (listener !== null) {
    lines.push({ key: 'events', text: `events = ${tomlList(listener.events)}` });
    lines.push({ key: 'buffer_size', text: `buffer_size = ${listener.bufferSize}` });
  }
  if (socket !== null) {
    lines.push({ key: 'socket', text: tomlLine(poolKeys, 'fcgi_socket', socket.address) });
    if (socket.owner !== null && !socket.ownGroup)
      lines.push({ key: 'socket_owner', text: `fcgi_socket_owner = ${tomlString(socket.owner)}` });
    if ('unix' in socket.address && socket.mode !== poolKeys.fcgi_socket_mode.fallback)
      lines.push({ key: 'socket_mode', text: `fcgi_socket_mode = ${tomlOctal(socket.mode)}` });
    if (socket.backlog !== null) lines.push({ key: 'socket_backlog', text: `fcgi_socket_backlog = ${socket.backlog}` });
  }
  return lines;
}

function tableOf(p: ProgramToWrite, copies: readonly Built[], name: string, processName: string | null): Table[] {
  const [first] = copies;
  if (first === undefined) return [];
  const { values } = first.copy;
  const lines: Line[] = [{ key: null, text: 'rules = "supervisord"' }];
  for (const key of p.keys) {
    const known: Key<unknown> | undefined = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    const value = (values as Readonly<Record<string, unknown>>)[key];
    if (INSTANCE.has(key)) {
      const text = special(p, first, key);
      if (text !== null) lines.push({ key, text });
    } else if (known !== undefined && value !== undefined && !ELSEWHERE.has(key)) {
      // A copy that stands alone has its own number.
      const own = key === 'numprocs_start' && copies.length === 1 ? first.spec.num : value;
      if (key === 'serverurl' && value === '') lines.push({ key, text: 'control = false' });
      else if (key !== 'numprocs_start' || own !== 0) lines.push({ key, text: tomlLine(KEYS, key, atLeastZero(key, own)) });
    } else if (key === 'numprocs' && copies.length > 1) {
      lines.push({ key, text: tomlLine(KEYS, key, values.numprocs) });
    }
  }
  if (copies.length === 1 && first.spec.num !== 0 && !p.keys.includes('numprocs_start'))
    lines.push({ key: null, text: `numprocs_start = ${first.spec.num}` });
  if (processName !== null && processName !== '{program}')
    lines.push({ key: 'process_name', text: `process_name = ${tomlString(processName)}` });
  lines.push(...poolLines(p));
  const tables: Table[] = [{ header: `[programs.${tomlKey(name)}]`, lines }];
  for (const built of copies.slice(1)) {
    const own = [...INSTANCE].flatMap((key) => {
      const text = special(p, built, key);
      return text === null || text === special(p, first, key) ? [] : [{ key: null, text }];
    });
    if (own.length > 0) tables.push({ header: `[programs.${tomlKey(name)}.instance.${built.spec.num}]`, lines: own });
  }
  return tables;
}

/** The tables of a program, and the names its programs have in TOML: one, or one for each copy where TOML cannot say them together. */
export function programTables(p: ProgramToWrite): { readonly names: readonly string[]; readonly tables: readonly Table[] } {
  const [first] = p.copies;
  if (first === undefined) return { names: [], tables: [] };
  const name = template(p.processName, p.name, p.copies);
  // A copy whose environment lacks a variable that the first one has cannot be said as a difference from it.
  const subset = p.copies.every(({ copy }) =>
    Object.keys(first.copy.environment).every((variable) => Object.hasOwn(copy.environment, variable)),
  );
  const pool = p.copies.length === 1 || (subset && p.copies.every(({ copy }) => sameBut(copy.values, first.copy.values)));
  if (name !== null && pool) return { names: [p.name], tables: tableOf(p, p.copies, p.name, name) };
  if (p.copies.length === 1) return { names: [p.name], tables: tableOf(p, p.copies, p.name, first.spec.name) };
  const single = (built: Built) => `${p.name}-${built.spec.num}`;
  return {
    // As supervisord orders them: _10 before _2.
    names: p.copies.toSorted((a, b) => (a.spec.name < b.spec.name ? -1 : 1)).map(single),
    tables: p.copies.flatMap((built) => tableOf(p, [built], single(built), built.spec.name)),
  };
}
