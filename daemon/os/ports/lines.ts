// Lines that leave the daemon: to a statsd server, to the log of the system.
/** Sends lines, and does not look whether they arrive. */
export interface DatagramLines {
  send(lines: readonly string[]): void;
  close(): void;
}

/** The log of the system. */
export interface Syslog {
  /** bytes[start, end) as one line of `name` (null: of the daemon itself), without its newline; severity: of syslog, 6 (info) where nothing is said. False: it was not taken, and is lost. Never waits. */
  send(name: string | null, bytes: Buffer, start: number, end: number, severity?: number): boolean;
  close(): void;
}
