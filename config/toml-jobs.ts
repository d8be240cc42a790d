// [jobs], [jobs.NAME], [breakers] and [breakers.NAME] of TOML files. In [jobs] and [breakers] a key of the table of settings is a
// setting, and every other one is a job or a breaker.
import { envFiles } from './env-files.ts';
import { resolveFrom } from './paths.ts';
import { isTable } from './kind.ts';
import { jobOf } from './job.ts';
import { didYouMean } from './nearest.ts';
import { shown } from './problems.ts';
import { breakerKeys, breakerSettingKeys, jobKeys, jobSettingKeys } from './job-schema.ts';
import { laterKeys } from './later-keys.ts';
import { filled, keyName, readTable } from './table.ts';
import { autoDirectory, badName, TOML_HINTS } from './toml-program.ts';
import type { JobSettingValues } from './job-schema.ts';
import type { BreakerSpec, JobSpec } from './job-spec.ts';
import type { JobContext, JobDecl } from './job.ts';
import type { Keys, Values } from './table.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { TomlFile } from './toml-file.ts';

type Table = Readonly<Record<string, unknown>>;

/** What people write from habit, and how it is called in a job. */
const HINTS: Readonly<Record<string, string>> = {
  ...TOML_HINTS,
  cron: 'write schedule',
  interval: 'write every',
  max_runtime: 'write timeout',
  restart: 'a job is not restarted; write retries',
  startretries: 'write retries',
  depends_on: 'write after',
  numprocs: 'write max_parallel and overlap = "allow"',
  autostart: 'write enabled',
  retry_base: 'write retry_delay',
  tz: 'write timezone',
};

/** A table whose keys are settings, and names of tables. */
type NamedTable = 'jobs' | 'breakers' | 'alerts';

/** The settings of a table whose other keys are names: all files together, each key once. */
export function tomlNameless<K extends Keys>(c: ReadContext, files: readonly TomlFile[], table: NamedTable, keys: K): Values<K> {
  const word = table.slice(0, -1);
  const seen = new Map<string, TomlFile>();
  let values: Values<K> = {};
  for (const file of files) {
    const raw = file.data[table];
    const mine: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(isTable(raw) ? raw : {})) {
      if (!Object.hasOwn(keys, name)) continue;
      const place = file.place([table, name]);
      const first = seen.get(name);
      if (first !== undefined) {
        const at = first.place([table, name]);
        c.report.error(place, keyName(table, [name]), `${table}.${name} is already written in ${at.file}:${at.line}`);
      } else if (isTable(value) && (name !== 'history' || value['command'] !== undefined))
        c.report.error(place, keyName(table, [name]), `"${name}" is a setting of [${table}] and cannot be the name of a ${word}`, `call the ${word} something else`);
      else mine[name] = value;
      seen.set(name, file);
    }
    values = { ...values, ...readTable(keys, mine, { name: table, report: c.report, place: (path) => file.place([table, ...path]) }) };
  }
  return values;
}

/** The named tables of one file. */
export function tomlNamed(c: ReadContext, file: TomlFile, table: NamedTable | 'checks' | 'fixes', settings: Keys): [string, Table][] {
  const all = file.data[table];
  const out: [string, Table][] = [];
  for (const [name, raw] of Object.entries(isTable(all) ? all : {})) {
    if (Object.hasOwn(settings, name)) continue;
    const key = keyName(table, [name]);
    const place = file.place([table, name]);
    if (!isTable(raw)) {
      const meant = didYouMean(name, Object.keys(settings));
      c.report.error(place, key, meant === null ? `expected a table, got ${shown(raw)}` : 'unknown key', meant ?? `write [${table}.NAME] above the key`);
      continue;
    }
    const bad = badName(name);
    if (bad !== null) c.report.error(place, key, bad);
    out.push([name, raw]);
  }
  return out;
}

/** A table of a file that says what a run executes: its values, and what surrounds them. */
export interface RunTable<K extends Keys> {
  readonly name: string;
  readonly values: Values<K>;
  readonly context: JobContext;
}

/** Jobs, checks or fixes of one file in the order of the file. `taken` holds the names of automatic log files so far. */
export function tomlRuns<K extends Keys>(
  c: ReadContext,
  file: TomlFile,
  settings: Settings,
  defaults: JobSettingValues,
  taken: Set<string>,
  what: { readonly table: 'jobs' | 'checks' | 'fixes'; readonly role: JobSpec['role']; readonly keys: K; readonly settings: Keys; readonly hints?: Readonly<Record<string, string>> },
): RunTable<K>[] {
  const { table, role, keys } = what;
  return tomlNamed(c, file, table, what.settings).map(([name, raw]) => {
    const title = keyName(table, [name]);
    const place = (path: readonly (string | number)[]) => file.place([table, name, ...path]);
    const values = readTable(keys, raw, { name: title, report: c.report, place, later: laterKeys.programs, hints: { ...HINTS, ...what.hints } });
    const directory = autoDirectory(c, settings);
    const log = `${role}-${name}`;
    const base = taken.has(log) ? `${log}-${role}` : log;
    taken.add(base);
    const context: JobContext = {
      role,
      name: role === 'job' ? name : `${role}:${name}`,
      title,
      report: c.report,
      place: (key, index) => place(key === '' ? [] : index === undefined ? [key] : [key, index]),
      isWritten: (key) => raw[key] !== undefined,
      path: (path) => resolveFrom(file.here, path),
      environment: {
        ...settings.daemon.environment,
        ...envFiles(c, values, file.here, (message, index) => c.report.error(place(['env_file', index]), `${title}.env_file`, message)),
      },
      settings,
      defaults,
      zone: () => c.port.timezone ?? 'UTC',
      autoFile: (channel) => (directory === null ? null : `${directory}/${base}${channel === 'stdout' ? '' : '.err'}.log`),
    };
    return { name, values, context };
  });
}

/** Jobs of one file in the order of the file. */
export function tomlJobs(c: ReadContext, file: TomlFile, settings: Settings, defaults: JobSettingValues, taken: Set<string>): JobDecl[] {
  return tomlRuns(c, file, settings, defaults, taken, { table: 'jobs', role: 'job', keys: jobKeys, settings: jobSettingKeys }).map(({ values, context }) => jobOf(values, context));
}

/** Breakers of one file in the order of the file. */
export function tomlBreakers(c: ReadContext, file: TomlFile): BreakerSpec[] {
  return tomlNamed(c, file, 'breakers', breakerSettingKeys).map(([name, raw]) => {
    const place = (path: readonly (string | number)[]) => file.place(['breakers', name, ...path]);
    const values = readTable(breakerKeys, raw, { name: keyName('breakers', [name]), report: c.report, place });
    const { failures, successes, trials, cooldown } = filled(breakerKeys, values, 'toml');
    return { name, failures, successes, trials, cooldownMs: cooldown, origin: place([]) };
  });
}
