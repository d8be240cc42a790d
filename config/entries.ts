// What one process or job is configured to be, key by key, in the words of the file and without secrets. Pure.
import type { FileValue, Part, Rules } from './changes.ts';
import { JOB_RULES } from './job-changes.ts';
import { jobKeys } from './job-schema.ts';
import type { JobSpec } from './job-spec.ts';
import { PROCESS_RULES } from './process-changes.ts';
import { redactText } from './redact.ts';
import type { Origin, ProcessSpec } from './spec.ts';
import type { FindWritten } from './written.ts';

/** One key that is in force. */
export interface Entry {
  readonly key: string;
  readonly value: FileValue;
  /** null: the default holds. */
  readonly origin: Origin | null;
}

/** Keys that a key follows from where it is not written itself. */
const FOLLOWS: Readonly<Record<string, readonly string[]>> = {
  restart: ['autorestart', 'rules'], stop: ['stopsignal', 'stopwaitsecs', 'stopasgroup', 'killasgroup'], control: ['serverurl'], numprocs_start: ['numprocs'], restart_with: ['depends_on'],
  every: ['schedule'], schedule: ['every'], min: ['numprocs'],
};

/** Keys of [logs] that a key follows from last of all. */
const LOGS: Readonly<Record<string, string>> = {
  logfile: 'directory', logfile_maxbytes: 'maxbytes', logfile_backups: 'backups', log_gzip: 'gzip', log_tee: 'tee', log_format: 'format', log_timestamp: 'timestamp', strip_ansi: 'strip_ansi', log_full: 'full', log_ring: 'ring',
};

/** Which table of the file is meant, and which copy. */
interface Table {
  readonly path: readonly string[];
  readonly num: number;
}

function originOf(key: string, { path, num }: Table, find: FindWritten): Origin | null {
  const [first = '', ...rest] = key.split('.');
  // A variable's name may have dots in it.
  const parts = first === 'environment' ? ['environment', rest.join('.')] : [first, ...rest];
  const own = (...keys: readonly string[]): Origin | null => find([...path, 'instance', String(num), ...keys]) ?? find([...path, ...keys]);
  if (first === 'environment') return own(...parts) ?? find(['daemon', ...parts]) ?? own('env_file');
  const direct = own(...parts) ?? own(first) ?? (first === 'rlimits' ? own('limits', ...rest) : null);
  if (direct !== null) return direct;
  for (const other of FOLLOWS[first] ?? []) {
    const found = own(other);
    if (found !== null) return found;
  }
  const inLogs = LOGS[first.replace(/^std(out|err)_/, '')];
  return inLogs === undefined ? null : find(['logs', inLogs]);
}

/** Marked secrets are blotted out wherever they stand. */
function blotted(value: FileValue, spec: ProcessSpec): FileValue {
  if (typeof value === 'string') return redactText(value, spec);
  return Array.isArray(value) ? value.map((one: string | number) => (typeof one === 'string' ? redactText(one, spec) : one)) : value;
}

function partsOf<S extends object, T extends string>(rules: Rules<S, T>, spec: S): readonly Part<T>[] {
  return (Object.keys(rules) as (keyof S & string)[]).flatMap((field) => {
    const value = spec[field];
    return value === undefined ? [] : rules[field].parts(value as Required<S>[typeof field]);
  });
}

function entries(parts: readonly Part<string>[], spec: ProcessSpec, table: Table, find: FindWritten): readonly Entry[] {
  const out = new Map<string, Entry>();
  // A key that two fields speak of is said once; the one that says something wins.
  for (const { key, value, shown = value } of parts) {
    const before = out.get(key);
    if (before === undefined || before.value === null) out.set(key, { key, value: blotted(shown, spec), origin: originOf(key, table, find) });
  }
  return [...out.values()];
}

/** Every key of a table whose rules have no secrets, or hide them themselves. */
export function ruleEntries<S extends object, T extends string>(rules: Rules<S, T>, spec: S, path: readonly string[], find: FindWritten): readonly Entry[] {
  return partsOf(rules, spec).map(({ key, value, shown = value }) => ({ key, value: value === null || (Array.isArray(value) && value.length === 0) ? null : shown, origin: find([...path, ...key.split('.')]) ?? find([...path, key.split('.')[0] ?? '']) }));
}

/** Keys that say what it is rather than how: they are in the answer's own fields. */
const UNSAID = new Set(['program']);

/** Every key of a process that is in force. */
export function processEntries(spec: ProcessSpec, find: FindWritten): readonly Entry[] {
  const parts = partsOf(PROCESS_RULES, spec).filter((part) => !UNSAID.has(part.key));
  return entries(parts, spec, { path: ['programs', spec.program], num: spec.num }, find);
}

/** Tables of jobs, and of what is run as a job. */
const JOB_TABLES = { job: 'jobs', check: 'checks', fix: 'fixes' } as const;

/** Where in the file a job, check or fix is. */
export function tableOfJob(job: Pick<JobSpec, 'role' | 'name'>): readonly [table: string, name: string] {
  return [JOB_TABLES[job.role], job.role === 'job' ? job.name : job.name.slice(job.role.length + 1)];
}

/** Every key of a job that is in force: its own, and those of its runs that a job may have. */
export function jobEntries(job: JobSpec, find: FindWritten): readonly Entry[] {
  const ofRuns = partsOf(PROCESS_RULES, job.process).filter(({ key }) => Object.hasOwn(jobKeys, key.split('.')[0] ?? '') || key.startsWith('environment.'));
  const own = partsOf(JOB_RULES, job);
  const said = new Set(own.map((part) => part.key));
  return entries([...own, ...ofRuns.filter((part) => !said.has(part.key))], job.process, { path: tableOfJob(job), num: 0 }, find);
}
