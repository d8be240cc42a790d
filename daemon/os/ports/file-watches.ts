// Files that change.
/** Tells of files that change below a directory. */
export interface FileWatches {
  /** `changed` gets paths relative to the directory. `problem`: it cannot be watched, or only a part of it. */
  watch(request: FileWatchRequest): { close(): void };
}

/** What is watched, and who hears of it; patterns are those of `watch`. */
export interface FileWatchRequest {
  readonly directory: string;
  readonly patterns: readonly string[];
  readonly ignore: readonly string[];
  /** Absolute paths of files and directories that are not looked at. */
  readonly without: readonly string[];
  readonly changed: (file: string) => void;
  readonly problem: (why: string) => void;
}
