// A real daemon on a temporary directory: starts it, asks it, watches what happens, and leaves nothing behind.
//
//   const d = await startDaemon(t, { config: `[programs.web]\ncommand = "sleep 60"` });
//   await d.state('web', 'RUNNING');
//   assert.equal((await d.ctl('stop', 'web')).code, 0);
//   await d.fact('process.stopped', (f) => f.process === 'web:web');
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Fact } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import type { ProcessView, SnapshotJson } from '../../daemon/contract/snapshot.ts';
import type { ProcessStateName } from '../../daemon/contract/states.ts';
import { stateCandidate } from '../../daemon/store/state-dir.ts';
import { alive, waitFor } from './wait-for.ts';
import { REEVECTL, REEVED } from './programs.ts';

/** Longest time a daemon has to end when a test is over. */
const END_MS = 10_000;
const CTL_MS = 60_000;
/** In the environment of everything a test starts, so that what survives it is found. */
const MARK = 'REEVE_TEST_MARK';

export interface DaemonOptions {
  /** A configuration as text (written to reeve.toml, or supervisord.conf when it begins with an INI section), or the path of a file. */
  readonly config: string;
  /** More files below the directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** The directory; default: a new one below the temp directory, removed at the end. */
  readonly dir?: string;
  /** Its unix socket, relative to the directory. A TOML text without [api] gets one that listens there. */
  readonly socket?: string;
  /** More arguments of reeved, after `-n -c FILE`. */
  readonly args?: readonly string[];
  /** Put before `node daemon/main.ts`, e.g. unshare. */
  readonly wrapper?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface CtlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Daemon {
  readonly dir: string;
  readonly configFile: string;
  readonly socket: string;
  /** Of reeved itself (outside its namespace, where the wrapper made one). */
  readonly pid: number;
  /** All that came on its stdout and stderr so far. */
  output(): string;
  /** Everything that happened since its start, oldest first. */
  readonly facts: readonly Fact[];
  /** Runs reevectl. Never throws for an exit code. */
  ctl(...args: string[]): Promise<CtlResult>;
  /** GET over the unix socket, parsed. Throws for a status of 400 or more. */
  get<T>(path: string): Promise<T>;
  /** The row of one process: `web` stands for `web:web`. */
  view(name: string): Promise<ProcessView>;
  /** Waits until a process is in a state, and answers its row. */
  state(name: string, state: ProcessStateName, timeoutMs?: number): Promise<ProcessView>;
  /** Waits for a fact of this type, past or future, that `matches`. */
  fact<N extends FactName>(type: N, matches?: (fact: Extract<Fact, { type: N }>) => boolean, timeoutMs?: number): Promise<Extract<Fact, { type: N }>>;
  kill(signal: NodeJS.Signals): void;
  /** Waits for its end. */
  ended(timeoutMs?: number): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** TERM, and the end. */
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs `what` when the test is over, the last one first (node:test runs its own hooks in the order they were given). */
export function atEnd(t: TestContext, what: () => unknown): void {
  const known = endings.get(t);
  if (known) {
    known.push(what);
    return;
  }
  const list = [what];
  endings.set(t, list);
  t.after(async () => {
    // One that fails must not leave a daemon behind: the runner would wait for it.
    const failed: unknown[] = [];
    for (const next of list.toReversed()) await Promise.resolve().then(next).catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  });
}

/** A directory that is removed when the test is over. Everybody may enter it (programs run as other users). */
export function tempDir(t: TestContext, name = 'reeve-test-'): string {
  const dir = mkdtempSync(join(tmpdir(), name));
  chmodSync(dir, 0o755);
  atEnd(t, () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function configure(options: DaemonOptions, dir: string, socket: string): string {
  for (const [name, content] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  if (!options.config.includes('\n')) return isAbsolute(options.config) ? options.config : join(dir, options.config);
  const ini = /^\s*(;.*\n|\s)*\[(supervisord|program:|unix_http_server)/.test(options.config);
  const file = join(dir, ini ? 'supervisord.conf' : 'reeve.toml');
  const api = ini || /^\[api\]/m.test(options.config) ? '' : `\n[api]\nlisten = ["unix:${socket}"]\n`;
  const daemon = ini || /^\[daemon\]/m.test(options.config) ? '' : '\n[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n';
  writeFileSync(file, options.config + daemon + api);
  return file;
}

/** A file that names no state_dir has its state outside of its directory: of a file of a test nothing stays there. */
function forgetState(configFile: string, env: NodeJS.ProcessEnv): void {
  if (!configFile.startsWith(join(tmpdir(), '/'))) return;
  const state = stateCandidate({ configured: null, configFile, uid: process.getuid?.() ?? -1, env });
  if (state !== null) rmSync(state, { recursive: true, force: true });
}

/** Pids of processes that carry the mark of this test. Only on Linux; elsewhere none are found. */
function marked(mark: string): number[] {
  const found: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (readFileSync(`/proc/${entry}/environ`, 'utf8').includes(`${MARK}=${mark}\0`)) found.push(Number(entry));
    } catch {
      // It ended meanwhile, or is not ours to look at.
    }
  }
  return found;
}

function killMarked(mark: string): void {
  for (const pid of process.platform === 'linux' ? marked(mark) : []) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** A signal to who may have ended meanwhile. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Somebody listens there: at the path of a unix socket, or at a port of a host. */
export function accepts(where: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(where);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

/** Runs a program to its end, or to its kill after a minute. `input` is its stdin; without it, it has none. */
export function runToEnd(command: readonly string[], env: NodeJS.ProcessEnv, cwd: string, input?: string): Promise<CtlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { env, cwd, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], timeout: CTL_MS, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (bytes) => (stdout += bytes));
    child.stderr?.on('data', (bytes) => (stderr += bytes));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    // Who does not read its input may be gone before it is written.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function fetchJson<T>(socket: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socket, path, headers: { host: 'localhost' }, timeout: CTL_MS }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.once('end', () => ((answer.statusCode ?? 500) >= 400 ? reject(new Error(`${path}: ${answer.statusCode} ${body}`)) : resolve(JSON.parse(body) as T)));
    });
    asked.once('timeout', () => asked.destroy(new Error(`${path}: no answer within ${CTL_MS} ms`)));
    asked.once('error', reject).end();
  });
}

