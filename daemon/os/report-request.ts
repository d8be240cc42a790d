// HTTP/1.1 requests with small bodies, as children send them: strict, and over before they are large. Pure: bytes in, requests out.
// Our own, because node:http costs 20 MiB of memory that a daemon without a web page would not need.

export interface ReportRequest {
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  readonly body: Buffer;
  /** Bearer token, or ''. */
  readonly token: string;
  /** The connection takes another request after the answer. */
  readonly keepAlive: boolean;
}

/** What the bytes say so far. `rest`: what comes after the request. */
export type ReadRequest =
  | { readonly type: 'request'; readonly request: ReportRequest; readonly rest: Buffer }
  /** More is needed. expects: the client waits for "100 Continue" before it sends its body. */
  | { readonly type: 'more'; readonly expects: boolean }
  /** Nothing that follows on this connection can be understood. */
  | { readonly type: 'refused'; readonly status: number; readonly message: string };

/** Bytes of the request line and the header fields. */
export const HEAD_LIMIT = 8192;
export const BODY_LIMIT = 8192;
/** Chunked bodies carry sizes beside their bytes, and a chunk may be one byte long. */
export const REQUEST_LIMIT = HEAD_LIMIT + BODY_LIMIT * 8;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex -- a header value may hold none of them
const BAD_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]/;

interface Head {
  readonly method: string;
  readonly path: string;
  readonly keepAlive: boolean;
  readonly token: string;
  readonly expects: boolean;
  /** null: chunked. */
  readonly length: number | null;
}

function refused(status: number, message: string): ReadRequest {
  return { type: 'refused', status, message };
}

function headers(lines: readonly string[]): Map<string, string> | string {
  const found = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(0, at)).toLowerCase();
    const value = line.slice(at + 1).trim();
    if (!TOKEN.test(name) || BAD_VALUE.test(value)) return 'a header field is not of its form';
    // Two lengths, or a length told in two ways, is how one request is made to look like two.
    if (found.has(name) && (name === 'content-length' || name === 'transfer-encoding')) return `${name} is given twice`;
    found.set(name, value);
  }
  return found;
}

function headOf(text: string): Head | ReadRequest {
  const [first = '', ...lines] = text.split('\r\n');
  const [method = '', target = '', version = '', ...more] = first.split(' ');
  if (!TOKEN.test(method) || target === '' || more.length > 0 || text.replaceAll('\r\n', '').match(/[\r\n]/)) return refused(400, 'this is no HTTP request');
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') return refused(505, 'only HTTP/1.1 is spoken here');
  const fields = headers(lines);
  if (typeof fields === 'string') return refused(400, fields);
  const coding = fields.get('transfer-encoding')?.toLowerCase();
  const length = fields.get('content-length');
  if (coding !== undefined && (coding !== 'chunked' || length !== undefined || version === 'HTTP/1.0')) return refused(coding === 'chunked' ? 400 : 501, `the body cannot be read with transfer-encoding ${coding.slice(0, 40)}${length === undefined ? '' : ' and a content-length'}`);
  if (length !== undefined && !/^\d{1,10}$/.test(length)) return refused(400, 'content-length is not a number');
  if (Number(length ?? 0) > BODY_LIMIT) return refused(413, `the body has more than ${String(BODY_LIMIT)} bytes`);
  const expect = fields.get('expect')?.toLowerCase();
  if (expect !== undefined && expect !== '100-continue') return refused(417, `cannot do what "expect" asks for`);
  const connection = (fields.get('connection') ?? '').toLowerCase().split(',').map((word) => word.trim());
  const keepAlive = version === 'HTTP/1.1' ? !connection.includes('close') : connection.includes('keep-alive');
  const token = /^bearer +(\S+)$/i.exec(fields.get('authorization') ?? '')?.[1] ?? '';
  const at = target.indexOf('?');
  return { method, path: at < 0 ? target : target.slice(0, at), keepAlive, token, expects: expect !== undefined, length: coding === undefined ? Number(length ?? 0) : null };
}

/** A chunked body from `at` on: its bytes and where it ends, null while it is not complete. */
function chunks(bytes: Buffer, from: number): { readonly body: Buffer; readonly end: number } | ReadRequest | null {
  const parts: Buffer[] = [];
  let size = 0;
  let at = from;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return bytes.length - at > 256 ? refused(400, 'a chunk of the body is not of its form') : null;
    const length = /^([0-9a-f]{1,6})(?:\s*;.*)?$/i.exec(bytes.toString('latin1', at, line))?.[1];
    if (length === undefined) return refused(400, 'a chunk of the body is not of its form');
    const count = Number.parseInt(length, 16);
    size += count;
    if (size > BODY_LIMIT) return refused(413, `the body has more than ${String(BODY_LIMIT)} bytes`);
    const begin = line + 2;
    if (count === 0) break;
    if (bytes.length < begin + count + 2) return null;
    if (bytes[begin + count] !== 13 || bytes[begin + count + 1] !== 10) return refused(400, 'a chunk of the body is not of its form');
    parts.push(bytes.subarray(begin, begin + count));
    at = begin + count + 2;
  }
  // Trailers up to an empty line. Nobody needs them.
  at = bytes.indexOf('\r\n', at) + 2;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return bytes.length - at > HEAD_LIMIT ? refused(431, 'the trailers are too long') : null;
    if (line === at) return { body: Buffer.concat(parts), end: at + 2 };
    at = line + 2;
  }
}

/** Reads the first request of what a connection has sent so far. */
export function readRequest(bytes: Buffer): ReadRequest {
  const end = bytes.indexOf('\r\n\r\n');
  if (end > HEAD_LIMIT || (end < 0 && bytes.length > HEAD_LIMIT)) return refused(431, `the header has more than ${String(HEAD_LIMIT)} bytes`);
  if (end < 0) return { type: 'more', expects: false };
  const head = headOf(bytes.toString('latin1', 0, end));
  if ('type' in head) return head;
  const { method, path, keepAlive, token, expects, length } = head;
  const from = end + 4;
  const more: ReadRequest = { type: 'more', expects: expects && bytes.length === from };
  if (length !== null) {
    if (bytes.length < from + length) return more;
    return { type: 'request', request: { method, path, body: bytes.subarray(from, from + length), token, keepAlive }, rest: bytes.subarray(from + length) };
  }
  const read = chunks(bytes, from);
  if (read === null) return bytes.length > REQUEST_LIMIT ? refused(413, 'the request is too long') : more;
  return 'type' in read ? read : { type: 'request', request: { method, path, body: read.body, token, keepAlive }, rest: bytes.subarray(read.end) };
}
