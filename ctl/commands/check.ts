// check list, run, run-due.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import type { CheckReport } from '../../daemon/contract/issues.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { PLAIN_ROUTES } from '../../daemon/contract/routes.ts';
import { flagOf, namesOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { checkListLines, reportLines } from '../issue-lines.ts';
import { pathWith, printLines, styleOf } from './job.ts';

/** There are issues: a script may want to know. */
const ISSUES = 3;

export const list: Command = async (context, values) => {
  const checks = await (await context.client()).get<RestAnswers['check list']>(COMMANDS['check list'].route.path, { names: namesOf(values) });
  if (wantsJson(context, values)) printJson(context, checks);
  else printLines(context, checkListLines(checks, styleOf(context)), checks.length === 0 ? 'No checks are configured: add [checks.NAME] with a command.' : null);
  return EXIT.ok;
};

/** What the runs of an operation saw; the exit code. */
async function sayReports(context: Context, client: Client, values: Values, operation: Operation): Promise<number> {
  const reports: CheckReport[] = [];
  let code: number = EXIT.ok;
  for (const target of operation.targets) {
    if (target.outcome === 'error') code = target.code === null ? EXIT.generic : ERRORS[target.code].exit;
    if (target.run === undefined || (target.outcome === 'error' && target.code !== 'RUN_FAILED')) {
      context.screen.note(`${target.name}: ${target.message}`);
      continue;
    }
    reports.push(await client.get<RestAnswers['check-report']>(pathWith(PLAIN_ROUTES['check-report'].path, { run: target.run })));
  }
  if (wantsJson(context, values)) printJson(context, reports);
  else reports.forEach((report, index) => {
    if (reports.length > 1) context.screen.line(`${index === 0 ? '' : '\n'}${report.check}:`);
    printLines(context, reportLines(report, styleOf(context)));
  });
  return code === EXIT.ok && reports.some((report) => report.issues.length > 0) ? ISSUES : code;
}

export const run: Command = async (context, values) => {
  const client = await context.client();
  const body = { names: namesOf(values), ...(flagOf(values, 'dry_run') ? { dry_run: true } : {}) };
  return sayReports(context, client, values, await client.mutate(COMMANDS['check run'].route.path, body, Infinity));
};

export const runDue: Command = async (context, values) => {
  const client = await context.client();
  const operation = await client.mutate(COMMANDS['check run-due'].route.path, {}, Infinity);
  if (operation.targets.length === 0 && !wantsJson(context, values)) {
    context.screen.note('No check is due.');
    return EXIT.ok;
  }
  return sayReports(context, client, values, operation);
};
