// monitor: everything at a glance, live on a terminal; once in a pipe, or as counters or JSON.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { numberOf, textOf } from '../arguments.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { compactLine, countersOf, tableOnce, worldOf } from '../monitor/once.ts';
import { pastOf } from '../monitor/past.ts';

const REFRESH_MS = 5000;
const LEAST_REFRESH_MS = 500;

async function once(context: Context, client: Client, format: string): Promise<number> {
  const [snapshot, facts] = await Promise.all([client.status(true), pastOf(client, context.signal)]);
  const usage = format === 'compact' ? [] : await client.get<RestAnswers['top']>(COMMANDS.top.route.path);
  const world = worldOf(snapshot, facts, usage, Date.now());
  if (format === 'json') printJson(context, { at: world.now, counters: countersOf(world), snapshot, usage, violations: world.violations, events: world.events });
  else if (format === 'compact') context.screen.line(compactLine(world));
  else context.screen.raw(`${tableOnce(world, context.screen.columns, context.screen.colour).join('\n')}\n`);
  return EXIT.ok;
}

export const monitor: Command = async (context, values) => {
  const client = await context.client();
  const format = wantsJson(context, values) ? 'json' : (textOf(values, 'format') ?? 'table');
  const { input, output } = { input: process.stdin, output: process.stdout };
  if (format !== 'table' || context.screen.columns === null || !input.isTTY || process.env['TERM'] === 'dumb') return once(context, client, format);
  // Who ends us by a signal gets its terminal back too, and the exit status that a signal has.
  const ended = new AbortController();
  let code: number = EXIT.ok;
  const told = (signal: NodeJS.Signals, status: number): (() => void) => {
    const end = (): void => {
      code = status;
      ended.abort();
    };
    process.once(signal, end);
    return () => process.off(signal, end);
  };
  const untold = [told('SIGTERM', 143), told('SIGHUP', 129)];
  try {
    const { runMonitor } = await import('../monitor/live.ts');
    await runMonitor({ client, terminal: { input, output }, colour: context.screen.colour, refreshMs: Math.max(LEAST_REFRESH_MS, numberOf(values, 'refresh') ?? REFRESH_MS), signal: AbortSignal.any([context.signal, ended.signal]) });
  } finally {
    for (const undo of untold) undo();
  }
  return code;
};
