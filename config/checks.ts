// All checks and fixes of a configuration, whichever files say them: what they run, and what they say of each other.
import { checkKeys, EVERY_MS, fixKeys, issueKeys, runKeys } from './check-schema.ts';
import { iniRuns, iniSingle } from './ini-jobs.ts';
import { jobKeys } from './job-schema.ts';
import { jobOf } from './job.ts';
import { didYouMean } from './nearest.ts';
import { filled, keyName, readTable } from './table.ts';
import { tomlRuns } from './toml-jobs.ts';
import { isTable } from './kind.ts';
import type { CheckSpec, FixSpec, IssueSettings, RemedySpec } from './check-spec.ts';
import type { CheckValues, FixValues, IssueValues } from './check-schema.ts';
import type { JobSettingValues, JobValues } from './job-schema.ts';
import type { JobContext, JobDecl } from './job.ts';
import type { GroupSpec, IntensitySpec, MemberSpec, Origin } from './spec.ts';
import type { ReadContext, Settings } from './declared.ts';
import type { Keys } from './table.ts';
import type { IniUnit } from './ini-file.ts';
import type { Report } from './problems.ts';
import type { RunTable } from './toml-jobs.ts';
import type { TomlFile } from './toml-file.ts';

/** A fix as declared; whom it names is looked up when all are known. */
interface FixDecl {
  readonly spec: FixSpec;
  readonly values: FixValues;
  readonly context: JobContext;
}

export interface CheckReading {
  readonly checks: readonly CheckSpec[];
  readonly fixes: readonly FixDecl[];
  readonly issueSettings: IssueSettings;
  /** What they run. */
  readonly jobs: readonly JobDecl[];
}

const NO_LIMIT: IntensitySpec = { max: null, windowMs: 60_000 };
const REMEDIES = ['command', 'restart', 'signal', 'scale', 'run'] as const;
/** Words that people write from other tools, and how a check or fix says it. */
const HINTS = { interval: 'write every', delta: 'write every (a check) or retry_delay (a fix)', retries: 'write attempts', max_attempts: 'write attempts', handler: 'write command', check: 'write for', checks: 'write for', raises: 'write on_error' };

/** The values that a job has too: some names mean something else here. */
function among(values: CheckValues | FixValues, keys: Keys): JobValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(keys, name))) as JobValues;
}

/** The timeout that holds is always said: no warning about one that is not written. */
function bounded(context: JobContext): JobContext {
  return { ...context, isWritten: (key) => key === 'timeout' || context.isWritten(key) };
}

function checkOf({ name, values, context }: RunTable<typeof checkKeys>): { readonly check: CheckSpec; readonly job: JobDecl } {
  const v = filled(checkKeys, values, 'toml');
  if (values.exit_severity !== undefined && v.output !== 'exit')
    context.report.error(context.place('exit_severity'), keyName(context.title, ['exit_severity']), 'exit_severity does nothing without output = "exit"');
  const own: JobValues = {
    ...among(values, jobKeys), timeout: v.timeout, dead_letters: false, max_parallel: v.max_parallel,
    ...(values.schedule === undefined && values.every === undefined ? { every: EVERY_MS } : {}),
    // An exit code that is an issue is no failure of the run.
    ...(v.output === 'exit' ? { exit_codes: Object.fromEntries(Object.keys(v.exit_severity).map((code) => [code, 'success' as const])) } : {}),
  };
  return {
    job: jobOf(own, bounded(context)),
    check: {
      name, output: v.output, exitSeverity: v.exit_severity, severity: v.severity, autoClose: v.auto_close, onError: v.on_error, maxIssues: v.max_issues, maxFixes: values.max_fixes ?? NO_LIMIT,
      origin: context.place(''),
    },
  };
}

function remedyOf(values: FixValues): RemedySpec {
  if (values.restart !== undefined) return { kind: 'restart', name: values.restart };
  if (values.signal !== undefined) return { kind: 'signal', ...values.signal };
  if (values.scale !== undefined) return { kind: 'scale', ...values.scale };
  if (values.run !== undefined) return { kind: 'run', job: values.run };
  return { kind: 'command' };
}

