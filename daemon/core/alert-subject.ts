// Whom a fact is about, and what it says, for those who alert on it.
import { FACTS } from '../contract/facts.ts';
import type { Fact } from '../contract/facts.ts';
import type { AlertSubject } from '../contract/alerts.ts';
import { shortName } from '../contract/names.ts';

/** What of a fact an alert goes by. */
export interface Told {
  readonly subject: AlertSubject;
  /** Tells causes of one type apart: the limit, the issue, the kind of a warning. */
  readonly detail: string;
  readonly why: string;
  readonly incarnation: number | null;
  readonly run: string | null;
}

const DAEMON: AlertSubject = { kind: 'daemon', name: '', program: '', group: '' };

function named(kind: AlertSubject['kind'], name: string): AlertSubject {
  return { kind, name, program: '', group: '' };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** `programOf`: program of a process; '' where it is not known any more. */
function subjectOf(fact: Fact, programOf: (process: string) => string): AlertSubject {
  if ('job' in fact && typeof fact.job === 'string') return named('job', fact.job);
  if ('process' in fact) return { kind: 'process', name: fact.process, program: programOf(fact.process), group: fact.process.slice(0, fact.process.indexOf(':')) };
  if (fact.type === 'process.scaled' || fact.type === 'process.scale_failed') return { kind: 'process', name: fact.program, program: fact.program, group: '' };
  if ('group' in fact) return named('group', fact.group ?? '');
  if ('breaker' in fact) return named('breaker', fact.breaker ?? '');
  if ('issue' in fact) return named('check', (fact.issue as { readonly check?: string }).check ?? '');
  if ('check' in fact) return named('check', fact.check ?? '');
  if ('path' in fact) return named('log', fact.path);
  if ('pool' in fact) return named('listener', fact.pool);
  return DAEMON;
}

function detailOf(fact: Fact): string {
  if ('limit' in fact) return fact.limit;
  if (fact.type === 'daemon.warning') return fact.what;
  if (fact.type.startsWith('issue.') && 'issue' in fact) return text((fact.issue as { readonly id?: unknown }).id) ?? '';
  return fact.type === 'process.watch_muted' ? fact.file : '';
}

/** The words of the fact, or those of its kind. */
function whyOf(fact: Fact): string {
  const row = fact as unknown as { readonly why?: unknown; readonly message?: unknown; readonly by?: unknown; readonly run?: { readonly why?: unknown } | string | null; readonly issue?: { readonly message?: unknown } };
  const run = typeof row.run === 'object' && row.run !== null ? text(row.run.why) : null;
  if (fact.type === 'process.exited') return fact.signal === null ? `exit status ${fact.code ?? 'unknown'}` : `terminated by SIG${fact.signal}`;
  if (fact.type === 'daemon.reload_refused') return fact.problems.slice(0, 3).join('; ');
  if (fact.type === 'audit.action') return `${fact.who}: ${fact.action} ${fact.targets.join(' ')}: ${fact.result}`;
  return text(row.why) ?? run ?? text(row.message) ?? text(row.issue?.message) ?? (text(row.by) === null ? FACTS[fact.type].says : `${FACTS[fact.type].says} (${String(row.by)})`);
}

/** Reads a fact for alerts. */
export function toldBy(fact: Fact, programOf: (process: string) => string): Told {
  const run = 'run' in fact ? (typeof fact.run === 'string' ? fact.run : ((fact.run as { readonly id?: string } | null)?.id ?? null)) : null;
  return {
    subject: subjectOf(fact, programOf), detail: detailOf(fact), why: whyOf(fact), run,
    incarnation: 'incarnation' in fact && typeof fact.incarnation === 'number' ? fact.incarnation : null,
  };
}

/** `web`, `job import`, `breaker smtp`, `the daemon`. */
export function subjectWords(subject: AlertSubject): string {
  switch (subject.kind) {
    case 'process': return shortName(subject.name);
    case 'daemon': return 'the daemon';
    default: return `${subject.kind} ${subject.name}`;
  }
}

/** Tells subjects apart. */
export function subjectKey(subject: AlertSubject): string {
  return `${subject.kind}/${subject.name}`;
}
