// All jobs, checks, fixes and breakers of a configuration, whichever files say them.
import { linkFixes, readChecks } from './checks.ts';
import { iniBreakers, iniBreakerSettings, iniJobs, iniJobSettings } from './ini-jobs.ts';
import { linkJobs } from './job-links.ts';
import { breakerSettingKeys, jobSettingKeys } from './job-schema.ts';
import { filled } from './table.ts';
import { tomlBreakers, tomlJobs, tomlNameless } from './toml-jobs.ts';
import type { JobDecl } from './job.ts';
import type { Config, GroupSpec, Origin } from './spec.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { IniUnit } from './ini-file.ts';
import type { TomlFile } from './toml-file.ts';

/** The first of each name; a second one is an error that names both places. */
function unique<T>(c: ReadContext, word: string, all: readonly T[], of: (one: T) => { readonly name: string; readonly origin: Origin }): readonly T[] {
  const seen = new Map<string, Origin>();
  return all.filter((one) => {
    const { name, origin } = of(one);
    const first = seen.get(name);
    if (first !== undefined) c.report.error(origin, `${word}s.${name}`, `${word} ${JSON.stringify(name)} is already written in ${first.file}:${first.line}`);
    seen.set(name, first ?? origin);
    return first === undefined;
  });
}

/** Reads jobs, checks, fixes and breakers. `taken` holds the names of automatic log files so far; `main`: the main file is an INI. */
export function readJobs(
  c: ReadContext,
  tomls: readonly TomlFile[],
  inis: readonly IniUnit[],
  settings: Settings,
  tree: GroupSpec,
  taken: Set<string>,
): Pick<Config, 'jobs' | 'breakers' | 'jobSettings' | 'checks' | 'fixes' | 'issueSettings'> {
  const defaults = Object.assign({}, tomlNameless(c, tomls, 'jobs', jobSettingKeys), ...inis.map((unit) => iniJobSettings(c, unit, settings)));
  const overall = Object.assign({}, tomlNameless(c, tomls, 'breakers', breakerSettingKeys), ...inis.map((unit) => iniBreakerSettings(c, unit, settings)));
  const decls: JobDecl[] = [
    ...tomls.flatMap((file) => tomlJobs(c, file, settings, defaults, taken)),
    ...inis.flatMap((unit) => iniJobs(c, unit, settings, defaults)),
  ];
  const breakers = unique(
    c,
    'breaker',
    [...tomls.flatMap((file) => tomlBreakers(c, file)), ...inis.flatMap((unit) => iniBreakers(c, unit, settings))],
    (breaker) => breaker,
  );
  const { checks, fixes, issueSettings, jobs: theirs } = readChecks(c, tomls, inis, settings, defaults, taken);
  const jobs = linkJobs(
    [...unique(c, 'job', decls, ({ spec }) => spec), ...theirs],
    breakers,
    tree,
    c.report,
  );
  return {
    jobs,
    checks,
    fixes: linkFixes(fixes, checks, jobs, tree, c.report),
    issueSettings,
    breakers,
    jobSettings: {
      maxParallel: defaults.max_parallel ?? null,
      deadLetterMs: filled(jobSettingKeys, defaults, 'toml').dead_retention,
      breakersEnabled: filled(breakerSettingKeys, overall, 'toml').enabled,
    },
  };
}
