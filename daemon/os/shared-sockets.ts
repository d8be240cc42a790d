// The listening sockets of FastCGI groups: made before the first process, its stdin in all of them, closed after the last.
// We listen and never accept: a server of Node's own would take connections away from the processes.
import { chmodSync, chownSync, closeSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type { SocketSpec } from '../../config/spec.ts';
import { identityOf } from './accounts.ts';
import type { SharedSockets } from './ports/shared-sockets.ts';
import { AF_INET, AF_UNIX, inetAddress, SOCK_CLOEXEC, SOCK_STREAM, socketCalls, SOL_SOCKET, unixAddress } from './socket-calls.ts';
import { errnoName } from './spawn-errors.ts';

type Made = { readonly fd: number; readonly close: () => void } | { readonly error: string };

interface Shared {
  readonly fd: number;
  readonly close: () => void;
  readonly holders: Set<string>;
}

const isIPv4 = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256);

const SO_REUSEADDR = 2;
/** The kernel takes less where net.core.somaxconn says so. */
const MAX_BACKLOG = 4096;

function nameOf({ address }: SocketSpec): string {
  return 'unix' in address ? `unix://${address.unix}` : `tcp://${address.host}:${address.port}`;
}

/** IPv4 of a host, from the files: a name server may let us wait. null: unknown. */
function addressOf(host: string): string | null {
  if (host === '' || host === '*') return '0.0.0.0';
  if (isIPv4(host)) return host;
  if (host === 'localhost') return '127.0.0.1';
  try {
    for (const line of readFileSync('/etc/hosts', 'utf8').split('\n')) {
      const [ip = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (isIPv4(ip) && names.some((name) => name.toLowerCase() === host)) return ip;
    }
  } catch {
    // No such file: then only addresses are known.
  }
  return null;
}

/** Removes the socket of an earlier daemon. A message when something else is there. */
function clearPath(path: string): string | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (!stat.isSocket()) return `${path} exists and is no socket`;
  unlinkSync(path);
  return null;
}

/** Binds and listens by system calls. */
function makeNative(spec: SocketSpec, bytes: Buffer): Made | null {
  const calls = socketCalls();
  if (calls === null) return null;
  const { sys } = calls;
  const fd = calls.socket('unix' in spec.address ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return { error: getSystemErrorName(-sys.errno()) };
  const fail = (): Made => {
    const error = getSystemErrorName(-sys.errno());
    closeSync(fd);
    return { error };
  };
  const yes = Buffer.from(Int32Array.of(1).buffer);
  if (calls.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, calls.place(yes), yes.length) < 0) return fail();
  if (calls.bind(fd, calls.place(bytes), bytes.length) < 0) return fail();
  if (calls.listen(fd, spec.backlog ?? MAX_BACKLOG) < 0) return fail();
  return { fd, close: () => closeSync(fd) };
}

/** Node's own handles, which bind without listening; then perl, which is everywhere, listens and makes it block. */
interface BoundHandle {
  readonly fd: number;
  close(): void;
  getsockname?(out: { port?: number }): number;
}

function makePortable(spec: SocketSpec, ip: string): Made {
  // Loaded here: few have such a group.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const net = process.getBuiltinModule('node:net') as unknown as {
    _createServerHandle(address: string, port: number, type: number): BoundHandle | number;
  };
  const { address } = spec;
  const handle = 'unix' in address ? net._createServerHandle(address.unix, -1, -1) : net._createServerHandle(ip, address.port, 4);
  if (typeof handle === 'number') return { error: getSystemErrorName(handle) };
  const close = (): void => handle.close();
  const name: { port?: number } = {};
  // libuv keeps the error of a bind for listen, which is not its own here.
  if (!('unix' in address) && (handle.getsockname?.(name) !== 0 || name.port !== address.port)) {
    close();
    return { error: 'EADDRINUSE' };
  }
  const script = `use Fcntl; fcntl(STDIN, F_SETFL, fcntl(STDIN, F_GETFL, 0) & ~O_NONBLOCK) && listen(STDIN, ${spec.backlog ?? MAX_BACKLOG}) or die "$!\\n"`;
  const helper = spawnSync('perl', ['-e', script], { stdio: [handle.fd, 'ignore', 'pipe'], timeout: 10_000 });
  if (helper.status === 0) return { fd: handle.fd, close };
  close();
  return { error: helper.error ? `perl cannot be run (${errnoName(helper.error)}), and without the native layer it is needed` : helper.stderr.toString().trim() };
}

/** Who owns the socket file. */
function own(path: string, spec: SocketSpec): string | null {
  if (spec.owner === null) return null;
  const [user = '', group = null] = spec.owner.split(':');
  const found = identityOf(user, group);
  if ('problem' in found) return found.problem;
  if (found.identity === null) return null;
  // A user alone changes the user, unless it is the program's: then its group comes with it.
  chownSync(path, found.identity.uid, group !== null || spec.ownGroup ? found.identity.gid : -1);
  return null;
}

function make(spec: SocketSpec, portable: boolean): Made {
  const { address } = spec;
  if ('unix' in address) {
    const bytes = unixAddress(address.unix);
    if (bytes === null) return { error: `${address.unix} is too long for a socket (107 bytes)` };
    const odd = clearPath(address.unix);
    if (odd !== null) return { error: odd };
    // Nobody connects before mode and owner are right.
    const umask = process.umask(0o177);
    let made: Made;
    try {
      made = (portable ? null : makeNative(spec, bytes)) ?? makePortable(spec, '');
    } finally {
      process.umask(umask);
    }
    return 'error' in made ? made : finished(made, address.unix, spec);
  }
  const ip = addressOf(address.host);
  if (ip === null) return { error: `no IPv4 address of ${address.host} is known here` };
  return (portable ? null : makeNative(spec, inetAddress(ip, address.port))) ?? makePortable(spec, ip);
}

function finished(made: Exclude<Made, { error: string }>, path: string, spec: SocketSpec): Made {
  const close = (): void => {
    made.close();
    try {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
    } catch {
      // Somebody else's directory by now: what is left there is no use to anybody, and no harm.
    }
  };
  try {
    const problem = own(path, spec);
    if (problem === null) chmodSync(path, spec.mode);
    else close();
    return problem === null ? { fd: made.fd, close } : { error: problem };
  } catch (error) {
    close();
    return { error: `cannot give it its owner and mode: ${errnoName(error)}` };
  }
}

/** `portable`: without system calls of our own. */
export function createSharedSockets(portable: boolean): SharedSockets {
  const sockets = new Map<string, Shared>();
  return {
    acquire(group, spec, holder) {
      let shared = sockets.get(group);
      if (shared === undefined) {
        let made: Made;
        try {
          made = make(spec, portable);
        } catch (error) {
          made = { error: errnoName(error) };
        }
        // supervisord's words.
        if ('error' in made) return { error: `Could not create FastCGI socket ${nameOf(spec)}: ${made.error}` };
        shared = { ...made, holders: new Set() };
        sockets.set(group, shared);
      }
      shared.holders.add(holder);
      return { fd: shared.fd };
    },
    release(group, holder) {
      const shared = sockets.get(group);
      if (shared === undefined || !shared.holders.delete(holder) || shared.holders.size > 0) return;
      sockets.delete(group);
      shared.close();
    },
  };
}
