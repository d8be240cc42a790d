// Builds the web page: web-ui/ -> dist/web-ui/, with names by content, and each file also compressed, so that the daemon never has to.
// esbuild and not Vite: it bundles the daemon already, makes the same few files in 50 ms, and brings no second bundler (60 MB) along.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { PAGE_ROUTES } from '../web-ui/route-table.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'web-ui');

/** The oldest browsers that the page works in, as docs/web-page.md says: those with popovers and `AbortSignal.any`. */
const TARGET = ['chrome120', 'edge120', 'firefox125', 'safari17.4'];

/** What the page is made of. */
export interface PageReport {
  /** gzip bytes that a browser loads before it can show the first view: the document, its style and its scripts. */
  readonly firstBytes: number;
  readonly files: readonly { readonly file: string; readonly bytes: number; readonly gzipBytes: number }[];
}

interface Output {
  readonly entryPoint?: string;
  readonly cssBundle?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

/** The table of routes as it is, in place of the file that makes it. */
const routeTable: Plugin = {
  name: 'route-table',
  setup({ onLoad }) {
    onLoad({ filter: /web-ui[/\\]route-table\.ts$/ }, () => ({ contents: `export const PAGE_ROUTES = ${JSON.stringify(PAGE_ROUTES)};`, loader: 'js' }));
  },
};

/** Files that `file` needs before it runs, itself first. */
function closure(outputs: Readonly<Record<string, Output>>, file: string): string[] {
  const seen = new Set([file]);
  for (const one of seen) for (const { path, kind } of outputs[one]?.imports ?? []) if (kind === 'import-statement') seen.add(path);
  return [...seen];
}

/**
 * Makes `outdir` what it should be: new files first, what is of no use any more last, so that a daemon which serves it meanwhile always
 * finds what its page names. Throws with esbuild's words when a source does not compile.
 */
export async function buildPage(outdir: string): Promise<PageReport> {
  const { build } = await import('esbuild');
  const assets = join(outdir, 'assets');
  mkdirSync(assets, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT, entryPoints: ['web-ui/main.tsx'], outdir: assets, entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', assetNames: '[name]-[hash]',
    bundle: true, splitting: true, format: 'esm', platform: 'browser', target: TARGET, minify: true, legalComments: 'none',
    jsx: 'automatic', jsxImportSource: 'preact', metafile: true, logLevel: 'warning', plugins: [routeTable],
  });
  copyFileSync(join(SOURCE, 'icon.svg'), join(assets, 'icon.svg'));

  const [entry, output] = Object.entries(metafile.outputs).find(([, one]) => one.entryPoint === 'web-ui/main.tsx') ?? [];
  if (entry === undefined || output === undefined) throw new Error('esbuild made no entry for web-ui/main.tsx');
  const scripts = closure(metafile.outputs, entry);
  const href = (file: string): string => `./assets/${basename(file)}`;
  const links = [
    ...(output.cssBundle === undefined ? [] : [`<link rel="stylesheet" href="${href(output.cssBundle)}">`]),
    ...scripts.slice(1).map((file) => `<link rel="modulepreload" href="${href(file)}">`),
    `<script type="module" src="${href(entry)}"></script>`,
  ];
  writeFileSync(join(outdir, 'index.html'), readFileSync(join(SOURCE, 'index.html'), 'utf8').replace('<!-- built -->', links.join('\n    ')));

  const made = ['index.html', 'assets/icon.svg', ...Object.keys(metafile.outputs).map((file) => join('assets', basename(file)))];
  const files = made.map((file) => {
    const plain = readFileSync(join(outdir, file));
    const gzip = gzipSync(plain, { level: 9 });
    writeFileSync(join(outdir, `${file}.gz`), gzip);
    writeFileSync(join(outdir, `${file}.br`), brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    return { file, bytes: plain.length, gzipBytes: gzip.length };
  });
  const wanted = new Set(made.flatMap((file) => [file, `${file}.gz`, `${file}.br`]));
  for (const name of readdirSync(outdir, { recursive: true, encoding: 'utf8' })) if (!wanted.has(name) && name !== 'assets') rmSync(join(outdir, name), { recursive: true, force: true });
  const first = new Set(['index.html', 'assets/icon.svg', ...[...scripts, ...(output.cssBundle === undefined ? [] : [output.cssBundle])].map((file) => join('assets', basename(file)))]);
  return { firstBytes: files.filter(({ file }) => first.has(file)).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0), files };
}

if (import.meta.main) {
  const { firstBytes, files } = await buildPage(join(ROOT, 'dist/web-ui'));
  for (const { file, bytes, gzipBytes } of files) process.stdout.write(`${file}  ${bytes}  ${gzipBytes} gzip\n`);
  process.stdout.write(`first content: ${firstBytes} bytes gzip\n`);
}
