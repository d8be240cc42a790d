// Bundles the daemon, the client, the module for programs and the web page into dist/. `--if-needed` does nothing when dist is newer than every source.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { builtins } from './builtins.ts';
import { joinChunks } from './join-chunks.ts';
import { buildPage } from './build-page.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'build.json');

/** What dist/ is made of: the command's name and the file that runs it when imported. */
const PROGRAMS = [
  // What the daemon imports lazily (fastify, prom-client) goes to chunks of its own, and stays lazy.
  { name: 'reeved', entry: 'daemon/main.ts', splitting: true },
  // The client lives for 40 ms: one file is read faster than six, and its lazy parts are only parsed, not run.
  { name: 'reevectl', entry: 'ctl/main.ts', splitting: false },
] as const;

/** What programs import as `reeve/supervised`. A program may run on an older Node than we do. */
const MODULE = { name: 'supervised', entry: 'supervised/supervised.ts', types: 'packaging/supervised.d.mts', target: 'node18' } as const;

/** Folders and files whose change makes dist stale. */
const SOURCES = ['config', 'daemon', 'ctl', 'supervised', 'web-ui', MODULE.types, 'scripts/build.ts', 'scripts/builtins.ts', 'scripts/join-chunks.ts', 'scripts/build-page.ts', 'package.json', 'package-lock.json'] as const;

/** CommonJS packages inside an ES module bundle need these names; where nothing uses them they fall away. */
const BANNER = [
  `const require = /* @__PURE__ */ (() => process.getBuiltinModule('node:module').createRequire(import.meta.url))();`,
  'const __filename = /* @__PURE__ */ (() => import.meta.filename)(), __dirname = /* @__PURE__ */ (() => import.meta.dirname)();',
].join('\n');

/**
 * The file behind the command. It has no static import and no new syntax, so that an old Node can read it and say what is
 * missing in place of a SyntaxError; it turns on the compile cache (beside the bundle, never in a shared /tmp, where another user
 * could plant code), keeps Node's own "experimental" notices out of the log, and then loads the real thing.
 * --max-semi-space-size: V8's young generation would grow to 16 MiB and more for objects that live for a moment (30 MiB under
 * a poller of the API); it can only be set on the command line.
 */
export function launcher(name: string): string {
  return `#!/usr/bin/env -S node --max-semi-space-size=1
const version = process.versions.node.split('.').map(Number);
if (version[0] < 26 || (version[0] === 26 && version[1] < 1)) {
  process.stderr.write(
    'cannot run ${name}: it needs Node 26.1 or newer, and ' + process.execPath + ' is ' + process.versions.node + '.\\n' +
    'Install Node 26, or run it from the checkout by "npm start" or "npx ${name}", which bring their own (npm ci installs it).\\n');
  process.exitCode = 2;
} else {
  const emitWarning = process.emitWarning;
  process.emitWarning = function (warning, ...rest) {
    const type = typeof rest[0] === 'object' && rest[0] !== null ? rest[0].type : rest[0];
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
  };
  const { enableCompileCache } = await import('node:module');
  if (!process.env.NODE_DISABLE_COMPILE_CACHE) enableCompileCache(import.meta.dirname + '/.compile-cache');
  await import('./chunks/${name}.mjs');
}
`;
}

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
  const files: { readonly file: string | undefined; readonly bytes: number }[] = [];
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
    if (splitting && main !== undefined) await joinChunks(ROOT, metafile.outputs, main, esbuild);
    for (const file of Object.keys(metafile.outputs).filter((one) => one.endsWith('.mjs') && existsSync(join(ROOT, one)))) {
      files.push({ file: basename(file), bytes: statSync(join(ROOT, file)).size });
    }
  }
  await esbuild({
    absWorkingDir: ROOT, entryPoints: [MODULE.entry], outfile: join(outdir, `${MODULE.name}.mjs`), bundle: true, format: 'esm', platform: 'node', target: MODULE.target, logLevel: 'warning',
  });
  copyFileSync(join(ROOT, MODULE.types), join(outdir, `${MODULE.name}.d.mts`));
  for (const { name } of PROGRAMS) {
    const file = join(outdir, `${name}.mjs`);
    writeFileSync(file, launcher(name));
    chmodSync(file, 0o755);
  }
  const page = await buildPage(join(outdir, 'web-ui'));
  writeFileSync(join(outdir, 'build.json'), `${JSON.stringify({ version: versionOf(), files, page }, null, 2)}\n`);
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

if (import.meta.main) {
  if (process.argv.includes('--if-needed') && isCurrent()) process.exitCode = 0;
  else await build();
}
