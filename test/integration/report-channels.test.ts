// What children say on NOTIFY_SOCKET and REEVE_SOCKET: the real systemd-notify, curl and Python as clients, and people who mean ill.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Report, Supervised } from '../../daemon/contract/reports.ts';
import { openOs } from '../../daemon/os/open.ts';
import type { ReportChannels } from '../../daemon/os/ports/reports.ts';
import { createReportChannels } from '../../daemon/os/report-channels.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = process.geteuid?.() === 0;
const NOBODY = 65_534;
const AS_ROOT = { skip: ROOT ? false : 'only root can be somebody else' };

interface World {
  readonly channels: ReportChannels;
  readonly dir: string;
  readonly heard: { readonly id: string; readonly report: Report }[];
  readonly refused: { readonly id: string | null; readonly why: string; readonly times: number }[];
  readonly warnings: string[];
  /** Environment of a new child. */
  child(id: string, options?: { readonly uid?: number; readonly notify?: boolean; readonly watchdogMs?: number }): Record<string, string>;
  /** Runs a command with that environment to its end. */
  run(variables: Record<string, string>, command: string, ...args: string[]): Promise<{ readonly code: number | null; readonly out: string }>;
  /** What was heard of a child, without metadata that is null. */
  of(id: string): Report[];
}

function open(t: TestContext, portable = false): World {
  const os = openOs({ portable, warn: () => {} });
  const dir = mkdtempSync(join(tmpdir(), 'reeve-reports-'));
  chmodSync(dir, 0o711);
  const heard: World['heard'] = [];
  const refused: World['refused'] = [];
  const warnings: string[] = [];
  const channels = createReportChannels({
    sink: {
      report: (subject: Supervised, report) => heard.push({ id: subject.supervisionId, report }),
      refused: (subject, why, times) => refused.push({ id: subject?.supervisionId ?? null, why, times }),
    },
    clock: os.clock, readiness: os.readiness, runtimeDir: () => dir, warn: (message) => warnings.push(message),
  });
  t.after(async () => {
    await channels.dispose();
    os.dispose();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    channels, dir, heard, refused, warnings,
    child: (id, { uid, notify = true, watchdogMs } = {}) => ({ ...channels.open({ supervisionId: id, process: `${id}:${id}`, incarnation: 1 }, { uid: uid ?? null, notify, watchdogMs: watchdogMs ?? null }).variables }),
    run(variables, command, ...args) {
      const child = spawn(command, args, { env: { PATH: process.env['PATH'] ?? '', ...variables }, stdio: ['ignore', 'pipe', 'inherit'] });
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece));
      return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve({ code, out })));
    },
    of: (id) => heard.filter((h) => h.id === id).map((h) => h.report),
  };
}

/** Python that sends datagrams to NOTIFY_SOCKET: `send(b"...")`. */
const SENDS = 'import socket,os,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.connect(os.environ["NOTIFY_SOCKET"])\nsend=s.send\n';
const python = (w: World, variables: Record<string, string>, script: string): ReturnType<World['run']> => w.run(variables, 'python3', '-c', SENDS + script);
const curl = (w: World, variables: Record<string, string>, path: string, ...args: string[]): ReturnType<World['run']> =>
  w.run(variables, 'curl', '-sS', '--max-time', '10', '--unix-socket', variables['REEVE_SOCKET'] ?? '', '-w', '%{http_code}', `http://reeve/v1/supervised/${path}`, ...args);
const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];

test('the real systemd-notify says that it is ready, waits for its barrier and succeeds [C1]', async (t) => {
  const w = open(t);
  const said = await w.run(w.child('a'), 'systemd-notify', '--ready', '--status=warm and running');
  assert.equal(said.code, 0);
  assert.deepEqual(w.of('a').toSorted((x, y) => x.type.localeCompare(y.type)), [{ type: 'ready' }, { type: 'status', text: 'warm and running' }]);
  assert.deepEqual(w.refused, []);
});

