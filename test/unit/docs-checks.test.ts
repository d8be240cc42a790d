// docs/checks.md: every example can be read without a problem, and what it says of issues and states is so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ISSUE_STATES } from '../../daemon/contract/issues.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { MAX_LIVE } from '../../daemon/core/issue-book.ts';
import { readIssueLine } from '../../daemon/core/issue-report.ts';
import { parseCommand } from '../../ctl/arguments.ts';
import { good, readIni, readToml } from '../support/config-files.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/checks.md'), 'utf8');
const blocks = (language: string): string[] => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');

test('every example of the page on checks is read without an error or a warning', () => {
  assert.ok(blocks('toml').length > 2);
  for (const [read, language] of [[readToml, 'toml'], [readIni, 'ini']] as const)
    for (const text of blocks(language)) {
      const { config, problems } = read(text);
      assert.deepEqual(problems, [], text);
      assert.ok((config?.checks.length ?? 0) > 0, text);
    }
});

test('every line that the page calls an issue is one [A6]', () => {
  const rows = [...PAGE.matchAll(/^\| `(.+?)` \| .*(?:message|code and parameters|as a list)/gm)].map((match) => match[1] ?? '');
  assert.equal(rows.length, 3);
  for (const row of rows) {
    const read = readIssueLine(row, false);
    assert.ok(read && 'report' in read, row);
    assert.equal(read.report.message, 'bag 17 is late');
  }
});

test('the page names all states, and the commands it shows are commands', () => {
  for (const state of Object.keys(ISSUE_STATES)) assert.ok(PAGE.includes(`\`${state}\``), state);
  assert.ok(PAGE.includes(`${MAX_LIVE} issues may be live`));
  const lines = blocks('console').flatMap((text) => text.split('\n')).filter((line) => line.startsWith('$ reevectl '));
  assert.ok(lines.length > 5);
  for (const line of lines) {
    const words = line.slice('$ reevectl '.length).replace(/ +#.*$/, '').split(' ');
    const parsed = parseCommand(words);
    assert.ok('command' in parsed && parsed.command !== null && Object.hasOwn(COMMANDS, parsed.command), line);
  }
});

test('what the page says of defaults is so', () => {
  const [first] = blocks('toml');
  const { checks, fixes, jobs, issueSettings } = good(readToml(first ?? ''));
  assert.deepEqual([checks[0]?.maxIssues, fixes[0]?.maxParallel, issueSettings.retentionMs], [1000, 1, 7 * 86_400_000]);
  assert.equal(jobs.find((job) => job.name === 'check:pending_bags')?.schedule?.kind, 'every');
});
