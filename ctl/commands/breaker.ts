// breaker: the list, one, or one set by hand, with the exit rules of the tool that jobs know it from: an unknown name, none, or two
// flags at once end with 1; a breaker that is so already is a success with a warning.
import type { Operation } from '../../daemon/contract/answers.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { BreakerState, BreakerView } from '../../daemon/contract/jobs.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { PLAIN_ROUTES } from '../../daemon/contract/routes.ts';
import { flagOf, textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { breakerLines } from '../job-lines.ts';
import { misused } from '../json-error.ts';
import { pathWith, printLines, sayTargets, styleOf } from './job.ts';

const FLAGS = ['open', 'close', 'half_open', 'reset'] as const;
type Flag = (typeof FLAGS)[number];

/** reset always does something: it forgets the counts. */
const BECOMES: Readonly<Record<Exclude<Flag, 'reset'>, BreakerState>> = { open: 'open', close: 'closed', half_open: 'half_open' };
const DONE: Readonly<Record<Flag, string>> = { open: 'open', close: 'closed', half_open: 'half-open', reset: 'closed, all counts forgotten' };

function isSo(before: BreakerView | undefined, flag: Flag): boolean {
  // Open by itself it would close again by itself: by hand is something else.
  return flag !== 'reset' && before?.state === BECOMES[flag] && !(flag === 'open' && before.retryAt !== null);
}

export const breaker: Command = async (context, values) => {
  const flags = FLAGS.filter((flag) => flagOf(values, flag));
  const said = textOf(values, 'name');
  const [flag] = flags;
  // As `job list`, `check list` and the others are said; a breaker of this name is among them.
  const name = said === 'list' && flag === undefined ? null : said;
  if (flags.length > 1) return misused(context, `breaker takes one of --open, --close, --half-open and --reset, not ${flags.length}`);
  if (flag !== undefined && name === null) return misused(context, `breaker requires a NAME with --${flag.replace('_', '-')}`);
  const client = await context.client();
  const known = await client.get<RestAnswers['breaker']>(COMMANDS.breaker.route.path, { name });
  if (flag === undefined || name === null) {
    if (wantsJson(context, values)) printJson(context, known);
    else printLines(context, breakerLines(known, styleOf(context)), known.length === 0 ? 'No breakers are configured: add [breakers.NAME].' : null);
    return EXIT.ok;
  }
  if (isSo(known[0], flag)) {
    context.screen.note(`${name}: warning: it is ${DONE[flag]} already`);
    // Nothing was to be done: an operation that has ended.
    const done: Operation = { id: '', command: 'breaker_set', who: '', startedAt: Date.now(), endedAt: Date.now(), targets: [{ name, outcome: 'ok', code: null, message: `${DONE[flag]} already` }] };
    if (wantsJson(context, values)) printJson(context, done);
    return EXIT.ok;
  }
  const operation = await client.mutate(pathWith(PLAIN_ROUTES['breaker-set'].path, { name }), { to: flag }, Infinity);
  if (!wantsJson(context, values)) return sayTargets(context, operation, () => DONE[flag]);
  printJson(context, operation);
  return operation.targets.some((target) => target.outcome === 'error') ? EXIT.generic : EXIT.ok;
};
