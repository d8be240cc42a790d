// /RPC2 and /logtail on real sockets: who may do what, what is refused before it is looked at, and that waiting has an end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiWorld, until } from '../support/api-world.ts';
import type { ApiWorld, CurlAnswer } from '../support/api-world.ts';

const body = (method: string, params = ''): string => `<methodCall><methodName>${method}</methodName><params>${params}</params></methodCall>`;
const text = (value: string): string => `<param><value><string>${value}</string></value></param>`;
const post = (world: ApiWorld, xml: string, ...more: string[]): Promise<CurlAnswer> => world.unix('/RPC2', '-H', 'content-type: text/xml', '--data-binary', xml, ...more);

/** `5: TEXT` for a fault. */
function fault(answer: CurlAnswer): string {
  assert.equal(answer.status, 200);
  return `${/<int>(\d+)<\/int>/.exec(answer.body)?.[1]}: ${/faultString<\/name>\n<value><string>([^<]*)/.exec(answer.body)?.[1]}`;
}

test('CVE-2017-11610: no name leads anywhere but to a method of the table', async () => {
  await using world = await apiWorld();
  const names = [
    'supervisor.supervisord.options.warnings.linecache.os.system', 'supervisor.supervisor.options', 'supervisor.constructor', 'supervisor.__proto__', '__proto__.polluted', 'constructor.constructor',
    'supervisor.toString', 'toString', 'supervisor', 'supervisor.', '.getState', 'system.multicall.call', 'SUPERVISOR.getState', 'supervisor.getstate', ' supervisor.getState',
  ];
  for (const name of names) assert.equal(fault(await post(world, body(name, text('id')))), '1: UNKNOWN_METHOD', name);
  assert.equal(world.control.mutations.length, 0);
});

test('a body that is no call is 400 with the reason, and nothing happens', async () => {
  await using world = await apiWorld();
  for (const bad of ['x', '<a/>', '<!DOCTYPE a [<!ENTITY b "c">]><methodCall/>', body('supervisor.getState').slice(0, -3), `${body('a')}\u0007`]) {
    const answer = await post(world, bad);
    assert.equal(answer.status, 400, bad);
    assert.equal(answer.code(), 'BAD_ARGUMENT');
  }
  assert.equal((await world.unix('/RPC2')).status, 400);
  assert.equal((await world.unix('/RPC2', '-X', 'PUT', '-d', 'x')).status, 400);
  assert.equal((await post(world, '')).status, 400);
  // More than a body may have: refused before it is sent.
  await world.raw('POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: 300000000\r\n\r\n').saw('HTTP/1.1 413 ');
  assert.deepEqual(world.warnings, []);
});

test('clients that name their body otherwise are served, pages are not', async () => {
  await using world = await apiWorld();
  const call = body('supervisor.getVersion');
  for (const type of ['text/xml', 'application/xml; charset=utf-8', 'application/x-www-form-urlencoded', 'application/octet-stream']) {
    assert.equal((await world.unix('/RPC2', '-H', `content-type: ${type}`, '-d', call)).status, 200, type);
  }
  assert.equal((await world.unix('/RPC2', '-H', 'content-type:', '-d', call)).status, 200);
  assert.equal((await world.unix('/RPC2/anything', '-d', call)).status, 200);
  const form = ['-H', 'content-type: text/plain', '-H', 'referer: http://evil.example/', '-d', body('supervisor.shutdown')];
  assert.equal((await world.tcp('/RPC2', ...form)).status, 400);
  assert.equal((await world.tcp('/RPC2', '-H', 'origin: http://evil.example', '-H', 'content-type: text/xml', '-d', body('supervisor.shutdown'))).status, 403);
  // A client that knows the machine by another name is served; a page led here under that name (DNS rebinding) is not.
  assert.equal((await world.tcp('/RPC2', '-H', 'host: web.internal:9001', '-H', 'content-type: text/xml', '-d', call)).status, 200);
  assert.equal((await world.tcp('/RPC2', '-H', 'host: evil.example', '-H', 'origin: http://evil.example', '-H', 'content-type: text/xml', '-d', call)).status, 403);
  assert.equal((await world.tcp('/logtail/web', '-H', 'host: evil.example')).status, 403);
  assert.equal(world.control.mutations.length, 0);
});

