// /metrics of a real daemon: all of the table and nothing else, read by promtool and by a real Prometheus.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { METRICS, openMetricsFamily, sampleNames } from '../../daemon/contract/metrics.ts';
import type { MetricDefinition, MetricName } from '../../daemon/contract/metrics.ts';
import { ask, onBoth, operate } from '../support/both-layers.ts';
import { startDaemon, tempDir } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { classicProxy, NO_PROMETHEUS, readMetrics, startPrometheus } from '../support/metrics.ts';
import type { ReadMetrics } from '../support/metrics.ts';
import { waitFor } from '../support/wait-for.ts';

const NAMES = Object.keys(METRICS) as MetricName[];
const OPEN = { accept: 'application/openmetrics-text; version=1.0.0' };

async function scrape(d: Daemon, headers: Readonly<Record<string, string>> = {}): Promise<ReadMetrics> {
  return readMetrics((await ask(d.socket, '/metrics', { headers })).text);
}

/** Scrapes until this is so. */
function seen(d: Daemon, what: string, so: (metrics: ReadMetrics) => boolean): Promise<ReadMetrics> {
  return waitFor(what, async () => {
    const metrics = await scrape(d);
    return so(metrics) && metrics;
  });
}

const shell = (script: string): string => `command = ["/bin/sh", "-c", ${JSON.stringify(script)}]`;

const WEB = `
[programs.web]
${shell('echo ready; echo and more; exec sleep 300')}
startsecs = 0
health = { exec = ["true"], interval = "100ms" }
limits = { memory = "1GB", every = "200ms" }
`;
/** Something of everything. */
const HOUSE = `${WEB}
[programs.bad]
${shell('sleep 0.1; exit 3')}
startsecs = 0
restart_delay = "50ms"
restart_max_delay = "50ms"
[jobs.import]
${shell('exit 1')}
every = "300ms"
timeout = "1m"
retries = 1
retry_delay = 0
dead_letters = true
breaker = "smtp"
[breakers.smtp]
failures = 4
cooldown = "5m"
[checks.bags]
command = "cat bags.txt"
directory = "."
[fixes.bag]
${shell('exit 0')}
[alerts.ops]
on = ["run.dead", "process.exited"]
exec = "true"
`;

/** Of what does not happen in that house. */
const SILENT: readonly MetricName[] = [
  'reeve_process_heartbeat_age_seconds', 'reeve_process_progress_ratio', 'reeve_heartbeats_total', 'reeve_heartbeats_missed_total', 'reeve_limit_warnings_total', 'reeve_limit_violations_total',
  'reeve_job_heartbeat_age_seconds', 'reeve_job_progress_ratio', 'reeve_listener_dropped_events_total', 'reeve_listener_rejected_events_total',
];

onBoth('the table and the answer are the same: every family, its type, its sentence, its labels, in both forms [C92]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '{"message": "bag 17 is late", "code": "bag"}\n');
  // `bad` may be between two lives when it is stopped; `steady` is in one.
  const d = await start({ dir, config: `${HOUSE}[programs.steady]\ncommand = "sleep 300"\nstartsecs = 0\n` });
  await d.fact('breaker.opened');
  await d.fact('issue.fixed');
  await d.fact('alert.delivered');
  await operate(d, 'stop', { names: ['bad', 'steady'] });
  // The loop is looked at from the first scrape on, every 50 ms.
  const text = await waitFor('a look at the loop', async () => {
    const { text: all } = await ask(d.socket, '/metrics');
    return all.includes('reeve_daemon_event_loop_delay_seconds{') && all;
  });
  const open = (await ask(d.socket, '/metrics', { headers: OPEN })).text;
  const classic = readMetrics(text);
  assert.deepEqual(classic.families.map(({ name }) => name), NAMES, 'in the order of the table');
  for (const [at, { name, type, help }] of classic.families.entries()) {
    const of: MetricDefinition = METRICS[NAMES[at] as MetricName];
    assert.deepEqual([type, help], [of.type === 'info' ? 'gauge' : of.type, of.says], name);
  }
  const expected = readMetrics(open).families.map(({ name, type }) => ({ family: name, type }));
  assert.deepEqual(expected, NAMES.map((name) => openMetricsFamily(name)));
  assert.ok(open.endsWith('\n# EOF\n'));
  const missing = NAMES.filter((name) => {
    const of: MetricDefinition = METRICS[name];
    const samples = sampleNames(name).flatMap((sample) => classic.of(sample));
    for (const { labels } of samples) assert.deepEqual(Object.keys(labels).filter((label) => label !== 'le'), [...of.labels], name);
    return samples.length === 0;
  });
  assert.deepEqual(missing, SILENT);
  // A Prometheus that reads both must find the same series.
  const series = (metrics: ReadMetrics): readonly string[] => [...new Set(metrics.samples.filter(({ name }) => !name.startsWith('reeve_daemon_event_loop_delay')).map(({ name, labels }) => `${name}${JSON.stringify(labels)}`))].toSorted();
  await waitFor('the same series by both', async () => {
    const [one, other] = [await scrape(d), await scrape(d, OPEN)];
    return series(one).join('\n') === series(other).join('\n');
  });
});

