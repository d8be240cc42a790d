// Questions about jobs, runs, dead letters and breakers, and the output of a run as it comes.
import { RUN_STATES } from '../contract/jobs.ts';
import type { RunState } from '../contract/jobs.ts';
import { NDJSON } from '../contract/rest.ts';
import type { DrainAnswer } from '../contract/rest.ts';
import { parseWhen, WHEN_FORMS } from '../contract/when.ts';
import { whereOrError } from '../contract/where.ts';
import { ownZone } from '../contract/where-values.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, orRefuse, textOf, wantsLines } from './context.ts';
import { refuse } from './error-answer.ts';
import { oneJob, someJobs, unknownName } from './job-names.ts';
import { lineEncoder, rawEncode, TEXT } from './log-lines.ts';
import { slowReader } from './slow-reader.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
const DEFAULT_NEXT = 5;

function within(context: Context, name: string, otherwise: number): number {
  const asked = numberOf(context.args, name) ?? otherwise;
  if (asked < 1) throw refuse('BAD_ARGUMENT', `cannot use ${name} = ${asked}: expected 1 or more`);
  return Math.min(asked, MAX_LIMIT);
}

/** `{ since }` or nothing, in ms. Of a job the clock of its zone is meant, else this machine's. */
function instant<N extends 'since' | 'until'>(context: Context, name: N, job: string | undefined): { readonly [K in N]?: number } {
  const text = textOf(context.args, name);
  if (text === undefined) return {};
  const zone = (job === undefined ? undefined : context.control.snapshot().jobs.get(job)?.timezone) ?? ownZone();
  const at = parseWhen(text, Date.now(), zone, 'past');
  if (at === null) throw refuse('BAD_ARGUMENT', `cannot use ${name} = ${JSON.stringify(text.slice(0, 80))}: expected ${WHEN_FORMS}`);
  return { [name]: at } as { readonly [K in N]?: number };
}

/** The job that the request names. One that is no longer configured may still have runs and dead letters. */
const jobOf = (context: Context): string | undefined => textOf(context.args, 'job');

/** Nothing of a job that is there, or that has left something, is an answer; of one that never was, a slip. Throws the refusal. */
function orSlip<T>({ control }: Context, job: string | undefined, rows: readonly T[]): readonly T[] {
  const { jobs } = control.snapshot();
  if (rows.length > 0 || job === undefined || jobs.has(job)) return rows;
  if (control.jobs.dead({ job, limit: 1 }).length > 0 || orRefuse(control.jobs.history({ job, limit: 1 })).length > 0) return rows;
  throw unknownName('job', job, jobs.keys());
}

const list: Handler = ({ control, args }) => {
  const snapshot = control.snapshot();
  return someJobs(snapshot, namesOf(args)).flatMap((name) => snapshot.jobs.get(name) ?? []);
};

const history: Handler = (context) => {
  const { control, args } = context;
  const job = jobOf(context);
  const states = namesOf(new Map([['names', args.get('state') ?? []]])).filter((state): state is RunState => Object.hasOwn(RUN_STATES, state));
  const where = textOf(args, 'where');
  if (where !== undefined) orRefuse(whereOrError(where, Date.now()));
  return orSlip(context, job, orRefuse(control.jobs.history({
    limit: within(context, 'limit', DEFAULT_LIMIT), ...(job === undefined ? {} : { job }), ...(states.length === 0 ? {} : { states }), ...(where === undefined ? {} : { where }),
    ...instant(context, 'since', job), ...instant(context, 'until', job),
  })));
};

const show: Handler = ({ control, args }) => orRefuse(control.jobs.show(textOf(args, 'run') ?? ''));

/** An unfinished line counts. */
function lastLines(text: string, lines: number | undefined): string {
  if (lines === undefined) return text;
  const all = text.split('\n');
  const end = all.at(-1) === '' ? 1 : 0;
  return lines === 0 ? '' : all.slice(-lines - end).join('\n');
}

const logs: Handler = (context) => {
  const { control, streams, crowd, reply, limits, args, request } = context;
  const run = orRefuse(control.jobs.show(textOf(args, 'run') ?? ''));
  const lines = numberOf(args, 'lines');
  if (lines !== undefined && lines < 0) throw refuse('BAD_ARGUMENT', `cannot use lines = ${lines}: expected 0 or more`);
  const from = numberOf(args, 'from');
  if (from !== undefined && from < 0) throw refuse('BAD_ARGUMENT', `cannot go on from ${from}: a position in the output of a run is 0 or more, as \`end\` of a line says`);
  const asLines = wantsLines(request);
  const goesOn = flagOf(args, 'follow', true);
  if (!goesOn && !asLines && from === undefined) {
    reply.type(TEXT);
    return lastLines(run.output, lines);
  }
  const encode = asLines ? lineEncoder({ positions: flagOf(args, 'positions', false), timestamps: false }) : rawEncode;
  let source: { close(): void } | undefined;
  let over = false;
  const stream = orRefuse(streams.open(crowd, reply, asLines ? NDJSON : TEXT, { onDrain: () => reader.drained(), onClose: () => source?.close() }));
  // A run does not wait for who looks on.
  const reader = slowReader(stream, limits.streamBytes, (bytes, end) => encode(run.id, 'stdout', bytes, end, null));
  // What is there already comes before the call is over.
  let recalling = lines !== undefined && from === undefined;
  const opened = control.jobs.follow(run.id, (bytes, end) => reader.write(recalling ? Buffer.from(lastLines(Buffer.from(bytes).toString('utf8'), lines)) : Buffer.from(bytes), end), () => {
    over = true;
    reader.end();
  }, from);
  recalling = false;
  if ('code' in opened) return void stream.end();
  source = opened;
  if (over) opened.close();
  // One that is over ends by itself.
  else if (!goesOn && run.endedAt === null) {
    opened.close();
    reader.end();
  }
  return undefined;
};

const next: Handler = (context) => orRefuse(context.control.jobs.next(oneJob(context.control.snapshot(), textOf(context.args, 'name') ?? ''), within(context, 'count', DEFAULT_NEXT)));

const deadList: Handler = (context) => {
  const job = jobOf(context);
  const letters = orSlip(context, job, context.control.jobs.dead({
    limit: within(context, 'limit', DEFAULT_LIMIT), ...(job === undefined ? {} : { job }), ...instant(context, 'since', job), ...(flagOf(context.args, 'pending', false) ? { pending: true } : {}),
  }));
  return flagOf(context.args, 'output', true) ? letters : letters.map((letter) => ({ ...letter, output: '' }));
};

const deadShow: Handler = ({ control, args }) => orRefuse(control.jobs.showDead(textOf(args, 'id') ?? ''));

const breakers: Handler = ({ control, args }) => {
  const known = control.snapshot().breakers;
  const name = textOf(args, 'name');
  if (name === undefined) return [...known.values()];
  const found = known.get(name);
  if (found === undefined) throw unknownName('breaker', name, known.keys());
  return [found];
};

const drain: Handler = ({ control }): DrainAnswer => ({ drain: control.snapshot().drain });

export const JOB_VIEWS = {
  'job list': list, 'job history': history, 'job show': show, 'job logs': logs, 'job next': next, 'dead list': deadList, 'dead show': deadShow, breaker: breakers, 'drain-show': drain,
} as const satisfies Record<string, Handler>;
