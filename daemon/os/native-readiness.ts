// Tells when descriptors can be read: one epoll for all of them, itself one descriptor in Node's event loop.
import type { Readiness, ReadinessHandle } from './ports/readiness.ts';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN, F_SETPIPE_SZ, O_CLOEXEC, type Sys, UV_POLL, UV_READABLE } from './sys.ts';

/** Ready descriptors taken by one system call. */
const BATCH = 1024;

interface Watch {
  readonly fd: number;
  readonly ready: () => void;
  /** In the epoll set. */
  active: boolean;
  /** Tells a watch from an earlier one with the same descriptor, whose event may still be in the batch. */
  readonly serial: number;
}

/** Starts watching; throws when the event loop refuses (then there is no native mode). */
export function createReadiness(sys: Sys): Readiness & { dispose(): void } {
  const epoll = sys.epollCreate(O_CLOEXEC);
  if (epoll < 0) throw new Error(`epoll_create1: errno ${sys.errno()}`);
  const { size, data } = sys.epollEvent;
  const events = sys.memory(size * BATCH);
  const change = sys.memory(size);
  const watches = new Map<number, Watch>();
  let serial = 0;
  let pending: NodeJS.Immediate | null = null;
  let disposed = false;

  /** After the poll phase, outside the FFI callback: here promises run and exceptions are seen. */
  function dispatch(): void {
    pending = null;
    const count = disposed ? 0 : sys.epollWait(epoll, events.address, BATCH, 0);
    // Copied first: a callback may come back here through an addition of its own.
    const due: Watch[] = [];
    for (let at = 0; at < count; at += 1) {
      const watch = watches.get(events.bytes.readUInt32LE(at * size + data));
      if (watch !== undefined && watch.serial === events.bytes.readUInt32LE(at * size + data + 4)) due.push(watch);
    }
    for (const watch of due) if (watch.active) watch.ready();
    // A full batch: others may be ready that the event loop would tell of only in its next turn, which is now.
    if (count === BATCH) pending ??= setImmediate(dispatch);
  }

  const onReadable = sys.callback(['pointer', 'int32', 'int32'], () => {
    pending ??= setImmediate(dispatch);
  });
  // libuv keeps pointers into its handle: C memory, given back when it says it is closed.
  const handle = sys.malloc(sys.uvHandleSize(UV_POLL));
  const onClosed = sys.callback(['pointer'], () => {
    sys.free(handle);
    setImmediate(() => {
      sys.dropCallback(onReadable);
      sys.dropCallback(onClosed);
    });
  });
  const started = sys.uvPollInit(sys.eventLoop(), handle, epoll);
  if (started < 0) {
    sys.free(handle);
    sys.close(epoll);
    throw new Error(`uv_poll_init: ${started}`);
  }
  sys.uvPollStart(handle, UV_READABLE, onReadable);
  // Whether the daemon lives on is not ours to say.
  sys.uvUnref(handle);

  function control(operation: number, watch: Watch): boolean {
    if (disposed) return false;
    change.bytes.writeUInt32LE(EPOLLIN, 0);
    change.bytes.writeUInt32LE(watch.fd, data);
    change.bytes.writeUInt32LE(watch.serial, data + 4);
    return sys.epollCtl(epoll, operation, watch.fd, change.address) === 0;
  }

  // Taken out of the set, not masked: a hang-up cannot be masked and would wake us for ever.
  function deactivate(watch: Watch): void {
    if (watch.active) control(EPOLL_CTL_DEL, watch);
    watch.active = false;
  }

  function activate(watch: Watch): void {
    if (watch.active || disposed || watches.get(watch.fd) !== watch) return;
    if (!control(EPOLL_CTL_ADD, watch)) throw new Error(`cannot watch descriptor ${watch.fd}: errno ${sys.errno()}`);
    watch.active = true;
  }

  return {
    add(fd, ready): ReadinessHandle {
      serial = (serial + 1) >>> 0;
      const watch: Watch = { fd, ready, active: false, serial };
      watches.set(fd, watch);
      try {
        activate(watch);
      } catch (error) {
        watches.delete(fd);
        throw error;
      }
      return {
        pause: () => deactivate(watch),
        resume: () => activate(watch),
        remove() {
          deactivate(watch);
          if (watches.get(fd) === watch) watches.delete(fd);
        },
      };
    },
    growPipe: (fd, bytes) => sys.fcntl(fd, F_SETPIPE_SZ, BigInt(bytes)) >= 0,
    dispose() {
      if (disposed) return;
      disposed = true;
      if (pending !== null) clearImmediate(pending);
      watches.clear();
      sys.uvPollStop(handle);
      sys.uvClose(handle, onClosed);
      sys.close(epoll);
    },
  };
}