test('one message may say several things, ours among them, in the order of its lines [C1] [C5] [C11]', async (t) => {
  const w = open(t);
  await python(w, w.child('a', { watchdogMs: 1500 }), String.raw`
send(b'READY=1\nSTATUS=up\nX_REEVE_HEARTBEAT={"rows":7}\nX_REEVE_PROGRESS=3/10 {"phase":"load"}\nX_REEVE_HEALTH=degraded slow disk\nX_REEVE_BREAKER=smtp failure')
send(b'WATCHDOG=1'); send(b'RELOADING=1'); send(b'STOPPING=1\nEXTEND_TIMEOUT_USEC=2500000'); send(b'X_REEVE_RESULT={"ok":true}\nX_REEVE_ISSUE={"code":"x"}')
assert os.environ['WATCHDOG_USEC'] == '1500000', os.environ['WATCHDOG_USEC']`);
  await waitFor('the last report', () => w.of('a').length === 12);
  assert.deepEqual(w.of('a'), [
    { type: 'ready' }, { type: 'status', text: 'up' }, { type: 'heartbeat', meta: { rows: 7 } }, { type: 'progress', current: 3, total: 10, phase: 'load', meta: { phase: 'load' } },
    { type: 'health', value: 'degraded', why: 'slow disk' }, { type: 'breaker', name: 'smtp', outcome: 'failure' }, { type: 'watchdog' }, { type: 'reloading' }, { type: 'stopping' }, { type: 'extend', ms: 2500 },
    { type: 'result', result: { ok: true } }, { type: 'issue', issue: { code: 'x' } },
  ]);
});

test('who may speak on a NOTIFY_SOCKET is decided by its mode, and again by the credentials of each message', AS_ROOT, async (t) => {
  const w = open(t);
  const variables = w.child('a', { uid: 1 });
  const path = variables['NOTIFY_SOCKET'] ?? '';
  const { mode, uid } = statSync(path);
  assert.deepEqual([mode & 0o777, uid], [0o600, 1]);
  const byNobody = (): ReturnType<World['run']> => w.run(variables, 'setpriv', ...asNobody, 'perl', '-e', 'use Socket; socket(S,PF_UNIX,SOCK_DGRAM,0); exit(defined(send(S,"READY=1",0,sockaddr_un($ENV{NOTIFY_SOCKET}))) ? 0 : $!{EACCES} ? 13 : 1)');
  assert.equal((await byNobody()).code, 13);
  chmodSync(path, 0o666);
  assert.equal((await byNobody()).code, 0);
  await waitFor('the refusal', () => w.refused.length === 1);
  assert.deepEqual(w.refused, [{ id: 'a', why: `it was sent by uid ${NOBODY}, and the child is uid 1`, times: 1 }]);
  await python(w, variables, 'send(b"READY=1")');
  await waitFor('root is heard', () => w.of('a').length === 1);
});

test('odd messages are refused and counted, and the next good one is heard: too long, no UTF-8, MAINPID, descriptors [C90]', async (t) => {
  const w = open(t);
  const variables = w.child('a');
  const fds = (): number => readdirSync('/proc/self/fd').length;
  const before = fds();
  await python(w, variables, String.raw`
import array
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4000000)
try: send(b'X_REEVE_HEARTBEAT=' + b'x' * 1000000)
except OSError: send(b'X_REEVE_HEARTBEAT=' + b'x' * 100000)
send(b'STATUS=\xff\xfe'); send(b'MAINPID=1'); send(b'X_REEVE_PROGRESS=many'); send(b''); send(b'\x00' * 100)
for i in range(20): s.sendmsg([b'FDSTORE=1\nFDNAME=x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0] * 200))])
send(b'STATUS=still here')`);
  await waitFor('the good one', () => w.of('a').length === 1);
  assert.deepEqual(w.of('a'), [{ type: 'status', text: 'still here' }]);
  assert.equal(fds(), before, 'no descriptor stays');
  assert.deepEqual(w.refused.map((r) => r.times), [1]);
  w.channels.close('a');
  assert.deepEqual(w.refused.map((r) => r.times), [1, 3]);
  assert.equal(w.refused[1]?.why, 'X_REEVE_PROGRESS must be CURRENT/TOTAL and JSON where wanted, not "many"');
});

