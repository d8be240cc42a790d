// What [alerts] means once it is read.
import type { CommandSpec, IntensitySpec, Origin } from './spec.ts';

/** How bad a fact is, the least first. */
export const SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type AlertSeverity = (typeof SEVERITIES)[number];

/** One way by which an alert leaves the daemon. */
export type ChannelSpec =
  /** JSON on standard input, ALERT_* in the environment; it runs in `directory`. `user`: as written; null: the daemon's. */
  | { readonly kind: 'exec'; readonly command: CommandSpec; readonly directory: string; readonly user: string | null; readonly timeoutMs: number }
  /** A POST. One of `url` and `urlFile` is there; files are read at each delivery. `socket`: over this unix socket. */
  | {
      readonly kind: 'webhook';
      readonly url: string | null;
      readonly urlFile: string | null;
      readonly socket: string | null;
      readonly format: 'json' | 'slack';
      readonly headers: Readonly<Record<string, string>>;
      /** Header -> file that holds its value. */
      readonly headerFiles: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'syslog' };

/** A fact that is told. */
export interface AlertCauseSpec {
  readonly fact: string;
  /** stuck, timeout, failure …; the fact where it has no class. */
  readonly class: string;
  /** Facts about the same subject that end it; none: it is news, told and over. */
  readonly ends: readonly string[];
}

/** One rule: which facts it tells, of whom, how often, and by which channels. */
export interface AlertSpec {
  readonly name: string;
  readonly enabled: boolean;
  /** Classes and facts as written. */
  readonly on: readonly string[];
  /** The facts they mean, each once. */
  readonly causes: readonly AlertCauseSpec[];
  /** Names, `*` for any characters. Both empty: everybody. Else only who is listed. */
  readonly programs: readonly string[];
  readonly jobs: readonly string[];
  /** Wins over the lists above. */
  readonly exclude: readonly string[];
  readonly minSeverity: AlertSeverity;
  readonly channels: readonly ChannelSpec[];
  /** Of one subject and cause one message in this time. */
  readonly dedupMs: number;
  /** While it lasts it is said again so often; null: not by itself. */
  readonly repeatMs: number | null;
  /** Messages of one incident after its first; null: no limit. */
  readonly maxRepeats: number | null;
  /** So many within the window before anything is told; max null: the first one. */
  readonly rate: IntensitySpec;
  /** Told when it has lasted so long. */
  readonly forMs: number;
  /** The end of an incident that was told is told too. */
  readonly recovery: boolean;
  /** Templates; null: the built-in ones. */
  readonly title: string | null;
  readonly text: string | null;
  readonly origin: Origin;
}

/** [alerts]. */
export interface AlertSettings {
  readonly enabled: boolean;
  /** Template of the address that leads from a message to its subject; null: none. */
  readonly link: string | null;
}