function fixOf({ name, values, context }: RunTable<typeof fixKeys>): { readonly fix: FixDecl; readonly job: JobDecl | null } {
  const v = filled(fixKeys, values, 'toml');
  const written = REMEDIES.filter((key) => context.isWritten(key));
  if (written.length !== 1) {
    const why = written.length === 0 ? 'the fix does nothing' : `a fix does one thing, and this one has ${written.join(' and ')}`;
    context.report.error(context.place(written[1] ?? ''), context.title, why, 'write one of command, restart, signal, scale and run');
  }
  const remedy = remedyOf(values);
  const job = remedy.kind !== 'command' || written.length === 0 ? null : jobOf({ ...among(values, runKeys), timeout: v.timeout, dead_letters: false, max_parallel: v.max_parallel, exit_codes: {} }, bounded(context));
  const spec: FixSpec = {
    name, code: values.code ?? name, checks: values.for ?? null, remedy, enabled: v.enabled, timeoutMs: v.timeout === 0 ? null : v.timeout, attempts: v.attempts, retryDelayMs: v.retry_delay, verify: v.verify, cooldownMs: v.cooldown,
    maxFixes: values.max_fixes ?? NO_LIMIT, maxParallel: v.max_parallel, escalate: v.escalate === 'alert' ? null : v.escalate, origin: context.place(''),
  };
  return { fix: { spec, values, context }, job };
}

function issuesOf(c: ReadContext, tomls: readonly TomlFile[], inis: readonly IniUnit[], settings: Settings): IssueSettings {
  let values: IssueValues = {};
  let first: Origin | null = null;
  for (const file of tomls) {
    const raw = file.data['issues'];
    if (!isTable(raw)) continue;
    const place = file.place(['issues']);
    if (first !== null) c.report.error(place, 'issues', `[issues] is already written in ${first.file}:${first.line}`);
    first ??= place;
    values = { ...values, ...readTable(issueKeys, raw, { name: 'issues', report: c.report, place: (path) => file.place(['issues', ...path]) }) };
  }
  for (const unit of inis) values = { ...values, ...iniSingle(c, unit, settings, 'issues', issueKeys) };
  return { retentionMs: filled(issueKeys, values, 'toml').retention };
}

/** The first of each name; a second one is an error that names both places. */
function unique<T extends { readonly name: string; readonly context: JobContext }>(word: string, all: readonly T[]): readonly T[] {
  const seen = new Map<string, Origin>();
  return all.filter(({ name, context }) => {
    const first = seen.get(name);
    if (first !== undefined) context.report.error(context.place(''), context.title, `${word} ${JSON.stringify(name)} is already written in ${first.file}:${first.line}`);
    seen.set(name, first ?? context.place(''));
    return first === undefined;
  });
}

/** Reads checks and fixes. `taken` holds the names of automatic log files so far. */
export function readChecks(c: ReadContext, tomls: readonly TomlFile[], inis: readonly IniUnit[], settings: Settings, defaults: JobSettingValues, taken: Set<string>): CheckReading {
  const checks = unique('check', [
    ...tomls.flatMap((file) => tomlRuns(c, file, settings, defaults, taken, { table: 'checks', role: 'check', keys: checkKeys, settings: {}, hints: HINTS })),
    ...inis.flatMap((unit) => iniRuns(c, unit, settings, defaults, 'check', checkKeys)),
  ]).map(checkOf);
  const fixes = unique('fix', [
    ...tomls.flatMap((file) => tomlRuns(c, file, settings, defaults, taken, { table: 'fixes', role: 'fix', keys: fixKeys, settings: {}, hints: HINTS })),
    ...inis.flatMap((unit) => iniRuns(c, unit, settings, defaults, 'fix', fixKeys)),
  ]).map(fixOf);
  return {
    checks: checks.map(({ check }) => check), fixes: fixes.map(({ fix }) => fix), issueSettings: issuesOf(c, tomls, inis, settings),
    jobs: [...checks.map(({ job }) => job), ...fixes.flatMap(({ job }) => job ?? [])],
  };
}

