// What a short command loads: `status` must not pay for the monitor.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The file and all that it imports before it runs; dynamic imports and types are not loaded. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)';/gm)) loadedBy(join(dirname(file), from!), seen);
  return seen;
}

test('status loads nothing of the monitor, of streams and of other commands', () => {
  const loaded = [...loadedBy(join(ROOT, 'ctl/main.ts')), ...loadedBy(join(ROOT, 'ctl/commands/status.ts'))].map((file) => relative(ROOT, file));
  assert.ok(loaded.includes('ctl/status-lines.ts') && loaded.includes('ctl/http.ts'));
  assert.deepEqual(loaded.filter((file) => /^ctl\/(monitor\/|persist|live-snapshot|interleave|event-line|ndjson)/.test(file) || (file.startsWith('ctl/commands/') && !/(table|status)\.ts$/.test(file))), []);
});

test('the monitor in one shot loads nothing of the full screen', () => {
  const loaded = [...loadedBy(join(ROOT, 'ctl/commands/monitor.ts'))].map((file) => relative(ROOT, file));
  assert.ok(loaded.includes('ctl/monitor/once.ts'));
  assert.deepEqual(loaded.filter((file) => /(full-screen|live|view|model)\.ts$/.test(file)), []);
});
