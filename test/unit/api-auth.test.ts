// Who is let in, as what, and how often one may guess.
import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import test from 'node:test';
import type { ApiSpec, ListenSpec } from '../../config/api-spec.ts';
import { createAuth } from '../../daemon/api/auth.ts';
import { allows } from '../../daemon/contract/roles.ts';
import { createSessions } from '../../daemon/api/session.ts';
import { createFailures } from '../../daemon/api/failures.ts';
import { lookupOwner } from '../../daemon/api/owner.ts';
import { passwordMatches } from '../../daemon/api/password.ts';
import { createRefusals } from '../../daemon/api/refusals.ts';
import { apiSpec, listenOn } from '../support/fake-control.ts';

const SALT = Buffer.from('0123456789abcdef');
const SCRYPT = `scrypt:1024:8:1:${SALT.toString('base64')}:${scryptSync('secret', SALT, 32, { N: 1024, r: 8, p: 1 }).toString('base64')}`;
const SHA = '{SHA}E5E9FA1BA31ECD1AE84F75CAAA474F3A663F05F4'; // "secret", as supervisord's docs make it

const USERS: Partial<ApiSpec> = {
  users: [{ name: 'ann', password: SCRYPT, role: 'admin' }, { name: 'bob', password: SHA, role: 'operate' }, { name: 'cy', password: 'plain:text', role: 'read' }],
  tokens: [{ name: 'ci', token: 'tok-123', role: 'operate' }],
};
const TCP = listenOn({ host: '127.0.0.1', port: 9001 });
const UNIX = listenOn({ unix: '/run/reeve.sock' });
const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

async function who(api: Partial<ApiSpec>, listen: ListenSpec, authorization?: string, claimedUser?: string): Promise<string> {
  const result = await createAuth(() => apiSpec(api), 10, createSessions()).identify(listen, { authorization, claimedUser, address: '127.0.0.1' }, 0);
  return 'caller' in result ? `${result.caller.who} ${result.caller.role}` : result.refusal.code;
}

test('a password matches its scrypt, {SHA} or plain form, and nothing else does', async () => {
  for (const stored of [SCRYPT, SHA, 'secret']) {
    assert.equal(await passwordMatches(stored, 'secret'), true, stored);
    for (const wrong of ['Secret', '', 'secret ', stored === 'secret' ? 'x' : stored]) assert.equal(await passwordMatches(stored, wrong), false, `${stored} ${wrong}`);
  }
});

test('a malformed or monstrous scrypt value matches nothing', async () => {
  for (const stored of ['scrypt:', 'scrypt:1:1:1:a:b', 'scrypt:3:8:1:c2FsdA:AAAAAAAAAAAAAAAAAAAAAAAA', `scrypt:1073741824:8:1:c2FsdA:${'A'.repeat(43)}`]) {
    assert.equal(await passwordMatches(stored, 'secret'), false, stored);
    assert.equal(await passwordMatches(stored, stored), false, stored);
  }
});

test('each user and token has its role', async () => {
  assert.equal(await who(USERS, TCP, basic('ann', 'secret')), 'ann admin');
  assert.equal(await who(USERS, TCP, basic('bob', 'secret')), 'bob operate');
  assert.equal(await who(USERS, TCP, basic('cy', 'plain:text')), 'cy read');
  assert.equal(await who(USERS, TCP, 'Bearer tok-123'), 'ci operate');
});

test('what is wrong or missing is UNAUTHENTICATED once credentials are configured', async () => {
  for (const said of [undefined, basic('ann', 'wrong'), basic('nobody', 'secret'), basic('', ''), 'Bearer tok-124', 'Bearer ', 'Basic !!!', 'Digest x', basic('ci', 'tok-123')]) {
    assert.equal(await who(USERS, TCP, said), 'UNAUTHENTICATED', String(said));
  }
});

test('TCP without any credentials serves the read role, unless the file says open', async () => {
  assert.equal(await who({}, TCP), 'anonymous read');
  assert.equal(await who({}, TCP, basic('a', 'b')), 'anonymous read');
  assert.equal(await who({}, { ...TCP, open: true }), 'anonymous admin');
});

test('a unix socket trusts its file mode; the name that the client says is for the audit trail only', async () => {
  assert.equal(await who(USERS, UNIX), 'unix admin');
  assert.equal(await who(USERS, UNIX, undefined, 'ann\r\nX: <b>'), 'unix:annXb admin');
  assert.equal(await who(USERS, UNIX, undefined, 'x'.repeat(500)), `unix:${'x'.repeat(64)} admin`);
});

test('a listener of an INI file takes its own credentials and no others, on a unix socket too', async () => {
  for (const listen of [TCP, UNIX].map((one) => ({ ...one, credentials: { username: 'chris', password: SHA } }))) {
    assert.equal(await who(USERS, listen, basic('chris', 'secret')), 'chris admin');
    for (const said of [undefined, basic('ann', 'secret'), 'Bearer tok-123']) assert.equal(await who(USERS, listen, said), 'UNAUTHENTICATED', String(said));
  }
});

