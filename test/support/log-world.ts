// A log plane over real pipes and a temporary directory, with its facts kept and a way to wait for them.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import type { OutputSpec, ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import { openLogPlane } from '../../daemon/logs/open.ts';
import { createReadiness } from '../../daemon/os/native-readiness.ts';
import { openPipe } from '../../daemon/os/pipes.ts';
import type { Syslog } from '../../daemon/os/ports/lines.ts';
import type { LogPlane } from '../../daemon/os/ports/logs.ts';
import type { Channel, LifeOutput, OutputTaps } from '../../daemon/os/ports/output.ts';
import type { Child } from '../../daemon/os/ports/processes.ts';
import { openSys } from '../../daemon/os/sys.ts';
import { NO_BACKOFF, NO_OUTPUT, processSpec } from './specs.ts';

const OUTPUT: OutputSpec = { ...NO_OUTPUT, backups: 10, ringBytes: 64 * 1024 };

const AT_ONCE = { ...NO_BACKOFF, resetMs: 0 };

/** A spec in which only the logs matter. */
export function logSpec(id: string, stdout: Partial<OutputSpec>, stderr: Partial<OutputSpec> | null = null): ProcessSpec {
  const [group = id, name = group] = id.split(':');
  return processSpec(id, {
    name, group, program: name, command: { text: 'x', words: ['x'], shell: false }, startRetries: 3, startExit: 'retry', backoff: AT_ONCE, startBackoff: AT_ONCE,
    intensity: { max: null, windowMs: 0 }, stop: [], exitCode: 'own', stdout: { ...OUTPUT, ...stdout }, stderr: stderr === null ? null : { ...OUTPUT, ...stderr },
    origin: { file: 'x', line: 1 },
  });
}

const sys = openSys();
/** Why the native capture path cannot be tested here, or null. */
export const noNative: string | null = 'problem' in sys ? sys.problem : null;
const pair = 'problem' in sys ? null : sys.memory(8);

/** A pipe as the OS layer makes it: `ours` does not block, `theirs` is for a child (or for small writes here). */
export function makePipe(): { ours: number; theirs: number } {
  if ('problem' in sys || pair === null) throw new Error(`no native pipes: ${String(noNative)}`);
  const pipe = openPipe(sys, pair, 'out', null);
  if ('errno' in pipe) throw new Error(`cannot make a pipe: ${pipe.errno}`);
  return pipe;
}

export class LogWorld {
  readonly directory = fs.mkdtempSync(join(tmpdir(), 'reeve-logs-'));
  readonly facts: FactBody[] = [];
  readonly plane: LogPlane;
  readonly #readiness: ReturnType<typeof createReadiness> | null;
  readonly #open = new Set<number>();
  // The readiness does not keep the event loop alive; a test in flight does.
  readonly #alive = setInterval(() => {}, 1 << 30);

  constructor(options: { portable?: boolean; stdout?: number; stderr?: number; taps?: OutputTaps; syslog?: Syslog } = {}) {
    this.#readiness = options.portable === true || 'problem' in sys ? null : createReadiness(sys);
    const clock = { mono: () => performance.now(), wall: () => Date.now() };
    const onFact = (fact: FactBody): void => void this.facts.push(fact);
    this.plane = openLogPlane({ readiness: this.#readiness, clock, stdout: options.stdout ?? 1, stderr: options.stderr ?? 2, onFact, ...(options.taps ? { taps: options.taps } : {}), ...(options.syslog ? { syslog: options.syslog } : {}) });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  text(name: string): string {
    return fs.readFileSync(this.path(name), 'latin1');
  }

  names(): string[] {
    return fs.readdirSync(this.directory).toSorted();
  }

  child(id: string, incarnation = 1): Child {
    return { id, incarnation, pid: 1, startTime: 0 };
  }

  /** Opens `specs`; throws the message of the first that cannot be opened. */
  open(...specs: readonly ProcessSpec[]): void {
    for (const spec of specs) {
      const message = this.plane.open(spec);
      if (message !== null) throw new Error(message);
    }
  }

  /** A pipe into a channel that this test writes itself. */
  pipe(child: Child, channel: Channel = 'stdout', keep?: LifeOutput): { write(text: string | Buffer): void; end(): void } {
    const { ours, theirs } = makePipe();
    this.#open.add(theirs);
    this.plane.attach(child, channel, { fd: ours }, keep);
    return {
      write(text) {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length;) at += fs.writeSync(theirs, bytes, at);
      },
      end: () => {
        if (this.#open.delete(theirs)) fs.closeSync(theirs);
      },
    };
  }

  /** A command whose stdout is attached; resolves with its exit code when it has ended (its pipe may not be read yet). */
  run(child: Child, command: string, args: readonly string[]): { exited: Promise<number | null>; kill(): void } {
    const { ours, theirs } = makePipe();
    const started = spawn(command, args, { stdio: ['ignore', theirs, 'inherit'] });
    fs.closeSync(theirs);
    this.plane.attach(child, 'stdout', { fd: ours });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    started.on('error', () => resolve(127));
    started.on('exit', (code) => resolve(code));
    return { exited: promise, kill: () => void started.kill('SIGKILL') };
  }

  /** A stream into a channel, as portable mode has them. */
  stream(child: Child, source: Readable = new PassThrough(), channel: Channel = 'stdout'): Readable {
    this.plane.attach(child, channel, { stream: source });
    return source;
  }

  drain(child: Child): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.plane.drain(child, resolve);
    return promise;
  }

  /** Waits until `holds`, at most 10 s. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`waited 10 s in vain: ${what}; facts: ${JSON.stringify(this.facts.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  count(name: FactName): number {
    return this.facts.filter((fact) => fact.type === name).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plane.dispose();
    this.#readiness?.dispose();
    for (const fd of this.#open) fs.closeSync(fd);
    clearInterval(this.#alive);
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** `count` numbered lines of 100 bytes, from 0, as one text. */
export function numbered(count: number, from = 0, tag = ''): string {
  let text = '';
  for (let i = from; i < from + count; i += 1) text += `${tag}${String(i).padStart(12, '0')} `.padEnd(99, 'x') + '\n';
  return text;
}

/** The numbers of the lines of `text`; throws at a line that is not whole. */
export function numbersOf(text: string, tag = ''): number[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  return lines.map((line) => {
    if (line.length !== 99 || !line.startsWith(tag) || !/^\d{12} x+$/.test(line.slice(tag.length)))
      throw new Error(`torn line: ${JSON.stringify(line)}`);
    return Number(line.slice(tag.length, tag.length + 12));
  });
}
