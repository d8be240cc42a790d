// Who writes to a path? One writer for each, shared by everybody who names it, counted, closed with its last user.
import { closeSync, fstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { FactBody } from '../contract/facts.ts';
import { Compressor } from './compressor.ts';
import { Device, openOwnStream } from './device.ts';
import { RotatingFile } from './rotating-file.ts';
import type { RotationPolicy } from './rotating-file.ts';
import { openTarget } from './target-file.ts';
import { Writer } from './writer.ts';

export interface RegistryOptions {
  /** The daemon's own descriptors. */
  readonly stdout: number;
  readonly stderr: number;
  readonly now: () => number;
  readonly onFact: (fact: FactBody) => void;
  /** Descriptors from this number on are not for logs; default: all are. */
  readonly ceiling?: () => number;
}

export class WriterRegistry {
  readonly #options: RegistryOptions;
  readonly #writers = new Map<string, Writer>();
  readonly #names = new Map<Writer, string>();
  // A directory is swept of trash once: with 1,000 logs in one, once per file would be a million names.
  readonly #swept = new Set<string>();

  /** One for all files, so that only one is compressed at a time. */
  readonly compressor: Compressor;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.compressor = new Compressor(options.onFact);
  }

  /** The writer of a path, opened if need be; the last policy given for a path is its policy. A message when it cannot be opened. */
  acquire(path: string, policy: RotationPolicy): Writer | { readonly error: string } {
    const absolute = resolve(path);
    const known = this.#writers.get(absolute) ?? this.#writers.get(canonical(absolute));
    if (known !== undefined) {
      if (known.target instanceof RotatingFile) known.target.setPolicy(policy);
      known.users += 1;
      return known;
    }
    const opened = openTarget(absolute);
    if ('error' in opened) return opened;
    if (opened.kind === 'own') return this.acquireOwn(opened.own);
    if (opened.fd >= (this.#options.ceiling?.() ?? Infinity)) {
      closeSync(opened.fd);
      return { error: `cannot open log ${absolute}: the daemon has too many open files (EMFILE)` };
    }
    // The directory exists now, so its true name can be told.
    const name = canonical(absolute);
    const { now, onFact } = this.#options;
    if (opened.kind === 'device') return this.#keep(name, new Writer({ target: new Device(absolute, opened.fd, true), now, onFact }));
    const directory = dirname(name);
    const sweep = !this.#swept.has(directory);
    this.#swept.add(directory);
    const target = new RotatingFile({ path: absolute, ...policy, onFact, now, sweep, compressor: this.compressor }, opened);
    return this.#keep(name, new Writer({ target, now, onFact }));
  }

  /** The writer of the daemon's own stdout (1) or stderr (2). */
  acquireOwn(own: 1 | 2): Writer | { readonly error: string } {
    const name = `own:${own === 2 && this.#isOneStream() ? 1 : own}`;
    const known = this.#writers.get(name);
    if (known !== undefined) {
      known.users += 1;
      return known;
    }
    const { now, onFact } = this.#options;
    const target = openOwnStream(own === 1 ? this.#options.stdout : this.#options.stderr, own);
    return 'error' in target ? target : this.#keep(name, new Writer({ target, now, onFact }));
  }

  /** `2>&1` into a pipe or a terminal: one target, in which two writers would tear each other's lines. */
  #isOneStream(): boolean {
    try {
      const [out, err] = [fstatSync(this.#options.stdout), fstatSync(this.#options.stderr)];
      return !out.isFile() && out.dev === err.dev && out.ino === err.ino;
    } catch {
      return false;
    }
  }

  #keep(name: string, writer: Writer): Writer {
    this.#writers.set(name, writer);
    this.#names.set(writer, name);
    writer.users += 1;
    return writer;
  }

  /** One user less; the last one closes it. Returns the bytes that could not be written. */
  release(writer: Writer): number {
    writer.users -= 1;
    if (writer.users > 0) return 0;
    this.#writers.delete(this.#names.get(writer) ?? '');
    this.#names.delete(writer);
    return writer.close();
  }

  all(): Iterable<Writer> {
    return this.#writers.values();
  }
}

// Two spellings of one directory must not give two writers to one file.
function canonical(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
