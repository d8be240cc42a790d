// REEVE_SOCKET: HTTP on a unix socket that every local user may connect to, which takes reports and nothing else.
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { REPORT_KINDS } from '../contract/report-text.ts';
import { readRequest } from './report-request.ts';
import type { ReportRequest } from './report-request.ts';

/** What becomes of a report. 204: taken. */
export interface ReportAnswer {
  readonly status: number;
  readonly message: string;
}

/** Somebody who sent a report: his uid where the kernel tells it, and the token that he showed. */
export interface Sender {
  readonly uid: number | null;
  readonly token: string;
}

export interface ReportSocketOptions {
  readonly path: string;
  /** The user at the other end of a connection; null where that cannot be known. */
  readonly peerUid: (socket: Socket) => number | null;
  readonly report: (id: string, kind: string, body: Buffer, sender: Sender) => ReportAnswer;
  readonly warn: (message: string) => void;
}

export interface ReportSocket {
  close(): Promise<void>;
}

/** Connections at the same time; more are closed at once. */
const MAX_CONNECTIONS = 1024;
/** Connections of one user other than root: nobody shuts the others out. */
const MAX_PER_UID = 512;
/** A connection that says nothing for so long is closed. */
const IDLE_MS = 10_000;
/** Who is refused waits so long for the answer, and must connect again: asking for what is not his costs him more than us. */
const PENALTY_MS = 100;
/** After so many requests a connection is left alone for a moment: who sends them in a loop waits, not the daemon. */
const BATCH = 64;
const PAUSE_MS = 10;
/** A request must be complete within this. */
const REQUEST_MS = 10_000;

const REASONS: Readonly<Record<number, string>> = {
  204: 'No Content', 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 413: 'Content Too Large', 417: 'Expectation Failed', 429: 'Too Many Requests',
  431: 'Request Header Fields Too Large', 501: 'Not Implemented', 503: 'Service Unavailable', 505: 'HTTP Version Not Supported',
};
const CODES: Readonly<Record<number, string>> = { 403: 'FORBIDDEN', 404: 'NOT_FOUND', 405: 'UNKNOWN_METHOD', 413: 'TOO_LARGE', 429: 'BUSY', 501: 'NOT_SUPPORTED', 503: 'BUSY' };
const PATH = /^\/v1\/supervised\/([0-9A-Za-z-]{1,64})\/([a-z]{1,32})$/;

/** The bytes of an answer; errors have the form of the control API. */
function answerText({ status, message }: ReportAnswer, keepAlive: boolean): string {
  const body = status === 204 ? '' : `${JSON.stringify({ error: { code: CODES[status] ?? 'BAD_ARGUMENT', message } })}\n`;
  const fields = [
    `HTTP/1.1 ${String(status)} ${REASONS[status] ?? 'Error'}`, ...(status === 405 ? ['allow: POST'] : []),
    ...(status === 204 ? [] : ['content-type: application/json', `content-length: ${String(Buffer.byteLength(body))}`]), `connection: ${keepAlive ? 'keep-alive' : 'close'}`,
  ];
  return `${fields.join('\r\n')}\r\n\r\n${body}`;
}

/** One connection: its requests in order, each answered before the next is looked at. */
class Connection {
  private held: Buffer = Buffer.alloc(0);
  private continued = false;
  private timer: NodeJS.Timeout | null = null;
  private served = 0;
  /** What is held is looked at later. */
  private resting = false;
  private readonly socket: Socket;
  private readonly uid: number | null;
  private readonly options: ReportSocketOptions;

