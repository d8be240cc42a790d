import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readBody, readNotify, REPORT_KINDS } from '../../daemon/contract/report-text.ts';
import type { ReadReport } from '../../daemon/contract/report-text.ts';
import { readRequest } from '../../daemon/os/report-request.ts';

const parameters = { numRuns: 2000, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }) };
const first = (text: string): unknown => readNotify(text).reports[0];

test('lines that systemd knows and that mean nothing here are passed over in silence, and so are values that are not theirs', () => {
  const silent = ['FDSTORE=1', 'FDNAME=x', 'FDPOLL=0', 'ERRNO=2', 'BUSERROR=x', 'EXIT_STATUS=1', 'BARRIER=1', 'MONOTONIC_USEC=12', 'WATCHDOG=trigger', 'READY=0', 'NOTIFYACCESS=all', 'X_OTHER=1', '', '=', 'READY', 'ready=1'];
  assert.deepEqual(readNotify(silent.join('\n')), { reports: [], problems: [] });
});

test('progress is a number, a total where there is one, and JSON whose phase is the phase', () => {
  assert.deepEqual(first('X_REEVE_PROGRESS=3/10'), { type: 'progress', current: 3, total: 10, phase: null, meta: null });
  assert.deepEqual(first('X_REEVE_PROGRESS= 2.5 / 10 {"phase":"a"}'), { type: 'progress', current: 2.5, total: 10, phase: 'a', meta: { phase: 'a' } });
  assert.deepEqual(first('X_REEVE_PROGRESS=7'), { type: 'progress', current: 7, total: null, phase: null, meta: null });
  assert.deepEqual(first('X_REEVE_PROGRESS=7/? [1]'), { type: 'progress', current: 7, total: null, phase: null, meta: [1] });
  for (const bad of ['', '-1/3', '1/-3', 'a', '1/2/3', '1e400/2', 'Infinity', '1/2 {']) assert.equal(readNotify(`X_REEVE_PROGRESS=${bad}`).problems.length, 1, bad);
});

test('a status is one line of at most 1024 characters, whatever it was', () => {
  const text = (value: string): string => (first(`STATUS=${value}`) as { text: string }).text;
  assert.equal(text('a\u001b[31mred\u0007\tb\u2028c\u0085'), 'a [31mred b c');
  assert.equal(text('ok \u202E123\u202C \u200Bhidden'), 'ok \uFFFD123\uFFFD \uFFFDhidden');
  assert.equal(text('x'.repeat(5000)).length, 1024);
  assert.equal(text(''), '');
});

test('metadata may have 4096 bytes of UTF-8, and no more [C5]', () => {
  const beat = (text: string): ReadReport | null => readBody('heartbeat', JSON.stringify(text));
  assert.ok('report' in (beat('x'.repeat(4094)) as object));
  assert.deepEqual(beat('x'.repeat(4095)), { problem: 'its metadata has more than 4096 bytes' });
  assert.ok('report' in (beat('é'.repeat(2047)) as object));
  assert.ok('problem' in (beat('é'.repeat(2048)) as object));
  assert.ok('problem' in (beat('😀'.repeat(1024)) as object));
});

test('more time is asked for in microseconds, and for a day at most', () => {
  assert.deepEqual(first('EXTEND_TIMEOUT_USEC=1'), { type: 'extend', ms: 1 });
  assert.deepEqual(first('EXTEND_TIMEOUT_USEC=18446744073709551615'), { type: 'extend', ms: 86_400_000 });
  assert.equal(readNotify('EXTEND_TIMEOUT_USEC=soon').problems.length, 1);
});

test('a message brings 32 reports at most', () => {
  const { reports, problems } = readNotify('WATCHDOG=1\n'.repeat(50));
  assert.deepEqual([reports.length, problems], [32, ['more than 32 reports in one message']]);
});

test('names that every object has are no reports', () => {
  assert.deepEqual(readNotify('constructor=1\n__proto__=1\ntoString=1'), { reports: [], problems: [] });
  assert.equal(readBody('constructor', ''), null);
  assert.equal(readBody('__proto__', ''), null);
});

const pieces = fc.constantFrom('READY=1', 'STATUS=', 'X_REEVE_PROGRESS=', 'X_REEVE_HEARTBEAT=', 'X_REEVE_HEALTH=degraded', 'X_REEVE_BREAKER=', 'X_REEVE_RESULT=', 'EXTEND_TIMEOUT_USEC=', '\n', ' ', '3/10', '{"a":1}', '{', '9'.repeat(400), '/', 'smtp failure', '\u0000');
const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 20 }).map((parts) => parts.join('')));

test('any text has an answer: nothing throws, and what is taken is of its form', () => {
  const sound = (read: ReadReport | null): void => {
    if (read === null || 'problem' in read) return;
    const { report } = read;
    JSON.stringify(report);
    if (report.type === 'progress') assert.ok(Number.isFinite(report.current) && report.current >= 0 && (report.total === null || Number.isFinite(report.total)));
    if (report.type === 'extend') assert.ok(report.ms >= 0 && report.ms <= 86_400_000);
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    if (report.type === 'status') assert.ok(report.text.length <= 1024 && !/[\u0000-\u001f]/.test(report.text));
  };
  fc.assert(fc.property(texts, fc.constantFrom(...REPORT_KINDS), (text, kind) => {
    for (const report of readNotify(text).reports) sound({ report });
    sound(readBody(kind, text));
    sound(readBody(kind, JSON.stringify(text)));
  }), parameters);
});

const requests = fc.array(fc.constantFrom(
  'POST /v1/supervised/a/heartbeat HTTP/1.1\r\n', 'GET / HTTP/1.0\r\n', 'content-length: 2\r\n', 'content-length: 99999\r\n', 'transfer-encoding: chunked\r\n', 'expect: 100-continue\r\n', 'connection: close\r\n', '\r\n', '\r', '\n', '{}', '2\r\n{}\r\n',
  '0\r\n\r\n', 'fff\r\n', ':', ' ', 'x',
), { maxLength: 14 }).map((parts) => parts.join(''));

test('any bytes at all are a request, the beginning of one, or refused, in whatever pieces they come', () => {
  const whole = (text: string): readonly string[] => {
    const said: string[] = [];
    for (let bytes = Buffer.from(text); bytes.length > 0;) {
      const read = readRequest(bytes);
      said.push(read.type === 'request' ? `${read.request.method} ${read.request.path} ${read.request.body.toString()}` : read.type);
      if (read.type !== 'request') break;
      assert.ok(read.rest.length < bytes.length);
      bytes = Buffer.from(read.rest);
    }
    return said;
  };
  fc.assert(fc.property(fc.oneof(requests, fc.string({ unit: 'binary' })), (text) => {
    const all = whole(text);
    // What was refused, or was a request, at some length stays so with more bytes behind it.
    for (let n = 1; n < text.length; n += 7) {
      const part = readRequest(Buffer.from(text).subarray(0, n));
      if (part.type === 'refused') assert.equal(all[0], 'refused');
      if (part.type === 'request') assert.equal(all[0], `${part.request.method} ${part.request.path} ${part.request.body.toString()}`);
    }
  }), parameters);
});