onBoth('what happens is counted from the start of the daemon on, long before anybody scrapes [A31][C62][E37][E43]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '{"message": "bag 17 is late", "code": "bag"}\n');
  const d = await start({ dir, config: HOUSE });
  await d.fact('process.starting', ({ process, incarnation }) => process === 'bad:bad' && incarnation === 3);
  await d.fact('breaker.opened');
  await d.fact('issue.fixed');
  const metrics = await scrape(d);
  const bad = { group: 'bad', program: 'bad' };
  assert.ok((metrics.value('reeve_process_restarts_total', { process: 'bad:bad' }) ?? 0) >= 2);
  assert.equal(metrics.value('reeve_program_restarts_total', { ...bad, reason: 'exit' }), metrics.value('reeve_process_restarts_total', { process: 'bad:bad' }));
  assert.ok((metrics.value('reeve_program_exits_total', { ...bad, code: '3', signal: '', expected: 'false' }) ?? 0) >= 2);
  assert.ok((metrics.value('reeve_program_start_seconds_count', bad) ?? 0) >= 3);
  assert.equal(metrics.value('reeve_process_up', { process: 'web:web' }), 1);
  assert.equal(metrics.value('reeve_processes', { state: 'RUNNING' }), metrics.of('reeve_process_up').filter(({ value }) => value === 1).length);
  assert.deepEqual([metrics.value('reeve_job_runs_total', { job_name: 'import', result: 'dead' }), metrics.value('reeve_dead_letters_total', { job_name: 'import' }), metrics.value('reeve_dead_letters', { job_name: 'import' })], [2, 2, 2]);
  assert.deepEqual([metrics.value('reeve_breaker_state', { breaker: 'smtp' }), metrics.value('reeve_breaker_openings_total'), metrics.value('reeve_breaker_results_total', { result: 'failure' })], [2, 1, 4]);
  assert.deepEqual([metrics.value('reeve_issues_detected_total', { check: 'bags', code: 'bag' }), metrics.value('reeve_issues_open', { check: 'bags' }), metrics.value('reeve_issue_fixes_total', { code: 'bag', result: 'fixed' }), metrics.value('reeve_issue_fix_seconds_count', { fix: 'bag' })], [1, 0, 1, 1]);
  assert.ok((metrics.value('reeve_check_runs_total', { check: 'bags', result: 'issues' }) ?? 0) >= 1);
  for (const severity of ['debug', 'info', 'warning', 'error']) assert.ok((metrics.value('reeve_events_total', { severity }) ?? 0) > 0, severity);
  assert.equal(metrics.of('reeve_events_total').reduce((sum, { value }) => sum + value, 0), metrics.value('reeve_daemon_facts_total'));
  const probed = await seen(d, 'an answer of the probe', (one) => (one.value('reeve_health_checks_total', { process: 'web:web', result: 'ok' }) ?? 0) > 0);
  assert.equal(probed.value('reeve_health_check_seconds_count', { process: 'web:web' }), probed.of('reeve_health_checks_total', { process: 'web:web' }).reduce((sum, { value }) => sum + value, 0));
});

onBoth('lines are counted once somebody scrapes, bytes always, and what a process uses is measured for the scrape', async ({ t, start }) => {
  const dir = tempDir(t);
  const d = await start({ dir, config: `[programs.web]\n${shell('echo one; while [ ! -e go ]; do sleep 0.05; done; for i in 1 2 3 4 5; do echo $i; done; exec sleep 300')}\ndirectory = "."\nstartsecs = 0\n` });
  const web = { process: 'web:web' };
  const before = await seen(d, 'the first line', (metrics) => metrics.value('reeve_process_log_bytes_total', web) === 4);
  assert.ok((before.value('reeve_process_log_lines_total', web) ?? 9) <= 1);
  writeFileSync(join(dir, 'go'), '');
  const after = await seen(d, 'all lines', (metrics) => metrics.value('reeve_process_log_bytes_total', web) === 14);
  assert.equal((after.value('reeve_process_log_lines_total', web) ?? 0) - (before.value('reeve_process_log_lines_total', web) ?? 0), 5);
  assert.ok((after.value('reeve_process_resident_memory_bytes', web) ?? 0) > 100_000);
  assert.ok((after.value('reeve_process_open_fds', web) ?? 0) >= 3);
  assert.ok((after.value('reeve_process_tree_processes', web) ?? 0) >= 1);
  assert.ok((after.value('reeve_process_cpu_seconds_total', web) ?? -1) >= 0);
  const { startedAt } = await d.view('web');
  assert.equal(after.value('reeve_process_start_time_seconds', web), (startedAt ?? 0) / 1000);
});

