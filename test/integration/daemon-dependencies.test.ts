// depends_on with real programs: order of starts and stops, restarts of a dependency, those that give up, apply, and starts by hand.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from '../support/daemon.ts';
import { caughtUp, onBoth } from '../support/both-layers.ts';

const sleeper = (name: string, more = ''): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\n${more}\n`;
/** A service that is ready after a moment, as long as there is no file `broken`. */
const service = (name: string, more = ''): string => `[programs.${name}]\ncommand = ["/bin/sh", "-c", "test -e broken && exit 3; sleep 0.2; echo ready; exec sleep 300"]\ndirectory = "."\nstartsecs = 0\nready = { log = "ready" }\n${more}\n`;
const oneshot = (name: string, script: string, more = ''): string => `[programs.${name}]\ntype = "oneshot"\ncommand = ["/bin/sh", "-c", ${JSON.stringify(script)}]\ndirectory = "."\n${more}\n`;

/** What happened from fact number `from` on, in a word and the name of the program each. */
const told = (d: Daemon, from: number, ...types: readonly string[]): string[] =>
  d.facts.slice(from).flatMap((f) => (types.includes(f.type) && 'process' in f && typeof f.process === 'string' ? [`${f.type.slice('process.'.length)} ${f.process.slice(f.process.indexOf(':') + 1)}`] : []));

onBoth('programs start when what they depend on is ready or completed, independent ones at once; all stop in reverse [Sv#122, Sv#805, Sv#954, Sv#1336, PM2#2831, PC#145, Pb#712]', async ({ start }) => {
  const d = await start({
    // The web server comes first in the file, has the first place by priority, and waits all the same.
    config: sleeper('web', 'priority = 1\ndepends_on = ["migrate", "db:ready", "alone:started"]') + oneshot('migrate', 'sleep 0.1; echo done > migrated', 'depends_on = "db"') + service('db') + sleeper('alone'),
  });
  assert.match((await d.fact('process.waiting', (f) => f.process === 'web:web')).why, /^waits for migrate to complete and db to be ready/);
  await d.state('web', 'RUNNING');
  assert.deepEqual(told(d, 0, 'process.spawned', 'process.ready', 'process.ended').filter((word) => word !== 'spawned alone'), ['spawned db', 'ready db', 'spawned migrate', 'ended migrate', 'spawned web']);
  assert.equal((await d.view('migrate')).state, 'EXITED');
  const from = d.facts.length;
  assert.equal((await d.ctl('stop', 'all')).code, 0);
  await caughtUp(d);
  const stops = told(d, from, 'process.stopping', 'process.exited');
  assert.deepEqual([stops.indexOf('exited web') < stops.indexOf('stopping db'), stops.indexOf('exited web') < stops.indexOf('stopping alone')], [true, true], stops.join(', '));
  assert.equal((await d.ctl('start', 'web')).code, 0);
  const before = d.facts.length;
  await d.stop();
  const ends = told(d, before, 'process.stopping', 'process.exited');
  assert.ok(ends.indexOf('exited web') < ends.indexOf('stopping db'), `at the end of the daemon: ${ends.join(', ')}`);
});

onBoth('a dependent keeps waiting while its dependency is restarted, counts no failure, and says for whom it waits [PC#189]', async ({ start }) => {
  const d = await start({ config: service('db', 'restart_delay = "200ms"') + sleeper('web', 'depends_on = ["db"]\nstartretries = 0') });
  await d.state('web', 'RUNNING');
  writeFileSync(join(d.dir, 'broken'), '');
  process.kill((await d.view('db')).pid ?? 0, 'SIGKILL');
  await d.fact('process.backoff', (f) => f.process === 'db:db' && f.tries >= 2);
  assert.equal((await d.view('web')).state, 'RUNNING', 'who runs is left alone');
  process.kill((await d.view('web')).pid ?? 0, 'SIGKILL');
  // startretries = 0 would be FATAL at the first failed start.
  const waiting = await d.fact('process.waiting', (f) => f.process === 'web:web' && f.incarnation === 1);
  assert.deepEqual(waiting.on, ['db:ready']);
  await d.fact('process.backoff', (f) => f.process === 'db:db' && f.tries >= 4);
  const view = await d.view('web');
  assert.deepEqual([view.state, view.waitsFor, view.tries], ['BACKOFF', ['db:ready'], 0]);
  assert.match((await d.ctl('status', 'web')).stdout, /^web +BACKOFF +waits for db to be ready/);
  assert.match((await d.ctl('explain', 'web')).stdout, /web is not started yet: it waits for db to be ready\.\n[\s\S]*db, which it needs, is (BACKOFF|STARTING|RUNNING)/);
  assert.match((await d.ctl('explain', 'db')).stdout, /web waits for it\./);
  assert.match((await d.ctl('tree')).stdout, /^db +\w+( +not ready)?\nweb +BACKOFF +waits for db:ready\n$/);
  rmSync(join(d.dir, 'broken'));
  await d.fact('process.running', (f) => f.process === 'web:web' && f.incarnation === 2);
});

onBoth('a dependency that gives up is told to those that wait: they wait on, and nobody who asks hangs', async ({ start }) => {
  const d = await start({ config: service('db', 'startretries = 0') + sleeper('api', 'depends_on = ["db"]') + sleeper('web', 'depends_on = ["api"]'), files: { broken: '' } });
  await d.fact('process.fatal', (f) => f.process === 'db:db');
  await d.fact('process.waiting', (f) => f.process === 'api:api' && f.why === 'waits for db to be ready (db is FATAL)');
  const waited = await d.ctl('wait', 'web', '--for', 'ready', '--timeout', '60s');
  assert.deepEqual([waited.code, /waits for api to be ready.*that one does not come by itself/.test(waited.stdout + waited.stderr)], [1, true], waited.stdout + waited.stderr);
  const started = await d.ctl('start', 'web');
  assert.deepEqual([started.code, /ERROR \(it waits for api/.test(started.stdout)], [1, true], started.stdout);
  assert.equal((await d.view('web')).state, 'BACKOFF');
  rmSync(join(d.dir, 'broken'));
  assert.deepEqual((await d.ctl('start', 'web')).stdout, 'web: started\n', 'who is started by hand brings up all that it needs');
  assert.deepEqual([(await d.view('db')).ready, (await d.view('api')).state], [true, 'RUNNING']);
});

onBoth('restart_with gives a dependent a new life with each of its dependency, after it is ready', async ({ start }) => {
  const d = await start({ config: service('db') + sleeper('web', 'depends_on = ["db"]\nrestart_with = true') + sleeper('other', 'depends_on = ["db"]') });
  await Promise.all([d.state('web', 'RUNNING'), d.state('other', 'RUNNING')]);
  await caughtUp(d);
  const from = d.facts.length;
  assert.equal((await d.ctl('restart', 'db')).code, 0);
  await d.fact('process.running', (f) => f.process === 'web:web' && f.incarnation === 2);
  const seen = told(d, from, 'process.stopping', 'process.spawned', 'process.ready');
  assert.ok(seen.indexOf('stopping web') > seen.indexOf('stopping db') && seen.indexOf('spawned web') > seen.indexOf('ready db'), seen.join(', '));
  assert.equal((await d.view('other')).incarnation, 1);
});

onBoth('a oneshot is started until it completes: its end is the answer, a bad one an error, and it is not started again by itself', async ({ start }) => {
  const d = await start({ config: oneshot('good', 'sleep 0.1', 'autostart = false') + oneshot('bad', 'sleep 0.1; exit 4', 'autostart = false') + sleeper('after', 'depends_on = ["bad"]\nautostart = false') });
  assert.deepEqual((await d.ctl('start', 'good')).stdout, 'good: started\n');
  assert.deepEqual([(await d.view('good')).state, (await d.view('good')).exitCode], ['EXITED', 0]);
  assert.match((await d.ctl('explain', 'good')).stdout, /good has completed/);
  const bad = await d.ctl('start', 'bad');
  assert.deepEqual([bad.code, bad.stdout], [7, 'bad: ERROR (abnormal termination)\n']);
  const after = await d.ctl('start', 'after');
  assert.deepEqual([after.code, /waits for bad to complete \(bad ended with a failure\)/.test(after.stdout)], [1, true], after.stdout);
  assert.equal((await d.view('bad')).incarnation, 2, 'what it needs was tried again for it');
  assert.equal((await d.ctl('start', 'good')).code, 0, 'a oneshot may be started again');
});

onBoth('what is disabled is not started for another, and that is said', async ({ start }) => {
  const d = await start({ config: sleeper('db') + sleeper('web', 'depends_on = ["db"]\nautostart = false') });
  await d.ctl('disable', 'db');
  const answer = await d.ctl('start', 'web');
  assert.equal(answer.code, 7);
  assert.match(answer.stdout + answer.stderr, /web: ERROR \(disabled\)[\s\S]*it needs db, which is disabled; run `reevectl enable db` first/);
  assert.equal((await d.view('web')).state, 'STOPPED');
});

onBoth('apply restarts what changed in order: dependents end first, and start when what they need is ready again', async ({ start }) => {
  const config = (n: number): string => `${service('db', `environment = { N = "${n}" }`)}${sleeper('web', `depends_on = ["db"]\nenvironment = { N = "${n}" }`)}${sleeper('same', 'depends_on = ["db"]')}`;
  const d = await start({ config: config(1) });
  await Promise.all([d.state('web', 'RUNNING'), d.state('same', 'RUNNING')]);
  writeFileSync(d.configFile, `[api]\nlisten = ["unix:${d.socket}"]\n${config(2)}`);
  await caughtUp(d);
  const from = d.facts.length;
  const applied = await d.ctl('apply', '--yes');
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  await caughtUp(d);
  assert.deepEqual(told(d, from, 'process.stopping', 'process.exited', 'process.spawned', 'process.ready'), ['stopping web', 'exited web', 'stopping db', 'exited db', 'spawned db', 'ready db', 'spawned web']);
  assert.equal((await d.view('same')).incarnation, 1);
});

onBoth('apply takes a changed depends_on live, and refuses a file whose programs would wait for each other', async ({ start }) => {
  const d = await start({ config: service('db', 'startretries = 0') + sleeper('web', 'depends_on = ["db"]'), files: { broken: '' } });
  await d.fact('process.fatal');
  const api = `[api]\nlisten = ["unix:${d.socket}"]\n`;
  writeFileSync(d.configFile, `${api}${service('db', 'startretries = 0\ndepends_on = ["web"]')}${sleeper('web', 'depends_on = ["db"]')}`);
  const refused = await d.ctl('apply', '--yes');
  assert.equal(refused.code, 2);
  assert.match(refused.stdout + refused.stderr, /reeve\.toml:\d+.*they would wait for each other for ever: (db -> web -> db|web -> db -> web)/);
  writeFileSync(d.configFile, `${api}${service('db', 'startretries = 0')}${sleeper('web')}`);
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  assert.deepEqual([(await d.state('web', 'RUNNING')).dependsOn, (await d.view('web')).incarnation], [[], 1]);
});

onBoth('depends_on works in an INI file too, for supervisord\'s own programs [Sv#122]', async ({ start }) => {
  const d = await start({
    config: '[supervisord]\n[unix_http_server]\nfile=%(here)s/s.sock\n[program:web]\ncommand=sleep 300\nstartsecs=0\npriority=1\ndepends_on=migrate:completed, db\n'
      + '[program:migrate]\ncommand=sh -c "sleep 0.1"\ntype=oneshot\n[program:db]\ncommand=sh -c "sleep 0.2; echo ready; exec sleep 300"\nready=log ready\n',
    socket: 's.sock',
  });
  await d.state('web', 'RUNNING');
  const seen = told(d, 0, 'process.spawned', 'process.ready', 'process.ended');
  assert.ok(seen.indexOf('spawned web') > seen.indexOf('ready db') && seen.indexOf('spawned web') > seen.indexOf('ended migrate'), seen.join(', '));
});
