// Requests that change something about jobs, runs, dead letters, breakers and drains: arguments to a mutation.
import { parseWhen, WHEN_FORMS } from '../contract/when.ts';
import type { JobMutationName } from '../contract/rest.ts';
import type { Mutation } from '../runtime/control.ts';
import type { ArgumentValues } from './arguments.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, textOf } from './context.ts';
import { refuse } from './error-answer.ts';
import { oneJob, someJobs, unknownName } from './job-names.ts';
import { jobSetting } from './job-settings.ts';
import { operationOf } from './mutations.ts';

const DAY_MS = 86_400_000;
const DEFAULT_PRUNE_DAYS = 30;
const DEFAULT_DRAIN_MS = 300_000;
const DEFAULT_EXPIRE_MS = 3_600_000;
/** Farther away than this is a slip of the pen. */
const MAX_AHEAD_MS = 10 * 365 * DAY_MS;

const wordsOf = (args: ArgumentValues): readonly string[] => (args.get('args') as readonly string[] | undefined) ?? [];

function newRun({ control, args }: Context, dueAt: (timezone: string) => number | null): Mutation {
  const job = oneJob(control.snapshot(), textOf(args, 'name') ?? '');
  const timezone = control.snapshot().jobs.get(job)?.timezone ?? 'UTC';
  return { command: 'job_run', job, args: wordsOf(args), dueAt: dueAt(timezone), key: textOf(args, 'key') ?? null, unlessExists: flagOf(args, 'unless_exists', false) };
}

/** The instant asked for: in the future, and not absurdly far. */
function dueAt(text: string, timezone: string): number {
  const now = Date.now();
  const at = parseWhen(text, now, timezone, 'future');
  const shown = JSON.stringify(text.slice(0, 80));
  if (at === null) throw refuse('BAD_ARGUMENT', `cannot use when = ${shown}: expected ${WHEN_FORMS}`);
  if (at < now) throw refuse('BAD_ARGUMENT', `cannot start it at ${shown}: that was ${new Date(at).toISOString().slice(0, 19)}Z, which is past`);
  if (at > now + MAX_AHEAD_MS) throw refuse('BAD_ARGUMENT', `cannot start it at ${shown}: that is more than ten years ahead`);
  return at;
}

function retry({ control, args }: Context): Mutation {
  const names = namesOf(args);
  const job = textOf(args, 'job') ?? null;
  if (names.length > 0 && (flagOf(args, 'all', false) || job !== null)) throw refuse('BAD_ARGUMENT', 'cannot retry ids and all at once: name ids, or use all (with job)');
  if (names.length === 0 && !flagOf(args, 'all', false) && job === null) throw refuse('BAD_ARGUMENT', 'cannot retry: name ids, or use all');
  if (job !== null) oneJob(control.snapshot(), job);
  return { command: 'dead_retry', names, job, force: flagOf(args, 'force', false) };
}

function prune({ args }: Context): Mutation {
  const days = numberOf(args, 'days') ?? DEFAULT_PRUNE_DAYS;
  // 0 is for ever where a file says it, so it must not mean everything here.
  if (days <= 0) throw refuse('BAD_ARGUMENT', `cannot delete with days = ${days}: 0 keeps all, and there is nothing below it`, 'use 1 or more');
  return { command: 'dead_prune', olderMs: days * DAY_MS };
}

/** Jobs and programs, as they are named; judged here so that a slip stops nothing. */
function drained({ control, args }: Context): readonly string[] {
  const names = namesOf(args);
  const { jobs } = control.snapshot();
  for (const name of names) {
    if (jobs.has(name) || !('code' in control.resolve([name]))) continue;
    throw unknownName('job or program', name, [...jobs.keys(), ...new Set([...control.snapshot().processes.values()].map((row) => row.program))]);
  }
  return names.includes('all') ? [] : names;
}

function setBreaker({ control, args }: Context): Mutation {
  const name = textOf(args, 'name') ?? '';
  const { breakers } = control.snapshot();
  if (!breakers.has(name)) throw unknownName('breaker', name, breakers.keys());
  return { command: 'breaker_set', name, to: textOf(args, 'to') as 'open' | 'close' | 'half_open' | 'reset' };
}

export const JOB_MUTATIONS = {
  'job run': operationOf((context) => newRun(context, () => null)),
  'job at': operationOf((context) => newRun(context, (timezone) => dueAt(textOf(context.args, 'when') ?? '', timezone))),
  'job set': operationOf(({ control, args }) => ({ command: 'job_set', job: oneJob(control.snapshot(), textOf(args, 'name') ?? ''), settings: ((args.get('settings') as readonly string[] | undefined) ?? []).map(jobSetting) })),
  'job pause': operationOf(({ control, args }) => ({ command: 'job_pause', names: someJobs(control.snapshot(), namesOf(args)) })),
  'job resume': operationOf(({ control, args }) => ({ command: 'job_resume', names: someJobs(control.snapshot(), namesOf(args)) })),
  'job cancel': operationOf(({ args }) => ({ command: 'job_cancel', names: namesOf(args), signal: textOf(args, 'signal') ?? null })),
  'job undo': operationOf(({ args }) => ({ command: 'job_undo', run: textOf(args, 'run') ?? '', force: flagOf(args, 'force', false) })),
  'dead retry': operationOf(retry),
  'dead prune': operationOf(prune),
  'breaker-set': operationOf(setBreaker),
  drain: operationOf((context) => {
    const expire = numberOf(context.args, 'expire') ?? DEFAULT_EXPIRE_MS;
    return {
      command: 'drain', names: drained(context), timeoutMs: numberOf(context.args, 'timeout') ?? DEFAULT_DRAIN_MS, cancel: flagOf(context.args, 'cancel', false), expireMs: expire === 0 ? null : expire,
    };
  }),
  resume: operationOf((context) => ({ command: 'undrain', names: drained(context) })),
} as const satisfies Record<JobMutationName, Handler>;
