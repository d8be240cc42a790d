// The table of sessions: who is found, and when a session is over. Time is passed in.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cookieName, noCookie, readCookies, sessionCookie } from '../../daemon/api/cookie.ts';
import { createSessions, hasToken, IDLE_MS, LONGEST_MS } from '../../daemon/api/session.ts';

const ANN = { who: 'ann', role: 'admin' } as const;

test('a session is found by what the cookie holds, and by nothing else', () => {
  const sessions = createSessions();
  const print = sessions.print(['user', 'ann', 'a']);
  const { id, session } = sessions.begin(ANN, print, 0);
  const prints = new Set([print]);
  assert.equal(sessions.find(id, prints, 1), session);
  for (const wrong of ['', 'x', id.slice(1), `${id}x`, session.csrf]) assert.equal(sessions.find(wrong, prints, 1), null);
  assert.notEqual(id, session.csrf);
  assert.match(id, /^[\w-]{43}$/);
});

test('a session is none where its credentials are not, and stays what it is where they are', () => {
  const sessions = createSessions();
  const [print, other] = [sessions.print(['user', 'ann', 'a']), sessions.print(['user', 'ann', 'b'])];
  const { id, session } = sessions.begin(ANN, print, 0);
  assert.equal(sessions.find(id, new Set([other]), 1), null);
  assert.equal(sessions.find(id, new Set(), 1), null);
  assert.equal(sessions.find(id, new Set([other, print]), 1), session);
});

test('a print says nothing of the password, and is another one in another table', () => {
  const parts = ['user', 'ann', 'secret'];
  const print = createSessions().print(parts);
  assert.equal(print.includes('secret'), false);
  assert.notEqual(createSessions().print(parts), print);
  const sessions = createSessions();
  assert.notEqual(sessions.print(['a', 'bc']), sessions.print(['ab', 'c']), 'parts do not run together');
});

test('a session that is not used is over after half a day, one that is used after a week', () => {
  const sessions = createSessions();
  const prints = new Set(['p']);
  const idle = sessions.begin(ANN, 'p', 0);
  assert.equal(sessions.find(idle.id, prints, IDLE_MS), null);
  const used = sessions.begin(ANN, 'p', 0);
  let now = 0;
  for (; now < LONGEST_MS - IDLE_MS; now += IDLE_MS - 1) assert.ok(sessions.find(used.id, prints, now), `still there after ${now} ms`);
  assert.ok(sessions.find(used.id, prints, now - 1));
  assert.deepEqual(sessions.left(used.session, LONGEST_MS - 1000).longestMs, 1000);
  assert.equal(sessions.find(used.id, prints, LONGEST_MS), null);
  assert.equal(used.session.gone.aborted, true, 'streams are told');
  assert.equal(sessions.size, 0, 'nothing is kept of it');
});

test('a stream that is open is a use, and its end is one', () => {
  const sessions = createSessions();
  const prints = new Set(['p']);
  const { id, session } = sessions.begin(ANN, 'p', 0);
  const release = sessions.hold(session, () => 2 * IDLE_MS);
  assert.ok(sessions.find(id, prints, 2 * IDLE_MS - 1));
  release();
  release();
  assert.ok(sessions.find(id, prints, 3 * IDLE_MS - 1), 'half a day after the end of the stream');
  assert.equal(sessions.find(id, prints, 5 * IDLE_MS), null);
});

test('a session that has ended stays ended, whatever a stream of it does later', () => {
  const sessions = createSessions();
  const { id, session } = sessions.begin(ANN, 'p', 0);
  const release = sessions.hold(session, () => 5);
  sessions.end(session);
  assert.equal(session.gone.aborted, true);
  release();
  assert.equal(sessions.find(id, new Set(['p']), 6), null);
  assert.equal(sessions.size, 0);
});

