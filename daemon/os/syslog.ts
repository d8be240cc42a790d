// The system's log: datagrams to /dev/log, never waiting for it. Node has no datagrams on unix sockets, so the socket is made by
// system calls; what is written to it goes by node:fs.
import { closeSync, writeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type { Syslog } from './ports/lines.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, socketCalls, unixAddress } from './socket-calls.ts';
import { errnoName } from './spawn-errors.ts';

export interface SyslogOptions {
  /** Who speaks. */
  readonly ident: string;
  readonly wall: () => number;
  readonly mono: () => number;
  /** Hears once that there is no system log. */
  readonly warn: (message: string) => void;
  readonly path?: string;
}

/** Facility user. */
const USER = 8;
/** supervisord's severity: info. */
const INFO = 6;
/** A system log that is not there is looked for again after this long. */
const RETRY_MS = 10_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function connect(path: string): number | string {
  const calls = socketCalls();
  if (calls === null) return 'it needs the native OS layer';
  const address = unixAddress(path);
  if (address === null) return 'its path is too long';
  const { sys } = calls;
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return getSystemErrorName(-sys.errno());
  if (calls.connect(fd, calls.place(address), address.length) === 0) return fd;
  const problem = getSystemErrorName(-sys.errno());
  closeSync(fd);
  return problem;
}

/** RFC 3164, in local time as libc writes it: `Nov  2 08:05:09`. */
function stamp(at: number): string {
  const d = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${MONTHS[d.getMonth()]} ${String(d.getDate()).padStart(2)} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** Connects at the first line. */
export function createSyslog({ ident, wall, mono, warn, path = '/dev/log' }: SyslogOptions): Syslog {
  let fd: number | null = null;
  let lookAt = Number.NEGATIVE_INFINITY;
  let warned = false;

  function open(): boolean {
    if (fd !== null) return true;
    if (mono() < lookAt) return false;
    const got = connect(path);
    if (typeof got === 'number') {
      fd = got;
      return true;
    }
    lookAt = mono() + RETRY_MS;
    if (!warned) warn(`cannot write to syslog at ${path}: ${got}; lines for it are dropped until it is there`);
    warned = true;
    return false;
  }

  function close(): void {
    if (fd !== null) closeSync(fd);
    fd = null;
  }

  return {
    send(name, bytes, start, end, severity = INFO) {
      const datagram = Buffer.concat([Buffer.from(`<${USER + severity}>${stamp(wall())} ${ident}: ${name === null ? '' : `${name} `}`), bytes.subarray(start, end)]);
      // Twice: a system log that was restarted has a new socket at the same place.
      for (let attempt = 0; attempt < 2 && open(); attempt += 1) {
        try {
          if (fd !== null) writeSync(fd, datagram);
          return true;
        } catch (error) {
          const code = errnoName(error);
          if (code === 'EAGAIN' || code === 'ENOBUFS' || code === 'EMSGSIZE') return false;
          close();
        }
      }
      return false;
    },
    close,
  };
}
