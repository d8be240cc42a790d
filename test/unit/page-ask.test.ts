// The address that the page asks for a route and values: what stands in the page's own address may be anything.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ROUTES } from '../../daemon/contract/routes.ts';
import type { Route } from '../../daemon/contract/routes.ts';
import { requestOf } from '../../web-ui/ask.ts';

const routes: readonly Route[] = ROUTES;

test('no name leads a request to another route: a browser would take .. for a step up', () => {
  const named = routes.filter((route) => route.path.includes('{'));
  assert.ok(named.length > 5);
  for (const route of named) {
    const name = /\{(\w+)\}/.exec(route.path)?.[1] ?? '';
    const [before = ''] = route.path.split('{');
    for (const value of ['..', '.']) assert.throws(() => requestOf(route, { [name]: value }), /there is nothing named \.\.?$/, route.id);
    for (const value of ['../..', '%2e%2e', '..%2f', 'a/../b', '?x=1', '#x', '\\..\\', '$&', '{name}', '//evil.example', 'é\u202e']) {
      const { url } = requestOf(route, { [name]: value });
      const resolved = new URL(url, 'http://h/below/');
      assert.equal(resolved.origin, 'http://h');
      assert.ok(resolved.pathname.startsWith(`/below${before}`), `${route.id} ${value}: ${resolved.pathname}`);
      assert.deepEqual([resolved.pathname.split('/').length, resolved.search, resolved.hash], [`/below${route.path}`.split('/').length, '', '']);
    }
  }
});
