// docs/reports.md, word for word: its programs under a real daemon; and what silence leads to.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { readConfig } from '../../config/read.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import type { ProcessExplanation } from '../../daemon/contract/explanations.ts';
import type { RunDetails } from '../../daemon/contract/jobs.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { onBoth } from '../support/both-layers.ts';
import { processNamed, readToml } from '../support/config-files.ts';
import { startDaemon, tempDir } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { REEVECTL } from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/reports.md'), 'utf8');

/** The files of the page: blocks whose first line names one. */
function files(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, text] of PAGE.matchAll(/^```\w+\n(?:#|\/\/) file: (\S+)\n([\s\S]*?)^```/gm)) if (name !== undefined && text !== undefined) found[name] = text;
  return found;
}

/** A directory in which `reevectl` is a command and `reeve` an installed package. */
function installed(t: TestContext): { readonly dir: string; readonly env: Record<string, string> } {
  const dir = tempDir(t);
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'reevectl'), `#!/bin/sh\nexec ${process.execPath} ${REEVECTL} "$@"\n`);
  chmodSync(join(bin, 'reevectl'), 0o755);
  const modules = join(dir, 'node_modules/reeve');
  mkdirSync(modules, { recursive: true });
  // As package.json says, but the source in place of the bundle.
  writeFileSync(join(modules, 'package.json'), JSON.stringify({ name: 'reeve', type: 'module', exports: { './supervised': './supervised.ts' } }));
  symlinkSync(join(ROOT, 'supervised/supervised.ts'), join(modules, 'supervised.ts'));
  return { dir, env: { PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, NODE_NO_WARNINGS: '1' } };
}

const until = (d: Daemon, name: string, is: (view: ProcessView) => boolean): Promise<ProcessView> =>
  waitFor(`what ${name} reports`, async () => {
    const view = await d.view(name);
    return is(view) && view;
  });

test('the page: systemd-notify, Python, curl, reevectl in a script and the module each report as it says [C1] [C5] [C11] [C12]', async (t) => {
  const { dir, env } = installed(t);
  const { 'reeve.toml': config = '', ...scripts } = files();
  assert.deepEqual(Object.keys(scripts).toSorted(), ['curl.sh', 'notify.sh', 'shell.sh', 'worker.mjs', 'worker.py']);
  const d = await startDaemon(t, { dir, config, files: scripts, env });

  const notify = await until(d, 'notify', (v) => v.progress !== null);
  assert.deepEqual([notify.ready, notify.statusText, notify.heartbeat?.stuck], [true, 'serving', false]);
  assert.deepEqual([notify.progress?.current, notify.progress?.total, notify.progress?.percent, notify.progress?.phase], [3, 10, 30, 'load']);
  assert.ok((notify.heartbeat?.count ?? 0) >= 1);

  const python = await until(d, 'python', (v) => v.progress !== null);
  assert.deepEqual([python.progress?.percent, python.heartbeat?.count], [30, 1]);
  const result = await d.fact('result.reported', (f) => 'process' in f && f.process === 'python:python');
  assert.deepEqual(result.result, { imported: 7 });
  const beat = await d.fact('heartbeat.received', (f) => 'process' in f && f.process === 'python:python');
  assert.deepEqual(beat.meta, { rows: 7 });

  const [explained] = await d.get<ProcessExplanation[]>('/v1/explain?names=python');
  assert.deepEqual(explained?.heartbeats.map((row) => row.meta), [{ rows: 7 }]);
  assert.ok(explained.sentences.some((s) => /^Its work is at 3 of 10 \(30 %\) in load, it said \d+ s ago\.$/.test(s)), explained.sentences.join('\n'));

  assert.equal((await until(d, 'curl', (v) => v.health === 'degraded')).health, 'degraded');
  assert.equal((await d.fact('health.reported')).why, 'the disk is slow');
  assert.match((await d.ctl('explain', 'curl')).stdout, /It says that it is degraded: the disk is slow \(\d+ s ago\)\./);
  assert.match((await d.ctl('explain', 'notify')).stdout, /It says of itself: serving\n.*It owes a sign of life every 60 s: the last of \d came \d+ s ago\./s);

  const shell = await until(d, 'shell', (v) => v.progress !== null);
  assert.deepEqual([shell.statusText, shell.heartbeat?.count, shell.progress?.percent, shell.progress?.phase], ['reading march.csv', 1, 30, 'load']);

  const node = await until(d, 'node', (v) => v.progress?.current === 1000);
  assert.equal(node.progress?.percent, 100);
  assert.deepEqual((await d.fact('result.reported', (f) => 'process' in f && f.process === 'node:node')).result, { imported: 1000 });
  assert.ok(d.facts.filter((f) => f.type === 'progress.reported').length < 20, 'a loop of a thousand reports is a few facts');
  assert.deepEqual(d.facts.filter((f) => f.type === 'report.refused'), []);
});

