// How a process or job is configured, key by key, and when jobs are due: asked of a real daemon.
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { CalendarAnswer, ConfigAnswer, ConfigEntry } from '../../daemon/contract/page.ts';
import type { JobView } from '../../daemon/contract/jobs.ts';
import { startDaemon } from '../support/daemon.ts';

const TOML = `[daemon.environment]
FROM_DAEMON = "daemon-value"

[logs]
maxbytes = "10MB"

[programs.web]
command = "sh -c 'sleep 600; echo hunter22'"
environment = { TOKEN = "hunter22", LANG = "C" }
environment_secret = ["TOKEN"]
limits = { memory = "512MB" }
stop = [
  "TERM 2s",
  "KILL",
]
restart_delay = "3s"

[programs.web.ready]
delay = "1ms"

[jobs.report]
command = "true"
schedule = "0 8 * * *"
timezone = "UTC"
retries = 2
environment = { TOKEN = "hunter22" }

[jobs.often]
command = "true"
every = "1m"
align = true

[jobs.paused]
command = "true"
every = "1h"

[jobs.off]
command = "true"
every = "1h"
enabled = false

[jobs.by_hand]
command = "true"

[checks.bags]
command = "true"
every = "10m"
`;

/** Line of the text that begins so. */
const lineOf = (text: string, start: string): number => text.split('\n').findIndex((line) => line.startsWith(start)) + 1;
const entry = (answer: ConfigAnswer, key: string): ConfigEntry => answer.entries.find((one) => one.key === key) ?? assert.fail(`no entry ${key}: ${answer.entries.map((one) => one.key).join(' ')}`);

test('every setting of a process is shown in the words of the file, with its line, and no secret in it', async (t) => {
  const d = await startDaemon(t, { config: TOML });
  const answer = await d.get<ConfigAnswer>('/v1/config/web');
  const written = answer.origin.line - lineOf(TOML, '[programs.web]');
  const place = (start: string) => ({ file: d.configFile, line: lineOf(TOML, start) + written });
  assert.deepEqual([answer.kind, answer.name, answer.program, answer.moved], ['process', 'web:web', 'web', false]);
  assert.deepEqual(answer.origin, place('[programs.web]'));
  assert.deepEqual(entry(answer, 'command'), { key: 'command', value: "sh -c 'sleep 600; echo (hidden)'", origin: place('command = "sh') });
  assert.deepEqual(entry(answer, 'limits.memory'), { key: 'limits.memory', value: '512MB', origin: place('limits') });
  assert.deepEqual(entry(answer, 'restart_delay'), { key: 'restart_delay', value: '3s', origin: place('restart_delay') });
  assert.deepEqual(entry(answer, 'ready').origin, place('[programs.web.ready]'));
  assert.deepEqual(entry(answer, 'stop').origin, place('stop = ['));
  assert.deepEqual(entry(answer, 'environment.TOKEN'), { key: 'environment.TOKEN', value: '(hidden)', origin: place('environment = { TOKEN = "hunter22", LANG') });
  assert.deepEqual(entry(answer, 'environment.FROM_DAEMON'), { key: 'environment.FROM_DAEMON', value: '(hidden)', origin: place('FROM_DAEMON') });
  assert.deepEqual(entry(answer, 'stdout_logfile_maxbytes'), { key: 'stdout_logfile_maxbytes', value: '10MB', origin: place('maxbytes') });
  assert.deepEqual(entry(answer, 'priority').origin, null, 'a default is written nowhere');
  assert.equal(/hunter22|daemon-value/.test(JSON.stringify(answer)), false);
  assert.equal(new Set(answer.entries.map((one) => one.key)).size, answer.entries.length, 'each key once');
});

test('every setting of a job and of a check is shown too', async (t) => {
  const d = await startDaemon(t, { config: TOML });
  const job = await d.get<ConfigAnswer>('/v1/jobs/report/config');
  assert.deepEqual([job.kind, job.name, job.program], ['job', 'report', null]);
  assert.equal(entry(job, 'schedule').value, '0 8 * * *');
  assert.equal(entry(job, 'retries').value, 2);
  assert.ok((entry(job, 'retries').origin?.line ?? 0) > job.origin.line);
  assert.equal(entry(job, 'environment.TOKEN').value, '(hidden)');
  assert.equal(entry(job, 'overlap').origin, null);
  assert.equal(job.entries.some((one) => one.key === 'startsecs'), false, 'a job has no such key');
  assert.equal(JSON.stringify(job).includes('hunter22'), false);
  const check = await d.get<ConfigAnswer>('/v1/jobs/check:bags/config');
  assert.equal(entry(check, 'every').value, '10m');
  assert.equal(entry(check, 'every').origin?.line, check.origin.line + 2);
});

test('a file that was changed since it was read has no lines any more, until it is read again', async (t) => {
  const d = await startDaemon(t, { config: TOML });
  appendFileSync(d.configFile, '\n[programs.more]\ncommand = "sleep 600"\n');
  const stale = await d.get<ConfigAnswer>('/v1/config/web');
  assert.equal(stale.moved, true);
  assert.deepEqual(stale.entries.filter((one) => one.origin !== null), []);
  assert.equal(entry(stale, 'limits.memory').value, '512MB', 'what is in force is in force');
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  assert.equal((await d.get<ConfigAnswer>('/v1/config/web')).moved, false);
});

