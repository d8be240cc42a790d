// The lines that say what samples are, in bytes. A few at a time as a string, the rest as bytes already: megabytes of strings that grow
// are what the collector of garbage takes longest for.
import { setImmediate as turn } from 'node:timers/promises';
import type { Samples } from './metrics-samples.ts';
import { widthOf } from './metrics-samples.ts';

/** Characters that are a string before they become bytes. They die young, and so cost next to nothing. */
const CHUNK_CHARS = 32 * 1024;
/** A character of a string takes so many bytes at most. */
const BYTES_PER_CHAR = 3;
/** The loop waits for lines no longer than this. */
const SLICE_MS = 3;

/** A bound as both forms take it: OpenMetrics wants a decimal point. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Where lines go. */
export interface Sink {
  add(text: string): void;
}

/** Bytes of texts that are added one after the other. */
export class TextBytes implements Sink {
  private text = '';
  private bytes: Buffer;
  private length = 0;

  /** room: bytes to begin with. */
  constructor(room: number) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(Math.ceil(room), BYTES_PER_CHAR));
  }

  add(text: string): void {
    this.text += text;
    if (this.text.length >= CHUNK_CHARS) this.flush();
  }

  append(bytes: Buffer): void {
    this.flush();
    this.make(bytes.length);
    this.length += bytes.copy(this.bytes, this.length);
  }

  all(): Buffer {
    this.flush();
    return this.bytes.subarray(0, this.length);
  }

  private flush(): void {
    this.make(BYTES_PER_CHAR * this.text.length);
    this.length += this.bytes.write(this.text, this.length);
    this.text = '';
  }

  private make(room: number): void {
    if (this.length + room <= this.bytes.length) return;
    const more = Buffer.allocUnsafeSlow(2 * (this.length + room));
    this.bytes.copy(more, 0, 0, this.length);
    this.bytes = more;
  }
}

/** Lets others have the loop when it was used for long enough. */
export class Slices {
  private began = performance.now();

  async next(): Promise<void> {
    if (performance.now() - this.began < SLICE_MS) return;
    await turn();
    this.began = performance.now();
  }
}

function addSummary(name: string, labels: string, [sum = 0, count = 0]: readonly number[], into: Sink): void {
  into.add(`${name}_sum{${labels}} ${numberText(sum)}\n${name}_count{${labels}} ${count}\n`);
}

/** Counts of buckets are told as those of all up to there. */
function addHistogram(name: string, labels: string, bounds: readonly string[], values: readonly number[], from: number, into: Sink): void {
  let total = 0;
  for (const [at, bound] of bounds.entries()) {
    total += values[from + at] ?? 0;
    into.add(`${name}_bucket{${labels},le="${bound}"} ${total}\n`);
  }
  const sum = values[from + bounds.length] ?? 0;
  const count = values[from + bounds.length + 1] ?? 0;
  into.add(`${name}_bucket{${labels},le="+Inf"} ${count}\n${name}_sum{${labels}} ${numberText(sum)}\n${name}_count{${labels}} ${count}\n`);
}

/** Adds the lines of those from `from` up to `to`. */
export function addLines({ name, shape, labels, values }: Samples, into: Sink, from = 0, to = labels.length): void {
  const width = widthOf(shape);
  const bounds = shape.lines === 'histogram' ? shape.bounds.map((bound) => boundText(bound)) : [];
  for (let at = from; at < to; at += 1) {
    const each = labels[at] ?? '';
    if (shape.lines === 'one') into.add(each === '' ? `${name} ${numberText(values[at] ?? 0)}\n` : `${name}{${each}} ${numberText(values[at] ?? 0)}\n`);
    else if (shape.lines === 'summary') addSummary(name, each, values.slice(at * width, (at + 1) * width), into);
    else addHistogram(name, each, bounds, values, at * width, into);
  }
}

/** Lines that are written in one go. */
const SLICE_LINES = 512;

/** As `addLines`, for many: the loop is let go in between. */
export async function addManyLines(samples: Samples, into: TextBytes, slices: Slices): Promise<void> {
  const { labels, shape } = samples;
  const step = Math.ceil(SLICE_LINES / (widthOf(shape) + 1));
  for (let from = 0; from < labels.length; from += step) {
    addLines(samples, into, from, Math.min(from + step, labels.length));
    await slices.next();
  }
}
