// The time that `log_timestamp` writes before a line. Pure.

const STAMPED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z /;

/** Wall clock ms; null: the line has none. */
export function stampOf(line: string): number | null {
  return STAMPED.test(line) ? Date.parse(line.slice(0, line.indexOf(' '))) : null;
}
