// What the daemon remembers and what it refuses: intent, lives, strays of a killed one, a second one, its addresses.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { onBoth } from '../support/both-layers.ts';
import { atEnd, gone, tempDir } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { alive, waitFor } from '../support/wait-for.ts';

const sleeper = (name: string): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\n\n`;
/** Writes a line every 20 ms and dies of SIGPIPE as soon as nobody can read it. */
const CHATTY = '[programs.chatty]\ncommand = ["sh", "-c", "while echo line; do sleep 0.02; done"]\nstartsecs = 0\nstdout_logfile = "chatty.log"\n\n';

onBoth('kill -9 of the daemon: stopped stays stopped, strays get no SIGPIPE, and are ended and named before their program starts anew [D25]', async ({ t, layer, start }) => {
  const dir = tempDir(t);
  const config = sleeper('web') + sleeper('off') + CHATTY;
  const first = await start({ config, dir });
  assert.equal((await first.ctl('stop', 'off')).code, 0);
  const web = await first.state('web', 'RUNNING');
  const chatty = await first.state('chatty', 'RUNNING');
  await waitFor('output', () => readFileSync(join(dir, 'chatty.log'), 'utf8').length > 50);
  const old = [web.pid ?? 0, chatty.pid ?? 0];
  first.kill('SIGKILL');
  await first.ended();
  // Ten lines' time: a reader of its pipe still exists, so that it goes on writing.
  await new Promise((resolve) => setTimeout(resolve, 250));
  // Portable: Node's pipes end with the daemon, so that only who is silent outlives it.
  assert.deepEqual(old.map(alive), [true, layer === 'native']);
  const second = await start({ config, dir });
  const again = [await second.state('web', 'RUNNING'), await second.state('chatty', 'RUNNING')];
  assert.deepEqual(old.map(alive), [false, false], 'the old ones are gone when the new ones run');
  assert.deepEqual(again.map((p) => p.incarnation), [2, 2], 'numbers of lives go on');
  assert.equal((await second.view('off')).state, 'STOPPED');
  const said = second.facts.flatMap((f) => (f.type === 'daemon.warning' && f.what === 'stray' ? [f.message] : []));
  assert.ok(said.some((m) => m.startsWith(`web:web: pid ${old[0]} was left by a daemon that died; sending SIGTERM`)), said.join('\n'));
  const spawned = second.facts.findIndex((f) => f.type === 'process.spawned');
  assert.ok(second.facts.findIndex((f) => f.type === 'daemon.warning' && f.what === 'stray') < spawned);
  assert.match((await second.ctl('explain', 'web')).stdout, /the daemon died before it/);
});

onBoth('an end that is asked for while the children of a dead daemon are being ended waits until they are gone', async ({ t, start }) => {
  const dir = tempDir(t);
  const config = `[programs.stubborn]\ncommand = ["sh", "-c", "trap '' TERM PIPE; while :; do sleep 0.1; done"]\n`;
  const first = await start({ config, dir });
  const { pid } = await first.state('stubborn', 'RUNNING');
  first.kill('SIGKILL');
  await first.ended();
  const second = await start({ config, dir });
  await second.fact('daemon.warning', (fact) => fact.what === 'stray');
  assert.equal((await second.stop()).code, 0);
  assert.ok(!alive(pid ?? 0), 'nobody is left behind by an end in order');
});

onBoth('a clean end forgets what was stopped by hand; disable lasts until enable, and says so to who starts it [D25]', async ({ t, start }) => {
  const dir = tempDir(t);
  const config = sleeper('web') + sleeper('off');
  const first = await start({ config, dir });
  await first.ctl('stop', 'web');
  assert.equal((await first.ctl('disable', 'off')).code, 0);
  assert.equal((await first.stop()).code, 0);
  const second = await start({ config, dir });
  await second.state('web', 'RUNNING');
  const off = await second.view('off');
  assert.deepEqual([off.state, off.disabled], ['STOPPED', true]);
  const refused = await second.ctl('start', 'off');
  assert.equal(refused.code, 7);
  assert.match(`${refused.stdout}${refused.stderr}`, /disabled.*reevectl enable off/);
  assert.equal((await second.ctl('enable', 'off')).code, 0);
  assert.equal((await second.ctl('start', 'off')).code, 0);
});

onBoth('a second daemon on the same state directory is refused with 2 and the pid of the first [D25]', async ({ start, refused }) => {
  const d = await start({ config: sleeper('web') });
  const { code, stderr } = await refused(d.dir, '-n', '-c', d.configFile);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`^cannot start: another reeved \\(pid ${d.pid}\\).*${d.dir}/state`));
  assert.equal((await d.view('web')).incarnation, 1);
});

onBoth('a second daemon with a state of its own does not take the socket of a living one', async ({ start, refused }) => {
  const d = await start({ config: sleeper('web') });
  const other = join(d.dir, 'other.toml');
  writeFileSync(other, `[daemon]\nstate_dir = "state2"\nruntime_dir = "run2"\n[api]\nlisten = ["unix:reeve.sock"]\n[programs.mark]\ncommand = "touch started"\nstartsecs = 0\n`);
  const { code, stderr } = await refused(d.dir, '-n', '-c', other);
  assert.equal(code, 2);
  assert.match(stderr, /cannot listen on unix:.*reeve\.sock: another program answers there/);
  assert.ok(!existsSync(join(d.dir, 'started')), 'nothing was started');
  assert.equal((await d.ctl('pid')).stdout, `${d.pid}\n`, 'the first still answers');
});

onBoth('a stale socket is replaced, and said', async ({ t, start }) => {
  const dir = tempDir(t);
  // A server that is killed leaves its socket behind.
  const server = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(join(dir, 'reeve.sock'))}, () => console.log('up'))`], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(t, () => server.kill('SIGKILL'));
  await new Promise((resolve) => server.stdout.once('data', resolve));
  server.kill('SIGKILL');
  await new Promise((resolve) => server.once('exit', resolve));
  assert.ok(existsSync(join(dir, 'reeve.sock')));
  const d = await start({ dir, config: sleeper('web') });
  await d.state('web', 'RUNNING');
  await waitFor('the warning', () => /removed the stale socket .*reeve\.sock: nobody answered on it/.test(d.output()));
});