test('the keys of the page have no problem', (t) => {
  const file = join(tempDir(t), 'reeve.toml');
  const [, text = ''] = /## Silence\n\n```toml\n([\s\S]*?)^```/m.exec(PAGE) ?? [];
  writeFileSync(file, text);
  const { config, problems } = readConfig(file, nodeConfigPort());
  assert.deepEqual(problems, []);
  assert.ok(config !== null);
});

test('heartbeat = true is every 60 seconds, three missed are stuck, and nothing is owed where nothing is written [C3] [C7]', () => {
  const { config } = readToml('[programs.a]\ncommand = "x"\nheartbeat = true\n[programs.b]\ncommand = "x"\n');
  assert.deepEqual(processNamed({ config, problems: [] }, 'a').vitals, { heartbeat: { intervalMs: 60_000, misses: 3 }, progressTimeoutMs: null, onStuck: 'alert' });
  assert.equal(processNamed({ config, problems: [] }, 'b').vitals.heartbeat, null);
});

onBoth('a program that gives a sign of life and then none is stuck, ended as a failure, and started again [C6] [C7] [C9]', async ({ start, t }) => {
  const { dir, env } = installed(t);
  const d = await start({
    dir, env, files: { 'once.sh': 'reevectl heartbeat --meta \'{"n":1}\'\nexec sleep 1000\n' },
    config: '[programs.w]\ncommand = "sh once.sh"\nstartsecs = 0\nheartbeat = "300ms"\nheartbeat_misses = 10\non_stuck = "restart"\n',
  });
  const stuck = await d.fact('heartbeat.stuck');
  assert.match(stuck.why, /^no heartbeat for .* \(1\d missed, heartbeat_misses 10\)$/);
  const condemned = await d.fact('process.condemned');
  assert.equal(condemned.why, stuck.why);
  const [first] = d.facts.filter((f) => f.type === 'heartbeat.missed');
  assert.ok(first?.type === 'heartbeat.missed' && first.misses === 1);
  await d.fact('process.spawned', (f) => f.incarnation === 2);
  // A new life, a new count.
  assert.equal((await d.view('w')).heartbeat?.stuck ?? false, false);
});

