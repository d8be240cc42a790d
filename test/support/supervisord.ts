// The real thing beside ours: supervisord of the Debian package and reeved on the same INI file, each in a directory of its own,
// and supervisorctl or Python to ask both the same.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { atEnd, runToEnd, startDaemon, tempDir } from './daemon.ts';
import type { CtlResult, Daemon } from './daemon.ts';
import { waitFor, within } from './wait-for.ts';

const SUPERVISORD = '/usr/bin/supervisord';
const SUPERVISORCTL = '/usr/bin/supervisorctl';
const ASKER = join(import.meta.dirname, '../fixtures/asks-supervisors.py');
/** Longest time one command may take, and one state may be waited for: Python alone takes a second on a busy machine. */
const COMMAND_MS = 60_000;
const STATE_MS = 60_000;

/** Why there is nothing to compare with, or null. */
export const supervisordMissing: string | null = existsSync(SUPERVISORD) && existsSync(SUPERVISORCTL) ? null : 'the Debian package supervisor is not installed (apt-get install supervisor)';

export type Said = CtlResult;

/** One of the two. `%(here)s` in its file is its directory; its control socket is s.sock there. */
export interface Side {
  readonly name: 'supervisord' | 'reeved';
  readonly dir: string;
  readonly configFile: string;
  readonly socket: string;
}

export interface Both {
  readonly sides: readonly [Side, Side];
  readonly reeved: Daemon;
  /** Replaces the file of both. */
  rewrite(config: string): void;
  /** The end of supervisord (null while it runs). */
  supervisordEnded(): number | null;
}

// Without a locale Python chooses one and tells its children (LC_CTYPE): both sides get the same from us.
process.env['LANG'] ??= 'C.UTF-8';

/** Put before every file: where both listen, and what keeps them apart from the machine. */
const HEAD = `[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/main.pid
childlogdir = %(here)s
[unix_http_server]
file = %(here)s/s.sock
[supervisorctl]
serverurl = unix://%(here)s/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
`;

