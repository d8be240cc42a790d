// Asking programs whether they work.
import type { ProbeSpec } from '../../../config/health-spec.ts';
import type { CommandSpec, ProcessSpec, ReadySpec } from '../../../config/spec.ts';

/** How a probe came out; `why` in a person's words. */
export type ProbeAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly degraded?: true };

/** What a probe asks: of `ready`, or of `health`. */
export type ProbeTarget = Extract<ReadySpec | ProbeSpec, { kind: 'http' | 'tcp' | 'exec' }>;

/** One question to a program. */
export interface ProbeRequest {
  readonly target: ProbeTarget;
  /** Whose user, directory and umask a command runs with. */
  readonly spec: ProcessSpec;
  /** Variables of a command. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Called once, from the event loop, unless it was cancelled: at the latest after the target's time limit. */
  readonly done: (answer: ProbeAnswer) => void;
}

/** Asks programs whether they work: one question at a time for each request. */
export interface Prober {
  /** Nothing of a cancelled probe is left: no connection, no process. */
  probe(request: ProbeRequest): { cancel(): void };
  /** Runs a command as the program is, and tells what it writes to its standard output, at most 4 KiB of it; as `probe` otherwise. */
  read(request: ReadRequest): { cancel(): void };
}

/** A command whose output is wanted. */
export interface ReadRequest extends Pick<ProbeRequest, 'spec' | 'environment'> {
  readonly command: CommandSpec;
  readonly timeoutMs: number;
  readonly done: (answer: { readonly text: string } | { readonly problem: string }) => void;
}
