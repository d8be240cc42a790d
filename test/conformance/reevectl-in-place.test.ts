// A script that calls supervisorctl may call reevectl: the same words print the same on stdout and end with the same status, each with
// its own daemon and the same file. What reeve adds for a person is on stderr.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REEVECTL } from '../support/programs.ts';
import { bothIn, plain, run, startBoth, supervisorctl, supervisordMissing } from '../support/supervisord.ts';
import type { Both } from '../support/supervisord.ts';
import { waitFor } from '../support/wait-for.ts';

const skip = supervisordMissing ?? false;

const program = (name: string, more: string): string => `[program:${name}]\ncommand = /bin/cat\nstartsecs = 0\nstdout_logfile = %(here)s/${name}.log\n${more}\n`;
const CONFIG = `${program('cat', '')}${program('off', 'autostart = false')}${program('web', 'numprocs = 2\nprocess_name = %(program_name)s_%(process_num)d').replace('web.log', 'web_%(process_num)d.log')}`
  + `[program:missing]\ncommand = %(here)s/no/such/program\nautostart = false\nstartretries = 0\n[group:pair]\nprograms = left,right\n${program('left', '')}${program('right', 'autostart = false')}`;

/** Lines for several processes come as things come about. What follows on a usage error is the help of the command, which is reeve's own. */
function lines(text: string): string {
  const all = text.split('\n');
  return all.find((line) => line.startsWith('Error: ')) ?? all.toSorted().join('\n');
}

/** Says every line that differs, not only the first. */
async function compare(both: Both, commands: readonly string[]): Promise<void> {
  const differ: string[] = [];
  for (const command of commands) {
    const words = command === '' ? [] : command.split(' ');
    const [theirs, ours] = await Promise.all([supervisorctl(both.sides[0], words), run([process.execPath, REEVECTL, '-c', both.sides[1].configFile, ...words], both.sides[1].dir)]);
    const [a, b] = [`${theirs.code} ${lines(plain(both.sides[0], theirs.stdout))}`, `${ours.code} ${lines(plain(both.sides[1], ours.stdout))}`];
    if (a !== b) differ.push(`${command}\n--- supervisorctl ${a}\n--- reevectl ${b}\n${ours.stderr}`);
  }
  assert.equal(differ.join('\n\n'), '');
}

test('reevectl in place of supervisorctl prints the same lines and ends with the same status [B8, B9, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG);
  for (const name of ['cat', 'web:web_0', 'web:web_1', 'pair:left']) await bothIn(both, name, 'RUNNING');
  await compare(both, [
    'status', 'status all', 'status cat', 'status web:*', 'status cat nobody', 'status pair:nobody', 'pid cat', 'pid off', 'pid nobody', 'avail', 'avail now',
    'start', 'start off', 'start off', 'start cat nobody', 'start missing', 'stop', 'stop off', 'stop off', 'stop cat nobody', 'start all', 'stop pair:*', 'start pair:*',
    'restart off nobody', 'restart web:*', 'signal CONT', 'signal CONT cat nobody', 'signal NOPE cat', 'signal CONT web:*', 'stop off', 'signal CONT off',
    'clear cat nobody', 'clear all', 'tail nobody', 'tail cat nothing', 'tail -x cat', 'fg nobody', 'fg missing',
    'reread', 'reread now', 'update', 'update nobody', 'add nobody', 'add cat', 'remove nobody', 'remove cat', 'bogus',
  ]);
  both.rewrite(CONFIG.replace('[program:off]', '[program:other]').replace('no/such/program', 'no/other/program'));
  await compare(both, ['reread', 'avail', 'update other', 'update', 'status missing', 'stop other', 'remove other', 'add other', 'status other', 'stop all', 'status']);
  both.rewrite('[program:broken]\nstartsecs = many\n');
  assert.match((await run([process.execPath, REEVECTL, '-c', both.sides[1].configFile, 'reread'], both.sides[1].dir)).stdout, /^ERROR: CANT_REREAD: /);
  both.rewrite(CONFIG);
  await compare(both, ['reload', 'shutdown']);
  assert.equal((await both.reeved.ended(30_000)).code, 0);
  await waitFor('supervisord to end', () => both.supervisordEnded() !== null, 60_000);
  await compare(both, ['status', 'start cat', 'stop all']);
});
