// Jobs, runs, dead letters, breakers, drains and ps over REST, as curl asks for them: what reaches Control, what is answered and what
// is refused. Behind it stands a Control that is moved by hand; test/integration/jobs-ctl.test.ts asks a real daemon.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeadLetter, JobView, NextTimes, RunDetails, RunView } from '../../daemon/contract/jobs.ts';
import type { PsRow } from '../../daemon/contract/ps.ts';
import type { DrainAnswer } from '../../daemon/contract/rest.ts';
import type { ErrorAnswer, Operation } from '../../daemon/contract/answers.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { apiWorld, until } from '../support/api-world.ts';
import type { ApiWorld, CurlAnswer, WorldOptions } from '../support/api-world.ts';
import { NOON, seedJobs, uuid } from '../support/jobs.ts';

const body = (value: unknown): readonly string[] => ['-H', 'Content-Type: application/json', '-d', JSON.stringify(value)];

/** A control API in front of two jobs (support/jobs.ts). */
async function jobsWorld(options: WorldOptions = {}): Promise<ApiWorld> {
  const world = await apiWorld(options);
  seedJobs(world.control);
  return world;
}

const error = (answer: CurlAnswer): string => {
  const said = answer.json<ErrorAnswer>().error;
  return `${answer.status} ${said.code} ${said.message}${said.hint === undefined ? '' : ` (${said.hint})`}`;
};

const asked = (world: ApiWorld): unknown => world.control.mutations.at(-1)?.mutation;

test('jobs are listed, all or by name with wildcards, and a slip is answered with the nearest name [B21]', async () => {
  await using world = await jobsWorld();
  const names = async (query: string): Promise<string[]> => (await world.unix(`/v1/jobs${query}`)).json<readonly JobView[]>().map((job) => job.name);
  assert.deepEqual(await names(''), ['import', 'mail']);
  assert.deepEqual(await names('?names=mail'), ['mail']);
  assert.deepEqual(await names('?names=*a*'), ['mail']);
  assert.deepEqual(await names('?names=all'), ['import', 'mail']);
  assert.equal(error(await world.unix('/v1/jobs?names=imprt')), '404 NOT_FOUND cannot find job "imprt" (did you mean import?)');
});

test('status has jobs and runs, but not for those who ask for processes alone', async () => {
  await using world = await jobsWorld();
  const parts = async (query: string): Promise<number[]> => {
    const { processes, jobs, runs, breakers } = (await world.unix(`/v1/status${query}`)).json<SnapshotJson>();
    return [processes.length, jobs.length, runs.length, breakers.length];
  };
  assert.deepEqual(await parts(''), [2, 2, 1, 1]);
  assert.deepEqual(await parts('?jobs=false'), [2, 0, 0, 0]);
  assert.deepEqual(await parts('?names=web'), [1, 0, 0, 0]);
});

test('a job is started with its arguments as they are typed, and the operation can be waited for [D5]', async () => {
  await using world = await jobsWorld();
  const answer = await world.unix('/v1/jobs/import/run', ...body({ args: ['--since', 'a b', ''], key: 'k', unless_exists: true, wait: '5s' }), '-H', 'X-Reeve-User: ann');
  assert.equal(answer.status, 200);
  assert.deepEqual(world.control.mutations.at(-1), {
    mutation: { command: 'job_run', job: 'import', args: ['--since', 'a b', ''], dueAt: null, key: 'k', unlessExists: true }, caller: { who: 'unix:ann', role: 'admin' },
  });
  assert.equal((await world.unix('/v1/jobs/import/run', '-X', 'POST')).status, 200, 'a body is not needed');
  assert.match(error(await world.unix('/v1/jobs/nobody/run', '-X', 'POST')), /^404 NOT_FOUND cannot find job "nobody" \(known are import, mail\)$/);
  assert.match(error(await world.unix('/v1/jobs/import/run', ...body({ args: [1] }))), /^400 BAD_ARGUMENT cannot use args = \[1\]/);
  assert.match(error(await world.unix('/v1/jobs/import/run', ...body({ arg: [] }))), /did you mean args\?/);
});

