// Commands beside programs, which end by themselves.
import type { CommandSpec } from '../../../config/spec.ts';

/** A command beside programs: a hook, the script of an alert. */
export interface SideRequest {
  readonly command: CommandSpec;
  /** Absolute, or null for the daemon's own. */
  readonly directory: string | null;
  /** As written; null: the daemon's. */
  readonly user: string | null;
  readonly group: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads; null: nothing. */
  readonly input: string | null;
  readonly timeoutMs: number;
  /** Called once, from the event loop, unless it was cancelled: when nobody of it is left, as far as that can be brought about. */
  readonly done: (answer: SideAnswer) => void;
}

/** How such a command ended. */
export interface SideAnswer {
  /** It exited with 0 in time. */
  readonly ok: boolean;
  /** `exit status 3`, `no end within 30 s`; '' when ok. */
  readonly why: string;
  /** The end of what it wrote. */
  readonly output: string;
  readonly tookMs: number;
}

/** Runs commands that end by themselves, or after their time; all they started goes with them. */
export interface SideCommands {
  run(request: SideRequest): { cancel(): void };
}
