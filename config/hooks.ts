// Commands that run around a life of a program: the key `hooks`, and what it means.
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import { isTable, ofTable } from './kind.ts';
import type { WrittenCommand } from './program-kinds.ts';
import type { CommandSpec } from './spec.ts';

export const HOOK_NAMES = ['pre_start', 'post_start', 'pre_stop', 'post_stop', 'on_crash'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** One hook; it is ended, with all it started, when it takes longer. */
export interface HookSpec {
  readonly command: CommandSpec;
  readonly timeoutMs: number;
}

/** The hooks of a program; one that is not written is not there. */
export type HooksSpec = { readonly [N in HookName]?: HookSpec };

/** A hook as written. */
interface WrittenHook {
  readonly command: WrittenCommand;
  readonly timeoutMs: number;
}
export type WrittenHooks = { readonly [N in HookName]?: WrittenHook };

const HOOK_TIMEOUT_MS = 30_000;
const ONE = { anyOf: [...(programKind.command.json['anyOf'] as readonly object[]), { type: 'object', additionalProperties: false, required: ['command'], properties: { command: programKind.command.json, timeout: kind.duration.json } }] };

function hookOf(raw: unknown, no: (message: string, sub?: readonly (string | number)[]) => void): WrittenHook | undefined {
  const table = isTable(raw) ? raw : { command: raw };
  for (const name of Object.keys(table)) if (name !== 'command' && name !== 'timeout') no('unknown key: a hook has command and timeout', [name]);
  const command = programKind.command.read(table['command'], (message) => no(message, isTable(raw) ? ['command'] : []));
  const timeoutMs = table['timeout'] === undefined ? HOOK_TIMEOUT_MS : kind.duration.read(table['timeout'], (message) => no(message, ['timeout']));
  if (timeoutMs === 0) no('nothing is done in no time', ['timeout']);
  return command === undefined || timeoutMs === undefined ? undefined : { command, timeoutMs };
}

/** `hooks = { pre_start = "cmd", on_crash = { command = "cmd", timeout = "1m" } }`. INI: `pre_start=cmd` a line. */
export const hooks = ofTable<WrittenHooks>({
  expected: 'a table { pre_start, post_start, pre_stop, post_stop, on_crash } of commands, or of { command, timeout }',
  json: { type: 'object', additionalProperties: false, properties: Object.fromEntries(HOOK_NAMES.map((name) => [name, ONE])) },
  read: (raw, complain) => {
    let good = true;
    const no: typeof complain = (message, sub) => {
      good = false;
      complain(message, sub);
    };
    const out: { [N in HookName]?: WrittenHook } = {};
    for (const [name, value] of Object.entries(raw)) {
      const hook = HOOK_NAMES.find((one) => one === name);
      if (hook === undefined) no(`unknown hook: hooks are ${HOOK_NAMES.join(', ')}`, [name]);
      else {
        const read = hookOf(value, (message, sub = []) => no(message, [name, ...sub]));
        if (read !== undefined) out[hook] = read;
      }
    }
    return good ? out : undefined;
  },
  // One hook a line; commas belong to commands.
  fromText: (text) => Object.fromEntries(text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [[line.slice(0, Math.max(0, line.indexOf('='))).trim(), line.slice(line.indexOf('=') + 1).trim()]]))),
  print: (value) => `{ ${Object.entries(value).map(([name, hook]) => `${name} = { command = ${JSON.stringify(hook.command.words ?? hook.command.text)}, timeout = "${kind.duration.print(hook.timeoutMs)}" }`).join(', ')} }`,
});