test('too many wrong guesses from one address are not heard for a minute; others, and who is known already, are', async () => {
  const spec = apiSpec(USERS);
  const auth = createAuth(() => spec, 3, createSessions());
  const ask = async (authorization: string, address: string, now: number): Promise<string> => {
    const result = await auth.identify(TCP, { authorization, claimedUser: undefined, address }, now);
    return 'caller' in result ? result.caller.who : result.refusal.code;
  };
  assert.equal(await ask(basic('ann', 'secret'), 'A', 0), 'ann');
  for (let i = 0; i < 3; i++) assert.equal(await ask(basic('bob', `guess${i}`), 'A', i), 'UNAUTHENTICATED');
  assert.equal(await ask(basic('bob', 'secret'), 'A', 10), 'BUSY', 'right, but not heard');
  assert.equal(await ask(basic('ann', 'secret'), 'A', 10), 'ann', 'known already');
  assert.equal(await ask(basic('bob', 'secret'), 'B', 10), 'bob', 'from elsewhere');
  assert.equal(await ask(basic('cy', 'plain:text'), 'A', 60_001), 'cy', 'a minute later');
});

test('a user that a reload removed is a stranger at once', async () => {
  let spec = apiSpec(USERS);
  const auth = createAuth(() => spec, 10, createSessions());
  const ask = async (): Promise<boolean> => 'caller' in (await auth.identify(TCP, { authorization: basic('bob', 'secret'), claimedUser: undefined, address: 'A' }, 0));
  assert.equal(await ask(), true);
  spec = apiSpec({ ...USERS, users: USERS.users?.filter((user) => user.name !== 'bob') ?? [] });
  assert.equal(await ask(), false);
});

test('wrong guesses of one local user on a unix socket with a password do not lock out the others', async () => {
  const auth = createAuth(() => apiSpec({}), 2, createSessions());
  const socket: ListenSpec = { ...UNIX, credentials: { username: 'ann', password: SHA } };
  const ask = (password: string) => auth.identify(socket, { authorization: basic('ann', password), claimedUser: undefined, address: 'unix' }, 0);
  for (let i = 0; i < 5; i++) assert.ok('refusal' in (await ask(`guess ${i}`)));
  assert.ok('caller' in (await ask('secret')));
});

test('the count of failures forgets old addresses, not its bound', () => {
  const failures = createFailures(1);
  for (let i = 0; i < 5000; i++) failures.note(`10.0.${i >> 8}.${i & 255}`, 0);
  assert.equal(failures.blockedMs('10.0.0.0', 1), 0, 'forgotten');
  assert.ok(failures.blockedMs(`10.0.${4999 >> 8}.${4999 & 255}`, 1) > 0);
});

test('a flood of refusals leaves a bounded trail that says what it left out', () => {
  const trail: string[] = [];
  const refusals = createRefusals((_caller, _action, why) => trail.push(why));
  const caller = { who: 'x', role: 'read' } as const;
  for (let i = 0; i < 1000; i++) refusals.note(caller, 'start', 'no', i);
  assert.equal(trail.length, 60);
  refusals.note(caller, 'start', 'no', 61_000);
  assert.match(trail[60] ?? '', /940 more refusals/);
});

test('a role includes the ones below it', () => {
  assert.deepEqual((['read', 'operate', 'admin'] as const).map((needed) => allows('operate', needed)), [true, true, false]);
});

test('the owner of a socket is found by name or number', () => {
  assert.deepEqual(lookupOwner('0:0'), { uid: 0, gid: 0 });
  assert.deepEqual(lookupOwner('root'), { uid: 0, gid: 0 });
  assert.deepEqual(lookupOwner('54321:54322'), { uid: 54321, gid: 54322 });
  assert.equal(lookupOwner('no-such-user'), 'no user is named "no-such-user"');
  assert.equal(lookupOwner('root:no-such-group'), 'no group is named "no-such-group"');
});

test('one IPv6 network is one address, and an IPv4 address is the same however it is written', () => {
  const failures = createFailures(1);
  const blocked = (address: string): boolean => failures.blockedMs(address, 1) > 0;
  failures.note('2001:db8:1:2::7', 0);
  for (const same of ['2001:db8:1:2:ffff::1', '2001:0db8:0001:0002:a:b:c:d', '2001:db8:1:2::']) assert.ok(blocked(same), same);
  for (const other of ['2001:db8:1:3::7', '2001:db8::1', '::1', '10.0.0.1']) assert.equal(blocked(other), false, other);
  failures.note('::ffff:10.0.0.1', 0);
  assert.ok(blocked('10.0.0.1'));
  assert.equal(blocked('10.0.0.2'), false);
  failures.note('fe80::1%eth0', 0);
  assert.ok(blocked('fe80::2%eth0'));
});

test('whoever has no scrypt password is not told apart by it: where one takes scrypt, every name does', async () => {
  const slow = 'scrypt:16384:8:1:c2FsdHNhbHQ=:ZmZmZmZmZmZmZmZmZmZmZmZmZmY=';
  const api = { users: [{ name: 'plain', password: 'p', role: 'read' }, { name: 'slow', password: slow, role: 'read' }], tokens: [] } as const;
  assert.equal(await who(api, TCP, basic('plain', 'p')), 'plain read');
  for (const name of ['plain', 'slow', 'nobody']) assert.equal(await who(api, TCP, basic(name, 'x')), 'UNAUTHENTICATED');
});
