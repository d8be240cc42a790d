// alert list, test; silence, silence list, end.
import type { AlertTest, AlertView, Silence } from '../../daemon/contract/alerts.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { ownZone } from '../../daemon/contract/where-values.ts';
import { alertLines, silenceLines, testLine } from '../alert-lines.ts';
import type { AlertStyle } from '../alert-lines.ts';
import { numberOf, textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { relative } from '../time-words.ts';
import { printLines } from './job.ts';

function styleOf({ screen }: Context): AlertStyle {
  return { columns: screen.columns, colour: screen.colour, now: Date.now(), zone: ownZone() };
}

export const list: Command = async (context, values) => {
  const alerts = await (await context.client()).get<readonly AlertView[]>(COMMANDS['alert list'].route.path);
  if (wantsJson(context, values)) printJson(context, alerts);
  else printLines(context, alertLines(alerts, styleOf(context)), alerts.length === 0 ? 'No alerts are configured: add [alerts.NAME].' : null);
  return EXIT.ok;
};

export const test: Command = async (context, values) => {
  const [name, channel] = [textOf(values, 'name'), textOf(values, 'channel')];
  const body = { ...(name === null ? {} : { name }), ...(channel === null ? {} : { channel }) };
  const results = await (await context.client()).post<readonly AlertTest[]>(COMMANDS['alert test'].route.path, body);
  if (wantsJson(context, values)) printJson(context, results);
  else for (const result of results) context.screen.line(testLine(result));
  return results.every((result) => result.ok) ? EXIT.ok : EXIT.generic;
};

export const silence: Command = async (context, values) => {
  const why = textOf(values, 'why');
  const body = { name: textOf(values, 'name') ?? '', for: (numberOf(values, 'for') ?? 0) / 1000, ...(why === null ? {} : { why }) };
  const made = await (await context.client()).post<Silence>(COMMANDS.silence.route.path, body);
  if (wantsJson(context, values)) printJson(context, made);
  else context.screen.line(`${made.name}: silent until ${new Date(made.until).toISOString().slice(0, 19)}Z (${relative(made.until, Date.now())})`);
  return EXIT.ok;
};

export const silences: Command = async (context, values) => {
  const all = await (await context.client()).get<readonly Silence[]>(COMMANDS['silence list'].route.path);
  if (wantsJson(context, values)) printJson(context, all);
  else printLines(context, silenceLines(all, styleOf(context)), all.length === 0 ? 'Nothing is silenced.' : null);
  return EXIT.ok;
};

export const unsilence: Command = async (context, values) => {
  const ended = await (await context.client()).post<readonly Silence[]>(COMMANDS['silence end'].route.path, { name: textOf(values, 'name') ?? '' });
  if (wantsJson(context, values)) printJson(context, ended);
  else for (const one of ended) context.screen.line(`${one.name}: alerts are sent again`);
  return EXIT.ok;
};
