// The wall clock for what is redrawn as a whole: a list that is sorted or picked by time, a calendar.
import { useEffect, useState } from 'preact/hooks';
import { daemonNow } from './daemon-clock.ts';

const STEP_MS = 10_000;

/** The daemon's wall clock, ms, by steps of ten seconds while the page is seen. */
export function useSlowNow(): number {
  const [now, setNow] = useState(daemonNow());
  useEffect(() => {
    const tick = setInterval(() => {
      if (document.visibilityState === 'visible') setNow(daemonNow());
    }, STEP_MS);
    return () => clearInterval(tick);
  }, []);
  return now;
}
