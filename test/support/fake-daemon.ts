// A control API that says what a test tells it to, over a real unix socket (or loopback TCP). For tests of reevectl.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation, TargetResult } from '../../daemon/contract/answers.ts';
import type { ErrorCode } from '../../daemon/contract/errors.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import type { GroupView, ProcessView, SnapshotJson } from '../../daemon/contract/snapshot.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

export type Route = (seen: Seen, response: ServerResponse) => unknown;

export interface FakeDaemon {
  readonly path: string;
  readonly url: string;
  readonly directory: string;
  readonly seen: Seen[];
  /** By `METHOD /path`. What a route returns is sent as JSON; undefined: it wrote the answer itself. */
  readonly routes: Map<string, Route>;
  /** Resolves with the request that makes `wanted` true, now or later. */
  arrived(wanted: (seen: Seen) => boolean): Promise<Seen>;
  close(): Promise<void>;
}

/** A row of the snapshot; what is not said is a healthy process that never was in trouble. */
export function view(id: string, over: Partial<ProcessView> = {}): ProcessView {
  const [group, name] = id.includes(':') ? (id.split(':') as [string, string]) : [id, id];
  return {
    id: `${group}:${name}`,
    name,
    group,
    program: name,
    num: 0,
    autostart: true,
    priority: 999,
    state: 'RUNNING',
    wanted: 'up',
    disabled: false,
    ready: true,
    dependsOn: [],
    waitsFor: [],
    health: 'unknown',
    incarnation: 1,
    pid: 4242,
    supervisionId: null,
    startedAt: 1_000_000,
    stoppedAt: null,
    changedAt: 1_000_000,
    exitCode: null,
    exitSignal: null,
    spawnError: '',
    restarts: 0,
    tries: 0,
    nextStartAt: null,
    flapping: null,
    why: 'up',
    survivors: [],
    heartbeat: null,
    progress: null,
    statusText: '',
    healthSources: [],
    ...over,
  };
}

export function group(name: string, members: readonly string[] = [], parent: string | null = null): GroupView {
  return { name, parent, strategy: 'one_for_one', state: 'UP', members, why: '', intensity: null, restartsAt: [] };
}

export function snapshot(processes: readonly ProcessView[], over: Partial<SnapshotJson['daemon']> = {}): SnapshotJson {
  const names = [...new Set(processes.map((p) => p.group))];
  return {
    seq: 1,
    daemon: {
      state: 'RUNNING',
      pid: 77,
      version: '0.1.0',
      file: '/etc/reeve.toml',
      identifier: 'reeve',
      startedAt: 0,
      implementation: 'native',
      ...over,
    },
    processes,
    groups: names.map((n) =>
      group(
        n,
        processes.filter((p) => p.group === n).map((p) => p.id),
      ),
    ),
    checks: [],
    issues: [],
    jobs: [],
    runs: [],
    breakers: [],
    drain: null,
  };
}

export function ok(name: string): TargetResult {
  return { name, outcome: 'ok', code: null, message: '' };
}

export function failed(name: string, code: ErrorCode, message = '', survivors?: readonly number[]): TargetResult {
  return { name, outcome: 'error', code, message, ...(survivors ? { survivors } : {}) };
}

export function operation(command: string, targets: readonly TargetResult[], over: Partial<Operation> = {}): Operation {
  return { id: '42', command, who: 'uid:0', startedAt: 1, endedAt: 2, targets, ...over };
}

/** Answers with an error of the table. */
export function refuse(response: ServerResponse, code: ErrorCode, message: string, hint?: string): undefined {
  const { http, advice, retryable } = ERRORS[code];
  response.writeHead(http, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code, message, advice, retryable, ...(hint ? { hint } : {}) } }));
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? undefined : JSON.parse(text);
}

/** Listens on a socket in a directory of its own, or on a free port of the loopback. */
export async function fakeDaemon(routes: Readonly<Record<string, Route>> = {}, tcp = false): Promise<FakeDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-ctl-'));
  const path = join(directory, 'reeve.sock');
  const table = new Map(Object.entries(routes));
  const seen: Seen[] = [];
  const waiters: { wanted: (seen: Seen) => boolean; resolve: (seen: Seen) => void }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const one: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      body: await bodyOf(request),
      headers: request.headers,
    };
    seen.push(one);
    for (const waiter of waiters) if (waiter.wanted(one)) waiter.resolve(one);
    const route = table.get(`${one.method} ${one.path}`);
    if (!route) {
      refuse(response, 'UNKNOWN_METHOD', `no route ${one.method} ${one.path}`);
      return;
    }
    const value = await route(one, response);
    if (value === undefined) return;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    if (tcp) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const place = server.address();
  return {
    path,
    url: typeof place === 'object' && place !== null ? `http://127.0.0.1:${place.port}` : `unix://${path}`,
    directory,
    seen,
    routes: table,
    arrived: (wanted) => {
      const past = seen.find(wanted);
      return past ? Promise.resolve(past) : new Promise((resolve) => waiters.push({ wanted, resolve }));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
