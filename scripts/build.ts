// Bundles the daemon and the client into dist/. `--if-needed` does nothing when dist is newer than every source.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'build.json');

/** What dist/ is made of: the command's name and the file that runs it when imported. */
const PROGRAMS = [
  { name: 'reeved', entry: 'daemon/main.ts' },
  { name: 'reevectl', entry: 'ctl/main.ts' },
] as const;

/** Folders and files whose change makes dist stale. */
const SOURCES = ['config', 'daemon', 'ctl', 'scripts/build.ts', 'package.json', 'package-lock.json'] as const;

/** CommonJS packages inside an ES module bundle need these names. */
const BANNER = [
  `import { createRequire as reeveCreateRequire } from 'node:module';`,
  'const require = reeveCreateRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

/**
 * The file behind the command. It has no static import and no new syntax, so that an old Node can read it and say what is
 * missing in place of a SyntaxError; it turns on the compile cache (beside the bundle, never in a shared /tmp, where another user
 * could plant code), keeps Node's own "experimental" notices out of the log, and then loads the real thing.
 */
export function launcher(name: string): string {
  return `#!/usr/bin/env node
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
  if (!existsSync(STAMP) || !PROGRAMS.every(({ name }) => existsSync(join(DIST, `${name}.mjs`)))) return false;
  const builtAt = statSync(STAMP).mtimeMs;
  return SOURCES.every((source) => !existsSync(join(ROOT, source)) || newest(join(ROOT, source)) <= builtAt);
}

/** Builds into `outdir`; throws with esbuild's words when a source does not compile. */
export async function build(outdir: string = DIST): Promise<void> {
  const { build: esbuild } = await import('esbuild');
  rmSync(join(outdir, 'chunks'), { recursive: true, force: true });
  rmSync(join(outdir, '.compile-cache'), { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const result = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS.map(({ name, entry }) => ({ in: entry, out: name })),
    outdir: join(outdir, 'chunks'),
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    // Shared code goes to chunks of its own, and what is imported lazily stays lazy.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    minify: false,
    sourcemap: true,
    legalComments: 'eof',
    banner: { js: BANNER },
    // pino and fastify try these; we use neither.
    external: ['pino-pretty', 'light-my-request'],
    metafile: true,
    logLevel: 'warning',
    define: { 'process.env.REEVE_VERSION': JSON.stringify(versionOf()) },
  });
  for (const { name } of PROGRAMS) {
    const file = join(outdir, `${name}.mjs`);
    writeFileSync(file, launcher(name));
    chmodSync(file, 0o755);
  }
  const outputs = Object.entries(result.metafile.outputs).filter(([file]) => file.endsWith('.mjs'));
  writeFileSync(join(outdir, 'build.json'), `${JSON.stringify({ version: versionOf(), files: outputs.map(([file, { bytes }]) => ({ file: file.split('/').at(-1), bytes })) }, null, 2)}\n`);
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

if (import.meta.main) {
  if (process.argv.includes('--if-needed') && isCurrent()) process.exitCode = 0;
  else await build();
}
