// A receiver of webhooks on the loopback, or on a unix socket: keeps what came, and answers as it is told.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './daemon.ts';
import { waitFor } from './wait-for.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Receiver {
  readonly url: string;
  /** In the order in which they came. */
  readonly got: readonly Received[];
  /** Status of answers from now on; null: none is given. */
  answers: number | null;
  /** Waits for the message number `n` (from 1). */
  message(n: number): Promise<Received>;
}

export async function receiver(t: TestContext, socket?: string): Promise<Receiver> {
  const got: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) as Received['body'] });
      if (made.answers !== null) response.writeHead(made.answers).end('thanks');
    });
  });
  await new Promise<void>((resolve) => (socket === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(socket, resolve)));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const made: Receiver = {
    url: socket === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` : 'http://hub.example.com/hook',
    got, answers: 204,
    message: (n) => waitFor(`message ${n} of the webhook`, () => got[n - 1]),
  };
  return made;
}