onBoth('a busy TCP port is refused with who has it, exit 2, and nothing was started', async ({ t, refused }) => {
  const dir = tempDir(t);
  const port = await freePort();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  atEnd(t, () => holder.close());
  writeFileSync(join(dir, 'reeve.toml'), `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["127.0.0.1:${port}"]\n[programs.mark]\ncommand = "touch started"\nstartsecs = 0\n`);
  const { code, stderr } = await refused(dir, '-n', '-c', join(dir, 'reeve.toml'));
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program uses the port \\(pid ${process.pid}, `));
  assert.ok(!existsSync(join(dir, 'started')));
});

onBoth('a file with mistakes is refused with all of them, exit 2, and nothing was started', async ({ t, refused }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'reeve.toml'), '[programs.mark]\ncommand = "touch started"\nstartsecs = "soon"\nautostrat = true\n[programs.none]\n');
  const { code, stderr } = await refused(dir, '-n', '-c', join(dir, 'reeve.toml'));
  assert.equal(code, 2);
  for (const text of [/reeve\.toml:3: .*startsecs/, /reeve\.toml:4: .*autostrat.*autostart/, /none.*command/, /cannot start: 3 problems in .*; nothing was started/]) assert.match(stderr, text);
  assert.ok(!existsSync(join(dir, 'started')));
});

onBoth('a state directory that is a place for files only keeps nobody from running: lives are remembered in memory, with a warning', async ({ t, start }) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'state'));
  writeFileSync(join(dir, 'state/reeve.db'), 'this is no database, '.repeat(500));
  const d = await start({ dir, config: sleeper('web') });
  const { pid } = await d.state('web', 'RUNNING');
  assert.match((await d.ctl('doctor')).stdout, /corrupt|cannot use the state/);
  assert.equal((await d.stop()).code, 0);
  await gone([pid ?? 0]);
});
