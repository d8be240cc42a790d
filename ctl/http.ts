// One HTTP request over node:net. Not node:http: that import alone costs more than the whole of `reevectl status`.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { BadResponse, ResponseReader } from './http-response.ts';
import type { ResponseHead } from './http-response.ts';
import type { ServerAddress } from './server-address.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;
const MOST_BODY_BYTES = 64 * 1024 * 1024;

export type OnPiece = (piece: Buffer) => Promise<void> | undefined | void;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query, already encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Longest silence before the whole answer is here; Infinity for streams. Default 30 s. */
  readonly timeoutMs?: number;
  /** Pieces of a 2xx body as they come; the answer's body is then empty. A promise holds further pieces back until it resolves. */
  readonly onPiece?: OnPiece;
  /** Ends the request; the answer so far is what there is. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer extends ResponseHead {
  readonly body: Buffer;
}

export type ConnectTrouble = 'no_such_file' | 'refused' | 'denied' | 'unknown_host' | 'timeout' | 'lost' | 'garbage' | 'other';

/** No answer: nobody there, not allowed to connect, or not HTTP. `message` is for a person. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly trouble: ConnectTrouble;
  constructor(trouble: ConnectTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

const TROUBLES: Readonly<Record<string, ConnectTrouble>> = {
  ENOENT: 'no_such_file',
  ECONNREFUSED: 'refused',
  EACCES: 'denied',
  EPERM: 'denied',
  ENOTFOUND: 'unknown_host',
  EAI_AGAIN: 'unknown_host',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'lost',
  EPIPE: 'lost',
};

function connectionError(address: ServerAddress, error: NodeJS.ErrnoException): ConnectionError {
  const trouble = TROUBLES[error.code ?? ''] ?? 'other';
  switch (trouble) {
    // The words of supervisorctl, which scripts look for.
    case 'no_such_file':
      return new ConnectionError(trouble, `${address.url} no such file`);
    case 'refused':
      return new ConnectionError(trouble, `${address.url} refused connection`);
    case 'denied':
      return new ConnectionError(trouble, `${address.url} permission denied`);
    case 'unknown_host':
      return new ConnectionError(trouble, `${address.url} unknown host`);
    case 'timeout':
      return new ConnectionError(trouble, `${address.url} does not answer`);
    case 'lost':
      return new ConnectionError(trouble, `${address.url} closed the connection`);
    case 'garbage':
    case 'other':
      return new ConnectionError(trouble, `${address.url} cannot be reached: ${error.code ?? error.message}`);
  }
}

function requestText(address: ServerAddress, request: HttpRequest): string {
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const lines = [`${request.method} ${request.path} HTTP/1.1`, `Host: ${address.host}`, 'Connection: close', 'User-Agent: reevectl'];
  for (const [key, value] of Object.entries(request.headers ?? {})) lines.push(`${key}: ${value}`);
  if (request.method === 'POST') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Sends one request on a connection of its own. Rejects with ConnectionError; an HTTP error status is an answer. */
export function send(address: ServerAddress, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let head: ResponseHead | null = null;
    let size = 0;
    let settled = false;
    const pieces: Buffer[] = [];
    const socket: Socket = connect(address.connect);

    const finish = (error: ConnectionError | null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', abort);
      socket.destroy();
      if (error) reject(error);
      else resolve({ status: head?.status ?? 0, headers: head?.headers ?? new Map(), body: Buffer.concat(pieces) });
    };
    const abort = (): void => finish(null);
    const late = (): void => finish(new ConnectionError('timeout', `${address.url} does not answer`));
    const answerMs = request.timeoutMs ?? ANSWER_TIMEOUT_MS;
    let timer = setTimeout(late, CONNECT_TIMEOUT_MS);
    /** For the whole answer, not for each piece: a peer that drips bytes is given up too. Streams have none. */
    const expect = (): void => {
      clearTimeout(timer);
      if (Number.isFinite(answerMs)) timer = setTimeout(late, answerMs);
    };

    const reader = new ResponseReader(
      (h) => {
        head = h;
      },
      (piece) => {
        if (request.onPiece && head !== null && head.status < 300) {
          const busy = request.onPiece(piece);
          if (busy) {
            socket.pause();
            void busy.then(() => socket.resume());
          }
          return;
        }
        size += piece.length;
        if (size > MOST_BODY_BYTES) throw new BadResponse(`the answer is longer than ${MOST_BODY_BYTES} bytes`);
        pieces.push(piece);
      },
    );
    const read = (step: () => void): void => {
      if (settled) return;
      try {
        step();
        if (reader.done) finish(null);
      } catch (error) {
        if (!(error instanceof BadResponse)) throw error;
        finish(
          error.cut
            ? new ConnectionError('lost', `${address.url} closed the connection: ${error.message}`)
            : new ConnectionError('garbage', `${address.url} is not reeved: ${error.message}`),
        );
      }
    };

    socket.on('connect', () => {
      expect();
      socket.write(requestText(address, request));
    });
    socket.on('data', (piece: Buffer) => read(() => reader.feed(piece)));
    socket.on('end', () => read(() => reader.end()));
    socket.on('error', (error) => finish(connectionError(address, error)));
    socket.on('close', () => finish(new ConnectionError('lost', `${address.url} closed the connection`)));
    if (request.signal?.aborted) abort();
    else request.signal?.addEventListener('abort', abort);
  });
}
