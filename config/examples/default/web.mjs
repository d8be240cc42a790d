// A small HTTP server: says hello, and how long it has been there.
import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 9010);
const since = Date.now();

const server = createServer((request, answer) => {
  console.log(`${request.method} ${request.url}`);
  answer.setHeader('content-type', 'text/plain');
  answer.end(`hello from pid ${process.pid}, up ${Math.round((Date.now() - since) / 1000)} s\n`);
});

server.on('error', (error) => {
  console.error(`cannot listen on 127.0.0.1:${port}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));

process.on('SIGTERM', () => {
  console.log('finishing what is under way');
  server.close();
  server.closeIdleConnections();
});
