// The control API: listens with node:net alone, and loads the HTTP stack when the first client comes.
import type { Socket } from 'node:net';
import type { ApiSpec } from '../../config/api-spec.ts';
import type { Control } from '../runtime/control.ts';
import type { HttpStack } from './http.ts';
import { LIMITS } from './limits.ts';
import type { ApiLimits } from './limits.ts';
import { isLoopback } from './guard.ts';
import { ListenError, listenTcp, listenUnix } from './listener.ts';
import type { Listener } from './listener.ts';
import type { Sessions } from './session.ts';

/** What outlives a listener that moves. */
export interface ApiMemory {
  /** null until somebody comes. */
  sessions: Sessions | null;
}

export interface ApiOptions {
  readonly control: Control;
  readonly api: ApiSpec;
  /** Told in a person's words what deserves a look: a stale socket that was removed, a mistake of ours. */
  readonly warn: (message: string) => void;
  /** Told of a door that stands open, which `doctor` sees by itself (default: warn). */
  readonly say?: (message: string) => void;
  readonly limits?: Partial<ApiLimits>;
  readonly memory?: ApiMemory;
  /** Where the files of the web page are (default: where the build puts them). */
  readonly pageDirectory?: string;
}

export interface ApiServer extends AsyncDisposable {
  /** Where it listens, in the order of the configuration; probe_listen last. */
  readonly addresses: readonly string[];
  /** Open connections. */
  readonly connections: number;
  /** Ends within about a second, whatever clients do. A second call waits for the first. */
  close(): Promise<void>;
}

const refusedAtOnce = (text: string): string =>
  `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n${text}`;

class Door {
  readonly #options: ApiOptions;
  readonly #limits: ApiLimits;
  readonly #sockets = new Map<Socket, Listener>();
  readonly #crowds = new Map<Listener, number>();
  #stack: HttpStack | null = null;
  #loading: Promise<HttpStack> | null = null;
  #closed = false;
  /** Clients that were turned away and still read why. */
  #leaving = 0;

  constructor(options: ApiOptions, limits: ApiLimits) {
    this.#options = options;
    this.#limits = limits;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  accept(socket: Socket, listener: Listener): void {
    // node:http puts its own listener here; until then a reset must not end the daemon.
    socket.on('error', () => socket.destroy());
    const crowd = this.#crowds.get(listener) ?? 0;
    if (this.#closed || crowd >= this.#limits.connections) {
      this.#turnAway(socket);
      return;
    }
    this.#crowds.set(listener, crowd + 1);
    this.#sockets.set(socket, listener);
    socket.once('close', () => this.#left(socket, listener));
    if (this.#stack) this.#stack.serve(socket, listener);
    else void this.#serveLater(socket, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const stack = this.#stack ?? (await this.#loading?.catch(() => null)) ?? null;
    // What is under way may end; what does not within closeMs is cut off.
    const cut = setTimeout(() => this.#destroyAll(), this.#limits.closeMs);
    await stack?.close();
    clearTimeout(cut);
    this.#destroyAll();
  }

  async #serveLater(socket: Socket, listener: Listener): Promise<void> {
    try {
      const stack = await (this.#loading ??= this.#load());
      if (!socket.destroyed) stack.serve(socket, listener);
    } catch (error) {
      this.#loading = null;
      this.#options.warn(`cannot serve the control API: ${error instanceof Error ? error.message : String(error)}; the next client tries again`);
      socket.destroy();
    }
  }

  async #load(): Promise<HttpStack> {
    const [{ openHttp }, { createSessions }] = await Promise.all([import('./http.ts'), import('./session.ts')]);
    const memory = this.#options.memory ?? { sessions: null };
    memory.sessions ??= createSessions();
    this.#stack = await openHttp({ control: this.#options.control, limits: this.#limits, warn: this.#options.warn, sessions: memory.sessions, pageDirectory: this.#options.pageDirectory });
    return this.#stack;
  }

  // Closing with a request unread would be a reset, and the client would never see the words.
  #turnAway(socket: Socket): void {
    if (this.#leaving >= this.#limits.connections) return void socket.destroy();
    this.#leaving++;
    const cut = setTimeout(() => socket.destroy(), this.#limits.closeMs);
    socket.once('close', () => {
      this.#leaving--;
      clearTimeout(cut);
    });
    socket.resume();
    socket.end(refusedAtOnce('too many connections\n'));
  }

  #left(socket: Socket, listener: Listener): void {
    this.#sockets.delete(socket);
    this.#crowds.set(listener, (this.#crowds.get(listener) ?? 1) - 1);
    if (this.#sockets.size === 0 && !this.#closed) this.#stack?.rest();
  }

  #destroyAll(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }
}

// Said again here, where it matters, whatever the reader of the file let pass.
function mustNotListen(options: ApiOptions, address: ApiSpec['listen'][number]): string | null {
  if ('unix' in address.address || address.open || address.credentials !== null) return null;
  if (options.api.users.length > 0 || options.api.tokens.length > 0 || isLoopback(address.address.host)) return null;
  return `cannot listen on ${address.address.host}:${address.address.port}: without credentials that is for loopback addresses only; add [api] users or tokens, or write auth = "none"`;
}

function openDoor(api: ApiSpec, spec: ApiSpec['listen'][number], address: string): string | null {
  const nobodyAsks = spec.open && spec.credentials === null && !('unix' in spec.address);
  return nobodyAsks ? `anyone who reaches ${address} may start and stop programs: it asks for no password${api.users.length > 0 ? ', whatever [api] users says' : ''}` : null;
}

/** Opens all listeners of `api`, or none: rejects with a ListenError that says which one cannot be had, and why. */
export async function openApi(options: ApiOptions): Promise<ApiServer> {
  const door = new Door(options, { ...LIMITS, ...options.limits });
  const listeners: Listener[] = [];
  const open = async (begin: (accept: (socket: Socket) => void) => Promise<Listener>): Promise<void> => {
    const listener: Listener = await begin((socket) => door.accept(socket, listener));
    listeners.push(listener);
  };
  try {
    for (const spec of options.api.listen) {
      const { address } = spec;
      const problem = mustNotListen(options, spec);
      if (problem !== null) throw new ListenError(problem);
      await open((accept) => ('unix' in address ? listenUnix(spec, address.unix, accept, options.warn) : listenTcp(spec, address, accept)));
      const danger = openDoor(options.api, spec, listeners.at(-1)?.address ?? '');
      if (danger !== null) (options.say ?? options.warn)(danger);
    }
    const probe = options.api.probeListen;
    if (probe !== null) await open((accept) => listenTcp(null, probe, accept));
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    for (const listener of listeners) listener.close();
    return (closing ??= door.close());
  };
  return { addresses: listeners.map((listener) => listener.address), get connections() { return door.connections; }, close, [Symbol.asyncDispose]: close };
}
