// What a start loads is one file. esbuild makes a chunk of each set of modules that the same entries share: each costs a start as much as
// 30 KB of code, and the more is loaded when it is asked for, the more chunks there are. So those that the entry imports at once become part of it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';

/** As in esbuild's metafile: paths relative to the root of the build. */
export type Outputs = Metafile['outputs'];

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
 * Makes `entry` (a key of the metafile) and the chunks that it loads at once one file, which exports what other chunks import of them.
 * The entry must not wait at its top level for what it loads later: that imports it back. Throws what esbuild throws.
 */
export async function joinChunks(root: string, outputs: Outputs, entry: string, esbuild: (options: BuildOptions) => Promise<BuildResult>): Promise<void> {
  const joined = loadedAtOnce(outputs, entry);
  const exported = joined.map((file, at) => `export { ${(outputs[file]?.exports ?? []).map((name) => `${name} as ${name}$${at}`).join(', ')} } from './${basename(file)}';`);
  await esbuild({
    stdin: { contents: [`export * from './${basename(entry)}';`, ...exported].join('\n'), resolveDir: join(root, entry, '..'), sourcefile: 'joined' },
    outfile: join(root, entry), allowOverwrite: true, bundle: true, format: 'esm', platform: 'node', target: 'node26', sourcemap: true, legalComments: 'eof', logLevel: 'warning',
    plugins: [{ name: 'later', setup: (build) => build.onResolve({ filter: /./ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : undefined)) }],
  });
  const numbers = new Map(joined.map((file, at) => [basename(file), at]));
  for (const file of Object.keys(outputs)) {
    const path = join(root, file);
    if (joined.includes(file)) for (const suffix of ['', '.map']) rmSync(path + suffix, { force: true });
    else if (file.endsWith('.mjs') && file !== entry) writeFileSync(path, redirected(readFileSync(path, 'utf8'), numbers, basename(entry)));
  }
}
