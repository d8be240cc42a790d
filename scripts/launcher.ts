// The file behind a command: what it says to an old Node, and how it loads the real thing.

/** When the code that V8 has compiled is worth keeping: some time after a start, or at the end of a command that never ended so before. */
export type Kept = 'settled' | 'ended';

/** A daemon has started its first programs by then, and is not busy with the rest any more. */
const SETTLED_MS = 3000;

const KEEP: Readonly<Record<Kept, string>> = {
  settled: `
  if (caching && !found) {
    const ignore = () => {};
    setTimeout(() => fs.mkdir(folder, { recursive: true }, () => {
      fs.writeFile(beside, script.createCachedData(), { flush: true }, (error) => error ? fs.unlink(beside, ignore) : fs.rename(beside, place, ignore));
    }), ${SETTLED_MS}).unref();
  }`,
  ended: `
  if (caching) {
    process.once('exit', (code) => {
      const ran = module.exports.ran() + ':' + code;
      try {
        const before = found ? fs.readFileSync(place + '.ran', 'utf8').split(' ') : [];
        if (before.includes(ran)) return;
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(beside, script.createCachedData(), { flush: true });
        fs.renameSync(beside, place);
        fs.writeFileSync(place + '.ran', before.concat(ran).join(' '));
      } catch {
        // A folder that cannot be written to: every run compiles anew.
        if (fs.existsSync(beside)) fs.unlinkSync(beside);
      }
    });
  }`,
};

/**
 * The text of dist/NAME.mjs. It has no static import and no new syntax, so that an old Node can read it and say what is missing in
 * place of a SyntaxError. It keeps Node's own "experimental" notices out of the log, and loads chunks/NAME.cjs, a function, with the code
 * that V8 compiled of it in an earlier run: Node's own compile cache is taken before anything has run, and holds no function that is
 * called later, which are nearly all. Both caches lie beside the bundle, never in a shared /tmp, where another user could plant code.
 * What is kept was made from this `build` (a word that changes with the text of the chunk) by this version of Node, and V8 itself
 * refuses what was made with other flags. A file is whole or not there: it is written beside its place and renamed.
 * --max-semi-space-size: V8's young generation would grow to 16 MiB and more for objects that live for a moment (30 MiB under
 * a poller of the API); it can only be set on the command line.
 */
export function launcher(name: string, build: string, kept: Kept): string {
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
  const fs = process.getBuiltinModule('node:fs');
  const { Script, constants } = process.getBuiltinModule('node:vm');
  const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module');
  const folder = import.meta.dirname + '/.compile-cache';
  const place = folder + '/${name}-${build}-' + process.version + '-' + process.arch;
  const beside = place + '.' + process.pid;
  const caching = !process.env.NODE_DISABLE_COMPILE_CACHE;
  let cachedData;
  if (caching) {
    // For what is loaded later.
    enableCompileCache(folder);
    try {
      cachedData = fs.readFileSync(place);
    } catch {
      // The first run, or a folder that is not ours to read.
    }
  }
  const filename = import.meta.dirname + '/chunks/${name}.cjs';
  const script = new Script(fs.readFileSync(filename, 'utf8'), { filename, cachedData, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  const found = cachedData !== undefined && !script.cachedDataRejected;
  // More than a megabyte that nobody needs any more.
  cachedData = undefined;
  const module = { exports: {} };${KEEP[kept]}
  // Where chunks/${name}.mjs, which chunks that are loaded later import, finds what it hands on.
  globalThis[Symbol.for('${name}')] = module;
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, import.meta.dirname + '/chunks');
}
`;
}
