// The public entry: a path -> a Config, or every problem with it.
import { readAlerts } from './alerts.ts';
import { dialectOf } from './dialect.ts';
import { iniGroups, iniPrograms } from './ini-read.ts';
import { iniSettings } from './ini-settings.ts';
import { loadIni } from './ini-file.ts';
import { readJobs } from './jobs.ts';
import { newReport, shown } from './problems.ts';
import { onlyThese } from './only.ts';
import { resolveFrom } from './paths.ts';
import { reason } from './env-files.ts';
import { checkRoot, tomlSettings } from './toml-settings.ts';
import { tomlGroups, tomlPrograms } from './toml-read.ts';
import { parseTomlFile } from './toml-file.ts';
import { treeOf } from './tree.ts';
import type { Config, Origin, Problem } from './spec.ts';
import type { ConfigPort, ReadOptions } from './port.ts';
import type { GroupDecl, ProgramDecl, ReadContext } from './declared.ts';
import type { IniUnit } from './ini-file.ts';
import type { TomlFile } from './toml-file.ts';

/** More files than this are a glob gone wrong. */
const MAX_FILES = 1000;

/** What a reading gives: a config when no problem is an error. */
export interface Reading {
  readonly config: Config | null;
  readonly problems: readonly Problem[];
}

interface Loaded {
  readonly tomls: TomlFile[];
  readonly inis: IniUnit[];
  /** Every file read, in order. */
  readonly files: string[];
  readonly dialect: 'toml' | 'ini' | null;
}

/** Bytes that are not UTF-8 became U+FFFD: a command with one in it is another command. supervisord lets such comments pass. */
function checkUtf8(c: ReadContext, file: string, text: string, dialect: 'toml' | 'ini'): void {
  const at = text.indexOf('\uFFFD');
  if (at < 0) return;
  const place = { file, line: text.slice(0, at).split('\n').length };
  const message = 'the file is not UTF-8 here (Latin-1?): convert it, e.g. by iconv -f latin1 -t utf8';
  if (dialect === 'toml') c.report.error(place, null, message);
  else c.report.warning(place, null, message);
}

