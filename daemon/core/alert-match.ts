// Names of rules and silences against subjects: exact, or with `*` for any characters.
import type { AlertSpec } from '../../config/alert-spec.ts';
import type { AlertSubject } from '../contract/alerts.ts';
import { shortName } from '../contract/names.ts';

/** Does a name with `*` stand for this one? Linear: no pattern can make it slow. */
export function fits(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === name;
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Every name by which a subject may be meant. */
function namesOf(subject: AlertSubject): readonly string[] {
  if (subject.kind !== 'process') return [subject.name];
  return [subject.name, shortName(subject.name), subject.program, subject.group].filter((name) => name !== '');
}

function listed(list: readonly string[], names: readonly string[]): boolean {
  return list.some((pattern) => names.some((name) => fits(pattern, name)));
}

/** Is this subject one of those the rule is about? Who is excluded never is; without lists everybody is. */
export function isAbout(rule: Pick<AlertSpec, 'programs' | 'jobs' | 'exclude'>, subject: AlertSubject): boolean {
  const names = namesOf(subject);
  if (listed(rule.exclude, names)) return false;
  if (rule.programs.length === 0 && rule.jobs.length === 0) return true;
  if (subject.kind === 'job') return listed(rule.jobs, names);
  return (subject.kind === 'process' || subject.kind === 'group') && listed(rule.programs, names);
}

/** Does a silence of this name cover an alert about this subject? */
export function covers(silenced: string, alert: string, subject: AlertSubject): boolean {
  return silenced === 'all' || fits(silenced, alert) || listed([silenced], namesOf(subject));
}
