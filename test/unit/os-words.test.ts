// What the OS layer says and reads: signal names, wait statuses, words of spawn errors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStatus, signalName, signalNumber } from '../../daemon/os/signals.ts';
import { quoted, spawnErrno } from '../../daemon/os/spawn-errors.ts';

test('a signal is found by name, with or without SIG, in any case, or by number', () => {
  for (const name of ['TERM', 'SIGTERM', 'term', 'sigterm', '15']) assert.equal(signalNumber(name), 15);
  for (const name of ['', 'SIG', 'NOPE', '0', '65', '-1', 'TERM ']) assert.equal(signalNumber(name), null);
});

test('every signal has one name, and the name leads back to it', () => {
  for (let number = 1; number <= 64; number += 1) {
    // 32 and 33 belong to libc, which has no names for them.
    assert.equal(signalNumber(signalName(number)), number);
  }
  assert.deepEqual([6, 17, 29, 34, 37, 50, 64].map(signalName), ['ABRT', 'CHLD', 'IO', 'RTMIN', 'RTMIN+3', 'RTMAX-14', 'RTMAX']);
});

test('a wait status says code, signal and core dump', () => {
  assert.deepEqual(decodeStatus(0), { code: 0, signal: null, coreDumped: false });
  assert.deepEqual(decodeStatus(255 << 8), { code: 255, signal: null, coreDumped: false });
  assert.deepEqual(decodeStatus(9), { code: null, signal: 'KILL', coreDumped: false });
  assert.deepEqual(decodeStatus(11 | 0x80), { code: null, signal: 'SEGV', coreDumped: true });
});

test('commands are quoted as Python prints them', () => {
  assert.deepEqual(['x', "it's", `both ' and "`, 'a\\b', 'a\nb'].map(quoted), [
    "'x'",
    '"it\'s"',
    `'both \\' and "'`,
    "'a\\\\b'",
    "'a\\nb'",
  ]);
});

test("an errno becomes a kind for the machine and supervisord's words for a person", () => {
  assert.deepEqual(spawnErrno(24, 'web', '/bin/web').error, {
    kind: 'too_many_files',
    message: "too many open files to spawn 'web'",
    errno: 'EMFILE',
  });
  assert.deepEqual(spawnErrno('ENFILE', 'web', '/bin/web').error.kind, 'too_many_files');
  assert.deepEqual(spawnErrno(11, 'web', '/bin/web').error.message, "Too many processes in process table to spawn 'web'");
  assert.deepEqual(spawnErrno(5, 'web', '/bin/web').error, {
    kind: 'other',
    message: "unknown error during fork for 'web': EIO",
    errno: 'EIO',
  });
});
