// What one run executes: which command with which arguments, and what it finds in its environment.
import type { JobSpec } from '../../config/job-spec.ts';
import type { CommandSpec, ProcessSpec } from '../../config/spec.ts';
import type { RunView } from '../contract/jobs.ts';
import type { RunGiven } from '../core/job-state.ts';

/** Which of a job's commands a run executes. */
export type Use = 'command' | 'fallback' | 'undo';

/** A command with the arguments of a run. A shell gets them as $1, $2 …, and the name of the job as $0. */
function withArguments(command: CommandSpec, job: string, args: readonly string[]): CommandSpec {
  if (args.length === 0 || command.problem !== undefined) return command;
  return { ...command, words: command.shell ? [...command.words, job, ...args] : [...command.words, ...args] };
}

/** The process of one run. */
export function processOfRun(spec: JobSpec, run: RunView, use: Use, given: RunGiven = {}): ProcessSpec {
  const command = use === 'command' ? spec.process.command : use === 'fallback' ? spec.fallback : spec.undo;
  const missing: CommandSpec = { text: '', words: [], shell: false, problem: `job ${spec.name} has no ${use}_command` };
  return { ...spec.process, ...(given.input === undefined ? {} : { stdin: 'pipe' as const }), command: withArguments(command ?? missing, spec.name, run.args) };
}

/** Variables of a run beside those of every child. A job's own environment wins over them. Times are ISO 8601, UTC. */
export function runVariables(run: RunView, use: Use): Readonly<Record<string, string>> {
  return {
    JOB_NAME: run.job, RUN_ID: run.id, RUN_NUMBER: String(run.number), RUN_ATTEMPT: String(run.attempt), RUN_TRIGGER: run.trigger, RUN_INITIATOR: run.initiator,
    ...(run.parent === null ? {} : { RUN_PARENT: run.parent }),
    ...(run.scheduledAt === null ? {} : { RUN_SCHEDULED_AT: new Date(run.scheduledAt).toISOString() }),
    ...(use === 'undo' && run.parent !== null ? { UNDO_RUN: run.parent } : {}),
  };
}
