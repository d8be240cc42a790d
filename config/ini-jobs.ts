// [job:NAME], [breaker:NAME], [jobs] and [breakers] of a supervisord file: reeve's own sections, which supervisord does not look at. The
// keys are those of TOML with their rules and defaults; values are INI text, and paths are found as in the rest of the file.
import { envFiles } from './env-files.ts';
import { scope } from './expand.ts';
import { envNames } from './ini-file.ts';
import { warnUnknown } from './ini-keys.ts';
import { badIniName } from './ini-program.ts';
import { childLogDirectory, sectionsOf } from './ini-read.ts';
import { iniText, iniValue, iniValues } from './ini-section.ts';
import { filePath, NO_SECTION, readEnvironment } from './ini-settings.ts';
import { jobOf } from './job.ts';
import { breakerKeys, breakerSettingKeys, jobKeys, jobSettingKeys } from './job-schema.ts';
import * as ini from './ini-types.ts';
import { filled } from './table.ts';
import { autoDirectory } from './toml-program.ts';
import type { BreakerSettingValues, JobSettingValues } from './job-schema.ts';
import type { BreakerSpec, JobSpec } from './job-spec.ts';
import type { JobContext, JobDecl } from './job.ts';
import type { RunTable } from './toml-jobs.ts';
import type { Keys, Values } from './table.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { IniUnit } from './ini-file.ts';
import type { SectionKind } from './ini-keys.ts';

/** A section of settings: [jobs], [breakers], [alerts]. */
export function iniSingle<K extends Keys>(c: ReadContext, unit: IniUnit, settings: Settings, kind: SectionKind, keys: K): Values<K> {
  const section = unit.sections.get(kind);
  if (section === undefined) return {};
  warnUnknown(c, section, kind, Object.keys(keys));
  // [DEFAULT] of supervisord leaks into each of its sections; ours say everything themselves.
  const own = { ...unit, defaults: NO_SECTION };
  return iniValues(c, own, section, keys, () => envNames(c, settings.daemon.environment, scope({ here: unit.here })));
}

/** [jobs]: what holds for all jobs. */
export function iniJobSettings(c: ReadContext, unit: IniUnit, settings: Settings): JobSettingValues {
  return iniSingle(c, unit, settings, 'jobs', jobSettingKeys);
}

/** [breakers]: what holds for all breakers. */
export function iniBreakerSettings(c: ReadContext, unit: IniUnit, settings: Settings): BreakerSettingValues {
  return iniSingle(c, unit, settings, 'breakers', breakerSettingKeys);
}

/** Jobs, checks or fixes of one INI file and its pieces. */
export function iniRuns<K extends Keys>(c: ReadContext, unit: IniUnit, settings: Settings, defaults: JobSettingValues, role: JobSpec['role'], keys: K): RunTable<K>[] {
  const own: IniUnit = { ...unit, defaults: NO_SECTION };
  // Not /tmp, as for programs: what a run said is wanted long after.
  const logs = childLogDirectory(c, unit) ?? autoDirectory(c, settings);
  const strip = iniValue(c, unit, unit.sections.get('supervisord') ?? NO_SECTION, 'strip_ansi', ini.boolean, envNames(c, {})) === true;
  const mine: Settings = strip ? { ...settings, logs: { strip_ansi: true, ...settings.logs } } : settings;
  return sectionsOf(unit, role).map(({ section, name }) => {
    const bad = badIniName(name);
    if (bad !== null) c.report.error(section.place, section.name, bad);
    warnUnknown(c, section, role, Object.keys(keys));
    const names = scope({ job_name: name, host_node_name: c.port.hostname, here: unit.here }, envNames(c, settings.daemon.environment));
    const values = iniValues(c, own, section, keys, () => names, ['environment']);
    const environment = iniText(c, own, section, 'environment', names);
    const place = (key: string) => section.keys.get(key)?.place ?? section.place;
    const context: JobContext = {
      role,
      name: role === 'job' ? name : `${role}:${name}`,
      title: section.name,
      report: c.report,
      place,
      isWritten: (key) => section.keys.has(key),
      path: (path) => filePath(c, path),
      environment: {
        ...settings.daemon.environment,
        ...envFiles(c, values, unit.here, (message) => c.report.error(place('env_file'), `${section.name}.env_file`, message)),
      },
      settings: mine,
      defaults,
      zone: () => c.port.timezone ?? 'UTC',
      autoFile: (channel) => (logs === null ? null : `${logs}/${role}-${name}${channel === 'stdout' ? '' : '.err'}.log`),
    };
    return { name, values: environment === null ? values : { ...values, environment: readEnvironment(c, section, environment.text) }, context };
  });
}

/** Jobs of one INI file and its pieces. */
export function iniJobs(c: ReadContext, unit: IniUnit, settings: Settings, defaults: JobSettingValues): JobDecl[] {
  return iniRuns(c, unit, settings, defaults, 'job', jobKeys).map(({ values, context }) => jobOf(values, context));
}

/** Breakers of one INI file and its pieces. */
export function iniBreakers(c: ReadContext, unit: IniUnit, settings: Settings): BreakerSpec[] {
  const own: IniUnit = { ...unit, defaults: NO_SECTION };
  return sectionsOf(unit, 'breaker').map(({ section, name }) => {
    const bad = badIniName(name);
    if (bad !== null) c.report.error(section.place, section.name, bad);
    warnUnknown(c, section, 'breaker', Object.keys(breakerKeys));
    const values = iniValues(c, own, section, breakerKeys, () => envNames(c, settings.daemon.environment, scope({ here: unit.here })));
    const { failures, successes, trials, cooldown } = filled(breakerKeys, values, 'toml');
    return { name, failures, successes, trials, cooldownMs: cooldown, origin: section.place };
  });
}