/** Everything that a restart or a signal may name: groups, programs, processes. */
function namesOf(member: MemberSpec): readonly string[] {
  return member.kind === 'process' ? [member.id, member.name, member.program] : [`${member.name}:*`, member.name, ...member.members.flatMap(namesOf)];
}

function programsOf(member: MemberSpec): readonly string[] {
  return member.kind === 'process' ? [member.program] : member.members.flatMap(programsOf);
}

/** Refuses names that are nobody's, chains of escalation that come back, and two fixes for one thing. */
export function linkFixes(decls: readonly FixDecl[], checks: readonly CheckSpec[], jobs: readonly { readonly name: string; readonly role: string }[], tree: GroupSpec, report: Report): readonly FixSpec[] {
  const all = new Set(checks.map((check) => check.name));
  const fixes = new Map(decls.map(({ spec }) => [spec.name, spec]));
  const plain = jobs.filter((job) => job.role === 'job').map((job) => job.name);
  for (const { spec, values, context } of decls) {
    const no = (key: string, message: string, hint: string | null, index?: number): void => report.error(context.place(key, index), keyName(context.title, [key]), message, hint);
    const known = (key: 'restart' | 'signal' | 'scale' | 'run' | 'escalate', what: string, name: string, among: Iterable<string>): void => {
      const set = new Set(among);
      if (!set.has(name)) no(key, `there is no ${what} ${JSON.stringify(name)}`, didYouMean(name, set));
    };
    (values.for ?? []).forEach((name, index) => {
      if (!all.has(name)) no('for', `there is no check ${JSON.stringify(name)}`, didYouMean(name, all), index);
    });
    const { remedy } = spec;
    if (remedy.kind === 'restart' || remedy.kind === 'signal') known(remedy.kind, 'program, process or group', remedy.name, tree.members.flatMap(namesOf));
    if (remedy.kind === 'scale') known('scale', 'program', remedy.name, tree.members.flatMap(programsOf));
    if (remedy.kind === 'run') known('run', 'job', remedy.job, plain);
    if (spec.escalate !== null) known('escalate', 'fix', spec.escalate, fixes.keys());
    if (comesBack(spec, fixes)) no('escalate', `fixes cannot hand an issue on in a circle: ${circle(spec, fixes).join(' -> ')}`, null);
    const twin = decls.find((other) => other.spec !== spec && other.spec.code === spec.code && overlap(other.spec, spec));
    if (twin !== undefined && decls.findIndex((one) => one === twin) < decls.findIndex((one) => one.spec === spec))
      no('code', `fix ${JSON.stringify(twin.spec.name)} handles code ${JSON.stringify(spec.code)} too${spec.checks === null ? '' : ` of check ${spec.checks.filter((name) => twin.spec.checks?.includes(name)).join(', ')}`}`, 'write for = "CHECK" in one of them');
  }
  return decls.map(({ spec }) => spec);
}

/** Both for everybody, or for the same check. One that names its checks goes before one that does not. */
function overlap(a: FixSpec, b: FixSpec): boolean {
  if (a.checks === null || b.checks === null) return a.checks === b.checks;
  return a.checks.some((name) => b.checks?.includes(name) === true);
}

function circle(from: FixSpec, fixes: ReadonlyMap<string, FixSpec>): readonly string[] {
  const path = [from.name];
  for (let next = from.escalate; next !== null && path.length <= fixes.size; next = fixes.get(next)?.escalate ?? null) {
    path.push(next);
    if (next === from.name) break;
  }
  return path;
}

function comesBack(from: FixSpec, fixes: ReadonlyMap<string, FixSpec>): boolean {
  return from.escalate !== null && circle(from, fixes).slice(1).includes(from.name);
}
