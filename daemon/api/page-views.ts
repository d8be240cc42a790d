// What the page asks beside what everybody asks: how something is configured, and when jobs are due.
import { parseWhen, WHEN_FORMS } from '../contract/when.ts';
import { ownZone } from '../contract/where-values.ts';
import type { Context, Handler } from './context.ts';
import { namesOf, orRefuse, textOf } from './context.ts';
import { refuse } from './error-answer.ts';
import { someJobs } from './job-names.ts';

const DAY_MS = 86_400_000;
const DEFAULT_SPAN_MS = 7 * DAY_MS;
const MAX_SPAN_MS = 31 * DAY_MS;

const processConfig: Handler = async ({ control, args }) => orRefuse(await control.config('process', textOf(args, 'name') ?? ''));
const jobConfig: Handler = async ({ control, args }) => orRefuse(await control.config('job', textOf(args, 'name') ?? ''));

function instant({ args }: Context, name: 'from' | 'until', now: number, otherwise: number): number {
  const text = textOf(args, name);
  if (text === undefined) return otherwise;
  // As a browser has them, and as people write them.
  const at = /^\d{12,15}$/.test(text) ? Number(text) : parseWhen(text, now, ownZone(), 'future');
  if (at === null) throw refuse('BAD_ARGUMENT', `cannot use ${name} = ${JSON.stringify(text.slice(0, 80))}: expected ${WHEN_FORMS}, or milliseconds since 1970`);
  return at;
}

const calendar: Handler = (context) => {
  const { control, args } = context;
  const now = Date.now();
  // What is past was, or was not: the history of runs says it.
  const from = Math.max(now, instant(context, 'from', now, now));
  const until = instant(context, 'until', now, from + DEFAULT_SPAN_MS);
  if (until < from) throw refuse('BAD_ARGUMENT', 'cannot show a calendar: until is before from, or over');
  if (until - from > MAX_SPAN_MS) throw refuse('BAD_ARGUMENT', 'cannot show a calendar: from and until are more than 31 days apart');
  return control.jobs.calendar(someJobs(control.snapshot(), namesOf(new Map([['names', args.get('jobs') ?? []]]))), from, until);
};

export const PAGE_HANDLERS = { 'process-config': processConfig, 'job-config': jobConfig, calendar } as const satisfies Record<string, Handler>;