/** Collects every fact from the first one on, until the daemon ends. */
function watch(socket: string, onFact: (fact: Fact) => void): () => void {
  const asked = request({ socketPath: socket, path: '/v1/events?since=0&min_severity=debug', headers: { host: 'localhost', accept: 'application/x-ndjson' } }, (answer) => {
    let rest = '';
    answer.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onFact(JSON.parse(line) as Fact);
    });
    answer.on('error', () => {});
  });
  // The end of the daemon ends the stream; `fact` then says what it waited for.
  asked.on('error', () => {}).end();
  return () => asked.destroy();
}

/** Runs reeved to its end, for calls that must not become a daemon. */
export function reeved(cwd: string, ...args: string[]): Promise<CtlResult> {
  return runToEnd([process.execPath, REEVED, ...args], { ...process.env, NODE_TEST_CONTEXT: undefined }, cwd);
}

/** The daemon's own pid: of the child, or of the child that its wrapper (unshare --fork) made. */
function daemonPid(child: ChildProcess, wrapped: boolean): number {
  const pid = child.pid ?? 0;
  if (!wrapped) return pid;
  for (let at = pid, depth = 0; depth < 5; depth++) {
    if (readFileSync(`/proc/${at}/cmdline`, 'utf8').includes(REEVED) && !readFileSync(`/proc/${at}/comm`, 'utf8').startsWith('unshare')) return at;
    const next = readFileSync(`/proc/${at}/task/${at}/children`, 'utf8').trim().split(' ')[0];
    if (!next) break;
    at = Number(next);
  }
  return pid;
}

