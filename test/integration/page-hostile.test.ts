// What somebody who means harm sends to the server of the page: other hosts' cookies, a thousand logins, paths, and what is kept of it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { ApiSpec } from '../../config/api-spec.ts';
import type { ConfiguredProcess } from '../../daemon/contract/answers.ts';
import type { SessionAnswer } from '../../daemon/contract/page.ts';
import type { AuditEntry } from '../../daemon/contract/rest.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { apiWorld, until, wire } from '../support/api-world.ts';
import type { ApiWorld, CurlAnswer } from '../support/api-world.ts';
import { startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';

const USERS = {
  users: [{ name: 'ann', password: 'a', role: 'admin' }, { name: 'cy', password: 'c', role: 'read' }],
} as const satisfies Partial<ApiSpec>;
const json = (body: unknown): readonly string[] => ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
const cookieOf = (answer: CurlAnswer): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const login = (world: ApiWorld, name: string, ...args: readonly string[]): Promise<CurlAnswer> => world.tcp('/v1/login', ...json({ name, password: name.slice(0, 1) }), ...args);

test('a cookie of the same name that another port of the host has set neither logs out nor stands before ours', async () => {
  await using world = await apiWorld({ api: USERS });
  const ours = cookieOf(await login(world, 'ann'));
  const name = ours.split('=')[0] ?? '';
  const who = async (cookie: string): Promise<string | null> => (await world.tcp('/v1/session', '-H', `Cookie: ${cookie}`)).json<SessionAnswer>().who;
  // A longer Path puts theirs first.
  assert.equal(await who(`${name}=tossed; ${ours}`), 'ann');
  assert.equal(await who(`${ours}; ${name}=tossed`), 'ann');
  const many = Array.from({ length: 5000 }, () => `${name}=x`).join('; ').slice(0, 12_000);
  assert.equal((await world.tcp('/v1/status', '-H', `Cookie: ${many}`)).code(), 'UNAUTHENTICATED');
});

test('over https the cookie is one that only this host can set, and comes before one that others can', async () => {
  await using world = await apiWorld({ api: { ...USERS, allowedHosts: ['reeve.example.org'] } });
  const proxied = ['-H', 'Host: reeve.example.org', '-H', 'Origin: https://reeve.example.org'];
  const answer = await login(world, 'ann', ...proxied);
  assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-reeve_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
  // The attacker's own session, planted from a page of a sibling host: ann would work as cy.
  const planted = cookieOf(await login(world, 'cy', '-H', 'Host: reeve.example.org'));
  assert.match(planted, /^reeve_session=/);
  const both = ['-H', `Cookie: ${planted}; ${cookieOf(answer)}`];
  assert.equal((await world.tcp('/v1/session', ...proxied, ...both)).json<SessionAnswer>().who, 'ann');
  const { csrf } = answer.json<SessionAnswer>();
  const out = await world.tcp('/v1/logout', ...proxied, ...json({}), ...both, '-H', `X-Reeve-CSRF: ${csrf ?? ''}`);
  assert.match(out.headers.get('set-cookie') ?? '', /^__Host-reeve_session=; .*Max-Age=0; Secure$/, 'browsers refuse the name without Secure, also to take it away');
});

test('logins and logouts stand in the audit trail with who and from where, and a flood of them does not fill it', async () => {
  await using world = await apiWorld({ api: USERS });
  const answer = await login(world, 'ann');
  await world.tcp('/v1/logout', ...json({}), '-H', `Cookie: ${cookieOf(answer)}`, '-H', `X-Reeve-CSRF: ${answer.json<SessionAnswer>().csrf ?? ''}`);
  assert.deepEqual(world.control.visits, ['login', 'logout'].map((action) => ({ caller: { who: 'ann', role: 'admin' }, action, how: 'ok, from 127.0.0.1' })));
  await Promise.all(Array.from({ length: 100 }, () => login(world, 'cy')));
  assert.ok(world.control.visits.length <= 60, `${world.control.visits.length} entries`);
});

test('one user cannot have all streams: some are left to others, and those that end are given back', async () => {
  await using world = await apiWorld({ api: USERS, limits: { streams: 4 } });
  const ask = (name: string) => wire({ host: '127.0.0.1', port: world.port }, `GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ${btoa(`${name}:${name.slice(0, 1)}`)}\r\n\r\n`);
  const cys = [ask('cy'), ask('cy'), ask('cy')];
  for (const one of cys) await one.saw('200 OK');
  const more = ask('cy');
  await more.saw('you have 3 open on this listener');
  const ann = ask('ann');
  await ann.saw('200 OK');
  cys[0]?.socket.destroy();
  await until('the place is free', () => world.control.subscribers.size === 3);
  const again = ask('cy');
  await again.saw('200 OK');
  for (const one of [...cys, more, ann, again]) one.socket.destroy();
});

test('a reader is refused every route that changes something or shows what is an admin\'s, in every form', async () => {
  await using world = await apiWorld({ api: USERS });
  const answer = await login(world, 'cy');
  const session = ['-H', `Cookie: ${cookieOf(answer)}`, '-H', `X-Reeve-CSRF: ${answer.json<SessionAnswer>().csrf ?? ''}`];
  const beyond = ROUTES.filter((route) => route.role === 'operate' || route.role === 'admin');
  assert.ok(beyond.length > 30);
  for (const route of beyond) {
    const path = route.path.replaceAll(/\{\w+\}/g, 'web');
    for (const by of [session, ['-u', 'cy:c']]) assert.equal((await world.tcp(path, ...(route.method === 'POST' ? json({}) : []), ...by)).status, 403, route.id);
  }
  for (const header of ['X-HTTP-Method-Override: POST', 'X-HTTP-Method: POST', 'X-Method-Override: POST']) assert.equal((await world.tcp('/v1/shutdown?_method=POST', ...session, '-H', header)).status, 404);
  assert.deepEqual(world.control.mutations, []);
});

test('no path leads out of the files of the page', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-page-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'page', 'assets'), { recursive: true });
  for (const file of ['secret.txt', '.secret', 'page/.secret', 'page/secret.txt', 'page/index.html', 'page/assets/.secret', 'page/assets/a.js']) writeFileSync(join(directory, file), file.includes('secret') ? 'hidden from all' : 'of the page');
  await using world = await apiWorld({ api: USERS, pageDirectory: join(directory, 'page') });
  assert.equal((await world.tcp('/assets/a.js')).status, 200);
  const up = ['..', '%2e%2e', '.%2e', '..%2f', '..%5c', '%252e%252e', '..%00', '....'];
  const out = [...up.flatMap((step) => [`/assets/${step}/secret.txt`, `/assets/${step}/${step}/secret.txt`, `/${step}/secret.txt`]), '/assets//secret.txt', '/assets/%00', '/assets/', '/assets/.secret', '/.secret', '/secret.txt', `/assets/${directory}/secret.txt`, '/assets/a.js/../../secret.txt'];
  for (const path of out) {
    const answer = await world.tcp(path, '--path-as-is', '-g');
    assert.ok([400, 401, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.equal(answer.body.includes('hidden from all'), false, path);
  }
});

