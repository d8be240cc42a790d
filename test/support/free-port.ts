// Ports of the loopback for tests: nobody else takes a port that a test gave back for a moment.
import { createServer } from 'node:net';

/** Below the ports that the kernel gives away, and a window for each process of the test runner. */
const FIRST_PORT = 20_000;
const WINDOW = 50;
const WINDOWS = 240;
let ports = 0;

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port of the loopback that nobody uses now, and no other test file is given. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < WINDOW; tried++) {
    const port = FIRST_PORT + (process.pid % WINDOWS) * WINDOW + (ports++ % WINDOW);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}
