// Looking for words in lines. What is looked for is taken as it is written, so that no line can make the search hang. Pure.
import { plainText } from './ansi.ts';
import type { Span } from './ansi.ts';
import type { LogBlock, LogChannel, LogEntry } from './log-buffer.ts';

export interface LogFilter {
  /** '' : every line. Capitals do not count. */
  readonly words: string;
  /** null: both. */
  readonly channel: LogChannel | null;
  /** Lines without the words are left out. */
  readonly only: boolean;
}

/** Where something stands, or null where nothing is looked for. */
export function finder(words: string): RegExp | null {
  return words === '' ? null : new RegExp(words.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'giu');
}

/** Begin and end of each place, one after the other. */
export function places(text: string, find: RegExp): readonly (readonly [number, number])[] {
  return [...text.matchAll(find)].map((match) => [match.index, match.index + match[0].length]);
}

export interface MarkedSpan extends Span {
  readonly hit: boolean;
}

/** Spans cut where a place begins or ends. */
export function marked(spans: readonly Span[], hits: readonly (readonly [number, number])[]): readonly MarkedSpan[] {
  if (hits.length === 0) return spans.map((span) => ({ ...span, hit: false }));
  const out: MarkedSpan[] = [];
  let begin = 0;
  let next = 0;
  for (const { text, sgr } of spans) {
    const end = begin + text.length;
    let at = begin;
    while (at < end) {
      while (next < hits.length && (hits[next]?.[1] ?? 0) <= at) next++;
      const [from, until] = hits[next] ?? [Infinity, Infinity];
      const hit = from <= at;
      const stop = Math.min(end, hit ? until : from);
      out.push({ text: text.slice(at - begin, stop - begin), sgr, hit });
      at = stop;
    }
    begin = end;
  }
  return out;
}

export interface BlockView {
  readonly lines: readonly LogEntry[];
  /** Ids of lines that have the words. */
  readonly hits: readonly number[];
}

/** What of a block is shown. */
export function viewOf(block: LogBlock, { words, channel, only }: LogFilter): BlockView {
  const find = finder(words);
  const of = channel === null ? block.lines : block.lines.filter((line) => line.channel === channel || line.channel === 'note');
  if (find === null) return { lines: channel === null ? [...of] : of, hits: [] };
  const hits: number[] = [];
  const lines: LogEntry[] = [];
  for (const line of of) {
    find.lastIndex = 0;
    const has = find.test(plainText(line.text));
    if (has) hits.push(line.id);
    if (has || !only) lines.push(line);
  }
  return { lines, hits };
}
