// The OS layer under test: starts small programs, gathers what they write, and waits for facts with a deadline.
import { closeSync, mkdtempSync, readFileSync, readSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { OutputSpec, ProcessSpec } from '../../config/spec.ts';
import { type OpenedOs, openOs } from '../../daemon/os/open.ts';
import type { Child, ExitReport, OutputSource, SpawnError } from '../../daemon/os/ports/processes.ts';
import { NO_BACKOFF, NO_OUTPUT, processSpec } from './specs.ts';

const output: OutputSpec = { ...NO_OUTPUT, ringBytes: 1024 };

const AT_ONCE = { ...NO_BACKOFF, resetMs: 0 };

/** A spec whose every value is the plainest. */
export function plainSpec(words: readonly string[], changes: Partial<ProcessSpec> = {}): ProcessSpec {
  return processSpec('it:it', {
    command: { text: words.join(' '), words, shell: false }, startRetries: 3, backoff: AT_ONCE, startBackoff: AT_ONCE, intensity: { max: null, windowMs: 1000 },
    stop: [{ signal: 'TERM', scope: 'main', waitMs: 1000 }], exitCode: 1, stdout: output, stderr: output, ...changes,
  });
}

/** A program that runs. */
export interface Running {
  readonly child: Child;
  readonly exited: Promise<ExitReport>;
  readonly stdin: Writable | null;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
}

export interface OsWorld extends AsyncDisposable {
  readonly os: OpenedOs;
  readonly directory: string;
  readonly warnings: string[];
  /** Starts a program; throws with the words of the error when that fails. */
  start(words: readonly string[], changes?: Partial<ProcessSpec>, environment?: Record<string, string>): Running;
  /** The error of a start that must fail. */
  refuse(words: readonly string[], changes?: Partial<ProcessSpec>, environment?: Record<string, string>): SpawnError;
  /** Starts, waits for the end, and gives everything it wrote. */
  finish(
    words: readonly string[],
    changes?: Partial<ProcessSpec>,
    environment?: Record<string, string>,
  ): Promise<{ report: ExitReport; stdout: string; stderr: string }>;
  /** Resolves when nobody of this life is left. */
  gone(child: Child): Promise<void>;
}

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** Resolves once `condition` holds; rejects with `what` after the deadline. Truthy values are handed on. */
export async function until<T>(what: string, condition: () => T, deadlineMs = 10_000): Promise<Truthy<T>> {
  for (const end = performance.now() + deadlineMs; performance.now() < end;) {
    const value = condition();
    if (value) return value as Truthy<T>;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
}

/** Rejects when a promise takes longer than the deadline. */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${deadlineMs} ms in vain: ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', name);

/** Whether a process is there and not a zombie. */
export const isRunning = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
};

interface Sink {
  text(): string;
  /** Reads what is there now. */
  drain(): Promise<void>;
  close(): void;
}

/** Opens the layer, or takes one that was made with a seam. Everything started is killed when it is disposed of. */
export function openOsWorld(
  portable: boolean,
  open: (warn: (message: string) => void) => OpenedOs = (warn) => openOs({ portable, warn }),
): OsWorld {
  const warnings: string[] = [];
  const os = open((message) => warnings.push(message));
  const directory = mkdtempSync(join(tmpdir(), 'reeve-os-'));
  const children = new Set<Child>();
  const sinks: Sink[] = [];
  let incarnation = 0;

  function sinkOf(source: OutputSource | null): Sink {
    const chunks: Buffer[] = [];
    const text = (): string => Buffer.concat(chunks).toString();
    if (source === null) return { text, drain: async () => {}, close: () => {} };
    if ('stream' in source) {
      source.stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      const ended = new Promise<void>((resolve) => source.stream.once('close', () => resolve()));
      const drain = (): Promise<void> => within('end of output', ended, 3000);
      return { text, drain, close: () => source.stream.destroy() };
    }
    let open = true;
    const buffer = Buffer.alloc(65536);
    const read = (): void => {
      try {
        for (let got = -1; open && got !== 0;) {
          got = readSync(source.fd, buffer);
          if (got > 0) chunks.push(Buffer.from(buffer.subarray(0, got)));
          else close();
        }
      } catch (error) {
        if ((error as { code?: string }).code !== 'EAGAIN') throw error;
      }
    };
    const handle = os.readiness!.add(source.fd, read);
    function close(): void {
      if (!open) return;
      open = false;
      handle.remove();
      closeSync((source as { fd: number }).fd);
    }
    return { text, drain: async () => read(), close };
  }

  function spawn(
    words: readonly string[],
    changes: Partial<ProcessSpec> | undefined,
    environment: Record<string, string> | undefined,
  ): { running: Running; drain: () => Promise<void> } | { error: SpawnError } {
    const supervisionId = randomUUID();
    const exited = Promise.withResolvers<ExitReport>();
    const outcome = os.processes.spawn({
      spec: plainSpec(words, changes),
      incarnation: (incarnation += 1),
      supervisionId,
      onExit: exited.resolve,
      environment: environment ?? { PATH: process.env['PATH'] ?? '', SUPERVISION_ID: supervisionId },
    });
    if ('error' in outcome) return outcome;
    const { child, stdin } = outcome;
    children.add(child);
    const out = sinkOf(outcome.stdout);
    const err = sinkOf(outcome.stderr);
    sinks.push(out, err);
    const drain = async (): Promise<void> => {
      await out.drain();
      await err.drain();
    };
    return { running: { child, exited: exited.promise, stdin, stdout: out.text, stderr: err.text }, drain };
  }

  function start(
    words: readonly string[],
    changes?: Partial<ProcessSpec>,
    environment?: Record<string, string>,
  ): { running: Running; drain: () => Promise<void> } {
    const started = spawn(words, changes, environment);
    if ('error' in started) throw new Error(`${started.error.kind}: ${started.error.message}`);
    return started;
  }

  return {
    os,
    directory,
    warnings,
    start: (...request) => start(...request).running,
    refuse(words, changes, environment) {
      const outcome = spawn(words, changes, environment);
      if (!('error' in outcome)) throw new Error(`${words.join(' ')} was started, which must fail`);
      return outcome.error;
    },
    async finish(words, changes, environment) {
      const { running, drain } = start(words, changes, environment);
      const report = await within(`the end of ${words.join(' ')}`, running.exited, 20_000);
      await drain();
      return { report, stdout: running.stdout(), stderr: running.stderr() };
    },
    gone: (child) => within(`everybody of pid ${child.pid} gone`, new Promise((resolve) => os.processes.whenGone(child, resolve))),
    async [Symbol.asyncDispose]() {
      for (const child of children) os.processes.signal(child, 'KILL', 'tree');
      for (const child of children)
        await within(`pid ${child.pid} gone at the end`, new Promise<void>((resolve) => os.processes.whenGone(child, resolve)));
      for (const sink of sinks) sink.close();
      os.dispose();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
