// How a line is written: as it is, with the time before it, as a JSON object, or with the program's name before it.
// Works on ranges of whole lines and writes into one shared buffer.

export type LineForm = 'plain' | 'timestamp' | 'json';

/** Takes formed lines. Must not keep `bytes`. */
export type FormSink = (bytes: Buffer, start: number, end: number) => void;

const NEWLINE = 10;
const FLUSH_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

// One for all: forming is synchronous and its result is consumed before the next.
let out = NOTHING;
let length = 0;

function room(bytes: number): void {
  if (length + bytes <= out.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(length + bytes, FLUSH_BYTES));
  out.copy(grown, 0, 0, length);
  out = grown;
}

let stampedAt = Number.NaN;
let stampText = '';

/** RFC 3339, UTC, with milliseconds. */
function stamp(at: number): string {
  if (at !== stampedAt) {
    stampedAt = at;
    stampText = new Date(at).toISOString();
  }
  return stampText;
}

export class LineFormer {
  readonly form: LineForm;
  readonly #prefix: Buffer;
  readonly #json: string;

  /** `prefix` goes before every line, except in JSON, which says process and channel itself. */
  constructor(form: LineForm, prefix: string, process: string, channel: string) {
    this.form = form;
    this.#prefix = Buffer.from(prefix);
    this.#json = `,"process":${JSON.stringify(process)},"channel":${JSON.stringify(channel)},"line":`;
  }

  /**
   * Forms the lines of bytes[start, end), giving them to `sink` in pieces of whole lines. A last line without its newline
   * (too long, or the last words of a process) gets one, for the next line is another's. `at`: wall clock, ms since 1970.
   */
  write(bytes: Buffer, start: number, end: number, at: number, sink: FormSink): void {
    length = 0;
    const head = this.form === 'timestamp' ? Buffer.from(this.#prefix.toString() + stamp(at) + ' ') : this.#prefix;
    for (let lineStart = start; lineStart < end;) {
      const found = bytes.indexOf(NEWLINE, lineStart);
      const lineEnd = found < 0 || found >= end ? end : found;
      if (this.form === 'json') this.#putJson(bytes, lineStart, lineEnd, at);
      else putPlain(head, bytes, lineStart, lineEnd);
      if (length >= FLUSH_BYTES) give(sink);
      lineStart = lineEnd + 1;
    }
    give(sink);
  }

  #putJson(bytes: Buffer, start: number, end: number, at: number): void {
    const text = `{"at":"${stamp(at)}"${this.#json}${JSON.stringify(bytes.toString('utf8', start, end))}}\n`;
    room(text.length * 3);
    length += out.write(text, length);
  }
}

function putPlain(head: Buffer, bytes: Buffer, start: number, end: number): void {
  room(head.length + end - start + 1);
  length += head.copy(out, length);
  length += bytes.copy(out, length, start, end);
  out[length] = NEWLINE;
  length += 1;
}

function give(sink: FormSink): void {
  const end = length;
  length = 0;
  if (end > 0) sink(out, 0, end);
  if (out.length > FLUSH_BYTES * 8) out = NOTHING;
}