test('what marks a secret keeps it out of every answer that shows a command, and a request of many long names leaves a short entry in the audit trail', async (t) => {
  const port = await freePort();
  const config = (socket: string): string => `
[api]
listen = ["unix:${socket}", "127.0.0.1:${port}"]
[[api.users]]
name = "cy"
password = "c"
role = "read"
[programs.web]
command = "sleep 600 --key hunter22-in-argv"
autostart = false
environment = { KEY = "hunter22-in-argv", PLAIN = "hunter22-plain" }
environment_secret = ["KEY"]
`;
  const d = await startDaemon(t, { config: config('reeve.sock'), socket: 'reeve.sock' });
  const read = async (path: string, init: RequestInit = {}): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { authorization: `Basic ${btoa('cy:c')}`, ...(init.headers as Record<string, string>) } });
    assert.equal(answer.status, 200, path);
    return answer.text();
  };
  for (const path of ['/v1/status', '/v1/config', '/v1/config/web', '/v1/explain?names=web', '/v1/info', '/v1/doctor', '/metrics', '/v1/mainlog', '/v1/events?follow=false&since=0&min_severity=debug']) {
    assert.doesNotMatch(await read(path), /hunter22/, path);
  }
  assert.match((JSON.parse(await read('/v1/config')) as ConfiguredProcess[])[0]?.command ?? '', /\(hidden\)/);
  const call = '<methodCall><methodName>supervisor.getAllConfigInfo</methodName><params/></methodCall>';
  assert.doesNotMatch(await read('/RPC2', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: call }), /hunter22/);

  const names = Array.from({ length: 240 }, (_, i) => `${'n'.repeat(1000)}${i}`);
  await d.ctl('start', ...names);
  const [entry] = await d.get<AuditEntry[]>('/v1/audit?limit=1');
  assert.equal(entry?.action, 'start');
  assert.equal(entry.targets.at(-1), 'and 140 more');
  assert.ok(JSON.stringify(entry).length < 60_000);
});
