// A message as one POST. Node's own client, loaded by the first one: it knows TLS and proxies of nobody, follows no redirects.
import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { ChannelSpec } from '../../config/alert-spec.ts';
import type { AlertMessage } from '../contract/alerts.ts';
import type { DeliveryAnswer } from './ports/alerts.ts';

type Webhook = Extract<ChannelSpec, { kind: 'webhook' }>;

/** What is read of an answer that is no success, for the person who mends it. */
const ANSWER_BYTES = 300;
/** A secret is one line. */
const MAX_SECRET = 8192;
/** The body itself is refused: the same again would be, too. */
const HOPELESS: ReadonlySet<number> = new Set([400, 405, 413, 415, 422]);

async function secretIn(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8')).split('\n', 1)[0]?.trim() ?? '';
  if (text === '' || text.length > MAX_SECRET) throw new Error(`${path} is empty or too long`);
  return text;
}

/** The body: all of it, or the text that Slack and its like show. Times are RFC 3339. */
export function bodyOf(format: Webhook['format'], message: AlertMessage): string {
  if (format === 'slack') return JSON.stringify({ text: `*${message.title}*\n${message.text}` });
  const iso = (at: number): string => new Date(at).toISOString();
  return JSON.stringify({ ...message, at: iso(message.at), startedAt: iso(message.startedAt), lastBeatAt: message.lastBeatAt === null ? null : iso(message.lastBeatAt) });
}

async function headersOf(channel: Webhook, body: string, id: string): Promise<Record<string, string>> {
  const secrets = await Promise.all(Object.entries(channel.headerFiles).map(async ([name, path]) => [name, await secretIn(path)] as const));
  return { 'Content-Type': 'application/json', 'User-Agent': 'reeve', 'X-Reeve-Alert': id, ...channel.headers, ...Object.fromEntries(secrets), 'Content-Length': String(Buffer.byteLength(body)) };
}

function judge(answer: IncomingMessage, said: string): DeliveryAnswer {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return { ok: true };
  const why = `it answers ${status}${said.trim() === '' ? '' : `: ${said.trim().replaceAll(/\s+/g, ' ')}`}`;
  return { ok: false, why, ...(HOPELESS.has(status) ? { hopeless: true } : {}) };
}

function post(url: URL, options: RequestOptions, body: string, signal: AbortSignal): Promise<DeliveryAnswer> {
  const { request } = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
  return new Promise((resolve) => {
    // agent false: one connection for one message; nothing stays open.
    const asked: ClientRequest = request(url, { ...options, agent: false, method: 'POST', signal }, (answer) => {
      let said = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        said = `${said}${text}`.slice(0, ANSWER_BYTES);
      });
      answer.on('end', () => resolve(judge(answer, said)));
      answer.on('error', (error) => resolve({ ok: false, why: error.message }));
    });
    asked.on('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, why: error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message) }));
    asked.end(body);
  });
}

/** Delivers once. The address is never in what is said: it may be all that somebody needs to write there. */
export async function postAlert(channel: Webhook, message: AlertMessage, closing: AbortSignal): Promise<DeliveryAnswer> {
  const time = AbortSignal.timeout(channel.timeoutMs);
  try {
    const address = channel.url ?? (await secretIn(channel.urlFile ?? ''));
    if (!URL.canParse(address) || !/^https?:/.test(address)) return { ok: false, why: `${channel.urlFile ?? 'webhook'} holds no http:// or https:// address` };
    const body = bodyOf(channel.format, message);
    const options: RequestOptions = { headers: await headersOf(channel, body, message.id), ...(channel.socket === null ? {} : { socketPath: channel.socket }) };
    const answer = await post(new URL(address), options, body, AbortSignal.any([time, closing]));
    return !answer.ok && time.aborted ? { ok: false, why: `no answer within ${channel.timeoutMs / 1000} s` } : answer;
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
