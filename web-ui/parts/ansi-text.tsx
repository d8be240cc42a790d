// A text that a program wrote, with its colours: what is kept whole and does not grow.
import { useMemo } from 'preact/hooks';
import { parseAnsi, PLAIN } from './ansi.ts';
import { lookOf } from './ansi-colours.ts';

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
          {spans.map(({ text: part, sgr }) => {
            const look = lookOf(sgr);
            return look.class === '' ? part : <span class={look.class} style={look.style}>{part}</span>;
          })}
          {'\n'}
        </>
      ))}
    </pre>
  );
}
