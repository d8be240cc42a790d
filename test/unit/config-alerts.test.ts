// [alerts], hooks and watch as files say them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertChanges } from '../../config/alert-changes.ts';
import { convertIni } from '../../config/convert-ini.ts';
import { settingChanges } from '../../config/daemon-changes.ts';
import { showConfig } from '../../config/show.ts';
import { good, memoryPort, places, processNamed, readIni, readToml } from '../support/config-files.ts';

const WEB = '[programs.web]\ncommand = "web"\n[jobs.import]\ncommand = "x"\n';
const errors = (text: string): string[] => readToml(WEB + text).problems.map((one) => `${one.key}: ${one.message}${one.hint === null ? '' : ` (${one.hint})`}`);

test('defect 19: a default stands in one place, and an alert has those of the table [C82][C87]', () => {
  const { alerts, alertSettings } = good(readToml(`${WEB}[alerts.ops]\non = "failure"\nwebhook = "https://hooks.example.com/x"`));
  assert.deepEqual(alertSettings, { enabled: true, link: null });
  const [{ origin, ...ops }] = alerts as [(typeof alerts)[0]];
  assert.equal(origin.line, 5);
  assert.deepEqual({ ...ops, causes: ops.causes.map(({ fact }) => fact) }, {
    name: 'ops', enabled: true, on: ['failure'], causes: ['process.fatal', 'process.ended', 'process.unknown', 'process.condemned', 'run.failed', 'check.failed'], programs: [], jobs: [], exclude: [], minSeverity: 'debug',
    channels: [{ kind: 'webhook', url: 'https://hooks.example.com/x', urlFile: null, socket: null, format: 'json', headers: {}, headerFiles: {}, timeoutMs: 10_000 }],
    dedupMs: 300_000, repeatMs: null, maxRepeats: null, rate: { max: null, windowMs: 0 }, forMs: 0, recovery: true, title: null, text: null,
  });
});

test('all channels and rules of one alert, in both dialects alike', () => {
  const toml = good(readToml(`${WEB}[alerts]
enabled = false
link = "https://ops/{name}"
[alerts.ops]
on = ["stuck", "process.backoff"]
programs = ["web"]
jobs = ["im*"]
exclude = ["import"]
min_severity = "error"
exec = "./mail now"
user = "nobody"
webhook_file = "secrets/hook"
webhook_socket = "/run/hub.sock"
format = "slack"
header_files = { Authorization = "secrets/token" }
timeout = "3s"
syslog = true
dedup = "1m"
repeat_every = "1h"
max_repeats = 3
rate = "10/m"
for = "5m"
recovery = false
title = "{severity} {subject}"`));
  const ini = good(readIni(`[program:web]
command = web
[job:import]
command = x
[alerts]
enabled = false
link = https://ops/{name}
[alert:ops]
on = stuck, process.backoff
programs = web
jobs = im*
exclude = import
min_severity = error
exec = ./mail now
user = nobody
webhook_file = /etc/secrets/hook
webhook_socket = /run/hub.sock
format = slack
header_files = Authorization: /etc/secrets/token
timeout = 3
syslog = true
dedup = 1m
repeat_every = 1h
max_repeats = 3
rate = 10/m
for = 5m
recovery = false
title = {severity} {subject}`));
  assert.deepEqual(toml.alerts[0]?.causes[0], { fact: 'heartbeat.stuck', class: 'stuck', ends: toml.alerts[0]?.causes[0]?.ends });
  const bare = ({ alerts, alertSettings }: typeof toml): unknown => [alerts.map(({ origin: _, ...rest }) => rest), alertSettings];
  assert.deepEqual(bare(ini), bare(toml));
  assert.deepEqual(toml.alerts[0]?.channels.map((channel) => channel.kind), ['exec', 'webhook', 'syslog']);
  assert.deepEqual(toml.alerts[0]?.channels[0], { kind: 'exec', command: { text: './mail now', words: ['./mail', 'now'], shell: false }, directory: '/etc', user: 'nobody', timeoutMs: 3000 });
});

const BAD: readonly (readonly [string, RegExp])[] = [
  ['on = "stuk"\nsyslog = true', /on: there is no class or fact "stuk" to alert on, did you mean "stuck"\?/],
  ['on = ["failure", "breaker.open"]\nsyslog = true', /on\[1\]: .*did you mean "breaker.opened"\?/],
  ['on = "alert.lost"\nsyslog = true', /on: alerts cannot be about alerts/],
  ['on = []\nsyslog = true', /expected at least one class or fact/],
  ['syslog = true', /alerts\.ops: "on" is missing/],
  ['on = "failure"', /an alert without a channel reaches nobody/],
  ['on = "failure"\nwebhook = "ftp://secret.example.com"', /webhook: expected an http:\/\/ or https:\/\/ address, got something else$/],
  ['on = "failure"\nwebhook = "http://x"\nwebhook_file = "y"', /exclude each other/],
  ['on = "failure"\nsyslog = true\nformat = "slack"', /format does nothing without webhook/],
  ['on = "failure"\nwebhook = "https://x"\nwebhook_socket = "/s"', /over http, not https/],
  ['on = "failure"\nsyslog = true\nrepeat_every = "1m"', /repeat_every cannot be less than dedup \(300 s\)/],
  ['on = "daemon.warning"\nsyslog = true\nfor = "5m"', /for needs something that lasts, and daemon.warning does not/],
  ['on = "failure"\nsyslog = true\ntext = "{sbject}"', /there is no field \{sbject\}, did you mean "subject"\?/],
  ['on = "failure"\nsyslog = true\nprograms = ["wbe"]', /there is no program, process or group "wbe" \(did you mean "web"\?\)/],
  ['on = "failure"\nsyslog = true\njobs = ["imprt"]', /there is no job "imprt"/],
  ['on = "failure"\nwebhook = "http://x"\nheaders = { X-A = "a\\nb" }', /headers\.X-A: expected a header name with a text in one line/],
  ['on = "failure"\nsyslog = true\nchanel = 1', /chanel: unknown key/],
];

