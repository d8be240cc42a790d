// NOTIFY_SOCKET: one datagram socket per child, so that who speaks is known by where it arrives, and checked by the credentials that
// the kernel puts on each datagram.
import { isUtf8 } from 'node:buffer';
import { chmodSync, chownSync, closeSync, rmSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { NOTIFY_LIMIT_BYTES } from '../contract/report-text.ts';
import type { Readiness, ReadinessHandle } from './ports/readiness.ts';
import { errnoName } from './spawn-errors.ts';
import { AF_UNIX, SO_PASSCRED, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, socketCalls, SOL_SOCKET, type SocketCalls, unixAddress } from './socket-calls.ts';

/** A datagram, or why it is not one of the child's. */
export type Datagram = { readonly text: string } | { readonly problem: string };

export interface NotifySocket {
  /** Reads what has come, up to a bound. */
  drain(): void;
  /** The path goes, and nothing more is taken. */
  close(): void;
}

const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const EINTR = 4;
/** struct msghdr and struct cmsghdr on 64-bit Linux. */
const MSGHDR_BYTES = 56;
const CMSG_HEAD = 16;
/** Credentials, and the 253 descriptors that one message may carry at most. */
const CONTROL_BYTES = 2048;
/** Datagrams read in one go. */
const BATCH = 64;
/** A socket that fills faster than that is left alone for a moment: its sender waits, not the daemon. */
const PAUSE_MS = 10;
/** Read of a child that has ended, at most: more than the kernel queues. */
const LAST_WORDS = 4096;

/** The one buffer that all sockets are read into, and its header. */
class Reader {
  private readonly calls: SocketCalls;
  private readonly data;
  private readonly control;
  private readonly header;
  private readonly vector;

  constructor(calls: SocketCalls) {
    this.calls = calls;
    const { sys } = calls;
    this.data = sys.memory(NOTIFY_LIMIT_BYTES);
    this.control = sys.memory(CONTROL_BYTES);
    this.header = sys.memory(MSGHDR_BYTES);
    this.vector = sys.memory(16);
    this.vector.bytes.writeBigUInt64LE(this.data.address, 0);
    this.vector.bytes.writeBigUInt64LE(BigInt(NOTIFY_LIMIT_BYTES), 8);
  }

  /** The next datagram of `fd`; null: none is there. Descriptors that came with it are closed: a barrier waits for that, and nothing is stored for anybody. */
  read(fd: number, uid: number): Datagram | null {
    const { bytes: h } = this.header;
    h.fill(0);
    h.writeBigUInt64LE(this.vector.address, 16);
    h.writeBigUInt64LE(1n, 24);
    h.writeBigUInt64LE(this.control.address, 32);
    h.writeBigUInt64LE(BigInt(CONTROL_BYTES), 40);
    const got = Number(this.calls.recvmsg(fd, this.header.address, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
    if (got < 0) return this.calls.sys.errno() === EINTR ? this.read(fd, uid) : null;
    const sender = this.controls(Number(h.readBigUInt64LE(40)));
    if (sender === null) return { problem: 'the kernel does not say who sent it' };
    if (sender !== uid && sender !== 0) return { problem: `it was sent by uid ${String(sender)}, and the child is uid ${String(uid)}` };
    if ((h.readInt32LE(48) & MSG_TRUNC) !== 0) return { problem: `a message has more than ${String(NOTIFY_LIMIT_BYTES)} bytes` };
    const text = this.data.bytes.subarray(0, got);
    return isUtf8(text) ? { text: text.toString() } : { problem: 'a message is not UTF-8' };
  }

  /** The sender's uid; closes what came along. */
  private controls(length: number): number | null {
    const { bytes } = this.control;
    let uid: number | null = null;
    for (let at = 0; at + CMSG_HEAD <= length;) {
      const size = Number(bytes.readBigUInt64LE(at));
      const type = bytes.readInt32LE(at + 12);
      if (size < CMSG_HEAD || at + size > length) break;
      if (type === SCM_CREDENTIALS) uid = bytes.readUInt32LE(at + CMSG_HEAD + 4);
      if (type === SCM_RIGHTS) for (let k = at + CMSG_HEAD; k + 4 <= at + size; k += 4) this.calls.sys.close(bytes.readInt32LE(k));
      at += (size + 7) & ~7;
    }
    return uid;
  }
}

let reader: Reader | undefined;

/** Whether this machine has what it takes; a person's words if not. */
export function notifyProblem(readiness: Readiness | null): string | null {
  return readiness === null || socketCalls() === null ? 'Node has no datagram sockets of the unix family, and the native OS layer is not in use' : null;
}

/** Binds `path` for a child of this uid; a person's words where that cannot be done. */
export function openNotifySocket(readiness: Readiness, path: string, uid: number, take: (datagram: Datagram) => void): NotifySocket | { readonly problem: string } {
  const calls = socketCalls();
  const address = unixAddress(path);
  if (calls === null) return { problem: 'there are no native system calls' };
  if (address === null) return { problem: `${path} is too long for a socket (107 bytes)` };
  const { sys } = calls;
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return { problem: getSystemErrorName(-sys.errno()) };
  const problem = prepare(calls, fd, address, path, uid);
  if (problem !== null) {
    closeSync(fd);
    return { problem };
  }
  reader ??= new Reader(calls);
  const from = reader;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  /** True: the socket is empty. */
  function some(limit: number): boolean {
    for (let n = 0; n < limit; n += 1) {
      if (closed) return true;
      const datagram = from.read(fd, uid);
      if (datagram === null) return true;
      take(datagram);
    }
    return false;
  }

  function ready(): void {
    if (some(BATCH)) return;
    watch.pause();
    timer = setTimeout(() => {
      timer = null;
      if (!closed) watch.resume();
    }, PAUSE_MS).unref();
  }

  let watch: ReadinessHandle;
  try {
    watch = readiness.add(fd, ready);
  } catch (error) {
    rmSync(path, { force: true });
    closeSync(fd);
    return { problem: (error as Error).message };
  }
  return {
    drain: () => void some(LAST_WORDS),
    close() {
      if (closed) return;
      closed = true;
      if (timer !== null) clearTimeout(timer);
      watch.remove();
      rmSync(path, { force: true });
      closeSync(fd);
    },
  };
}

/** The path with its owner and mode, credentials on every datagram. */
function prepare(calls: SocketCalls, fd: number, address: Buffer, path: string, uid: number): string | null {
  const yes = Buffer.from(Int32Array.of(1).buffer);
  // Before bind: no datagram may come without its sender's name.
  if (calls.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, calls.place(yes), yes.length) < 0) return getSystemErrorName(-calls.sys.errno());
  // Nobody sends before mode and owner are right.
  const umask = process.umask(0o777);
  try {
    if (calls.bind(fd, calls.place(address), address.length) < 0) return getSystemErrorName(-calls.sys.errno());
  } finally {
    process.umask(umask);
  }
  try {
    if (uid !== process.geteuid?.()) chownSync(path, uid, -1);
    chmodSync(path, 0o600);
    return null;
  } catch (error) {
    rmSync(path, { force: true });
    return `cannot give it its owner and mode: ${errnoName(error)}`;
  }
}
