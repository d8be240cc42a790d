// job list, run, at, pause, resume, cancel, undo, history, show, logs, next.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Operation, TargetResult } from '../../daemon/contract/answers.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import type { JobView } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { ownZone } from '../../daemon/contract/where-values.ts';
import { adviceFor } from '../advice.ts';
import { flagOf, listed, namesOf, numberOf, textOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { didYouMean } from '../names.ts';
import { historyLines, jobLines, jobListLines, runLines } from '../job-lines.ts';
import type { JobStyle } from '../job-lines.ts';
import { showRun, waitForRun, waitsFor } from '../run-wait.ts';
import { relative, zonedFully } from '../time-words.ts';
import { asksForFiles, logFiles } from './log-files.ts';
import { printOutput } from './run-output.ts';

/** Runs shown with their job. */
const SHOWN_RUNS = 10;
const SHOWN_TIMES = 3;

export function styleOf(context: Context): JobStyle {
  return { now: Date.now(), columns: context.screen.columns, colour: context.screen.colour, zone: ownZone() };
}

/** The path of a route with its `{x}` filled in. */
export function pathWith(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''));
}

/** Lines, or a sentence where there are none. */
export function printLines(context: Context, lines: readonly string[], nothing: string | null = null): void {
  if (nothing !== null) context.screen.note(nothing);
  else context.screen.raw(`${lines.join('\n')}\n`);
}

/** The advice of an error with the names it speaks of. */
function named(target: TargetResult, advice: string): string {
  return advice.replace(/\bRUN\b/, shortId(target.run ?? target.name)).replace(/\bJOB\b/, target.name);
}

/** What became of the targets of an operation; the exit code. `done`: the word for success. */
export function sayTargets(context: Context, operation: Operation, done: (target: TargetResult) => string): number {
  let code: number = EXIT.ok;
  for (const target of operation.targets) {
    if (target.outcome === 'ok') context.screen.line(`${target.name}: ${done(target)}`);
    else if (target.outcome === 'pending') context.screen.note(`${target.name}: not finished; it goes on as operation ${operation.id}. Run \`reevectl operation ${operation.id}\`.`);
    else {
      const spec = target.code === null ? null : ERRORS[target.code];
      context.screen.line(`${target.name}: ERROR (${target.message === '' ? (spec?.says ?? 'failed') : target.message})`);
      if (spec !== null && !target.message.includes('reevectl')) context.screen.note(named(target, target.code === null ? spec.advice : adviceFor(operation.command, target.code)));
      code = Math.max(code, spec?.exit ?? EXIT.generic);
    }
  }
  return code;
}

/** Asks for a mutation of several targets, and says what became of each; `nothing` where it found none. */
export async function change(context: Context, values: Values, path: string, body: unknown, done: (target: TargetResult) => string, nothing = ''): Promise<number> {
  const operation = await (await context.client()).mutate(path, body, Infinity);
  if (!wantsJson(context, values)) {
    if (operation.targets.length === 0 && nothing !== '') context.screen.note(nothing);
    return sayTargets(context, operation, done);
  }
  printJson(context, operation);
  return operation.targets.reduce((code, t) => Math.max(code, t.code === null ? EXIT.ok : ERRORS[t.code].exit), EXIT.ok as number);
}

export const list: Command = async (context, values) => {
  const jobs = await (await context.client()).get<RestAnswers['job list']>(COMMANDS['job list'].route.path, { names: namesOf(values) });
  if (wantsJson(context, values)) printJson(context, jobs);
  else printLines(context, jobListLines(jobs, styleOf(context)), jobs.length === 0 ? 'No jobs are configured: add [jobs.NAME] with a command and a schedule.' : null);
  return EXIT.ok;
};

/** The body of a new run. */
function newRun(values: Values): Record<string, unknown> {
  const key = textOf(values, 'key');
  return { args: listed(values, 'args'), ...(key === null ? {} : { key }), ...(flagOf(values, 'unless_exists') ? { unless_exists: true } : {}) };
}

