// Who listens to what programs write beside their logs: event listeners, and whoever waits for a line that says "ready".
import type { OutputTaps } from '../os/ports/output.ts';
import type { Listeners } from './listeners.ts';
import type { ReadinessWatch } from './readiness.ts';

/** Both as one. */
export function tapsOf(listeners: Listeners, readiness: ReadinessWatch): OutputTaps {
  return {
    isListener: (id) => listeners.isListener(id),
    protocol: (child, bytes) => listeners.protocol(child, bytes),
    chunk: (child, channel, bytes) => listeners.chunk(child, channel, bytes),
    captured: (child, channel, bytes) => listeners.captured(child, channel, bytes),
    watches: (id) => readiness.watchesOutput(id),
    seen: (child, channel, bytes) => readiness.seen(child, channel, bytes),
  };
}
