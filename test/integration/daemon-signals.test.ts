// What signals other than the ends do: HUP takes the file as it is now, USR1 tells the state, and neither can be a mistake.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ask, onBoth } from '../support/both-layers.ts';
import { atEnd, type Daemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const HEAD = '[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:reeve.sock"]\n\n';
const sleeper = (name: string, more = ''): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\n${more}\n`;
const said = (d: Daemon, what: RegExp): Promise<unknown> => waitFor(`${what} in its output`, () => what.test(d.output()));
const rewrite = (d: Daemon, content: string): void => writeFileSync(d.configFile, content);

onBoth('HUP with a bad file changes nothing, and all that is wrong with it is said', async ({ start }) => {
  const d = await start({ config: HEAD + sleeper('web') });
  const { pid } = await d.state('web', 'RUNNING');
  rewrite(d, `${HEAD}[programs.web]\ncomand = "sleep 300"\nstartsecs = "soon"\n`);
  d.kill('SIGHUP');
  const refused = await d.fact('daemon.reload_refused');
  assert.equal(refused.problems.length, 3);
  assert.match(refused.problems.join('\n'), /reeve\.toml:8: .*comand.*command/);
  await said(d, /configuration refused, nothing was changed/);
  assert.equal((await d.view('web')).pid, pid);
  const asked = await d.ctl('reload');
  assert.deepEqual([asked.code, /startsecs/.test(asked.stdout + asked.stderr)], [2, true]);
  assert.equal((await d.view('web')).pid, pid);
});

onBoth('HUP with a good TOML file applies it: new programs come, old ones go, and what did not change runs on [E41]', async ({ start }) => {
  const d = await start({ config: HEAD + sleeper('web') + sleeper('old') });
  const [web, old] = [await d.state('web', 'RUNNING'), await d.state('old', 'RUNNING')];
  rewrite(d, HEAD + sleeper('web', 'priority = 5') + sleeper('new'));
  d.kill('SIGHUP');
  const reloaded = await d.fact('daemon.reloaded');
  assert.deepEqual([reloaded.added, reloaded.changed, reloaded.removed], [['new:new'], ['web:web'], ['old:old']]);
  const now = await d.state('web', 'RUNNING');
  assert.deepEqual([now.pid, now.priority], [web.pid, 5]);
  await d.state('new', 'RUNNING');
  await assert.rejects(d.view('old'), /no process old:old/);
  assert.ok(!existsSync(`/proc/${old.pid}`));
  assert.equal(d.facts.filter((f) => f.type === 'daemon.started').length, 1, 'the daemon went on');
});

onBoth('HUP with a good INI file restarts everything with it, as supervisord: new programs come, old ones go, lives are counted on', async ({ start }) => {
  const ini = (names: readonly string[]): string => `[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n[unix_http_server]\nfile=%(here)s/reeve.sock\n[supervisorctl]\nserverurl=unix://%(here)s/reeve.sock\n${names.map((name) => `[program:${name}]\ncommand=sleep 300\nstartsecs=0\n`).join('')}`;
  const d = await start({ config: ini(['web', 'old']) });
  const before = [await d.state('web', 'RUNNING'), await d.state('old', 'RUNNING')];
  rewrite(d, ini(['web', 'new']));
  d.kill('SIGHUP');
  const reloaded = await d.fact('daemon.reloaded');
  assert.deepEqual([reloaded.added, reloaded.removed], [['new:new'], ['old:old']]);
  await waitFor('web to have its next life', async () => {
    const row = await d.view('web');
    return row.state === 'RUNNING' && row.incarnation === 2;
  });
  await d.state('new', 'RUNNING');
  await assert.rejects(d.view('old'), /no process old:old/);
  for (const { pid } of before) assert.ok(!existsSync(`/proc/${pid}`));
  assert.equal(d.facts.filter((f) => f.type === 'daemon.started').length, 2);
  assert.ok(!d.facts.some((f) => f.type === 'daemon.stopped'), 'the daemon itself went on');
});

