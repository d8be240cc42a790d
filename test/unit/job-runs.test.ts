// One run from its request to its end: what it is told, what it says, how it is ended.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { JobSpec } from '../../config/job-spec.ts';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import type { RunState } from '../../daemon/contract/jobs.ts';
import { usualMs } from '../../daemon/core/job-admission.ts';
import { JobWorld } from '../support/job-world.ts';
import type { JobScript } from '../support/job-world.ts';
import { jobLaws } from '../support/job-laws.ts';
import { every } from '../support/job-specs.ts';
import { jobSpec, processSpec } from '../support/specs.ts';

function world(overrides: Partial<JobSpec> = {}, script: JobScript = {}): JobWorld {
  const w = new JobWorld({ jobs: [jobSpec('j', { deadLetters: false, ...overrides })] }).script('j', script);
  w.law = jobLaws();
  return w.boot();
}

function signals(w: JobWorld): string[] {
  return w.effects.flatMap((effect) => (effect.type === 'signal' ? [`${effect.signal} ${effect.scope}`] : []));
}

test('a run has a number, a trigger, an initiator, times and an end [B20, C2, C14, C18, D34]', () => {
  const w = world();
  const id = w.request('j', { initiator: 'anna', args: ['--fast'] });
  w.advance('90s').exits(id, 0);
  const row = w.row(id);
  assert.deepEqual(
    { number: row.number, trigger: row.trigger, initiator: row.initiator, args: row.args, state: row.state, code: row.code, attempt: row.attempt, pid: row.pid },
    { number: 1, trigger: 'manual', initiator: 'anna', args: ['--fast'], state: 'succeeded', code: 0, attempt: 1, pid: null },
  );
  assert.equal((row.endedAt ?? 0) - (row.startedAt ?? 0), 90_000);
  assert.equal(w.told('run.succeeded')[0]?.durationMs, 90_000);
  assert.deepEqual(w.snapshot.jobs.get('j')?.counts, { started: 1, succeeded: 1, failed: 0, retried: 0, skipped: 0, missed: 0, cancelled: 0, timed_out: 0, stalled: 0, interrupted: 0, dead: 0 });
  assert.equal(w.snapshot.runs.size, 0);
});

test('a run comes to each of its states, and to no other [A33, C15, D34]', () => {
  const seen = new Set<RunState>();
  const live = (overrides: Partial<JobSpec>, script: JobScript, act: (w: JobWorld) => void): void => {
    const w = world(overrides, script);
    act(w);
    for (const row of w.rows.values()) seen.add(row.state);
    for (const row of w.snapshot.runs.values()) seen.add(row.state);
  };
  const again: Partial<JobSpec> = { deadLetters: true, retry: { ...jobSpec('j').retry, max: 1 } };
  const silent: Partial<JobSpec> = { vitals: { heartbeat: { intervalMs: 1000, misses: 1 }, progressTimeoutMs: null, onStuck: 'kill' } };
  live({}, {}, (w) => w.exits(w.request('j'), 0));
  live({}, {}, (w) => w.exits(w.request('j'), 1));
  live(again, { code: 1, takesMs: 10 }, (w) => { w.request('j'); w.advance('1h'); });
  live({ timeoutMs: 1000 }, {}, (w) => { w.request('j'); w.advance('1s'); });
  live(silent, {}, (w) => { w.request('j'); w.advance('1s'); });
  live({}, {}, (w) => w.tell({ type: 'cancel', id: w.request('j'), signal: null, who: 'anna' }));
  live({ overlap: 'queue' }, {}, (w) => { w.request('j'); w.request('j'); });
  live({ expiresMs: 1000, overlap: 'queue' }, {}, (w) => { w.request('j'); w.request('j'); w.advance('2s'); });
  live({}, {}, (w) => { w.request('j'); w.request('j'); });
  live({}, {}, (w) => w.request('j', { dueAt: w.wall + 1000 }));
  live({ onShutdown: 'kill' }, {}, (w) => { w.request('j'); w.tell({ type: 'close', mode: 'warm' }); });
  assert.deepEqual([...seen].toSorted(), Object.keys(RUN_STATES).toSorted());
});

