// One line of the daemon's log before it has its time: how bad it is, and its words.
import type { DaemonSpec } from '../../config/spec.ts';

/** How bad a line is, or the least that is written: the words of `loglevel`. */
export type LogLevel = DaemonSpec['logLevel'];

/** A line without its time. */
export interface Said {
  readonly level: LogLevel;
  readonly text: string;
}

export const debug = (text: string): Said => ({ level: 'debug', text });
export const info = (text: string): Said => ({ level: 'info', text });
export const warn = (text: string): Said => ({ level: 'warn', text });
export const error = (text: string): Said => ({ level: 'error', text });
export const critical = (text: string): Said => ({ level: 'critical', text });

/** Seconds with one digit behind the point at most. */
export function seconds(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}
