// Runs reevectl: as a process of its own, or its commands in this one with a screen that remembers.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClient } from '../../ctl/client.ts';
import type { Context } from '../../ctl/context.ts';
import { parseAddress } from '../../ctl/server-address.ts';
import { runCommand } from '../../ctl/run-command.ts';
import { REEVECTL } from './programs.ts';

export const CTL = REEVECTL;
const DEADLINE_MS = 30_000;

export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves when stdout holds `text`. */
  said(text: string): Promise<void>;
}

/** No REEVE_* and no colour wishes of the machine; an empty working directory, so that no configuration is found by chance. */
function surroundings(env: Readonly<Record<string, string>>): { cwd: string; env: Record<string, string> } {
  const { PATH = '', HOME = '' } = process.env;
  const cwd = mkdtempSync(join(tmpdir(), 'reeve-ctl-cwd-'));
  return { cwd, env: { PATH, HOME, TZ: 'UTC', XDG_RUNTIME_DIR: cwd, ...env } };
}

export function launchCtl(args: readonly string[], env: Readonly<Record<string, string>> = {}, input: string | null = ''): Running {
  const { cwd, env: environment } = surroundings(env);
  const child = spawn(process.execPath, [CTL, ...args], { cwd, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
    for (const one of waiting) if (out.includes(one.text)) one.resolve();
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      rmSync(cwd, { recursive: true, force: true });
      resolve({ code, signal, out, err });
    });
  });
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        if (out.includes(text)) resolve();
        else waiting.push({ text, resolve });
        void ended.then(() =>
          reject(
            new Error(`reevectl ended without saying ${JSON.stringify(text)}; it said ${JSON.stringify(out)} and ${JSON.stringify(err)}`),
          ),
        );
      }),
  };
}

/** The whole program, from argv to exit status. */
export function runCtl(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<Ran> {
  return launchCtl(args, env, input).ended;
}

export interface Here {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command in this process: a pipe's screen unless `columns` says how wide the terminal is. */
export async function runHere(
  url: string,
  words: readonly string[],
  over: { columns?: number; colour?: boolean; interactive?: boolean; answer?: string; signal?: AbortSignal } = {},
): Promise<Here> {
  let out = '';
  let err = '';
  const context: Context = {
    options: {
      config: null,
      server: url,
      username: null,
      password: null,
      interactive: false,
      historyFile: false,
      help: false,
      version: false,
      json: false,
      colour: 'auto',
    },
    screen: {
      columns: over.columns ?? null,
      colour: over.colour ?? false,
      line: (text) => {
        out += `${text}\n`;
      },
      json: (text) => {
        out += `${text}\n`;
      },
      raw: (bytes) => {
        out += typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
      },
      note: (text) => {
        err += `${text}\n`;
      },
      full: () => undefined,
    },
    interactive: over.interactive ?? false,
    canAsk: over.answer !== undefined,
    signal: over.signal ?? new AbortController().signal,
    client: async () => openClient(parseAddress(url)!, { username: null, password: null, token: null }),
    ask: async () => over.answer ?? '',
  };
  const code = await runCommand(context, words);
  return { code, out, err };
}
