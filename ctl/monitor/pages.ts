// What stands in place of the list: why a row is so, and what it writes.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import type { Client } from '../client.ts';
import { instant } from '../instant.ts';
import { lineReader } from '../ndjson.ts';
import { printableCell } from '../screen.ts';
import { textWidth } from '../text-width.ts';
import type { Row } from './rows.ts';

/** Of the past of a log. */
const LOG_BYTES = 64 * 1024;

/** What is used of any explanation; the kinds have more. */
interface AnyExplanation {
  readonly summary: string;
  readonly sentences: readonly string[];
  readonly transitions?: readonly { readonly at: number; readonly from: string; readonly to: string; readonly why: string; readonly incarnation: number }[];
  readonly lives?: readonly { readonly incarnation: number; readonly pid: number; readonly startedAt: number; readonly code: number | null; readonly signal: string | null; readonly why: string | null; readonly lastOutput: string | null }[];
  readonly violations?: readonly { readonly at: number; readonly why: string }[];
}

/** Sentences in lines of at most `columns` cells; what follows the first is indented as it. */
export function wrapped(text: string, columns: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of printableCell(text).split(' ')) {
    if (line !== indent && textWidth(line) + 1 + textWidth(word) > columns) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}

function explained(one: AnyExplanation, columns: number): string[] {
  const list = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines.flatMap((line) => wrapped(line, columns, '  '))]);
  return [
    ...wrapped(one.summary, columns), ...(one.sentences.length === 0 ? [] : ['', ...one.sentences.flatMap((sentence) => wrapped(sentence, columns))]),
    ...list('Last changes:', (one.transitions ?? []).map((t) => `${instant(t.at)} ${t.from} -> ${t.to}, life ${String(t.incarnation)}${t.why === '' ? '' : `: ${t.why}`}`)),
    ...list('Limits it did not keep:', (one.violations ?? []).map((v) => `${instant(v.at)} ${v.why}`)),
    ...list('Lives:', (one.lives ?? []).flatMap((life) => [
      `${String(life.incarnation)}: ${instant(life.startedAt)} pid ${String(life.pid)}${life.signal === null ? (life.code === null ? '' : `, exit ${String(life.code)}`) : `, signal ${life.signal}`}${life.why === null ? '' : `: ${life.why}`}`,
      ...(life.lastOutput?.trimEnd().split('\n').filter((line) => line !== '').map((line) => `| ${line}`) ?? []),
    ])),
  ];
}

/** The name by which a row is explained. */
function explainName(row: Row): string | null {
  switch (row.kind) {
    case 'process': return row.view.id;
    case 'job': return `job:${row.view.name}`;
    case 'run': return `run:${row.view.id}`;
    case 'issue': return `issue:${row.view.id}`;
    case 'breaker': return `breaker:${row.view.name}`;
    case 'event': return null;
  }
}

/** Why the row is so, in lines for the screen. Rejects with what the daemon says. */
export async function explainRow(client: Client, row: Row, columns: number): Promise<readonly string[]> {
  const name = explainName(row);
  // An event says all that is known of it.
  if (name === null) return JSON.stringify(row.view, null, 2).split('\n');
  const answers = await client.get<readonly AnyExplanation[]>(COMMANDS.explain.route.path, { names: [name] });
  return answers.flatMap((one, i) => [...(i === 0 ? [] : ['']), ...explained(one, columns)]);
}

/** Colours and movements of the cursor are the program's, not ours to repeat. */
const bare = (line: string): string => line.replace(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|$)|.)/g, '').replaceAll('\r', '');

/** Where the log of a row is; null: it has none. */
export function logOf(row: Row): { readonly path: string; readonly query: Readonly<Record<string, string | number | boolean>>; readonly lines: boolean } | null {
  switch (row.kind) {
    case 'process': return { path: COMMANDS.logs.route.path, query: { names: row.view.id, bytes: LOG_BYTES, follow: true }, lines: true };
    case 'job': case 'run': return { path: COMMANDS['job logs'].route.path.replace('{run}', encodeURIComponent(row.kind === 'job' ? row.view.name : row.view.id)), query: { follow: true }, lines: false };
    case 'issue': case 'breaker': case 'event': return null;
  }
}

/** Gives whole lines of the log as they come, until the signal or the daemon ends it. */
export async function followLog(client: Client, place: NonNullable<ReturnType<typeof logOf>>, signal: AbortSignal, onLines: (lines: readonly string[]) => void): Promise<void> {
  const rests = new Map<string, string>();
  const take = (channel: string, text: string): void => {
    const parts = ((rests.get(channel) ?? '') + text).split('\n');
    rests.set(channel, (parts.pop() ?? '').slice(-LOG_BYTES));
    if (parts.length > 0) onLines(parts.map((line) => `${channel === 'stderr' ? '! ' : ''}${bare(line)}`));
  };
  const decoder = new TextDecoder();
  const read = lineReader((value) => {
    const { channel, text } = value as LogLine;
    take(channel, text);
  });
  await client.stream(place.path, place.query, place.lines ? NDJSON : 'text/plain', signal, (piece) => {
    if (place.lines) read(piece);
    else take('stdout', decoder.decode(piece, { stream: true }));
  });
  for (const [channel, rest] of rests) if (rest !== '') onLines([`${channel === 'stderr' ? '! ' : ''}${bare(rest)}`]);
}
