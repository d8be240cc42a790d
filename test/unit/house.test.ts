// The house rules fire: each layer rule of .oxlintrc.json and of the layers' tsconfigs is broken once, in a copy of the configuration.
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dangling } from '../../scripts/trim-lock.ts';
import type { Lock } from '../../scripts/trim-lock.ts';
import { LAYERS } from '../../scripts/types.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOP = ['config', 'daemon', 'ctl', 'web-ui', 'test'];

/** A house of only these files, with our own rules; removed at the end of the test. */
function house(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'reeve-house-'));
  t.after(() => { rmSync(root, { recursive: true }); });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const rules = ['package.json', '.oxlintrc.json', 'tsconfig.base.json', 'tsconfig.json', ...LAYERS.map((layer) => `${layer}/tsconfig.json`)];
  for (const name of rules) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    copyFileSync(join(ROOT, name), join(root, name));
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

interface Complaint {
  readonly filename: string;
  readonly code: string;
  readonly text: string;
}

function lint(root: string): Complaint[] {
  const result = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--type-aware', '-f', 'json', ...TOP], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  const { diagnostics } = JSON.parse(result.stdout) as { diagnostics: { filename: string; code?: string; message: string; help?: string }[] };
  return diagnostics.map(({ filename, code, message, help }) => ({ filename, code: code ?? '', text: `${message} ${help ?? ''}` }));
}

/** A forbidden import each: file, what it imports, words of the reason. */
const IMPORTS: readonly (readonly [file: string, specifier: string, reason: RegExp])[] = [
  ['config/a.ts', '../daemon/contract/states.ts', /config imports nothing of ours/],
  ['config/b.ts', 'node:fs', /config is browser-safe/],
  ['daemon/contract/a.ts', '../core/x.ts', /the contract imports only config/],
  ['daemon/contract/b.ts', 'node:net', /the contract is browser-safe/],
  ['daemon/core/a.ts', 'node:fs', /core is pure/],
  ['daemon/core/b.ts', 'valibot', /core is pure/],
  ['daemon/core/c.ts', '../os/ports/clock.ts', /core imports config types and the contract only/],
  ['daemon/core/d.ts', '../../config/x.ts', /core takes only types from config/],
  ['daemon/core/e.ts', '../runtime/x.ts', /core imports config types and the contract only/],
  ['daemon/runtime/a.ts', '../os/native.ts', /runtime sees core, contract, config and os\/ports/],
  ['daemon/runtime/b.ts', '../api/x.ts', /runtime sees core/],
  ['daemon/runtime/c.ts', 'node:child_process', /only daemon\/os starts processes/],
  ['daemon/os/a.ts', '../runtime/x.ts', /os implements ports/],
  ['daemon/os/b.ts', '../core/x.ts', /os takes only types from core/],
  ['daemon/logs/a.ts', '../os/native.ts', /logs knows the contract/],
  ['daemon/logs/b.ts', '../runtime/x.ts', /logs knows the contract/],
  ['daemon/store/a.ts', '../api/x.ts', /store keeps what it is given/],
  ['daemon/store/b.ts', 'node:ffi', /only daemon\/os starts processes/],
  ['daemon/api/a.ts', '../core/x.ts', /api turns requests into commands/],
  ['daemon/api/b.ts', '../os/native.ts', /api turns requests into commands/],
  ['daemon/api/c.ts', '../store/x.ts', /api turns requests into commands/],
  ['ctl/a.ts', '../daemon/runtime/x.ts', /ctl knows the daemon by its contract only/],
  ['ctl/b.ts', 'node:http', /the client starts in 33 ms/],
  ['ctl/c.ts', '../test/support/x.ts', /what ships does not import what only developers run/],
  ['web-ui/a.tsx', '../daemon/runtime/x.ts', /the page knows the daemon by its contract only/],
  ['web-ui/b.ts', '../ctl/x.ts', /the page knows the daemon by its contract only/],
  ['web-ui/c.ts', 'node:fs', /the page runs in a browser/],
];

test('every forbidden import is refused with its reason', (t) => {
  const complaints = lint(house(t, Object.fromEntries(IMPORTS.map(([file, specifier]) => [file, `import { x } from '${specifier}';\nexport const y = x;\n`]))));
  for (const [file, specifier, reason] of IMPORTS) {
    const found = complaints.filter((complaint) => complaint.filename === file && complaint.code.includes('no-restricted-imports'));
    assert.ok(found.some(({ text }) => reason.test(text)), `${file} may import ${specifier}: ${JSON.stringify(found)}`);
  }
});

test('allowed imports are not refused: ports, types of core and config, the contract', (t) => {
  const type = (specifier: string): string => `import type { X } from '${specifier}';\nexport type Y = X;\n`;
  const complaints = lint(house(t, {
    'config/x.ts': 'export type X = 1;\n',
    'daemon/contract/a.ts': type('../../config/x.ts'), 'daemon/core/a.ts': type('../../config/x.ts'), 'daemon/core/b.ts': type('../contract/x.ts'),
    'daemon/runtime/a.ts': type('../os/ports/clock.ts'), 'daemon/runtime/b.ts': type('../core/x.ts'), 'daemon/os/portable.ts': type('../core/x.ts'),
    'daemon/logs/a.ts': type('../os/ports/clock.ts'), 'daemon/store/a.ts': type('../core/x.ts'), 'daemon/api/a.ts': type('../runtime/x.ts'), 'ctl/a.ts': type('../daemon/contract/x.ts'), 'web-ui/a.ts': type('../daemon/contract/x.ts'),
  }));
  assert.deepEqual(complaints.filter(({ code }) => code.includes('no-restricted-imports')), []);
});