test('roles: reading takes read, changing operate, ending and rereading admin; a refusal is a fault and is noted', async () => {
  await using world = await apiWorld({ tcp: {} });
  // TCP without credentials serves the role read.
  const anonymous = async (method: string, params = ''): Promise<string> => {
    const answer = await world.tcp('/RPC2', '-H', 'content-type: text/xml', '-d', body(method, params));
    return answer.body.includes('<fault>') ? fault(answer) : 'ok';
  };
  for (const [method, params] of [['supervisor.getAllProcessInfo', ''], ['supervisor.getState', ''], ['system.listMethods', '']] as const) assert.equal(await anonymous(method, params), 'ok');
  for (const [method, params] of [['supervisor.startProcess', text('web')], ['supervisor.clearLog', ''], ['supervisor.shutdown', ''], ['supervisor.restart', ''], ['supervisor.reloadConfig', ''], ['supervisor.sendProcessStdin', text('web') + text('x')]] as const) {
    assert.match(await anonymous(method, params), /^30: FAILED: anonymous has the role read, and supervisor\.\w+ takes (operate|admin)$/, method);
  }
  const multi = await world.tcp('/RPC2', '-H', 'content-type: text/xml', '-d', body('system.multicall', '<param><value><array><data><value><struct><member><name>methodName</name><value>supervisor.shutdown</value></member></struct></value></data></array></value></param>'));
  assert.match(multi.body, /FAILED: anonymous has the role read/);
  assert.equal(world.control.mutations.length, 0);
  assert.equal(world.control.refusals.length, 7);
});

test('a password is wanted before a call is read', async () => {
  await using world = await apiWorld({ unix: { credentials: { username: 'u', password: 'p' } } });
  const answer = await post(world, '<not a call');
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm="default"/);
  assert.equal((await post(world, body('supervisor.getVersion'), '-u', 'u:p')).status, 200);
  assert.equal((await world.unix('/logtail/web')).status, 401);
  await using locked = await apiWorld({ tcp: { credentials: { username: 'u', password: 'p' } } });
  assert.equal((await locked.tcp('/logtail/web', '-H', 'host: web.internal')).status, 401);
  assert.equal((await locked.tcp('/v1/status', '-H', 'host: web.internal', '-u', 'u:p')).status, 200);
});

test('who goes away while a start is awaited gives the place back, and a full house is told so', async () => {
  await using world = await apiWorld({ instant: false, limits: { waits: 1 } });
  world.control.publish({ type: 'process.stopped', process: 'web:web', incarnation: 1, pid: 1, why: 'test' });
  const xml = body('supervisor.startProcess', text('web'));
  const request = `POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${xml.length}\r\n\r\n${xml}`;
  const before = world.control.subscribers.size;
  const waiting = world.raw(request);
  await until('the start to be asked for', () => world.control.mutations.length === 1);
  assert.equal((await post(world, xml)).status, 429);
  waiting.socket.destroy();
  await until('nobody to listen', () => world.control.subscribers.size === before);
  const again = world.raw(request);
  await until('the start to be asked for again', () => world.control.mutations.length >= 3);
  world.control.publish({ type: 'process.running', process: 'web:web', incarnation: 2, pid: 1, startMs: 1000, ready: true });
  await again.saw('<value><boolean>1</boolean></value>');
});

test('a log follows by name only, and a name that is none is 404', async () => {
  await using world = await apiWorld();
  for (const path of ['/logtail', '/logtail/', '/logtail/zz', '/logtail/web/nope', '/logtail/web/stdout/x', '/logtail/web:*', '/logtail/..%2f..%2fetc%2fpasswd', '/logtail/web/..%2f..']) {
    assert.equal((await world.unix(path)).status, 404, path);
  }
  assert.equal((await world.unix('/logtail/web', '-X', 'POST', '-d', 'x')).status, 400);
  assert.equal((await world.unix('/mainlogtail', '-X', 'POST', '-d', 'x')).status, 400);
  const tail = world.raw('GET /mainlogtail HTTP/1.1\r\nHost: \r\n\r\n\r\n');
  await tail.saw('daemon line 2\n');
  world.control.writeMainLog('one more\n');
  const all = await tail.saw('one more\n');
  assert.match(all, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(all, /\r\ncontent-type: text\/plain;charset=utf-8\r\n/);
  assert.match(all, /\r\nTransfer-Encoding: chunked\r\n/i);
});
