import { test } from 'node:test';
import assert from 'node:assert/strict';
import { report } from '../../ctl/operation-lines.ts';
import { failed, ok, operation } from '../support/fake-daemon.ts';

test("each target has supervisorctl's line", () => {
  const targets = [
    ok('web:web'),
    ok('pool:w_00'),
    failed('zz', 'NOT_FOUND'),
    failed('nope:*', 'NOT_FOUND'),
    failed('a:a', 'ALREADY_STARTED'),
    failed('b:b', 'NO_COMMAND'),
    failed('c:c', 'NOT_EXECUTABLE'),
    failed('d:d', 'SPAWN_FAILED'),
    failed('e:e', 'ENDED_EARLY'),
  ];
  assert.deepEqual(report('start', operation('start', targets), ['web', 'pool:w_00', 'zz', 'nope:*', 'a', 'b', 'c', 'd', 'e']).out, [
    'web: started',
    'pool:w_00: started',
    'zz: ERROR (no such process)',
    'nope: ERROR (no such group)',
    'a: ERROR (already started)',
    'b: ERROR (no such file)',
    'c: ERROR (file is not executable)',
    'd: ERROR (spawn error)',
    'e: ERROR (abnormal termination)',
  ]);
});

test("exit codes are honest and supervisorctl's: 0 1 2 7 [C40]", () => {
  const code = (command: 'start' | 'stop' | 'signal' | 'restart', ...targets: Parameters<typeof operation>[1][number][]): number =>
    report(
      command,
      operation(command, targets),
      targets.map((t) => t.name),
    ).code;
  assert.equal(code('start', ok('a')), 0);
  assert.equal(code('start', failed('a', 'ALREADY_STARTED')), 0);
  assert.equal(code('start', failed('a', 'NOT_FOUND')), 1);
  assert.equal(code('start', failed('g:*', 'NOT_FOUND')), 2);
  assert.equal(code('start', failed('a', 'SPAWN_FAILED')), 7);
  assert.equal(code('start', failed('a', 'ENDED_EARLY')), 7);
  assert.equal(code('start', failed('a', 'NO_COMMAND')), 1);
  assert.equal(code('stop', failed('a', 'NOT_RUNNING')), 0);
  assert.equal(code('stop', failed('g:*', 'NOT_FOUND')), 1);
  assert.equal(code('restart', failed('g:*', 'NOT_FOUND')), 2, 'its start half says so');
  assert.equal(code('signal', failed('a', 'NOT_RUNNING')), 7);
  assert.equal(code('signal', failed('a', 'BAD_SIGNAL')), 1);
  assert.equal(code('start', failed('a', 'SPAWN_FAILED'), ok('b')), 7, 'a success after a failure does not hide it');
});

test('all and g:* leave out what is so already; a name typed out is answered', () => {
  const targets = [ok('a:a'), failed('b:b', 'ALREADY_STARTED'), failed('g:x', 'ALREADY_STARTED')];
  assert.deepEqual(report('start', operation('start', targets), ['all']).out, ['a: started']);
  assert.deepEqual(report('start', operation('start', targets), ['a', 'b', 'g:*']).out, ['a: started', 'b: ERROR (already started)']);
});

test('signal all is for those that run: who does not is no failure, as with supervisorctl', () => {
  const targets = [ok('a:a'), failed('b:b', 'NOT_RUNNING'), failed('g:x', 'NOT_RUNNING')];
  const said = report('signal', operation('signal', targets), ['all']);
  assert.deepEqual([said.out, said.code], [['a: signalled'], 0]);
  assert.equal(report('signal', operation('signal', targets), ['b', 'g:*']).code, 7, 'a name in so many words is answered');
});

test('of start all the exit code is 7 when something did not come up, whatever the order of the programs', () => {
  const targets = [failed('a:a', 'SPAWN_FAILED'), failed('b:b', 'NO_COMMAND')];
  assert.equal(report('start', operation('start', targets), ['all']).code, 7);
  assert.equal(report('start', operation('start', targets), ['a', 'b']).code, 1, 'of names the last failure is told');
});

test('restart says the stop lines, then the start lines', () => {
  const before = new Map([
    ['a:a', true],
    ['b:b', false],
    ['g:x', false],
  ]);
  const said = report('restart', operation('restart', [ok('a:a'), ok('b:b'), ok('g:x')]), ['a', 'b', 'g:*'], (id) => before.get(id));
  assert.deepEqual(said.out, ['a: stopped', 'b: ERROR (not running)', 'a: started', 'b: started', 'g:x: started']);
  assert.equal(said.code, 0);
});

test('a restart that could not start says so once, and an unknown name once', () => {
  const said = report(
    'restart',
    operation('restart', [failed('a:a', 'SPAWN_FAILED', 'exit 1'), failed('zz', 'NOT_FOUND')]),
    ['a', 'zz'],
    () => true,
  );
  assert.deepEqual(said.out, ['a: stopped', 'zz: ERROR (no such process)', 'a: ERROR (spawn error)', 'zz: ERROR (no such process)']);
  assert.equal(said.code, 1);
});

test('who survived a stop is named, and it is a failure', () => {
  const said = report('stop', operation('stop', [failed('a:a', 'SURVIVORS', '', [12, 13])]), ['a']);
  assert.deepEqual(said.out, ['a: ERROR (still running)']);
  assert.match(said.notes[0]!, /^a: still there: 12, 13\. /);
  assert.equal(said.code, 1);
});

test('what has not ended is no success, and says how to ask again', () => {
  const pending = operation('stop', [ok('a:a'), { name: 'b:b', outcome: 'pending', code: null, message: '' }], { endedAt: null });
  const said = report('stop', pending, ['a', 'b']);
  assert.deepEqual(said.out, ['a: stopped']);
  assert.match(said.notes[0]!, /operation 42/);
  assert.equal(said.code, 1);
});

test('advice that the reason gives already is not given twice', () => {
  assert.deepEqual(
    report('start', operation('start', [failed('web:web', 'DISABLED', 'it is disabled; run `reevectl enable web` first')]), ['web']).notes,
    ['web: it is disabled; run `reevectl enable web` first.'],
  );
});
