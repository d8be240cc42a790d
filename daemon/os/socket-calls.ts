// System calls on sockets that Node has no way to: listening without accepting, datagrams on unix sockets, and who is at the other
// end. Resolved when the first program needs them.
import { loadFfi, openSys, type Sys } from './sys.ts';

export interface SocketCalls {
  readonly sys: Sys;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: bigint, length: number): number;
  connect(fd: number, address: bigint, length: number): number;
  listen(fd: number, backlog: number): number;
  setsockopt(fd: number, level: number, option: number, value: bigint, length: number): number;
  /** Where C can read these bytes (a socket address at most) until the next call: memory that only an address names may be collected. */
  place(bytes: Buffer): bigint;
  send(fd: number, bytes: bigint, length: bigint, flags: number): bigint;
  /** `message`: address of a struct msghdr. */
  recvmsg(fd: number, message: bigint, flags: number): bigint;
  getsockopt(fd: number, level: number, option: number, value: bigint, length: bigint): number;
}

export const AF_UNIX = 1;
export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
/** sun_path, its end included. */
const UNIX_PATH_BYTES = 108;
/** sockaddr_un, and some. */
const PLACE_BYTES = 128;

const SIGNATURES = {
  socket: ['int32', 'int32', 'int32', 'int32'],
  bind: ['int32', 'int32', 'pointer', 'uint32'],
  connect: ['int32', 'int32', 'pointer', 'uint32'],
  listen: ['int32', 'int32', 'int32'],
  setsockopt: ['int32', 'int32', 'int32', 'int32', 'pointer', 'uint32'],
  send: ['int64', 'int32', 'pointer', 'uint64', 'int32'],
  recvmsg: ['int64', 'int32', 'pointer', 'int32'],
  getsockopt: ['int32', 'int32', 'int32', 'int32', 'pointer', 'pointer'],
} as const;

let opened: SocketCalls | null | undefined;

/** The calls, or null where there is no node:ffi. */
export function socketCalls(): SocketCalls | null {
  return (opened ??= open());
}

function open(): SocketCalls | null {
  const sys = openSys();
  const ffi = loadFfi();
  if ('problem' in sys || ffi === undefined) return null;
  const library = new ffi.DynamicLibrary(null);
  const calls = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, [result, ...parameters]]) => [name, library.getFunction(name, { return: result, arguments: parameters })]),
  );
  const memory = sys.memory(PLACE_BYTES);
  const place = (bytes: Buffer): bigint => {
    bytes.copy(memory.bytes);
    return memory.address;
  };
  return { ...(calls as unknown as Omit<SocketCalls, 'sys' | 'place'>), sys, place };
}

/** sockaddr_un, or null for a path that is too long for one. */
export function unixAddress(path: string): Buffer | null {
  const name = Buffer.from(path);
  if (name.length >= UNIX_PATH_BYTES) return null;
  const address = Buffer.alloc(2 + name.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

/** sockaddr_in of an IPv4 address in dotted form. */
export function inetAddress(ip: string, port: number): Buffer {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  for (const [i, part] of ip.split('.').entries()) address[4 + i] = Number(part);
  return address;
}
