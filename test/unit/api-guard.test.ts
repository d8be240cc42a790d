// Where a request may come from: Host against DNS rebinding, Origin against foreign pages, bodies that no form can send.
import assert from 'node:assert/strict';
import test from 'node:test';
import { guard, hostName } from '../../daemon/api/guard.ts';
import type { Arrival, RequestHead } from '../../daemon/api/guard.ts';

const HEAD: RequestHead = {
  method: 'GET', host: 'localhost:9001', origin: undefined, secFetchSite: undefined, secFetchMode: undefined, referer: undefined, contentType: undefined, hasBody: false,
};
const TCP: Arrival = { listenHost: '0.0.0.0', localAddress: '10.0.0.5', allowedHosts: ['reeve.example', 'proxy.example:8443'] };
const UNIX: Arrival = { listenHost: null, localAddress: undefined, allowedHosts: [] };

const verdict = (head: Partial<RequestHead>, arrival: Arrival = TCP): string => guard({ ...HEAD, ...head }, arrival)?.code ?? 'ok';

test('a host is a name or an address, with or without a port, and nothing else', () => {
  assert.equal(hostName('LocalHost:9001'), 'localhost');
  assert.equal(hostName('[::1]:9001'), '::1');
  assert.equal(hostName('reeve.example.'), 'reeve.example');
  for (const odd of ['', 'a b', 'a:b', 'user@host', 'host/path', '::1']) assert.equal(hostName(odd), undefined, odd);
});

test('files of the page are sent to a page under any name, so that it can say why the API refuses it; to no foreign host', () => {
  const asset: Arrival = { ...TCP, asset: true };
  assert.equal(verdict({ origin: 'http://proxy.elsewhere:8080' }), 'FORBIDDEN');
  assert.match(guard({ ...HEAD, origin: 'http://proxy.elsewhere:8080' }, TCP)?.message ?? '', /a proxy must pass Host on as it came, or \[api\] allowed_hosts/);
  assert.equal(verdict({ origin: 'http://proxy.elsewhere:8080' }, asset), 'ok');
  assert.equal(verdict({ host: 'evil.example' }, asset), 'FORBIDDEN');
  assert.equal(verdict({ origin: 'http://evil.example', secFetchSite: 'cross-site' }, asset), 'FORBIDDEN');
  assert.equal(verdict({ method: 'POST', origin: 'http://evil.example', contentType: 'application/json', hasBody: true }, asset), 'FORBIDDEN');
});

test('the loopback names, the machine\'s own address and the allowed hosts are served', () => {
  for (const host of ['localhost', 'web.localhost:1', '127.0.0.1:9001', '127.9.9.9', '[::1]:9001', '10.0.0.5:9001', 'reeve.example', 'REEVE.example:80', 'proxy.example:8443']) {
    assert.equal(verdict({ host }), 'ok', host);
  }
});

test('any other host is refused: a page may have led here under its own name', () => {
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.6', '127.evil', 'proxy.example:1', undefined]) {
    assert.equal(verdict({ host }), 'FORBIDDEN', String(host));
  }
});

test('an IPv4 client of an IPv6 listener is told by its mapped address', () => {
  assert.equal(verdict({ host: '10.0.0.5' }, { listenHost: '::', localAddress: '::ffff:10.0.0.5', allowedHosts: [] }), 'ok');
});

test('a unix socket is reached by no name, so the host does not matter', () => {
  assert.equal(verdict({ host: 'anything' }, UNIX), 'ok');
});

test('a page of ours may ask, a foreign one may not, on a unix socket behind a proxy neither', () => {
  assert.equal(verdict({ method: 'POST', origin: 'http://localhost:9001', contentType: 'application/json', hasBody: true }), 'ok');
  assert.equal(verdict({ method: 'POST', origin: 'https://reeve.example', contentType: 'application/json', hasBody: true }), 'ok');
  for (const origin of ['http://evil.example', 'http://localhost:5173', 'null', 'file://', 'http://localhost:9001.evil.example']) {
    assert.equal(verdict({ method: 'POST', origin, contentType: 'application/json', hasBody: true }), 'FORBIDDEN', origin);
    assert.equal(verdict({ origin }, UNIX), 'FORBIDDEN', origin);
  }
});

test('what a foreign page fetches by itself is refused, a link that a person followed is not', () => {
  assert.equal(verdict({ secFetchSite: 'cross-site', secFetchMode: 'no-cors' }), 'FORBIDDEN');
  assert.equal(verdict({ secFetchSite: 'same-site', secFetchMode: 'cors' }), 'FORBIDDEN');
  assert.equal(verdict({ secFetchSite: 'cross-site', secFetchMode: 'navigate' }), 'ok');
  assert.equal(verdict({ method: 'POST', secFetchSite: 'cross-site', secFetchMode: 'navigate', contentType: 'application/json' }), 'FORBIDDEN');
  assert.equal(verdict({ secFetchSite: 'same-origin', secFetchMode: 'cors' }), 'ok');
});

test('a mutation has a body that no HTML form can send', () => {
  for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', undefined]) {
    assert.equal(verdict({ method: 'POST', contentType, hasBody: true }), 'BAD_ARGUMENT', String(contentType));
  }
  assert.equal(verdict({ method: 'POST', contentType: 'Application/JSON; charset=utf-8', hasBody: true }), 'ok');
  assert.equal(verdict({ method: 'POST' }), 'ok', 'curl -X POST without a body');
  assert.equal(verdict({ method: 'POST', origin: 'http://localhost:9001' }), 'BAD_ARGUMENT', 'a page without a body');
});
