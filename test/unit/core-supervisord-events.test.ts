// Facts as supervisord's listeners hear them, where the real thing cannot be asked: reeve's own rules, and what is rare.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_TYPES } from '../../config/event-types.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { EventMapper, isOfType } from '../../daemon/core/supervisord-events.ts';

function told(mapper: EventMapper, ...facts: readonly FactBody[]): readonly string[] {
  return facts.flatMap((body) => mapper.map({ ...body, seq: 1, at: 1 } as Fact)).map(({ name, payload }) => `${name} ${payload}`);
}

const life = { process: 'g:p', incarnation: 1 } as const;
const starting = { type: 'process.starting', ...life, from: 'STOPPED', tries: 0 } as const;
const spawned = { type: 'process.spawned', ...life, pid: 42, supervisionId: 'x' } as const;
const running = { type: 'process.running', ...life, pid: 42, startMs: 1000, ready: true } as const;
const exited = { type: 'process.exited', ...life, pid: 42, code: 1, signal: null, coreDumped: false, expected: false, ranMs: 5, from: 'RUNNING', left: [] } as const;
const head = 'processname:p groupname:g';

test('an exit that overtook startsecs is told as RUNNING first, as in supervisord', () => {
  const state = { type: 'process.state', ...life, from: 'RUNNING', to: 'EXITED', why: '', pid: null } as const;
  assert.deepEqual(told(new EventMapper(), starting, spawned, { ...exited, from: 'STARTING', expected: true }, state), [
    `PROCESS_STATE_STARTING ${head} from_state:STOPPED tries:0`,
    `PROCESS_STATE_RUNNING ${head} from_state:STARTING pid:42`,
    `PROCESS_STATE_EXITED ${head} from_state:RUNNING expected:1 pid:42`,
  ]);
});

test('a program that is given up while it was up has exited first', () => {
  assert.deepEqual(told(new EventMapper(), starting, spawned, running, exited, { type: 'process.fatal', ...life, from: 'RUNNING', why: 'too many restarts' }).slice(2), [
    `PROCESS_STATE_EXITED ${head} from_state:RUNNING expected:0 pid:42`,
    `PROCESS_STATE_FATAL ${head} from_state:EXITED`,
  ]);
});

test('the end of what a program left behind is no stop of it', () => {
  const sweep = { type: 'process.stopping', ...life, from: 'RUNNING', pid: null, signal: 'TERM', scope: 'tree', why: '' } as const;
  const state = { type: 'process.state', ...life, from: 'RUNNING', to: 'EXITED', why: '', pid: null } as const;
  assert.deepEqual(told(new EventMapper(), starting, spawned, running, exited, sweep, state).slice(2), [`PROCESS_STATE_EXITED ${head} from_state:RUNNING expected:0 pid:42`]);
});

test('the end of the daemon gives up who waits for the next try, in the words of supervisord', () => {
  const backoff = { type: 'process.backoff', ...life, from: 'STARTING', tries: 1, delayMs: 1000, why: '' } as const;
  const stopping = { type: 'daemon.stopping', mode: 'warm', why: 'received SIGTERM' } as const;
  assert.deepEqual(told(new EventMapper(), starting, spawned, { ...exited, from: 'STARTING' }, backoff, stopping, { type: 'process.stopped', ...life, pid: null, why: '' }).slice(2), [
    'SUPERVISOR_STATE_CHANGE_STOPPING ',
    `PROCESS_STATE_FATAL ${head} from_state:BACKOFF`,
  ]);
});

test('a stop while it waits has no pid; one while it runs has the pid of who ended', () => {
  const backoff = { type: 'process.backoff', ...life, from: 'STARTING', tries: 1, delayMs: 1000, why: '' } as const;
  assert.deepEqual(told(new EventMapper(), starting, spawned, { ...exited, from: 'STARTING' }, backoff, { type: 'process.stopped', ...life, pid: null, why: '' }).slice(1), [
    `PROCESS_STATE_BACKOFF ${head} from_state:STARTING tries:1`,
    `PROCESS_STATE_STOPPED ${head} from_state:BACKOFF pid:0`,
  ]);
  const stopping = { type: 'process.stopping', ...life, from: 'RUNNING', pid: 42, signal: 'TERM', scope: 'main', why: '' } as const;
  assert.deepEqual(told(new EventMapper(), starting, spawned, running, stopping, { ...exited, from: 'STOPPING' }, { type: 'process.stopped', ...life, pid: null, why: '' }).slice(2), [
    `PROCESS_STATE_STOPPING ${head} from_state:RUNNING pid:42`,
    `PROCESS_STATE_STOPPED ${head} from_state:STOPPING pid:42`,
  ]);
});

test('the end of the daemon is told once, however often somebody asks for it', () => {
  const stopping = { type: 'daemon.stopping', mode: 'warm', why: '' } as const;
  assert.deepEqual(told(new EventMapper(), stopping, { ...stopping, mode: 'now' }), ['SUPERVISOR_STATE_CHANGE_STOPPING ']);
});

test('a mapper that begins late knows what is so already', () => {
  const mapper = new EventMapper();
  mapper.seed([{ id: 'g:p', state: 'STOPPING', tries: 0, pid: 42 }]);
  assert.deepEqual(told(mapper, { type: 'process.stopped', ...life, pid: null, why: '' }), [`PROCESS_STATE_STOPPED ${head} from_state:STOPPING pid:42`]);
});

test('a subscription brings its type, the children of its type, and with EVENT all', () => {
  const under = (type: string): readonly string[] => EVENT_TYPES.filter((name) => name !== type && isOfType(name, type));
  assert.deepEqual(under('TICK'), ['TICK_5', 'TICK_60', 'TICK_3600']);
  assert.deepEqual(under('PROCESS_GROUP'), ['PROCESS_GROUP_ADDED', 'PROCESS_GROUP_REMOVED']);
  assert.equal(under('PROCESS_STATE').length, 8);
  assert.equal(under('EVENT').length, EVENT_TYPES.length - 1);
  for (const leaf of ['TICK_5', 'PROCESS_STATE_RUNNING', 'REMOTE_COMMUNICATION']) assert.deepEqual(under(leaf), []);
});
