// How the scripted children of the fake world behave, and durations as tests write them.

/** How a child behaves. A plain one: its spawn succeeds at once, it lives for ever, and any signal ends it and all it started. */
export interface Script {
  /** silent: the test answers by `answers`. */
  readonly spawn?: 'ok' | 'missing' | 'busy' | 'silent';
  /** Which signals end the main process. */
  readonly obeys?: 'all' | 'kill' | 'none';
  /** Every life ends by itself after this. */
  readonly dies?: { readonly afterMs: number; readonly code: number } | null;
  /** Each end of the main process leaves a descendant, which … */
  readonly leaves?: boolean;
  /** … ends by these signals. */
  readonly leftObeys?: 'all' | 'kill' | 'none';
  /** at once: it says that it is ready as soon as it is spawned, where it has `ready` and no delay. */
  readonly ready?: 'at once' | 'never';
  /** Signals cannot be sent (EPERM). */
  readonly unsignallable?: boolean;
}

/** `'2s'`, `'500ms'`, `'3m'`, `'1h'` or a number of ms. */
export function ms(duration: string | number): number {
  if (typeof duration === 'number') return duration;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration);
  if (!match) throw new Error(`cannot read the duration ${duration}`);
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
}