test('whatever the scheduler does is a fact: jobs added, changed, paused, resumed, removed; runs planned, started, skipped, failed, dead [B29, D60]', () => {
  const w = world({ schedule: every('1m'), deadLetters: true }, { takesMs: 90_000, code: 1 });
  w.advance('3m').tell({ type: 'pause', job: 'j', who: 'anna' }).tell({ type: 'resume', job: 'j', who: 'anna' });
  w.setClock(86_400_000, true).request('j', { dueAt: w.wall + 5000 });
  w.advance('5m');
  w.tell({ type: 'configure', jobs: [jobSpec('j', { schedule: every('2m') })], breakers: [], settings: w.settings });
  w.tell({ type: 'configure', jobs: [], breakers: [], settings: w.settings }).advance('1h');
  const told = new Set(w.facts.map((fact) => fact.type));
  const wanted = ['job.added', 'job.next', 'job.paused', 'job.resumed', 'job.changed', 'job.removed', 'run.scheduled', 'run.started', 'run.failed', 'run.skipped', 'dead.added'] as const;
  assert.deepEqual(wanted.filter((type) => !told.has(type)), []);
});

test('the claim is written as running before the start is asked for, and every start is released once [D3, D26]', () => {
  const w = world({}, { spawn: 'silent' });
  const id = w.request('j');
  assert.equal(w.row(id).state, 'running');
  assert.equal(w.row(id).pid, null);
  w.answers(id).exits(id);
  assert.deepEqual(w.effects.map((effect) => effect.type), ['start', 'release']);
});

test('a timeout ends a run by its stop steps: TERM, then KILL for all of it [C19, D2]', () => {
  const w = world({ timeoutMs: 300_000 }, { obeys: 'kill' });
  const id = w.request('j');
  w.advance('5m');
  assert.deepEqual(signals(w), ['TERM main']);
  w.advance('10s');
  assert.deepEqual(signals(w), ['TERM main', 'KILL tree']);
  assert.deepEqual([w.row(id).state, w.row(id).cause, w.row(id).signal, w.row(id).why], ['timed_out', 'timeout', 'KILL', 'took longer than its timeout of 300 s']);
  assert.equal(w.told('run.timed_out')[0]?.durationMs, 310_000);
});

test('a run that dies of the signal of its soft_timeout has timed out, and says of what [C20, D2]', () => {
  const soft: Partial<JobSpec> = { softTimeout: { afterMs: 5000, signal: 'TERM' }, timeoutMs: 60_000 };
  const w = world(soft);
  const id = w.request('j');
  w.advance('5s');
  assert.deepEqual([w.row(id).state, w.row(id).cause, w.row(id).why], ['timed_out', 'timeout', 'ended by SIGTERM, its soft_timeout of 5 s']);
  const early = world(soft);
  const killed = early.request('j');
  early.advance('4s').exits(killed, 'TERM');
  assert.deepEqual([early.row(killed).state, early.row(killed).cause], ['failed', 'signal']);
});

test('a run that ends well because of its timeout has timed out all the same [C19]', () => {
  const w = world({ timeoutMs: 1000 }, { obeys: 'none' });
  const id = w.request('j');
  w.advance('1s').exits(id, 0);
  assert.equal(w.row(id).state, 'timed_out');
});

test('a soft timeout sends its signal once, to the main process, and the run goes on [C20, D2]', () => {
  const w = world({ softTimeout: { afterMs: 180_000, signal: 'USR1' }, timeoutMs: 300_000 });
  const id = w.request('j');
  w.advance('4m');
  assert.deepEqual(signals(w), ['USR1 main']);
  assert.deepEqual(w.told('run.warned').map((fact) => [fact.run, fact.signal, fact.afterMs]), [[id, 'USR1', 180_000]]);
  assert.equal(w.row(id).state, 'running');
  w.exits(id, 0);
  assert.equal(w.row(id).state, 'succeeded');
});

