// How something is, and why, in sentences of the daemon. What has none is left out.
import { useAnswer } from '../live/use-answer.ts';

/** `name` as `explain` takes it: `job:import`. `version`: asked again when it changes. */
export function Explained({ name, version }: { readonly name: string; readonly version: string }) {
  // `version` is no argument of the question: it is asked again as another component.
  return <Sentences key={version} name={name} />;
}

/** What stands between backticks is something to type. */
export function Typed({ text }: { readonly text: string }) {
  return <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}</>;
}

function Sentences({ name }: { readonly name: string }) {
  const { value } = useAnswer('explain', { names: [name] });
  const [one] = value ?? [];
  if (one === undefined) return null;
  return (
    <section class="explained" aria-label="Why">
      <p><strong><Typed text={`${one.summary.charAt(0).toUpperCase()}${one.summary.slice(1)}`} /></strong></p>
      {one.sentences.length === 0 ? null : <ul>{one.sentences.map((sentence) => <li key={sentence}><Typed text={sentence} /></li>)}</ul>}
    </section>
  );
}