/** In what everything of Python runs: what it prints comes at once, and in UTF-8. */
const PYTHON = { PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8' } as const;

/** Runs a program to its end. */
export function run(command: readonly string[], cwd: string, input = ''): Promise<Said> {
  return runToEnd(command, { ...process.env, ...PYTHON }, cwd, input);
}

/** A client of one side that lives as long as its test; a question waits for the answer to the one before. */
export interface Asker {
  readonly side: Side;
  ask(request: { readonly rpc: readonly unknown[] } | { readonly ctl: readonly string[]; readonly input?: string }): Promise<unknown>;
}

/** Starts test/fixtures/asks-supervisors.py for a side. */
export function askerOf(t: TestContext, side: Side): Asker {
  const env = { ...process.env, ...PYTHON };
  // A group of its own: what it forked ends with it.
  const child = spawn('/usr/bin/python3', [ASKER, side.configFile, side.socket], { cwd: side.dir, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const waiting: ((line: string) => void)[] = [];
  let complaint = '';
  let ended = false;
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  child.stderr.on('data', (bytes) => (complaint += bytes));
  child.stdin.on('error', () => undefined);
  const answerAll = (): void => waiting.splice(0).forEach((answer) => answer(JSON.stringify({ client: complaint })));
  child.once('error', (error) => {
    complaint += error.message;
    answerAll();
  });
  child.once('close', () => {
    ended = true;
    answerAll();
  });
  atEnd(t, () => {
    if (!ended && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  return {
    side,
    ask: (request) => new Promise((resolve) => {
      waiting.push((line) => resolve(JSON.parse(line)));
      child.stdin.write(`${JSON.stringify(request)}\n`);
      if (ended) answerAll();
    }),
  };
}

/** Those of the two of a test, from the first supervisorctl on. */
const askers = new WeakMap<Side, () => Asker>();

/** supervisorctl on one side. */
export async function supervisorctl(side: Side, args: readonly string[], input = ''): Promise<Said> {
  const asker = askers.get(side)?.();
  if (asker === undefined) return run([SUPERVISORCTL, '-c', side.configFile, ...args], side.dir, input);
  const said = await within(`supervisorctl ${args.join(' ')} of ${side.name}`, asker.ask({ ctl: args, input }), COMMAND_MS) as { code?: number; out?: string; err?: string; client?: string };
  if (said.client !== undefined) throw new Error(`cannot ask ${side.name}: ${said.client}`);
  return { code: said.code ?? null, stdout: said.out ?? '', stderr: said.err ?? '' };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** One call by XML-RPC with texts as arguments; the answer as it came. For what a test waits for or needs done: the start of a supervisorctl takes a Python 0.2 s of a processor. */
export function call(side: Side, method: string, ...args: readonly string[]): Promise<string> {
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${args.map((arg) => `<param><value><string>${escaped(arg)}</string></value></param>`).join('')}</params></methodCall>`;
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: side.socket, path: '/RPC2', method: 'POST', agent: false, timeout: COMMAND_MS, headers: { host: 'localhost', 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece)).once('end', () => resolve(text)).once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error(`${side.name} did not answer ${method}`)));
    asked.once('error', reject).end(body);
  });
}

function sideIn(name: Side['name'], dir: string): Side {
  return { name, dir, configFile: join(dir, 'supervisord.conf'), socket: join(dir, 's.sock') };
}

/** Starts both on the same file (HEAD comes before it) and waits until both have started their programs. */
export async function startBoth(t: TestContext, config: string, files: Readonly<Record<string, string>> = {}): Promise<Both> {
  const theirs = sideIn('supervisord', tempDir(t, 'reeve-sv-'));
  const ours = sideIn('reeved', tempDir(t, 'reeve-rv-'));
  const rewrite = (text: string): void => {
    for (const side of [theirs, ours]) writeFileSync(side.configFile, HEAD + text);
  };
  for (const side of [theirs, ours]) {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(side.dir, name)), { recursive: true });
      writeFileSync(join(side.dir, name), content, { mode: name.endsWith('.sh') ? 0o755 : 0o644 });
    }
  }
  rewrite(config);
  for (const side of [theirs, ours]) {
    let asker: Asker | null = null;
    askers.set(side, () => (asker ??= askerOf(t, side)));
  }
  const child = spawn(SUPERVISORD, ['-n', '-s', '-c', theirs.configFile], { cwd: theirs.dir, stdio: 'ignore' });
  let ended: number | null = null;
  child.once('exit', (code) => (ended = code ?? -1));
  atEnd(t, async () => {
    if (ended === null) child.kill('SIGTERM');
    await waitFor('the end of supervisord', () => ended !== null, 20_000).catch(() => child.kill('SIGKILL'));
  });
  const [reeved] = await Promise.all([
    startDaemon(t, { config: ours.configFile, dir: ours.dir, socket: 's.sock' }),
    waitFor('supervisord to answer', async () => (await call(theirs, 'supervisor.getSupervisorVersion')).includes('<methodResponse>'), STATE_MS),
  ]);
  return { sides: [theirs, ours], reeved, rewrite, supervisordEnded: () => ended };
}

/** Waits until both sides show the process in this state. */
export async function bothIn(both: Both, name: string, state: string): Promise<void> {
  await Promise.all(both.sides.map((side) => waitFor(`${name} to be ${state} under ${side.name}`, async () => (await call(side, 'supervisor.getProcessInfo', name)).includes(`<string>${state}</string>`), STATE_MS)));
}

/** What differs from run to run: directories, pids, ages, times, and random parts of log names. */
export function plain(side: Side, text: string): string {
  return text
    .replaceAll(side.dir, 'DIR')
    .replace(/pid \d+, uptime \d+:\d\d:\d\d/g, 'pid N, uptime T')
    .replace(/\b[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M\b/g, 'STAMP')
    .replace(/^\d{2,}$/gm, 'PID')
    .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /gm, 'TIME ');
}
