// What is measured: a supervisor that can be given programs, asked for their status, and ended. One file per supervisor.

/** A program for all supervisors: restarted whenever it ends, RUNNING at once, standard error into standard output. */
export interface BenchProgram {
  readonly name: string;
  readonly argv: readonly string[];
  readonly copies: number;
  /** File for its output, rotated at 50 MiB with 10 backups where the supervisor can; null: none. */
  readonly logfile: string | null;
}

/** Timed work: so many jobs of one command, all at the same times. */
export interface BenchJobs {
  readonly argv: readonly string[];
  readonly copies: number;
  /** A cron expression with a seconds field, in UTC. */
  readonly schedule: string;
}

/** A supervisor that runs. Disposing ends it with everything it started. */
export interface Running extends AsyncDisposable {
  /** Pid of the daemon; waits for it when the supervisor makes it in its own time. */
  pid(): Promise<number>;
  /** Runs the client's `status` and waits for its end. */
  status(): Promise<void>;
  /** Asks the API once; null where there is none to ask cheaply. Resolves when answered. */
  ping: (() => Promise<void>) | null;
  /** Reads its metrics, as Prometheus does: compressed; null where there are none. */
  metrics: (() => Promise<Buffer>) | null;
}

export interface Subject {
  readonly name: string;
  readonly version: string;
  /** More copies than this are not asked of it: it would take minutes. */
  readonly maxCopies: number;
  /** It has an API that can be asked while it starts programs. */
  readonly asks: boolean;
  /** It runs timed work. */
  readonly schedules: boolean;
  /** Starts the daemon with these programs in an empty folder. Returns at once, when the command that starts it has been started. */
  launch(folder: string, programs: readonly BenchProgram[], jobs?: BenchJobs): Promise<Running>;
}

/** One number of the result. */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
  readonly value: number;
}

/** What a measure gets. */
export interface Bench {
  /** The child program (bench/children/child.c, compiled). */
  readonly child: string;
  /** An empty folder of its own. */
  folder(): string;
}

/** A measure: one question, asked of one supervisor at a time. */
export type Measure = (subject: Subject, bench: Bench) => Promise<Row[]>;
