// What a file may say about health and autoscaling, in both dialects.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { keptCount } from '../../config/health.ts';
import { health, probeWords } from '../../config/health-kind.ts';
import { showProcess } from '../../config/show.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import { good, processNamed, processes, readIni, readToml } from '../support/config-files.ts';

const toml = (keys: string): ProcessSpec => processNamed(readToml(`[programs.p]\ncommand = "run"\n${keys}\n`), 'p');
const problems = (keys: string): readonly string[] => readToml(`[programs.p]\ncommand = "run"\n${keys}\n`).problems.map(({ key, message, hint }) => `${key}: ${message}${hint === null ? '' : ` (${hint})`}`);

test('one probe has the same numbers whatever its kind, and what is only seen decides at one look [E30]', () => {
  const { health: spec } = toml('health = [{ http = "https://127.0.0.1/h" }, { tcp = ":80", interval = "5s", failures = 1 }, { exec = "check me" }, { heartbeat = true }, { output_silence = "10m" }]\nheartbeat = "60s"');
  assert.deepEqual(spec.probes.map(({ name, intervalMs, timeoutMs, failures, successes, startPeriodMs }) => [name, intervalMs, timeoutMs, failures, successes, startPeriodMs]), [
    ['http', 30_000, 5000, 3, 2, 0], ['tcp', 5000, 5000, 1, 2, 0], ['exec', 30_000, 5000, 3, 2, 0], ['heartbeat', 30_000, 5000, 1, 1, 0], ['output', 30_000, 5000, 1, 1, 0],
  ]);
  assert.deepEqual([spec.onUnhealthy, spec.restartOnDegraded], ['restart', false]);
});

test('health is off where nothing of it is written, and its own words alone restart nobody [E34][C41]', () => {
  assert.deepEqual(toml('').health, { probes: [], onUnhealthy: 'none', restartOnDegraded: false });
  assert.equal(toml('on_unhealthy = "restart"').health.onUnhealthy, 'restart');
  assert.equal(toml('unhealthy_if_silent = "10m"').health.onUnhealthy, 'restart');
});

test('unhealthy_if_silent is a probe of its own that hears output and signs of life [A42]', () => {
  const [probe] = toml('unhealthy_if_silent = "10m"').health.probes;
  assert.ok(probe?.kind === 'silence');
  assert.deepEqual([probe.name, probe.afterMs, probe.reports], ['silence', 600_000, true]);
});

test('a URL over a unix socket, headers, body, method and TLS are read [C39]', () => {
  const [probe] = toml('health = { http = "unix:/run/app.sock:/h?x=1", status = [200, 204], degraded = 207, body = "ok|fine", headers = { Authorization = "Bearer x" }, method = "POST", name = "api" }').health.probes;
  assert.ok(probe?.kind === 'http');
  assert.deepEqual([probe.url, probe.unix, probe.status, probe.degraded, probe.body, probe.headers, probe.method, probe.name], ['http://localhost/h?x=1', '/run/app.sock', [200, 204], [207], 'ok|fine', { Authorization: 'Bearer x' }, 'POST', 'api']);
  const [secure] = toml('health = { http = "https://x/", ca = "ca.pem", server_name = "api.test" }').health.probes;
  assert.ok(secure?.kind === 'http');
  assert.deepEqual([secure.ca?.endsWith('/ca.pem') && secure.ca.startsWith('/'), secure.serverName, secure.insecure], [true, 'api.test', false]);
});

test('INI says a probe in a line of words, several in several lines', () => {
  const reading = readIni('[supervisord]\n[program:p]\ncommand=run\nhealth=http interval=10s status=200,204 header=X-A:b body=ok http://127.0.0.1:80/h\n  exec failures=5 degraded=2 /bin/check -v\non_unhealthy=alert\n');
  const { health: spec } = processNamed(reading, 'p');
  const [http, exec] = spec.probes;
  assert.ok(http?.kind === 'http' && exec?.kind === 'exec');
  assert.deepEqual([http.intervalMs, http.status, http.headers, http.body, exec.failures, exec.degraded, exec.command.words, spec.onUnhealthy], [10_000, [200, 204], { 'X-A': 'b' }, 'ok', 5, [2], ['/bin/check', '-v'], 'alert']);
});

test('the words of a probe are read as they are printed', () => {
  const lines = [
    'http name=api interval=10s timeout=1s failures=1 successes=3 start_period=1m degraded=207 status=200 unix=/run/a.sock method=HEAD header=A:b body=ok http://localhost/h',
    'http ca=/a.pem insecure=true server_name=x https://x/', 'tcp [::1]:80', 'tcp unix:/run/a', 'exec degraded=2 test -e x', 'heartbeat', 'output_silence interval=5s 10m',
  ];
  const read = health.read(lines, assert.fail);
  assert.deepEqual(read?.map(probeWords), lines);
});

