// Dead letters are no part of the snapshot: who shows them asks again when a fact tells of them.
import { useEffect } from 'preact/hooks';
import type { Live } from './live/live.ts';

/** Many die at once, or are deleted at once: asked again once. */
const SOON_MS = 1000;

/** Calls `again` soon after dead letters came, were tried again or were deleted. */
export function useDeadNews(live: Live, again: () => void): void {
  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const unhear = live.onFact((fact) => {
      if (fact.type !== 'dead.added' && fact.type !== 'dead.retried' && fact.type !== 'dead.pruned') return;
      soon ??= setTimeout(() => {
        soon = undefined;
        again();
      }, SOON_MS);
    });
    return () => {
      unhear();
      clearTimeout(soon);
    };
  }, [live, again]);
}
