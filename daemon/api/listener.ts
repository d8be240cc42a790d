// Where the API listens: binds one address, says in words why it cannot, and gives up only what is its own.
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { ListenSpec } from '../../config/api-spec.ts';
import { portOwner } from './port-owner.ts';
import { claimSocketPath } from './socket-path.ts';

export interface Listener {
  /** `unix:/run/reeve/reeve.sock` or `127.0.0.1:9001`, as it came to be (port 0 is resolved). */
  readonly address: string;
  /** null: probe_listen. */
  readonly spec: ListenSpec | null;
  /** The host it is bound to; null for a unix socket. */
  readonly host: string | null;
  /** Stops listening; connections go on. A second call does nothing. */
  close(): void;
}

/** An address that cannot be had. The message is for the person who started the daemon. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

type Accept = (socket: Socket) => void;

// Paused, because the HTTP stack may still be loading; half-open, as node:http has it: a client may end its side and then read.
function serverFor(accept: Accept): Server {
  return createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true, keepAlive: true }, accept);
}

function listening(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // bind(2) makes the file within this call: nobody but us may connect before it has its mode, whatever the daemon's umask is.
    const umask = 'path' in where ? process.umask(0o177) : null;
    try {
      server.listen(where, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      if (umask !== null) process.umask(umask);
    }
  });
}

function tcpProblem(host: string, port: number, code: string | undefined, fallback: string): string {
  const where = `cannot listen on ${host}:${port}:`;
  switch (code) {
    case 'EADDRINUSE': return `${where} another program uses the port${portOwner(port)}; stop it, or choose another port in [api] listen`;
    case 'EACCES': return `${where} ports below 1024 need root or CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL': return `${where} this machine has no such address`;
    case 'ENOTFOUND': case 'EAI_AGAIN': return `${where} the name ${host} cannot be resolved`;
    default: return `${where} ${fallback}`;
  }
}

const problemOf = (error: unknown): { code: string | undefined; message: string } => ({
  code: (error as NodeJS.ErrnoException).code,
  message: error instanceof Error ? error.message : String(error),
});

/** Listens on TCP. `host` '' and '*' mean every address. Throws ListenError. */
export async function listenTcp(spec: ListenSpec | null, where: { readonly host: string; readonly port: number }, accept: Accept): Promise<Listener> {
  const server = serverFor(accept);
  const host = where.host === '' || where.host === '*' ? '0.0.0.0' : where.host;
  try {
    await listening(server, { host, port: where.port });
  } catch (error) {
    const { code, message } = problemOf(error);
    throw new ListenError(tcpProblem(host, where.port, code, message));
  }
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : where.port;
  return { address: `${host.includes(':') ? `[${host}]` : host}:${port}`, spec, host, close: () => void server.close() };
}

/** Listens on a unix socket with the mode and owner asked for from its first instant. Throws ListenError. */
export async function listenUnix(spec: ListenSpec, path: string, accept: Accept, warn: (message: string) => void): Promise<Listener> {
  const server = serverFor(accept);
  const claim = await claimSocketPath(path, spec.mode, spec.owner, warn).catch((error: unknown) => {
    throw new ListenError(problemOf(error).message);
  });
  try {
    await listening(server, { path: claim.bindPath });
    claim.publish();
  } catch (error) {
    server.close();
    claim.abandon();
    throw new ListenError(`cannot listen on unix:${path}: ${problemOf(error).message}`);
  }
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    server.close();
    claim.release();
  };
  return { address: `unix:${path}`, spec, host: null, close };
}
