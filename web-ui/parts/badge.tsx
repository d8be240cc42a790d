// A state: sign, word and colour.
import { SIGNS } from '../tones.ts';
import type { Tone } from '../tones.ts';

export function Badge({ tone, children, title }: { readonly tone: Tone; readonly children: string; readonly title?: string | undefined }) {
  return <span class={`badge ${tone}`} title={title}><span class="sign" aria-hidden="true">{SIGNS[tone]}</span>{children}</span>;
}
