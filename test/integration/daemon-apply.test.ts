// A changed file applied to a real daemon: what changed is touched, and nothing else.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../daemon/contract/answers.ts';
import type { Plan } from '../../daemon/contract/plan.ts';
import { ask, onBoth } from '../support/both-layers.ts';
import type { CtlResult, Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const HEAD = '[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:reeve.sock"]\n\n';
const program = (name: string, command = 'sleep 300', more = ''): string => `[programs.${name}]\ncommand = "${command}"\nstartsecs = 0.1\n${more}\n`;
/** On a busy machine the start of `false` alone takes more than a tenth of a second, and it would have been up. */
const failing = (text: string): string => text.replace('startsecs = 0.1', 'startsecs = 10');
const rewrite = (d: Daemon, content: string): void => writeFileSync(d.configFile, HEAD + content);
const pids = async (d: Daemon, ...names: readonly string[]): Promise<(number | null)[]> => Promise.all(names.map(async (name) => (await d.state(name, 'RUNNING')).pid));
const apply = (d: Daemon, ...args: readonly string[]): Promise<CtlResult> => d.ctl('apply', '--yes', ...args);
const post = (d: Daemon, body: object): ReturnType<typeof ask> => ask(d.socket, '/v1/apply', { method: 'POST', body });

onBoth('a new log size, limit, delay or number of copies restarts nothing [Sv#504, D45]', async ({ start }) => {
  const d = await start({ config: HEAD + program('web', 'sleep 300', 'numprocs = 2') + program('api') });
  const before = await pids(d, 'web:web-0', 'web:web-1', 'api');
  rewrite(d, program('web', 'sleep 300', 'numprocs = 3\nstdout_logfile_maxbytes = "1MB"\nmax_restarts = 3\nrestart_delay = "2s"\nstopwaitsecs = 3\nnice = 1') + program('api'));
  const shown = await d.ctl('apply', '--dry-run');
  assert.equal(shown.code, 3);
  for (const line of [/^live {5}web:web-0$/m, /stdout_logfile_maxbytes: "50MB" -> "1MB"/, /nice: not set -> 1/, /^add {6}web:web-2$/m, /Plan [0-9a-f]{16}: 2 to change live, 1 to add, 1 stays as it is\./]) assert.match(shown.stdout, line);
  const done = await apply(d);
  assert.deepEqual([done.code, /web:web-0: changed while it runs\nweb:web-1: changed while it runs\nweb:web-2: added/.test(done.stdout)], [0, true], done.stdout + done.stderr);
  assert.deepEqual(await pids(d, 'web:web-0', 'web:web-1', 'api'), before);
  await d.state('web:web-2', 'RUNNING');
  rewrite(d, program('web', 'sleep 300', 'numprocs = 1\nprocess_name = "web-{num}"') + program('api'));
  assert.equal((await apply(d)).code, 0);
  assert.deepEqual(await pids(d, 'web:web-0', 'api'), [before[0], before[2]]);
  await assert.rejects(d.view('web:web-1'));
  assert.deepEqual([(await apply(d)).stdout, (await d.ctl('apply', '--dry-run')).code], [`Nothing to do: what runs is what ${d.configFile} says.\n`, 0]);
});

onBoth('a changed command restarts that program alone, not its group; programs come and go [Sv#1154, E28]', async ({ start }) => {
  const group = '[groups.g]\nmembers = ["a", "b"]\n';
  const d = await start({ config: HEAD + program('a') + program('b') + group + program('old') });
  const [a, b, old] = await pids(d, 'g:a', 'g:b', 'old');
  rewrite(d, program('a') + program('b', 'sleep 301') + group + program('new'));
  const done = await apply(d);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  const [a2, b2] = await pids(d, 'g:a', 'g:b', 'new');
  assert.equal(a2, a);
  assert.notEqual(b2, b);
  await assert.rejects(d.view('old'));
  assert.ok(!existsSync(`/proc/${old}`));
});

onBoth('a bad file changes nothing, and says why', async ({ start }) => {
  const d = await start({ config: HEAD + program('web') });
  const before = await pids(d, 'web');
  rewrite(d, '[programs.web]\ncomand = "sleep 300"\n');
  const refused = await post(d, {});
  assert.deepEqual([refused.status, /comand/.test(refused.text)], [422, true]);
  assert.equal((await ask(d.socket, '/v1/plan')).status, 422);
  await d.fact('daemon.reload_refused');
  assert.deepEqual(await pids(d, 'web'), before);
});

onBoth('a changed program that does not come up is put back to what it was, and the apply fails', async ({ start }) => {
  const d = await start({ config: HEAD + program('web') + program('api') });
  await pids(d, 'web', 'api');
  for (const broken of ['false', '/not/there']) {
    rewrite(d, failing(program('web', broken)) + program('api', `sleep ${String(301 + broken.length)}`));
    const failed = await apply(d);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^web: ERROR \(did not come up with the new file \(.*\); put back to what it was, and running\)$/m);
    assert.match(failed.stdout, /^api: restarted$/m);
    await pids(d, 'web', 'api');
    assert.match((await d.ctl('apply', '--dry-run')).stdout, /command: "sleep 300" -> /, 'what was not taken is still to be done');
  }
});

