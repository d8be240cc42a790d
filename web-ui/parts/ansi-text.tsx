// A text that a program wrote, with its colours: what is kept whole and does not grow.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { parseAnsi, PLAIN } from './ansi.ts';
import type { Span } from './ansi.ts';
import { lookOf } from './ansi-colours.ts';

/** Text in its style: as it is where it has none, since most of a log has none. */
export function styled({ text, sgr }: Span): ComponentChildren {
  const look = lookOf(sgr);
  return look.class === '' ? text : <span class={look.class} style={look.style}>{text}</span>;
}

/** `label` is what a screen reader says of it. */
export function AnsiText({ text, label }: { readonly text: string; readonly label: string }) {
  const lines = useMemo(() => {
    let sgr = PLAIN;
    return text.replace(/\n$/, '').split('\n').map((line) => {
      const parsed = parseAnsi(line, sgr);
      sgr = parsed.sgr;
      return parsed.spans;
    });
  }, [text]);
  return (
    <pre class="output" tabIndex={0} role="region" aria-label={label}>
      {lines.map((spans) => (
        <>
          {spans.map(styled)}
          {'\n'}
        </>
      ))}
    </pre>
  );
}
