// What a burst of starts needed is given back: glibc keeps freed memory, for each thread that ever asked for some. After 1,000 starts that is
// 11 MiB, which nothing would use again before the next thousand.

/** So many starts leave enough behind to be worth a millisecond. */
const BURST = 50;
/** Nobody was started for so long: the burst is over. */
const QUIET_MS = 1000;

export interface FreedMemory {
  /** A process was started. Cheap. */
  started(): void;
  dispose(): void;
}

/** `trim`: gives back what the C library holds; null: this one cannot. No timer runs before a burst, or after it. */
export function createFreedMemory(trim: (() => void) | null): FreedMemory {
  let starts = 0;
  let isQuiet = true;
  let timer: NodeJS.Timeout | null = null;
  const look = (): void => {
    timer = isQuiet ? null : setTimeout(look, QUIET_MS).unref();
    if (!isQuiet) {
      isQuiet = true;
      return;
    }
    starts = 0;
    trim?.();
  };
  return {
    started() {
      starts += 1;
      if (trim === null || starts < BURST) return;
      isQuiet = false;
      timer ??= setTimeout(look, QUIET_MS).unref();
    },
    dispose() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
