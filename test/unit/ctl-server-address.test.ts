import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseAddress, tcpAddress } from '../../ctl/server-address.ts';
import { configFile, placeFromConfig } from '../../ctl/find-daemon.ts';
import { configPlaces } from '../../config/places.ts';
import { roughAddress } from '../../ctl/rough-look.ts';
import type { ListenSpec } from '../../config/api-spec.ts';

const url = (text: string): string | undefined => parseAddress(text)?.url;
const NOBODY = { username: null, password: null } as const;

test('a server is named by unix:///path, a path, http://host:port or host:port', () => {
  assert.equal(url('unix:///run/x.sock'), 'unix:///run/x.sock');
  assert.equal(url('unix:/run/x.sock'), 'unix:///run/x.sock');
  assert.equal(url('/run/x.sock'), 'unix:///run/x.sock');
  assert.equal(url('http://localhost:9001'), 'http://localhost:9001');
  assert.equal(url('http://localhost'), 'http://localhost:9001');
  assert.equal(url('http://user:pw@h:1/'), 'http://h:1', 'credentials are not part of the name that messages print');
  assert.equal(url('[::1]:80'), 'http://[::1]:80');
});

test('what is no address is refused', () => {
  for (const text of ['', 'ftp://x', 'https://x', 'http://h:99999', 'http://h:0', 'http://a b', 'http://h/x'])
    assert.equal(parseAddress(text), null, text);
});

test('a server that listens everywhere is reached by loopback', () => {
  assert.equal(tcpAddress('', 9001).url, 'http://127.0.0.1:9001');
  assert.equal(tcpAddress('0.0.0.0', 9001).url, 'http://127.0.0.1:9001');
  assert.equal(tcpAddress('::', 9001).url, 'http://[::1]:9001');
});

const unix: ListenSpec = { address: { unix: '/run/r.sock' }, mode: 0o700, owner: null, credentials: null, open: false };
const inet: ListenSpec = {
  address: { host: '127.0.0.1', port: 9001 },
  mode: 0o700,
  owner: null,
  credentials: { username: 'u', password: 'p' },
  open: true,
};

function place(
  listen: readonly ListenSpec[],
  ctl: { serverUrl?: string; username?: string; password?: string } = {},
  env: Record<string, string> = {},
  runtimeDir: string | null = null,
) {
  const config = {
    file: '/etc/x',
    api: { listen, probeListen: null, users: [], tokens: [], allowedHosts: [], ui: true, readyzHealth: false },
    ctl: { serverUrl: ctl.serverUrl ?? null, username: ctl.username ?? null, password: ctl.password ?? null, prompt: 'p', historyFile: null },
    daemon: { runtimeDir },
  } as unknown as Parameters<typeof placeFromConfig>[0];
  return placeFromConfig(config, NOBODY, env);
}

test('a configuration leads to its serverurl, else to a unix socket, else to its first listener, else to its runtime_dir', () => {
  assert.equal(place([inet, unix])?.address.url, 'unix:///run/r.sock');
  assert.equal(place([inet])?.address.url, 'http://127.0.0.1:9001');
  assert.equal(place([inet, unix], { serverUrl: 'http://h:5' })?.address.url, 'http://h:5');
  assert.equal(place([], {}, {}, '/run/app')?.address.url, 'unix:///run/app/reeve.sock');
  assert.equal(place([]), null);
  assert.throws(() => place([], { serverUrl: 'nonsense' }), /cannot use serverurl nonsense of \/etc\/x/);
});

test('credentials come from [supervisorctl], else from the listener itself, else from REEVE_TOKEN; a hash is no password', () => {
  assert.deepEqual(place([inet])?.credentials, { username: 'u', password: 'p', token: null });
  assert.deepEqual(place([inet], { username: 'a', password: 'b' })?.credentials, { username: 'a', password: 'b', token: null });
  assert.deepEqual(place([{ ...inet, credentials: { username: 'u', password: '{SHA}00' } }], {}, { REEVE_TOKEN: 't' })?.credentials, {
    username: null,
    password: null,
    token: 't',
  });
  assert.equal(place([inet], { serverUrl: 'http://elsewhere:1' })?.credentials.username, null, "a listener's password goes nowhere else");
});

test('REEVE_CONFIG is an explicit wish and comes before every place, -c before it', () => {
  const env = { REEVE_CONFIG: 'mine.toml' };
  assert.equal(configFile({ config: null }, env, '/w', '/usr/bin/reevectl'), '/w/mine.toml');
  assert.equal(configFile({ config: 'x.conf' }, env, '/w', '/usr/bin/reevectl'), '/w/x.conf');
  const places = configPlaces('/w', '/opt/app/bin/reevectl');
  assert.deepEqual(places.slice(0, 3), ['/w/reeve.toml', '/etc/reeve/reeve.toml', '/etc/reeve.toml']);
  assert.ok(places.includes('/opt/app/etc/supervisord.conf') && places.at(-1) === '/etc/supervisor/supervisord.conf');
});

test('a file with errors still says where its daemon listens', () => {
  const find = (text: string): string | undefined => roughAddress(text, '/etc/app')?.url;
  assert.equal(find('oops = [\n[api]\nlisten = [\n  "127.0.0.1:9001", # web\n  "unix:/run/r.sock",\n]\n'), 'unix:///run/r.sock');
  assert.equal(find('[api]\nlisten = "127.0.0.1:9001"\n[programs.x]\ncomand="y"'), 'http://127.0.0.1:9001');
  assert.equal(find('[unix_http_server]\nfile=%(here)s/s.sock ; here\n[supervisord\n'), 'unix:///etc/app/s.sock');
  assert.equal(find('[inet_http_server]\nport=*:9001\n'), 'http://127.0.0.1:9001');
  assert.equal(find('[supervisorctl]\nserverurl = http://h:7\n[unix_http_server]\nfile=/x'), 'http://h:7');
  assert.equal(find('[programs.x]\nlisten = "127.0.0.1:1"'), undefined);
  assert.equal(find(''), undefined);
});