onBoth('--rolling goes by RUNNING, so many at once, and stops at the first that does not come up [Sv#723, D45]', async ({ start }) => {
  const pool = (command: string): string => program('pool', command, 'numprocs = 4');
  const d = await start({ config: HEAD + pool('sleep 300') });
  const names = [0, 1, 2, 3].map((n) => `pool:pool-${n}`);
  await pids(d, ...names);
  const order = (from: number): string[] => d.facts.slice(from).flatMap((f) => (f.type === 'process.stopping' || f.type === 'process.running' ? [`${f.type.slice(8)} ${f.process.slice(-1)}`] : []));
  let from = d.facts.length;
  rewrite(d, pool('sleep 301'));
  const rolled = await apply(d, '--rolling');
  assert.equal(rolled.code, 0, rolled.stdout);
  await waitFor('the facts', () => order(from).length === 8);
  assert.deepEqual(order(from), [0, 1, 2, 3].flatMap((n) => [`stopping ${n}`, `running ${n}`]));
  from = d.facts.length;
  rewrite(d, pool('sleep 302'));
  assert.equal((await apply(d, '--max-unavailable', '2')).code, 0);
  await waitFor('the facts', () => order(from).length === 8);
  let down = 0;
  for (const step of order(from)) {
    down += step.startsWith('stopping') ? 1 : -1;
    assert.ok(down <= 2, `${order(from).join(', ')}: more than two at once`);
  }
  const before = await pids(d, ...names);
  rewrite(d, failing(pool('false')));
  const failed = await apply(d, '--rolling');
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /pool:pool-0: ERROR \(did not come up[^\n]*\npool:pool-1: ERROR \(not touched, because pool:pool-0 did not come up\)/);
  assert.deepEqual((await pids(d, ...names)).slice(1), before.slice(1));
});

