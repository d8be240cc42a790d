// A look at the machine without a daemon: the file, Node, tools, limits, directories, ports, and doors that stand open.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { problemLine } from '../config/problems.ts';
import type { Config, MemberSpec, OutputSpec, ProcessSpec } from '../config/spec.ts';
import type { ListenSpec } from '../config/api-spec.ts';
import type { Finding } from '../daemon/contract/answers.ts';
import { readFully } from './config-file.ts';

type Found = readonly Finding[];

const LEAST_NODE = [26, 1] as const;
const PROBE_MS = 1000;
const MOST_PROBLEMS = 20;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

const ok = (subject: string, message: string): Finding => ({ level: 'ok', subject, message });
const note = (subject: string, message: string, advice?: string): Finding => ({
  level: 'note',
  subject,
  message,
  ...(advice ? { advice } : {}),
});
const warning = (subject: string, message: string, advice: string): Finding => ({ level: 'warning', subject, message, advice });
const problem = (subject: string, message: string, advice: string): Finding => ({ level: 'problem', subject, message, advice });

function allowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function onPath(command: string, path: string): string | null {
  return (
    path
      .split(delimiter)
      .filter((d) => d !== '')
      .map((d) => join(d, command))
      .find((p) => allowed(p, constants.X_OK)) ?? null
  );
}

function node(): Found {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return [
    enough
      ? ok('node', `Node ${process.versions.node}`)
      : problem(
          'node',
          `Node ${process.versions.node} is too old`,
          `Install Node ${LEAST_NODE.join('.')} or newer; older ones lack node:ffi.`,
        ),
  ];
}

/** setpriv and prlimit are wanted only by programs that use them. */
function tools(config: Config | null): Found {
  const all = config === null ? [] : processesOf(config.tree);
  const path = process.env['PATH'] ?? '';
  const wanted = [
    { tool: 'setpriv', needed: all.some((p) => p.user !== null), why: 'programs run as another user' },
    { tool: 'prlimit', needed: all.some((p) => Object.keys(p.rlimits).length > 0), why: 'programs have resource limits' },
  ];
  return wanted.map(({ tool, needed, why }) => {
    const place = onPath(tool, path);
    if (place !== null) return ok(tool, place);
    return needed
      ? problem(tool, `is not in PATH, and ${why}`, 'Install util-linux.')
      : note(tool, 'is not in PATH; only programs with a user or limits need it');
  });
}

function limits(config: Config | null): Found {
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return [note('limits', 'cannot be read here (no /proc)')];
  }
  const hard = (name: string): number => {
    const value = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(text)?.[1] ?? '0';
    return value === 'unlimited' ? Infinity : Number(value);
  };
  const count = config === null ? 0 : processesOf(config.tree).length;
  // Two pipes, a pidfd and two log files each, and what the daemon itself holds.
  const files = count * 6 + 64;
  const asked = config === null ? 0 : config.daemon.minfds;
  const openFiles = hard('Max open files');
  const processes = hard('Max processes');
  const found: Finding[] = [];
  found.push(
    openFiles >= Math.max(files, asked)
      ? ok('open files', `at most ${openFiles}`)
      : problem(
          'open files',
          `at most ${openFiles}, and ${count} processes want about ${Math.max(files, asked)}`,
          'Raise the hard limit (ulimit -Hn, LimitNOFILE, or --ulimit nofile).',
        ),
  );
  found.push(
    processes > count * 2 + 16
      ? ok('processes', `at most ${processes}`)
      : warning(
          'processes',
          `at most ${processes} for this user, and ${count} are configured`,
          'Raise ulimit -u, or pids.max of the container.',
        ),
  );
  return found;
}

export function processesOf(member: MemberSpec): readonly ProcessSpec[] {
  return member.kind === 'process' ? [member] : member.members.flatMap(processesOf);
}

