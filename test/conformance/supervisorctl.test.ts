// The supervisorctl of Debian against supervisord and against reeved, on the same file: the same output and the same exit codes.
import { test } from 'node:test';
import { compare, CONFIG, FILES, RUNNING, skip } from '../support/supervisorctl.ts';
import { bothIn, startBoth } from '../support/supervisord.ts';

test('status, pid, avail, tail and help print what they print under supervisord [B8, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, [
    'version', 'status', 'status all', 'status cat', 'status web:*', 'status web:web_1 cat', 'status pair:', 'status zz', 'status zz:*', 'status web', 'status zz silent', 'status web:zz',
    'pid', 'pid cat', 'pid all', 'pid zz', 'pid silent', 'avail', 'start once',
    'tail', 'tail once', 'tail once stderr', 'tail -4 once', 'tail -4 once stderr', 'tail once nope', 'tail silent', 'tail zz', 'tail pair:zz', 'tail -x once', 'tail cat', 'maintail', 'maintail -x', 'maintail -f -f',
    'fg', 'fg zz', 'fg once', 'fg cat web:web_0', 'bogus', 'open', 'open nonsense', 'help', 'help start', 'help bogus', 'exit', 'quit',
  ]);
});

test('start, stop, restart and signal print and end as under supervisord [B9, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, [
    'start', 'start zz', 'start zz:*', 'start web', 'start cat', 'start missing', 'start plain', 'start quick', 'status quick', 'start once', 'status once', 'start pair:*', 'start pair:left pair:right zz', 'status pair:*',
    'stop', 'stop zz', 'stop zz:*', 'stop silent', 'stop pair:left', 'stop pair:left', 'stop pair:*', 'stop pair:*', 'status pair:*',
    'restart', 'restart cat', 'restart pair:*', 'restart zz', 'restart web:*', 'status',
    'signal', 'signal HUP', 'signal NOPE cat', 'signal CONT cat', 'signal SIGCONT cat', 'signal 18 cat', 'signal CONT web:*', 'signal CONT silent', 'signal CONT zz', 'signal CONT zz:*', 'signal CONT all',
  ]);
});