onBoth('reevectl reload restarts everything, and forgets what was stopped by hand and scaled, as a clean restart of the daemon does; disabled stays [D25]', async ({ start }) => {
  const d = await start({ config: HEAD + sleeper('web') + sleeper('off') + sleeper('never') + sleeper('pool', 'numprocs = 2') });
  await d.state('never', 'RUNNING');
  await d.ctl('stop', 'off');
  await d.ctl('disable', 'never');
  assert.equal((await d.ctl('scale', 'pool', '3')).code, 0);
  const { code, stdout } = await d.ctl('reload');
  assert.deepEqual([code, stdout], [0, 'Restarted reeved\n']);
  await d.fact('daemon.reloaded');
  await d.state('web', 'RUNNING');
  await d.state('pool:pool-1', 'RUNNING');
  await d.state('off', 'RUNNING');
  const never = await d.view('never');
  assert.deepEqual([never.state, never.disabled, never.incarnation], ['STOPPED', true, 1], 'its last life is known before the next');
  await assert.rejects(d.view('pool:pool-2'));
});

onBoth('a reload whose new address is busy keeps the old door open and says so; everything else of the file holds', async ({ t, start }) => {
  const port = await freePort();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  atEnd(t, () => holder.close());
  const d = await start({ config: HEAD + sleeper('web') });
  await d.state('web', 'RUNNING');
  rewrite(d, `${HEAD.replace('["unix:reeve.sock"]', `["127.0.0.1:${port}"]`)}${sleeper('web')}${sleeper('new')}`);
  d.kill('SIGHUP');
  await waitFor('the new program over the old door', async () => (await d.view('new')).state === 'RUNNING', 20_000);
  await said(d, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: .*; the control API stays at the addresses of the file before`));
  // And with a free port the door moves.
  const free = await freePort();
  rewrite(d, `${HEAD.replace('["unix:reeve.sock"]', `["127.0.0.1:${free}"]`)}${sleeper('web')}`);
  d.kill('SIGHUP');
  await waitFor('the new door', async () => (await ask(free, '/v1/status').catch(() => null))?.status === 200, 20_000);
  assert.ok(!existsSync(d.socket), 'the old door is closed');
  assert.equal((await d.stop()).code, 0);
});

onBoth('an end asked for during a reload is an end', async ({ start }) => {
  const d = await start({ config: HEAD + '[programs.slow]\ncommand = ["sh", "-c", "trap \'sleep 0.5; exit 0\' TERM; touch up; while :; do sleep 0.05; done"]\nstartsecs = 0\n' });
  await waitFor('its traps', () => existsSync(join(d.dir, 'up')));
  void d.ctl('reload');
  await d.fact('process.stopping');
  d.kill('SIGTERM');
  assert.deepEqual(await d.ended(), { code: 0, signal: null });
  assert.equal(d.facts.filter((f) => f.type === 'process.spawned').length, 1);
});

onBoth('USR1 writes the state into the log, opens no debugger, and a storm of it does no harm', async ({ start }) => {
  const d = await start({ config: HEAD + sleeper('web') });
  const { pid } = await d.state('web', 'RUNNING');
  for (let n = 0; n < 300; n += 1) d.kill('SIGUSR1');
  await waitFor('the state', () => new RegExp(`web:web RUNNING pid ${pid} life 1`).test(d.output()));
  assert.doesNotMatch(d.output(), /Debugger listening/);
  const inodes = new Set(readFileSync(`/proc/${d.pid}/net/tcp`, 'utf8').split('\n').slice(1).filter((l) => / 0A /.test(l) && /:240D /.test(l)));
  assert.equal(inodes.size, 0, 'nobody listens on 9229');
  assert.equal((await d.ctl('restart', 'web')).code, 0);
  assert.equal((await d.stop()).code, 0);
});

onBoth('USR1, HUP and TERM that come while the daemon starts are kept for when it can answer', async ({ t, start }) => {
  const d = await start({ config: HEAD + sleeper('web') });
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGUSR1', 'SIGHUP'] as const) d.kill(signal);
  await d.fact('daemon.reloaded');
  await waitFor('web', async () => (await d.view('web')).state === 'RUNNING');
  assert.equal((await d.stop()).code, 0);
  t.diagnostic(`${d.facts.filter((f) => f.type === 'daemon.reloaded').length} reloads`);
});
