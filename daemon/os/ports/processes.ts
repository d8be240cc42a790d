// Starting, signalling and watching processes.
import type { Readable, Writable } from 'node:stream';
import type { LimitsSpec } from '../../../config/limits-spec.ts';
import type { ProcessSpec, SignalName } from '../../../config/spec.ts';

/** One life of one process, as the OS layer knows it. */
export interface Child {
  readonly id: string;
  readonly incarnation: number;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (clock ticks since boot): pid + this name a process uniquely within a boot. 0 where unknown. */
  readonly startTime: number;
}

/** Where output arrives: a descriptor of our own to read without blocking (native), or a stream (portable). */
export type OutputSource = { readonly fd: number } | { readonly stream: Readable };

/** What it takes to make one life. */
export interface SpawnRequest {
  readonly spec: ProcessSpec;
  readonly incarnation: number;
  /** UUID of this life: SUPERVISION_ID. */
  readonly supervisionId: string;
  /** The complete environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  /** Becomes its stdin, whatever the spec says; stays the caller's. */
  readonly stdinFd?: number;
  /** It speaks the event listener protocol: its stdin and stdout are pipes, whatever the spec says. */
  readonly listens?: boolean;
  /** Where the spec says `ready = { fd }`: called once, from the event loop, when a newline came on that descriptor. */
  readonly onReady?: () => void;
  /** Called once, from the event loop, never within spawn(). */
  readonly onExit: (report: ExitReport) => void;
}

/** Why a process could not be started. `missing` kinds are the file's author's to mend; the others may pass. */
export type SpawnErrorKind =
  | 'no_command' | 'not_executable' | 'is_directory' | 'no_permission' | 'bad_command' | 'no_directory' | 'no_user'
  | 'too_many_files' | 'too_many_processes' | 'no_memory' | 'no_log' | 'hook' | 'other';

/** Why there is no life. */
export interface SpawnError {
  readonly kind: SpawnErrorKind;
  /** A person's words: "can't find command 'x'" (supervisord's where it has them). */
  readonly message: string;
  readonly errno: string | null;
}

/** A life with our ends of its pipes (null: it has none there), or why there is none. */
export type SpawnOutcome =
  | { readonly child: Child; readonly stdout: OutputSource | null; readonly stderr: OutputSource | null; readonly stdin: Writable | null }
  | { readonly error: SpawnError };

/** How the main process of a life ended. */
export interface ExitReport {
  readonly child: Child;
  /** Exit code, or null when a signal ended it or nobody knows. */
  readonly code: number | null;
  /** Name without SIG, or null. */
  readonly signal: SignalName | null;
  readonly coreDumped: boolean;
  /** Processes of this life that are still there, found when the main one was reaped. */
  readonly left: readonly number[];
  /** What it and the children it waited for used (wait4's rusage); null where nobody measured. peakRssBytes null: no more than the daemon's own peak, below which it cannot be told. */
  readonly usage: { readonly peakRssBytes: number | null; readonly cpuMs: number } | null;
  /** The kernel ended it because memory was short: it says so of this life, or of somebody at that time and nobody here sent the KILL. */
  readonly oom?: 'sure' | 'likely';
}

/** Who got the signal; gone: nobody was left to get it. */
export type SignalOutcome = { readonly pids: readonly number[] } | { readonly gone: true } | { readonly error: string };

/** A process that lives on though no program that runs answers for it. */
export interface LeftProcess {
  readonly pid: number;
  readonly startTime: number;
  /** Whose life left it, where that is known. */
  readonly process: string | null;
  /** Its command line, cut where it is long. */
  readonly command: string;
}

/** Where a look at trees may get what it asks of /proc; see proc.ts. */
export interface TreeReader {
  stat(pid: number): { readonly state: string; readonly ppid: number; readonly pgrp: number; readonly session: number; readonly startTime: number; readonly ticks: number; readonly childTicks: number; readonly threads: number; readonly rssPages: number } | null;
  children(pid: number): readonly number[];
}

/** Starts, signals and watches processes. */
export interface Processes {
  readonly name: 'native' | 'portable';
  /** Starts a process. Synchronous: errors of exec come back as values. */
  spawn(request: SpawnRequest): SpawnOutcome;
  /** main: the main process. group: its process group. tree: everybody that descends from it, wherever they went. */
  signal(child: Child, signal: SignalName, scope: 'main' | 'group' | 'tree'): SignalOutcome;
  /** Pids of this life that are alive now, the main one included. */
  tree(child: Child): readonly number[];
  /** As `tree`, for many at the price of one look, for those who count often. Those that are forgotten are left out. */
  trees(children: readonly Child[], via?: TreeReader): ReadonlyMap<Child, readonly number[]>;
  /** What the kernel counts of a life that has a control group of its own, of all who ever were in it; null: it has none. rssBytes null: memory is not counted there. */
  counted(child: Child): { readonly cpuMs: number; readonly rssBytes: number | null } | null;
  /** Nanoseconds that a process ran so far: who ran at all since has more. null: it is gone, or cannot be told (portable). Some 0.4 µs. */
  ran(pid: number): number | null;
  /** Other limits for a life that goes on, where the kernel keeps some. */
  limit(child: Child, limits: LimitsSpec): void;
  /** Calls back once when nobody of this life is left. A second call for the same child replaces the first. */
  whenGone(child: Child, callback: () => void): void;
  /** Forget a child's remains: nothing is watched or attributed to it any more. */
  forget(child: Child): void;
  /** Processes that were reaped though nobody here started them. */
  onStranger(callback: (pid: number, code: number | null, signal: SignalName | null) => void): void;
  /** Orphans that we adopted, that are alive and belong to no life that we watch: of unknown origin, or left by lives that are forgotten. Portable: none are known. */
  unattributed(): readonly LeftProcess[];
  /** Ends a process of an earlier daemon if pid and start time still name it. */
  endStray(pid: number, startTime: number, signal: SignalName): boolean;
  dispose(): void;
}
