// Copies of the examples in config/examples, with ports of their own, so that tests meet neither each other nor the machine.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from './daemon.ts';

const EXAMPLES = join(import.meta.dirname, '../../config/examples');

/** Copies an example and replaces words in its files, e.g. `{ 'reeve.toml': { '9001': '40123' } }`. Returns its directory. */
export function copyExample(t: TestContext, name: string, replace: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const dir = tempDir(t, `reeve-${name}-`);
  cpSync(join(EXAMPLES, name), dir, { recursive: true, filter: (path) => !/\/(state|run|logs)$/.test(path) });
  for (const [file, words] of Object.entries(replace)) {
    let text = readFileSync(join(dir, file), 'utf8');
    for (const [from, to] of Object.entries(words)) {
      if (!text.includes(from)) throw new Error(`${name}/${file} does not contain ${from}`);
      text = text.replaceAll(from, to);
    }
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

/** Status and body of an HTTP GET on the loopback interface. */
export function httpGet(port: number, path = '/'): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false, timeout: 5000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    }).once('error', reject);
  });
}
