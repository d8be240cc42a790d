// One file for what a start loads: what is loaded later shares its modules, and imports nothing that is gone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { constants, Script } from 'node:vm';
import { build } from 'esbuild';
import { builtins } from '../../scripts/builtins.ts';
import { joinChunks, loadedAtOnce } from '../../scripts/join-chunks.ts';

const SOURCES = {
  'main.js': `import { count } from './shared.js'; import { size } from './few.js';
    export const run = async () => [count(), ...(await (await import('./later.js')).late()), ...(await (await import('./last.js')).last()), size];`,
  'later.js': `import { count as more } from './shared.js'; export const late = async () => [more()];`,
  'last.js': `import { count } from './shared.js'; import { size } from './few.js'; import './effect.js'; export const last = async () => [count(), size, globalThis.effects];`,
  'shared.js': `let n = 0; export const count = () => { n += 1; return n; };`,
  'few.js': `import { basename } from 'node:path'; import './effect.js'; export const size = basename('/a/bc').length;`,
  'effect.js': `globalThis.effects = (globalThis.effects ?? 0) + 1;`,
};

async function bundled(): Promise<{ readonly dir: string; readonly files: readonly string[]; readonly before: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-join-'));
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(dir, name), text);
  const { metafile } = await build({
    absWorkingDir: dir, entryPoints: [{ in: 'main.js', out: 'main' }], outdir: join(dir, 'out'), outExtension: { '.js': '.mjs' }, chunkNames: '[name]-[hash]', bundle: true, splitting: true,
    format: 'esm', platform: 'node', target: 'node26', metafile: true, plugins: [builtins],
  });
  const before = loadedAtOnce(metafile.outputs, 'out/main.mjs').length;
  await joinChunks(dir, metafile.outputs, 'out/main.mjs', build);
  return { dir, files: readdirSync(join(dir, 'out')).filter((name) => !name.endsWith('.map')), before };
}

/** Runs the file as the launcher does. */
function started(filename: string): { readonly run: () => Promise<readonly number[]> } {
  const script = new Script(readFileSync(filename, 'utf8'), { filename, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  const module = { exports: {} as ReturnType<typeof started> };
  (globalThis as Record<symbol, unknown>)[Symbol.for('main')] = module;
  const load = script.runInThisContext() as (exports: object, require: NodeJS.Require, module: object, file: string, folder: string) => void;
  load(module.exports, createRequire(filename), module, filename, join(filename, '..'));
  return module.exports;
}

test('what a start loads is one file, and what is loaded later shares its modules', async (t) => {
  const { dir, files, before } = await bundled();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  assert.ok(before > 0, 'esbuild made shared chunks');
  assert.deepEqual(files.filter((name) => !/^(later|last)-/.test(name)), ['main.cjs', 'main.mjs']);
  assert.deepEqual(await started(join(dir, 'out/main.cjs')).run(), [1, 2, 3, 2, 1, 2]);
});

test('a bundle takes what it uses of the modules of Node, and imports none of them whole', async (t) => {
  const { dir } = await bundled();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const text = readFileSync(join(dir, 'out/main.cjs'), 'utf8');
  assert.match(text, /getBuiltinModule\("node:path"\)/);
  assert.doesNotMatch(text, /from "node:/);
  assert.doesNotMatch(text, /all\.dirname/);
});
