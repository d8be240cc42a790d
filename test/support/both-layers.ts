// Rules of the whole daemon: each is tested on the native OS layer and on the portable one. And a plain way to ask its REST API.
import { request, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { type CtlResult, type Daemon, type DaemonOptions, reeved, startDaemon } from './daemon.ts';
import { waitFor } from './wait-for.ts';

export type Layer = 'native' | 'portable';
const LAYERS: readonly Layer[] = ['native', 'portable'];

/** Absolute path of a fixture program. */
export const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);

export interface World {
  readonly t: TestContext;
  readonly layer: Layer;
  /** A daemon on this layer. */
  start(options: DaemonOptions): Promise<Daemon>;
  /** reeved run to its end on this layer, for files that it refuses. */
  refused(dir: string, ...args: string[]): Promise<CtlResult>;
}

export interface Limits {
  /** The one layer that can keep the rule, and why the other cannot. */
  readonly only?: { readonly layer: Layer; readonly because: string };
  /** Why this machine cannot show it, or null. */
  readonly cannot?: string | null;
}

/** One test per layer. What is skipped says why. */
export function onBoth(rule: string, body: (world: World) => Promise<void>, limits: Limits = {}): void {
  for (const layer of LAYERS) {
    const skip = limits.only && limits.only.layer !== layer ? limits.only.because : (limits.cannot ?? false);
    test(`${rule} (${layer})`, { skip }, async (t) => {
      const env = { REEVE_OS: layer === 'portable' ? 'portable' : '' };
      await body({
        t, layer,
        async start(options) {
          const d = await startDaemon(t, { ...options, env: { ...env, ...options.env } });
          // From here on no fact is missed, however soon the daemon ends.
          await d.fact('daemon.started');
          return d;
        },
        refused: (dir, ...args) => reeved(dir, ...args),
      });
    });
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; throws where it is not JSON. */
  json<T>(): T;
}

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request to a unix socket (a path) or a port of the loopback interface. */
export function ask(to: string | number, path: string, { method = 'GET', body, headers = {} }: Ask = {}): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const place = typeof to === 'string' ? { socketPath: to } : { host: '127.0.0.1', port: to };
  return new Promise((resolve, reject) => {
    const asked = request({
      ...place, path, method, agent: false,
      headers: { host: 'localhost', ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...headers },
    }, (answer) => {
      let got = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (got += piece));
      answer.once('error', reject);
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: got, json: <T>() => JSON.parse(got) as T }));
    });
    asked.once('error', reject).end(text);
  });
}

/** Waits until all that has happened so far has come over the stream of facts too. */
export async function caughtUp(d: Daemon): Promise<void> {
  const { seq } = await d.get<SnapshotJson>('/v1/status');
  await waitFor(`fact ${seq}`, () => (d.facts.at(-1)?.seq ?? 0) >= seq);
}

/** A POST over the daemon's unix socket that waits for the operation's end. */
export async function operate(d: Daemon, command: string, body: Readonly<Record<string, unknown>>, wait = '30s'): Promise<Answer> {
  return ask(d.socket, `/v1/${command}`, { method: 'POST', body: { ...body, wait } });
}
