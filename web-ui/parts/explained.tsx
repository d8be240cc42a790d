// How something is, and why, in sentences of the daemon. What has none is left out.
import { useAgain, useAnswer } from '../live/use-answer.ts';

/** The sentences say how long and how far: asked again this often. */
const EVERY_MS = 5000;

/** What stands between backticks is something to type. */
export function Typed({ text }: { readonly text: string }) {
  return <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}</>;
}

/** `name` as `explain` takes it: `job:import`. `version`: asked again at once when it changes; what was said stays meanwhile. */
export function Explained({ name, version }: { readonly name: string; readonly version: string }) {
  const { value, again } = useAnswer('explain', { names: [name] }, EVERY_MS);
  useAgain(again, version);
  const [one] = value ?? [];
  if (one === undefined) return null;
  return (
    <section class="explained" aria-label="Why">
      <p><strong><Typed text={`${one.summary.charAt(0).toUpperCase()}${one.summary.slice(1)}`} /></strong></p>
      {one.sentences.length === 0 ? null : <ul>{one.sentences.map((sentence) => <li key={sentence}><Typed text={sentence} /></li>)}</ul>}
    </section>
  );
}
