// What is in force, as `config show` prints it: each key in the words of the file, with the line that says it; without one a default. Pure.
import type { FileValue } from '../config/changes.ts';
import { API_RULES, DAEMON_RULES } from '../config/daemon-changes.ts';
import { jobEntries, processEntries, ruleEntries, tableOfJob } from '../config/entries.ts';
import type { Entry } from '../config/entries.ts';
import { BREAKER_RULES } from '../config/job-changes.ts';
import { GROUP_RULES } from '../config/process-changes.ts';
import type { Config, MemberSpec, Origin } from '../config/spec.ts';
import type { FindWritten } from '../config/written.ts';

const place = ({ file, line }: Origin): string => `${file}:${line}`;

function valueText(value: FileValue): string {
  return typeof value === 'object' ? `[${(value ?? []).map((one) => JSON.stringify(one)).join(', ')}]` : JSON.stringify(value);
}

/** Nothing of what is not set. */
function section(title: string, origin: Origin | null, entries: readonly Entry[]): readonly string[] {
  const lines = entries.filter(({ value }) => value !== null && !(Array.isArray(value) && value.length === 0)).map(({ key, value, origin: said }) => `  ${key} = ${valueText(value)}${said === null ? '' : `  # ${place(said)}`}`);
  return lines.length === 0 ? [] : [`${title}${origin === null ? '' : `  # ${place(origin)}`}`, ...lines, ''];
}

/** Groups before their members; groups that only hold one program of their own say nothing. */
function memberLines(member: MemberSpec, find: FindWritten): readonly string[] {
  if (member.kind === 'process') return section(`[programs.${member.program}]  ${member.id}`, member.origin, processEntries(member, find));
  const own = member.implicit ? [] : section(`[groups.${member.name}]`, member.origin, ruleEntries(GROUP_RULES, member, ['groups', member.name], find));
  return [...own, ...member.members.flatMap((one) => memberLines(one, find))];
}

/** `find`: where the files say a key. */
export function configLines(config: Config, find: FindWritten): readonly string[] {
  const included = config.files.length - 1;
  return [
    `# ${config.file} (${config.dialect})${included > 0 ? ` and ${included} included file${included === 1 ? '' : 's'}` : ''}; what has no line is a default`,
    ...section('[daemon]', null, ruleEntries(DAEMON_RULES, config.daemon, ['daemon'], find)),
    ...section('[api]', null, ruleEntries(API_RULES, config.api, ['api'], find)),
    ...config.tree.members.flatMap((member) => memberLines(member, find)),
    ...config.jobs.flatMap((job) => section(`[${tableOfJob(job).join('.')}]`, null, jobEntries(job, find))),
    ...config.breakers.flatMap((one) => section(`[breakers.${one.name}]`, null, ruleEntries(BREAKER_RULES, one, ['breakers', one.name], find))),
  ];
}
