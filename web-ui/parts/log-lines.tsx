// The lines of a log as they are drawn: in blocks, each drawn anew only when it changed, and laid out by the browser only when it is near.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { shortName } from '../../daemon/contract/names.ts';
import { clock, exactly } from '../words.ts';
import { parseAnsi } from './ansi.ts';
import { styled } from './ansi-text.tsx';
import type { LogBlock, LogEntry } from './log-buffer.ts';
import { finder, marked, places } from './log-search.ts';
import type { BlockView } from './log-search.ts';

const NAME_TONES = 8;

/** The tone of a name: the same one wherever it stands. */
export function toneOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 100_003;
  return sum % NAME_TONES;
}

/** The time of a line, to the millisecond; an empty place where none is known. */
function At({ at }: { readonly at: number | null }) {
  if (at === null) return <span class="log-at" />;
  return <time class="log-at" dateTime={new Date(at).toISOString()} title={exactly(at)}>{clock(at)}.{String(Math.floor(at) % 1000).padStart(3, '0')}</time>;
}

function Line({ entry, find, named, times, current }: { readonly entry: LogEntry; readonly find: RegExp | null; readonly named: boolean; readonly times: boolean; readonly current: boolean }) {
  if (entry.channel === 'note') return <div class="log-note" data-line={entry.id}>— {entry.text} —</div>;
  const { spans } = parseAnsi(entry.text, entry.sgr);
  const hits = find === null ? [] : places(spans.map((span) => span.text).join(''), find);
  const parts: ComponentChildren[] = hits.length === 0 ? spans.map(styled) : marked(spans, hits).map((span) => (span.hit ? <mark>{span.text}</mark> : styled(span)));
  return (
    <div class={`log-line${entry.channel === 'stderr' ? ' err' : ''}${current ? ' current' : ''}`} data-line={entry.id}>
      {times ? <At at={entry.at} /> : null}
      {named ? <span class={`log-name n${toneOf(entry.name)}`} title={entry.name}>{shortName(entry.name)}</span> : null}
      {entry.channel === 'stderr' ? <span class="log-err" title="Written to standard error">err</span> : null}
      {parts.length === 0 ? ' ' : parts}
    </div>
  );
}

export interface BlockProps {
  readonly block: LogBlock;
  readonly view: BlockView;
  readonly words: string;
  readonly named: boolean;
  /** Each line has the time when it came. */
  readonly times: boolean;
  /** Id of the line that the search stands on; 0: none. */
  readonly current: number;
}

export function Block({ block, view, words, named, times, current }: BlockProps) {
  // The view of a block is another one whenever it changed.
  return useMemo(() => {
    const find = finder(words);
    if (view.lines.length === 0) return null;
    return (
      <div class="log-block" style={{ '--lines': String(view.lines.length) }}>
        {view.lines.map((entry) => <Line key={entry.id} entry={entry} find={find} named={named} times={times} current={entry.id === current} />)}
      </div>
    );
  }, [block, view, words, named, times, view.lines.some(({ id }) => id === current) ? current : 0]);
}
