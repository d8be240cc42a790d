// What is said in place of something: it loads, there is none, it could not be had.
import type { ComponentChildren } from 'preact';
import { AskError } from '../ask.ts';

/** Nothing to show, and why. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Why it cannot be shown, and what to do. */
export function Problem({ error, again }: { readonly error: Error; readonly again?: (() => void) | undefined }) {
  return (
    <div class="problem" role="alert">
      <p><strong>{error.message}</strong></p>
      {error instanceof AskError ? <p>{error.advice}</p> : null}
      {again === undefined ? null : <button type="button" onClick={again}>Try again</button>}
    </div>
  );
}

export function Loading() {
  return <p class="empty" role="status">Loading…</p>;
}
