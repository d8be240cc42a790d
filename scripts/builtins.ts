// How the bundles get at Node's own modules. An `import` of one fills in each of its names, and to fill in those of node:fs and
// node:util Node loads streams, promises, readline and more, which a start has no use for.
import type { Plugin } from 'esbuild';

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** The text of a module that stands for `name` and reads nothing of it but what is used. */
function standIn(name: string): string {
  const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter((key) => IDENTIFIER.test(key) && key !== 'default');
  return [
    `const all = process.getBuiltinModule(${JSON.stringify(name)});`,
    'export default all;',
    ...names.map((key) => `const $${key} = /* @__PURE__ */ (() => all.${key})(); export { $${key} as ${key} };`),
  ].join('\n');
}

/** For esbuild: `import { readFileSync } from 'node:fs'` becomes `process.getBuiltinModule('node:fs').readFileSync`. */
export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) => (kind === 'import-statement' ? { path, namespace: 'builtin', sideEffects: false } : undefined));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: standIn(path), loader: 'js' }));
  },
};
