// The entry of reeved: options, file, lock, signals. The only file of the daemon that may end the process.
import { join } from 'node:path';
import { readConfig } from '../config/read.ts';
import { problemLine } from '../config/problems.ts';
import type { ReadOptions } from '../config/port.ts';
import type { Config, DaemonSpec, Problem } from '../config/spec.ts';
import { parseDaemonArguments, USAGE } from './arguments.ts';
import type { DaemonArguments } from './arguments.ts';
import { findConfig } from './find-config.ts';
import { isEcho } from './interrupts.ts';
import type { Interrupt } from './interrupts.ts';
import { becomeUser } from './os/accounts.ts';
import { nodeConfigPort } from './os/config-port.ts';
import { raiseLimits } from './os/limits.ts';
import { openOs } from './os/open.ts';
import { isBackground, sayReady } from './ready.ts';
import { Daemon } from './run.ts';
import { lockStateDir } from './store/lock.ts';
import { runtimeDirectory, stateCandidate, stateDirectory } from './store/state-dir.ts';
import { VERSION } from './version.ts';

const USAGE_ERROR = 2;

// First thing: Node opens a debugger on SIGUSR1 where nobody listens to it, and as PID 1 signals without a handler are dropped.
let daemon: Daemon | null = null;
let interrupted: string | null = null;
process.on('SIGUSR1', () => daemon?.dump());
process.on('SIGUSR2', () => daemon?.reopenLogs());
process.on('SIGHUP', () => daemon?.hangup());
process.on('SIGPIPE', () => undefined);
let last: Interrupt | null = null;
for (const signal of ['TERM', 'INT', 'QUIT'] as const) {
  process.on(`SIG${signal}`, () => {
    const heard = { signal, at: performance.now() };
    if (process.env['REEVE_INIT'] === '1' && isEcho(last, heard)) return;
    last = heard;
    interrupted ??= signal;
    daemon?.interrupt(signal);
  });
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(USAGE_ERROR);
}

function parse(): DaemonArguments {
  try {
    return parseDaemonArguments(process.argv.slice(2));
  } catch (error) {
    fail(`${(error as Error).message}\nRun reeved --help for the options.`);
  }
}

interface Read {
  readonly config: Config | null;
  readonly problems: readonly Problem[];
}

/** PID 1, or started by reeve-init which is: output belongs on the container's own stdout. */
const IN_CONTAINER = process.pid === 1 || process.env['REEVE_INIT'] === '1';

/** `toConsole`: logs that no file names go to our own output, because there is a container around us or no place to keep them. */
function read(file: string, args: DaemonArguments, toConsole: boolean, counts: Pick<ReadOptions, 'numprocs' | 'present'> = {}): Read {
  const stateDir = stateCandidate({ configured: null, configFile: file, uid: process.getuid?.() ?? 0, env: process.env });
  const { config, problems } = readConfig(file, nodeConfigPort(), { pid1: toConsole, stateDir, ...counts, ...(args.only ? { only: args.only } : {}) });
  return { config: config && { ...config, daemon: { ...config.daemon, ...args.overrides } satisfies DaemonSpec }, problems };
}

function errorsOf(problems: readonly Problem[]): readonly string[] {
  return problems.filter((p) => p.severity === 'error').map(problemLine);
}

function refuse(file: string, problems: readonly Problem[]): never {
  const errors = errorsOf(problems);
  for (const problem of problems) process.stderr.write(`${problemLine(problem)}\n`);
  fail(`cannot start: ${errors.length} ${errors.length === 1 ? 'problem' : 'problems'} in ${file}; nothing was started`);
}

function lock(config: Config): { readonly dir: string | null; readonly problem: string | null } {
  const place = stateDirectory({ configured: config.daemon.stateDir, configFile: config.file, uid: process.getuid?.() ?? 0, env: process.env });
  if (place.dir === null) return place;
  const outcome = lockStateDir(place.dir);
  if ('heldBy' in outcome) fail(`cannot start: another reeved${outcome.heldBy === null ? '' : ` (pid ${outcome.heldBy})`} runs with ${config.file} and keeps its state in ${place.dir}; stop it first, or set another state_dir`);
  return 'error' in outcome ? { dir: null, problem: outcome.error } : { dir: place.dir, problem: null };
}

