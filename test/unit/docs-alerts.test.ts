// docs/alerts.md: every example can be read without a problem, and its tables are those of the code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALERT_CLASSES } from '../../config/alert-causes.ts';
import { TEMPLATE_FIELDS } from '../../config/alert-template.ts';
import { good, processNamed, readIni, readToml } from '../support/config-files.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8');
const blocks = (language: string): string[] => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');

test('every example of the page on alerts is read without an error or a warning', () => {
  assert.ok(blocks('toml').length >= 4);
  for (const [read, language] of [[readToml, 'toml'], [readIni, 'ini']] as const)
    for (const text of blocks(language)) assert.deepEqual(read(text).problems.filter((one) => !one.message.includes('no timeout')), [], text);
});

test('its tables of classes and fields are those of the code [C81][C86]', () => {
  for (const [name, { causes, says }] of Object.entries(ALERT_CLASSES)) assert.ok(PAGE.includes(`| \`${name}\` | ${causes.map((cause) => `\`${cause}\``).join(', ')} | ${says} |`), name);
  for (const name of Object.keys(TEMPLATE_FIELDS)) assert.ok(PAGE.includes(`\`{${name}}\``), name);
});

test('what the page says of hooks and watch is so', () => {
  const all = blocks('toml').join('\n');
  assert.match(all, /hooks/);
  const shop = processNamed(readToml(blocks('toml').find((text) => text.includes('programs.shop')) ?? ''), 'shop');
  assert.deepEqual([shop.hooks.pre_start?.timeoutMs, shop.hooks.pre_stop?.timeoutMs], [30_000, 10_000]);
  assert.equal(processNamed(readToml(blocks('toml').find((text) => text.includes('watch_ignore')) ?? ''), 'dev').watch?.debounceMs, 500);
  assert.equal(good(readToml(blocks('toml')[0] ?? '')).alerts[0]?.dedupMs, 300_000);
});
