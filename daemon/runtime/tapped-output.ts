// The kept words of a life, with somebody who hears its stdout as it comes.
import type { Channel, KeptOutput, LifeOutput } from '../os/ports/output.ts';

/** Hears bytes that are another's buffer: they must be used before it returns. */
export type StdoutEar = (bytes: Buffer, start: number, end: number) => void;

/** `inner`, and `ear` hears what goes to stdout. */
export class TappedOutput implements LifeOutput {
  private readonly inner: LifeOutput;
  private readonly ear: StdoutEar;

  constructor(inner: LifeOutput, ear: StdoutEar) {
    this.inner = inner;
    this.ear = ear;
  }

  get total(): number { return this.inner.total; }

  heard(channel: Channel, bytes: Buffer, start: number, end: number): void {
    this.inner.heard(channel, bytes, start, end);
    if (channel === 'stdout') this.ear(bytes, start, end);
  }

  text(): string { return this.inner.text(); }
  errors(lines: number): readonly string[] { return this.inner.errors(lines); }
  kept(): KeptOutput { return this.inner.kept(); }
  follow(...given: Parameters<LifeOutput['follow']>): { close(): void } { return this.inner.follow(...given); }
  end(): void { this.inner.end(); }
}
