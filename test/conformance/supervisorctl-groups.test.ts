// The supervisorctl of Debian against both, where many are meant: all, and groups of a file that changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, compare, CONFIG, FILES, RUNNING, skip } from '../support/supervisorctl.ts';
import { bothIn, startBoth } from '../support/supervisord.ts';

test('clear, and what is done to all, is done and told as under supervisord [B9, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, ['start once', 'clear', 'clear once', 'tail -99 once', 'clear zz', 'clear silent', 'clear pair:left', 'clear all', 'stop all', 'status', 'start all', 'restart all']);
});

test('reread, update, add and remove go by group, and a bad file changes nothing [B10]', { skip }, async (t) => {
  const part = (name: string, more = ''): string => `[program:${name}]\ncommand = /bin/sleep 700\n${more}`;
  const both = await startBoth(t, part('one') + part('two') + part('three') + part('four', 'stdout_logfile = %(here)s/four.log\n'));
  for (const name of ['one', 'two', 'three', 'four']) await bothIn(both, name, 'RUNNING');
  await compare(both, ['reread', 'update']);
  both.rewrite(part('two', 'stopwaitsecs = 7\n') + part('three') + part('four', 'stdout_logfile = %(here)s/four.log\n') + part('five') + part('six', 'autostart = false\n') + '[group:seven]\nprograms = six\n');
  await compare(both, ['reread', 'reread', 'avail', 'status', 'add', 'add zz', 'add one', 'add five', 'remove', 'remove zz', 'remove three', 'stop one', 'remove one', 'update zz', 'update two', 'avail', 'reread']);
  await bothIn(both, 'five', 'RUNNING');
  await compare(both, ['status five', 'status one', 'update', 'update', 'status seven:*', 'start seven:six', 'stop all', 'update all', 'status two']);
  both.rewrite(part('two').replace('command', 'comand'));
  const refused = await ask(both, 'reread');
  for (const said of [refused.theirs, refused.ours]) assert.match(said, /^exit 1\nERROR: CANT_REREAD: .*program:two.*command/);
  await compare(both, ['status three']);
});
