// Alerts of a real daemon: to a real receiver, by real scripts, through silences, failures of channels and the death of the daemon.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AlertView, Silence } from '../../daemon/contract/alerts.ts';
import type { AuditEntry } from '../../daemon/contract/rest.ts';
import { startDaemon, tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import { receiver } from '../support/webhook.ts';

/** FATAL at once, until `ok` is there. */
const SICK = `[programs.web]
command = ["sh", "-c", "test -e ok && exec sleep 600; exit 3"]
directory = "."
startsecs = "100ms"
startretries = 0
autostart = false
`;

const sick = (alert: string): string => `${SICK}${alert}`;

test('a failure and its end reach a webhook, with what is secret from files and a link to the subject [C81][C82][C86]', async (t) => {
  const hub = await receiver(t);
  const dir = tempDir(t);
  writeFileSync(join(dir, 'hook'), `${hub.url}?token=abc\n`);
  writeFileSync(join(dir, 'token'), 'Bearer s3cret\n');
  const d = await startDaemon(t, {
    dir, config: sick(`[alerts]\nlink = "https://ops.example.com/?name={name}"\n[alerts.ops]\non = ["failure"]\nwebhook_file = "hook"\nheader_files = { Authorization = "token" }\nheaders = { X-Team = "shop" }\n`),
  });
  assert.notEqual((await d.ctl('start', 'web')).code, 0);
  const first = await hub.message(1);
  assert.equal(first.path, '/hook?token=abc');
  assert.deepEqual([first.headers.authorization, first.headers['x-team'], first.headers['content-type']], ['Bearer s3cret', 'shop', 'application/json']);
  const { kind, alert, cause, severity, title, subjectName, link, why } = first.body as Record<string, string>;
  assert.deepEqual({ kind, alert, cause, severity, title, subjectName, link }, { kind: 'start', alert: 'ops', cause: 'process.fatal', severity: 'error', title: '[error] web: process.fatal', subjectName: 'web', link: 'https://ops.example.com/?name=web%3Aweb' });
  assert.match(String(why), /exit|quickly/i);
  const [listed] = await d.get<readonly AlertView[]>('/v1/alerts');
  assert.deepEqual([listed?.incidents[0]?.subjectName, listed?.incidents[0]?.told], ['web', true]);
  writeFileSync(join(dir, 'ok'), '');
  assert.equal((await d.ctl('start', 'web')).code, 0);
  const second = await hub.message(2);
  assert.deepEqual([second.body['kind'], second.body['incident']], ['end', first.body['incident']]);
  await d.fact('alert.delivered', (fact) => fact.message === second.body['id']);
  const shown = await d.ctl('alert', 'list');
  assert.match(shown.stdout, /ops +ok +failure +webhook +2 +2 +0/);
  assert.doesNotMatch(`${shown.stdout}${d.output()}${JSON.stringify(d.facts)}`, /s3cret|token=abc/);
});

test('Slack and its like get a text, here over a unix socket [C82]', async (t) => {
  const dir = tempDir(t);
  const hub = await receiver(t, join(dir, 'hub.sock'));
  const d = await startDaemon(t, { dir, config: sick(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\nwebhook_socket = "hub.sock"\nformat = "slack"\ntitle = "{subject} is down"\n`) });
  await d.ctl('start', 'web');
  const { headers, body } = await hub.message(1);
  assert.equal(headers.host, 'hub.example.com');
  assert.deepEqual(Object.keys(body), ['text']);
  assert.match(String(body['text']), /^\*web is down\*\n/);
});

test('a script gets the alert as JSON and in its environment, and is run again when it fails; supervision does not wait [C82]', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'mail'), '#!/bin/sh\ncat > got.json\nif ! test -e tried; then touch tried; echo "no mail today" >&2; exit 75; fi\nenv | grep ^ALERT_ | sort > got.env\n', { mode: 0o755 });
  const d = await startDaemon(t, { dir, config: sick('[alerts.ops]\non = "failure"\nexec = "./mail --now"\n'), env: { NOTIFY_SOCKET: '/nowhere' } });
  await d.ctl('start', 'web');
  const delayed = await d.fact('alert.delayed');
  assert.match(delayed.why, /exit status 75: no mail today/);
  assert.equal(delayed.attempts, 1);
  const delivered = await d.fact('alert.delivered');
  assert.equal(delivered.attempts, 2);
  const message = JSON.parse(readFileSync(join(dir, 'got.json'), 'utf8')) as Record<string, unknown>;
  assert.equal(message['id'], delivered.message);
  const variables = readFileSync(join(dir, 'got.env'), 'utf8');
  assert.match(variables, /^ALERT_CAUSE=process\.fatal$/m);
  assert.match(variables, /^ALERT_LAST_BEAT=Never$/m);
  assert.match(variables, /^ALERT_SUBJECT=web$/m);
});

test('a daemon that is killed between the fact and the delivery has a successor that delivers, once [C83]', async (t) => {
  const hub = await receiver(t);
  const dir = tempDir(t);
  const config = sick(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\ntimeout = "30s"\n`);
  hub.answers = null;
  const first = await startDaemon(t, { dir, config });
  await first.ctl('start', 'web');
  const lost = await hub.message(1);
  first.kill('SIGKILL');
  await first.ended();
  hub.answers = 200;
  const second = await startDaemon(t, { dir, config });
  const again = await hub.message(2);
  assert.equal(again.body['id'], lost.body['id'], 'the same message');
  await second.fact('alert.delivered', (fact) => fact.message === lost.body['id']);
  // What lasts is still known, and dedup too: failing again is no new message.
  const [view] = await second.get<readonly AlertView[]>('/v1/alerts');
  assert.deepEqual([view?.waiting, view?.incidents[0]?.told], [0, true]);
  await second.ctl('start', 'web');
  await second.fact('process.fatal');
  writeFileSync(join(dir, 'ok'), '');
  assert.equal((await second.ctl('start', 'web')).code, 0);
  const end = await hub.message(3);
  assert.deepEqual([end.body['kind'], end.body['incident']], ['end', lost.body['incident']]);
});

test('a silence survives a restart of the daemon, and what lasts when it ends is told [A45]', async (t) => {
  const hub = await receiver(t);
  const dir = tempDir(t);
  const config = sick(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\n[checks.disk]\ncommand = "true"\nevery = "1h"\n`);
  const first = await startDaemon(t, { dir, config });
  assert.match((await first.ctl('silence', 'disk', '2h')).stdout, /did you mean "check:disk"/);
  const slip = await first.ctl('silence', 'wbe', '2h');
  assert.equal(slip.code, 1);
  assert.match(`${slip.stdout}${slip.stderr}`, /no process, program, group, job, breaker or alert has this name.*did you mean "web"/s);
  assert.equal((await first.ctl('silence', 'web', '2h', '--why', 'moving it')).code, 0);
  await first.stop();
  const second = await startDaemon(t, { dir, config });
  const silences = await second.get<readonly Silence[]>('/v1/silences');
  assert.deepEqual(silences.map(({ name, why, until, at }) => [name, why, until - at]), [['web', 'moving it', 7_200_000]]);
  await second.ctl('start', 'web');
  await second.fact('process.fatal');
  const [view] = await second.get<readonly AlertView[]>('/v1/alerts');
  assert.deepEqual([view?.sent, view?.incidents[0]?.silenced], [0, true]);
  const ended = await second.ctl('silence', 'end', 'web');
  assert.equal(ended.stdout, 'web: alerts are sent again\n');
  assert.equal((await hub.message(1)).body['kind'], 'start');
  assert.equal((await second.ctl('silence', 'list')).stdout, '');
  assert.equal((await second.ctl('silence', 'end', 'web')).code, 1);
  const audit = await second.get<readonly AuditEntry[]>('/v1/audit');
  assert.deepEqual(audit.map(({ action, result }) => `${action} ${result}`).filter((row) => row.startsWith('silence')), ['silence end refused: cannot end a silence of web: there is none', 'silence end ok', 'silence ok', 'silence refused: cannot silence wbe: no process, program, group, job, breaker or alert has this name', 'silence refused: cannot silence disk: no process, program, group, job, breaker or alert has this name']);
});

test('a silence ends by itself', async (t) => {
  const hub = await receiver(t);
  const d = await startDaemon(t, { config: sick(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\n`) });
  assert.equal((await d.ctl('silence', 'all', '500ms')).code, 0);
  await d.ctl('start', 'web');
  assert.match((await d.fact('silence.ended')).by, /its time is over/);
  assert.equal((await hub.message(1)).body['kind'], 'start');
});

test('alert test sends a sample past all rules, and exits with 1 for what is not there or not taken [C85]', async (t) => {
  const hub = await receiver(t);
  const d = await startDaemon(t, { config: sick(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\n[alerts.mail]\non = "failure"\nenabled = false\nexec = ["sh", "-c", "exit 9"]\n`) });
  const good = await d.ctl('alert', 'test', 'ops');
  assert.equal(good.code, 0);
  assert.match(good.stdout, /^ops webhook: delivered/);
  assert.equal((await hub.message(1)).body['kind'], 'test');
  const bad = await d.ctl('alert', 'test');
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /mail exec: ERROR \(exit status 9\)/);
  for (const [args, expected] of [[['ops', '--channel', 'pigeon'], /channels are exec, webhook, syslog/], [['ops', '--channel', 'exec'], /alert ops has no channel exec.*channels are webhook/s], [['osp'], /there is no alert osp.*did you mean "ops"/s]] as const) {
    const refused = await d.ctl('alert', 'test', ...args);
    assert.equal(refused.code, 1, args.join(' '));
    assert.match(`${refused.stdout}${refused.stderr}`, expected);
  }
  const [mail] = (await d.get<readonly AlertView[]>('/v1/alerts')).filter((one) => one.name === 'mail');
  assert.deepEqual([mail?.enabled, mail?.sent], [false, 0]);
});

test('restarts and stops that somebody asks for are no news; the crash after them is', async (t) => {
  const hub = await receiver(t);
  const d = await startDaemon(t, { config: `[programs.web]\ncommand = "sleep 600"\nrestart_delay = "10s"\n[alerts.ops]\non = ["process.exited", "process.backoff"]\nwebhook = "${hub.url}"\n` });
  await d.state('web', 'RUNNING');
  assert.equal((await d.ctl('restart', 'web')).code, 0);
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  assert.equal((await d.ctl('start', 'web')).code, 0);
  process.kill((await d.view('web')).pid ?? 0, 'SIGKILL');
  const { body } = await hub.message(1);
  assert.deepEqual([body['cause'], body['why']], ['process.exited', 'terminated by SIGKILL']);
  await hub.message(2);
  assert.deepEqual(hub.got.map((one) => one.body['cause']), ['process.exited', 'process.backoff']);
});

test('alerts are taken live by apply, and the switch of all turns all off [C87]', async (t) => {
  const hub = await receiver(t);
  const d = await startDaemon(t, { config: SICK });
  assert.match((await d.ctl('alert', 'list')).stderr, /No alerts are configured/);
  const add = (text: string): void => writeFileSync(d.configFile, `${readFileSync(d.configFile, 'utf8')}${text}`);
  add(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\n`);
  const applied = await d.ctl('apply', '--yes');
  assert.equal(applied.code, 0);
  assert.match(applied.stdout, /alerts\.ops/);
  assert.doesNotMatch(applied.stdout, /127\.0\.0\.1/);
  await waitFor('the alert', async () => (await d.get<readonly AlertView[]>('/v1/alerts')).length === 1);
  await d.ctl('start', 'web');
  await hub.message(1);
  add('[alerts]\nenabled = false\n');
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  await d.ctl('start', 'web');
  await waitFor('the second failure', () => d.facts.filter((fact) => fact.type === 'process.fatal').length === 2);
  const [view] = await d.get<readonly AlertView[]>('/v1/alerts');
  assert.deepEqual([view?.enabled, view?.sent, view?.incidents], [false, 1, []]);
});

test('a receiver that refuses the message is not asked again; a receiver that fails is a fact', async (t) => {
  const hub = await receiver(t);
  const d = await startDaemon(t, { config: sick(`[alerts.ops]\non = "failure"\nwebhook = "${hub.url}"\ndedup = 0\n`) });
  hub.answers = 422;
  await d.ctl('start', 'web');
  assert.match((await d.fact('alert.lost')).why, /it answers 422: thanks/);
  hub.answers = 503;
  await d.ctl('start', 'web');
  assert.match((await d.fact('alert.delayed')).why, /it answers 503/);
  assert.match((await d.ctl('alert', 'list')).stdout, /ops: webhook: it answers 503/);
  hub.answers = 200;
  await d.fact('alert.delivered');
});

test('the end of the daemon can be told, each channel in order', async (t) => {
  const hub = await receiver(t);
  const d = await startDaemon(t, { config: sick(`[alerts.ops]\non = ["daemon.stopping", "daemon.stopped"]\nwebhook = "${hub.url}"\n`) });
  await d.stop();
  assert.deepEqual(hub.got.map((one) => one.body['cause']), ['daemon.stopping', 'daemon.stopped']);
});
