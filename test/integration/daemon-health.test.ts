// Health with real programs and real servers that are made to fail: each kind of probe, what comes of an unhealthy life, what clients
// are told, and that nothing of a probe is left.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import type { Fact } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import type { HealthRow } from '../../daemon/contract/health.ts';
import { type Daemon, tempDir } from '../support/daemon.ts';
import { ask, caughtUp, onBoth } from '../support/both-layers.ts';
import { waitFor } from '../support/wait-for.ts';

interface After { after(what: () => unknown): void }

async function listening(t: After, server: Server, where: number | string = 0): Promise<number> {
  await new Promise<void>((resolve) => (typeof where === 'number' ? server.listen(where, '127.0.0.1', resolve) : server.listen(where, resolve)));
  t.after(() => server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

const http = (t: After, answer: (request: IncomingMessage, response: ServerResponse) => void, where?: number | string): Promise<number> => listening(t, createHttp({ keepAlive: false }, answer), where);

/** A probe that is asked often and decides soon. */
const soon = 'interval = "60ms", failures = 2, successes = 1';
const program = (name: string, probe: string): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\non_unhealthy = "none"\nhealth = { ${probe}, ${soon} }\n`;
/** Makes certificates for the test. */
const OPENSSL = spawnSync('openssl', ['version']).status === 0 ? null : 'openssl is not installed: no certificate can be made for the test';
const shell = (script: string): string => `command = ["/bin/sh", "-c", ${JSON.stringify(script)}]`;

async function health(d: Daemon, name: string, value: string): Promise<HealthRow> {
  return waitFor(`${name} to be ${value}`, async () => {
    const [row] = await d.get<HealthRow[]>(`/v1/health?names=${name}&history=true`);
    return row?.health === value && row;
  });
}

const of = <N extends FactName>(d: Daemon, type: N, from = 0): Extract<Fact, { type: N }>[] => d.facts.slice(from).filter((f): f is Extract<Fact, { type: N }> => f.type === type);

onBoth('PM2#2197, PC#403: a program whose URL answers badly is unhealthy after `failures` answers and restarted, never stopped for good, and its new life begins anew [C39][E33][A45]', async ({ t, start }) => {
  let status = 200;
  const port = await http(t, (_request, response) => void response.writeHead(status).end('all good'));
  const d = await start({ config: `[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\nrestart_delay = "100ms"\nhealth = { http = "http://127.0.0.1:${port}/health", ${soon} }\n` });
  await health(d, 'web', 'healthy');
  const first = await d.view('web');
  status = 500;
  const failed = await d.fact('health.failed');
  assert.deepEqual([failed.action, failed.why], ['restart', `unhealthy by its probe http: http://127.0.0.1:${port}/health answers 500`]);
  const condemned = await d.fact('process.condemned');
  assert.equal(condemned.incarnation, first.incarnation);
  status = 200;
  await d.fact('health.changed', (f) => f.value === 'healthy' && f.incarnation > first.incarnation);
  await caughtUp(d);
  assert.deepEqual(of(d, 'health.changed').map((f) => [f.incarnation - first.incarnation, f.previous, f.value]), [[0, 'unknown', 'healthy'], [0, 'healthy', 'unhealthy'], [1, 'unknown', 'healthy']]);
  const row = await health(d, 'web', 'healthy');
  assert.ok((row.history ?? []).some((entry) => entry.outcome === 'failed' && entry.incarnation === first.incarnation), 'the history goes on over lives');
  assert.ok(row.hour !== null && row.hour.percent < 100 && row.hour.percent > 0);
});

onBoth('the body, headers, the method and a unix socket are looked at as the file says [C39]', async ({ t, start }) => {
  const dir = tempDir(t);
  const seen: string[] = [];
  let body = 'status: fine';
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers['x-key'] ?? ''} ${request.headers.host ?? ''}`);
    // Without a length: in chunks.
    response.write(body.slice(0, 5));
    response.end(body.slice(5));
  };
  const port = await http(t, answer);
  await http(t, answer, join(dir, 'app.sock'));
  const d = await start({
    config: program('body', `http = "http://127.0.0.1:${port}/h", body = "status: (fine|ok)", headers = { X-Key = "k", Host = "shop.test" }, method = "POST"`) + program('sock', `http = "unix:${dir}/app.sock:/over", body = "fine$"`),
  });
  for (const name of ['body', 'sock']) await health(d, name, 'healthy');
  assert.ok(seen.includes('POST /h k shop.test') && seen.some((line) => line.startsWith('GET /over  localhost')), seen.slice(0, 4).join('; '));
  body = 'status: bad';
  assert.match((await health(d, 'body', 'unhealthy')).why, /does not match status: \(fine\|ok\)/);
  body = 'status: fine';
  await health(d, 'body', 'healthy');
});

onBoth('a certificate is looked at, unless the file says that it need not be [C39]', async ({ t, start }) => {
  const dir = tempDir(t);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=app.test', '-addext', 'subjectAltName=DNS:app.test'], { cwd: dir, stdio: 'ignore' });
  const port = await listening(t, createHttps({ key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) }, (_request, response) => void response.end('ok')));
  const ca = JSON.stringify(join(dir, 'cert.pem'));
  const d = await start({
    config: program('trusted', `http = "https://127.0.0.1:${port}/", ca = ${ca}, server_name = "app.test"`) + program('other', `http = "https://127.0.0.1:${port}/", ca = ${ca}`) + program('strange', `http = "https://127.0.0.1:${port}/"`)
      + program('careless', `http = "https://127.0.0.1:${port}/", insecure = true`),
  });
  for (const name of ['trusted', 'careless']) await health(d, name, 'healthy');
  assert.match((await health(d, 'strange', 'unhealthy')).why, /SELF_SIGNED_CERT/);
  assert.match((await health(d, 'other', 'unhealthy')).why, /ALTNAME/);
}, { cannot: OPENSSL });

onBoth('connections and commands are probes too; a command may say degraded, which restarts nobody, and an answer that is late is a failure with its limit [E31][E32][C39]', async ({ t, start }) => {
  const mute = createServer((socket) => void socket.on('error', () => {}).resume());
  const silent = await listening(t, mute);
  const d = await start({
    config: `[programs.asked]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\nhealth = { exec = ["/bin/sh", "-c", "read code < code; exit $code"], degraded = 3, ${soon} }\n`
      + `[programs.closed]\ncommand = "sleep 300"\nstartsecs = 0\non_unhealthy = "none"\nhealth = { tcp = "127.0.0.1:1", ${soon} }\n`
      + `[programs.late]\ncommand = "sleep 300"\nstartsecs = 0\non_unhealthy = "alert"\nhealth = { http = "http://127.0.0.1:${silent}/", timeout = "200ms", ${soon} }\n`,
    files: { code: '0\n' },
  });
  await health(d, 'asked', 'healthy');
  writeFileSync(join(d.dir, 'code'), '3\n');
  assert.match((await health(d, 'asked', 'degraded')).why, /exit status 3/);
  writeFileSync(join(d.dir, 'code'), '0\n');
  await health(d, 'asked', 'healthy');
  assert.match((await health(d, 'closed', 'unhealthy')).why, /127\.0\.0\.1:1: connection refused/);
  assert.match((await health(d, 'late', 'unhealthy')).why, /no answer within 0\.2 s/);
  await caughtUp(d);
  assert.deepEqual(of(d, 'health.failed').map((f) => [f.process, f.action]), [['late:late', 'alert']], 'told once, and only where it is asked for');
  assert.deepEqual(of(d, 'process.condemned'), []);
});

onBoth('a life that is degraded has failed where restart_on_degraded says so [E32]', async ({ start }) => {
  const d = await start({ config: `[programs.asked]\ncommand = "sleep 300"\nstartsecs = 0\nrestart_on_degraded = true\nhealth = { exec = "false", degraded = 1, ${soon} }\n` });
  assert.match((await d.fact('process.condemned')).why, /^degraded by its probe exec/);
});

onBoth('defect 23: a health failure obeys the strategy of its group: rest_for_one restarts those after it and nobody before it [E33][E48]', async ({ start }) => {
  const d = await start({
    config: `[groups.line]\nmembers = ["ingest", "check", "store"]\nstrategy = "rest_for_one"\n[programs.ingest]\ncommand = "sleep 300"\nstartsecs = 0\n`
      + `[programs.check]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\nrestart_delay = "50ms"\nhealth = { exec = "test ! -e ill", ${soon} }\n[programs.store]\ncommand = "sleep 300"\nstartsecs = 0\n`,
  });
  await health(d, 'line:check', 'healthy');
  const before = await Promise.all(['ingest', 'check', 'store'].map((name) => d.view(`line:${name}`)));
  writeFileSync(join(d.dir, 'ill'), '');
  const applied = await d.fact('group.strategy_applied');
  rmSync(join(d.dir, 'ill'));
  assert.equal(applied.failed, 'line:check');
  await d.fact('process.running', (f) => f.process === 'line:store' && f.incarnation > (before[2]?.incarnation ?? 0));
  await d.state('line:check', 'RUNNING');
  const after = await Promise.all(['ingest', 'check', 'store'].map((name) => d.view(`line:${name}`)));
  assert.deepEqual(after.map((row, n) => row.incarnation > (before[n]?.incarnation ?? 0)), [false, true, true]);
});

onBoth('defect 25: a worker that is up and writes nothing is unhealthy by output_silence, and one that neither writes nor gives a sign of life by unhealthy_if_silent [A42]', async ({ start }) => {
  const d = await start({
    config: `[programs.mute]\n${shell('echo begins; exec sleep 300')}\nstartsecs = 0\non_unhealthy = "none"\nhealth = { output_silence = "400ms" }\n`
      + `[programs.talks]\n${shell('while :; do echo tick; sleep 0.1; done')}\nstartsecs = 0\non_unhealthy = "none"\nhealth = { output_silence = "5s", interval = "50ms" }\n`
      + `[programs.works]\n${shell(`while :; do ${process.execPath} -e "
        const s = require('node:net').connect(process.env.REEVE_SOCKET); s.on('error', () => {});
        s.end('POST /v1/supervised/' + process.env.SUPERVISION_ID + '/heartbeat HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer ' + process.env.REEVE_TOKEN + '\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n');"; sleep 0.1; done`)}\nstartsecs = 0\nunhealthy_if_silent = "20s"\n`
      + `[programs.idle]\ncommand = "sleep 300"\nstartsecs = 0\nunhealthy_if_silent = "400ms"\nstop = ["KILL"]\n`,
  });
  assert.match((await health(d, 'mute', 'unhealthy')).why, /no output for 400ms/);
  assert.match((await d.fact('process.condemned', (f) => f.process === 'idle:idle')).why, /silence: neither output nor a sign of life for 400ms/);
  await d.fact('heartbeat.received', (f) => 'process' in f && f.process === 'works:works');
  await health(d, 'talks', 'healthy');
  await health(d, 'works', 'healthy');
});

onBoth('a heartbeat older than two intervals is unhealthy, also where none ever came [C34]', async ({ start }) => {
  const d = await start({ config: '[programs.p]\ncommand = "sleep 300"\nstartsecs = 0\nheartbeat = { interval = "200ms", misses = 1000 }\non_unhealthy = "alert"\nhealth = { heartbeat = true }\n' });
  const failed = await d.fact('health.failed');
  assert.match(failed.why, /its last sign of life is \d+ms old, one is due every 200ms/);
});

onBoth('several probes are one health, the worst of them; start_period forgives a slow start; who is not up is not asked; all of it is in the metrics [E35][E37][E39]', async ({ start }) => {
  const d = await start({
    config: `[programs.two]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\non_unhealthy = "none"\nhealth = [{ exec = "true", name = "good", ${soon} }, { exec = "sh -c 'test ! -e ill || { echo looking; echo \\u202Eindex is locked >&2; exit 1; }'", name = "bad", ${soon} }]\n`
      + `[programs.slow]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\nhealth = { exec = "test -e started", start_period = "1h", ${soon} }\n[programs.down]\ncommand = "sleep 300"\nautostart = false\nhealth = { exec = "false", ${soon} }\n`,
  });
  await health(d, 'two', 'healthy');
  writeFileSync(join(d.dir, 'ill'), '');
  const row = await health(d, 'two', 'unhealthy');
  assert.deepEqual([row.sources.map(({ source, value }) => `${source} ${value}`).toSorted(), row.why], [['probe bad unhealthy', 'probe good healthy'], 'probe bad: sh: exit status 1: \uFFFDindex is locked']);
  assert.ok((row.unhealthySince ?? 0) > 0 && row.checks > 2);
  await waitFor('many failures of the slow one', async () => ((await d.get<HealthRow[]>('/v1/health?names=slow'))[0]?.probes[0]?.failed ?? 0) > 6);
  assert.equal((await d.view('slow')).health, 'unknown');
  writeFileSync(join(d.dir, 'started'), '');
  await health(d, 'slow', 'healthy');
  const [down] = await d.get<HealthRow[]>('/v1/health?names=down');
  assert.deepEqual([down?.checks, down?.health], [0, 'unknown']);
  assert.equal(of(d, 'process.condemned').length, 0);
  const metrics = (await ask(d.socket, '/metrics')).text;
  assert.match(metrics, /reeve_process_health\{process="two:two",group="two",program="two"\} 3/);
  assert.match(metrics, /reeve_health_checks_total\{process="two:two",group="two",program="two",probe="bad",result="failed"\} [1-9]/);
  assert.match(metrics, /reeve_health_check_seconds_sum\{[^}]*probe="good"\} (?!0\n)\d+(?:\.\d+)?\n/);
});

onBoth('defect 17: health --unhealthy does not exit with 0 while somebody is unhealthy [C40]', async ({ start }) => {
  const d = await start({
    config: `[programs.good]\ncommand = "sleep 300"\nstartsecs = 0\nhealth = { exec = "true", ${soon} }\n[programs.bad]\ncommand = "sleep 300"\nstartsecs = 0\non_unhealthy = "none"\ndirectory = "."\nhealth = { exec = "test -e well", ${soon} }\n`,
  });
  await Promise.all([health(d, 'good', 'healthy'), health(d, 'bad', 'unhealthy')]);
  const run = async (...args: string[]): Promise<readonly [number | null, string]> => {
    const { code, stdout } = await d.ctl('health', ...args);
    return [code, stdout];
  };
  const [code, text] = await run('--unhealthy');
  assert.equal(code, 1);
  assert.match(text, /^NAME +STATE +HEALTH .*\nbad +RUNNING +unhealthy .*test: exit status 1\n\n1 process: 1 unhealthy\n$/);
  assert.equal((await run('good'))[0], 0);
  assert.equal((await run('bad'))[0], 1);
  const all = await run('--all');
  assert.deepEqual([all[0], /2 processes: 1 healthy, 1 unhealthy/.test(all[1])], [1, true]);
  assert.deepEqual([(await run())[0], (await run('nobody'))[0]], [1, 1], 'no selector, and an unknown name');
  assert.match((await run('bad', '--history'))[1], /exec {2}failed .* test: exit status 1/);
  const refused = await ask(d.socket, '/v1/health');
  assert.deepEqual([refused.status, /whose health is meant/.test(refused.text)], [400, true]);
  writeFileSync(join(d.dir, 'well'), '');
  await health(d, 'bad', 'healthy');
  assert.deepEqual(await run('--unhealthy'), [0, '']);
});

onBoth('who is wanted up and gave up makes health exit with 1, though nobody can say how it is [C40]', async ({ start }) => {
  const d = await start({ config: '[programs.gone]\ncommand = "/does/not/exist"\n' });
  await d.state('gone', 'FATAL');
  const answer = await d.ctl('health', '--unhealthy');
  assert.deepEqual([answer.code, /gone +FATAL +unknown/.test(answer.stdout), /1 to be up and not there/.test(answer.stdout)], [1, true, true]);
});

onBoth('probes are asked on demand, and that is refused where there are none [E34]', async ({ start }) => {
  const d = await start({ config: '[programs.p]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\nhealth = { exec = "test ! -e ill", interval = "1h", failures = 1, successes = 1 }\non_unhealthy = "none"\n[programs.plain]\ncommand = "sleep 300"\n' });
  await health(d, 'p', 'healthy');
  writeFileSync(join(d.dir, 'ill'), '');
  const ill = await d.ctl('probe', 'p');
  assert.deepEqual([ill.code, /exec +unhealthy/.test(ill.stdout)], [1, true]);
  rmSync(join(d.dir, 'ill'));
  assert.equal((await d.ctl('probe', 'p')).code, 0);
  const none = await d.ctl('probe', 'plain');
  assert.deepEqual([none.code, /health is not configured/.test(none.stdout + none.stderr)], [1, true]);
  assert.equal((await d.ctl('probe', 'nobody')).code, 1);
});

onBoth('what others see: wait --for healthy, /readyz where it is asked to look, explain and status -v [C32]', async ({ start }) => {
  const d = await start({
    config: `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:reeve.sock"]\nreadyz_health = true\n[programs.p]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\non_unhealthy = "none"\nhealth = { exec = "test ! -e ill", ${soon} }\n[programs.plain]\ncommand = "sleep 300"\nstartsecs = 0\n`,
    files: { ill: '' },
  });
  await health(d, 'p', 'unhealthy');
  const readyz = await ask(d.socket, '/readyz');
  assert.deepEqual([readyz.status, readyz.text], [503, 'not ready:\np:p RUNNING, unhealthy\n']);
  assert.match((await d.ctl('explain', 'p')).stdout, /Its probe exec \(test ! -e ill\) says unhealthy, \d+ failures? in a row: test: exit status 1/);
  assert.match((await d.ctl('status', '-v', 'p')).stdout, /unhealthy .*\[unhealthy\] test: exit status 1/);
  assert.equal((await d.ctl('wait', 'p', '--for', 'healthy', '--timeout', '200ms')).code, 1);
  const waiting = d.ctl('wait', 'p', 'plain', '--for', 'healthy', '--timeout', '30s');
  rmSync(join(d.dir, 'ill'));
  assert.equal((await waiting).code, 0, 'plain has no probes: it is healthy when it is ready');
  assert.equal((await ask(d.socket, '/readyz')).status, 200);
});