/** A run was asked for: wait for it, or say which one it is. */
async function begun(context: Context, client: Client, values: Values, operation: Operation, name: string): Promise<number> {
  const target = operation.targets[0];
  const run = target?.run;
  if (target === undefined || run === undefined) {
    if (wantsJson(context, values)) printJson(context, operation);
    return wantsJson(context, values) ? EXIT.generic : sayTargets(context, operation, () => 'done');
  }
  if (flagOf(values, 'wait')) {
    const json = wantsJson(context, values);
    const { run: ended, code } = await waitForRun(client, context, name, run, flagOf(values, 'quiet') || json);
    if (json && ended !== null) printJson(context, ended);
    return code;
  }
  if (wantsJson(context, values)) {
    printJson(context, await showRun(client, run));
    return EXIT.ok;
  }
  // It may have been skipped at once: that is an answer of its own.
  if (target.outcome === 'error') return sayTargets(context, operation, () => 'done');
  context.screen.line(`${name}: run ${run}`);
  const said = target.outcome === 'ok' && !/^(OK)?$/.test(target.message) ? target.message : waitsFor(await showRun(client, run), Date.now());
  if (said !== '') context.screen.note(`${name}: ${said}`);
  return EXIT.ok;
}

export const run: Command = async (context, values) => {
  const client = await context.client();
  const name = textOf(values, 'name') ?? '';
  return begun(context, client, values, await client.mutate(pathWith(COMMANDS['job run'].route.path, { name }), newRun(values), 0), name);
};

export const at: Command = async (context, values) => {
  const client = await context.client();
  const name = textOf(values, 'name') ?? '';
  const operation = await client.mutate(pathWith(COMMANDS['job at'].route.path, { name }), { ...newRun(values), when: textOf(values, 'when') }, 0);
  const [target] = operation.targets;
  if (target?.run === undefined || wantsJson(context, values)) return begun(context, client, values, operation, name);
  const planned = await showRun(client, target.run);
  const [job] = await client.get<RestAnswers['job list']>(COMMANDS['job list'].route.path, { names: [name] });
  const when = planned.dueAt ?? planned.createdAt;
  context.screen.line(`${name}: run ${planned.id} at ${zonedFully(when, job?.timezone ?? ownZone())} (${relative(when, Date.now())})`);
  // What else is said of a run that is planned is that it was there before.
  if (!/^(OK|planned.*)?$/.test(target.message)) context.screen.note(`${name}: ${target.message}`);
  return EXIT.ok;
};

export const undo: Command = async (context, values) => {
  const client = await context.client();
  const id = textOf(values, 'run') ?? '';
  const { job } = await showRun(client, id);
  return begun(context, client, values, await client.mutate(pathWith(COMMANDS['job undo'].route.path, { run: id }), { force: flagOf(values, 'force') }, 0), job);
};

export const set: Command = (context, values) =>
  change(context, values, pathWith(COMMANDS['job set'].route.path, { name: textOf(values, 'name') ?? '' }), { settings: listed(values, 'settings') }, (target) => target.message.includes(' = ') ? `${target.message} until the daemon ends` : target.message);

const NAMED = (word: string): Command => (context, values) => change(context, values, COMMANDS[`job ${word}` as 'job pause'].route.path, { names: namesOf(values) }, (target) => (target.message.startsWith('already') || target.message.startsWith('not') ? target.message : `${word}d`));

export const pause = NAMED('pause');
export const resume = NAMED('resume');

export const cancel: Command = (context, values) => {
  const signal = textOf(values, 'signal');
  return change(context, values, COMMANDS['job cancel'].route.path, { names: namesOf(values), ...(signal === null ? {} : { signal }) }, (target) => (target.message === '' || target.message === 'OK' ? 'cancelled' : target.message), `${namesOf(values).join(', ')}: nothing waits or goes on.`);
};

