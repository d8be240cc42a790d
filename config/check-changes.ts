// What differs between two specifications of one check or fix, in the words of the file. Everything is taken at once: an attempt or a
// look that goes on ends under what it began with.
import { changesOf, plain, silent } from './changes.ts';
import type { FileValue, KeyChange, Rules } from './changes.ts';
import type { CheckSpec, FixSpec, IssueSettings, RemedySpec } from './check-spec.ts';
import { printDuration } from './duration.ts';
import { jobChanges } from './job-changes.ts';
import type { JobSpec } from './job-spec.ts';
import type { Config, IntensitySpec } from './spec.ts';

const rateText = ({ max, windowMs }: IntensitySpec): FileValue => (max === null ? null : `${max}/${printDuration(windowMs)}`);

function remedyParts(remedy: RemedySpec): readonly { readonly key: string; readonly value: FileValue }[] {
  switch (remedy.kind) {
    case 'command': return [];
    case 'restart': return [{ key: 'restart', value: remedy.name }];
    case 'signal': return [{ key: 'signal', value: `${remedy.name} ${remedy.signal}` }];
    case 'scale': return [{ key: 'scale', value: `${remedy.name} ${remedy.instances}` }];
    case 'run': return [{ key: 'run', value: remedy.job }];
    default: return remedy satisfies never;
  }
}

export const CHECK_RULES: Rules<CheckSpec, 'live'> = {
  name: silent('identity'),
  origin: silent('ignored'),
  output: plain('live', 'output'),
  exitSeverity: plain('live', 'exit_severity', (map) => Object.entries(map).map(([code, severity]) => `${code} ${severity}`)),
  severity: plain('live', 'severity'),
  autoClose: plain('live', 'auto_close'),
  onError: plain('live', 'on_error'),
  maxIssues: plain('live', 'max_issues'),
  maxFixes: plain('live', 'max_fixes', rateText),
};

export const FIX_RULES: Rules<FixSpec, 'live'> = {
  name: silent('identity'),
  origin: silent('ignored'),
  code: plain('live', 'code'),
  checks: plain('live', 'for'),
  remedy: { takes: 'live', parts: remedyParts },
  enabled: plain('live', 'enabled'),
  timeoutMs: plain('live', 'timeout', (ms) => (ms === null ? null : printDuration(ms))),
  attempts: plain('live', 'attempts'),
  retryDelayMs: plain('live', 'retry_delay', printDuration),
  verify: plain('live', 'verify'),
  cooldownMs: plain('live', 'cooldown', printDuration),
  maxFixes: plain('live', 'max_fixes', rateText),
  maxParallel: plain('live', 'max_parallel'),
  escalate: plain('live', 'escalate', (name) => name ?? 'alert'),
};

export const ISSUE_RULES: Rules<IssueSettings, 'live'> = {
  retentionMs: plain('live', 'issues.retention', printDuration),
};

/** Something that has a name and runs: a job, a check (`check:NAME`), a fix (`fix:NAME`), which may have no job. */
export interface Runner {
  readonly name: string;
  readonly job: JobSpec | null;
  readonly check: CheckSpec | null;
  readonly fix: FixSpec | null;
}

/** All of a configuration, in the order of its files. */
export function runnersOf({ jobs, checks, fixes }: Pick<Config, 'jobs' | 'checks' | 'fixes'>): readonly Runner[] {
  const known = jobs.map((job): Runner => ({
    name: job.name, job, check: checks.find((one) => `check:${one.name}` === job.name) ?? null, fix: fixes.find((one) => `fix:${one.name}` === job.name) ?? null,
  }));
  const bare = fixes.filter((fix) => fix.remedy.kind !== 'command').map((fix): Runner => ({ name: `fix:${fix.name}`, job: null, check: null, fix }));
  return [...known, ...bare];
}

/** What differs between two of one name; values of the environment and marked secrets are not in it. */
export function runnerChanges(before: Runner, after: Runner): readonly KeyChange<'live'>[] {
  const job = before.job && after.job ? jobChanges(before.job, after.job) : [];
  const check = before.check && after.check ? changesOf(CHECK_RULES, before.check, after.check) : [];
  const fix = before.fix && after.fix ? changesOf(FIX_RULES, before.fix, after.fix) : [];
  const said = new Set([...check, ...fix].map((change) => change.key));
  return [...job.filter((change) => !said.has(change.key)), ...check, ...fix];
}
