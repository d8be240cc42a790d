// Answers that go on: counted per listener, paused when the reader is slow, ended together when the server closes.
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CommandError } from '../contract/errors.ts';
import { createCrowds } from './crowds.ts';

export interface StreamSource {
  /** The reader can take more. */
  readonly onDrain?: () => void;
  /** The reader or the server has gone; called once. */
  readonly onClose: () => void;
}

export interface OpenStream {
  /** False: write no more until onDrain. After the end it does nothing. */
  write(chunk: string | Uint8Array): boolean;
  /** Bytes that wait for the reader. */
  waiting(): number;
  end(): void;
}

export interface Streams {
  /** Takes the answer over. `crowd` is what the bound is counted for (the listener). */
  open(crowd: object, reply: FastifyReply, contentType: string, source: StreamSource): OpenStream | CommandError;
  /** Takes the place of a stream for a long answer that somebody else sends, until it has ended. null: it is taken. */
  hold(crowd: object, reply: FastifyReply): CommandError | null;
  endAll(): void;
}

/** What a stream stands on that may end before its reader goes: a session. */
export interface Lease {
  readonly gone: AbortSignal;
  readonly endsInMs: number;
  /** The stream has ended. */
  release(): void;
}

/** Ends the stream with its lease; the answer is for when it ends by itself. */
function under(lease: Lease, stream: () => OpenStream): () => void {
  const end = (): void => stream().end();
  // It may have ended while its request was looked at.
  const due = setTimeout(end, lease.gone.aborted ? 0 : lease.endsInMs);
  due.unref();
  lease.gone.addEventListener('abort', end, { once: true });
  return () => {
    clearTimeout(due);
    lease.gone.removeEventListener('abort', end);
    lease.release();
  };
}

function wrap(raw: ServerResponse, source: StreamSource, forget: () => void): OpenStream {
  let open = true;
  raw.on('drain', () => {
    if (open) source.onDrain?.();
  });
  raw.once('close', () => {
    open = false;
    forget();
    source.onClose();
  });
  return {
    write: (chunk) => open && raw.write(chunk),
    waiting: () => raw.writableLength,
    end() {
      if (open) raw.end();
      open = false;
    },
  };
}

/**
 * At most `limit` streams per crowd, and of those three quarters for one user: who opens all he can leaves some to others. `leaseOf` is asked
 * what a request stands on; null: nothing that ends. `whoOf` is asked for the user; null: one is not told from another.
 */
export function createStreams(limit: number, leaseOf: (request: FastifyRequest) => Lease | null, whoOf: (request: FastifyRequest) => string | null = () => null): Streams {
  const all = new Set<OpenStream>();
  const crowds = createCrowds(limit);
  const share = limit - Math.floor(limit / 4);
  const shares = createCrowds(share);
  /** Stands for a user of a crowd; as many as there are users. */
  const users = new WeakMap<object, Map<string, object>>();
  const userOf = (crowd: object, request: FastifyRequest): object => {
    const who = whoOf(request);
    if (who === null) return {};
    let known = users.get(crowd);
    if (known === undefined) users.set(crowd, known = new Map());
    let user = known.get(who);
    if (user === undefined) known.set(who, user = {});
    return user;
  };
  /** Takes a place; what gives it back. */
  const enter = (crowd: object, reply: FastifyReply): (() => void) | CommandError => {
    const user = userOf(crowd, reply.request);
    if (!shares.enter(user)) return { code: 'BUSY', message: `cannot open another stream: you have ${share} open on this listener, and the others are for others` };
    if (!crowds.enter(crowd)) {
      shares.leave(user);
      return { code: 'BUSY', message: `cannot open another stream: ${limit} are open on this listener` };
    }
    return () => {
      crowds.leave(crowd);
      shares.leave(user);
    };
  };
  return {
    hold(crowd, reply) {
      const leave = enter(crowd, reply);
      if (typeof leave !== 'function') return leave;
      if (reply.raw.destroyed) leave();
      else reply.raw.once('close', leave);
      return null;
    },
    open(crowd, reply, contentType, source) {
      const leave = enter(crowd, reply);
      if (typeof leave !== 'function') return leave;
      reply.hijack();
      // nginx would keep back what comes now and then until it is 4 KiB.
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'content-type': contentType, 'x-accel-buffering': 'no' });
      reply.raw.flushHeaders();
      const lease = leaseOf(reply.request);
      const release = lease === null ? null : under(lease, () => stream);
      const stream: OpenStream = wrap(reply.raw, source, () => {
        release?.();
        all.delete(stream);
        leave();
      });
      all.add(stream);
      return stream;
    },
    endAll() {
      for (const stream of all) stream.end();
    },
  };
}
