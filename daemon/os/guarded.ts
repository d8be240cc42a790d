// What a callback of others throws must not keep those that come after it from being called.

/** Runs a callback of others; what it throws is reported from a turn of its own, so that it cannot cost another's exit. */
export function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}
