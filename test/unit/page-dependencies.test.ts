// Who needs whom, as the page says it before a stop and in the view of a process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependentsOf, needOf } from '../../web-ui/dependencies.ts';
import { view } from '../support/fake-daemon.ts';

const db = view('db:db', { program: 'db', group: 'db' });
const one = view('pool:one', { program: 'worker', group: 'pool' });
const all = [
  db, one,
  view('web:web', { dependsOn: ['db:ready'] }), view('api:api', { dependsOn: ['pool:*'] }), view('cron:cron', { dependsOn: ['pool:one:exited'] }), view('mail:mail', { dependsOn: ['worker'] }), view('lone:lone'),
];

test('a word of depends_on is a name, and a condition where it ends with one', () => {
  assert.deepEqual(['db', 'db:ready', 'pool:*', 'pool:one', 'pool:one:exited'].map(needOf), [
    { name: 'db', condition: '' }, { name: 'db', condition: 'ready' }, { name: 'pool:*', condition: '' }, { name: 'pool:one', condition: '' }, { name: 'pool:one', condition: 'exited' },
  ]);
});

test('before a stop everybody is told who needs it by its id, its program or its group', () => {
  assert.deepEqual(dependentsOf([db], all).map(({ id }) => id), ['web:web']);
  assert.deepEqual(dependentsOf([one], all).map(({ id }) => id), ['api:api', 'cron:cron', 'mail:mail']);
  assert.deepEqual(dependentsOf(all, all), []);
});
