// The examples of the API performed: a real daemon with the file of test/fixtures/api-examples, one request after the other, and how an
// answer is held against the one that was recorded.
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ANSWERS } from '../../daemon/contract/example-answers.ts';
import { exampleId } from '../../daemon/contract/example.ts';
import type { Example } from '../../daemon/contract/example.ts';
import { requestOf } from '../../daemon/contract/example-request.ts';
import type { Json } from '../../daemon/contract/reports.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { type Daemon, startDaemon, tempDir } from './daemon.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

/** An answer may take so long. */
const ANSWER_MS = 60_000;

export interface GivenAnswer {
  readonly status: number;
  /** Without parameters: application/json. */
  readonly media: string;
  /** NAME=VALUE of the cookie that is set. */
  readonly cookie: string | null;
  readonly text: string;
  /** Of JSON, parsed; else the text. */
  readonly body: Json;
}

/** The daemon of the examples; `port` is that of its TCP listener. */
export interface Shop {
  readonly daemon: Daemon;
  readonly port: number;
}

/** A daemon with the configuration of the examples, on a copy of it. */
export async function startShop(t: TestContext): Promise<Shop> {
  const dir = tempDir(t, 'reeve-shop-');
  const port = await freePort();
  cpSync(join(import.meta.dirname, '../fixtures/api-examples'), dir, { recursive: true });
  const file = join(dir, 'reeve.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(':9001', `:${port}`));
  const daemon = await startDaemon(t, { dir, config: 'reeve.toml' });
  await waitFor('the shop to be open', async () => {
    const { processes, issues } = await daemon.get<SnapshotJson>('/v1/status');
    const up = processes.filter((row) => row.state === 'RUNNING').length === 3 && processes.some((row) => row.health === 'healthy');
    // The check has looked, and the first attempt of the fix is over.
    return up && issues.length === 2 && issues.some((row) => row.attempts === 1 && row.state === 'open');
  });
  return { daemon, port };
}

/** Sends the request of an example. */
function send({ daemon, port }: Shop, example: Example, kept: Readonly<Record<string, string>>): Promise<GivenAnswer> {
  const { method, target, headers: more, body } = requestOf(example, kept);
  const payload = body === null ? null : JSON.stringify(body);
  const headers = {
    host: 'localhost', ...more, ...(payload === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ ...(example.page === true ? { host: '127.0.0.1', port } : { socketPath: daemon.socket }), method, path: target, headers, timeout: ANSWER_MS, agent: false }, (answer) => {
      let text = '';
      const end = (): void => {
        const media = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
        resolve({ status: answer.statusCode ?? 0, media, cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? null, text, body: media === 'application/json' ? (JSON.parse(text) as Json) : text });
      };
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (example.lines === undefined || text.split('\n').length <= example.lines) return;
        text = `${text.split('\n').slice(0, example.lines).join('\n')}\n`;
        end();
        asked.destroy();
      });
      answer.once('end', end).on('error', () => undefined);
    });
    asked.once('timeout', () => asked.destroy(new Error(`${method} ${target} was not answered within ${ANSWER_MS} ms`)));
    asked.once('error', reject).end(payload ?? undefined);
  });
}

/** What a JSON pointer leads to. */
function at(value: Json, pointer: string): Json | undefined {
  let here: unknown = value;
  for (const step of pointer.split('/').slice(1)) here = typeof here === 'object' && here !== null ? (here as Readonly<Record<string, unknown>>)[step] : undefined;
  return here as Json | undefined;
}

/** Performs one example, and adds what it keeps for later ones to `kept`. */
export async function perform(shop: Shop, example: Example, kept: Record<string, string>): Promise<GivenAnswer> {
  const { daemon } = shop;
  if (example.append !== undefined) appendFileSync(daemon.configFile, example.append);
  const answer = await send(shop, example, kept);
  for (const [word, pointer] of Object.entries(example.keep ?? {})) {
    const found = pointer === 'cookie' ? answer.cookie : at(answer.body, pointer);
    if (typeof found !== 'string') throw new Error(`${exampleId(example)}: nothing at ${pointer} of ${answer.text}`);
    kept[word] = found;
  }
  if (example.route === 'reload') await waitFor('the daemon to be back', async () => (await daemon.view('web')).state === 'RUNNING');
  return answer;
}

/** Members whose value says which subject it is or what became of it: it must be the recorded one. */
const LITERAL: ReadonlySet<string> = new Set([
  'action', 'alert', 'as', 'breaker', 'channel', 'check', 'code', 'command', 'group', 'identifier', 'job', 'key', 'level', 'members', 'message', 'name', 'outcome', 'process', 'program', 'role',
  'retryable', 'advice', 'schedule', 'severity', 'state', 'strategy', 'timezone', 'trigger', 'wanted',
]);

/** Members that hold any JSON: what stands there is another thing in each row. */
const FREE: ReadonlySet<string> = new Set(['value', 'from', 'to', 'meta', 'params', 'result']);

/** Numbers and ids within words vary. */
const masked = (value: Json | undefined): string => String(value).replace(/[0-9a-f]{8}[0-9a-f-]*|\d+(\.\d+)?/g, '#');

const kind = (value: Json | undefined): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } => kind(value) === 'object';

/** How `given` differs in shape from what was recorded, where; [] when it does not. null goes with everything: its schema says whether it may. */
export function differences(recorded: Json, given: Json | undefined, path = '', literal = false): string[] {
  if (recorded === null || given === null) return [];
  if (kind(recorded) !== kind(given)) return [`${path} is ${kind(given)} (${JSON.stringify(given)}), was ${kind(recorded)} (${JSON.stringify(recorded)})`];
  if (Array.isArray(recorded) && Array.isArray(given)) {
    const [have, want] = [given as readonly Json[], recorded as readonly Json[]];
    if ((have.length === 0) !== (want.length === 0)) return [`${path} has ${have.length} items, had ${want.length}`];
    // Long lists were cut: what is beyond has the shape of one of those before.
    return have.flatMap((one, index) => {
      const same = want[index];
      if (same !== undefined) return differences(same, one, `${path}/${index}`, literal);
      const tries = want.map((other) => shapeDifferences(other, one, `${path}/${index}`));
      return tries.some((found) => found.length === 0) ? [] : (tries[0] ?? []);
    });
  }
  if (isObject(recorded) && isObject(given)) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(given)])];
    return names.flatMap((name) => {
      if (!(name in given)) return [`${path}/${name} is not there`];
      if (!(name in recorded)) return [`${path}/${name} is new`];
      if (FREE.has(name)) return [];
      return differences(recorded[name] ?? null, given[name], `${path}/${name}`, LITERAL.has(name));
    });
  }
  return literal && masked(recorded) !== masked(given) ? [`${path} is ${JSON.stringify(given)}, was ${JSON.stringify(recorded)}`] : [];
}

function shapeDifferences(recorded: Json, given: Json, path: string): string[] {
  return differences(recorded, given, path).filter((line) => !/ is ("|-?\d|true|false).*, was /.test(line));
}

/** The recorded answer of an example. Throws for one that was never recorded. */
export function recordedAnswer(example: Example): { readonly status: number; readonly media: string; readonly body: Json } {
  const recorded = ANSWERS[exampleId(example)];
  if (recorded === undefined) throw new Error(`no answer of ${exampleId(example)} is recorded: run node --experimental-ffi test/integration/record-api-examples.ts`);
  return recorded;
}
