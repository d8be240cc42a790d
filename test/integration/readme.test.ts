// The README, word for word: its minute with the example, and its configuration.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../config/read.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import { startDaemon, tempDir } from '../support/daemon.ts';
import { copyExample } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { REEVECTL } from '../support/programs.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

interface Step {
  readonly command: string;
  /** Lines that the README shows after it. */
  readonly shown: readonly string[];
}

function block(language: string): string {
  const found = README.match(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm'))?.[1];
  assert.ok(found, `the README has a block of ${language}`);
  return found;
}

function tour(): readonly Step[] {
  const steps: { command: string; shown: string[] }[] = [];
  for (const line of block('console').trimEnd().split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2).replace(/ +#.*$/, ''), shown: [] });
    else steps.at(-1)?.shown.push(line);
  }
  return steps;
}

/** What differs from run to run. */
const plain = (line: string): string => line.replace(/pid \d+, uptime [\d:]+/, 'pid N, uptime U').replace(/[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/, 'DATE');

function sh(command: string, bin: string): Promise<{ code: number | null; out: string }> {
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, NODE_TEST_CONTEXT: undefined }, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => { out += piece; });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

test('the minute of the README goes as it says, command by command [C94]', async (t) => {
  const dir = copyExample(t, 'default', { 'reeve.toml': { '127.0.0.1:9001': `127.0.0.1:${await freePort()}`, 'PORT = "9010"': `PORT = "${await freePort()}"` } });
  const d = await startDaemon(t, { dir, config: 'reeve.toml', socket: 'state/reeve.sock', env: { CRASH_EVERY: '1000000' } });
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'reevectl'), `#!/bin/sh\nexec ${process.execPath} ${REEVECTL} -c ${d.configFile} "$@"\n`);
  chmodSync(join(bin, 'reevectl'), 0o755);
  await d.state('report', 'EXITED', 20_000);
  for (const name of ['web', 'worker:worker-0', 'worker:worker-1', 'pipeline:store']) await d.state(name, 'RUNNING');
  const [alias, ...steps] = tour();
  assert.match(alias?.command ?? '', /^alias reevectl="\$PWD\/node_modules\/\.bin\/node \$PWD\/dist\/reevectl\.mjs -c \$PWD\/config\/examples\/default\/reeve\.toml"$/);
  assert.ok(existsSync(join(ROOT, 'node_modules/.bin/node')), 'npm ci brings the right Node');
  assert.ok(steps.length > 8);
  for (const { command, shown } of steps) {
    // Ctrl-C of a person: the reader goes away.
    const { code, out } = await sh(command.includes(' -f ') ? `${command} | head -3` : command, bin);
    if (!command.includes(' -f ')) assert.ok(code === 0 || (code === 3 && command.startsWith('reevectl status')), `${command} ended with ${code}: ${out}`);
    assert.notEqual(out, '', command);
    if (shown.length > 0) assert.deepEqual(out.trimEnd().split('\n').map(plain), shown.map(plain), command);
  }
});

test('the configuration of the README has no problem', (t) => {
  const file = join(tempDir(t), 'reeve.toml');
  writeFileSync(file, block('toml'));
  const { config, problems } = readConfig(file, nodeConfigPort());
  assert.deepEqual(problems, []);
  assert.ok(config !== null);
});