test('what cannot work is said when the file is read, with the nearest word [C85]', () => {
  for (const [text, expected] of BAD) assert.match(errors(`[alerts.ops]\n${text}`).join('\n'), expected, text);
  assert.match(errors('[alerts]\nenabeld = true').join('\n'), /did you mean "enabled"\?/);
  assert.deepEqual(places(readToml(`${WEB}[alerts.a]\non = "dead"\nsyslog = true\n[alerts.enabled]\non = "dead"`).problems), ['8 alerts.enabled']);
});

test('an address and a header are shown to nobody, and their changes are told without them', () => {
  const of = (url: string): ReturnType<typeof good> => good(readToml(`${WEB}[alerts.ops]\non = "dead"\nwebhook = "https://x/${url}"\nheaders = { Authorization = "${url}" }`));
  const [before, after] = [of('secret-one'), of('secret-two')];
  assert.doesNotMatch(JSON.stringify(showConfig(before)), /secret-one/);
  const changes = settingChanges(before, after);
  assert.deepEqual(changes.map(({ key, takes }) => `${key} ${takes}`), ['alerts.ops.webhook live', 'alerts.ops.headers.Authorization live']);
  assert.doesNotMatch(JSON.stringify(changes), /secret/);
  assert.deepEqual(alertChanges(before, { ...after, alerts: [] }).map(({ key, from, to }) => [key, from, to]), [['alerts.ops', ['dead'], null]]);
});

test('hooks are commands with a time, in both dialects [E53][C65]', () => {
  const toml = processNamed(readToml('[programs.web]\ncommand = "web"\nhooks = { pre_start = "./migrate --all", on_crash = { command = ["./tell", "me"], timeout = "5s" } }'), 'web');
  assert.deepEqual(toml.hooks, {
    pre_start: { command: { text: './migrate --all', words: ['./migrate', '--all'], shell: false }, timeoutMs: 30_000 }, on_crash: { command: { text: './tell me', words: ['./tell', 'me'], shell: false }, timeoutMs: 5000 },
  });
  const ini = processNamed(readIni('[program:web]\ncommand = web\nhooks =\n  pre_start = ./migrate --all, now\n  post_stop = ./bye\n'), 'web');
  assert.deepEqual(ini.hooks.pre_start?.command.words, ['./migrate', '--all,', 'now']);
  assert.deepEqual(Object.keys(ini.hooks), ['pre_start', 'post_stop']);
  for (const [text, expected] of [['{ prestart = "x" }', /unknown hook: hooks are pre_start/], ['{ pre_start = { timeout = 1 } }', /hooks\.pre_start\.command/], ['{ pre_stop = { command = "x", timeout = 0 } }', /nothing is done in no time/], ['"x"', /expected a table/], ['{ pre_start = "a \'b" }', /pre_start: can't parse/]] as const)
    assert.match(readToml(`[programs.web]\ncommand = "web"\nhooks = ${text}`).problems.map((one) => `${one.key}: ${one.message}`).join('\n'), expected, text);
});

test('watch names files below the directory of the program [B35]', () => {
  assert.deepEqual(processNamed(readToml('[programs.web]\ncommand = "web"\ndirectory = "/app"\nwatch = ["*.py"]\nwatch_ignore = "build/**"'), 'web').watch, { patterns: ['*.py'], ignore: ['build/**'], directory: '/app', debounceMs: 500 });
  assert.equal(processNamed(readIni('[program:web]\ncommand = web\nwatch = *.py, src/**\nwatch_debounce = 2'), 'web').watch?.debounceMs, 2000);
  assert.match(readToml('[programs.web]\ncommand = "web"\nwatch = ["../*.py"]').problems[0]?.message ?? '', /leads out of the directory/);
  assert.match(readToml('[programs.web]\ncommand = "web"\nwatch_ignore = ["x"]').problems[0]?.message ?? '', /does nothing without watch/);
});

test('alerts and hooks of a supervisord file are converted, and mean the same', () => {
  const text = '[supervisord]\n[program:web]\ncommand = web\nhooks =\n  pre_start = ./m --all\n  on_crash = ./c\nwatch = *.py\n[alert:ops]\non = failure, stuck\nprograms = web\nwebhook = https://hooks.example.com/x\nheaders = X-A: b\nrate = 10/m\n';
  const converted = convertIni('/etc/supervisord.conf', memoryPort({ '/etc/supervisord.conf': text }));
  assert.deepEqual(converted.problems, []);
  assert.deepEqual(converted.differences, []);
  assert.match(converted.text ?? '', /headers = \{ X-A = "b" \}/);
});
