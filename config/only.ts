// `reeved --only web,jobs`: everything is known, and only what is named starts by itself. For a developer's machine.
import { didYouMean } from './nearest.ts';
import type { JobSpec } from './job-spec.ts';
import type { GroupSpec, MemberSpec, Origin } from './spec.ts';
import type { Report } from './problems.ts';

/** All jobs, where no job or program is called so. */
const ALL_JOBS = 'jobs';

function withStarts(member: MemberSpec, only: ReadonlySet<string>, inside: boolean, seen: Set<string>): MemberSpec {
  const names = member.kind === 'group' ? [member.name] : [member.id, member.name, member.program];
  for (const name of names) seen.add(name);
  const named = inside || names.some((name) => only.has(name));
  if (member.kind === 'group') return { ...member, members: member.members.map((one) => withStarts(one, only, named, seen)) };
  return named ? member : { ...member, autostart: false };
}

/** The tree and jobs with what is not named down: autostart and enabled are false. Names that are none are reported. */
export function onlyThese(
  tree: GroupSpec,
  jobs: readonly JobSpec[],
  names: readonly string[],
  report: Report,
  place: Origin,
): { readonly tree: GroupSpec; readonly jobs: readonly JobSpec[] } {
  const only = new Set(names);
  const seen = new Set(jobs.map((job) => job.name));
  const members = tree.members.map((member) => withStarts(member, only, false, seen));
  const all = only.has(ALL_JOBS) && !seen.has(ALL_JOBS);
  for (const name of only)
    if (!seen.has(name) && !(all && name === ALL_JOBS)) report.error(place, null, `cannot start only ${JSON.stringify(name)}: there is no such program, group or job`, didYouMean(name, [...seen, ALL_JOBS]));
  return { tree: { ...tree, members }, jobs: jobs.map((job) => (all || only.has(job.name) ? job : { ...job, enabled: false })) };
}