test('a one-off is a duration from now, or a time of the clock of the job; what is past is refused [A36][D38]', async () => {
  await using world = await jobsWorld();
  const due = async (when: string, job = 'import'): Promise<number> => {
    const answer = await world.unix(`/v1/jobs/${job}/at`, ...body({ when }));
    assert.equal(answer.status, 200, answer.body);
    return (asked(world) as { dueAt: number }).dueAt;
  };
  const before = Date.now();
  const week = await due('1w');
  assert.ok(week >= before + 7 * 86_400_000 && week <= Date.now() + 7 * 86_400_000);
  const year = new Date().getUTCFullYear() + 1;
  assert.equal(await due(`${year}-06-01 08:00`), Date.parse(`${year}-06-01T05:00:00Z`), 'eight in Nairobi is five in UTC');
  assert.equal(await due(`${year}-06-01 08:00`, 'mail'), Date.parse(`${year}-06-01T08:00:00Z`));
  assert.equal(await due(`${year}-06-01T08:00:00+02:00`), Date.parse(`${year}-06-01T06:00:00Z`));
  assert.ok((await due('08:00')) > Date.now(), 'a time of the day is the next one');
  assert.match(error(await world.unix('/v1/jobs/import/at', ...body({ when: '2020-01-01 08:00' }))), /^400 BAD_ARGUMENT cannot start it at "2020-01-01 08:00": that was 2020-01-01T05:00:00Z, which is past/);
  assert.match(error(await world.unix('/v1/jobs/import/at', ...body({ when: 'soon' }))), /^400 BAD_ARGUMENT cannot use when = "soon": expected a duration/);
  assert.match(error(await world.unix('/v1/jobs/import/at', ...body({ when: `${year + 20}-01-01` }))), /more than ten years ahead/);
});

test('jobs are paused and resumed, runs cancelled and undone, each under the role operate [D36][D59]', async () => {
  await using world = await jobsWorld({ api: { users: [{ name: 'bob', password: 'b', role: 'operate' }, { name: 'cy', password: 'c', role: 'read' }] }, tcp: {} });
  await world.unix('/v1/jobs/pause', ...body({ names: ['all'] }));
  assert.deepEqual(asked(world), { command: 'job_pause', names: ['import', 'mail'] });
  await world.tcp('/v1/jobs/resume', ...body({ names: ['mail'] }), '-u', 'bob:b');
  assert.deepEqual(asked(world), { command: 'job_resume', names: ['mail'] });
  await world.unix('/v1/runs/cancel', ...body({ names: ['3f2a', '99'], signal: 'KILL' }));
  assert.deepEqual(asked(world), { command: 'job_cancel', names: ['3f2a', '99'], signal: 'KILL' });
  await world.unix('/v1/runs/99/undo', ...body({ force: true }));
  assert.deepEqual(asked(world), { command: 'job_undo', run: '99', force: true });
  for (const path of ['/v1/jobs/import/run', '/v1/jobs/pause', '/v1/runs/cancel', '/v1/dead/retry', '/v1/dead/prune', '/v1/breakers/smtp', '/v1/drain', '/v1/resume']) {
    assert.equal((await world.tcp(path, ...body({}), '-u', 'cy:c')).code(), 'FORBIDDEN', path);
  }
  for (const path of ['/v1/jobs', '/v1/runs', '/v1/dead', '/v1/breakers', '/v1/drain', '/v1/ps']) assert.equal((await world.tcp(path, '-u', 'cy:c')).status, 200, path);
});

test('what a job may do is set by hand, read as the file would read it [D58]', async () => {
  await using world = await jobsWorld();
  await world.unix('/v1/jobs/import/set', ...body({ settings: ['timeout=5m', 'rate=100/m', 'max_parallel=2'] }));
  assert.deepEqual(asked(world), {
    command: 'job_set', job: 'import',
    settings: [
      { key: 'timeout', value: '5m', override: { timeoutMs: 300_000 } }, { key: 'rate', value: '100/m', override: { rate: { max: 100, windowMs: 60_000 } } }, { key: 'max_parallel', value: '2', override: { maxParallel: 2 } },
    ],
  });
  await world.unix('/v1/jobs/import/set', ...body({ settings: ['timeout=0', 'rate=default'] }));
  assert.deepEqual((asked(world) as { settings: unknown }).settings, [{ key: 'timeout', value: '0', override: { timeoutMs: null } }, { key: 'rate', value: '', override: null }]);
  for (const [text, what] of [['timeuot=5m', /did you mean timeout\?/], ['retries=3', /reevectl apply/], ['timeout=soon', /expected a duration/], ['max_parallel=0', /expected/], ['timeout', /expected KEY=VALUE/], ['timeout=', /no value/]] as const) {
    assert.match(error(await world.unix('/v1/jobs/import/set', ...body({ settings: [text] }))), what, text);
  }
});