export const history: Command = async (context, values) => {
  const client = await context.client();
  const query = {
    job: textOf(values, 'job'), state: listed(values, 'state'), since: textOf(values, 'since'), until: textOf(values, 'until'), where: textOf(values, 'where'), limit: numberOf(values, 'limit'),
  };
  const runs = await client.get<RestAnswers['job history']>(COMMANDS['job history'].route.path, query);
  if (wantsJson(context, values)) printJson(context, runs);
  else printLines(context, historyLines(runs, styleOf(context)), runs.length === 0 ? 'No such runs.' : null);
  return EXIT.ok;
};

/** The job of this name; null: there is none. A word that is no id either was meant to be the job nearest to it. */
async function jobNamed(client: Client, name: string): Promise<JobView | null> {
  const jobs = await client.get<RestAnswers['job list']>(COMMANDS['job list'].route.path);
  const found = jobs.find((job) => job.name === name) ?? null;
  if (found === null && !/^[0-9a-f-]+$/i.test(name)) {
    const guess = didYouMean(name, jobs.map((job) => job.name));
    throw new Refusal('NOT_FOUND', `cannot find ${JSON.stringify(name)}: it is no job, and no id of a run`, 'Run `reevectl job list` for the jobs, `reevectl job history` for the runs.', guess === '' ? null : guess);
  }
  return found;
}

/** Next times and last runs of a job, with what it does now. */
async function showJob(context: Context, client: Client, job: JobView, json: boolean): Promise<void> {
  const [next, runs] = await Promise.all([
    client.get<RestAnswers['job next']>(pathWith(COMMANDS['job next'].route.path, { name: job.name }), { count: SHOWN_TIMES }),
    client.get<RestAnswers['job history']>(COMMANDS['job history'].route.path, { job: job.name, limit: SHOWN_RUNS }),
  ]);
  if (json) printJson(context, { ...job, next: next.times, runs });
  else printLines(context, jobLines(job, next.times, runs, styleOf(context)));
}

export const show: Command = async (context, values) => {
  const client = await context.client();
  const word = textOf(values, 'run') ?? '';
  const job = await jobNamed(client, word);
  if (job !== null) {
    await showJob(context, client, job, wantsJson(context, values));
    return EXIT.ok;
  }
  const found = await showRun(client, word);
  if (wantsJson(context, values)) printJson(context, found);
  else printLines(context, runLines(found, styleOf(context)));
  return EXIT.ok;
};

/** A run by its id; by the name of a job, its newest one that began. */
async function runOf(client: Client, word: string): Promise<string> {
  const job = await jobNamed(client, word);
  if (job === null) return word;
  const runs = await client.get<RestAnswers['job history']>(COMMANDS['job history'].route.path, { job: word, limit: SHOWN_RUNS });
  const newest = runs.find((one) => one.startedAt !== null) ?? runs[0];
  if (newest === undefined) throw new Refusal('NOT_FOUND', `cannot show the output of ${word}: it never ran`, `Run \`reevectl job run ${word}\`.`, null);
  return newest.id;
}

export const logs: Command = async (context, values) => {
  const client = await context.client();
  const word = textOf(values, 'run') ?? '';
  if (asksForFiles(values)) return logFiles(context, client, values, { job: (await jobNamed(client, word))?.name ?? (await showRun(client, word)).job });
  return printOutput(context, client, values, await runOf(client, word));
};

export const next: Command = async (context, values) => {
  const client = await context.client();
  const name = textOf(values, 'name') ?? '';
  const answer = await client.get<RestAnswers['job next']>(pathWith(COMMANDS['job next'].route.path, { name }), { count: numberOf(values, 'count') });
  if (wantsJson(context, values)) {
    printJson(context, { ...answer, local: answer.times.map((time) => zonedFully(time, answer.timezone)) });
    return EXIT.ok;
  }
  const now = Date.now();
  printLines(context, [`${answer.job}: times of ${answer.timezone}`, ...answer.times.map((time) => `${zonedFully(time, answer.timezone)}  ${relative(time, now)}`)],
    answer.times.length === 0 ? `${answer.job}: never due by itself. Start it with: reevectl job run ${answer.job}` : null);
  return EXIT.ok;
};