/** Reads a file and what it includes. `chain` is the way from the main file, to refuse cycles. */
function load(c: ReadContext, file: string, from: Origin, chain: readonly string[], out: Omit<Loaded, 'dialect'>): 'toml' | 'ini' | null {
  if (chain.includes(file)) {
    c.report.error(from, 'include', `files cannot include themselves: ${[...chain.slice(chain.indexOf(file)), file].join(' -> ')}`);
    return null;
  }
  if (out.files.includes(file)) return null;
  if (out.files.length === MAX_FILES) {
    c.report.error(from, 'include', `more than ${MAX_FILES} files are included`);
    return null;
  }
  let text: string;
  try {
    text = c.port.readFile(file);
  } catch (error) {
    c.report.error(from, chain.length === 0 ? null : 'include', `cannot read ${file}: ${reason(error)}`);
    return null;
  }
  out.files.push(file);
  const dialect = (chain.length === 0 ? c.options.dialect : undefined) ?? dialectOf(text, file);
  checkUtf8(c, file, text, dialect);
  const follow = (found: string, place: Origin) => {
    load(c, found, place, [...chain, file], out);
  };
  if (dialect === 'ini') {
    const unit = loadIni(c, file, text, follow, out.files);
    if (unit !== null) out.inis.push(unit);
    return dialect;
  }
  const parsed = parseTomlFile(file, text, c.report);
  if (parsed === null) return dialect;
  out.tomls.push(parsed);
  const written = parsed.data['include'];
  const patterns: readonly unknown[] = written === undefined ? [] : Array.isArray(written) ? written : [written];
  patterns.forEach((pattern, index) => {
    const place = parsed.place(['include', index]);
    if (typeof pattern !== 'string' || pattern === '') {
      c.report.error(place, 'include', `expected a file or a pattern, got ${shown(pattern)}`);
      return;
    }
    const found = c.port.glob(resolveFrom(parsed.here, pattern));
    if (found.length === 0) c.report.warning(place, 'include', `no file matches ${resolveFrom(parsed.here, pattern)}`);
    for (const one of found) if (one !== file || !/[*?[]/.test(pattern)) follow(one, place);
  });
  return dialect;
}

/** Refuses a second program or group of a name, naming both places. Of those of INI files the tree knows which one counts. */
function unique<T extends { readonly name: string; readonly origin: Origin; readonly dialect: 'toml' | 'ini' }>(
  c: ReadContext,
  kind: string,
  decls: readonly T[],
): T[] {
  const seen = new Map<string, T>();
  const more: T[] = [];
  for (const decl of decls) {
    const first = seen.get(decl.name);
    if (first === undefined) seen.set(decl.name, decl);
    else if (decl.dialect === 'ini' && first.dialect === 'ini') more.push(decl);
    else
      c.report.error(
        decl.origin,
        `${kind}s.${decl.name}`,
        `${kind} "${decl.name}" is already written in ${first.origin.file}:${first.origin.line}`,
      );
  }
  return [...seen.values(), ...more];
}

function settingsOf(c: ReadContext, loaded: Loaded) {
  const [unit] = loaded.inis;
  if (loaded.dialect !== 'ini' || unit === undefined) return tomlSettings(c, loaded.tomls);
  for (const file of loaded.tomls) {
    for (const table of ['daemon', 'api', 'ctl']) {
      if (file.data[table] !== undefined)
        c.report.error(
          file.place([table]),
          table,
          `the main file ${unit.file} is an INI and has the say`,
          `write it in [${table === 'daemon' ? 'supervisord' : table === 'ctl' ? 'supervisorctl' : 'inet_http_server'}] there`,
        );
    }
  }
  return { ...iniSettings(c, unit), logs: tomlSettings(c, loaded.tomls).logs };
}

/** By file in the order read, then by line: the way a person mends them. */
function sorted(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  // Files that only a file names (env_file) come last.
  const rank = (file: string) => (files.includes(file) ? files.indexOf(file) : files.length);
  return problems.toSorted((a, b) => rank(a.file) - rank(b.file) || a.line - b.line);
}

/** Reads the configuration at `path` (relative to port.cwd). Never throws for what files contain: all problems come back at once. */
export function readConfig(path: string, port: ConfigPort, options: ReadOptions = {}): Reading {
  const report = newReport();
  const c: ReadContext = { port, options, report };
  const file = resolveFrom(port.cwd, path);
  const root: Origin = { file, line: 0 };
  const files: Omit<Loaded, 'dialect'> = { tomls: [], inis: [], files: [] };
  const loaded: Loaded = { ...files, dialect: load(c, file, root, [], files) };
  if (loaded.tomls.length + loaded.inis.length === 0) return { config: null, problems: sorted(report.list, loaded.files) };
  for (const toml of loaded.tomls) checkRoot(c, toml);
  const settings = settingsOf(c, loaded);
  const taken = new Set<string>();
  const programs: ProgramDecl[] = [
    ...loaded.tomls.flatMap((toml) => tomlPrograms(c, toml, settings, taken)),
    ...loaded.inis.flatMap((ini) => iniPrograms(c, ini, settings, loaded.dialect === 'ini')),
  ];
  const groups: GroupDecl[] = [
    ...loaded.tomls.flatMap((toml) => tomlGroups(c, toml)),
    ...loaded.inis.flatMap((ini) => iniGroups(c, ini, settings, loaded.dialect === 'ini')),
  ];
  const tree = treeOf(
    unique(c, 'program', programs),
    unique(c, 'group', groups),
    settings.daemon,
    loaded.dialect === 'ini',
    loaded.files,
    report,
  );
  const jobs = readJobs(c, loaded.tomls, loaded.inis, settings, tree, taken);
  const alerts = readAlerts(c, loaded.tomls, loaded.inis, settings, { tree, ...jobs });
  const only = options.only === undefined ? { tree, jobs: jobs.jobs } : onlyThese(tree, jobs.jobs, options.only, report, root);
  if (report.failed() || loaded.dialect === null) return { config: null, problems: sorted(report.list, loaded.files) };
  const { daemon, api, ctl } = settings;
  return {
    config: { dialect: loaded.dialect, file, files: loaded.files, daemon, api, ctl, ...jobs, ...alerts, ...only },
    problems: sorted(report.list, loaded.files),
  };
}
