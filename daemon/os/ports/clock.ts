// The two clocks, and who tells when they part.
/** Milliseconds of the monotonic clock. Only differences mean anything. */
export type MonoMs = number & { readonly __brand?: 'mono' };
/** Milliseconds since 1970 of the wall clock. */
export type WallMs = number & { readonly __brand?: 'wall' };

/** What time it is, by both clocks. */
export interface Clock {
  mono(): MonoMs;
  wall(): WallMs;
}

/** Tells when the wall clock no longer goes with the monotonic one: it was set, or the machine slept. Slow corrections (NTP) are none. */
export interface WallClockWatch {
  /** From now on `tell` hears each jump: ms that the wall clock is further than before, negative where it was set back. */
  onChange(tell: (jumpMs: number) => void): void;
  dispose(): void;
}
