// What does the daemon load before its first program? Each 100 KB cost about half a millisecond of the launch and as many KB of memory for ever.
import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';
import { builtins } from '../../scripts/builtins.ts';
import { loadedAtOnce } from '../../scripts/join-chunks.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Of code as it is bundled. What a file asks for may be loaded when it asks: raise this only for what every start needs. */
const MOST_KIB = 1536;

/** Loaded when somebody asks for it: a client, an alert, a probe, a hook, a watch, a question. */
const LATER = /^(node_modules\/(?!toml\/)|daemon\/api\/(http|app|page|metrics|xmlrpc)|daemon\/contract\/(openapi|.*-schemas)|daemon\/(core\/alert|runtime\/(alert|explain)|os\/(alert|probe|side-command|file-watch)))/;

let inputs: readonly (readonly [file: string, bytes: number])[] = [];

before(async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT, entryPoints: [{ in: 'daemon/main.ts', out: 'reeved' }], outdir: 'dist/none', outExtension: { '.js': '.mjs' }, bundle: true, splitting: true, write: false,
    format: 'esm', platform: 'node', target: 'node26', external: ['light-my-request'], metafile: true, logLevel: 'silent', plugins: [builtins],
  });
  const { outputs } = metafile;
  const entry = 'dist/none/reeved.mjs';
  const sizes = new Map<string, number>();
  for (const chunk of [entry, ...loadedAtOnce(outputs, entry)]) {
    for (const [file, { bytesInOutput }] of Object.entries(outputs[chunk]?.inputs ?? {})) sizes.set(file, (sizes.get(file) ?? 0) + bytesInOutput);
  }
  inputs = [...sizes].toSorted(([, a], [, b]) => b - a);
});

test('a start loads nothing of what is loaded when somebody asks for it', () => {
  assert.ok(inputs.some(([file]) => file === 'daemon/core/process.ts'));
  const early = inputs.map(([file]) => file).filter((file) => LATER.test(file));
  assert.deepEqual(early, [], `loaded before the first program: ${early.join(', ')}; import them where they are asked for`);
});

test(`a start loads less than ${MOST_KIB} KiB of code`, () => {
  const kib = Math.round(inputs.reduce((sum, [, bytes]) => sum + bytes, 0) / 1024);
  const largest = inputs.slice(0, 15).map(([file, bytes]) => `${file} ${Math.round(bytes / 1024)}`).join(', ');
  assert.ok(kib < MOST_KIB, `a start loads ${kib} KiB of code (largest, in KiB: ${largest}); import what a file does not always ask for when it does`);
});
