// Commands beside programs: hooks, and the scripts of alerts. Each has its time; when it ends, or the time is over, all it started
// is ended with it. Loaded by the first of them.
import type { ChildProcess } from 'node:child_process';
import { identityOf } from './accounts.ts';
import type { SideAnswer, SideCommands, SideRequest } from './ports/side-commands.ts';
import { readProcessTable } from './process-table.ts';
import { randomId } from './random-id.ts';

/** Of what it writes only the end is kept. */
const KEPT_BYTES = 2048;
/** Its last words may still be in the pipe when it has ended. */
const DRAIN_MS = 200;

/** Everybody the command started: below it, in its session, or, adopted by us, with its id in the environment. */
function treeOf(pid: number, id: string): readonly number[] {
  const table = readProcessTable();
  const found = new Set<number>();
  const add = (one: number): void => {
    if (found.has(one) || one === process.pid) return;
    found.add(one);
    for (const child of table.childrenOf(one)) add(child.pid);
  };
  for (const row of table.rows) {
    if (row.pid === pid || row.session === pid || row.pgrp === pid) add(row.pid);
    else if ((row.ppid === process.pid || row.ppid === 1) && row.supervisionId() === id) add(row.pid);
  }
  return [...found].filter((one) => table.get(one)?.running === true);
}

function endAll(pid: number, id: string): void {
  // Again until nobody is found: who was just being born is not seen the first time.
  for (let round = 0; round < 3; round += 1) {
    const pids = treeOf(pid, id);
    if (pids.length === 0) return;
    for (const one of pids) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // It ended a moment ago.
      }
    }
  }
}

function spawn(request: SideRequest, id: string): ChildProcess | string {
  const { command, directory, environment, input } = request;
  const who = identityOf(request.user, request.group);
  if ('problem' in who) return who.problem;
  const [file = '', ...args] = command.words;
  try {
    return process.getBuiltinModule('node:child_process').spawn(file, args, {
      stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'], detached: true, env: { ...environment, SUPERVISION_ID: id },
      ...(directory === null ? {} : { cwd: directory }), ...(who.identity === null ? {} : { uid: who.identity.uid, gid: who.identity.gid }),
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wordsOf(request: SideRequest, code: number | null, signal: string | null, late: boolean): string {
  if (late) return `no end within ${request.timeoutMs / 1000} s`;
  return signal === null ? `exit status ${code}` : `terminated by ${signal}`;
}

function run(request: SideRequest): { cancel(): void } {
  const began = performance.now();
  const id = randomId();
  let over = false;
  let late = false;
  let output = Buffer.alloc(0);
  const answer = (why: string): void => {
    if (over) return;
    over = true;
    const result: SideAnswer = { ok: why === '', why, output: output.toString('utf8').trim(), tookMs: Math.round(performance.now() - began) };
    request.done(result);
  };
  const child = spawn(request, id);
  if (typeof child === 'string') {
    setImmediate(() => answer(child));
    return { cancel: () => void (over = true) };
  }
  const pid = child.pid ?? null;
  const timer = setTimeout(() => {
    late = true;
    if (pid !== null) endAll(pid, id);
  }, Math.min(request.timeoutMs, 2_000_000_000));
  const keep = (bytes: Buffer): void => {
    output = Buffer.concat([output, bytes]).subarray(-KEPT_BYTES);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  // Who does not read what it is told is no error of ours.
  child.stdin?.on('error', () => {});
  child.stdin?.end(request.input ?? '');
  child.on('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    answer(`cannot run ${request.command.words[0] ?? ''}: ${error.code ?? error.message}`);
  });
  child.on('exit', (code, signal) => {
    clearTimeout(timer);
    if (pid !== null) endAll(pid, id);
    const told = (): void => {
      clearTimeout(drain);
      child.stdout?.destroy();
      child.stderr?.destroy();
      answer(code === 0 && !late ? '' : wordsOf(request, code, signal, late));
    };
    const drain = setTimeout(told, DRAIN_MS);
    child.once('close', told);
  });
  return {
    cancel: () => {
      over = true;
      clearTimeout(timer);
      if (pid !== null && child.exitCode === null && child.signalCode === null) endAll(pid, id);
    },
  };
}

export const sideCommands: SideCommands = { run };