onBoth('restarts one by one wait for health where there is health, and stop at the first that is unhealthy', async ({ start }) => {
  const d = await start({
    config: `[programs.pool]\ncommand = "sleep 300"\nnumprocs = 3\nstartsecs = 0\ndirectory = "."\non_unhealthy = "none"\nhealth = { exec = ["/bin/sh", "-c", "! test -e ill"], ${soon} }\n`,
  });
  for (const n of [0, 1, 2]) await health(d, `pool:pool-${n}`, 'healthy');
  await caughtUp(d);
  let from = d.facts.length;
  assert.equal((await d.ctl('restart', '--rolling', 'pool:*')).code, 0);
  await caughtUp(d);
  const said = d.facts.slice(from).flatMap((f) => (f.type === 'process.stopping' || f.type === 'health.changed' ? [`${f.type} ${f.process.slice(-1)}`] : []));
  assert.deepEqual(said, [0, 1, 2].flatMap((n) => [`process.stopping ${n}`, `health.changed ${n}`]));
  writeFileSync(join(d.dir, 'ill'), '');
  for (const n of [0, 1, 2]) await health(d, `pool:pool-${n}`, 'unhealthy');
  await caughtUp(d);
  from = d.facts.length;
  const broken = await d.ctl('restart', '--rolling', 'pool:*');
  assert.notEqual(broken.code, 0);
  assert.match(broken.stdout + broken.stderr, /unhealthy: .*exit status 1/);
  await caughtUp(d);
  assert.deepEqual(of(d, 'process.stopping', from).map((f) => f.process), ['pool:pool-0']);
});

