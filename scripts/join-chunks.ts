// What a start loads is one file. esbuild makes a chunk of each set of modules that the same entries share: each costs a start as much as
// 30 KB of code, and the more is loaded when it is asked for, the more chunks there are. So those that the entry imports at once become part of it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';

/** As in esbuild's metafile: paths relative to the root of the build. */
type Outputs = Metafile['outputs'];

/** An import of another chunk, as esbuild writes it: one statement, names in braces. */
const IMPORT = /^import (?:\{([^}]*)\} from )?"\.\/([^"]+)";$/gm;
const NAME = /([\w$]+)(?: as ([\w$]+))?/g;

/** Chunks that `entry` imports, itself or by others, without being asked. */
export function loadedAtOnce(outputs: Outputs, entry: string): readonly string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    for (const { path, kind } of outputs[file]?.imports ?? []) {
      if (kind !== 'import-statement' || outputs[path] === undefined || found.has(path) || path === entry) continue;
      found.add(path);
      visit(path);
    }
  };
  visit(entry);
  return [...found];
}

/** Lines stay where they are, for the source map. */
function redirected(text: string, numbers: ReadonlyMap<string, number>, entry: string): string {
  return text.replace(IMPORT, (all, names: string | undefined, chunk: string) => {
    const at = numbers.get(chunk);
    if (at === undefined) return all;
    const renamed = names?.replace(NAME, (_, name: string, as: string | undefined) => `${name}$${at} as ${as ?? name}`);
    return `import ${renamed === undefined ? '' : `{${renamed}} from `}"./${entry}";`;
  });
}

/**
 * The file is one expression: a function, which is given what a CommonJS module is. The launcher runs it as a script, since V8 hands out
 * what it has compiled of a script when that has run.
 */
const WRAPPER = {
  banner: { js: "(function (exports, require, module, __filename, __dirname) {" },
  footer: { js: '})' },
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
};

/**
 * Makes `entry` (a key of the metafile, NAME.mjs) and the chunks that it loads at once one file beside it, NAME.cjs, and leaves at the place
 * of the entry a module that hands on what other chunks import of them. Throws what esbuild throws.
 */
export async function joinChunks(root: string, outputs: Outputs, entry: string, esbuild: (options: BuildOptions) => Promise<BuildResult>): Promise<void> {
  const joined = loadedAtOnce(outputs, entry);
  const name = basename(entry, '.mjs');
  const path = join(root, entry);
  const handedOn = joined.flatMap((file, at) => (outputs[file]?.exports ?? []).map((one) => ({ file, one, as: `${one}$${at}` })));
  await esbuild({
    stdin: { contents: [`export * from './${name}.mjs';`, ...handedOn.map(({ file, one, as }) => `export { ${one} as ${as} } from './${basename(file)}';`)].join('\n'), resolveDir: join(path, '..'), sourcefile: 'joined' },
    outfile: join(path, `../${name}.cjs`), bundle: true, format: 'cjs', platform: 'node', target: 'node26', sourcemap: true, legalComments: 'eof', logLevel: 'warning', ...WRAPPER,
    plugins: [{ name: 'later', setup: (build) => build.onResolve({ filter: /./ }, ({ path: from, kind }) => (kind === 'dynamic-import' ? { path: from, external: true } : undefined)) }],
  });
  const numbers = new Map(joined.map((file, at) => [basename(file), at]));
  for (const file of Object.keys(outputs).filter((one) => one.endsWith('.mjs') && one !== entry)) {
    const chunk = join(root, file);
    if (joined.includes(file)) for (const suffix of ['', '.map']) rmSync(chunk + suffix, { force: true });
    else writeFileSync(chunk, redirected(readFileSync(chunk, 'utf8'), numbers, basename(entry)));
  }
  rmSync(`${path}.map`, { force: true });
  writeFileSync(path, [`const { exports: all } = globalThis[Symbol.for('${name}')];`, ...handedOn.map(({ as }) => `export const ${as} = all.${as};`), ''].join('\n'));
}
