// logs --files and --file: the files of a log with those that were rotated, and one of them, unpacked.
import { ROUTES } from '../../daemon/contract/routes.ts';
import type { LogFile, LogLine } from '../../daemon/contract/rest.ts';
import { flagOf, textOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Context } from '../context.ts';
import { instant } from '../instant.ts';
import { sizeText } from '../size-text.ts';
import { tableLines } from '../table-lines.ts';

/** Whose log. */
export type LogOwner = { readonly name: string } | { readonly job: string };

const pathOf = (id: 'log-files' | 'log-file'): string => ROUTES.find((route) => route.id === id)?.path ?? '';

/** One of the two was asked for. */
export const asksForFiles = (values: Values): boolean => flagOf(values, 'files') || textOf(values, 'file') !== null;

function cells(file: LogFile): readonly string[] {
  const packed = file.compressed ? `${file.plainBytes === null ? '' : sizeText(file.plainBytes)} (gzip)`.trim() : '';
  return [String(file.number), file.file, file.channel === 'stderr' ? 'stderr' : '', sizeText(file.bytes), packed, file.from === null ? '-' : instant(file.from), instant(file.until)];
}

function show(context: Context, files: readonly LogFile[], owner: LogOwner): number {
  const { screen } = context;
  if (files.length === 0) {
    screen.note(`${'name' in owner ? owner.name : owner.job}: its log is in no file, or nothing was written yet.`);
    return EXIT.ok;
  }
  for (const line of tableLines(['#', 'FILE', 'CHANNEL', 'SIZE', 'UNPACKED', 'FROM', 'UNTIL'], files.map(cells), { columns: screen.columns, colour: screen.colour, right: new Set([0, 3]), drop: [4, 5] })) screen.line(line);
  return EXIT.ok;
}

/** By its number in the list, or its name. */
function chosen(files: readonly LogFile[], wanted: string): LogFile {
  const found = files.find((file) => file.file === wanted) ?? files.find((file) => /^\d+$/.test(wanted) && file.number === Number(wanted));
  if (found !== undefined) return found;
  throw new Refusal('NO_LOG', `cannot read ${JSON.stringify(wanted)}: the log has no such file`, files.length === 0 ? 'It is in no file, or nothing was written yet.' : `It has ${files.map(({ file }) => file).join(', ')}; --files lists them.`, null);
}

/** What `--files` and `--file` of a command ask for. */
export async function logFiles(context: Context, client: Client, values: Values, owner: LogOwner): Promise<number> {
  const json = wantsJson(context, values);
  const files = await client.get<readonly LogFile[]>(pathOf('log-files'), { ...owner, channel: textOf(values, 'channel') });
  const wanted = textOf(values, 'file');
  if (wanted === null) {
    if (!json) return show(context, files, owner);
    printJson(context, files);
    return EXIT.ok;
  }
  const { name, channel, id } = chosen(files, wanted);
  const decoder = new TextDecoder();
  const say = (text: string): void => (text === '' ? undefined : context.screen.json(JSON.stringify({ name, channel, text } satisfies LogLine)));
  await client.stream(pathOf('log-file'), { ...owner, channel, file: id, unpack: true }, '*/*', context.signal, (piece) => {
    if (json) say(decoder.decode(piece, { stream: true }));
    else context.screen.raw(piece);
    return context.screen.full();
  });
  if (json) say(decoder.decode());
  return EXIT.ok;
}