/** Other rules: file, one line that breaks it, the rule, words of the reason. */
const USES: readonly (readonly [file: string, line: string, rule: string, reason: RegExp])[] = [
  ['daemon/core/a.ts', 'export const now = Date.now();', 'no-restricted-globals', /time is passed in/],
  ['daemon/core/b.ts', 'export const dice = Math.random();', 'no-restricted-properties', /Math\.random/],
  ['daemon/core/c.ts', 'export const later = setTimeout;', 'no-restricted-globals', /timers are deadlines in the state/],
  ['daemon/core/d.ts', 'export const env = process.env;', 'no-restricted-globals', /core touches no world/],
  ['daemon/core/e.ts', 'export const soon = Promise.resolve(1);', 'no-restricted-globals', /core is synchronous/],
  ['daemon/runtime/a.ts', 'export function end(): void { process.exit(1); }', 'no-restricted-properties', /process\.exit/],
  ['daemon/os/a.ts', `export function say(): void { console.log('x'); }`, 'no-console', /console/],
  ['daemon/api/a.ts', 'async function f(): Promise<void> { await Promise.resolve(); }\nexport function g(): void { f(); }', 'no-floating-promises', /awaited/],
  ['daemon/api/b.ts', 'export function g(list: number[]): void { list.forEach(async () => { await Promise.resolve(); }); }', 'no-misused-promises', /[Pp]romise/],
  ['daemon/api/c.ts', `export function g(s: 'a' | 'b'): number { switch (s) { case 'a': return 1; } return 0; }`, 'switch-exhaustiveness-check', /"b"/],
  ['config/a.ts', 'export const x = (y: any): number => Number(y);', 'no-explicit-any', /any/],
];

test('clocks, chance, timers and the world are refused in core; process.exit, console and lost promises in the daemon', (t) => {
  const complaints = lint(house(t, Object.fromEntries(USES.map(([file, line]) => [file, `${line}\n`]))));
  for (const [file, line, rule, reason] of USES) {
    const found = complaints.filter((complaint) => complaint.filename === file && complaint.code.includes(rule));
    assert.ok(found.some(({ text }) => reason.test(text)), `${rule} lets ${file} say: ${line} (${JSON.stringify(complaints.filter(({ filename }) => filename === file))})`);
  }
});

test('main.ts may end the process, and tests may leave test() unawaited', (t) => {
  const complaints = lint(house(t, {
    'daemon/main.ts': 'process.exit(0);\n',
    'test/unit/a.test.ts': `import { test } from 'node:test';\ntest('x', async () => { await Promise.resolve(); });\n`,
  }));
  assert.deepEqual(complaints, []);
});

test('the world does not exist in the types of config, contract and core, and a layer cannot import above itself', (t) => {
  const world = 'export const world = [process, setTimeout, fetch, console];\n';
  const root = house(t, {
    'config/a.ts': world, 'daemon/contract/a.ts': world, 'daemon/core/a.ts': world,
    'daemon/core/b.ts': `import type { X } from '../os/x.ts';\nexport type Y = X;\n`, 'daemon/os/x.ts': 'export type X = 1;\n',
    'ctl/a.ts': `import type { X } from '../daemon/os/x.ts';\nexport type Y = X;\n`,
  });
  const check = (layer: string): string => spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', layer, '--pretty', 'false'], { cwd: root, encoding: 'utf8', timeout: 30_000 }).stdout;
  for (const layer of ['config', 'daemon/contract', 'daemon/core']) {
    const output = check(layer);
    for (const name of ['process', 'setTimeout', 'fetch', 'console']) assert.match(output, new RegExp(`${layer}/a\\.ts.*Cannot find name '${name}'`), layer);
  }
  assert.match(check('daemon/core'), /core\/b\.ts.*TS6307/);
  assert.match(check('ctl'), /ctl\/a\.ts.*TS6307/);
  assert.equal(check('daemon/os'), '');
});

test('nothing in core is asynchronous', () => {
  const found = globSync('daemon/core/**/*.ts', { cwd: ROOT }).filter((file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, '');
    return /\b(async|await|yield)\b/.test(code);
  });
  assert.deepEqual(found, []);
});

test('no lockfile entry names a registry', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { resolved?: string }> };
  assert.deepEqual(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name), []);
  assert.match(readFileSync(join(ROOT, '.npmrc'), 'utf8'), /omit-lockfile-registry-resolved=true/);
});

test('npm ci can use the lockfile: every optional package that it names is in it (else run scripts/trim-lock.ts)', () => {
  assert.deepEqual(dangling(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock), []);
  assert.deepEqual(dangling({ packages: { 'node_modules/a': { optionalDependencies: { b: '1', c: '1' } }, 'node_modules/b': {} } }), ['node_modules/a -> c']);
});
