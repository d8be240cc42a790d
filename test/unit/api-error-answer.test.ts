// Errors that are nobody's refusal, in our words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorAnswer, translate } from '../../daemon/api/error-answer.ts';

test('a daemon whose files were replaced below it says so, and what to do, in place of a mistake of its own', () => {
  const gone = Object.assign(new Error("Cannot find module 'dist/chunks/metrics-ABC.mjs'"), { code: 'ERR_MODULE_NOT_FOUND' });
  const said = translate(gone, 1000);
  assert.equal(said?.code, 'INTERNAL');
  const { status, body } = errorAnswer(said);
  assert.equal(status, 500);
  assert.match(body.error.message, /files of this daemon were replaced since it started/);
  assert.match(body.error.hint ?? '', /restart the daemon/);
});

test('what nobody foresaw has no words of ours', () => {
  assert.equal(translate(new TypeError('x is not a function'), 1000), null);
});
