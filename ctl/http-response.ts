// One HTTP/1.1 response, read from bytes in whatever pieces they come. Pure: bytes in, head and body pieces out.

const MOST_HEAD_BYTES = 64 * 1024;
const MOST_CHUNK_LINE_BYTES = 1024;
const MOST_TRAILER_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with ", ". */
  readonly headers: ReadonlyMap<string, string>;
}

/** The peer does not speak HTTP, or breaks its rules. The message says how. */
export class BadResponse extends Error {
  override readonly name = 'BadResponse';
  /** The peer closed before the end: it died, or was told to end. */
  readonly cut: boolean;
  constructor(message: string, cut = false) {
    super(message);
    this.cut = cut;
  }
}

type Phase = 'head' | 'counted' | 'until-close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'done';

const CRLF = Buffer.from('\r\n');
const LF = 10;

function parseHead(text: string): ResponseHead {
  const lines = text.split(/\r?\n/);
  const first = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(lines[0] ?? '');
  if (!first) throw new BadResponse(`the answer does not begin with HTTP/1.1: ${JSON.stringify((lines[0] ?? '').slice(0, 60))}`);
  const headers = new Map<string, string>();
  for (const line of lines.slice(1)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0) throw new BadResponse(`a header has no name: ${JSON.stringify(line.slice(0, 60))}`);
    const key = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(first[1]), headers };
}

/** The body's length as the head says it: a number, or null when it must be told otherwise. */
function contentLength(headers: ReadonlyMap<string, string>): number | null {
  const text = headers.get('content-length');
  if (text === undefined) return null;
  // Two different lengths are a smuggling attempt; two equal ones are allowed (RFC 9110, 8.6).
  const values = new Set(text.split(',').map((v) => v.trim()));
  const value = [...values][0] ?? '';
  if (values.size !== 1 || !/^\d{1,15}$/.test(value)) throw new BadResponse(`the content length is ${JSON.stringify(text.slice(0, 40))}`);
  return Number(value);
}

/** Feed it bytes; it calls back with the head once and with each piece of the body as it comes. */
export class ResponseReader {
  #phase: Phase = 'head';
  #kept: Buffer = NOTHING;
  #left = 0;
  #trailerBytes = 0;
  readonly #onHead: (head: ResponseHead) => void;
  readonly #onBody: (piece: Buffer) => void;

  constructor(onHead: (head: ResponseHead) => void, onBody: (piece: Buffer) => void) {
    this.#onHead = onHead;
    this.#onBody = onBody;
  }

  /** The whole response is here. */
  get done(): boolean {
    return this.#phase === 'done';
  }

  /** Throws BadResponse. Bytes after the end of the response are ignored. */
  feed(piece: Buffer): void {
    let rest = this.#kept.length === 0 ? piece : Buffer.concat([this.#kept, piece]);
    this.#kept = NOTHING;
    while (rest.length > 0 && this.#phase !== 'done') {
      const used = this.#step(rest);
      if (used < 0) {
        this.#kept = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  /** The peer closed. Throws BadResponse when the response is not complete. */
  end(): void {
    if (this.#phase === 'until-close') this.#phase = 'done';
    if (this.#phase === 'done') return;
    if (this.#phase !== 'head') throw new BadResponse('the answer ends before its body is complete', true);
    throw this.#kept.length === 0
      ? new BadResponse('the connection was closed without an answer', true)
      : new BadResponse('the answer ends within its head', true);
  }

  /** Number of bytes used, or -1: more are needed. */
  #step(bytes: Buffer): number {
    switch (this.#phase) {
      case 'head':
        return this.#head(bytes);
      case 'counted':
      case 'chunk':
        return this.#body(bytes);
      case 'until-close':
        this.#onBody(bytes);
        return bytes.length;
      case 'chunk-size':
        return this.#chunkSize(bytes);
      case 'chunk-end':
        return this.#chunkEnd(bytes);
      case 'trailer':
        return this.#trailer(bytes);
      case 'done':
        return bytes.length;
    }
  }

  #head(bytes: Buffer): number {
    const crlf = bytes.indexOf('\r\n\r\n');
    const bare = bytes.indexOf('\n\n');
    const atCrlf = crlf >= 0 && (bare < 0 || crlf < bare);
    const end = atCrlf ? crlf : bare;
    if (end < 0 ? bytes.length > MOST_HEAD_BYTES : end > MOST_HEAD_BYTES)
      throw new BadResponse(`the head of the answer is longer than ${MOST_HEAD_BYTES} bytes`);
    if (end < 0) {
      // Told early, so that a peer that never sends an end of line is not waited for.
      if (bytes.length >= 5 && bytes.toString('latin1', 0, 5) !== 'HTTP/')
        throw new BadResponse(`the answer does not begin with HTTP/1.1: ${JSON.stringify(bytes.toString('latin1', 0, 60))}`);
      return -1;
    }
    const head = parseHead(bytes.toString('latin1', 0, end));
    const used = end + (atCrlf ? 4 : 2);
    // 100 Continue and its like announce another head.
    if (head.status >= 100 && head.status < 200) return used;
    const length = contentLength(head.headers);
    const coding = head.headers.get('transfer-encoding')?.toLowerCase();
    if (coding !== undefined && coding !== 'chunked')
      throw new BadResponse(`the transfer encoding ${JSON.stringify(coding.slice(0, 40))} is not known`);
    this.#onHead(head);
    if (head.status === 204 || head.status === 304) this.#phase = 'done';
    else if (coding === 'chunked') this.#phase = 'chunk-size';
    else if (length === null) this.#phase = 'until-close';
    else {
      this.#left = length;
      this.#phase = length === 0 ? 'done' : 'counted';
    }
    return used;
  }

  #body(bytes: Buffer): number {
    const piece = bytes.subarray(0, this.#left);
    this.#left -= piece.length;
    this.#onBody(piece);
    if (this.#left === 0) this.#phase = this.#phase === 'chunk' ? 'chunk-end' : 'done';
    return piece.length;
  }

  #chunkSize(bytes: Buffer): number {
    const end = bytes.indexOf(LF);
    if (end < 0 ? bytes.length > MOST_CHUNK_LINE_BYTES : end > MOST_CHUNK_LINE_BYTES)
      throw new BadResponse('the size line of a chunk is too long');
    if (end < 0) return -1;
    const text = bytes.toString('latin1', 0, end).split(';')[0]!.trim();
    if (!/^[0-9a-f]{1,8}$/i.test(text)) throw new BadResponse(`the size of a chunk is ${JSON.stringify(text.slice(0, 40))}`);
    this.#left = parseInt(text, 16);
    this.#phase = this.#left === 0 ? 'trailer' : 'chunk';
    return end + 1;
  }

  #chunkEnd(bytes: Buffer): number {
    if (bytes[0] === LF) {
      this.#phase = 'chunk-size';
      return 1;
    }
    if (bytes.length < 2 && bytes[0] === CRLF[0]) return -1;
    if (!bytes.subarray(0, 2).equals(CRLF)) throw new BadResponse('a chunk is longer than its size');
    this.#phase = 'chunk-size';
    return 2;
  }

  #trailer(bytes: Buffer): number {
    const end = bytes.indexOf(LF);
    if (this.#trailerBytes + (end < 0 ? bytes.length : end) > MOST_TRAILER_BYTES)
      throw new BadResponse('the trailer of the answer is too long');
    if (end < 0) return -1;
    this.#trailerBytes += end + 1;
    if (bytes.toString('latin1', 0, end).trim() === '') this.#phase = 'done';
    return end + 1;
  }
}
