// What runs and programs report, as reevectl shows it: progress on a terminal and in a pipe, what is stuck and its end, undo.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import type { PsRow } from '../../daemon/contract/ps.ts';
import { REEVECTL } from '../support/programs.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const TERMINAL = join(import.meta.dirname, '../support/terminal.py');
const noTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0 ? false : 'python3 is not here to make a pseudo-terminal';

/** Reports with curl, as any program may. */
const SAY = `say() { curl -sS --unix-socket "$REEVE_SOCKET" -H 'Content-Type: application/json' -d "$2" "http://localhost/v1/supervised/$SUPERVISION_ID/$1" > /dev/null; }`;

const CONFIG = `
[programs.silent]
command = "sleep 600"
heartbeat = "100ms"
heartbeat_misses = 2
on_stuck = "none"

[programs.web]
command = "sleep 600"

[jobs.count]
command = ["sh", "./count.sh"]
timeout = "1m"

[jobs.hang]
command = ["sh", "-c", "echo run $*; exec sleep 60", "hang"]
timeout = "1m"
heartbeat = "100ms"
heartbeat_misses = 2
on_stuck = "none"

[jobs.wakes]
command = ["sh", "./wakes.sh"]
timeout = "1m"
on_stuck = "restart"
progress_timeout = "100ms"
retry_delay = "100ms"

[jobs.book]
command = ["sh", "-c", "echo booked $*", "book"]
undo_command = ["sh", "-c", "echo took back $UNDO_RUN $*", "undo"]
timeout = "1m"
`;

const COUNT = `${SAY}
echo begin
for i in 1 2 3 4 5 6 7 8; do say progress "{\\"current\\": $i, \\"total\\": 8, \\"phase\\": \\"load\\"}"; echo "line $i"; done
while test -e hold; do sleep 0.05; done
`;

/** Stuck the first time. */
const WAKES = `${SAY}
test -e second && exit 6
touch second
say progress '{"current": 1, "total": 2}'
exec sleep 60
`;

const start = (t: TestContext): Promise<Daemon> => startDaemon(t, { config: CONFIG, files: { 'count.sh': COUNT, 'wakes.sh': WAKES, hold: '' } });

test('in a pipe job run --wait has the output on stdout, and progress on stderr at each tenth [C11]', async (t) => {
  const d = await start(t);
  const client = spawn(process.execPath, [REEVECTL, '-s', `unix://${d.socket}`, 'job', 'run', 'count', '--wait'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  client.stdout.on('data', (bytes) => (out += bytes));
  client.stderr.on('data', (bytes) => (err += bytes));
  const ended = new Promise<number | null>((resolve) => void client.once('close', resolve));
  await waitFor('all of the progress', () => err.includes('8/8 100%'));
  rmSync(join(d.dir, 'hold'));
  assert.equal(await ended, 0, err);
  assert.equal(out, `begin\n${[1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i}\n`).join('')}`);
  assert.match(err, /^(count: \d\/8 [\d.]+%.*, phase load\n)+$/);
  const [run] = JSON.parse((await d.ctl('job', 'history', '--json', 'count')).stdout) as { state: string; progress: { percent: number; current: number } }[];
  assert.deepEqual([run?.state, run?.progress.current, run?.progress.percent], ['succeeded', 8, 100]);
});

test('on a terminal it is a bar below the output, never wider than the terminal, and gone at the end [C11]', { skip: noTerminal }, async (t) => {
  const d = await start(t);
  const script = '"$0" "$1" -s "$2" job run count --wait & client=$!; read x; rm hold; wait $client';
  const child = spawn('python3', [TERMINAL, '60', 'sh', '-c', script, process.execPath, REEVECTL, `unix://${d.socket}`], { cwd: d.dir, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  child.stdout.on('data', (bytes) => (shown += bytes));
  child.stdin.end(JSON.stringify([['expect', '8/8 100%'], ['send', '\n']]));
  const code = await new Promise((resolve) => void child.once('close', resolve));
  assert.equal(code, 0, shown);
  const bars = [...shown.matchAll(/count \[([#-]+)\] [^\r\n\u001B]*/g)].map((match) => match[0]);
  assert.ok(bars.length > 0, shown);
  for (const line of bars) assert.ok(line.length < 60, line);
  for (const line of [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i}\r\n`)) assert.ok(shown.includes(line), line);
  assert.match(shown, /\r\u001B\[K$/);
});

test('what gives no sign of life is listed by stuck, killed, or begun anew [C8][C9]', async (t) => {
  const d = await start(t);
  await d.state('silent', 'RUNNING');
  const first = JSON.parse((await d.ctl('job', 'run', 'hang', '--json', '--', 'a')).stdout) as { id: string };
  await Promise.all([d.fact('heartbeat.stuck', (fact) => 'process' in fact && fact.process === 'silent:silent'), d.fact('heartbeat.stuck', (fact) => 'run' in fact && fact.run === first.id)]);
  const list = await d.ctl('stuck');
  assert.equal(list.code, 1);
  assert.match(list.stdout, /\nprogram +silent +silent:silent +RUNNING/);
  assert.match(list.stdout, new RegExp(`\\nrun +hang \\w{8} +${first.id} +running`));
  assert.doesNotMatch(list.stdout, /web/);
  const before = (await d.view('silent')).pid;
  const again = await d.ctl('stuck', '--restart');
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.match(again.stdout, /silent: restarted\n/);
  assert.match(again.stdout, /hang: started again as run [0-9a-f-]{36}\n/);
  assert.notEqual((await d.state('silent', 'RUNNING')).pid, before);
  const second = await d.fact('run.started', (fact) => fact.job === 'hang' && fact.run.id !== first.id);
  assert.deepEqual(second.run.args, ['a'], 'with the same arguments');
  await d.fact('heartbeat.stuck', (fact) => 'run' in fact && fact.run === second.run.id);
  const killed = await d.ctl('stuck', '--kill');
  assert.match(killed.stdout, new RegExp(`${second.run.id}: cancelled`));
  const ended = await d.fact('run.cancelled', (fact) => fact.run.id === second.run.id);
  assert.equal(ended.run.signal, 'KILL');
  const rows = await d.get<readonly PsRow[]>('/v1/ps?where=job%3Dhang');
  assert.deepEqual(rows, []);
});

test('job undo runs the undo command with the id and the arguments of the run', async (t) => {
  const d = await start(t);
  await d.ctl('job', 'run', 'book', '--wait', '--', 'x');
  const [run] = JSON.parse((await d.ctl('job', 'history', '--json', 'book')).stdout) as { id: string }[];
  const undone = await d.ctl('job', 'undo', run?.id.slice(0, 8) ?? '', '--wait');
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.equal(undone.stdout, `took back ${run?.id} x\n`);
  assert.equal((await d.ctl('job', 'undo', run?.id ?? '')).code, 1, 'once is enough');
  assert.equal((await d.ctl('job', 'undo', run?.id ?? '', '--force', '--wait')).code, 0);
});

test('job run --wait goes on when a stuck run is run again, and ends with the exit code of that one [C9]', async (t) => {
  const d = await start(t);
  const ended = await d.ctl('job', 'run', 'wakes', '--wait');
  assert.equal(ended.code, 6, ended.stderr);
  assert.match(ended.stderr, /wakes: attempt 1 failed \(its progress has not moved from 1 of 2 .*\); the next starts /);
});
