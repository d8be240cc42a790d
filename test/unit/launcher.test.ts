// The file behind the command `reeved`: what an old Node is told, and what a new one loads.
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcher } from '../../scripts/build.ts';

function run(t: TestContext, version: string, chunk: string): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-launcher-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  mkdirSync(join(folder, 'chunks'));
  writeFileSync(join(folder, 'reeved.mjs'), launcher('reeved'));
  writeFileSync(join(folder, 'chunks/reeved.mjs'), chunk);
  writeFileSync(join(folder, 'version.cjs'), `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`);
  return spawnSync(process.execPath, ['-r', join(folder, 'version.cjs'), join(folder, 'reeved.mjs')], { encoding: 'utf8', timeout: 20_000 });
}

test('an old Node is told what is needed and how to get it, with exit 2 and not a stack', (t) => {
  for (const version of ['18.20.0', '20.20.2', '26.0.0']) {
    const { status, stdout, stderr } = run(t, version, `console.log('loaded');`);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^cannot run reeved: it needs Node 26\\.1 or newer, and .* is ${version.replaceAll('.', '\\.')}\\.\nInstall Node 26, or .*npm start`));
  }
});

test('the launcher can be parsed by an old Node: no static import and no syntax younger than Node 18', () => {
  assert.doesNotMatch(launcher('reeved'), /^\s*import\s|\?\?=|\busing\b|static \{/m);
});

test("Node's notices that something is experimental are not printed, other warnings are", (t) => {
  const { status, stdout, stderr } = run(t, '26.1.0', `process.emitWarning('odd', 'ExperimentalWarning'); process.emitWarning('seen'); console.log('loaded');`);
  assert.equal(status, 0);
  assert.equal(stdout, 'loaded\n');
  assert.match(stderr, /Warning: seen/);
  assert.doesNotMatch(stderr, /odd/);
});
