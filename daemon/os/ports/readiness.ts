// When descriptors can be read.
/** Tells when descriptors can be read. One nested epoll for all (native). Absent in portable mode, where sources are streams. */
export interface Readiness {
  /** Watches a non-blocking descriptor. `ready` is called from the event loop, level-triggered, until paused or removed. */
  add(fd: number, ready: () => void): ReadinessHandle;
  /** Grow a pipe (F_SETPIPE_SZ); false when the kernel refuses. */
  growPipe(fd: number, bytes: number): boolean;
}

/** One descriptor that is watched. */
export interface ReadinessHandle {
  pause(): void;
  resume(): void;
  /** Stop watching; the descriptor stays open and is its owner's to close. */
  remove(): void;
}
