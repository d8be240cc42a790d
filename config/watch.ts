// Restart on change of files: the keys watch, watch_ignore and watch_debounce of a program, and what they mean.
import * as kind from './kinds.ts';
import { key } from './table.ts';
import type { Values } from './table.ts';

/** Which files, below which directory. */
export interface WatchSpec {
  /** Patterns as written, relative to `directory`: without a slash the name of a file at any depth, `**` any directories. */
  readonly patterns: readonly string[];
  readonly ignore: readonly string[];
  /** Absolute, or null for the daemon's own. */
  readonly directory: string | null;
  readonly debounceMs: number;
}

export const watchKeys = {
  watch: key(kind.strings, 'For development: restart it when one of these files below its directory changes. A pattern without a slash is the name of a file at any depth; `**` stands for any directories.', '["*.py", "templates/**"]', { fallbackText: 'none' }),
  watch_ignore: key(kind.strings, 'Files and directories that are not looked at, beside hidden ones, `node_modules`, `__pycache__`, the logs of the program and `state_dir`.', '["build/**", "*.tmp"]', { fallback: [] }),
  watch_debounce: key(kind.duration, 'Restart when nothing has changed for so long.', '"1s"', { fallback: 500 }),
};

/** What is watched; null: nothing. */
export function watchOf(values: Values<typeof watchKeys>, directory: string | null): WatchSpec | null {
  if (values.watch === undefined || values.watch.length === 0) return null;
  return { patterns: values.watch, ignore: values.watch_ignore ?? [], directory, debounceMs: values.watch_debounce ?? watchKeys.watch_debounce.fallback };
}

/** What is good by itself and wrong together. */
export function checkWatch(values: Values<typeof watchKeys>, complain: (key: string, message: string, hint?: string) => void): void {
  for (const name of ['watch_ignore', 'watch_debounce'] as const)
    if (values[name] !== undefined && (values.watch ?? []).length === 0) complain(name, `${name} does nothing without watch`, 'write watch = ["*.py"]');
  for (const name of ['watch', 'watch_ignore'] as const)
    for (const pattern of values[name] ?? []) if (/^\/|(^|\/)\.\.(\/|$)/.test(pattern)) complain(name, `"${pattern}" leads out of the directory of the program`, 'write it relative to directory');
}
