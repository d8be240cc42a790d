// What changes something: start, stop, restart, signal, clear, rotate, disable, enable, scale, reload, shutdown.
import type { Operation } from '../../daemon/contract/answers.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { CommandName } from '../../daemon/contract/commands.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { STOPPED_STATES } from '../../daemon/contract/states.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { ConnectionError } from '../http.ts';
import { didYouMean, displayName } from '../names.ts';
import { report } from '../operation-lines.ts';
import type { WasRunning } from '../operation-lines.ts';

type Mutating = 'start' | 'stop' | 'restart' | 'signal' | 'clear' | 'rotate' | 'disable' | 'enable' | 'scale';

/** The body of the request, by the names of the table. */
function bodyOf(command: Mutating, values: Values): Record<string, unknown> {
  switch (command) {
    case 'signal':
      return { names: namesOf(values), signal: textOf(values, 'signal') };
    case 'scale':
      return { name: textOf(values, 'name'), instances: textOf(values, 'instances') };
    case 'restart':
      return { names: namesOf(values), strategy: flagOf(values, 'strategy'), rolling: flagOf(values, 'rolling') };
    case 'start':
    case 'stop':
    case 'clear':
    case 'rotate':
    case 'disable':
    case 'enable':
      return { names: namesOf(values) };
  }
}

/** Unknown names are answered with the nearest ones, on stderr: stdout stays supervisorctl's. */
async function suggest(context: Context, client: Client, operation: Operation): Promise<void> {
  const unknown = operation.targets.filter((t) => t.code === 'NOT_FOUND');
  if (unknown.length === 0) return;
  const snapshot = await client.status();
  const known = [...snapshot.processes.map(displayName), ...snapshot.groups.map((g) => `${g.name}:*`)];
  for (const target of unknown) {
    const guess = didYouMean(shortName(target.name), known);
    context.screen.note(`${shortName(target.name)}: ${guess === '' ? 'no such name. Run `reevectl status` for the names.' : guess}`);
  }
}

/** A bad signal name is refused once, and said for each name, as supervisorctl does. */
function refusedForAll(error: unknown, command: Mutating, words: readonly string[], json: boolean): Operation {
  if (!(error instanceof Refusal) || error.code !== 'BAD_SIGNAL' || json) throw error;
  const targets = words.map((name) => ({ name, outcome: 'error', code: error.code, message: error.message }) as const);
  return { id: '', command, who: '', startedAt: 0, endedAt: 0, targets };
}

function change(command: Mutating): Command {
  return async (context, values) => {
    const client = await context.client();
    const words = command === 'scale' ? [textOf(values, 'name') ?? ''] : namesOf(values);
    let wasRunning: WasRunning = () => undefined;
    if (command === 'restart' && !wantsJson(context, values)) {
      const before = new Map((await client.status()).processes.map((p) => [displayName(p), !STOPPED_STATES.includes(p.state)]));
      // Targets are named by id or as typed.
      wasRunning = (name) => before.get(shortName(name));
    }
    const waitMs = numberOf(values, 'wait') ?? Infinity;
    const operation = await client
      .mutate(COMMANDS[command].route.path, bodyOf(command, values), waitMs)
      .catch((error: unknown) => refusedForAll(error, command, words, wantsJson(context, values)));
    const said = report(command, operation, words, wasRunning);
    if (wantsJson(context, values)) {
      printJson(context, operation);
      return said.code;
    }
    if (operation.endedAt === null && waitMs === 0) {
      context.screen.line(`${command}: asked for; operation ${operation.id}`);
      return EXIT.ok;
    }
    for (const line of said.out) context.screen.line(line);
    for (const line of said.notes) context.screen.note(line);
    await suggest(context, client, operation);
    return said.code;
  };
}

const agreed = async (context: Context, question: string): Promise<boolean> =>
  !context.interactive || (await context.ask(question)).trim().toLowerCase().startsWith('y');