/** The nearest directory above that exists. */
function existing(path: string): string {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/** A directory that exists or could be made, and written to. */
function writable(subject: string, path: string): Finding {
  const there = existing(path);
  let directory = false;
  try {
    directory = statSync(there).isDirectory();
  } catch {
    /* told below */
  }
  if (!directory) return problem(subject, `${path}: ${there} is no directory`, 'Move what is in the way, or name another directory.');
  if (!allowed(there, constants.W_OK | constants.X_OK))
    return problem(subject, `${path}: ${there} is not writable for this user`, 'Change its owner or mode, or name another directory.');
  return ok(subject, there === path ? path : `${path} will be created`);
}

function directories(config: Config): Found {
  const wanted = new Map<string, string>();
  const add = (subject: string, path: string | null): void => {
    if (path !== null && !wanted.has(path)) wanted.set(path, subject);
  };
  add('state_dir', config.daemon.stateDir);
  add('runtime_dir', config.daemon.runtimeDir);
  if (config.daemon.logfile !== null && config.daemon.logfile !== 'syslog' && !config.daemon.logfile.startsWith('/dev/')) add('logfile', dirname(config.daemon.logfile));
  for (const spec of processesOf(config.tree)) {
    for (const output of [spec.stdout, spec.stderr] as readonly (OutputSpec | null)[]) {
      if (output?.file && !output.file.startsWith('/dev/')) add(`log of ${spec.program}`, dirname(output.file));
    }
  }
  return [...wanted].map(([path, subject]) => writable(subject, path));
}

/** A bare number needs no entry. Where /etc/passwd cannot be read, the daemon will say. */
function isUser(user: string): boolean {
  if (/^\d+$/.test(user)) return true;
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .some((row) => row.startsWith(`${user}:`));
  } catch {
    return true;
  }
}

/** Commands, directories and users that are not there: found now, not by a FATAL program later. */
function programs(config: Config): Found {
  const found: Finding[] = [];
  const seen = new Set<string>();
  for (const spec of processesOf(config.tree)) {
    if (seen.has(spec.program)) continue;
    seen.add(spec.program);
    const subject = `program ${spec.program}`;
    const at = `${spec.origin.file}:${spec.origin.line}`;
    if (spec.command.problem !== undefined) found.push(problem(subject, `${spec.command.problem} (${at})`, 'Mend the command.'));
    if (spec.directory !== null && !existsSync(spec.directory))
      found.push(problem(subject, `its directory ${spec.directory} does not exist (${at})`, 'Create it, or mend `directory`.'));
    if (spec.user !== null && !isUser(spec.user))
      found.push(
        problem(subject, `cannot run as user '${spec.user}': there is no such user in /etc/passwd (${at})`, 'Create it, or mend `user`.'),
      );
    const word = spec.command.words[0];
    if (word === undefined) continue;
    const path = spec.environment['PATH'] ?? process.env['PATH'] ?? '/usr/bin:/bin';
    const place = word.includes('/') ? join(isAbsolute(word) ? '/' : (spec.directory ?? process.cwd()), word) : onPath(word, path);
    if (place === null)
      found.push(
        problem(subject, `can't find command '${word}' in PATH (${at})`, 'Install it, write its whole path, or set PATH of the program.'),
      );
    else if (!existsSync(place)) found.push(problem(subject, `can't find command '${place}' (${at})`, 'Install it, or mend the path.'));
    else if (!allowed(place, constants.X_OK))
      found.push(problem(subject, `command at '${place}' is not executable (${at})`, 'chmod +x, or name its interpreter.'));
  }
  return found.length > 0 ? found : [ok('programs', `all ${seen.size} commands, directories and users are there`)];
}

/** What becomes of a connection: somebody answers, nobody does, or the socket file is not there. */
function probe(
  target: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<'open' | 'refused' | 'absent' | 'unclear'> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const finish = (answer: 'open' | 'refused' | 'absent' | 'unclear'): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MS, () => finish('unclear'));
    socket.on('connect', () => finish('open'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ECONNREFUSED' ? 'refused' : error.code === 'ENOENT' ? 'absent' : 'unclear'),
    );
  });
}

