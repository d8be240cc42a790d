import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BadResponse, ResponseReader } from '../../ctl/http-response.ts';
import type { ResponseHead } from '../../ctl/http-response.ts';

interface Read {
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string> | undefined;
  readonly body: string;
  readonly done: boolean;
}

function read(pieces: readonly (string | Buffer)[], closed = false): Read {
  let head: ResponseHead | undefined;
  const body: Buffer[] = [];
  const reader = new ResponseReader(
    (h) => {
      head = h;
    },
    (b) => body.push(Buffer.from(b)),
  );
  for (const piece of pieces) reader.feed(Buffer.from(piece));
  if (closed) reader.end();
  return { status: head?.status, headers: head?.headers, body: Buffer.concat(body).toString(), done: reader.done };
}

const COUNTED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n';

test('a counted, a chunked and a closed body are read', () => {
  assert.deepEqual({ ...read([COUNTED]), headers: undefined }, { status: 200, headers: undefined, body: 'hello', done: true });
  assert.equal(read([COUNTED]).headers?.get('x-a'), '1, 2');
  assert.deepEqual({ ...read([CHUNKED]), headers: undefined }, { status: 200, headers: undefined, body: 'hello', done: true });
  const open = 'HTTP/1.1 200 OK\r\n\r\nhello';
  assert.equal(read([open]).done, false);
  assert.deepEqual({ ...read([open], true), headers: undefined }, { status: 200, headers: undefined, body: 'hello', done: true });
});

test('it does not matter where the pieces are cut', () => {
  fc.assert(
    fc.property(fc.constantFrom(COUNTED, CHUNKED), fc.array(fc.nat(120), { maxLength: 12 }), (text, cuts) => {
      const at = [...new Set([0, ...cuts.filter((c) => c < text.length), text.length])].toSorted((a, b) => a - b);
      const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
      const answer = read(pieces);
      assert.equal(answer.body, 'hello');
      assert.equal(answer.done, true);
    }),
  );
  assert.equal(read(CHUNKED.split('')).body, 'hello', 'byte by byte');
});

test('a body is given on as it comes, not when it ends', () => {
  const seen: string[] = [];
  const reader = new ResponseReader(
    () => {},
    (b) => seen.push(b.toString()),
  );
  reader.feed(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\none'));
  assert.deepEqual(seen, ['one']);
});

test('answers without a body end at once; 100 Continue is passed over', () => {
  assert.equal(read(['HTTP/1.1 204 No Content\r\n\r\n']).done, true);
  assert.equal(read(['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n']).done, true);
  assert.equal(read([`HTTP/1.1 100 Continue\r\n\r\n${COUNTED}`]).body, 'hello');
});

test('bare line feeds and bytes after the end are borne', () => {
  assert.equal(read(['HTTP/1.1 200\nContent-Length: 2\n\nokHTTP/1.1 500 X']).body, 'ok');
});

test('what is not HTTP is told at its first bytes', () => {
  for (const text of ['SSH-2.0-OpenSSH', '<html>', '+OK redis\r\n', '\u0000\u0001\u0002\u0003\u0004']) {
    assert.throws(() => read([text]), BadResponse, text);
  }
  assert.throws(() => read(['HTTP/2 200\r\n\r\n']), /does not begin with HTTP\/1\.1/);
});

test('hostile answers are refused, each with its reason', () => {
  const cases: [string, RegExp][] = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', /content length/],
    ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', /content length/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n', /content length/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', /transfer encoding/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', /size of a chunk/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n', /size of a chunk/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n', /longer than its size/],
    ['HTTP/1.1 200 OK\r\n: x\r\n\r\n', /no name/],
    [`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`, /longer than 65536/],
    [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'0'.repeat(2000)}`, /too long/],
    [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(5000)}`, /trailer/],
  ];
  for (const [text, reason] of cases) assert.throws(() => read([text]), reason, text.slice(0, 80));
});

test('an answer that is cut off is told apart from one that is wrong', () => {
  const cut = (text: string): boolean => {
    try {
      read([text], true);
    } catch (error) {
      return error instanceof BadResponse && error.cut;
    }
    return false;
  };
  assert.equal(cut('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel'), true);
  assert.equal(cut('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel'), true);
  assert.equal(cut('HTTP/1.1 2'), true);
  assert.throws(() => read([], true), /closed without an answer/);
});