test('runs are asked for by job, state, time and filter; a mistake in the filter is told with its place [C16]', async () => {
  await using world = await jobsWorld();
  const found = (await world.unix('/v1/runs?job=mail&state=failed,dead&since=2026-11-22T08:00&limit=5&where=exit!%3D0')).json<readonly RunView[]>();
  assert.deepEqual(found.map((run) => run.id), [uuid('99')]);
  const { since, ...query } = world.control.book.queries.at(-1) as { since: number };
  assert.deepEqual(query, { job: 'mail', states: ['failed', 'dead'], where: 'exit!=0', limit: 5 });
  assert.equal(since, Date.parse('2026-11-22T08:00:00Z'), 'on the clock of the job');
  assert.match(error(await world.unix('/v1/runs?where=rs%3E1')), /^400 BAD_ARGUMENT cannot use the filter, at character 1: there is no field "rs": did you mean rss\? \(it says "rs>1"\)$/);
  assert.match(error(await world.unix('/v1/runs?state=fialed')), /^400 BAD_ARGUMENT cannot use state = "fialed": expected one of scheduled, queued/);
  assert.match(error(await world.unix('/v1/runs?limit=0')), /expected 1 or more/);
  assert.match(error(await world.unix('/v1/runs?since=whenever')), /^400 BAD_ARGUMENT cannot use since/);
  assert.equal(error(await world.unix('/v1/runs?job=imporr')), '404 NOT_FOUND cannot find job "imporr" (did you mean import?)');
});

test('a run is shown by the beginning of its id; its output is followed to its end [C14]', async () => {
  await using world = await jobsWorld();
  assert.equal((await world.unix('/v1/runs/3f2a')).json<RunDetails>().job, 'import');
  assert.equal((await world.unix('/v1/runs/zz')).code(), 'NOT_FOUND');
  assert.equal((await world.unix('/v1/runs/99/logs?follow=false')).body, 'whole\n');
  assert.equal((await world.unix('/v1/runs/99/logs')).body, 'whole\n', 'of a run that is over all there is');
  const following = world.unix('/v1/runs/3f2a/logs');
  await until('somebody reads', () => world.control.book.readers.size > 0);
  const [reader] = world.control.book.readers;
  reader?.onChunk(Buffer.from('line\n'), 17);
  reader?.onEnd();
  const answer = await following;
  assert.equal(answer.body, 'half a line\n');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  await until('nobody reads any more', () => world.control.book.readers.size === 0);
});

test('the next times of a job, as many as asked for', async () => {
  await using world = await jobsWorld();
  assert.deepEqual((await world.unix('/v1/jobs/import/next?count=2')).json<NextTimes>(), { job: 'import', timezone: 'Africa/Nairobi', times: [NOON, NOON + 86_400_000] });
  assert.equal((await world.unix('/v1/jobs/nobody/next')).code(), 'NOT_FOUND');
});

test('dead letters are listed, shown, tried again and pruned; nothing is retried or deleted by leaving something out [C58][C59][C60]', async () => {
  await using world = await jobsWorld();
  assert.deepEqual((await world.unix('/v1/dead?job=import&pending=true')).json<readonly DeadLetter[]>().map((one) => one.id), [uuid('dead0001')]);
  assert.deepEqual(world.control.book.queries.at(-1), { job: 'import', pending: true, limit: 50 });
  const [brief] = (await world.unix('/v1/dead?job=import&output=false')).json<readonly DeadLetter[]>();
  assert.deepEqual([brief?.id, brief?.output], [uuid('dead0001'), '']);
  assert.deepEqual((await world.unix('/v1/dead/dead')).json<DeadLetter>().environment, ['PATH', 'TOKEN']);
  assert.equal((await world.unix('/v1/dead/zz')).code(), 'NOT_FOUND');
  assert.deepEqual((await world.unix('/v1/dead?job=mail')).json(), [], 'a job without any');
  assert.equal(error(await world.unix('/v1/dead?job=imprt')), '404 NOT_FOUND cannot find job "imprt" (did you mean import?)');
  await world.unix('/v1/dead/retry', ...body({ names: ['dead0001'], force: true }));
  assert.deepEqual(asked(world), { command: 'dead_retry', names: ['dead0001'], job: null, force: true });
  await world.unix('/v1/dead/retry', ...body({ all: true, job: 'import' }));
  assert.deepEqual(asked(world), { command: 'dead_retry', names: [], job: 'import', force: false });
  assert.match(error(await world.unix('/v1/dead/retry', ...body({}))), /name ids, or use all/);
  assert.match(error(await world.unix('/v1/dead/retry', ...body({ names: ['a'], all: true }))), /ids and all at once/);
  await world.unix('/v1/dead/prune', ...body({ days: 7 }));
  assert.deepEqual(asked(world), { command: 'dead_prune', olderMs: 7 * 86_400_000 });
  await world.unix('/v1/dead/prune', '-X', 'POST');
  assert.deepEqual(asked(world), { command: 'dead_prune', olderMs: 30 * 86_400_000 });
  assert.match(error(await world.unix('/v1/dead/prune', ...body({ days: 0 }))), /0 keeps all/);
});

