// A text to be copied: a command. Without the clipboard (a page that is not on loopback and has no TLS has none) it is marked instead.
import { useEffect, useRef, useState } from 'preact/hooks';

/** So long the button says what it did. */
const SAYS_MS = 2000;

export function Copyable({ text, label }: { readonly text: string; readonly label: string }) {
  const [said, setSaid] = useState('Copy');
  const shown = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (said === 'Copy') return undefined;
    const timer = setTimeout(() => setSaid('Copy'), SAYS_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const mark = (): void => {
    const selection = getSelection();
    if (selection === null || shown.current === null) return;
    selection.selectAllChildren(shown.current);
    setSaid('Marked: press Ctrl+C');
  };
  const copy = (): void => {
    if (!isSecureContext) mark();
    else navigator.clipboard.writeText(text).then(() => setSaid('Copied'), mark);
  };
  return (
    <div class="copyable">
      <pre ref={shown} tabIndex={0} role="region" aria-label={label}>{text}</pre>
      <button type="button" onClick={copy} aria-label={`Copy: ${label}`}><span aria-live="polite">{said}</span></button>
    </div>
  );
}