onBoth('of what is removed nothing is told any more', async ({ start }) => {
  const d = await start({ config: HOUSE.replace('directory = "."', 'directory = "/"').replace('cat bags.txt', 'true') });
  await d.fact('process.exited', ({ process }) => process === 'bad:bad');
  await d.fact('check.completed');
  assert.ok((await scrape(d)).samples.some(({ labels }) => labels['program'] === 'bad'));
  const file = readFileSync(d.configFile, 'utf8');
  writeFileSync(d.configFile, WEB + file.slice(file.indexOf('\n[daemon]')));
  const applied = await d.ctl('apply', '--yes');
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const gone = ['bad', 'bad:bad', 'import', 'smtp', 'bags', 'bag', 'ops', 'check:bags', 'fix:bag'];
  // A job whose run goes on is gone when that has ended.
  const metrics = await seen(d, 'only web', (one) => !one.samples.some(({ labels }) => Object.values(labels).some((value) => gone.includes(value))));
  assert.equal(metrics.value('reeve_config_reloads_total', { result: 'success' }), 1);
});

test('requests are counted by route and class of status, streams are not measured, and what is no address is one row', async (t) => {
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = "sleep 300"\n' });
  await ask(d.socket, '/v1/version');
  await ask(d.socket, '/v1/version');
  await ask(d.socket, '/v1/nonsense');
  await ask(d.socket, '/v1/more/nonsense');
  await ask(d.socket, '/v1/explain?names=nobody');
  await ask(d.socket, '/v1/wait?names=web&for=running&timeout=0.2');
  const metrics = await seen(d, 'the last request', (one) => one.value('reeve_api_requests_total', { route: 'wait' }) === 1);
  assert.equal(metrics.value('reeve_api_requests_total', { route: 'version', status: '2xx' }), 2);
  assert.equal(metrics.value('reeve_api_requests_total', { route: 'none', status: '4xx' }), 2);
  assert.equal(metrics.value('reeve_api_requests_total', { route: 'explain', status: '4xx' }), 1);
  assert.equal(metrics.value('reeve_api_request_duration_seconds_count', { route: 'version' }), 2);
  assert.deepEqual([metrics.of('reeve_api_request_duration_seconds_count', { route: 'wait' }), metrics.of('reeve_api_request_duration_seconds_count', { route: 'events' })], [[], []]);
});

test('a large answer is compressed for who takes that, and nobody else', async (t) => {
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = "sleep 300"\nnumprocs = 20\n' });
  const raw = await new Promise<{ headers: Readonly<Record<string, string | string[] | undefined>>; bytes: Buffer }>((resolve, reject) => {
    request({ socketPath: d.socket, path: '/metrics', headers: { host: 'x', 'accept-encoding': 'gzip', ...OPEN } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).once('end', () => resolve({ headers: answer.headers, bytes: Buffer.concat(parts) }));
    }).once('error', reject).end();
  });
  assert.deepEqual([raw.headers['content-encoding'], raw.headers['content-type'], raw.headers['vary']], ['gzip', 'application/openmetrics-text; version=1.0.0; charset=utf-8', 'accept, accept-encoding']);
  const text = gunzipSync(raw.bytes).toString();
  assert.equal(readMetrics(text).of('reeve_process_up').length, 20);
  assert.ok(raw.bytes.length * 5 < text.length, `${raw.bytes.length} of ${text.length}`);
  assert.equal((await ask(d.socket, '/metrics', { headers: { 'accept-encoding': 'br, gzip;q=0' } })).headers['content-encoding'], undefined);
  const plain = await ask(d.socket, '/metrics');
  assert.deepEqual([plain.headers['content-encoding'], plain.headers['content-type']], [undefined, 'text/plain; version=0.0.4; charset=utf-8']);
});

