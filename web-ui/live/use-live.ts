// The live snapshot in components.
import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { daemonNow } from './daemon-clock.ts';
import type { Live } from './live.ts';

export const LiveContext = createContext<Live | null>(null);

/** The link to the daemon; the component is drawn anew when something changed, at most once a frame. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error('a view stands outside of the page');
  const [, draw] = useState(0);
  const drawn = live.version;
  useLayoutEffect(() => {
    // What changed between the drawing and this would be drawn by nobody, where nothing else happens.
    if (live.version !== drawn) draw(live.version);
    return live.subscribe(() => draw(live.version));
  }, [live]);
  return live;
}

const tickers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

// One clock for all that show a time; it stands still while nobody looks.
function onTick(then: () => void): () => void {
  tickers.add(then);
  ticking ??= setInterval(() => {
    if (document.visibilityState === 'visible') for (const ticker of tickers) ticker();
  }, 1000);
  return () => {
    tickers.delete(then);
    if (tickers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** The daemon's wall clock, ms; the component is drawn anew each second while the page is seen. */
export function useNow(): number {
  const [now, setNow] = useState(daemonNow());
  useEffect(() => onTick(() => setNow(daemonNow())), []);
  return now;
}