test('what is wrong is named with what to do [E30]', () => {
  assert.deepEqual(problems('health = { http = "ftp://x" }'), ['programs.p.health.http: expected a URL such as "http://127.0.0.1:8000/health", or "unix:/run/app.sock:/health", got "ftp://x"']);
  assert.deepEqual(problems('health = { http = "http://x/", tcp = ":80" }'), ['programs.p.health: "http" and "tcp" exclude each other: write a list of two tables']);
  assert.deepEqual(problems('health = { tcp = ":80", body = "x" }'), ['programs.p.health.body: "body" does nothing beside "tcp"']);
  assert.deepEqual(problems('health = { tcp = ":80", intervall = "1s" }'), ['programs.p.health.intervall: unknown key, did you mean "interval"?']);
  assert.deepEqual(problems('health = { http = "http://x/", insecure = true }').length, 1);
  assert.deepEqual(problems('health = { http = "http://x/", headers = { "A B" = "x" } }').length, 1);
  assert.deepEqual(problems('health = { heartbeat = true }'), ['programs.p.health: health = { heartbeat = true } needs to know how often one is due (write heartbeat = "60s")']);
  assert.deepEqual(problems('health = [{ tcp = ":1", name = "a" }, { tcp = ":2", name = "a" }]'), ['programs.p.health: two probes are called "a" (give each a name of its own)']);
  assert.deepEqual(problems('type = "oneshot"\nhealth = { tcp = ":1" }').length, 1);
  assert.deepEqual(problems('on_unhealthy = "alert"\nrestart_on_degraded = true').length, 1);
  assert.match(problems('health = []')[0] ?? '', /expected 1 to 20 probes, got 0/);
});

test('a program that is scaled by its load begins with min, and is called as a pool [A41][D44]', () => {
  const config = good(readToml('[programs.w]\ncommand = "run"\nmin = 2\nmax = 8\nscale_command = "count me"\nscale_target = 10\n'));
  assert.deepEqual(processes(config.tree).map(({ id }) => id), ['w:w-0', 'w:w-1']);
  assert.deepEqual(processes(config.tree)[0]?.autoscale, { min: 2, max: 8, source: { kind: 'command', command: { text: 'count me', words: ['count', 'me'], shell: false } }, target: 10, intervalMs: 10_000, upDelayMs: 0, downDelayMs: 30_000 });
  const one = good(readToml('[programs.w]\ncommand = "run"\nmax = 8\nscale_metric = "queue:import"\n'));
  assert.deepEqual(processes(one.tree).map(({ id, autoscale }) => [id, autoscale?.source, autoscale?.target]), [['w:w-0', { kind: 'queue', job: 'import' }, 1]]);
});

test('INI scales by the same keys, and wants a number in the names of copies', () => {
  const config = good(readIni('[supervisord]\n[program:w]\ncommand=run\nprocess_name=%(program_name)s_%(process_num)d\nmin=2\nmax=4\nscale_metric=cpu\n'));
  assert.deepEqual(processes(config.tree).map(({ id, autoscale }) => [id, autoscale?.target]), [['w:w_0', 70], ['w:w_1', 70]]);
  assert.deepEqual(readIni('[supervisord]\n[program:w]\ncommand=run\nmax=4\nscale_metric=cpu\n').problems.map(({ message }) => message), ['%(process_num) must be present within process_name when max is written']);
});

test('copies that are there are kept as far as min and max allow, and what an operator asks for wins', () => {
  assert.deepEqual([1, 3, 9].map((present) => keptCount({ min: 2, max: 4 }, present)), [2, 3, 4]);
  assert.deepEqual([keptCount({}, 3), keptCount({ max: 4 }, undefined)], [undefined, undefined]);
});

test('neither header fields nor marked secrets of probes and commands are shown', () => {
  const spec = processNamed(readToml('[programs.p]\ncommand = "run"\nenvironment = { T = "s3cret-value" }\nenvironment_secret = ["T"]\nhealth = [{ http = "http://x/?t=s3cret-value", headers = { A = "hush" } }, { exec = "check s3cret-value" }]\nmax = 2\nscale_command = "count s3cret-value"\nready = { exec = "ready s3cret-value" }\nhooks = { pre_start = "go s3cret-value" }\n'), 'p-0');
  const shown = JSON.stringify(showProcess(spec));
  assert.ok(!/hush|s3cret-value/.test(shown), shown);
});

test('wrong numbers of instances are named', () => {
  assert.deepEqual(problems('min = 2'), ['programs.p.min: min does nothing without max (write max = 8, and scale_command or scale_metric)']);
  assert.deepEqual(problems('min = 5\nmax = 2\nscale_metric = "cpu"'), ['programs.p.min: min = 5 is more than max = 2']);
  assert.deepEqual(problems('max = 2'), ['programs.p.max: nothing says how many instances are needed (write scale_command = "..." or scale_metric = "cpu")']);
  assert.deepEqual(problems('max = 2\nscale_metric = "memory"').length, 2);
  assert.deepEqual(problems('max = 2\nnumprocs = 3\nscale_metric = "cpu"'), ['programs.p.numprocs: numprocs = 3 is not between min = 1 and max = 2 (leave numprocs out: it begins with min)']);
});
