// The time that reeve writes with a line: `log_timestamp` before it, `log_format = "json"` in it. Pure.

const STAMPED = /^(?:\{"at":")?(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)["\s]/;
/** A time stands within so many characters. */
const STAMP_CHARS = 48;

/** Wall clock ms; null: the line has none. */
export function stampOf(line: string): number | null {
  const at = STAMPED.exec(line.length > STAMP_CHARS ? line.slice(0, STAMP_CHARS) : line)?.[1];
  return at === undefined ? null : Date.parse(at);
}
