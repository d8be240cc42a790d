// ps and stuck: processes and runs as one list, and the end of what gives no sign of life.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { PsRow } from '../../daemon/contract/ps.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { flagOf, listed, textOf } from '../arguments.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { misused } from '../json-error.ts';
import { columnsOf, PS_COLUMNS, psLines, STUCK_COLUMNS } from '../ps-lines.ts';
import { pathWith, printLines, sayTargets, styleOf } from './job.ts';

export const ps: Command = async (context, values) => {
  const asked = listed(values, 'columns');
  const columns = asked.length === 0 ? PS_COLUMNS : columnsOf(asked);
  if (typeof columns === 'string') {
    context.screen.line(`Error: ${columns}`);
    return EXIT.usage;
  }
  const json = wantsJson(context, values);
  const where = textOf(values, 'where');
  const usage = json || columns.some((name) => name === 'rss' || name === 'cpu');
  const rows = await (await context.client()).get<RestAnswers['ps']>(COMMANDS.ps.route.path, { where, usage });
  if (json) printJson(context, rows);
  else printLines(context, psLines(rows, columns, styleOf(context)), rows.length === 0 ? (where === null ? 'No programs and no runs.' : 'Nothing fits the filter.') : null);
  return EXIT.ok;
};

/** Kill: programs go on by their rules. Restart: programs again; runs cancelled, then begun anew. */
async function end(context: Context, client: Client, rows: readonly PsRow[], how: 'kill' | 'restart'): Promise<number> {
  const processes = rows.filter((row) => row.kind === 'program').map((row) => row.name);
  const runs = rows.filter((row) => row.kind === 'run');
  let code: number = EXIT.ok;
  if (processes.length > 0) {
    const path = how === 'kill' ? COMMANDS.signal.route.path : COMMANDS.restart.route.path;
    const body = how === 'kill' ? { names: processes, signal: 'KILL' } : { names: processes, strategy: false, rolling: false };
    code = Math.max(code, sayTargets(context, await client.mutate(path, body, Infinity), () => (how === 'kill' ? 'killed' : 'restarted')));
  }
  if (runs.length > 0) {
    const body = { names: runs.map((row) => row.id), ...(how === 'kill' ? { signal: 'KILL' } : {}) };
    code = Math.max(code, sayTargets(context, await client.mutate(COMMANDS['job cancel'].route.path, body, Infinity), () => 'cancelled'));
  }
  if (how === 'kill') return code;
  for (const row of runs) {
    const path = pathWith(COMMANDS['job run'].route.path, { name: row.name });
    const operation = await client.mutate(path, { args: row.args, ...(row.key === null ? {} : { key: row.key }) }, 0);
    const [target] = operation.targets;
    if (target?.run === undefined) code = Math.max(code, sayTargets(context, operation, () => 'started again'));
    else context.screen.line(`${row.name}: started again as run ${target.run}`);
  }
  return code;
}

export const stuck: Command = async (context, values) => {
  const kill = flagOf(values, 'kill');
  const restart = flagOf(values, 'restart');
  if (kill && restart) {
    return misused(context, 'stuck takes --kill or --restart, not both');
  }
  const client = await context.client();
  const rows = await client.get<RestAnswers['ps']>(COMMANDS.ps.route.path, { where: 'stuck' });
  const json = wantsJson(context, values);
  if (json) printJson(context, rows);
  else printLines(context, psLines(rows, STUCK_COLUMNS, styleOf(context)), rows.length === 0 ? 'Nothing is stuck.' : null);
  if (rows.length === 0) return EXIT.ok;
  if (!kill && !restart) return EXIT.generic;
  // stdout has the one value that was asked for.
  const { screen } = context;
  return end(json ? { ...context, screen: { ...screen, line: (text) => screen.note(text) } } : context, client, rows, kill ? 'kill' : 'restart');
};
