// A control API on real sockets in a directory of its own, with a fake Control behind it; curl to ask it.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiSpec, ListenSpec } from '../../config/api-spec.ts';
import type { ApiLimits } from '../../daemon/api/limits.ts';
import { openApi } from '../../daemon/api/open.ts';
import type { ApiServer } from '../../daemon/api/open.ts';
import type { ErrorAnswer } from '../../daemon/contract/answers.ts';
import { apiSpec, fakeControl, listenOn } from './fake-control.ts';
import type { FakeControl } from './fake-control.ts';

export interface CurlAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  json<T>(): T;
  /** Code of an ErrorAnswer. */
  code(): string;
}

export interface ApiWorld extends AsyncDisposable {
  readonly server: ApiServer;
  readonly control: FakeControl;
  readonly directory: string;
  readonly socketPath: string;
  /** Of the TCP listener; 0 when there is none. */
  readonly port: number;
  readonly probePort: number;
  readonly warnings: string[];
  /** curl over the unix socket. */
  unix(path: string, ...args: readonly string[]): Promise<CurlAnswer>;
  /** curl over TCP. */
  tcp(path: string, ...args: readonly string[]): Promise<CurlAnswer>;
  probe(path: string, ...args: readonly string[]): Promise<CurlAnswer>;
  /** A connection without HTTP. */
  raw(text: string): Wire;
}

export interface Wire {
  readonly socket: Socket;
  /** What came so far. */
  text(): string;
  /** Resolves when `text()` contains this, rejects after 5 s with what came. */
  saw(part: string): Promise<string>;
  closed: Promise<void>;
}

export interface WorldOptions {
  readonly api?: Partial<ApiSpec>;
  /** Of the TCP listener on a free loopback port; null: none. */
  readonly tcp?: Partial<ListenSpec> | null;
  readonly unix?: Partial<ListenSpec>;
  readonly limits?: Partial<ApiLimits>;
  readonly ring?: number;
  readonly instant?: boolean;
  /** Where the files of the web page are. */
  readonly pageDirectory?: string;
}

/** Polls a condition of this process; rejects after `ms`. */
export async function until(what: string, condition: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not so after ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function curl(args: readonly string[]): Promise<CurlAnswer> {
  return new Promise((resolve, reject) => {
    execFile('curl', ['-sS', '-i', '--max-time', '10', ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && stdout === '') return reject(new Error(`curl: ${stderr}`));
      // 100 Continue comes before the answer.
      const text = stdout.replace(/^(HTTP\/1\.1 1\d\d[^\r]*\r\n(?:[^\r]+\r\n)*\r\n)+/, '');
      const cut = text.indexOf('\r\n\r\n');
      const [first = '', ...lines] = text.slice(0, cut).split('\r\n');
      const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
      const body = text.slice(cut + 4);
      resolve({ status: Number(first.split(' ')[1]), headers, body, json: () => JSON.parse(body) as never, code: () => (JSON.parse(body) as ErrorAnswer).error.code });
    });
  });
}

export function wire(where: { path: string } | { host: string; port: number }, text: string): Wire {
  const socket = connect(where);
  let got = '';
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => (got += piece));
  socket.on('error', () => undefined);
  socket.write(text);
  return {
    socket,
    text: () => got,
    async saw(part) {
      await until(`${JSON.stringify(part)} in ${JSON.stringify(got.slice(-500))}`, () => got.includes(part)).catch(() => {
        throw new Error(`never saw ${JSON.stringify(part)}; came: ${JSON.stringify(got.slice(-2000))}`);
      });
      return got;
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

const portOf = (address: string | undefined): number => Number(/:(\d+)$/.exec(address ?? '')?.[1] ?? 0);

/** Opens a unix socket, a TCP listener and a probe listener; `web:web` and `db:db` are RUNNING. */
export async function apiWorld(options: WorldOptions = {}): Promise<ApiWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-api-'));
  const socketPath = join(directory, 'run', 'reeve.sock');
  const tcp = options.tcp === null ? [] : [listenOn({ host: '127.0.0.1', port: 0 }, options.tcp ?? {})];
  const api = apiSpec({ listen: [listenOn({ unix: socketPath }, options.unix ?? {}), ...tcp], probeListen: { host: '127.0.0.1', port: 0 }, ...options.api });
  const control = fakeControl({ api, instant: options.instant ?? true, ...(options.ring === undefined ? {} : { ring: options.ring }) });
  control.addRunning('web:web');
  control.addRunning('db:db');
  const warnings: string[] = [];
  const server = await openApi({ control, api, warn: (message) => warnings.push(message), limits: { failureDelayMs: 1, ...options.limits }, ...(options.pageDirectory === undefined ? {} : { pageDirectory: options.pageDirectory }) });
  const port = tcp.length > 0 ? portOf(server.addresses[1]) : 0;
  const probePort = portOf(server.addresses.at(-1));
  const wires: Wire[] = [];
  return {
    server, control, directory, socketPath, port, probePort, warnings,
    unix: (path, ...args) => curl(['--unix-socket', socketPath, ...args, `http://localhost${path}`]),
    tcp: (path, ...args) => curl([...args, `http://127.0.0.1:${port}${path}`]),
    probe: (path, ...args) => curl([...args, `http://127.0.0.1:${probePort}${path}`]),
    raw(text) {
      const one = wire({ path: socketPath }, text);
      wires.push(one);
      return one;
    },
    async [Symbol.asyncDispose]() {
      for (const one of wires) one.socket.destroy();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
