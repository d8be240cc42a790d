// Problems found in files, collected so that all of them are told at once.
import { withoutHidden } from './hidden-characters.ts';
import type { Origin, Problem } from './spec.ts';

/** More than this many problems are counted, not listed: a person stops reading long before. */
export const MAX_PROBLEMS = 500;

/** Collects problems in the order found. */
export interface Report {
  readonly list: Problem[];
  /** Something that makes the configuration unusable. */
  error(place: Origin, key: string | null, message: string, hint?: string | null): void;
  /** Something odd that changes nothing or that supervisord accepts in silence. */
  warning(place: Origin, key: string | null, message: string, hint?: string | null): void;
  /** True when an error was reported. */
  failed(): boolean;
}

/** An empty report. */
export function newReport(): Report {
  const list: Problem[] = [];
  // A pool says the same of each of its copies: once is enough.
  const told = new Set<string>();
  let errors = 0;
  const add = (severity: Problem['severity'], place: Origin, key: string | null, message: string, hint: string | null) => {
    if (severity === 'error') errors += 1;
    const id = `${place.file}\0${place.line}\0${key}\0${message}`;
    if (list.length === MAX_PROBLEMS || told.has(id)) return;
    told.add(id);
    list.push({ severity, file: place.file, line: place.line, key, message, hint });
  };
  return {
    list,
    error: (place, key, message, hint = null) => add('error', place, key, message, hint),
    warning: (place, key, message, hint = null) => add('warning', place, key, message, hint),
    failed: () => errors > 0,
  };
}

/** `file:line: key: message (hint)`: one line for a terminal. */
export function problemLine(problem: Problem): string {
  const at = problem.line > 0 ? `${problem.file}:${problem.line}` : problem.file;
  const key = problem.key === null ? '' : ` ${problem.key}:`;
  const hint = problem.hint === null ? '' : ` (${problem.hint})`;
  return withoutHidden(`${at}: ${problem.severity}:${key} ${problem.message}${hint}`);
}

/** A value as it may be quoted in a message: short, on one line. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : value instanceof Date
        ? value.toISOString()
        : typeof value === 'object' && value !== null
          ? Array.isArray(value)
            ? 'a list'
            : 'a table'
          : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
