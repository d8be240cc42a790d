// Probes: does it answer over HTTP, does it take connections, does a command say that it works? Each asks once, within its time,
// and leaves nothing behind. Loaded by the first program that is probed.
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { CommandSpec } from '../../config/spec.ts';
import { oneLine } from '../contract/report-text.ts';
import { identityOf } from './accounts.ts';
import type { ProbeAnswer, Prober, ProbeRequest, ProbeTarget, ReadRequest } from './ports/probes.ts';
import { askHttp } from './probe-http.ts';

type Tell = (answer: ProbeAnswer) => void;
/** What is under way, and how it is put an end to. */
type Attempt = { readonly stop: () => void };

/** So much of what a command writes is read. */
const LONGEST_OUTPUT = 4096;
/** Characters of its last line that go into the reason. */
const LONGEST_LINE = 200;

/** What of a command's output is kept: none, the beginning of stdout, or the end of both. */
type Reads = 'nothing' | 'stdout' | 'end';

function overSocket(socket: Socket): Attempt {
  return {
    stop: () => {
      socket.removeAllListeners('connect');
      socket.destroy();
    },
  };
}

function askTcp(target: Extract<ProbeTarget, { kind: 'tcp' }>, tell: Tell): Attempt {
  const { address } = target;
  const name = 'unix' in address ? address.unix : `${address.host}:${address.port}`;
  const socket = process.getBuiltinModule('node:net').connect('unix' in address ? { path: address.unix } : { host: address.host, port: address.port });
  socket.on('connect', () => tell({ ok: true }));
  socket.on('error', (error: NodeJS.ErrnoException) => tell({ ok: false, why: `${name}: ${error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message)}` }));
  return overSocket(socket);
}

/** In a session of its own, so that all it started goes with it. */
function endAll(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended a moment ago.
  }
}

/** How a command ended; `problem`: why it did not begin. */
type Ended = { readonly code: number | null; readonly signal: string | null; readonly text: string } | { readonly problem: string };

function runCommand(command: CommandSpec, { spec, environment }: Pick<ProbeRequest, 'spec' | 'environment'>, reads: Reads, tell: (ended: Ended) => void): Attempt {
  const [file = '', ...args] = command.words;
  const who = identityOf(spec.user, spec.userGroup);
  if ('problem' in who) {
    setImmediate(() => tell({ problem: who.problem }));
    return { stop: () => {} };
  }
  const child = process.getBuiltinModule('node:child_process').spawn(file, args, {
    stdio: ['ignore', reads === 'nothing' ? 'ignore' : 'pipe', reads === 'end' ? 'pipe' : 'ignore'], detached: true, env: { ...environment() },
    ...(spec.directory === null ? {} : { cwd: spec.directory }), ...(who.identity === null ? {} : { uid: who.identity.uid, gid: who.identity.gid }),
  });
  let text = '';
  const take = (piece: string): void => {
    text += piece;
    if (text.length > LONGEST_OUTPUT) text = reads === 'end' ? text.slice(-LONGEST_OUTPUT) : text.slice(0, LONGEST_OUTPUT);
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take);
  child.on('error', (error: NodeJS.ErrnoException) => tell({ problem: `cannot run ${file}: ${error.code ?? error.message}` }));
  // What it wrote is there when its pipe is closed; somebody it left behind may hold that for ever.
  child.on('exit', (code, signal) => {
    const read = [child.stdout, child.stderr].every((stream) => stream === null || stream.readableEnded);
    // Nobody asks what a good answer wrote.
    if (read || (reads === 'end' && code === 0)) tell({ code, signal, text });
    else setTimeout(() => tell({ code, signal, text }), DRAIN_MS);
  });
  child.on('close', (code, signal) => tell({ code, signal, text }));
  return {
    stop: () => {
      endAll(child);
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

/** A command that ended has its last words read this long. */
const DRAIN_MS = 100;

function endWords(file: string, ended: Exclude<Ended, { problem: string }>): string {
  return `${file}: ${ended.signal === null ? `exit status ${ended.code}` : `terminated by ${ended.signal}`}`;
}

/** `: index is locked`, of what it wrote the last line that says something; '' where none does. */
function lastWords(text: string): string {
  const line = oneLine(text.split('\n').findLast((one) => one.trim() !== '') ?? '');
  return line === '' ? '' : `: ${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line}`;
}

function askCommand(target: Extract<ProbeTarget, { kind: 'exec' }>, request: ProbeRequest, tell: Tell): Attempt {
  return runCommand(target.command, request, 'end', (ended) => {
    if ('problem' in ended) return tell({ ok: false, why: ended.problem });
    if (ended.code === 0) return tell({ ok: true });
    const degraded = 'degraded' in target && ended.code !== null && target.degraded.includes(ended.code);
    return tell({ ok: false, why: `${endWords(target.command.words[0] ?? '', ended)}${lastWords(ended.text)}`, ...(degraded ? { degraded: true } : {}) });
  });
}

function ask(request: ProbeRequest, tell: Tell): Attempt {
  const { target } = request;
  switch (target.kind) {
    case 'http': return overSocket(askHttp(target, tell));
    case 'tcp': return askTcp(target, tell);
    case 'exec': return askCommand(target, request, tell);
    default: return target satisfies never;
  }
}

/** Begins something that has so much time for its answer, and nothing of which is left when it is over. Too late is an answer. */
function within<A>(timeoutMs: number, failed: (why: string) => A, done: (answer: A) => void, begin: (tell: (answer: A) => void) => Attempt): { cancel(): void } {
  let attempt: Attempt | null = null;
  let over = false;
  const end = (): void => {
    over = true;
    clearTimeout(timer);
    attempt?.stop();
  };
  const tell = (answer: A): void => {
    if (over) return;
    end();
    done(answer);
  };
  const timer = setTimeout(() => tell(failed(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    attempt = begin(tell);
  } catch (error) {
    // Out of descriptors, or an argument that the system refuses: no answer either.
    setImmediate(() => tell(failed(error instanceof Error ? error.message : String(error))));
  }
  return { cancel: end };
}

function probe(request: ProbeRequest): { cancel(): void } {
  return within<ProbeAnswer>(request.target.timeoutMs, (why) => ({ ok: false, why }), request.done, (tell) => ask(request, tell));
}

function read(request: ReadRequest): { cancel(): void } {
  const { command, timeoutMs, done } = request;
  type Answer = Parameters<ReadRequest['done']>[0];
  return within<Answer>(timeoutMs, (problem) => ({ problem }), done, (tell) => runCommand(command, request, 'stdout', (ended) => {
    if ('problem' in ended) return tell(ended);
    return tell(ended.code === 0 ? { text: ended.text } : { problem: endWords(command.words[0] ?? '', ended) });
  }));
}

export const prober: Prober = { probe, read };
