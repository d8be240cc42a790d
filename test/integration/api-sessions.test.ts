// Sessions of the page: who is let in, what a foreign page cannot do with them, and when they end.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import type { SessionAnswer } from '../../daemon/contract/page.ts';
import type { ApiSpec } from '../../config/api-spec.ts';
import { apiWorld, until, wire } from '../support/api-world.ts';
import type { ApiWorld, CurlAnswer } from '../support/api-world.ts';
import { startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const USERS = {
  users: [{ name: 'ann', password: 'a', role: 'admin' }, { name: 'cy', password: 'c', role: 'read' }],
  tokens: [{ name: 'ci', token: 'tok', role: 'operate' }],
} as const satisfies Partial<ApiSpec>;

const json = (body: unknown): readonly string[] => ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
const login = (world: ApiWorld, body: unknown, ...args: readonly string[]): Promise<CurlAnswer> => world.tcp('/v1/login', ...json(body), ...args);

/** `name=value` of the cookie that an answer sets. */
function cookieOf(answer: CurlAnswer): string {
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

interface LoggedIn {
  readonly cookie: readonly string[];
  readonly csrf: string;
}

async function loggedIn(world: ApiWorld, body: unknown = { name: 'ann', password: 'a' }): Promise<LoggedIn> {
  const answer = await login(world, body);
  assert.equal(answer.status, 200, answer.body);
  return { cookie: ['-H', `Cookie: ${cookieOf(answer)}`], csrf: answer.json<SessionAnswer>().csrf ?? '' };
}

test('the page learns who asks: nobody, a user, a token, anybody', async () => {
  await using guarded = await apiWorld({ api: USERS });
  assert.deepEqual((await guarded.tcp('/v1/session')).json<SessionAnswer>(), { who: null, role: null, login: { users: true, tokens: true }, csrf: null, expiresAt: null, version: null, identifier: null });
  const basic = (await guarded.tcp('/v1/session', '-u', 'cy:c')).json<SessionAnswer>();
  assert.deepEqual([basic.who, basic.role, basic.csrf, basic.version], ['cy', 'read', null, '9.9.9']);
  assert.equal((await guarded.tcp('/v1/session', '-H', 'Authorization: Bearer tok')).json<SessionAnswer>().who, 'ci');
  assert.equal((await guarded.tcp('/v1/session', '-u', 'cy:wrong')).status, 401);
  assert.equal((await guarded.unix('/v1/session')).json<SessionAnswer>().role, 'admin');
  await using loopback = await apiWorld();
  const reader = (await loopback.tcp('/v1/session')).json<SessionAnswer>();
  assert.deepEqual([reader.who, reader.role, reader.login], ['anonymous', 'read', { users: false, tokens: false }]);
  await using open = await apiWorld({ tcp: { open: true }, api: USERS });
  const anybody = (await open.tcp('/v1/session')).json<SessionAnswer>();
  assert.deepEqual([anybody.who, anybody.role, anybody.login], ['anonymous', 'admin', { users: false, tokens: false }]);
});

test('a login sets a cookie that scripts and foreign pages never see, and the session is what its user is', async () => {
  await using world = await apiWorld({ api: USERS });
  const answer = await login(world, { name: 'ann', password: 'a' });
  const set = answer.headers.get('set-cookie') ?? '';
  assert.match(set, new RegExp(`^reeve_session_${world.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800$`));
  const session = answer.json<SessionAnswer>();
  assert.deepEqual([session.who, session.role, session.version], ['ann', 'admin', '9.9.9']);
  assert.ok((session.csrf ?? '').length >= 43);
  assert.ok(Math.abs((session.expiresAt ?? 0) - Date.now() - 12 * 3_600_000) < 60_000);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const cookie = ['-H', `Cookie: other=1; ${cookieOf(answer)}; more=2`];
  assert.equal((await world.tcp('/v1/status', ...cookie)).status, 200);
  const again = (await world.tcp('/v1/session', ...cookie)).json<SessionAnswer>();
  assert.deepEqual([again.who, again.role, again.csrf], ['ann', 'admin', session.csrf]);
  const byToken = await loggedIn(world, { token: 'tok' });
  assert.equal((await world.tcp('/v1/session', ...byToken.cookie)).json<SessionAnswer>().who, 'ci');
});

test('behind a proxy that speaks https the cookie goes over https alone', async () => {
  await using world = await apiWorld({ api: { ...USERS, allowedHosts: ['reeve.example.org'] } });
  const answer = await login(world, { name: 'ann', password: 'a' }, '-H', 'Host: reeve.example.org', '-H', 'Origin: https://reeve.example.org');
  assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-reeve_session=.*; Secure$/);
});

test('wrong credentials are refused, counted, noted, and never repeated', async () => {
  await using world = await apiWorld({ api: USERS, limits: { failures: 3 } });
  for (const body of [{ name: 'ann', password: 'wrong-secret' }, { name: 'nobody', password: 'a' }, { token: 'wrong-secret' }]) {
    const answer = await login(world, body);
    assert.equal(answer.code(), 'UNAUTHENTICATED');
    assert.equal(answer.headers.has('set-cookie'), false);
  }
  assert.equal((await login(world, { name: 'ann', password: 'a' })).code(), 'BUSY', 'three were too many, for the right one too');
  assert.equal((await world.tcp('/v1/status', '-u', 'ann:a')).code(), 'BUSY', 'Basic counts with them');
  assert.equal(world.control.refusals.filter((one) => one.action === 'login').length, 4);
  assert.equal(JSON.stringify(world.control.refusals).includes('wrong-secret'), false);
});

test('a login that is not of its form says so, without what was in it', async () => {
  await using world = await apiWorld({ api: USERS });
  for (const body of [{}, { name: 'ann' }, { name: 'ann', password: 'a', token: 'tok' }, { token: 12_345_678 }, { name: 'ann', password: ['12345678'] }, { name: 'ann', password: '' }]) {
    const answer = await login(world, body);
    assert.equal(answer.code(), 'BAD_ARGUMENT', JSON.stringify(body));
    assert.equal(answer.body.includes('12345678'), false);
  }
  const address = await world.tcp('/v1/login?name=ann&password=a', ...json({}));
  assert.match(address.body, /never into the address/);
  assert.equal(JSON.stringify(world.control.refusals).includes('12345678'), false);
});

test('where nobody is asked for a password there is nothing to log in with', async () => {
  await using world = await apiWorld();
  assert.equal((await login(world, { name: 'ann', password: 'a' })).code(), 'NOT_SUPPORTED');
});

test('what changes something needs the token of the session: a foreign page has only the cookie', async () => {
  await using world = await apiWorld({ api: USERS });
  const { cookie, csrf } = await loggedIn(world);
  const start = (...args: readonly string[]): Promise<CurlAnswer> => world.tcp('/v1/start', ...json({ names: ['web'] }), ...cookie, ...args);
  assert.equal((await start()).code(), 'FORBIDDEN');
  for (const wrong of ['x', '', csrf.slice(0, -1), `${csrf}x`]) assert.equal((await start('-H', `X-Reeve-CSRF: ${wrong}`)).code(), 'FORBIDDEN');
  const other = await loggedIn(world);
  assert.equal((await start('-H', `X-Reeve-CSRF: ${other.csrf}`)).code(), 'FORBIDDEN', "another session's token is no token");
  assert.equal(world.control.mutations.length, 0);
  assert.match(world.control.refusals[0]?.why ?? '', /^cannot start: the request has not the token of ann's session/);
  assert.equal((await start('-H', `X-Reeve-CSRF: ${csrf}`)).status, 200);
  assert.deepEqual(world.control.mutations[0]?.caller, { who: 'ann', role: 'admin' });
  assert.equal((await world.tcp('/RPC2', '-H', 'Content-Type: text/xml', '-d', '<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>', ...cookie)).code(), 'FORBIDDEN', 'XML-RPC too');
  assert.equal((await world.tcp('/v1/start', ...json({ names: ['web'] }), '-u', 'ann:a')).status, 200, 'who says his password each time needs none');
});

test('a foreign page that sends everything right is a foreign page', async () => {
  await using world = await apiWorld({ api: USERS });
  const { cookie, csrf } = await loggedIn(world);
  const answer = await world.tcp('/v1/start', ...json({ names: ['web'] }), ...cookie, '-H', `X-Reeve-CSRF: ${csrf}`, '-H', 'Origin: http://evil.example');
  assert.equal(answer.code(), 'FORBIDDEN');
  assert.equal((await login(world, { name: 'ann', password: 'a' }, '-H', 'Origin: http://evil.example')).code(), 'FORBIDDEN', 'nor may it log somebody in');
  assert.equal((await world.tcp('/v1/login', '-d', 'name=ann&password=a')).code(), 'BAD_ARGUMENT', 'nor may a form');
});

test('a session may do what its role may', async () => {
  await using world = await apiWorld({ api: USERS });
  const { cookie, csrf } = await loggedIn(world, { name: 'cy', password: 'c' });
  const answer = await world.tcp('/v1/start', ...json({ names: ['web'] }), ...cookie, '-H', `X-Reeve-CSRF: ${csrf}`);
  assert.equal(answer.code(), 'FORBIDDEN');
  assert.match(answer.body, /cy has the role read/);
});

test('an unknown cookie is none: no failed login, and the browser forgets it', async () => {
  await using world = await apiWorld({ api: USERS, limits: { failures: 2 } });
  const name = `reeve_session_${world.port}`;
  for (const value of ['x', 'A'.repeat(43), '', '../../etc']) {
    const answer = await world.tcp('/v1/status', '-H', `Cookie: ${name}=${value}`);
    assert.equal(answer.code(), 'UNAUTHENTICATED');
    assert.match(answer.headers.get('set-cookie') ?? '', new RegExp(`^${name}=; .*Max-Age=0`));
  }
  const stranger = await world.tcp('/v1/session', '-H', `Cookie: ${name}=x`);
  assert.equal(stranger.json<SessionAnswer>().who, null);
  assert.match(stranger.headers.get('set-cookie') ?? '', /Max-Age=0/);
  assert.equal((await login(world, { name: 'ann', password: 'a' })).status, 200, 'nobody was counted');
  assert.deepEqual(world.control.refusals, []);
});

test('the 401 that a page gets opens no dialog of the browser; curl still learns what is wanted', async () => {
  await using world = await apiWorld({ api: USERS });
  assert.match((await world.tcp('/v1/status')).headers.get('www-authenticate') ?? '', /^Basic/);
  assert.match((await world.tcp('/v1/status', '-H', 'Sec-Fetch-Dest: document')).headers.get('www-authenticate') ?? '', /^Basic/);
  for (const by of ['Sec-Fetch-Dest: empty', 'Accept: text/event-stream', 'X-Reeve-CSRF: x']) {
    const answer = await world.tcp('/v1/status', '-H', by);
    assert.equal(answer.status, 401, by);
    assert.equal(answer.headers.has('www-authenticate'), false, by);
  }
  assert.equal((await login(world, { name: 'ann', password: 'x' }, '-H', 'Sec-Fetch-Dest: empty')).headers.has('www-authenticate'), false);
});

test('a logout ends the session and every stream that is open by it', async () => {
  await using world = await apiWorld({ api: USERS });
  const { cookie, csrf } = await loggedIn(world);
  const stream = wire({ host: '127.0.0.1', port: world.port }, `GET /v1/events HTTP/1.1\r\nHost: localhost:${world.port}\r\n${cookie[1]}\r\n\r\n`);
  await stream.saw('200 OK');
  assert.equal((await world.tcp('/v1/logout', '-X', 'POST', ...cookie)).code(), 'FORBIDDEN', 'not without its token');
  const out = await world.tcp('/v1/logout', '-X', 'POST', ...cookie, '-H', `X-Reeve-CSRF: ${csrf}`);
  assert.equal(out.status, 200);
  assert.equal(out.json<SessionAnswer>().who, null);
  assert.match(out.headers.get('set-cookie') ?? '', /Max-Age=0/);
  await until('the stream has ended', () => stream.text().endsWith('0\r\n\r\n'));
  assert.equal((await world.tcp('/v1/status', ...cookie)).status, 401);
  assert.equal((await world.tcp('/v1/logout', '-X', 'POST')).status, 200, 'who is nobody may become nobody');
  stream.socket.destroy();
});

test('who logs in again has one session, not two; a wrong password ends none', async () => {
  await using world = await apiWorld({ api: USERS });
  const first = await loggedIn(world);
  assert.equal((await login(world, { name: 'cy', password: 'x' }, ...first.cookie)).code(), 'UNAUTHENTICATED');
  assert.equal((await world.tcp('/v1/status', ...first.cookie)).status, 200);
  const second = await login(world, { name: 'cy', password: 'c' }, ...first.cookie);
  assert.equal(second.json<SessionAnswer>().who, 'cy');
  assert.notEqual(cookieOf(second), first.cookie[1]?.replace('Cookie: ', ''));
  assert.equal((await world.tcp('/v1/status', ...first.cookie)).status, 401);
  assert.equal((await world.tcp('/v1/status', '-H', `Cookie: ${cookieOf(second)}`)).status, 200);
});

test('a reload that removes or changes a user ends the sessions of that user at once, and no others', async () => {
  await using world = await apiWorld({ api: USERS });
  const control = world.control as { api: ApiSpec };
  const ann = await loggedIn(world);
  const cy = await loggedIn(world, { name: 'cy', password: 'c' });
  const ci = await loggedIn(world, { token: 'tok' });
  const states = async (): Promise<readonly number[]> => Promise.all([ann, cy, ci].map(async ({ cookie }) => (await world.tcp('/v1/status', ...cookie)).status));
  assert.deepEqual(await states(), [200, 200, 200]);
  const before = control.api;
  control.api = { ...before, users: [{ name: 'ann', password: 'another', role: 'admin' }, USERS.users[1]] };
  assert.deepEqual(await states(), [401, 200, 200], 'another password');
  control.api = { ...before, users: [{ ...USERS.users[1], role: 'operate' }] };
  assert.deepEqual(await states(), [401, 401, 200], 'another role');
  control.api = { ...before, tokens: [] };
  assert.equal((await world.tcp('/v1/status', ...ci.cookie)).status, 401, 'no such token');
});

test('the password of [inet_http_server] logs in at that listener alone', async () => {
  await using world = await apiWorld({ tcp: { credentials: { username: 'root', password: 'pw' } }, api: USERS });
  const { cookie, csrf } = await loggedIn(world, { name: 'root', password: 'pw' });
  const session = (await world.tcp('/v1/session', ...cookie)).json<SessionAnswer>();
  assert.deepEqual([session.who, session.role, session.login], ['root', 'admin', { users: true, tokens: false }]);
  assert.equal((await world.tcp('/v1/start', ...json({ names: ['web'] }), ...cookie, '-H', `X-Reeve-CSRF: ${csrf}`)).status, 200);
  assert.equal((await login(world, { name: 'ann', password: 'a' })).code(), 'UNAUTHENTICATED', '[api] users are for the others');
  assert.equal((await login(world, { token: 'tok' })).code(), 'UNAUTHENTICATED');
});

test('probe_listen knows no sessions', async () => {
  await using world = await apiWorld({ api: USERS });
  for (const path of ['/v1/session', '/v1/login', '/v1/logout']) assert.equal((await world.probe(path, ...(path === '/v1/session' ? [] : ['-X', 'POST']))).status, 404, path);
});

test('a page that is logged in gets events and logs as they come: who speaks first, then from where it was, or that there is a gap', async () => {
  await using world = await apiWorld({ api: USERS, ring: 4 });
  const { cookie } = await loggedIn(world);
  const get = (path: string, ...headers: readonly string[]): string => [`GET ${path} HTTP/1.1`, `Host: localhost:${world.port}`, cookie[1] ?? '', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: empty', ...headers, '', ''].join('\r\n');
  const ask = (text: string) => wire({ host: '127.0.0.1', port: world.port }, text);
  const { daemon, seq } = world.control.snapshot();
  const first = ask(get('/v1/events?min_severity=debug', 'Accept: text/event-stream'));
  await first.saw(`event: daemon\ndata: ${JSON.stringify({ type: 'daemon', pid: daemon.pid, startedAt: daemon.startedAt, seq })}\n\n`);
  const fact = world.control.publish({ type: 'process.starting', process: 'web:web', incarnation: 2, from: 'EXITED', tries: 0 });
  await first.saw(`id: ${fact.seq}\nevent: process.starting\n`);
  assert.equal(/\r\n\r\n[0-9a-f]+\r\nevent: daemon\n/.test(first.text()), true, 'before anything else');
  const missed = world.control.publish({ type: 'process.flapping', process: 'web:web', failures: 1, windowMs: 1 });
  const again = ask(get('/v1/events?min_severity=debug&since=1', `Last-Event-ID: ${fact.seq}`));
  await again.saw(`id: ${missed.seq}\n`);
  assert.equal(again.text().includes('event: gap'), false);
  for (let i = 0; i < 6; i++) world.control.publish({ type: 'process.flapping', process: 'web:web', failures: i, windowMs: 1 });
  await ask(get(`/v1/events?min_severity=debug&since=${fact.seq}`)).saw('event: gap\n');
  const log = ask(get('/v1/logs/follow?name=web'));
  await until('it follows', () => world.control.followers.size === 1);
  world.control.writeLog('web:web', 'stdout', 'a line\n');
  await log.saw('a line\n');
});

test('one JSON object a line is facts alone: who speaks is said to server-sent events only', async () => {
  await using world = await apiWorld();
  const lines = world.raw('GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n');
  await until('it watches', () => world.control.subscribers.size === 1);
  world.control.publish({ type: 'process.flapping', process: 'web:web', failures: 1, windowMs: 1 });
  await lines.saw('process.flapping');
  assert.equal(lines.text().includes('"daemon"'), false);
});

test('sessions outlive a door that moves: an apply that changes one user ends that one\'s and no other', async (t) => {
  const port = await freePort();
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = "sleep 600"\n' });
  const write = (bob: string): void =>
    writeFileSync(d.configFile, `[api]\nlisten = ["unix:${d.socket}", "127.0.0.1:${port}"]\n[[api.users]]\nname = "ann"\npassword = "a"\n[[api.users]]\nname = "bob"\npassword = "${bob}"\n[programs.web]\ncommand = "sleep 600"\n`);
  const apply = async (): Promise<void> => assert.equal((await d.ctl('apply', '--yes')).code, 0);
  const opened = (): Promise<unknown> => waitFor('the port answers', async () => (await fetch(`http://127.0.0.1:${port}/livez`)).ok);
  write('b');
  await apply();
  await opened();
  const enter = async (name: string, password: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password }) });
    assert.equal(answer.status, 200);
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  };
  const [ann, bob] = [await enter('ann', 'a'), await enter('bob', 'b')];
  const status = async (cookie: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}/v1/version`, { headers: { cookie } })).status;
  assert.deepEqual([await status(ann), await status(bob)], [200, 200]);
  const stream = await fetch(`http://127.0.0.1:${port}/v1/events`, { headers: { cookie: ann } });
  write('changed');
  await apply();
  // A door that moves ends its streams, a moment after the answer.
  await stream.text().catch(() => '');
  await opened();
  assert.deepEqual([await status(ann), await status(bob)], [200, 401]);
});