test('the table is bounded: the session that was not used for longest makes room', () => {
  const sessions = createSessions(3);
  const prints = new Set(['p']);
  const begun = [0, 1, 2].map((now) => sessions.begin(ANN, 'p', now));
  assert.ok(sessions.find(begun[0]?.id ?? '', prints, 3));
  const last = sessions.begin(ANN, 'p', 4);
  assert.deepEqual([...begun, last].map(({ id }) => sessions.find(id, prints, 5) !== null), [true, false, true, true]);
  assert.equal(sessions.size, 3);
  assert.equal(begun[1]?.session.gone.aborted, true);
});

test('sessions that are over make room before anybody else does', () => {
  const sessions = createSessions(2);
  sessions.begin(ANN, 'p', 0);
  const second = sessions.begin(ANN, 'p', 10);
  sessions.begin(ANN, 'p', IDLE_MS + 5);
  assert.ok(sessions.find(second.id, new Set(['p']), IDLE_MS + 6));
});

test('the token of a session is its own, whole and exact', () => {
  const sessions = createSessions();
  const [one, two] = [sessions.begin(ANN, 'p', 0).session, sessions.begin(ANN, 'p', 0).session];
  assert.equal(hasToken(one, one.csrf), true);
  for (const wrong of [undefined, '', one.csrf.slice(1), `${one.csrf}=`, one.csrf.toLowerCase(), two.csrf]) assert.equal(hasToken(one, wrong), false);
});

test('the cookie is named by the port, so that two daemons of one host do not log each other out', () => {
  assert.equal(cookieName('localhost:9001'), 'reeve_session_9001');
  assert.equal(cookieName('[::1]:9002'), 'reeve_session_9002');
  assert.equal(cookieName('reeve.example.org'), 'reeve_session');
  assert.equal(cookieName('[::1]'), 'reeve_session');
  assert.equal(cookieName(undefined), 'reeve_session');
});

test('a cookie is read among others, all of the name and at most eight, and set for scripts and foreign pages never to see', () => {
  assert.deepEqual(readCookies('a=1; reeve_session=x; b=2', 'reeve_session'), ['x']);
  assert.deepEqual(readCookies('reeve_session_9001=x', 'reeve_session'), []);
  assert.deepEqual(readCookies('reeve_session=', 'reeve_session'), ['']);
  assert.deepEqual(readCookies(undefined, 'reeve_session'), []);
  assert.deepEqual(readCookies('reeve_session', 'reeve_session'), []);
  assert.deepEqual(readCookies('n=theirs; n=ours; __Host-n=sure', 'n'), ['sure', 'theirs', 'ours'], 'what no other host can have set comes first');
  assert.equal(readCookies('n=x; '.repeat(1000), 'n').length, 8);
  assert.equal(sessionCookie('n', 'v', 'http://localhost:9001'), 'n=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800');
  assert.equal(sessionCookie('n', 'v', 'https://h'), '__Host-n=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800; Secure');
  assert.match(noCookie('n=x', 'n'), /^n=; Path=\/; .*Max-Age=0$/);
  assert.match(noCookie('__Host-n=x', 'n'), /^__Host-n=; Path=\/; .*Max-Age=0; Secure$/);
});

test('who logs in a thousand times pushes only himself out', () => {
  const sessions = createSessions(10);
  const ann = sessions.begin(ANN, 'ann', 0);
  const bob = sessions.begin(ANN, 'bob', 1);
  const cys = Array.from({ length: 1000 }, (_, i) => sessions.begin(ANN, 'cy', 2 + i));
  const prints = new Set(['ann', 'bob', 'cy']);
  assert.ok(sessions.find(ann.id, prints, 2000));
  assert.ok(sessions.find(bob.id, prints, 2000));
  assert.deepEqual(cys.slice(-9).map(({ id }) => sessions.find(id, prints, 2000) !== null), [false, true, true, true, true, true, true, true, true]);
  assert.equal(sessions.size, 10);
});
