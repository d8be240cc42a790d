// The file behind the command `reeved`: what an old Node is told, and what a new one loads.
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcher } from '../../scripts/launcher.ts';

/** As the build writes it. */
const wrapped = (text: string): string => `(function (exports, require, module, __filename, __dirname) {\n${text}\n})\n`;

/** Without what would silence all warnings. */
const { NODE_NO_WARNINGS: _silence, ...loud } = process.env;

function run(t: TestContext, version: string, chunk: string): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-launcher-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  mkdirSync(join(folder, 'chunks'));
  writeFileSync(join(folder, 'reeved.mjs'), launcher('reeved', 'build', 'settled'));
  writeFileSync(join(folder, 'chunks/reeved.cjs'), wrapped(chunk));
  writeFileSync(join(folder, 'version.cjs'), `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`);
  return spawnSync(process.execPath, ['-r', join(folder, 'version.cjs'), join(folder, 'reeved.mjs')], { encoding: 'utf8', timeout: 20_000, env: loud });
}

test('an old Node is told what is needed and how to get it, with exit 2 and not a stack', (t) => {
  for (const version of ['18.20.0', '20.20.2', '26.0.0']) {
    const { status, stdout, stderr } = run(t, version, `console.log('loaded');`);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^cannot run reeved: it needs Node 26\\.1 or newer, and .* is ${version.replaceAll('.', '\\.')}\\.\nInstall Node 26, or .*npm start`));
  }
});

test('the launcher can be parsed by an old Node: no static import and no syntax younger than Node 18', () => {
  assert.doesNotMatch(launcher('reeved', 'build', 'settled'), /^\s*import\s|\?\?=|\busing\b|static \{/m);
});

test("Node's notices that something is experimental are not printed, other warnings are", (t) => {
  const { status, stdout, stderr } = run(t, '26.1.0', `process.emitWarning('odd', 'ExperimentalWarning'); process.emitWarning('seen'); console.log('loaded');`);
  assert.equal(status, 0);
  assert.equal(stdout, 'loaded\n');
  assert.match(stderr, /Warning: seen/);
  assert.doesNotMatch(stderr, /odd/);
});

const PRINTS_WHAT_IT_IS = `let said = 'first'; exports.ran = () => process.argv[2]; const deep = () => 'deep ' + said; console.log(deep(), __dirname.split('/').at(-1), require('node:path').sep);`;

const { NODE_DISABLE_COMPILE_CACHE: _, ...cachingEnvironment } = process.env;

function kept(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-launcher-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  mkdirSync(join(folder, 'chunks'));
  writeFileSync(join(folder, 'reevectl.mjs'), launcher('reevectl', 'build', 'ended'));
  const chunk = join(folder, 'chunks/reevectl.cjs');
  writeFileSync(chunk, wrapped(text));
  const files = (): Readonly<Record<string, number>> => {
    const cache = join(folder, '.compile-cache');
    return Object.fromEntries(readdirSync(cache).filter((name) => name.startsWith('reevectl-')).map((name) => [name, statSync(join(cache, name)).mtimeMs]));
  };
  const command = (...words: readonly string[]) => spawnSync(process.execPath, [join(folder, 'reevectl.mjs'), ...words], { encoding: 'utf8', timeout: 20_000, env: cachingEnvironment });
  return { folder, files, command, place: join(folder, `.compile-cache/reevectl-build-${process.version}-${process.arch}`) };
}

test('what V8 compiled is kept at the end of a command, once for each command and way to end', (t) => {
  const { command, files, place } = kept(t, PRINTS_WHAT_IT_IS);
  assert.equal(command('status').stdout, 'deep first chunks /\n');
  const first = files();
  assert.equal(Object.keys(first).length, 2);
  assert.equal(readFileSync(`${place}.ran`, 'utf8'), 'status:0');
  assert.equal(command('status').stdout, 'deep first chunks /\n');
  assert.deepEqual(files(), first);
  assert.equal(command('stop').stdout, 'deep first chunks /\n');
  assert.equal(readFileSync(`${place}.ran`, 'utf8'), 'status:0 stop:0');
});

test('a damaged or foreign file of compiled code is not run, and is replaced', (t) => {
  const { command, files, place } = kept(t, PRINTS_WHAT_IT_IS);
  command('status');
  const good = readFileSync(place);
  for (const bad of [Buffer.from('no code'), Buffer.alloc(good.length), good.subarray(0, good.length / 2), Buffer.alloc(0)]) {
    writeFileSync(place, bad);
    const { status, stdout, stderr } = command('status');
    assert.deepEqual([status, stdout, stderr], [0, 'deep first chunks /\n', '']);
    assert.equal(readFileSync(place).length, good.length);
  }
  assert.equal(Object.keys(files()).length, 2);
});

test('a folder that cannot be written to is no failure', (t) => {
  const { command, folder } = kept(t, PRINTS_WHAT_IT_IS);
  writeFileSync(join(folder, '.compile-cache'), 'a file where a folder should be');
  const { status, stdout, stderr } = command('status');
  assert.deepEqual([status, stdout, stderr], [0, 'deep first chunks /\n', '']);
});