test('what a run left behind is ended before it counts as over', () => {
  const w = world({}, { leaves: 'kill' });
  const id = w.request('j');
  w.exits(id, 0);
  assert.equal(w.row(id).state, 'running');
  assert.deepEqual(signals(w), ['TERM tree']);
  w.advance('10s');
  assert.deepEqual(signals(w), ['TERM tree', 'KILL tree']);
  assert.deepEqual([w.row(id).state, w.row(id).code, w.told('run.succeeded')[0]?.durationMs], ['succeeded', 0, 0]);
});

test('leftovers stay where the process says so', () => {
  const w = world({ process: processSpec('job:j', { sweep: false }) }, { leaves: 'none' });
  const id = w.request('j');
  w.exits(id, 0);
  assert.deepEqual([w.row(id).state, signals(w)], ['succeeded', []]);
});

test('who survives the last step is asked for, and the last step is tried again', () => {
  const w = world({}, { obeys: 'none' });
  const id = w.request('j');
  w.tell({ type: 'cancel', id, signal: null, who: 'anna' }).advance('30s');
  assert.deepEqual(signals(w), ['TERM main', 'KILL tree', 'KILL tree', 'KILL tree']);
  assert.equal(w.effects.filter((effect) => effect.type === 'survey').length, 2);
  w.exits(id, 'KILL');
  assert.equal(w.row(id).state, 'cancelled');
});

test('a run is cancelled while it waits for its time, for its turn, and while it runs [D36]', () => {
  const w = world({ overlap: 'queue' });
  const ids = [w.request('j'), w.request('j'), w.request('j', { trigger: 'at', dueAt: w.wall + 60_000 })];
  assert.deepEqual(ids.map((id) => w.row(id).state), ['running', 'queued', 'scheduled']);
  for (const id of ids.toReversed()) w.tell({ type: 'cancel', id, signal: null, who: 'anna' });
  assert.deepEqual(ids.map((id) => w.row(id).state), ['cancelled', 'cancelled', 'cancelled']);
  assert.equal(w.row(ids[0] as string).why, 'cancelled by anna');
  assert.deepEqual(w.told('run.cancelled').map((fact) => fact.durationMs), [null, null, 0]);
});

test('a cancel with a signal sends that one, also to a run that is being ended already [D36]', () => {
  const w = world({}, { obeys: 'kill' });
  const id = w.request('j');
  w.tell({ type: 'cancel', id, signal: 'INT', who: 'anna' });
  assert.deepEqual(signals(w), ['INT main']);
  w.tell({ type: 'cancel', id, signal: 'KILL', who: 'anna' });
  assert.deepEqual([w.row(id).state, signals(w)], ['cancelled', ['INT main', 'KILL main']]);
});

test('a run that is cancelled before its start is answered gets its signal with the answer', () => {
  const w = world({}, { spawn: 'silent' });
  const id = w.request('j');
  w.tell({ type: 'cancel', id, signal: null, who: 'anna' });
  assert.deepEqual(signals(w), []);
  w.answers(id);
  assert.deepEqual([signals(w), w.row(id).state], [['TERM main'], 'cancelled']);
});

test('a command that is missing fails at once and is not tried again', () => {
  const w = world({ retry: { max: 3, backoff: { policy: 'fixed', baseMs: 1000, factor: 1, maxMs: 1000, jitter: 0, resetMs: 0 }, on: null, notOn: [] } }, { spawn: 'missing' });
  const id = w.request('j');
  assert.deepEqual([w.row(id).state, w.row(id).cause, w.row(id).why, w.row(id).startedAt], ['failed', 'spawn', 'no such file', null]);
  assert.equal(w.rowsOf('j').length, 1);
  assert.equal(w.snapshot.jobs.get('j')?.counts.started, 0);
});

test('a machine that is short of something is tried again as the retries say', () => {
  const w = world({ retry: { max: 1, backoff: { policy: 'fixed', baseMs: 1000, factor: 1, maxMs: 1000, jitter: 0, resetMs: 0 }, on: null, notOn: [] } }, { spawn: 'busy' });
  w.request('j');
  w.script('j', {}).advance('1s');
  assert.deepEqual(w.states('j'), ['retrying', 'running']);
});