test('a flood is thinned out, its newest report comes through, and what is said once is heard in it [C90]', async (t) => {
  const w = open(t);
  await python(w, w.child('a'), String.raw`
for i in range(20000): send(b'X_REEVE_PROGRESS=%d/20000' % i)
send(b'READY=1')
for i in range(1000): send(b'X_REEVE_RESULT=%d' % i)`);
  await waitFor('what is too much', () => w.of('a').filter((r) => r.type === 'result').length >= 200);
  const said = w.of('a');
  const progress = said.filter((r) => r.type === 'progress').map((r) => r.current);
  assert.ok(progress.length < 500 && progress.at(-1) === 19_999, `${progress.length} reports, the last one ${String(progress.at(-1))}`);
  assert.equal(said.findIndex((r) => r.type === 'ready'), said.findLastIndex((r) => r.type === 'progress') + 1);
  w.channels.close('a');
  const results = w.of('a').filter((r) => r.type === 'result').length;
  assert.ok(results < 1000 && w.refused.length <= 2);
  assert.equal(results + w.refused.reduce((sum, r) => sum + r.times, 0), 1000);
});

test('curl posts reports; every kind has its body [C1]', async (t) => {
  const w = open(t);
  const v = w.child('a', { notify: false });
  assert.equal(v['NOTIFY_SOCKET'], undefined);
  const post = async (kind: string, body?: string): Promise<string> => (await curl(w, v, `a/${kind}`, '-X', 'POST', ...(body === undefined ? [] : ['-d', body]))).out;
  assert.equal(await post('ready'), '204');
  assert.equal(await post('heartbeat', '{"rows":1}'), '204');
  assert.equal(await post('progress', '{"current":3,"total":10,"phase":"load","meta":[1]}'), '204');
  assert.equal(await post('status', '{"text":"busy\\nwith it"}'), '204');
  assert.equal(await post('health', '{"value":"unhealthy","why":"no disk"}'), '204');
  assert.equal(await post('breaker', '{"name":"smtp","outcome":"success"}'), '204');
  assert.equal(await post('issue', '{"code":"late"}'), '204');
  assert.equal(await post('result', '[1,2]'), '204');
  assert.deepEqual(w.of('a'), [
    { type: 'ready' }, { type: 'heartbeat', meta: { rows: 1 } }, { type: 'progress', current: 3, total: 10, phase: 'load', meta: [1] },
    { type: 'status', text: 'busy with it' }, { type: 'health', value: 'unhealthy', why: 'no disk' }, { type: 'breaker', name: 'smtp', outcome: 'success' }, { type: 'issue', issue: { code: 'late' } },
    { type: 'result', result: [1, 2] },
  ]);
});

test('what is not a report is told so, and never reaches anybody [C90]', async (t) => {
  const w = open(t);
  const v = w.child('a');
  const status = async (path: string, ...args: string[]): Promise<string> => (await curl(w, v, path, '-o', join(w.dir, 'answer'), ...args)).out;
  assert.equal(await status('a/heartbeat'), '405');
  assert.equal(await status('b/heartbeat', '-X', 'POST'), '404');
  assert.equal(await status('a/shutdown', '-X', 'POST'), '404');
  assert.equal(await status('../../status', '-X', 'POST'), '404');
  assert.equal(await status('a/heartbeat', '-d', '{'), '400');
  assert.equal(await status('a/progress', '-d', '{"current":-1}'), '400');
  assert.equal(await status('a/health', '-d', '{"value":"fine"}'), '400');
  assert.equal(await status('a/heartbeat', '-d', JSON.stringify('x'.repeat(4095))), '400');
  assert.equal(await status('a/heartbeat', '-d', JSON.stringify('x'.repeat(9000))), '413');
  assert.equal(await status('a/heartbeat', '--data-binary', JSON.stringify('x'.repeat(4094))), '204');
  assert.deepEqual(w.of('a').length, 1);
  assert.deepEqual(w.refused.filter((r) => r.id === null), [{ id: null, why: 'no child that runs has this id', times: 1 }]);
});

test('chunked bodies, 100-continue and several requests on one connection are understood: Python and curl as they come', async (t) => {
  const w = open(t);
  const v = w.child('a');
  const chunked = await curl(w, v, 'a/issue', '-H', 'Transfer-Encoding: chunked', '-d', '{"n":1}');
  assert.equal(chunked.out, '204');
  assert.equal((await curl(w, v, 'a/issue', '-H', 'Expect: 100-continue', '-d', '{"n":2}')).out, '204');
  const script = `
import http.client, socket, os, json
class Local(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); self.sock.connect(os.environ['REEVE_SOCKET'])
c = Local('reeve')
for n in (3, 4):
    c.request('POST', '/v1/supervised/a/issue', json.dumps({'n': n})); r = c.getresponse(); r.read(); assert r.status == 204, r.status
c.request('POST', '/v1/supervised/a/issue', iter([b'{"n"', b':5}']), encode_chunked=True, headers={'Transfer-Encoding': 'chunked'}); r = c.getresponse(); r.read(); assert r.status == 204, r.status`;
  assert.equal((await w.run(v, 'python3', '-c', script)).code, 0);
  assert.deepEqual(w.of('a').map((r) => (r.type === 'issue' ? r.issue : r)), [1, 2, 3, 4, 5].map((n) => ({ n })));
});

