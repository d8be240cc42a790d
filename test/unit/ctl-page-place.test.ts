// Where the web page is by a file, or what to write into it: each dialect in its own words.
import assert from 'node:assert/strict';
import test from 'node:test';
import { findWritten } from '../../config/written.ts';
import { readConfig } from '../../config/read.ts';
import { pagePlace, pageUrl } from '../../ctl/page-place.ts';
import type { PagePlace } from '../../ctl/page-place.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';

const FILE = '/etc/reeve/reeve.toml';

function placeIn(text: string, socket: string | null = null, file = FILE): PagePlace {
  const { config, problems } = readConfig(file, { ...nodeConfigPort(), readFile: () => text, glob: () => [] }, { secrets: false });
  assert.ok(config !== null, JSON.stringify(problems));
  return pagePlace(config, findWritten([{ file, text }]), socket);
}

const written = (place: PagePlace): readonly string[] => ('write' in place ? [`${place.write.line} ${place.write.replaces}`, ...place.write.text] : assert.fail('there is a page'));

test('a file with a TCP listener has a page there', () => {
  const place = placeIn('[api]\nlisten = ["unix:/run/r.sock", "127.0.0.1:9001"]\n');
  assert.deepEqual('listen' in place ? place.listen.address : null, { host: '127.0.0.1', port: 9001 });
  const several = placeIn('[api]\nlisten = ["10.0.0.1:9002", "127.0.0.1:9001"]\nauth = "none"\n');
  assert.deepEqual('listen' in several ? several.listen.address : null, { host: '127.0.0.1', port: 9001 }, 'the one that this machine reaches');
});

test('what to write keeps the socket that there is: listen replaces the default', () => {
  assert.deepEqual(written(placeIn('[programs.web]\ncommand = "true"\n', '/run/user/1/reeve/reeve.sock')), ['null false', '[api]', 'listen = ["unix:/run/user/1/reeve/reeve.sock", "127.0.0.1:9001"]']);
  assert.deepEqual(written(placeIn('[programs.web]\ncommand = "true"\n')), ['null false', '[api]', 'listen = ["unix:/run/reeve/reeve.sock", "127.0.0.1:9001"]']);
  assert.deepEqual(written(placeIn('[daemon]\nruntime_dir = "/srv/run"\n')), ['null false', '[api]', 'listen = ["unix:/srv/run/reeve.sock", "127.0.0.1:9001"]']);
});

test('what is written already is named by its line: a second [api] would be an error', () => {
  assert.deepEqual(written(placeIn('# mine\n[api]\nsocket_mode = "0770"\nlisten = ["unix:/run/r.sock"]\n')), ['4 true', 'listen = ["unix:/run/r.sock", "127.0.0.1:9001"]']);
  assert.deepEqual(written(placeIn('[daemon]\n[api]\nsocket_mode = "0770"\n')), ['2 false', 'listen = ["unix:/run/reeve/reeve.sock", "127.0.0.1:9001"]']);
  assert.deepEqual(written(placeIn('[api]\nlisten = ["127.0.0.1:9001"]\nui = false\n')), ['3 true', 'ui = true']);
});

test('an INI file is told of [inet_http_server], with a password: without one everybody is admin there', () => {
  const ini = '[unix_http_server]\nfile = /run/s.sock\n[supervisord]\n';
  assert.deepEqual(written(placeIn(ini, null, '/etc/supervisord.conf')), ['null false', '[inet_http_server]', 'port = 127.0.0.1:9001', 'username = admin', 'password = (one of your own)']);
  const there = placeIn(`${ini}[inet_http_server]\nport = 127.0.0.1:9005\n`, null, '/etc/supervisord.conf');
  assert.deepEqual('listen' in there ? there.listen.address.port : null, 9005);
});

test('the address is one that a browser on this machine can open', () => {
  assert.equal(pageUrl({ host: '', port: 9001 }), 'http://localhost:9001/');
  assert.equal(pageUrl({ host: '0.0.0.0', port: 9001 }), 'http://localhost:9001/');
  assert.equal(pageUrl({ host: '::', port: 9001 }), 'http://localhost:9001/');
  assert.equal(pageUrl({ host: '::1', port: 9001 }), 'http://[::1]:9001/');
  assert.equal(pageUrl({ host: '127.0.0.1', port: 80 }), 'http://127.0.0.1:80/');
});

test('ui = true without a TCP listener is warned of when the file is read [B12]', () => {
  const problemsOf = (text: string) => readConfig(FILE, { ...nodeConfigPort(), readFile: () => text, glob: () => [] }, { secrets: false }).problems.map((one) => `${one.severity} ${one.line} ${one.key}: ${one.message}`);
  assert.deepEqual(problemsOf('[api]\nlisten = ["unix:/run/r.sock"]\nui = true\n'), ['warning 3 api.ui: there will be no web page: nothing listens on TCP']);
  assert.deepEqual(problemsOf('[api]\nui = true\n'), ['warning 2 api.ui: there will be no web page: nothing listens on TCP']);
  assert.deepEqual(problemsOf('[api]\nlisten = ["unix:/run/r.sock", "127.0.0.1:9001"]\nui = true\n'), []);
  assert.deepEqual(problemsOf('[api]\nlisten = ["unix:/run/r.sock"]\n'), [], 'nobody asked for it');
});