test('where there is no room a run waits, gives its place back and tries again', () => {
  const w = world({}, { spawn: 'no_room' });
  const id = w.request('j');
  assert.deepEqual([w.row(id).state, w.row(id).cause, w.row(id).dueAt, w.row(id).why], ['scheduled', 'disk', w.wall + 60_000, 'no space left']);
  assert.deepEqual(w.effects.map((effect) => effect.type), ['start', 'release']);
  w.script('j', {}).advance('1m');
  assert.equal(w.row(id).state, 'running');
});

test('a run that finds no room for too long expires [D23]', () => {
  const w = world({ expiresMs: 90_000 }, { spawn: 'no_room' });
  const id = w.request('j');
  w.advance('5m');
  assert.deepEqual([w.row(id).state, w.row(id).cause], ['missed', 'expired']);
});

test('slower than 95 of 100 of its like by half is a fact, when at least 20 are known [C8]', () => {
  assert.equal(usualMs(Array.from({ length: 19 }, () => 1)), null);
  assert.equal(usualMs(Array.from({ length: 100 }, (_, i) => 100 - i)), 95);
  const w = new JobWorld({ jobs: [jobSpec('j')] }).boot({ durations: new Map([['j', Array.from({ length: 20 }, (_, i) => (i + 1) * 1000)]]) });
  const id = w.request('j');
  w.advance('1h');
  assert.deepEqual(w.told('run.slow').map((fact) => [fact.run, fact.ranMs, fact.usualMs]), [[id, 28_500, 19_000]]);
});

test('one run in twenty takes a little longer than 95 of 100: that is not told, whatever the job takes', () => {
  const w = new JobWorld({ jobs: [jobSpec('j')] }).boot({ durations: new Map([['j', Array.from({ length: 20 }, () => 100)]]) });
  w.script('j', { takesMs: 1000 }).request('j');
  assert.deepEqual(w.advance('1m').told('run.slow'), []);
  w.script('j', { takesMs: 1200 }).request('j');
  assert.deepEqual(w.advance('1m').told('run.slow').map((fact) => fact.ranMs), [1100]);
});

test('durations of this daemon count too', () => {
  const w = world({}, { takesMs: 1000 });
  for (let i = 0; i < 20; i += 1) {
    w.request('j');
    w.advance('2s');
  }
  w.script('j', {}).request('j');
  assert.equal(w.advance('5s').told('run.slow')[0]?.usualMs, 1000);
});

test('silence: misses are told, and a run that is stuck is ended as stalled [C6, C7, C8, C9]', () => {
  const w = world({ vitals: { heartbeat: { intervalMs: 60_000, misses: 3 }, progressTimeoutMs: null, onStuck: 'kill' } });
  const id = w.request('j');
  w.advance('30s').report(id, { type: 'heartbeat', meta: { rows: 7 } }).advance('2m');
  assert.deepEqual(w.told('heartbeat.missed').map((fact) => fact.misses), [1, 2]);
  assert.deepEqual(w.book.heartbeats(id), [{ at: w.wall - 120_000, meta: { rows: 7 } }]);
  w.advance('1m');
  assert.deepEqual([w.row(id).state, w.row(id).cause], ['stalled', 'stalled']);
  assert.match(w.row(id).why, /no heartbeat for 180 s since its last one/);
  assert.deepEqual(w.effects.find((effect) => effect.type === 'release')?.heartbeats.length, 1);
});

test('on_stuck = kill gives a stuck run no time for its stop steps, as it gives none to a program; restart does [C9]', () => {
  for (const [onStuck, signal] of [['kill', 'KILL'], ['restart', 'TERM']] as const) {
    const w = world({ vitals: { heartbeat: { intervalMs: 1000, misses: 1 }, progressTimeoutMs: null, onStuck } });
    w.request('j');
    w.advance('1s');
    assert.deepEqual(w.effects.flatMap((effect) => (effect.type === 'signal' ? [effect.signal] : [])), [signal]);
  }
});

test('on_stuck = alert tells it and leaves the run alone [C9]', () => {
  const w = world({ vitals: { heartbeat: { intervalMs: 1000, misses: 2 }, progressTimeoutMs: null, onStuck: 'alert' } });
  const id = w.request('j');
  w.advance('1m');
  assert.equal(w.told('heartbeat.stuck').length, 1);
  assert.equal(w.row(id).state, 'running');
  assert.equal(w.snapshot.runs.get(id)?.heartbeat?.stuck, true);
});

