// issue list, show, fix, close, clear, top.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { flagOf, listed, namesOf, numberOf, textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { issueLines, issueListLines, issueTopLines } from '../issue-lines.ts';
import { change, pathWith, printLines, styleOf } from './job.ts';

export const list: Command = async (context, values) => {
  const query = { check: textOf(values, 'check'), code: textOf(values, 'code'), state: listed(values, 'state'), search: textOf(values, 'search'), all: flagOf(values, 'all') ? true : null, limit: numberOf(values, 'limit') };
  const issues = await (await context.client()).get<RestAnswers['issue list']>(COMMANDS['issue list'].route.path, query);
  if (wantsJson(context, values)) printJson(context, issues);
  else printLines(context, issueListLines(issues, styleOf(context)), issues.length === 0 ? 'No issues.' : null);
  return EXIT.ok;
};

export const show: Command = async (context, values) => {
  const issue = await (await context.client()).get<RestAnswers['issue show']>(pathWith(COMMANDS['issue show'].route.path, { issue: textOf(values, 'issue') ?? '' }));
  if (wantsJson(context, values)) printJson(context, issue);
  else printLines(context, issueLines(issue, styleOf(context)));
  return EXIT.ok;
};

export const fix: Command = (context, values) => {
  const body = { ...(flagOf(values, 'all') ? { all: true } : { names: namesOf(values) }), ...(flagOf(values, 'force') ? { force: true } : {}) };
  return change(context, values, COMMANDS['issue fix'].route.path, body, (target) => target.message);
};

export const close: Command = (context, values) => {
  const as = textOf(values, 'as');
  return change(context, values, COMMANDS['issue close'].route.path, { names: namesOf(values), ...(as === null ? {} : { as }) }, (target) => target.message);
};

export const clear: Command = (context, values) => {
  const [state, older] = [listed(values, 'state'), numberOf(values, 'older')];
  return change(context, values, COMMANDS['issue clear'].route.path, { ...(state.length === 0 ? {} : { state }), ...(older === null ? {} : { older: `${older}ms` }) }, (target) => target.message);
};

export const top: Command = async (context, values) => {
  const counts = await (await context.client()).get<RestAnswers['issue top']>(COMMANDS['issue top'].route.path, { limit: numberOf(values, 'limit') });
  if (wantsJson(context, values)) printJson(context, counts);
  else printLines(context, issueTopLines(counts, styleOf(context)), counts.length === 0 ? 'No issues.' : null);
  return EXIT.ok;
};
