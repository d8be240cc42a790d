// All alerts of a configuration, whichever files say them: [alerts] and [alerts.NAME] of TOML, [alerts] and [alert:NAME] of INI.
import { alertOf } from './alert.ts';
import { alertKeys, alertSettingKeys } from './alert-schema.ts';
import { scope } from './expand.ts';
import { envNames } from './ini-file.ts';
import { badIniName } from './ini-program.ts';
import { sectionsOf } from './ini-read.ts';
import { iniValues } from './ini-section.ts';
import { filePath, NO_SECTION } from './ini-settings.ts';
import { warnUnknown } from './ini-keys.ts';
import { iniSingle } from './ini-jobs.ts';
import { didYouMean } from './nearest.ts';
import { resolveFrom } from './paths.ts';
import { filled, keyName, readTable } from './table.ts';
import { tomlNamed, tomlNameless } from './toml-jobs.ts';
import type { AlertSpec } from './alert-spec.ts';
import type { AlertSettingValues } from './alert-schema.ts';
import type { JobSpec, BreakerSpec } from './job-spec.ts';
import type { Config, GroupSpec, MemberSpec, Origin } from './spec.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { IniUnit } from './ini-file.ts';
import type { TomlFile } from './toml-file.ts';

/** An alert, and where each of its keys stands. */
interface Decl {
  readonly spec: AlertSpec;
  readonly title: string;
  readonly place: (key: string, index?: number) => Origin;
}

function tomlAlerts(c: ReadContext, file: TomlFile): Decl[] {
  return tomlNamed(c, file, 'alerts', alertSettingKeys).map(([name, raw]) => {
    const title = keyName('alerts', [name]);
    const place = (path: readonly (string | number)[]): Origin => file.place(['alerts', name, ...path]);
    const values = readTable(alertKeys, raw, { name: title, report: c.report, place });
    const spec = alertOf(values, {
      name, here: file.here, origin: place([]), path: (path) => resolveFrom(file.here, path),
      // A key that is there and wrong was complained about already.
      complain: (key, message, hint) => {
        if (key !== '' || raw['on'] === undefined || values.on !== undefined) c.report.error(place(key === '' ? [] : [key]), keyName(title, key === '' ? [] : [key]), message, hint ?? null);
      },
    });
    return { spec, title, place: (key, index) => place(index === undefined ? [key] : [key, index]) };
  });
}

function iniAlerts(c: ReadContext, unit: IniUnit, settings: Settings): Decl[] {
  const own: IniUnit = { ...unit, defaults: NO_SECTION };
  return sectionsOf(unit, 'alert').map(({ section, name }) => {
    const bad = badIniName(name);
    if (bad !== null) c.report.error(section.place, section.name, bad);
    warnUnknown(c, section, 'alert', Object.keys(alertKeys));
    const values = iniValues(c, own, section, alertKeys, () => envNames(c, settings.daemon.environment, scope({ here: unit.here })));
    const place = (key: string): Origin => section.keys.get(key)?.place ?? section.place;
    const spec = alertOf(values, {
      name, here: unit.here, origin: section.place, path: (path) => filePath(c, path),
      complain: (key, message, hint) => {
        if (key !== '' || !section.keys.has('on') || values.on !== undefined) c.report.error(place(key), key === '' ? section.name : `${section.name}.${key}`, message, hint ?? null);
      },
    });
    return { spec, title: section.name, place };
  });
}

/** Every name that a list may hold. */
function namesOf(member: MemberSpec): readonly string[] {
  return member.kind === 'process' ? [member.id, member.program] : [member.name, ...member.members.flatMap(namesOf)];
}

function checkNames(decl: Decl, programs: ReadonlySet<string>, jobs: ReadonlySet<string>, others: ReadonlySet<string>, c: ReadContext): void {
  const lists = [
    ['programs', programs, 'program, process or group'],
    ['jobs', jobs, 'job'],
    ['exclude', new Set([...programs, ...jobs, ...others]), 'program, process, group, job or breaker'],
  ] as const;
  for (const [key, known, word] of lists)
    decl.spec[key].forEach((name, index) => {
      if (name.includes('*') || known.has(name)) return;
      c.report.error(decl.place(key, index), keyName(decl.title, [key]), `there is no ${word} ${JSON.stringify(name)}`, didYouMean(name, known));
    });
}

/** Reads alerts. What they say of programs, jobs and breakers is looked up here. */
export function readAlerts(
  c: ReadContext, tomls: readonly TomlFile[], inis: readonly IniUnit[], settings: Settings,
  known: { readonly tree: GroupSpec; readonly jobs: readonly JobSpec[]; readonly breakers: readonly BreakerSpec[] },
): Pick<Config, 'alerts' | 'alertSettings'> {
  const overall: AlertSettingValues = Object.assign({}, tomlNameless(c, tomls, 'alerts', alertSettingKeys), ...inis.map((unit) => iniSingle(c, unit, settings, 'alerts', alertSettingKeys)));
  const decls = [...tomls.flatMap((file) => tomlAlerts(c, file)), ...inis.flatMap((unit) => iniAlerts(c, unit, settings))];
  const programs = new Set(known.tree.members.flatMap(namesOf));
  const jobs = new Set(known.jobs.map((job) => job.name));
  const breakers = new Set(known.breakers.map((breaker) => breaker.name));
  const seen = new Map<string, Origin>();
  for (const decl of decls) {
    const { name, origin } = decl.spec;
    const first = seen.get(name);
    if (first !== undefined) c.report.error(origin, `alerts.${name}`, `alert ${JSON.stringify(name)} is already written in ${first.file}:${first.line}`);
    seen.set(name, first ?? origin);
    checkNames(decl, programs, jobs, breakers, c);
  }
  return {
    alerts: decls.map((decl) => decl.spec),
    alertSettings: { enabled: filled(alertSettingKeys, overall, 'toml').enabled, link: overall.link ?? null },
  };
}
