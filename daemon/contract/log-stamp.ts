// The time that reeve writes with a line: `log_timestamp` before it, `log_format = "json"` in it. Pure.

const STAMPED = /^(?:\{"at":")?(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)["\s]/;
/** A time stands within so many characters. */
const STAMP_CHARS = 48;

/** Wall clock ms; null: the line has none. */
export function stampOf(line: string): number | null {
  const at = STAMPED.exec(line.length > STAMP_CHARS ? line.slice(0, STAMP_CHARS) : line)?.[1];
  const stamp = at === undefined ? Number.NaN : Date.parse(at);
  // A program may write what only looks like one: the 99th of a month.
  return Number.isNaN(stamp) ? null : stamp;
}
