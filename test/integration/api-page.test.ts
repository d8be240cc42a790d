// The files of the web page: to whom they are sent, how they are kept, and that nothing else comes with them.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { apiWorld, wire } from '../support/api-world.ts';
import type { ApiWorld, WorldOptions } from '../support/api-world.ts';

const HTML = ['-H', 'Accept: text/html,application/xhtml+xml'] as const;
const SCRIPT = 'console.log("page");\n'.repeat(50);

interface PageWorld extends ApiWorld {
  readonly pages: string;
}

/** A built page beside a file that is not part of it. */
async function pageWorld(options: WorldOptions & { readonly built?: boolean } = {}): Promise<PageWorld> {
  const root = mkdtempSync(join(tmpdir(), 'reeve-page-'));
  const pages = join(root, 'web-ui');
  if (options.built !== false) {
    mkdirSync(join(pages, 'assets'), { recursive: true });
    writeFileSync(join(root, 'secret.txt'), 'not for you');
    writeFileSync(join(pages, '.hidden'), 'not for you');
    writeFileSync(join(pages, 'index.html'), '<!doctype html><title>reeve</title>');
    writeFileSync(join(pages, 'assets', 'main-4F3AQ2B7.js'), SCRIPT);
    writeFileSync(join(pages, 'assets', 'main-4F3AQ2B7.js.gz'), gzipSync(SCRIPT));
    writeFileSync(join(pages, 'assets', 'main-4F3AQ2B7.js.br'), brotliCompressSync(SCRIPT));
    writeFileSync(join(pages, 'assets', 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    writeFileSync(join(pages, 'favicon.ico'), 'icon');
  }
  const world = await apiWorld({ ...options, pageDirectory: pages });
  return Object.assign(world, {
    pages,
    [Symbol.asyncDispose]: async () => {
      await world.server.close();
      rmSync(root, { recursive: true, force: true });
      rmSync(world.directory, { recursive: true, force: true });
    },
  });
}

test('a browser gets the page on TCP, and curl a line of text', async () => {
  await using world = await pageWorld();
  const page = await world.tcp('/', ...HTML);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.body, /<title>reeve/);
  assert.match(page.headers.get('vary') ?? '', /accept(,|$)/);
  const plain = await world.tcp('/');
  assert.match(plain.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(plain.body, /^This is reeve 9\.9\.9.*reevectl status/);
  assert.equal(plain.headers.get('vary'), 'accept');
});

test('the page is for TCP: a unix socket and probe_listen have none', async () => {
  await using world = await pageWorld();
  assert.match((await world.unix('/', ...HTML)).headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal((await world.unix('/assets/main-4F3AQ2B7.js')).code(), 'UNKNOWN_METHOD');
  assert.equal((await world.probe('/', ...HTML)).status, 404);
  assert.equal((await world.probe('/assets/main-4F3AQ2B7.js')).status, 404);
});

test('a page that is not built says how to build it, and is there as soon as it is', async () => {
  await using world = await pageWorld({ built: false });
  const none = await world.tcp('/', ...HTML);
  assert.equal(none.status, 200);
  assert.match(none.body, /There is no web page here: it is not built\. "npm run build"/);
  mkdirSync(world.pages, { recursive: true });
  writeFileSync(join(world.pages, 'index.html'), '<!doctype html><title>now</title>');
  assert.match((await world.tcp('/', ...HTML)).body, /<title>now/);
});

test('ui = false: there is no page, not even the line of text', async () => {
  await using world = await pageWorld({ api: { ui: false } });
  for (const path of ['/', '/index.html', '/assets/main-4F3AQ2B7.js', '/favicon.ico']) assert.equal((await world.tcp(path, ...HTML)).status, 404, path);
  assert.equal((await world.tcp('/v1/status')).status, 200);
});

test('a browser keeps what has a hash in its name for ever, and asks again for the rest', async () => {
  await using world = await pageWorld();
  const script = await world.tcp('/assets/main-4F3AQ2B7.js');
  assert.equal(script.body, SCRIPT);
  assert.match(script.headers.get('content-type') ?? '', /javascript/);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  for (const path of ['/', '/index.html', '/assets/icon.svg', '/favicon.ico']) assert.equal((await world.tcp(path, ...HTML)).headers.get('cache-control'), 'no-cache', path);
  const tag = (await world.tcp('/', ...HTML)).headers.get('etag') ?? '';
  assert.notEqual(tag, '');
  const again = await world.tcp('/', ...HTML, '-H', `If-None-Match: ${tag}`);
  assert.equal(again.status, 304);
  assert.equal(again.body, '');
});

test('what was compressed beforehand is sent so to those who take it', async () => {
  await using world = await pageWorld();
  for (const [takes, encoding] of [['br', 'br'], ['gzip', 'gzip'], ['gzip, deflate, br', 'br'], ['identity', undefined]] as const) {
    const answer = await world.tcp('/assets/main-4F3AQ2B7.js', '-H', `Accept-Encoding: ${takes}`, '--raw');
    assert.equal(answer.headers.get('content-encoding'), encoding, takes);
    assert.match(answer.headers.get('content-type') ?? '', /javascript/);
    assert.match(answer.headers.get('vary') ?? '', /accept-encoding/i);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  }
  assert.equal((await world.tcp('/assets/main-4F3AQ2B7.js', '--compressed')).body, SCRIPT);
});

test('the page may load its own files and nothing else', async () => {
  await using world = await pageWorld();
  for (const path of ['/', '/assets/main-4F3AQ2B7.js']) {
    const { headers } = await world.tcp(path, ...HTML);
    const policy = headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
      assert.ok(policy.split('; ').includes(part), `${path}: ${part}`);
    }
    assert.equal(policy.includes('unsafe'), false);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
  }
  assert.equal((await world.tcp('/v1/status')).headers.get('content-security-policy')?.startsWith("default-src 'none'; frame-ancestors"), true, 'answers of the API load nothing at all');
});

test('behind a proxy that changes Host the page loads, and is told what is wrong; nothing else is sent to it', async () => {
  await using world = await pageWorld();
  const from = ['-H', 'Origin: http://ops.example'] as const;
  assert.equal((await world.tcp('/assets/main-4F3AQ2B7.js', ...from)).body, SCRIPT);
  const refused = await world.tcp('/v1/session', ...from);
  assert.equal(refused.status, 403);
  assert.match(refused.body, /a proxy must pass Host on as it came/);
  for (const path of ['/assets/../v1/status', '/assets/..%2fv1/status', '/metrics', '/favicon.ico']) assert.notEqual((await world.tcp(path, '--path-as-is', ...from)).status, 200, path);
});

test('HEAD answers with the headers alone', async () => {
  await using world = await pageWorld();
  for (const path of ['/', '/index.html', '/assets/main-4F3AQ2B7.js']) {
    const head = await world.tcp(path, '-I', ...HTML);
    assert.equal(head.status, 200, path);
    assert.equal(head.body, '');
    assert.notEqual(head.headers.get('content-length') ?? '0', '0', path);
  }
});

test('no path leads out of the page\'s directory', async () => {
  await using world = await pageWorld();
  const paths = [
    '/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/%2e%2e%2fsecret.txt', '/assets/../../secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/%2e%2e/secret.txt', '/assets/..%5c..%5csecret.txt',
    '/assets//etc/passwd', '/assets/%2fetc%2fpasswd', '/assets/%00', '/assets/main-4F3AQ2B7.js%00.svg', '/%00', '/.hidden', '/assets/../.hidden', '/assets/%c0%ae%c0%ae/secret.txt', '/assets/%', '/assets/..;/secret.txt', '/assets/', '/assets',
  ];
  for (const path of paths) {
    const answer = await world.tcp(path, '--path-as-is', ...HTML);
    assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
    assert.equal(answer.body.includes('not for you') || answer.body.includes('root:'), false, path);
    assert.notEqual(answer.code(), 'INTERNAL', path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
  }
  assert.deepEqual(world.warnings, []);
  // And with bytes that curl would not send.
  const rude = wire({ host: '127.0.0.1', port: world.port }, 'GET /assets/\0/../../secret.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  assert.match(await rude.saw('HTTP/1.1 400'), /400/);
  await rude.closed;
});

test('a foreign name or page gets no file either: the guard stands before the page', async () => {
  await using world = await pageWorld();
  assert.equal((await world.tcp('/', ...HTML, '-H', 'Host: evil.example')).code(), 'FORBIDDEN');
  assert.equal((await world.tcp('/assets/main-4F3AQ2B7.js', '-H', 'Sec-Fetch-Site: cross-site')).code(), 'FORBIDDEN');
  assert.equal((await world.tcp('/', ...HTML, '-H', 'Sec-Fetch-Site: cross-site', '-H', 'Sec-Fetch-Mode: navigate')).status, 200, 'a link that somebody followed');
});

test('the page of a listener with a password is sent, and nothing but the page', async () => {
  await using world = await pageWorld({ tcp: { credentials: { username: 'root', password: 'pw' } } });
  assert.equal((await world.tcp('/', ...HTML)).status, 200);
  assert.equal((await world.tcp('/assets/main-4F3AQ2B7.js')).status, 200);
  assert.equal((await world.tcp('/v1/status')).status, 401);
});

test('a POST to the page says how it is asked', async () => {
  await using world = await pageWorld();
  const answer = await world.tcp('/', '-X', 'POST');
  assert.equal(answer.code(), 'UNKNOWN_METHOD');
});
