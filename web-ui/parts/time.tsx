// Times that go on: how long ago, how long from now, how long up. Each draws itself anew, and nothing around it.
import { useNow } from '../live/use-live.ts';
import { clock, duration, exactly, relative } from '../words.ts';

/** `5m ago`; the exact time is its title. */
export function Ago({ at }: { readonly at: number | null }) {
  const now = useNow();
  if (at === null) return <span class="faint">never</span>;
  return <time dateTime={new Date(at).toISOString()} title={exactly(at)}>{relative(at, now)}</time>;
}

/** How long since then. */
export function Since({ at }: { readonly at: number | null }) {
  const now = useNow();
  return at === null ? <span class="faint">–</span> : <time dateTime={new Date(at).toISOString()} title={`since ${exactly(at)}`}>{duration(now - at)}</time>;
}

/** The time on the clock. */
export function Clock({ at }: { readonly at: number | null }) {
  return at === null ? <span class="faint">–</span> : <time dateTime={new Date(at).toISOString()} title={exactly(at)}>{clock(at)}</time>;
}
