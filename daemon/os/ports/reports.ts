// How children report to the daemon.
import type { Report, Supervised } from '../../contract/reports.ts';

/** The ways by which children report: NOTIFY_SOCKET (sd_notify) and REEVE_SOCKET (HTTP). */
export interface ReportChannels {
  /**
   * Before a spawn: makes what this child may speak to. `variables` go into its environment: REEVE_SOCKET and REEVE_TOKEN; and where
   * `notify`, NOTIFY_SOCKET, and WATCHDOG_USEC where `watchdogMs` is not null (the heartbeat's interval; without WATCHDOG_PID, as any
   * process of the child may speak). uid: of the child; null: the daemon's own.
   * A way that cannot be made is left out, and said once: reporting never keeps a child from starting. A spawn that fails: `close`.
   */
  open(subject: Supervised, options: { readonly uid: number | null; readonly notify: boolean; readonly watchdogMs: number | null }): { readonly variables: Readonly<Record<string, string>> };
  /** The main process ended: what it has sent and nobody has read yet is told to the sink first, then `done` is called (after a few turns of the event loop at most). Its last words come before its exit. Its other processes may go on talking until `close`. */
  drain(supervisionId: string, done: () => void): void;
  /** The child is gone: nothing is taken for it any more. */
  close(supervisionId: string): void;
  dispose(): Promise<void>;
}

/** Where reports go, and what was not taken: called from the event loop, one at a time, in the order they came. Must not throw. */
export interface ReportSink {
  report(subject: Supervised, report: Report): void;
  /** subject null: of nobody that is known. `times`: how many since the last call for the same sender; at most one call in ten seconds for each. */
  refused(subject: Supervised | null, why: string, times: number): void;
}
