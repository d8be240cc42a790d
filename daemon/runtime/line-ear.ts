// Lines out of bytes as they come, with a bound on what is kept.
import type { StdoutEar } from './tapped-output.ts';

/** A longer line is cut. */
const LINE_BYTES = 64 * 1024;
const NEWLINE = 10;

export class LineEar {
  private readonly onLine: (line: string) => void;
  private rest: Buffer[] = [];
  private restBytes = 0;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  readonly ear: StdoutEar = (bytes, start, end) => {
    const piece = bytes.subarray(start, end);
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
      this.keep(piece.subarray(from, at));
      this.flush();
      from = at + 1;
    }
    this.keep(piece.subarray(from));
  };

  /** What came after the last newline is a line too. */
  flush(): void {
    if (this.restBytes === 0) return;
    const line = Buffer.concat(this.rest).toString('utf8');
    this.rest = [];
    this.restBytes = 0;
    this.onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  private keep(bytes: Buffer): void {
    const room = Math.min(bytes.length, LINE_BYTES - this.restBytes);
    if (room <= 0 || bytes.length === 0) return;
    // The buffer is the reader of pipes' own, and used again.
    this.rest.push(Buffer.from(bytes.subarray(0, room)));
    this.restBytes += room;
  }
}
