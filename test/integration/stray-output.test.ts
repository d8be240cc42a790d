// What a program wrote while there was no daemon.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onBoth } from '../support/both-layers.ts';
import { tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

onBoth('lines that a program wrote after the daemon was killed are in its log when the next daemon runs, its last words too', async ({ t, start }) => {
  const dir = tempDir(t);
  // The pipe between the two commands of the last line is none of ours: its reader must get every line.
  writeFileSync(join(dir, 'talks.sh'), `trap 'echo bye; echo err-bye >&2; exit 0' TERM
if [ -e talked ]; then exec sleep 300; fi
touch talked
seq -f 'line %.0f' 1 100
while ! [ -e orphaned ]; do sleep 0.02; done
seq -f 'line %.0f' 101 1000
echo 'to stderr' >&2
(seq 1 200; sleep 300) | (while read n; do echo $n >> through; done) &
touch written
while :; do sleep 0.02; done
`);
  const config = '[programs.web]\ncommand = "sh talks.sh"\ndirectory = "."\nstartsecs = 0\nstdout_logfile = "web.log"\nstderr_logfile = "web.err"\n';
  const log = (name: string): string => readFileSync(join(dir, name), 'utf8');
  const first = await start({ config, dir });
  await waitFor('the first lines', () => log('web.log').endsWith('line 100\n'));
  first.kill('SIGKILL');
  await first.ended();
  writeFileSync(join(dir, 'orphaned'), '');
  await waitFor('what nobody reads', () => existsSync(join(dir, 'written')) && log('through').endsWith('\n200\n'));
  assert.ok(log('web.log').endsWith('line 100\n'));
  const second = await start({ config, dir });
  await second.state('web', 'RUNNING');
  const lines = log('web.log').trimEnd().split('\n');
  assert.deepEqual(lines, [...Array.from({ length: 1000 }, (_, n) => `line ${n + 1}`), 'bye']);
  // The shell may say of its sleep that it was terminated too.
  assert.equal(log('web.err').replaceAll('Terminated\n', ''), 'to stderr\nerr-bye\n');
  assert.deepEqual(log('through').trimEnd().split('\n').map(Number), Array.from({ length: 200 }, (_, n) => n + 1));
}, { only: { layer: 'native', because: 'with the pipes of portable mode a program that writes ends with its daemon' } });