test('in an INI file the keys are found as supervisord names them', async (t) => {
  const d = await startDaemon(t, {
    config: '[unix_http_server]\nfile = %(here)s/reeve.sock\n[supervisord]\nenvironment = OUTER="o-value"\n[include]\nfiles = conf.d/*.conf\n[program:web]\ncommand = sleep 600\nautorestart = true\nstopwaitsecs = 3\nenvironment = A="a-value",B="b-value"\n',
    files: { 'conf.d/db.conf': '[program:db]\ncommand = sleep 600\nstartsecs = 0\n' },
  });
  const web = await d.get<ConfigAnswer>('/v1/config/web');
  const at = (answer: ConfigAnswer, key: string): number | null => entry(answer, key).origin?.line ?? null;
  const first = web.origin.line;
  assert.deepEqual(['command', 'restart', 'stop', 'environment.A', 'environment.B', 'startsecs'].map((key) => at(web, key)), [first + 1, first + 2, first + 3, first + 4, first + 4, null]);
  assert.equal(at(web, 'environment.OUTER'), 4);
  assert.equal(/[abo]-value/.test(JSON.stringify(web)), false);
  const db = await d.get<ConfigAnswer>('/v1/config/db');
  assert.deepEqual(entry(db, 'startsecs').origin, { file: join(d.dir, 'conf.d/db.conf'), line: 3 });
});

test('a name that is not there, or names several, is refused with what was meant', async (t) => {
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = "sleep 600"\nnumprocs = 2\n' });
  await assert.rejects(d.get('/v1/config/wbe'), /NOT_FOUND/);
  await assert.rejects(d.get('/v1/config/web:*'), /names 2 processes/);
  await assert.rejects(d.get('/v1/jobs/none/config'), /NOT_FOUND/);
});

test('the calendar shows when jobs are due, and how often those that are due all the time [B19]', async (t) => {
  const d = await startDaemon(t, { config: TOML });
  assert.equal((await d.ctl('job', 'pause', 'paused')).code, 0);
  const week = await d.get<CalendarAnswer>('/v1/calendar');
  assert.equal(week.until - week.from, 7 * 86_400_000);
  assert.deepEqual(week.jobs.map((row) => row.job), ['report', 'often'], 'no check, nothing paused or disabled, none that nobody asks for');
  const [report, often] = week.jobs;
  assert.deepEqual([report?.schedule, report?.timezone, report?.times.length, report?.more], ['0 8 * * *', 'UTC', 7, null]);
  const next = await d.get<readonly JobView[]>('/v1/jobs?names=report');
  assert.equal(report?.times[0], next[0]?.nextAt, 'the first one is what job list says');
  assert.equal(often?.times.length, 200);
  assert.deepEqual(often?.more, { everyMs: 60_000 });
  const day = await d.get<CalendarAnswer>(`/v1/calendar?from=${week.from + 86_400_000}&until=${week.from + 2 * 86_400_000}&jobs=rep*`);
  assert.deepEqual(day.jobs.map((row) => row.times), [report?.times.slice(1, 2)]);
  assert.deepEqual((await d.get<CalendarAnswer>('/v1/calendar?jobs=check:bags&until=1h')).jobs.map((row) => row.times.length), [6]);
  await assert.rejects(d.get('/v1/calendar?until=32d'), /more than 31 days/);
  await assert.rejects(d.get('/v1/calendar?from=2d&until=1d'), /until is before from/);
  await assert.rejects(d.get('/v1/calendar?from=soon'), /expected a duration/);
  await assert.rejects(d.get('/v1/calendar?jobs=none'), /NOT_FOUND/);
});

test('two thousand jobs that are due every second do not hold the daemon up', async (t) => {
  const jobs = Array.from({ length: 2000 }, (_none, n) => `[jobs.j${n}]\ncommand = "true"\nevery = "5s"\nenabled = ${n % 2 === 0}\n`).join('\n');
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = "sleep 600"\n' });
  writeFileSync(d.configFile, `${jobs}\n[programs.web]\ncommand = "sleep 600"\n[jobs.daily]\ncommand = "true"\nschedule = "@daily"\n[api]\nlisten = ["unix:${d.socket}"]\n`);
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  const all = await d.get<CalendarAnswer>('/v1/calendar?until=31d');
  assert.equal(all.jobs.length, 1001);
  assert.ok(all.jobs.every((row) => row.times.length >= 2 && row.times.length <= 200));
  assert.ok(all.jobs.reduce((sum, row) => sum + row.times.length, 0) <= 20_000);
  assert.deepEqual(all.jobs[0]?.more, { everyMs: 5000 });
});

test('a name may be longer than 100 characters, and of any script, wherever it stands in a path', async (t) => {
  const name = `${'long'.repeat(40)}_プロセス`;
  const d = await startDaemon(t, { config: `[programs."${name}"]\ncommand = "sleep 600"\n[jobs."j${name}"]\ncommand = "true"\nevery = "1h"\n` });
  const at = (id: string): string => encodeURIComponent(id);
  assert.equal((await d.get<ConfigAnswer>(`/v1/config/${at(`${name}:${name}`)}`)).name.includes(name), true);
  assert.equal((await d.ctl('job', 'run', `j${name}`, '--wait')).code, 0);
  assert.equal((await d.ctl('job', 'show', `j${name}`)).code, 0);
});
