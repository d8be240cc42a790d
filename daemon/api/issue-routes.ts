// Questions and requests about checks and issues.
import { ISSUE_STATES } from '../contract/issues.ts';
import type { IssueState } from '../contract/issues.ts';
import type { IssueMutationName } from '../contract/rest.ts';
import { globTest } from '../contract/where-values.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, orRefuse, textOf } from './context.ts';
import { refuse } from './error-answer.ts';
import { unknownName } from './job-names.ts';
import { operationOf } from './mutations.ts';

const DAY_MS = 86_400_000;
const DEFAULT_LIMIT = 100;
const DEFAULT_TOP = 20;
const MAX_LIMIT = 1000;
const LIVE = (Object.keys(ISSUE_STATES) as IssueState[]).filter((state) => ISSUE_STATES[state].live);

function limitOf({ args }: Context, otherwise: number): number {
  const limit = numberOf(args, 'limit') ?? otherwise;
  if (limit < 1) throw refuse('BAD_ARGUMENT', `cannot use limit = ${limit}: expected 1 or more`);
  return Math.min(limit, MAX_LIMIT);
}

/** Checks by names, with `*` for any characters; `all` or none: every one. Throws the refusal. */
function someChecks({ control, args }: Context): readonly string[] {
  const known = [...control.snapshot().checks.keys()];
  const names = namesOf(args);
  if (names.length === 0 || names.includes('all')) return known;
  const chosen = new Set<string>();
  for (const name of names) {
    const found = known.filter((check) => (name.includes('*') ? globTest(name, check) : check === name));
    if (found.length === 0) throw unknownName('check', name, known);
    for (const check of found) chosen.add(check);
  }
  return known.filter((name) => chosen.has(name));
}

const statesOf = ({ args }: Context, name: string): readonly IssueState[] => ((args.get(name) as readonly string[] | undefined) ?? []).filter((state): state is IssueState => Object.hasOwn(ISSUE_STATES, state));

/** No issues of a check that is there, of a job or process that may report some, or of who has reported one, is an answer; of others, a slip. Throws the refusal. */
function orSlip({ control }: Context, check: string): void {
  const { checks, jobs, processes } = control.snapshot();
  if (checks.has(check) || processes.has(check) || (check.startsWith('job:') && jobs.has(check.slice('job:'.length))) || control.issues.list({ check, limit: 1 }).length > 0) return;
  throw unknownName('check', check, checks.keys());
}

const list: Handler = (context) => {
  const { control, args } = context;
  const [check, code, search] = [textOf(args, 'check'), textOf(args, 'code'), textOf(args, 'search')];
  const states = statesOf(context, 'state');
  const rows = control.issues.list({
    limit: limitOf(context, DEFAULT_LIMIT), ...(check === undefined ? {} : { check }), ...(code === undefined ? {} : { code }), ...(search === undefined ? {} : { search }),
    ...(states.length > 0 ? { states } : flagOf(args, 'all', false) ? {} : { states: LIVE }),
  });
  if (rows.length === 0 && check !== undefined) orSlip(context, check);
  return rows;
};

const checks: Handler = (context) => {
  const names = new Set(someChecks(context));
  return context.control.issues.checks().filter(({ name }) => names.has(name));
};

export const ISSUE_VIEWS = {
  'check list': checks,
  'check-report': ({ control, args }) => orRefuse(control.issues.report(textOf(args, 'run') ?? '')),
  'issue list': list,
  'issue show': ({ control, args }) => orRefuse(control.issues.show(textOf(args, 'issue') ?? '')),
  'issue top': (context) => context.control.issues.top(limitOf(context, DEFAULT_TOP)),
} as const satisfies Record<string, Handler>;

export const ISSUE_MUTATIONS = {
  'check run': operationOf((context) => ({ command: 'check_run', names: someChecks(context), dryRun: flagOf(context.args, 'dry_run', false), due: false })),
  'check run-due': operationOf(() => ({ command: 'check_run', names: [], dryRun: false, due: true })),
  'issue fix': operationOf(({ args }) => {
    const [names, all] = [namesOf(args), flagOf(args, 'all', false)];
    if ((names.length > 0) === all) throw refuse('BAD_ARGUMENT', all ? 'cannot fix ids and all at once: name ids, or use all' : 'cannot fix: name ids, or use all');
    return { command: 'issue_fix', names, all, force: flagOf(args, 'force', false) };
  }),
  'issue close': operationOf(({ args }) => ({ command: 'issue_close', names: namesOf(args), as: (textOf(args, 'as') ?? 'closed') as 'closed' | 'fixed' | 'unfixable' })),
  'issue clear': operationOf((context) => {
    const states = statesOf(context, 'state');
    return { command: 'issue_clear', states: states.length > 0 ? states : ['fixed', 'closed'], olderMs: numberOf(context.args, 'older') ?? 7 * DAY_MS };
  }),
} as const satisfies Record<IssueMutationName, Handler>;
