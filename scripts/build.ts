// Bundles the daemon, the client, the module for programs and the web page into dist/. `--if-needed` does nothing when dist is newer than every source.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtins } from './builtins.ts';
import { joinChunks } from './join-chunks.ts';
import { launcher } from './launcher.ts';
import { buildPage } from './build-page.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'build.json');

/** What dist/ is made of: the command's name and the file that runs it when imported. */
const PROGRAMS = [
  // What the daemon imports lazily (fastify, the text of /metrics) goes to chunks of its own, and stays lazy.
  { name: 'reeved', entry: 'daemon/main.ts', splitting: true, kept: 'settled' },
  // The client lives for 40 ms: one file, with what V8 compiled of it earlier, is read faster than six.
  { name: 'reevectl', entry: 'ctl/main.ts', splitting: false, kept: 'ended' },
] as const;

/** What programs import as `reeve/supervised`. A program may run on an older Node than we do. */
const MODULE = { name: 'supervised', entry: 'supervised/supervised.ts', types: 'packaging/supervised.d.mts', target: 'node18' } as const;

/** Folders and files whose change makes dist stale. */
const SOURCES = ['config', 'daemon', 'ctl', 'supervised', 'web-ui', MODULE.types, 'scripts/build.ts', 'scripts/builtins.ts', 'scripts/join-chunks.ts', 'scripts/launcher.ts', 'scripts/build-page.ts', 'package.json', 'package-lock.json'] as const;

/** CommonJS packages inside an ES module bundle need these names; where nothing uses them they fall away. */
const BANNER = [
  `const require = /* @__PURE__ */ (() => process.getBuiltinModule('node:module').createRequire(import.meta.filename))();`,
  'const __filename = /* @__PURE__ */ (() => import.meta.filename)(), __dirname = /* @__PURE__ */ (() => import.meta.dirname)();',
].join('\n');

function newest(path: string): number {
  const at = statSync(path);
  if (!at.isDirectory()) return at.mtimeMs;
  let latest = at.mtimeMs;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'examples') continue;
    latest = Math.max(latest, newest(join(path, entry.name)));
  }
  return latest;
}

/** True when dist/ holds a build made after the last change of a source. */
export function isCurrent(): boolean {
  if (!existsSync(STAMP) || ![...PROGRAMS, MODULE].every(({ name }) => existsSync(join(DIST, `${name}.mjs`)))) return false;
  const builtAt = statSync(STAMP).mtimeMs;
  return SOURCES.every((source) => !existsSync(join(ROOT, source)) || newest(join(ROOT, source)) <= builtAt);
}

/** Builds into `outdir`; throws with esbuild's words when a source does not compile. */
export async function build(outdir: string = DIST): Promise<void> {
  const { build: esbuild } = await import('esbuild');
  rmSync(join(outdir, 'chunks'), { recursive: true, force: true });
  rmSync(join(outdir, '.compile-cache'), { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  for (const { name, entry, splitting } of PROGRAMS) {
    const { metafile } = await esbuild({
      absWorkingDir: ROOT,
      entryPoints: [{ in: entry, out: name }],
      outdir: join(outdir, 'chunks'),
      outExtension: { '.js': '.mjs' },
      chunkNames: '[name]-[hash]',
      bundle: true,
      splitting,
      format: 'esm',
      platform: 'node',
      target: 'node26',
      minify: false,
      sourcemap: true,
      legalComments: 'eof',
      // Only the daemon carries CommonJS packages.
      ...(splitting ? { banner: { js: BANNER } } : {}),
      // fastify tries it, for tests of its own.
      external: ['light-my-request'],
      metafile: true,
      logLevel: 'warning',
      define: { 'process.env.REEVE_VERSION': JSON.stringify(versionOf()) },
      plugins: [builtins],
    });
    const main = Object.keys(metafile.outputs).find((file) => file.endsWith(`/${name}.mjs`));
    if (main !== undefined) await joinChunks(ROOT, metafile.outputs, main, esbuild);
  }
  await esbuild({
    absWorkingDir: ROOT, entryPoints: [MODULE.entry], outfile: join(outdir, `${MODULE.name}.mjs`), bundle: true, format: 'esm', platform: 'node', target: MODULE.target, logLevel: 'warning',
  });
  copyFileSync(join(ROOT, MODULE.types), join(outdir, `${MODULE.name}.d.mts`));
  const chunks = join(outdir, 'chunks');
  const files = readdirSync(chunks).filter((file) => !file.endsWith('.map')).map((file) => ({ file, bytes: statSync(join(chunks, file)).size }));
  for (const { name, kept } of PROGRAMS) {
    const file = join(outdir, `${name}.mjs`);
    writeFileSync(file, launcher(name, digest(join(chunks, `${name}.cjs`)), kept));
    chmodSync(file, 0o755);
  }
  const page = await buildPage(join(outdir, 'web-ui'));
  writeFileSync(join(outdir, 'build.json'), `${JSON.stringify({ version: versionOf(), files, page }, null, 2)}\n`);
}

/** A word that changes with the text of a file. */
function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

if (import.meta.main) {
  if (process.argv.includes('--if-needed') && isCurrent()) process.exitCode = 0;
  else await build();
}
