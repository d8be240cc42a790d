// A connection that can be cut: bytes are passed on to a port of the loopback until somebody cuts, and again when it is mended.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './daemon.ts';

export interface CutProxy {
  readonly port: number;
  /** Ends what is open, as a network does: without a word. Who comes is turned away. */
  cut(): void;
  /** Keeps what is open, and passes nothing on any more: nobody is told. */
  freeze(): void;
  mend(): void;
}

/** Listens on the loopback and passes on to `target` until the test is over. */
export async function cutProxy(t: TestContext, target: number): Promise<CutProxy> {
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer((client) => {
    if (!whole) return void client.destroy();
    const upstream = connect({ host: '127.0.0.1', port: target });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const cut = (): void => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  atEnd(t, () => {
    cut();
    server.close();
  });
  const freeze = (): void => {
    for (const socket of open) socket.unpipe().pause();
  };
  return { port: address.port, cut, freeze, mend: () => { whole = true; } };
}