/** What cannot be told from a connection that ends because the daemon does. */
const isLost = (error: unknown): boolean => error instanceof ConnectionError && (error.trouble === 'lost' || error.trouble === 'garbage');

/** What is known of an operation whose answer was lost because the daemon went: it was accepted. */
const unheard = (command: string): Operation => ({ id: '', command, who: '', startedAt: Date.now(), endedAt: null, targets: [] });

export const shutdown: Command = async (context, values) => {
  const json = wantsJson(context, values);
  let operation = unheard('shutdown');
  if (!(await agreed(context, 'Really shut the remote reeved process down y/N? '))) return EXIT.ok;
  const client = await context.client();
  try {
    operation = await client.mutate(COMMANDS.shutdown.route.path, { mode: textOf(values, 'mode') ?? 'warm' }, 0);
  } catch (error) {
    if (json && !isLost(error)) throw error;
    if (error instanceof Refusal && error.code === 'SHUTTING_DOWN') {
      context.screen.line('ERROR: already shutting down');
      return EXIT.ok;
    }
    if (error instanceof ConnectionError && (error.trouble === 'refused' || error.trouble === 'no_such_file')) {
      context.screen.line(`ERROR: ${error.message} (already shut down?)`);
      return EXIT.generic;
    }
    if (!isLost(error)) throw error;
  }
  if (json) printJson(context, operation);
  else context.screen.line('Shut down');
  return EXIT.ok;
};

export const reload: Command = async (context, values) => {
  const json = wantsJson(context, values);
  if (!(await agreed(context, 'Really restart the remote reeved process y/N? '))) return EXIT.ok;
  const client = await context.client();
  const { daemon } = await client.status();
  let operation = unheard('reload');
  try {
    operation = await client.mutate(COMMANDS.reload.route.path, {}, Infinity);
    const failed = operation.targets.filter((t) => t.outcome === 'error');
    if (failed.length > 0) {
      const said = report('reload', operation, []);
      if (json) {
        printJson(context, operation);
        return said.code;
      }
      for (const line of said.out) context.screen.line(line);
      for (const line of said.notes) context.screen.note(line);
      return said.code;
    }
  } catch (error) {
    if (json && !isLost(error)) throw error;
    if (error instanceof Refusal && error.code === 'SHUTTING_DOWN') {
      context.screen.line('ERROR: already shutting down');
      return EXIT.generic;
    }
    // The daemon may close its connections while it begins anew; that it accepted is known by then.
    if (!isLost(error)) throw error;
  }
  if (json) {
    printJson(context, operation);
    return EXIT.ok;
  }
  // Scripts written for supervisord look for its word; a TOML file has no such past.
  context.screen.line(daemon.file.endsWith('.toml') ? 'Restarted reeved' : 'Restarted supervisord');
  return EXIT.ok;
};

/** `operation ID`: what became of it; with --wait, its end. */
export const operation: Command = async (context, values) => {
  const client = await context.client();
  const found = await client.operation(textOf(values, 'id') ?? '', numberOf(values, 'wait') ?? 0);
  const command = (Object.hasOwn(COMMANDS, found.command) ? found.command : 'operation') as CommandName;
  const said = report(
    command,
    found,
    found.targets.map((t) => t.name),
  );
  if (wantsJson(context, values)) {
    printJson(context, found);
    return said.code;
  }
  context.screen.line(`operation ${found.id}: ${found.command} by ${found.who}, ${found.endedAt === null ? 'not finished' : 'finished'}`);
  for (const line of said.out) context.screen.line(line);
  for (const line of said.notes) context.screen.note(line);
  return said.code;
};

export const start = change('start');
export const stop = change('stop');
export const restart = change('restart');
export const signal = change('signal');
export const clear = change('clear');
export const rotate = change('rotate');
export const disable = change('disable');
export const enable = change('enable');
export const scale = change('scale');