test('scrapes that come at the same time share one look', async (t) => {
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = "sleep 300"\nnumprocs = 150\nstartsecs = 0\n' });
  await d.fact('process.running', ({ process }) => process === 'web:web-149');
  const before = (await scrape(d)).value('reeve_scrapes_total') ?? 0;
  await Promise.all(Array.from({ length: 20 }, () => scrape(d)));
  const after = (await scrape(d)).value('reeve_scrapes_total') ?? 0;
  assert.ok(after - before < 20, `${after - before} looks for 21 scrapes`);
});

test('promtool check metrics has nothing to say against it', { skip: NO_PROMETHEUS ?? false }, async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '{"message": "bag 17 is late", "code": "bag"}\n');
  const d = await startDaemon(t, { dir, config: HOUSE });
  await d.fact('breaker.opened');
  await d.fact('alert.delivered');
  const { text } = await ask(d.socket, '/metrics');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.deepEqual([status, stdout + stderr], [0, '']);
});

test('a real Prometheus scrapes it at probe_listen in both forms, finds the same, counts a crash, and loads our rules', { skip: NO_PROMETHEUS ?? false }, async (t) => {
  const port = await freePort();
  const d = await startDaemon(t, { config: `[api]\nlisten = ["unix:reeve.sock"]\nprobe_listen = "127.0.0.1:${port}"\n${HOUSE.replace('directory = "."', 'directory = "/"').replace('cat bags.txt', 'true')}` });
  await d.state('web', 'RUNNING');
  const prometheus = await startPrometheus(t, { reeve: port, 'reeve-classic': await classicProxy(t, port) }, [join(import.meta.dirname, '../../packaging/prometheus/reeve.rules.yml')]);
  await waitFor('both targets to be up', async () => (await prometheus.query('up == 1')).length === 2, 30_000);
  const before = (await prometheus.query('reeve_process_restarts_total{process="web:web"}')).map(({ value }) => value);
  assert.deepEqual(before, [0, 0]);
  const { pid } = await d.view('web');
  process.kill(pid ?? 0, 'SIGKILL');
  const grown = await waitFor('the restart to be counted', async () => {
    const found = await prometheus.query('reeve_process_restarts_total{process="web:web"} == 1');
    return found.length === 2 && found;
  }, 30_000);
  assert.deepEqual(grown.map(({ metric }) => `${metric['job']} ${metric['group']} ${metric['program']}`).toSorted(), ['reeve web web', 'reeve-classic web web']);
  await waitFor('its reason', async () => (await prometheus.query('reeve_program_exits_total{program="web", signal="KILL", code="", expected="false"} == 1')).length === 2, 30_000);
  assert.ok((await prometheus.query('histogram_quantile(0.95, sum by (job, le) (reeve_program_start_seconds_bucket{program="bad"}))')).every(({ value }) => value > 0 && value < 300));
  // What only a process that lives has may be in one scrape and not in the other.
  const names = await waitFor('the same names by both', async () => {
    const [open = [], classic = []] = await Promise.all(['reeve', 'reeve-classic'].map(async (job) => (await prometheus.query(`count by (__name__) ({__name__=~"reeve_.+", job="${job}"})`)).map(({ metric }) => metric['__name__'] ?? '').filter((name) => !name.includes('event_loop_delay')).toSorted()));
    return open.length > 70 && open.join() === classic.join() && open;
  }, 30_000);
  const known = new Set(NAMES.flatMap((name) => sampleNames(name)));
  assert.deepEqual(names.filter((name) => !known.has(name)), []);
  const types = await prometheus.get<readonly { readonly metric: string; readonly type: string; readonly target: { readonly job: string } }[]>('/api/v1/targets/metadata');
  const typeOf = (job: string, metric: string): string | undefined => types.find((one) => one.metric === metric && one.target.job === job)?.type;
  assert.deepEqual([typeOf('reeve', 'reeve_process_restarts'), typeOf('reeve', 'reeve_build'), typeOf('reeve-classic', 'reeve_process_restarts_total'), typeOf('reeve', 'reeve_program_start_seconds')], ['counter', 'info', 'counter', 'histogram']);
  const rules = await prometheus.get<{ readonly groups: readonly { readonly rules: readonly { readonly health: string; readonly lastError?: string; readonly name: string }[] }[] }>('/api/v1/rules');
  const all = rules.groups.flatMap((group) => group.rules);
  assert.ok(all.length >= 28);
  assert.deepEqual(all.filter(({ lastError }) => lastError !== undefined && lastError !== ''), []);
});