onBoth('--rolling goes by readiness where there is one, and what does not become ready is put back [Sv#723, D45]', async ({ start }) => {
  const pool = (script: string): string => `[programs.pool]\ncommand = ["sh", "-c", "${script}"]\nnumprocs = 2\nstartsecs = 0\nready = { log = "^up" }\nstart_timeout = "10s"\n`;
  const d = await start({ config: HEAD + pool('echo up; exec sleep 300') });
  await waitFor('both to be ready', async () => (await d.view('pool:pool-0')).ready && (await d.view('pool:pool-1')).ready);
  const from = d.facts.length;
  rewrite(d, pool('sleep 0.3; echo up; exec sleep 301'));
  const rolled = await apply(d, '--rolling');
  assert.equal(rolled.code, 0, rolled.stdout);
  const said = (): string[] => d.facts.slice(from).flatMap((f) => (f.type === 'process.stopping' || f.type === 'process.ready' ? [`${f.type.slice(8)} ${f.process.slice(-1)}`] : []));
  await waitFor('the facts', () => said().length === 4);
  assert.deepEqual(said(), ['stopping 0', 'ready 0', 'stopping 1', 'ready 1']);
  const [, untouched] = await pids(d, 'pool:pool-0', 'pool:pool-1');
  rewrite(d, pool('exec sleep 302').replace('"10s"', '"300ms"'));
  const failed = await apply(d, '--rolling');
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /pool:pool-0: ERROR \(did not come up with the new file \(not ready within [^\n]*put back to what it was[^\n]*\npool:pool-1: ERROR \(not touched/);
  assert.equal((await pids(d, 'pool:pool-0', 'pool:pool-1'))[1], untouched);
});

onBoth('what was stopped by hand or disabled stays down, and takes what changed', async ({ start }) => {
  const d = await start({ config: HEAD + program('off') + program('never') + program('web') });
  await pids(d, 'off', 'never', 'web');
  await d.ctl('stop', 'off');
  await d.ctl('disable', 'never');
  rewrite(d, program('off', 'sleep 301') + program('never', 'sleep 301') + program('web', 'sleep 301'));
  const done = await apply(d);
  assert.match(done.stdout, /^off: changed; it stays down\nnever: changed; it stays down\nweb: restarted$/m);
  assert.deepEqual([(await d.view('off')).state, (await d.view('never')).state, (await d.view('never')).disabled], ['STOPPED', 'STOPPED', true]);
  assert.equal((await d.ctl('start', 'off')).code, 0);
  await waitFor('its new command', async () => /sleep 301/.test((await ask(d.socket, '/v1/config')).text));
});

onBoth('only the plan that was shown is applied: a file that changed since is refused with 409', async ({ start }) => {
  const d = await start({ config: HEAD + program('web') });
  const before = await pids(d, 'web');
  rewrite(d, program('web', 'sleep 301'));
  const plan = await d.get<Plan>('/v1/plan');
  assert.deepEqual([plan.changes, plan.processes.map((p) => p.action)], [true, ['restart']]);
  const dry = (await post(d, { dry_run: true })).json<Operation>();
  assert.deepEqual([dry.plan?.id, dry.endedAt !== null], [plan.id, true]);
  rewrite(d, program('web', 'sleep 302'));
  const stale = await post(d, { plan: plan.id });
  assert.deepEqual([stale.status, /STALE_PLAN/.test(stale.text)], [409, true]);
  assert.deepEqual(await pids(d, 'web'), before);
  const fresh = await d.get<Plan>('/v1/plan');
  assert.equal((await post(d, { plan: fresh.id, wait: '20s' })).status, 200);
  assert.notDeepEqual(await pids(d, 'web'), before);
  const asked = await d.ctl('apply');
  assert.equal(asked.code, 0, 'with nothing to do nobody is asked');
  rewrite(d, program('web', 'sleep 303'));
  const nobody = await d.ctl('apply');
  assert.deepEqual([nobody.code, /--yes/.test(nobody.stderr)], [2, true]);
});

onBoth('one apply at a time; a HUP meanwhile is served after it; an end that is asked for wins [Pb#206]', async ({ start }) => {
  const slow = (n: number): string => `[programs.slow]\ncommand = ["sh", "-c", "trap 'until [ -e go ]; do sleep 0.05; done; exit 0' TERM; touch up; while :; do sleep 0.05; done # ${n}"]\nstartsecs = 0\nstopwaitsecs = 60\n`;
  const d = await start({ config: HEAD + slow(1) + program('web') });
  await waitFor('its traps', () => existsSync(join(d.dir, 'up')));
  rewrite(d, slow(2) + program('web'));
  const first = (await post(d, {})).json<Operation>();
  await d.state('slow', 'STOPPING');
  const second = await post(d, {});
  assert.deepEqual([second.status, /apply is under way as operation/.test(second.text)], [429, true]);
  rewrite(d, slow(2) + program('web', 'sleep 301'));
  d.kill('SIGHUP');
  writeFileSync(join(d.dir, 'go'), '');
  await waitFor('the end of the first', async () => (await d.get<Operation>(`/v1/operations/${first.id}`)).endedAt !== null);
  await d.fact('daemon.reloaded', (f) => f.changed.includes('web:web'));
  await d.state('web', 'RUNNING');
  await waitFor('the second life of web', async () => (await d.view('web')).incarnation === 2);
  rewrite(d, slow(3) + program('web', 'sleep 302'));
  assert.ok([200, 202].includes((await post(d, {})).status));
  d.kill('SIGTERM');
  assert.deepEqual(await d.ended(), { code: 0, signal: null });
});

onBoth('a program that waits in its back-off is removed at once [Sv#746]', async ({ start }) => {
  const d = await start({ config: `${HEAD}${program('web')}[programs.crash]\ncommand = "false"\nrestart_delay = "300s"\n` });
  await d.state('crash', 'BACKOFF');
  rewrite(d, program('web'));
  assert.equal((await apply(d)).code, 0);
  await assert.rejects(d.view('crash'));
});

onBoth('the door moves with the file, and settings that cannot be taken now are said', async ({ start }) => {
  const d = await start({ config: HEAD + program('web') });
  const before = await pids(d, 'web');
  const head = HEAD.replace('[daemon]', '[daemon]\numask = "027"\nloglevel = "debug"\nlogfile = "own.log"\nlogfile_maxbytes = "1MB"\nshutdown_grace = "9s"').replace('"unix:reeve.sock"', '"unix:reeve.sock", "unix:second.sock"');
  writeFileSync(d.configFile, head + program('web'));
  const done = await apply(d);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /^Not applied: daemon\.umask: "022" -> "027"; needs a restart of the daemon\.$/m);
  assert.doesNotMatch(done.stdout, /Not applied: daemon\.log/);
  // The daemon's own log moves while it runs.
  await waitFor('the log at its new place', () => existsSync(join(d.dir, 'own.log')) && /"type":"operation\.completed"/.test(readFileSync(join(d.dir, 'own.log'), 'utf8')));
  await waitFor('the second door', async () => (await ask(join(d.dir, 'second.sock'), '/v1/status').catch(() => null))?.status === 200, 20_000);
  await waitFor('the first door', async () => (await ask(d.socket, '/v1/status').catch(() => null))?.status === 200, 20_000);
  assert.deepEqual(await pids(d, 'web'), before);
  assert.equal((await d.ctl('apply', '--dry-run')).code, 0);
});
