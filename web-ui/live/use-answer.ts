// An answer of the daemon in a component: asked when it is first drawn and whenever `values` change.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { ask } from '../ask.ts';
import type { Values } from '../ask.ts';

export interface Answer<T> {
  /** The last answer, also while a newer one is waited for. */
  readonly value: T | null;
  readonly error: Error | null;
  readonly loading: boolean;
  /** Asks again. */
  again(): void;
}

/** `values` null: not asked yet. `everyMs`: asked again this often while the page is seen. */
export function useAnswer<N extends keyof RestAnswers>(id: N, values: Values | null, everyMs?: number): Answer<RestAnswers[N]> {
  const key = JSON.stringify([id, values]);
  const [state, setState] = useState<{ key: string; value: RestAnswers[N] | null; error: Error | null; loading: boolean }>({ key, value: null, error: null, loading: values !== null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (values === null) return undefined;
    const gone = new AbortController();
    // An answer to another question is not shown as one to this.
    setState((before) => (before.key === key ? { ...before, loading: true } : { key, value: null, error: null, loading: true }));
    ask(id, values, gone.signal).then(
      (value) => setState({ key, value, error: null, loading: false }),
      (error: Error) => {
        if (!gone.signal.aborted) setState((before) => ({ key, value: before.key === key ? before.value : null, error, loading: false }));
      },
    );
    return () => gone.abort();
    // `key` says all that `id` and `values` say.
  }, [key, turn]);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const tick = setInterval(() => {
      if (document.visibilityState === 'visible') setTurn((n) => n + 1);
    }, everyMs);
    return () => clearInterval(tick);
  }, [everyMs]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { value: state.key === key ? state.value : null, error: state.error, loading: state.loading, again };
}

/** Asks again when `version` is another one than before; what was answered stays meanwhile. */
export function useAgain(again: () => void, version: string): void {
  const asked = useRef(version);
  useEffect(() => {
    if (asked.current !== version) again();
    asked.current = version;
  }, [version]);
}
