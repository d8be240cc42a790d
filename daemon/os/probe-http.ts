// One GET: the status line of the answer is all that is read. A client of our own: Node's costs 7 MiB, and follows rules (proxies,
// agents, redirects) that a question to a neighbour must not have.
import type { Socket } from 'node:net';
import type { ProbeTarget } from './ports.ts';

type Http = Extract<ProbeTarget, { kind: 'http' }>;

/** More than this before the end of the first line is no HTTP. */
const LONGEST_LINE = 1024;

/** `http://host:port/path?query` in its parts. */
function partsOf(text: string): { readonly secure: boolean; readonly host: string; readonly port: number; readonly authority: string; readonly path: string } {
  const url = new URL(text);
  const secure = url.protocol === 'https:';
  return {
    secure, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), authority: url.host, path: `${url.pathname}${url.search}`,
  };
}

function judge(target: Http, line: string): string | null {
  const code = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1] ?? 0);
  if (code === 0) return `${target.url} does not answer in HTTP`;
  const good = target.status === null ? code >= 200 && code < 400 : target.status.includes(code);
  return good ? null : `${target.url} answers ${code}`;
}

/** Asks once. `done` gets null, or what is wrong; the socket is the caller's to destroy. */
export function askHttp(target: Http, done: (problem: string | null) => void): Socket {
  const { secure, host, port, authority, path } = partsOf(target.url);
  const where = target.unix === null ? { host, port } : { path: target.unix };
  // Certificates of a program that is being started are its own affair: what is asked is whether it answers.
  const socket = secure
    ? process.getBuiltinModule('node:tls').connect({ ...where, servername: /^[\d.:]+$/.test(host) ? '' : host, rejectUnauthorized: false })
    : process.getBuiltinModule('node:net').connect(where);
  let head = '';
  let over = false;
  const end = (problem: string | null): void => {
    if (over) return;
    over = true;
    done(problem);
  };
  socket.on(secure ? 'secureConnect' : 'connect', () => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: reeve\r\nAccept: */*\r\nConnection: close\r\n\r\n`);
  });
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    head += text;
    const newline = head.indexOf('\n');
    if (newline >= 0 || head.length > LONGEST_LINE) end(judge(target, head.slice(0, newline < 0 ? LONGEST_LINE : newline)));
  });
  socket.on('end', () => end(`${target.url} closes the connection without an answer`));
  socket.on('error', (error: NodeJS.ErrnoException) => end(`${target.url}: ${error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message)}`));
  return socket;
}
