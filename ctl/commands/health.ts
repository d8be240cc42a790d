// health and probe: how processes are, with an exit code that says the truth; and, in a script under reeve, how it is itself.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { isAiling } from '../../daemon/contract/health.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { flagOf, namesOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { healthLines, historyLines, probeLines, sorted } from '../health-lines.ts';
import { misused } from '../json-error.ts';
import { printLines, styleOf } from './job.ts';
import { unknownName } from './show.ts';

/** A first word that is one of these is not the name of a process but what a script says of itself. */
const SAID: ReadonlySet<string> = new Set(['healthy', 'degraded', 'unhealthy']);

export const health: Command = async (context, values) => {
  const names = namesOf(values);
  if (SAID.has(names[0] ?? '')) return (await import('./report.ts')).sayHealth(context, names);
  const unhealthy = flagOf(values, 'unhealthy');
  const json = wantsJson(context, values);
  if (names.length === 0 && !flagOf(values, 'all') && !unhealthy) {
    return misused(context, 'health of whom? Give names, --all or --unhealthy');
  }
  const client = await context.client();
  try {
    const history = flagOf(values, 'history');
    const rows = await client.get<RestAnswers['health']>(COMMANDS.health.route.path, { names, all: names.length === 0 && !unhealthy, unhealthy, history });
    const style = styleOf(context);
    if (json) printJson(context, rows);
    else {
      printLines(context, healthLines(rows, style), rows.length === 0 ? (unhealthy ? 'Nobody is unhealthy or stuck, and all that is to be up is there.' : 'There are no processes.') : null);
      const few = names.length > 0 && rows.some((row) => row.probes.length > 0);
      if (few && !history) context.screen.raw(`\n${probeLines(rows, style).join('\n')}\n`);
      if (history) for (const row of sorted(rows)) context.screen.raw(`\n${historyLines(row, style).join('\n')}\n`);
    }
    return rows.some(isAiling) ? EXIT.generic : EXIT.ok;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND') throw error;
    return unknownName(context, client, names, error);
  }
};

export const probe: Command = async (context, values) => {
  const names = namesOf(values);
  const client = await context.client();
  try {
    const rows = await client.post<RestAnswers['probe']>(COMMANDS.probe.route.path, { names });
    if (wantsJson(context, values)) printJson(context, rows);
    else printLines(context, probeLines(rows, styleOf(context)));
    return rows.some((row) => isAiling(row) || row.probes.some((one) => one.failuresInRow > 0)) ? EXIT.generic : EXIT.ok;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND') throw error;
    return unknownName(context, client, names, error);
  }
};