onBoth('on_stuck = "kill" gives it no time, and "alert" leaves it alone until it speaks again [C9] [C34] [C90]', async ({ start, t }) => {
  const { dir, env } = installed(t);
  const d = await start({
    dir, env, files: { 'deaf.sh': 'trap "" TERM\nwhile :; do sleep 0.05; done\n', 'late.sh': 'while [ ! -e go ]; do sleep 0.05; done\nwhile :; do reevectl heartbeat; done\n' },
    config: [
      '[programs.deaf]\ncommand = "sh deaf.sh"\nstartsecs = 0\nheartbeat = "100ms"\non_stuck = "kill"\nrestart = "temporary"\nstop = ["TERM 60s", "KILL"]',
      '[programs.late]\ncommand = "sh late.sh"\nstartsecs = 0\nheartbeat = "2s"\nheartbeat_misses = 1\n',
    ].join('\n'),
  });
  const ended = await d.fact('process.exited', (f) => f.process === 'deaf:deaf');
  assert.equal(ended.signal, 'KILL');
  const stuck = await d.fact('heartbeat.stuck', (f) => 'process' in f && f.process === 'late:late');
  assert.equal(stuck.action, 'alert');
  assert.equal((await d.view('late')).health, 'stuck');
  writeFileSync(join(dir, 'go'), '');
  await d.fact('heartbeat.recovered', (f) => 'process' in f && f.process === 'late:late');
  const late = await until(d, 'late', (v) => v.health !== 'stuck');
  assert.deepEqual([late.state, late.incarnation], ['RUNNING', 1]);
});

onBoth('progress that stands still is stuck, and the last words of a program are known before its end', async ({ start, t }) => {
  const { dir, env } = installed(t);
  const d = await start({
    dir, env, files: { 'stands.sh': 'reevectl progress 3/10\nexec sleep 1000\n', 'ends.sh': 'reevectl result \'{"rows":7}\'\nexit 3\n' },
    config: [
      '[programs.stands]\ncommand = "sh stands.sh"\nstartsecs = 0\nprogress_timeout = "200ms"\n',
      '[programs.ends]\ncommand = "sh ends.sh"\nstartsecs = 0\nrestart = "temporary"\n',
    ].join('\n'),
  });
  const stuck = await d.fact('heartbeat.stuck');
  assert.match(stuck.why, /^its progress has not moved from 3 of 10 for /);
  const exited = await d.fact('process.exited', (f) => f.process === 'ends:ends');
  const result = await d.fact('result.reported', (f) => 'process' in f && f.process === 'ends:ends');
  assert.ok(result.seq < exited.seq);
});