/** Sends bytes as they are, and gives the status lines of all answers. */
function raw(path: string, ...pieces: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let got = '';
    socket.setEncoding('utf8').on('data', (piece) => (got += piece));
    socket.once('error', reject).once('close', () => resolve([...got.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => m[1] ?? '')));
    const next = (i: number): void => {
      const piece = pieces[i];
      if (piece !== undefined) socket.write(piece, () => setImmediate(next, i + 1));
    };
    next(0);
  });
}

test('requests that are made to look like two, or like none, end the connection', async (t) => {
  const w = open(t);
  const path = w.child('a')['REEVE_SOCKET'] ?? '';
  const head = 'POST /v1/supervised/a/result HTTP/1.1\r\nhost: x\r\n';
  assert.deepEqual(await raw(path, `${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`), ['400']);
  assert.deepEqual(await raw(path, `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`), ['400']);
  assert.deepEqual(await raw(path, `${head}transfer-encoding: gzip\r\n\r\n`), ['501']);
  assert.deepEqual(await raw(path, `${head} folded: yes\r\n\r\n`), ['400']);
  assert.deepEqual(await raw(path, `${head}a:b\nc: d\r\n\r\n`), ['400']);
  assert.deepEqual(await raw(path, 'GET / HTTP/2\r\n\r\n'), ['505']);
  assert.deepEqual(await raw(path, `${head}x: ${'y'.repeat(9000)}\r\n\r\n`), ['431']);
  assert.deepEqual(await raw(path, `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`), ['400']);
  assert.deepEqual(await raw(path, '\u0000\u0001\r\n\r\n'), ['400']);
  // Byte by byte, two in one piece, and the last one closes.
  const good = `${head}content-length: 2\r\n\r\n{}`;
  assert.deepEqual(await raw(path, ...Array.from(good), `${good}${head}connection: close\r\n\r\n`), ['204', '204', '204']);
  assert.equal(w.of('a').length, 3);
});

test('on REEVE_SOCKET it is the uid of the child, or root, or the child\'s own token, that may report for it', AS_ROOT, async (t) => {
  const w = open(t);
  const v = w.child('a', { uid: 1 });
  const post = (...args: string[]): ReturnType<World['run']> => w.run(v, 'setpriv', ...args, 'curl', '-sS', '--unix-socket', v['REEVE_SOCKET'] ?? '', '-o', '/dev/null', '-w', '%{http_code}', '-X', 'POST', 'http://x/v1/supervised/a/heartbeat');
  assert.equal((await post(...asNobody)).out, '403');
  assert.equal((await post('--reuid=1', '--regid=1', '--clear-groups')).out, '204');
  assert.equal((await curl(w, v, 'a/heartbeat', '-X', 'POST')).out, '204');
  const withToken = await w.run(v, 'setpriv', ...asNobody, 'curl', '-sS', '--unix-socket', v['REEVE_SOCKET'] ?? '', '-w', '%{http_code}', '-X', 'POST', '-H', `Authorization: Bearer ${v['REEVE_TOKEN'] ?? ''}`, 'http://x/v1/supervised/a/heartbeat');
  assert.equal(withToken.out, '204');
  assert.deepEqual(w.refused, [{ id: 'a', why: `a report by uid ${NOBODY}, and the child is uid 1`, times: 1 }]);
});

test('many requests in one piece are all answered, in order', async (t) => {
  const w = open(t);
  const path = w.child('a')['REEVE_SOCKET'] ?? '';
  const one = (n: number, more = ''): string => `POST /v1/supervised/a/issue HTTP/1.1\r\n${more}content-length: ${String(n).length}\r\n\r\n${n}`;
  const all = Array.from({ length: 149 }, (_, i) => one(i)).join('');
  assert.deepEqual(await raw(path, all + one(149, 'connection: close\r\n')), Array.from({ length: 150 }, () => '204'));
  assert.deepEqual(w.of('a').map((r) => (r.type === 'issue' ? r.issue : r)), Array.from({ length: 150 }, (_, i) => i));
});

