// How stages are connected: each serves lines on a unix socket, and reads the lines of the stage before it.
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const DIRECTORY = process.env.PIPELINE_DIR ?? new URL('../state/pipeline', import.meta.url).pathname;
const RETRY_MS = 100;

mkdirSync(DIRECTORY, { recursive: true });
// A socket's path has at most 107 bytes: from here on they are named without the directory.
process.chdir(DIRECTORY);

/** Serves `name`: the returned function sends one object to whoever is connected (nobody: it is dropped). */
export function serve(name) {
  const readers = new Set();
  rmSync(`${name}.sock`, { force: true });
  createServer((reader) => {
    readers.add(reader);
    reader.on('error', () => {}).on('close', () => readers.delete(reader));
  }).listen(`${name}.sock`);
  console.log(`${name}: serving`);
  return (object) => {
    for (const reader of readers) reader.write(`${JSON.stringify(object)}\n`);
  };
}

/** Calls `onObject` for each object of stage `name`. When that stage ends, waits for it: whom to restart is reeve's decision. */
export function follow(name, onObject) {
  const source = connect(`${name}.sock`);
  source.on('error', () => {});
  source.on('connect', () => console.log(`reading from ${name}`));
  source.on('close', () => setTimeout(() => follow(name, onObject), RETRY_MS));
  createInterface({ input: source }).on('line', (line) => onObject(JSON.parse(line))).on('error', () => {});
}

process.on('SIGTERM', () => process.exit(0));
