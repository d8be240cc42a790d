// One request: the status line of the answer, and its body where somebody looks at it. A client of our own: Node's costs 7 MiB, and
// follows rules (proxies, agents, redirects) that a question to a neighbour must not have.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ProbeAnswer, ProbeTarget } from './ports/probes.ts';

type Http = Extract<ProbeTarget, { kind: 'http' }>;
/** What `health` may say beside the URL and `ready` does not. */
type Asked = Extract<Http, { readonly method: string }>;

/** More than this before the end of the first line is no HTTP. */
const LONGEST_LINE = 1024;
/** So much of an answer is read where its body is looked at. */
const LONGEST_ANSWER = 64 * 1024;

/** `http://host:port/path?query` in its parts. */
function partsOf(text: string): { readonly secure: boolean; readonly host: string; readonly port: number; readonly authority: string; readonly path: string } {
  const url = new URL(text);
  const secure = url.protocol === 'https:';
  return {
    secure, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), authority: url.host, path: `${url.pathname}${url.search}`,
  };
}

function isAsked(target: Http): target is Asked {
  return 'method' in target;
}

function requestOf(target: Http, authority: string, path: string): string {
  const asked = isAsked(target) ? target : null;
  const fields = new Map([['host', `Host: ${authority}`], ['user-agent', 'User-Agent: reeve'], ['accept', 'Accept: */*']]);
  for (const [name, value] of Object.entries(asked?.headers ?? {})) fields.set(name.toLowerCase(), `${name}: ${value}`);
  fields.set('connection', 'Connection: close');
  if (asked !== null && /^(POST|PUT|PATCH)$/.test(asked.method)) fields.set('content-length', 'Content-Length: 0');
  return `${asked?.method ?? 'GET'} ${path} HTTP/1.1\r\n${[...fields.values()].join('\r\n')}\r\n\r\n`;
}

/** What the status line means; null: good. */
function judge(target: Http, line: string): ProbeAnswer {
  const code = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1] ?? 0);
  if (code === 0) return { ok: false, why: `${target.url} does not answer in HTTP` };
  if (isAsked(target) && target.degraded.includes(code)) return { ok: false, why: `${target.url} answers ${code}`, degraded: true };
  const good = target.status === null ? code >= 200 && code < 400 : target.status.includes(code);
  return good ? { ok: true } : { ok: false, why: `${target.url} answers ${code}` };
}

/** The body as far as it has come; `whole`: nothing follows. */
function bodyOf(answer: string): { readonly text: string; readonly whole: boolean } {
  const at = answer.indexOf('\r\n\r\n');
  if (at < 0) return { text: '', whole: false };
  const head = answer.slice(0, at).toLowerCase();
  const raw = answer.slice(at + 4);
  const length = /\r\ncontent-length:\s*(\d+)/.exec(head)?.[1];
  if (length !== undefined) return { text: raw.slice(0, Number(length)), whole: raw.length >= Number(length) };
  return /\r\ntransfer-encoding:[^\r]*chunked/.test(head) ? unchunked(raw) : { text: raw, whole: false };
}

function unchunked(raw: string): { readonly text: string; readonly whole: boolean } {
  let text = '';
  let at = 0;
  for (;;) {
    const line = raw.indexOf('\r\n', at);
    if (line < 0) return { text, whole: false };
    const size = Number.parseInt(raw.slice(at, line), 16);
    if (!Number.isInteger(size) || size === 0) return { text, whole: true };
    text += raw.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (at > raw.length) return { text, whole: false };
  }
}

/** Secured as `health` says it. Of a program that is being started (`ready`) the certificate is its own affair: what is asked is whether it answers. */
function security(target: Http, host: string): { readonly servername: string; readonly rejectUnauthorized: boolean; readonly ca?: Buffer } {
  const asked = isAsked(target) ? target : null;
  const name = asked?.serverName ?? host;
  return { servername: /^[\d.:]+$/.test(name) ? '' : name, rejectUnauthorized: asked !== null && !asked.insecure, ...(asked?.ca == null ? {} : { ca: readFileSync(asked.ca) }) };
}

function connect(target: Http, secure: boolean, host: string, port: number): Socket {
  const where = target.unix === null ? { host, port } : { path: target.unix };
  return secure ? process.getBuiltinModule('node:tls').connect({ ...where, ...security(target, host) }) : process.getBuiltinModule('node:net').connect(where);
}

/** Asks once. `done` gets the answer; the socket is the caller's to destroy. */
export function askHttp(target: Http, done: (answer: ProbeAnswer) => void): Socket {
  const { secure, host, port, authority, path } = partsOf(target.url);
  const wanted = isAsked(target) && target.body !== null && target.method !== 'HEAD' ? target.body : null;
  const socket = connect(target, secure, host, port);
  let answer = '';
  let over = false;
  const end = (said: ProbeAnswer): void => {
    if (over) return;
    over = true;
    done(said);
  };
  const bad = (why: string): void => end({ ok: false, why });
  /** Bytes are kept one to a character: UTF-8 is made of them when all is there. */
  const endWithBody = (text: string): void => {
    const matches = new RegExp(wanted ?? '', 'm').test(Buffer.from(text, 'latin1').toString('utf8'));
    end(matches ? { ok: true } : { ok: false, why: `the body of ${target.url} does not match ${wanted ?? ''}` });
  };
  socket.on(secure ? 'secureConnect' : 'connect', () => void socket.write(requestOf(target, authority, path)));
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    answer += text;
    const newline = answer.indexOf('\n');
    if (newline < 0 && answer.length <= LONGEST_LINE) return;
    const judged = judge(target, answer.slice(0, newline < 0 ? LONGEST_LINE : newline));
    if (!judged.ok || wanted === null) return end(judged);
    const body = bodyOf(answer);
    if (body.whole || answer.length >= LONGEST_ANSWER) endWithBody(body.text);
  });
  socket.on('end', () => (wanted !== null && answer !== '' ? endWithBody(bodyOf(answer).text) : bad(`${target.url} closes the connection without an answer`)));
  socket.on('error', (error: NodeJS.ErrnoException) => bad(`${target.url}: ${error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message)}`));
  return socket;
}