/** Starts reeved and waits until its socket answers. It is ended with the test; its output is printed if the test failed. */
export async function startDaemon(t: TestContext, options: DaemonOptions): Promise<Daemon> {
  const dir = options.dir ?? tempDir(t);
  const socketName = options.socket ?? 'reeve.sock';
  const socket = isAbsolute(socketName) ? socketName : join(dir, socketName);
  const configFile = configure(options, dir, socketName);
  const mark = `${process.pid}-${dir}`;
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env, [MARK]: mark };
  // The test runner's own channel is not for our children.
  delete env['NODE_TEST_CONTEXT'];
  delete env['NODE_OPTIONS'];
  const command = [...(options.wrapper ?? []), process.execPath, REEVED, '-n', '-c', configFile, ...(options.args ?? [])];
  const child = spawn(command[0]!, command.slice(1), { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  let end: { code: number | null; signal: NodeJS.Signals | null } | null = null;
  child.once('error', (error) => (output += `${error.message}\n`));
  child.once('exit', (code, signal) => (end = { code, signal }));
  const facts: Fact[] = [];
  let unwatch = (): void => {};
  const ended = (timeoutMs = END_MS + 5000) => waitFor('the end of reeved', () => end, timeoutMs);

  atEnd(t, async () => {
    unwatch();
    if (end === null) tell(pidNow(), 'SIGTERM');
    await ended(END_MS).catch(() => undefined);
    if (end === null) child.kill('SIGKILL');
    killMarked(mark);
    forgetState(configFile, env);
    if (!t.passed) t.diagnostic(`reeved said:\n${output}`);
  });

  const pidNow = (): number => {
    try {
      return daemonPid(child, options.wrapper !== undefined);
    } catch {
      return child.pid ?? 0;
    }
  };

  const daemon: Daemon = {
    dir, configFile, socket, facts,
    get pid() { return pidNow(); },
    output: () => output,
    ctl: (...args) => runToEnd([process.execPath, REEVECTL, '-c', configFile, ...args], env, dir),
    get: (path) => fetchJson(socket, path),
    async view(name) {
      const id = name.includes(':') ? name : `${name}:${name}`;
      const { processes } = await fetchJson<SnapshotJson>(socket, '/v1/status');
      const row = processes.find((p) => p.id === id);
      if (!row) throw new Error(`there is no process ${id} among ${processes.map((p) => p.id).join(' ')}`);
      return row;
    },
    async state(name, state, timeoutMs) {
      let row: ProcessView | null = null;
      try {
        return await waitFor(`${name} to be ${state}`, async () => ((row = await daemon.view(name)).state === state ? row : false), timeoutMs);
      } catch (error) {
        throw new Error(`${(error as Error).message}; ${name} is ${JSON.stringify(row)}`, { cause: error });
      }
    },
    async fact(type, matches = () => true, timeoutMs) {
      type Wanted = Extract<Fact, { type: typeof type }>;
      try {
        return await waitFor(`a fact ${type}`, () => facts.find((f): f is Wanted => f.type === type && matches(f as Wanted)), timeoutMs);
      } catch (error) {
        throw new Error(`${(error as Error).message}; there were: ${facts.slice(-30).map((f) => JSON.stringify(f)).join('\n')}`, { cause: error });
      }
    },
    kill: (signal) => void process.kill(pidNow(), signal),
    ended,
    stop() {
      process.kill(pidNow(), 'SIGTERM');
      return ended();
    },
  };

  await waitFor(`reeved to listen on ${socket}`, async () => {
    if (end !== null) return true;
    return accepts({ path: socket });
  });
  if (end !== null) throw new Error(`reeved ended at once with ${JSON.stringify(end)}:\n${output}`);
  unwatch = watch(socket, (fact) => facts.push(fact));
  return daemon;
}

/** Waits until none of these processes is alive. */
export async function gone(pids: readonly number[], timeoutMs?: number): Promise<void> {
  await waitFor(`the end of ${pids.join(' ')}`, () => pids.every((pid) => !alive(pid)), timeoutMs);
}