test('breakers are listed and set by hand; an unknown one is refused [C51][C52]', async () => {
  await using world = await jobsWorld();
  assert.equal((await world.unix('/v1/breakers')).json<readonly { name: string }[]>()[0]?.name, 'smtp');
  assert.equal(error(await world.unix('/v1/breakers?name=smpt')), '404 NOT_FOUND cannot find breaker "smpt" (did you mean smtp?)');
  await world.unix('/v1/breakers/smtp', ...body({ to: 'half_open' }));
  assert.deepEqual(asked(world), { command: 'breaker_set', name: 'smtp', to: 'half_open' });
  assert.equal((await world.unix('/v1/breakers/smpt', ...body({ to: 'open' }))).code(), 'NOT_FOUND');
  assert.equal((await world.unix('/v1/breakers/smtp', ...body({ to: 'shut' }))).code(), 'BAD_ARGUMENT');
});

test('a drain has a timeout, an expiry of an hour unless told otherwise, and names of jobs and programs [C73][C76][C78]', async () => {
  await using world = await jobsWorld();
  await world.unix('/v1/drain', '-X', 'POST');
  assert.deepEqual(asked(world), { command: 'drain', names: [], timeoutMs: 300_000, cancel: false, expireMs: 3_600_000 });
  await world.unix('/v1/drain', ...body({ names: ['import', 'web'], timeout: '10s', cancel: true, expire: 0 }));
  assert.deepEqual(asked(world), { command: 'drain', names: ['import', 'web'], timeoutMs: 10_000, cancel: true, expireMs: null });
  assert.equal(error(await world.unix('/v1/drain', ...body({ names: ['imprt'] }))), '404 NOT_FOUND cannot find job or program "imprt" (did you mean import?)');
  assert.deepEqual((await world.unix('/v1/drain')).json<DrainAnswer>(), { drain: null });
  world.control.publish({ type: 'drain.started', names: ['import'], by: 'ann', expiresAt: null, remaining: ['run 1'] });
  assert.deepEqual((await world.unix('/v1/drain')).json<DrainAnswer>().drain?.names, ['import']);
  await world.unix('/v1/resume', ...body({ names: ['import'] }));
  assert.deepEqual(asked(world), { command: 'undrain', names: ['import'] });
});

test('ps has processes and runs, filtered by all that is known of them, and measures only where somebody asks [C16][C28]', async () => {
  await using world = await jobsWorld();
  world.control.publish({ type: 'process.spawned', process: 'web:web', incarnation: 1, pid: 4712, supervisionId: uuid('a') });
  world.control.book.usage.set(uuid('3f2a9c0d'), { rssBytes: 600 * 1024 ** 2, cpuPercent: 12.5, processes: 1, files: null });
  world.control.book.usage.set('web:web', { rssBytes: 700 * 1024 ** 2, cpuPercent: 0, processes: 2, files: null });
  const names = async (query: string): Promise<string[]> => (await world.unix(`/v1/ps${query}`)).json<readonly PsRow[]>().map((row) => `${row.kind} ${row.name} ${row.rssBytes}`);
  assert.deepEqual(await names(''), ['program web null', 'program db null', 'run import null']);
  assert.deepEqual(await names('?where=kind%3Drun&usage=true'), [`run import ${600 * 1024 ** 2}`]);
  assert.deepEqual(await names(`?where=${encodeURIComponent('state=running && rss>500MB && name in (web, import)')}`), [`program web ${700 * 1024 ** 2}`, `run import ${600 * 1024 ** 2}`]);
  assert.deepEqual(await names('?where=stuck'), []);
  assert.match(error(await world.unix('/v1/ps?where=state%3Drunnin')), /at character 7: state is never "runnin": did you mean running\?/);
});

test('events can be those of one job and its runs', async () => {
  await using world = await jobsWorld();
  world.control.publish({ type: 'job.paused', job: 'mail', by: 'ann' });
  world.control.publish({ type: 'job.paused', job: 'import', by: 'ann' });
  const seen = (await world.unix('/v1/events?follow=false&since=0&job=mail')).body;
  assert.match(seen, /"type":"job.paused","job":"mail"/);
  assert.doesNotMatch(seen, /"job":"import"/);
  assert.equal((await world.unix('/v1/events?follow=false&job=mial')).code(), 'NOT_FOUND');
});

test('what is changed about jobs is written into the audit trail by who asked', async () => {
  await using world = await jobsWorld();
  await world.unix('/v1/jobs/pause', ...body({ names: ['mail'] }), '-H', 'X-Reeve-User: ann');
  const rows = (await world.unix('/v1/audit')).json<readonly { who: string; action: string }[]>();
  assert.deepEqual(rows.map((row) => `${row.who} ${row.action}`), ['unix:ann job_pause']);
  const operation = (await world.unix('/v1/operations/1')).json<Operation>();
  assert.equal(operation.command, 'job_pause');
});
