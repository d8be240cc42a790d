// What jobs and programs say of each other by name: chains and breakers. Looked up when everything is read.
import { didYouMean } from './nearest.ts';
import { keyName } from './table.ts';
import type { BreakerSpec, JobSpec } from './job-spec.ts';
import type { GroupSpec, MemberSpec, ProcessSpec } from './spec.ts';
import type { JobDecl } from './job.ts';
import type { Report } from './problems.ts';

/** Jobs in a row; more were made by a program that went wrong. */
const LONGEST_CHAIN = 1000;
const LISTS = ['after', 'on_success', 'on_failure'] as const;

/** Refuses names of jobs that are none. */
function checkNames(decl: JobDecl, names: ReadonlySet<string>, report: Report): void {
  for (const key of LISTS)
    (decl.values[key] ?? []).forEach((name, index) => {
      const title = keyName(decl.title, [key]);
      if (name === decl.spec.name) report.error(decl.place(key, index), title, `a job cannot follow itself: ${JSON.stringify(name)}`, 'schedule or every repeat a job, retries try it again');
      else if (!names.has(name)) report.error(decl.place(key, index), title, `there is no job ${JSON.stringify(name)}`, didYouMean(name, names));
    });
}

/** The jobs with who follows whom filled in. */
function withChains(decls: readonly JobDecl[], names: ReadonlySet<string>): readonly JobSpec[] {
  const known = (list: readonly string[]): readonly string[] => [...new Set(list)].filter((name) => names.has(name));
  const followers = new Map<string, string[]>();
  for (const { spec, values } of decls) for (const name of values.after ?? []) followers.set(name, [...(followers.get(name) ?? []), spec.name]);
  return decls.map(({ spec }) => ({
    ...spec,
    chains: { success: known([...spec.chains.success, ...(followers.get(spec.name) ?? [])]), failure: known(spec.chains.failure) },
  }));
}

/** A chain that comes back to its beginning would run for ever; each is told once, by its first job. */
function refuseCycles(jobs: readonly JobSpec[], decls: readonly JobDecl[], report: Report): void {
  const next = new Map(jobs.map(({ name, chains }) => [name, [...new Set([...chains.success, ...chains.failure])]]));
  const done = new Set<string>();
  const walk = (name: string, path: string[]): void => {
    if (done.has(name)) return;
    const at = path.indexOf(name);
    if (at >= 0 || path.length === LONGEST_CHAIN) {
      const decl = decls.find((one) => one.spec.name === name);
      const key = LISTS.find((one) => decl?.values[one] !== undefined) ?? '';
      const why = at >= 0 ? `jobs cannot follow each other in a circle: ${[...path.slice(at), name].join(' -> ')}` : `more than ${LONGEST_CHAIN} jobs follow each other`;
      if (decl !== undefined) report.error(decl.place(key), key === '' ? decl.title : keyName(decl.title, [key]), why);
      return;
    }
    for (const follower of next.get(name) ?? []) walk(follower, [...path, name]);
    done.add(name);
  };
  for (const { name } of jobs) walk(name, []);
}

function processesOf(member: MemberSpec): readonly ProcessSpec[] {
  return member.kind === 'process' ? [member] : member.members.flatMap(processesOf);
}

/** The jobs of a configuration, linked; whatever names something that is not there is reported. */
export function linkJobs(decls: readonly JobDecl[], breakers: readonly BreakerSpec[], tree: GroupSpec, report: Report): readonly JobSpec[] {
  const names = new Set(decls.map(({ spec }) => spec.name));
  const known = new Set(breakers.map((breaker) => breaker.name));
  const hint = (name: string): string => didYouMean(name, known) ?? `write [breakers.${name}]`;
  for (const decl of decls) {
    checkNames(decl, names, report);
    const { breaker } = decl.spec;
    if (breaker !== null && !known.has(breaker))
      report.error(decl.place('breaker'), keyName(decl.title, ['breaker']), `there is no breaker ${JSON.stringify(breaker)}`, hint(breaker));
  }
  const programs = new Set<string>();
  for (const process of processesOf(tree)) {
    if (process.breaker !== null && !known.has(process.breaker) && !programs.has(process.program))
      report.error(process.origin, keyName('programs', [process.program, 'breaker']), `there is no breaker ${JSON.stringify(process.breaker)}`, hint(process.breaker));
    programs.add(process.program);
    if (process.group === 'job' && names.has(process.name))
      report.error(process.origin, null, `the process "${process.id}" has the name of a job`, 'call the group something else');
  }
  const jobs = withChains(decls, names);
  refuseCycles(jobs, decls, report);
  return jobs;
}
