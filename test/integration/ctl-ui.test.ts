// reevectl ui: where the page is, who may log in, and what to write so that there is one. Asked of real daemons.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import type { UiAnswer } from '../../ctl/commands/ui.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { runCtl } from '../support/run-ctl.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = '[programs.web]\ncommand = "sleep 600"\n';
const toml = (d: string, port: number, more = ''): string => `[api]\nlisten = ["unix:${d}/reeve.sock", "127.0.0.1:${port}"]\n${more}\n${PROGRAM}`;
const ui = async (d: Daemon): Promise<UiAnswer> => JSON.parse((await d.ctl('ui', '--json')).stdout) as UiAnswer;

/** The page is built by scripts/build.ts; where it is not, the daemon says so, and so does `ui`. */
const IS_BUILT = existsSync(join(import.meta.dirname, '../../dist/web-ui/index.html'));

async function daemonAt(t: TestContext, more: string): Promise<{ readonly d: Daemon; readonly port: number }> {
  const port = await freePort();
  const d = await startDaemon(t, { config: PROGRAM });
  writeFileSync(d.configFile, toml(d.dir, port, more));
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  await d.fact('operation.completed');
  return { d, port };
}

/** Asks until the door has moved. */
async function answered(d: Daemon, port: number): Promise<UiAnswer> {
  const until = performance.now() + 10_000;
  for (;;) {
    const answer = await ui(d).catch(() => null);
    if (answer !== null && (answer.url !== null || !answer.why.includes('nobody answers') || performance.now() > until)) return answer;
    assert.ok(performance.now() < until, `port ${port} never answered`);
  }
}

test('a web page that is documented but not listening is found out, and what to write is told [B12]', async (t) => {
  const d = await startDaemon(t, { config: PROGRAM });
  const told = await d.ctl('ui');
  assert.equal(told.code, 1);
  assert.match(told.stdout, /^There is no web page: .*reeve\.toml configures no TCP listener: nothing listens for a browser\.$/m);
  assert.match(told.stdout, /^ {2}listen = \["unix:.*reeve\.sock", "127\.0\.0\.1:9001"\]$/m);
  assert.match(told.stdout, /Then `reevectl apply`\./);
  // What it says is what works.
  const answer = await ui(d);
  const port = await freePort();
  const lines = readFileSync(d.configFile, 'utf8').split('\n');
  const write = answer.write ?? assert.fail('nothing to write');
  const text = write.text.map((line) => line.replace(':9001', `:${port}`));
  assert.equal(write.replaces, true);
  lines.splice((write.line ?? 0) - 1, 1, ...text);
  writeFileSync(d.configFile, lines.join('\n'));
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  const after = await answered(d, port);
  assert.equal(after.url ?? after.why, IS_BUILT ? `http://127.0.0.1:${port}/` : `http://127.0.0.1:${port}/: the daemon has no web page to send`);
});

test('a daemon that is to have a page and listens nowhere for it says so when it starts, and in doctor [B12]', async (t) => {
  const d = await startDaemon(t, { config: `[api]\nlisten = ["unix:reeve.sock"]\nui = true\n${PROGRAM}` });
  await waitFor('the warning', () => /reeve\.toml:3: warning: api\.ui: there will be no web page: nothing listens on TCP/.test(d.output()));
  assert.match((await d.ctl('doctor')).stdout, /there will be no web page/);
});

test('the address is all there is on stdout, and who may log in is said beside it [B12]', async (t) => {
  if (!IS_BUILT) return t.skip('dist/web-ui is not built: npm run build');
  const { d, port } = await daemonAt(t, '');
  const readers = await answered(d, port);
  assert.deepEqual(readers, { url: `http://127.0.0.1:${port}/`, login: 'read_only', forOthers: false, why: '', write: null, advice: '' });
  const said = await d.ctl('ui');
  assert.deepEqual([said.code, said.stdout], [0, `http://127.0.0.1:${port}/\n`]);
  assert.match(said.stderr, /shows everything and changes nothing/);
});