onBoth('probes change while a program lives: those that stay keep what they know, those that go are forgotten', async ({ start }) => {
  const config = (probes: string): string => `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:reeve.sock"]\n[programs.p]\ncommand = "sleep 300"\nstartsecs = 0\non_unhealthy = "none"\n${probes}\n`;
  const good = `{ exec = "true", name = "good", ${soon} }`;
  const d = await start({ config: config(`health = [${good}, { exec = "false", name = "bad", ${soon} }]`) });
  await health(d, 'p', 'unhealthy');
  const { incarnation } = await d.view('p');
  writeFileSync(d.configFile, config(`health = ${good}`));
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  const row = await health(d, 'p', 'healthy');
  assert.deepEqual([row.probes.map(({ name }) => name), row.sources.map(({ source }) => source)], [['good'], ['probe good']]);
  writeFileSync(d.configFile, config(''));
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  await health(d, 'p', 'unknown');
  assert.equal((await d.view('p')).incarnation, incarnation, 'its life went on');
});

onBoth('probes of one program never overlap, and nothing of them outlives the life they ask about', async ({ t, start }) => {
  let open = 0;
  let most = 0;
  const slow = createServer((socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.on('error', () => {}).on('close', () => (open -= 1)).resume();
  });
  const port = await listening(t, slow);
  const d = await start({
    config: `[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\non_unhealthy = "none"\nhealth = { http = "http://127.0.0.1:${port}/", interval = "50ms", timeout = "400ms" }\n`
      + '[programs.asked]\ncommand = "sleep 300"\nstartsecs = 0\ndirectory = "."\non_unhealthy = "none"\nhealth = { exec = ["/bin/sh", "-c", "echo $$ >> pids; sleep 301 & sleep 302"], interval = "50ms", timeout = "1h" }\n',
  });
  await waitFor('two questions after one another', async () => ((await d.get<HealthRow[]>('/v1/health?names=web'))[0]?.checks ?? 0) >= 2);
  assert.equal(most, 1);
  await waitFor('a command that asks', () => existsSync(join(d.dir, 'pids')));
  await d.ctl('stop', 'web', 'asked');
  await waitFor('the connection to be closed', () => open === 0);
  const pids = readFileSync(join(d.dir, 'pids'), 'utf8').trim().split('\n').map(Number);
  assert.equal(pids.length, 1, 'it was asked once, as it never answered');
  await waitFor('the command and what it started to be gone', () => !readdirSync('/proc').some((pid) => {
    try {
      const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
      return /^\d+$/.test(pid) && !rest.startsWith('Z') && Number(rest.split(' ')[2]) === pids[0];
    } catch {
      return false;
    }
  }));
});