async function listener(listen: ListenSpec, guarded: boolean): Promise<Found> {
  const { address } = listen;
  if ('unix' in address) {
    const state = await probe({ path: address.unix });
    const found: Finding[] = [];
    if (state === 'open')
      found.push(problem('socket', `${address.unix} is in use by a running server`, 'Stop it first, or name another socket.'));
    else if (state === 'refused') found.push(note('socket', `${address.unix} is left over from a dead server; reeved replaces it`));
    else found.push(writable('socket', dirname(address.unix)));
    if ((listen.mode & 0o006) !== 0)
      found.push(
        warning(
          'socket',
          `${address.unix} is open to every local user (mode ${listen.mode.toString(8)})`,
          'Whoever opens it is admin: use 0700, or 0770 with an owner group.',
        ),
      );
    return found;
  }
  const subject = `port ${address.port}`;
  const host = address.host === '' || address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host;
  const found: Finding[] = [];
  const state = await probe({ host, port: address.port });
  if (state === 'open')
    found.push(problem(subject, `${host}:${address.port} is in use by another program`, 'Stop it, or listen on another port.'));
  else found.push(ok(subject, `${host}:${address.port} is free`));
  if (!LOOPBACK.test(address.host) && listen.credentials === null && !guarded) {
    found.push(
      listen.open
        ? problem(subject, 'everybody who reaches this machine may stop and start programs', 'Add users or tokens, or listen on 127.0.0.1.')
        : warning(subject, 'is open to other machines', 'Add users or tokens, or listen on 127.0.0.1.'),
    );
  }
  return found;
}

/** A file that others may change runs their commands as us; one that others may read gives away its passwords. */
function fileModes(config: Config): Found {
  const secrets =
    config.api.users.length + config.api.tokens.length > 0 ||
    config.ctl.password !== null ||
    config.api.listen.some((l) => l.credentials !== null);
  const found: Finding[] = [];
  for (const file of config.files) {
    let mode: number;
    try {
      mode = statSync(file).mode;
    } catch {
      continue;
    }
    if ((mode & 0o002) !== 0)
      found.push(problem('file', `${file} may be changed by every user: it says what runs as this one`, `chmod o-w ${file}`));
    if (secrets && (mode & 0o004) !== 0)
      found.push(
        warning('file', `${file} may be read by every user, and credentials are configured`, `chmod 600 ${file}, or use password_file.`),
      );
  }
  return found;
}

async function configuration(file: string | null): Promise<{ readonly found: Found; readonly config: Config | null }> {
  if (file === null) return { found: [warning('file', 'no configuration was found', 'Name it with -c FILE.')], config: null };
  const { config, problems } = readFully(file);
  const told = problems
    .slice(0, MOST_PROBLEMS)
    .map((p): Finding =>
      p.severity === 'error'
        ? problem('file', problemLine(p), 'Mend it; `reevectl config check` lists everything.')
        : warning('file', problemLine(p), p.hint ?? 'Look at this line.'),
    );
  if (config === null) return { found: told, config: null };
  const count = new Set(processesOf(config.tree).map((p) => p.program)).size;
  return { found: [ok('file', `${file}: ${count} program${count === 1 ? '' : 's'}`), ...told], config };
}

/** Everything that can be seen without a daemon, by this user. `file` null: none was found. */
export async function inspect(file: string | null): Promise<Found> {
  const { found, config } = await configuration(file);
  const general = [...found, ...node(), ...tools(config), ...limits(config)];
  if (config === null) return general;
  const guarded = config.api.users.length + config.api.tokens.length > 0;
  const listeners = await Promise.all(config.api.listen.map((l) => listener(l, guarded)));
  return [...general, ...directories(config), ...programs(config), ...listeners.flat(), ...fileModes(config)];
}