test('a user who opens all connections he can, and asks for what is not his in a loop, shuts nobody out [C90]', AS_ROOT, async (t) => {
  const w = open(t);
  const v = w.child('a');
  const script = `use Socket; my @open; for (1 .. 700) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ENV{REEVE_SOCKET})) or last; push @open, $s }
    syswrite($_, "POST /v1/supervised/a/result HTTP/1.1\\r\\ncontent-length: 1\\r\\n\\r\\n1") for @open; $| = 1; print "all\\n"; sleep 1000`;
  const child = spawn('setpriv', [...asNobody, 'perl', '-e', script], { env: { PATH: process.env['PATH'] ?? '', ...v }, stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  assert.equal((await curl(w, v, 'a/result', '-d', '7')).out, '204');
  assert.deepEqual(w.of('a'), [{ type: 'result', result: 7 }]);
  assert.ok(w.refused.length <= 1);
});

test('portable: no NOTIFY_SOCKET, said once; on REEVE_SOCKET the token decides', async (t) => {
  const w = open(t, true);
  const v = w.child('a');
  w.child('b');
  assert.equal(v['NOTIFY_SOCKET'], undefined);
  assert.equal(w.warnings.length, 1);
  assert.match(w.warnings[0] ?? '', /cannot make a NOTIFY_SOCKET: .* children can report on REEVE_SOCKET/);
  assert.equal((await curl(w, v, 'a/ready', '-X', 'POST')).out.slice(-3), '403');
  assert.equal((await curl(w, v, 'a/ready', '-X', 'POST', '-H', `Authorization: Bearer ${v['REEVE_TOKEN'] ?? ''}`)).out, '204');
  assert.deepEqual(w.of('a'), [{ type: 'ready' }]);
});

test('last words come before the end: what was written and not yet read is told before drain calls back', async (t) => {
  const w = open(t);
  const v = w.child('a');
  // A child that writes and is gone at once, on both ways, while this event loop is busy and sees nothing.
  const script = `${SENDS}send(b"X_REEVE_RESULT=1")\nc=socket.socket(socket.AF_UNIX,socket.SOCK_STREAM)\nc.connect(os.environ["REEVE_SOCKET"])\nc.send(b"POST /v1/supervised/a/result HTTP/1.1\\r\\ncontent-length: 1\\r\\n\\r\\n2")\nos._exit(0)`;
  process.getBuiltinModule('node:child_process').spawnSync('python3', ['-c', script], { env: { PATH: process.env['PATH'] ?? '', ...v } });
  assert.deepEqual(w.of('a'), []);
  await new Promise<void>((resolve) => w.channels.drain('a', resolve));
  assert.deepEqual(w.of('a').toSorted((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y))), [{ type: 'result', result: 1 }, { type: 'result', result: 2 }]);
});

test('sockets go with their child, the directory with the daemon, and with the next one what a killed daemon left', async (t) => {
  const w = open(t);
  const v = w.child('a');
  const place = dirname(v['REEVE_SOCKET'] ?? '');
  assert.equal(statSync(place).mode & 0o777, 0o711);
  assert.equal(statSync(v['REEVE_SOCKET'] ?? '').mode & 0o777, 0o666);
  assert.ok(existsSync(v['NOTIFY_SOCKET'] ?? ''));
  w.channels.close('a');
  assert.ok(!existsSync(v['NOTIFY_SOCKET'] ?? ''));
  assert.equal((await curl(w, v, 'a/ready', '-X', 'POST')).out.slice(-3), '404');
  await w.channels.dispose();
  assert.ok(!existsSync(place));
  // The pid of a process that has ended.
  const dead = process.getBuiltinModule('node:child_process').spawnSync('true').pid;
  const stale = place.replace(/-[0-9a-z]+-[^-]+$/, `-${dead.toString(36)}-abcdef`);
  mkdirSync(stale);
  const again = createReportChannels({ sink: { report: () => {}, refused: () => {} }, clock: { mono: () => 0 }, readiness: null, runtimeDir: () => w.dir, warn: () => {} });
  again.open({ supervisionId: 'z', process: 'z:z', incarnation: 1 }, { uid: null, notify: false, watchdogMs: null });
  assert.ok(!existsSync(stale));
  await again.dispose();
});
