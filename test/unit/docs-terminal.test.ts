// docs/terminal.md says the keys that the monitor has, and commands that can be typed.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommand, parseGlobals, splitWords } from '../../ctl/arguments.ts';
import { ACTIONS } from '../../ctl/monitor/actions.ts';
import { MOST_EVENTS, MOST_VIOLATIONS } from '../../ctl/monitor/world.ts';

const TEXT = readFileSync(join(import.meta.dirname, '../../docs/terminal.md'), 'utf8');

test('the table of keys has every key that acts, and no other', () => {
  const keys = [...TEXT.matchAll(/^\| `(\w)` \|/gm)].map((match) => match[1]!).filter((key) => !'slq'.includes(key));
  assert.deepEqual(keys, ACTIONS.map((action) => action.key));
});

test('the numbers are those of the monitor', () => {
  assert.ok(TEXT.includes(`the last ${MOST_VIOLATIONS} violations`));
  assert.match(TEXT, new RegExp(`the last ${MOST_EVENTS} events`));
});

test('every command of the page can be typed', () => {
  const lines = [...TEXT.matchAll(/^reevectl (.*?)(?: +#.*)?$/gm)].map((match) => match[1]!);
  assert.ok(lines.length > 8);
  for (const line of lines) {
    const globals = parseGlobals(splitWords(line));
    assert.ok('words' in globals, line);
    const parsed = parseCommand(globals.words);
    assert.ok('values' in parsed, `${line}: ${JSON.stringify(parsed)}`);
  }
});
