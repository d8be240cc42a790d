// Probes: does it answer over HTTP, does it take connections, does a command say that it works? Each asks once, within its time,
// and leaves nothing behind. Loaded by the first program that is probed.
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { identityOf } from './accounts.ts';
import type { ProbeAnswer, Prober, ProbeRequest, ProbeTarget } from './ports.ts';
import { askHttp } from './probe-http.ts';

type Tell = (problem: string | null) => void;
/** What is under way, and how it is put an end to. */
type Attempt = { readonly stop: () => void };

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
  socket.on('connect', () => tell(null));
  socket.on('error', (error: NodeJS.ErrnoException) => tell(`${name}: ${error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message)}`));
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

function askCommand(target: Extract<ProbeTarget, { kind: 'exec' }>, { spec, environment }: ProbeRequest, tell: Tell): Attempt {
  const [file = '', ...args] = target.command.words;
  const who = identityOf(spec.user, spec.userGroup);
  if ('problem' in who) {
    setImmediate(() => tell(who.problem));
    return { stop: () => {} };
  }
  const child = process.getBuiltinModule('node:child_process').spawn(file, args, {
    stdio: 'ignore', detached: true, env: { ...environment() },
    ...(spec.directory === null ? {} : { cwd: spec.directory }), ...(who.identity === null ? {} : { uid: who.identity.uid, gid: who.identity.gid }),
  });
  child.on('error', (error: NodeJS.ErrnoException) => tell(`cannot run ${file}: ${error.code ?? error.message}`));
  child.on('exit', (code, signal) => tell(code === 0 ? null : `${file}: ${signal === null ? `exit status ${code}` : `terminated by ${signal}`}`));
  return { stop: () => endAll(child) };
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

/** Asks once; an answer that does not come in time is an answer. */
function probe(request: ProbeRequest): { cancel(): void } {
  let attempt: Attempt | null = null;
  let over = false;
  const end = (): void => {
    over = true;
    clearTimeout(timer);
    attempt?.stop();
  };
  const tell = (answer: ProbeAnswer): void => {
    if (over) return;
    end();
    request.done(answer);
  };
  const timer = setTimeout(() => tell({ ok: false, why: `no answer within ${request.target.timeoutMs / 1000} s` }), request.target.timeoutMs);
  try {
    attempt = ask(request, (problem) => tell(problem === null ? { ok: true } : { ok: false, why: problem }));
  } catch (error) {
    // Out of descriptors, or an argument that the system refuses: no answer either.
    setImmediate(() => tell({ ok: false, why: error instanceof Error ? error.message : String(error) }));
  }
  return { cancel: end };
}

export const prober: Prober = { probe };