onBoth('the environment of a child is its own: nothing of a reeve above, and each life has its id and its token', async ({ start, layer }) => {
  const d = await start({
    env: { REEVE_SOCKET: '/outer/s', REEVE_TOKEN: 'outer', SUPERVISION_ID: 'outer', NOTIFY_SOCKET: '/outer/n', WATCHDOG_USEC: '1' },
    config: '[programs.w]\ncommand = "sh -c \'env; sleep 1000\'"\nstartsecs = 0\n[programs.n]\ncommand = "sh -c \'env; sleep 1000\'"\nstartsecs = 0\nheartbeat = "60s"\n',
  });
  const { supervisionId } = await d.state('w', 'RUNNING');
  const env = await waitFor('its environment', async () => {
    const { stdout } = await d.ctl('tail', '-20000', 'w');
    return stdout.includes('SUPERVISION_ID') && stdout;
  });
  assert.match(env, new RegExp(`^SUPERVISION_ID=${supervisionId ?? ''}$`, 'm'));
  assert.match(env, /^REEVE_SOCKET=\/.*\/s$/m);
  assert.match(env, /^REEVE_TOKEN=[0-9a-f-]{36}$/m);
  assert.doesNotMatch(env, /outer|NOTIFY_SOCKET|WATCHDOG/);
  const with_ = await waitFor('the environment of the other', async () => {
    const { stdout } = await d.ctl('tail', '-20000', 'n');
    return stdout.includes('SUPERVISION_ID') && stdout;
  });
  assert.equal(/^NOTIFY_SOCKET=\//m.test(with_), layer === 'native');
  assert.equal(/^WATCHDOG_USEC=60000000$/m.test(with_), layer === 'native');
});

/** Python that sends datagrams: `send(b"...")`. */
const SENDS = 'import os, socket, time\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.connect(os.environ["NOTIFY_SOCKET"])\nsend = s.send\n';

onBoth('sd_notify to its end: more time to start, ready, reloading and ready again, a breaker, and MAINPID refused', async ({ start }) => {
  const d = await start({
    files: {
      'w.py': `${SENDS}send(b"EXTEND_TIMEOUT_USEC=60000000")\ntime.sleep(3.5)\nsend(b"READY=1")\n${
        'while not os.path.exists("reload"): time.sleep(0.02)\nsend(b"RELOADING=1")\nwhile not os.path.exists("done"): time.sleep(0.02)\n'}send(b"READY=1\\nX_REEVE_BREAKER=smtp failure\\nMAINPID=1")\ntime.sleep(1000)\n`,
    },
    config: '[programs.w]\ncommand = "python3 w.py"\nstartsecs = 0\nready = { notify = true }\nstart_timeout = "3s"\n[breakers.smtp]\nfailures = 1\n',
  });
  await d.fact('process.ready');
  writeFileSync(join(d.dir, 'reload'), '');
  assert.equal((await d.fact('process.unready')).why, 'it is reloading');
  assert.equal((await d.view('w')).ready, false);
  writeFileSync(join(d.dir, 'done'), '');
  await waitFor('ready again', async () => (await d.view('w')).ready);
  assert.equal((await d.fact('breaker.opened')).breaker, 'smtp');
  assert.match((await d.fact('report.refused')).why, /^MAINPID is not taken/);
  assert.equal((await d.view('w')).incarnation, 1);
}, { only: { layer: 'native', because: 'portable has no NOTIFY_SOCKET' } });

onBoth('a run of a job reports as a program does, and its record keeps it [C11] [C12] [C14]', async ({ start, t }) => {
  const { dir, env } = installed(t);
  const d = await start({
    dir, env, files: { 'job.sh': 'reevectl heartbeat --meta \'{"rows":1}\'\nreevectl progress 3/10 --phase load\nreevectl say working\nreevectl result \'{"rows":10}\'\n' },
    config: '[jobs.import]\ncommand = "sh job.sh"\n',
  });
  assert.equal((await d.ctl('job', 'run', 'import', '--wait')).code, 0);
  const { run } = await d.fact('run.succeeded');
  const shown = await d.get<RunDetails>(`/v1/runs/${run.id}`);
  assert.deepEqual([shown.result, shown.status, shown.progress?.percent, shown.progress?.phase, shown.heartbeat?.count], [{ rows: 10 }, 'working', 30, 'load', 1]);
  assert.deepEqual(shown.heartbeats.map((row) => row.meta), [{ rows: 1 }]);
});

onBoth('a daemon that stood still for longer than the heartbeats does not blame who gave them [C90]', async ({ start }) => {
  const d = await start({
    files: { 'w.py': `${SENDS}while True:\n  send(b"WATCHDOG=1")\n  time.sleep(0.05)\n` },
    config: ['[programs.w]', '[jobs.j]'].map((section) => `${section}\ncommand = "python3 w.py"\nheartbeat = "1s"\nheartbeat_misses = 2\non_stuck = "restart"\n`).join('') + 'on_shutdown = "kill"\n',
  });
  await d.ctl('job', 'run', 'j');
  const beats = (of: 'process' | 'run', after: number): boolean => d.facts.some((f) => f.type === 'heartbeat.received' && of in f && f.seq > after);
  await waitFor('both to live', () => beats('process', 0) && beats('run', 0));
  d.kill('SIGSTOP');
  // The time is the subject: more than all that may be missed.
  await new Promise((resolve) => setTimeout(resolve, 3500));
  const last = d.facts.at(-1)?.seq ?? 0;
  d.kill('SIGCONT');
  await waitFor('both to be heard again', () => beats('process', last) && beats('run', last));
  assert.ok(d.facts.some((f) => f.type === 'heartbeat.missed'), 'what was missed is told');
  assert.deepEqual(d.facts.filter((f) => f.type === 'heartbeat.stuck' || f.type === 'run.stopping' || f.type === 'process.condemned'), []);
}, { only: { layer: 'native', because: 'portable has no NOTIFY_SOCKET' } });