test('with users it says that one must log in, without a word of them', async (t) => {
  if (!IS_BUILT) return t.skip('dist/web-ui is not built: npm run build');
  const { d, port } = await daemonAt(t, '[[api.users]]\nname = "ann"\npassword = "hunter22"\n');
  assert.equal((await answered(d, port)).login, 'required');
  const said = await d.ctl('ui');
  assert.match(said.stderr, /asks for a user and password, or a token/);
  assert.equal(/ann|hunter22/.test(said.stdout + said.stderr), false);
});

test('a page where everybody may start and stop programs is warned of, by ui and by doctor', async (t) => {
  if (!IS_BUILT) return t.skip('dist/web-ui is not built: npm run build');
  const { d, port } = await daemonAt(t, 'auth = "none"\n');
  assert.equal((await answered(d, port)).login, 'everybody');
  assert.match((await d.ctl('ui')).stderr, /Everybody who reaches it may start and stop programs/);
  assert.match((await d.ctl('doctor')).stdout, /anybody who reaches 127\.0\.0\.1:\d+ may stop and start programs, by the web page too/);
});

test('ui = false is named with its line', async (t) => {
  const { d } = await daemonAt(t, 'ui = false\n');
  const told = await d.ctl('ui');
  assert.equal(told.code, 1);
  assert.match(told.stdout, /turns the web page off: ui = false/);
  assert.match(told.stdout, /Write in place of line 3 of .*reeve\.toml:\n {2}ui = true\n/);
});

test('a listener that the daemon does not have yet is no page: the file was changed and not applied', async (t) => {
  const port = await freePort();
  const d = await startDaemon(t, { config: PROGRAM });
  writeFileSync(d.configFile, toml(d.dir, port));
  const told = await d.ctl('ui');
  assert.equal(told.code, 1);
  assert.match(told.stdout, new RegExp(`http://127\\.0\\.0\\.1:${port}/: nobody answers there: .*refused connection`));
  assert.match(told.stdout, /`reevectl apply` takes the new one/);
});

test('another program on that port is not taken for the page', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello'));
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  t.after(() => server.close());
  const at = server.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const told = await runCtl(['-s', `http://127.0.0.1:${port}`, 'ui']);
  assert.equal(told.code, 1);
  assert.match(told.out, /another program answers there/);
});

test('without a daemon the file alone is asked, and without a file nothing is guessed', async (t) => {
  const d = await startDaemon(t, { config: PROGRAM });
  await d.stop();
  const told = await runCtl(['-c', d.configFile, 'ui']);
  assert.equal(told.code, 1);
  assert.match(told.out, /Then start reeved\./);
  const none = await runCtl(['ui']);
  assert.equal(none.code, 1);
  assert.match(none.out, /There is no web page: /);
});

test('supervisord\'s page is at / of [inet_http_server], and so is ours [B12]', async (t) => {
  const port = await freePort();
  const ini = (more: string): string => `[unix_http_server]\nfile = %(here)s/reeve.sock\n[supervisord]\n${more}[program:web]\ncommand = sleep 600\n`;
  const bare = await startDaemon(t, { config: ini('') });
  const told = await bare.ctl('ui');
  assert.equal(told.code, 1);
  assert.match(told.stdout, /has no \[inet_http_server\]: nothing listens on TCP/);
  assert.match(told.stdout, /^ {2}\[inet_http_server\]\n {2}port = 127\.0\.0\.1:9001\n {2}username = admin\n {2}password = /m);
  const d = await startDaemon(t, { config: ini(`[inet_http_server]\nport = 127.0.0.1:${port}\nusername = admin\npassword = hunter22\n`) });
  const answer = await ui(d);
  assert.equal(answer.url ?? answer.why, IS_BUILT ? `http://127.0.0.1:${port}/` : `http://127.0.0.1:${port}/: the daemon has no web page to send`);
  if (IS_BUILT) assert.equal(answer.login, 'required');
});
