// Requests that change something: arguments to a mutation, and its operation back, at once or when it has ended.
import type { Operation } from '../contract/answers.ts';
import type { MutationName } from '../contract/rest.ts';
import { MAX_WAIT_MS } from '../contract/rest.ts';
import type { Mutation } from '../runtime/control.ts';
import type { ArgumentValues } from './arguments.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, textOf, waitFor } from './context.ts';
import { isCommandError, refuse } from './error-answer.ts';

/** The mutation that a command and its (validated) arguments ask for. */
export function mutationOf(command: MutationName, args: ArgumentValues): Mutation {
  const names = namesOf(args);
  switch (command) {
    case 'restart': return { command, names, strategy: flagOf(args, 'strategy', false), rolling: flagOf(args, 'rolling', false) };
    case 'signal': return { command, names, signal: textOf(args, 'signal') ?? '' };
    case 'scale': return { command, name: textOf(args, 'name') ?? '', instances: textOf(args, 'instances') ?? '' };
    case 'apply': return { command, dryRun: flagOf(args, 'dry_run', false), plan: textOf(args, 'plan') ?? null, maxUnavailable: maxUnavailable(args) };
    case 'reload': return { command };
    case 'shutdown': return { command, mode: (textOf(args, 'mode') ?? 'warm') as 'warm' | 'cold' | 'now' };
    default: return { command, names };
  }
}

/** Programs that may be down at once: no limit unless one is asked for, and one at a time where only `rolling` is. */
function maxUnavailable(args: ArgumentValues): number | null {
  const written = numberOf(args, 'max_unavailable');
  if (written !== undefined && written < 1) throw refuse('BAD_ARGUMENT', `cannot use max_unavailable = ${written}: expected 1 or more`);
  return written ?? (flagOf(args, 'rolling', false) ? 1 : null);
}

// 200: it has ended, each target says how. 202: it goes on.
async function answer(context: Context, begun: Operation): Promise<Operation> {
  const waitMs = numberOf(context.args, 'wait');
  const waited = waitMs === undefined || waitMs === 0 || begun.endedAt !== null ? undefined : await waitFor(context, (gone) => context.control.settled(begun.id, Math.min(waitMs, MAX_WAIT_MS), gone));
  const now = waited ?? context.control.operation(begun.id) ?? begun;
  context.reply.code(now.endedAt === null ? 202 : 200);
  return now;
}

/** Asks for a mutation and answers with its operation. Throws what `mutation` refuses. */
export function operationOf(mutation: (context: Context) => Mutation): Handler {
  return async (context) => {
    const begun = context.control.mutate(mutation(context), context.caller);
    if (isCommandError(begun)) return begun;
    context.reply.header('location', `/v1/operations/${encodeURIComponent(begun.id)}`);
    // A run that is answered for can be asked for, and is there after a crash, also where the daemon is busy.
    await context.control.heard();
    return answer(context, begun);
  };
}

function handler(command: MutationName): Handler {
  return operationOf(({ args }) => mutationOf(command, args));
}

export const MUTATIONS = {
  start: handler('start'),
  stop: handler('stop'),
  restart: handler('restart'),
  signal: handler('signal'),
  clear: handler('clear'),
  rotate: handler('rotate'),
  scale: handler('scale'),
  disable: handler('disable'),
  enable: handler('enable'),
  apply: handler('apply'),
  add: handler('add'),
  remove: handler('remove'),
  update: handler('update'),
  reload: handler('reload'),
  shutdown: handler('shutdown'),
} as const satisfies Record<MutationName, Handler>;

export const showOperation: Handler = (context) => {
  const id = textOf(context.args, 'id') ?? '';
  const operation = context.control.operation(id);
  if (operation === undefined) throw refuse('NOT_FOUND', `cannot show operation ${id}: there is none with this id, or it ended long ago`);
  return answer(context, operation);
};
