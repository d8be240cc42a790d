// top: who uses what, live on a terminal, once in a pipe.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { UsageRow } from '../../daemon/contract/ps.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { textWidth, truncate } from '../text-width.ts';
import { SORTS, topLines, totalLine } from '../top-lines.ts';
import { pause } from '../pause.ts';
import type { Sort } from '../top-lines.ts';

const EVERY_MS = 2000;
const LEAST_EVERY_MS = 200;
/** What a process uses of a processor is seen between two looks. */
const ONCE_MS = 500;

async function live(context: Context, ask: () => Promise<readonly UsageRow[]>, first: Sort, everyMs: number): Promise<void> {
  const { screen, signal } = context;
  const { FullScreen } = await import('../monitor/full-screen.ts');
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let by = first;
  let rows: readonly UsageRow[] = [];
  const draw = (): void => {
    const { columns, rows: height } = full.size;
    const room = Math.max(1, height - 2);
    const lines = [truncate(totalLine(rows), columns), ...topLines(rows, by, { now: Date.now(), columns, colour: screen.colour }).slice(0, room)];
    while (lines.length < height - 1) lines.push('');
    const help = Object.entries(SORTS).map(([name, key]) => `${key} ${name}`).join('  ');
    // Filled with blanks: what stood there is gone.
    full.draw([...lines, truncate(`sort: ${help}  q quit`, columns)].map((line) => line + ' '.repeat(Math.max(0, columns - textWidth(unpainted(line))))));
  };
  using full = new FullScreen({ input: process.stdin, output: process.stdout }, (key) => {
    const sort = Object.entries(SORTS).find(([, one]) => one === key.toLowerCase())?.[0];
    if (sort !== undefined) by = sort as Sort;
    else if (key === 'q' || key === '<ctrl-c>' || key === '<ctrl-d>') over.abort();
    if (!ended.aborted) draw();
  }, draw);
  for (let wait = ONCE_MS; !ended.aborted; wait = everyMs) {
    rows = await ask();
    if (!ended.aborted) draw();
    await pause(wait, ended);
  }
}

const unpainted = (line: string): string => line.replace(/\u001B\[\d+m/g, '');

export const top: Command = async (context, values) => {
  const client = await context.client();
  const names = namesOf(values);
  const by = (textOf(values, 'sort') ?? 'cpu') as Sort;
  const ask = (): Promise<readonly UsageRow[]> => client.get<readonly UsageRow[]>(COMMANDS.top.route.path, names.length === 0 ? {} : { names });
  const { columns, colour } = context.screen;
  const json = wantsJson(context, values);
  if (columns !== null && !json && !flagOf(values, 'once')) {
    await live(context, ask, by, Math.max(LEAST_EVERY_MS, numberOf(values, 'every') ?? EVERY_MS));
    return EXIT.ok;
  }
  await ask();
  await pause(ONCE_MS, context.signal);
  const rows = await ask();
  if (json) printJson(context, rows);
  else context.screen.raw(`${topLines(rows, by, { now: Date.now(), columns, colour }).join('\n')}\n`);
  return EXIT.ok;
};
