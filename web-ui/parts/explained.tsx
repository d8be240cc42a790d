// How something is, and why, in sentences of the daemon. What has none is left out.
import { useAnswer } from '../live/use-answer.ts';

/** `name` as `explain` takes it: `job:import`. `version`: asked again when it changes. */
export function Explained({ name, version }: { readonly name: string; readonly version: string }) {
  // `version` is no argument of the question: it is asked again as another component.
  return <Sentences key={version} name={name} />;
}

function Sentences({ name }: { readonly name: string }) {
  const { value } = useAnswer('explain', { names: [name] });
  const [one] = value ?? [];
  if (one === undefined) return null;
  return (
    <section class="explained" aria-label="Why">
      <p><strong>{one.summary}</strong></p>
      {one.sentences.length === 0 ? null : <ul>{one.sentences.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>}
    </section>
  );
}