/** Made where it is needed first: the socket of a file that names none, or those that children report on. */
function runtimeDir(config: Config): string | null {
  return runtimeDirectory({ configured: config.daemon.runtimeDir, configFile: config.file, uid: process.getuid?.() ?? 0, env: process.env }).dir;
}

/** The socket of a file that names none. */
function defaultSocket(config: Config): string | null {
  const dir = config.api.listen.length > 0 ? null : runtimeDir(config);
  return dir === null ? null : join(dir, 'reeve.sock');
}

function selfTest(): void {
  const os = openOs({ warn: (message) => process.stderr.write(`${message}\n`) });
  process.stdout.write(`reeved ${VERSION}, Node ${process.version}, ${os.machine().implementation} OS layer: ok\n`);
  os.dispose();
}

/** supervisord's user=: dropped to before anything is opened. */
function dropTo(config: Config): void {
  if (config.daemon.user === null) return;
  const problem = becomeUser(config.daemon.user);
  if (problem !== null) fail(`cannot start: ${problem}`);
}

async function run(args: DaemonArguments): Promise<void> {
  const found = findConfig(args.config, process.env, process.cwd(), process.argv[1] ?? process.execPath);
  if ('tried' in found) fail(`cannot start: no configuration file; tried ${found.tried.join(', ')}. Name one with -c FILE.`);
  const first = read(found.file, args, IN_CONTAINER);
  if (first.config === null) refuse(found.file, first.problems);
  let { config } = first;
  const { problems } = first;
  const warnings = problems.filter((p) => p.severity === 'warning').map(problemLine);
  if (args.action === 'check') return void process.stdout.write(`${[...warnings, `${found.file}: no errors`].join('\n')}\n`);
  const foreground = args.nodaemon || config.daemon.nodaemon || config.dialect === 'toml' || IN_CONTAINER;
  if (!foreground && !isBackground(process.env)) {
    const { goToBackground } = await import('./background.ts');
    process.exit(await goToBackground([process.execPath, ...process.execArgv, ...process.argv.slice(1)], config.daemon.directory));
  }
  dropTo(config);
  const refused = raiseLimits(config.daemon);
  if (refused !== null) fail(`cannot start: ${refused}`);
  process.umask(config.daemon.umask);
  const state = lock(config);
  const toConsole = IN_CONTAINER || state.dir === null;
  if (toConsole !== IN_CONTAINER) config = read(found.file, args, toConsole).config ?? config;
  daemon = new Daemon({
    version: VERSION, config, foreground, warnings, stateDir: state.dir, stateProblem: state.problem, defaultSocket: defaultSocket(config), runtimeDir: () => runtimeDir(config),
    read: (counts) => {
      const again = read(found.file, args, toConsole, counts);
      return again.config === null ? { problems: errorsOf(again.problems) } : { config: again.config };
    },
    ended: (code) => process.exit(code),
  });
  const built = daemon;
  process.on('uncaughtException', (error) => built.crash(error));
  process.on('unhandledRejection', (error) => built.crash(error));
  try {
    await built.start();
  } catch (error) {
    fail(`${(error as Error).message}`);
  }
  sayReady(process.env);
  if (interrupted !== null) built.interrupt(interrupted);
}

const args = parse();
// Output that nobody reads any more must not end the daemon.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => undefined);
  // Node makes a pipe non-blocking at the first touch, for everybody who shares it (reeve-init, others of the same shell), and their writes fail.
  (stream as { readonly _handle?: { setBlocking?(blocking: boolean): unknown } })._handle?.setBlocking?.(true);
}
if (args.action === 'help') process.stdout.write(USAGE);
else if (args.action === 'version') process.stdout.write(`${VERSION}\n`);
else if (args.action === 'self-test') selfTest();
// Not waited for: what is loaded later imports this file, which must be done by then.
else void run(args);