  constructor(socket: Socket, uid: number | null, options: ReportSocketOptions) {
    this.socket = socket;
    this.uid = uid;
    this.options = options;
    // A client that goes away in the middle is no event.
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => this.take(bytes));
    socket.on('close', () => this.calm());
    socket.setTimeout(IDLE_MS, () => socket.destroy());
  }

  private take(bytes: Buffer): void {
    this.held = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    while (this.held.length > 0 && !this.resting && !this.socket.destroyed && !this.socket.writableEnded) {
      const read = readRequest(this.held);
      if (read.type === 'refused') return this.answer(read, false);
      if (read.type === 'more') return this.wait(read.expects);
      this.calm();
      this.held = read.rest;
      this.continued = false;
      const answer = this.serve(read.request);
      if (answer.status === 403 || answer.status === 404) return this.rest(PENALTY_MS, () => this.answer(answer, false));
      this.answer(answer, read.request.keepAlive);
      this.served += 1;
      if (this.served % BATCH === 0) this.rest(PAUSE_MS, () => this.take(Buffer.alloc(0)));
    }
  }

  /** Nothing is read or looked at for a while. */
  private rest(ms: number, then: () => void): void {
    this.resting = true;
    this.socket.pause();
    setTimeout(() => {
      this.resting = false;
      if (this.socket.destroyed) return;
      this.socket.resume();
      then();
    }, ms).unref();
  }

  private wait(expects: boolean): void {
    if (expects && !this.continued) {
      this.continued = true;
      this.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    this.timer ??= setTimeout(() => this.socket.destroy(), REQUEST_MS).unref();
  }

  private calm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private serve({ method, path, body, token }: ReportRequest): ReportAnswer {
    const [, id, kind] = PATH.exec(path) ?? [];
    if (id === undefined || kind === undefined) return { status: 404, message: `there is only POST /v1/supervised/{id}/{${REPORT_KINDS.join('|')}} here; the control API has a socket of its own` };
    if (method !== 'POST') return { status: 405, message: 'reports are posted' };
    return this.options.report(id, kind, body, { uid: this.uid, token });
  }

  private answer(answer: ReportAnswer, keepAlive: boolean): void {
    const text = answerText(answer, keepAlive);
    // Who does not read answers is not answered for ever.
    if (this.socket.writableLength > 65_536) this.socket.destroy();
    else if (keepAlive) this.socket.write(text);
    else this.socket.end(text);
  }
}

/** Listens. The path exists when this returns; null: it could not be bound, with a warning. */
export function openReportSocket(options: ReportSocketOptions): ReportSocket | null {
  const { path, peerUid, warn } = options;
  const open = new Set<Socket>();
  const perUid = new Map<number | null, number>();
  const server: Server = createServer({ pauseOnConnect: false }, (socket) => {
    const uid = peerUid(socket);
    const same = perUid.get(uid) ?? 0;
    if (open.size >= MAX_CONNECTIONS || (same >= MAX_PER_UID && uid !== null && uid !== 0)) {
      socket.on('error', () => socket.destroy());
      // What was sent is not read, so that the answer is followed by a reset where more than nothing came.
      socket.end(answerText({ status: 503, message: 'too many connections at once' }, false), () => socket.destroy());
      return;
    }
    open.add(socket);
    perUid.set(uid, same + 1);
    socket.once('close', () => {
      open.delete(socket);
      const left = (perUid.get(uid) ?? 1) - 1;
      if (left > 0) perUid.set(uid, left);
      else perUid.delete(uid);
    });
    new Connection(socket, uid, options);
  });
  let failed = false;
  server.on('error', (error) => {
    failed = true;
    warn(`cannot take reports on ${path}: ${error.message}; children go on without`);
  });
  // Neither must the daemon live on for it, nor a test.
  server.listen({ path, backlog: 511 }).unref();
  try {
    // listen() binds before it returns, so the mode is right before any child is told the path.
    chmodSync(path, 0o666);
  } catch (error) {
    if (!failed) warn(`cannot take reports on ${path}: ${(error as Error).message}; children go on without`);
    server.close();
    return null;
  }
  return {
    close() {
      for (const socket of open) socket.destroy();
      rmSync(path, { force: true });
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
