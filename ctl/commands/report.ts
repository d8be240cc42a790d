// heartbeat, progress, health, result, ready, say: what a shell script under reeve says of itself. Nothing in here may break the
// script: what cannot be told is a line on stderr and exit 0. Only a command that is written wrong fails.
import { readBody } from '../../daemon/contract/report-text.ts';
import type { ReportKind } from '../../daemon/contract/report-text.ts';
import { textOf } from '../arguments.ts';
import { EXIT } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { ConnectionError, send } from '../http.ts';
import { unixAddress } from '../server-address.ts';

/** A daemon that hangs does not hold the script for longer. */
const TIMEOUT_MS = 5000;

/** JSON as it was typed, or what the shell made of it. */
function jsonOf(context: Context, text: string | null, what: string): { readonly value: unknown } | null {
  if (text === null) return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    context.screen.note(`Error: ${what} is not JSON: ${JSON.stringify(text.slice(0, 60))}. Put it in single quotes, and text within it in double ones.`);
    return null;
  }
}

async function post(context: Context, kind: ReportKind, body: unknown): Promise<number> {
  const read = readBody(kind, body === undefined ? '' : JSON.stringify(body));
  if (read !== null && 'problem' in read) {
    context.screen.note(`Error: ${read.problem}`);
    return EXIT.usage;
  }
  const { SUPERVISION_ID: id, REEVE_SOCKET: path, REEVE_TOKEN: token } = process.env;
  if (!id || !path) {
    context.screen.note('Not told to anybody: this does not run under reeve (SUPERVISION_ID and REEVE_SOCKET are not set).');
    return EXIT.ok;
  }
  try {
    const answer = await send(unixAddress(path), {
      method: 'POST', path: `/v1/supervised/${encodeURIComponent(id)}/${kind}`, timeoutMs: TIMEOUT_MS, ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}), ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300) context.screen.note(`Not taken: ${messageOf(answer.body.toString()) ?? `status ${answer.status}`}`);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    context.screen.note(`Not told to reeve: ${error.message}`);
  }
  return EXIT.ok;
}

function messageOf(body: string): string | null {
  try {
    return (JSON.parse(body) as { readonly error: { readonly message: string } }).error.message;
  } catch {
    return null;
  }
}

export const heartbeat: Command = async (context, values) => {
  const meta = jsonOf(context, textOf(values, 'meta'), '--meta');
  return meta === null ? EXIT.usage : post(context, 'heartbeat', meta.value);
};

export const progress: Command = async (context, values) => {
  const amount = textOf(values, 'amount') ?? '';
  const [, current, total] = /^(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/.exec(amount) ?? [];
  if (current === undefined) {
    context.screen.note(`Error: progress is CURRENT/TOTAL in numbers, not ${JSON.stringify(amount)}`);
    return EXIT.usage;
  }
  const meta = jsonOf(context, textOf(values, 'meta'), '--meta');
  if (meta === null) return EXIT.usage;
  const phase = textOf(values, 'phase');
  return post(context, 'progress', { current: Number(current), total: total === undefined ? null : Number(total), ...(phase === null ? {} : { phase }), ...(meta.value === undefined ? {} : { meta: meta.value }) });
};

/** Words of the command `health`, where they say how the script is. */
export function sayHealth(context: Context, [value = '', ...why]: readonly string[]): Promise<number> {
  return post(context, 'health', { value, why: why.join(' ') });
}

export const result: Command = async (context, values) => {
  const said = jsonOf(context, textOf(values, 'result'), 'the result');
  return said === null ? EXIT.usage : post(context, 'result', said.value);
};

export const ready: Command = (context) => post(context, 'ready', undefined);

export const say: Command = (context, values) => post(context, 'status', { text: textOf(values, 'text') });
