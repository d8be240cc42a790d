// Lines in datagrams: gathered for a moment, sent, and forgotten.
import { createSocket } from 'node:dgram';
import type { DatagramLines } from './ports/lines.ts';

/** What passes any network whole. */
const DATAGRAM_BYTES = 1400;
/** Lines that come within this time share datagrams. */
const GATHER_MS = 100;

function parts(to: string): { readonly host: string; readonly port: number } {
  const at = to.lastIndexOf(':');
  return { host: to.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(to.slice(at + 1)) };
}

/** Opens a socket towards `host:port`. `warn` hears of the first datagram in a row that could not be sent. */
export function openStatsd(to: string, warn: (message: string) => void): DatagramLines {
  const { host, port } = parts(to);
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').unref();
  let waiting = '';
  let timer: NodeJS.Timeout | null = null;
  let failed = false;
  const ended = (error: Error | null): void => {
    if (error !== null && !failed) warn(`cannot send to statsd at ${to}: ${error.message}; what happens meanwhile is not told there`);
    failed = error !== null;
  };
  // Nobody listens there, perhaps: the next datagram tries again.
  socket.on('error', ended);

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const text = waiting;
    waiting = '';
    if (text !== '') socket.send(text, port, host, (error) => ended(error));
  }

  return {
    send(lines) {
      for (const line of lines) {
        if (waiting !== '' && waiting.length + line.length + 1 > DATAGRAM_BYTES) flush();
        waiting += waiting === '' ? line : `\n${line}`;
      }
      timer ??= setTimeout(flush, GATHER_MS).unref();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      const text = waiting;
      waiting = '';
      if (text === '') socket.close();
      else socket.send(text, port, host, () => socket.close());
    },
  };
}