test('defect 15: a stuck run that is to be run again is run again, whatever its retries say [C9]', () => {
  const w = world({ vitals: { heartbeat: { intervalMs: 1000, misses: 2 }, progressTimeoutMs: null, onStuck: 'restart' } });
  w.request('j', { args: ['x'] });
  w.advance('2s');
  assert.equal(w.rowsOf('j')[0]?.state, 'retrying');
  w.advance('1m');
  assert.deepEqual(w.rowsOf('j').slice(0, 2).map((row) => [row.trigger, row.args]), [['manual', ['x']], ['rerun', ['x']]]);
  assert.equal(w.rowsOf('j')[1]?.parent, w.rowsOf('j')[0]?.id);
});

test('progress that does not move is stuck too [C11]', () => {
  const w = world({ vitals: { heartbeat: null, progressTimeoutMs: 10_000, onStuck: 'kill' } });
  const id = w.request('j');
  w.advance('1h').report(id, { type: 'progress', current: 1, total: 4, phase: null, meta: null });
  assert.equal(w.snapshot.runs.get(id)?.progress?.percent, 25);
  w.advance('10s');
  assert.equal(w.row(id).state, 'stalled');
  assert.equal(w.row(id).progress?.current, 1);
});

test('what a run says of itself is kept with it: status, result, partial work [A47, C12]', () => {
  const w = world();
  const id = w.request('j');
  w.report(id, { type: 'status', text: 'half' }).report(id, { type: 'result', result: { partial: true, rows: 3 } }).exits(id, 0);
  const row = w.row(id);
  assert.deepEqual([row.state, row.status, row.result, row.why], ['succeeded', 'half', { partial: true, rows: 3 }, 'did part of its work']);
});

test('reports before the start and after the end are nobody\'s', () => {
  const w = world({}, { spawn: 'silent' });
  const id = w.request('j');
  w.report(id, { type: 'status', text: 'early' });
  w.answers(id).exits(id);
  w.report(id, { type: 'status', text: 'late' });
  assert.deepEqual(w.told('status.reported'), []);
});

test('signals that cannot be sent are told, and tried again with the next step', () => {
  const w = world({}, { obeys: 'none' });
  const id = w.request('j');
  w.tell({ type: 'cancel', id, signal: null, who: 'anna' }).tell({ type: 'run', id, event: { type: 'signal_failed', why: 'EPERM' } });
  assert.match(w.told('daemon.warning')[0]?.message ?? '', /cannot signal run .*: EPERM/);
  w.advance('10s');
  assert.deepEqual(signals(w), ['TERM main', 'KILL tree']);
});

test('news that cannot be is a warning, and the run stays as it is', () => {
  const w = world();
  const id = w.request('j');
  w.law = null;
  w.tell({ type: 'run', id, event: { type: 'spawned', pid: 1 } });
  assert.match(w.told('daemon.warning')[0]?.message ?? '', /a mistake in reeve/);
  assert.equal(w.book.run(id)?.state, 'running');
});

test('every final state is one that no run leaves, and news of it changes nothing', () => {
  const w = world();
  const id = w.request('j');
  w.exits(id);
  const before = w.facts.length;
  w.tell({ type: 'run', id, event: { type: 'exited', code: 1, signal: null, left: [], usage: { peakRssBytes: 1, cpuMs: 1 } } }).tell({ type: 'cancel', id, signal: null, who: 'x' });
  assert.equal(w.facts.length, before);
  assert.ok(RUN_STATES[w.row(id).state].final);
});

test('what a run used is kept with it [C12]', () => {
  const w = world();
  const id = w.request('j');
  w.tell({ type: 'run', id, event: { type: 'exited', code: 0, signal: null, left: [], usage: { peakRssBytes: 5, cpuMs: 7 } } });
  assert.deepEqual([w.row(id).peakRssBytes, w.row(id).cpuMs], [5, 7]);
});
