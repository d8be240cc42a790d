// Runs of jobs on a real daemon: how they begin, end, are tried again, and what is kept of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeadLetter } from '../../daemon/contract/jobs.ts';
import { onBoth } from '../support/both-layers.ts';
import { post, runFact, runJob, show, startJob, states } from '../support/job-runs.ts';

onBoth('a run succeeds, and its record says what it was: arguments, output, times, exit status [B21][C14][C18][D5]', async ({ start }) => {
  const d = await start({ config: `[jobs.report]\ncommand = ["sh", "-c", "echo to $1; echo careful >&2; exit 0", "report"]\n` });
  const result = await runJob(d, 'report', { args: ['paris'] });
  assert.deepEqual({ outcome: result.outcome, state: result.state, exitCode: result.exitCode }, { outcome: 'ok', state: 'succeeded', exitCode: 0 });
  const run = await show(d, result.run ?? '');
  assert.equal(run.number, 1);
  assert.equal(run.trigger, 'manual');
  assert.deepEqual(run.args, ['paris']);
  assert.equal(run.argv.at(-1), 'paris');
  assert.deepEqual(run.output.split('\n').toSorted(), ['', 'careful', 'to paris']);
  assert.deepEqual(run.errors, ['careful']);
  assert.ok(run.startedAt !== null && run.endedAt !== null && run.endedAt >= run.startedAt);
  assert.equal(run.durationMs, run.endedAt - run.startedAt);
  assert.equal(run.pid, null);
});

onBoth('a run finds in its environment what it is, and its log has the words of all its runs [C2]', async ({ start }) => {
  const d = await start({ config: `[jobs.who]\ncommand = "env"\nevery = "1h"\nrun_on_start = true\n` });
  const { run } = await runFact(d, 'run.succeeded', 'who');
  const variables = new Map((await show(d, run.id)).output.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  assert.equal(variables.get('JOB_NAME'), 'who');
  assert.equal(variables.get('RUN_ID'), run.id);
  assert.equal(variables.get('SUPERVISION_ID'), run.id);
  assert.equal(variables.get('RUN_NUMBER'), '1');
  assert.equal(variables.get('RUN_ATTEMPT'), '1');
  assert.equal(variables.get('RUN_TRIGGER'), 'schedule');
  assert.equal(variables.get('RUN_SCHEDULED_AT'), new Date(run.scheduledAt ?? 0).toISOString());
  assert.equal(variables.get('SUPERVISOR_GROUP_NAME'), 'job');
  await runJob(d, 'who');
  const log = readFileSync(join(d.dir, 'state/logs/job-who.log'), 'utf8');
  assert.match(log, /RUN_NUMBER=1\n/);
  assert.match(log, /RUN_NUMBER=2\n/);
});

onBoth('a job that is told of a failure knows which run of which job it was [D42]', async ({ start }) => {
  const d = await start({ config: `[jobs.fails]\ncommand = "false"\non_failure = ["tell"]\n[jobs.tell]\nshell = true\ncommand = "echo $RUN_INITIATOR $RUN_PARENT"\n` });
  const { run } = await runJob(d, 'fails');
  const told = await runFact(d, 'run.succeeded', 'tell');
  assert.equal((await show(d, told.run.id)).output, `job fails ${run ?? ''}\n`);
});

onBoth('arguments reach a shell as $1, $2, with the name of the job as $0', async ({ start }) => {
  const d = await start({ config: `[jobs.shell]\nshell = true\ncommand = "echo $0 has $# arguments, the second is $2"\n` });
  const { run } = await runJob(d, 'shell', { args: ['a', 'b c'] });
  assert.equal((await show(d, run ?? '')).output, 'shell has 2 arguments, the second is b c\n');
});

onBoth('a run that fails is tried again, and its operation ends with the last attempt [C55][D28]', async ({ start }) => {
  const d = await start({ config: `[jobs.third]\ncommand = ["sh", "-c", "test $RUN_ATTEMPT = 3 || exit 4"]\nretries = 5\nretry_delay = "10ms"\n` });
  const result = await runJob(d, 'third');
  assert.equal(result.outcome, 'ok', result.message);
  assert.deepEqual(await states(d, 'third'), ['retrying', 'retrying', 'succeeded']);
  const last = await show(d, result.run ?? '');
  assert.equal(last.attempt, 3);
  assert.deepEqual(last.attempts.map(({ attempt, state }) => [attempt, state]), [[1, 'retrying'], [2, 'retrying'], [3, 'succeeded']]);
});

onBoth('the last attempt that fails becomes a dead letter with all that is needed to try it again; once, unless forced [A13][C56][C57][C58][C61]', async ({ start }) => {
  const d = await start({ config: `[jobs.pay]\ncommand = ["sh", "-c", "echo cannot pay $1 >&2; exit 9", "pay"]\nretries = 1\nretry_delay = "10ms"\nenvironment = { BANK_SECRET = "hunter22" }\n` });
  const result = await runJob(d, 'pay', { args: ['42'] });
  assert.deepEqual({ outcome: result.outcome, code: result.code, state: result.state, exitCode: result.exitCode }, { outcome: 'error', code: 'RUN_FAILED', state: 'dead', exitCode: 9 });
  const [letter] = await d.get<readonly DeadLetter[]>('/v1/dead');
  assert.ok(letter);
  assert.equal(letter.id, result.run);
  assert.equal(letter.attempts, 2);
  assert.deepEqual(letter.args, ['42']);
  assert.equal(letter.argv.at(-1), '42');
  assert.equal(letter.output, 'cannot pay 42\n');
  assert.ok(letter.environment.includes('BANK_SECRET'));
  assert.ok(!JSON.stringify(letter).includes('hunter22'), 'names of variables are kept, never values');
  const again = await post(d, 'dead/retry', { names: [letter.id.slice(0, 8)] });
  const { run } = again.targets[0] ?? {};
  const { run: second } = await runFact(d, 'run.dead', 'pay', (row) => row.trigger === 'retry' && row.first === run);
  assert.deepEqual(second.args, ['42']);
  const refused = await post(d, 'dead/retry', { names: [letter.id] });
  assert.equal(refused.targets[0]?.code, 'ALREADY_RETRIED');
  assert.equal((await post(d, 'dead/retry', { names: [letter.id], force: true })).targets[0]?.outcome, 'ok');
  assert.match((await post(d, 'dead/prune', { days: 1 })).targets[0]?.message ?? '', /^0 deleted, \d left$/);
});

onBoth('exit codes mean what the job says, whatever retry_on says [A34]', async ({ start }) => {
  const d = await start({ config: `[jobs.codes]\ncommand = ["sh", "-c", "exit $1", "codes"]\nretries = 1\nretry_delay = "10ms"\nretry_on = [1]\nexit_codes = { 75 = "retry", 69 = "abort", 7 = "success" }\ndead_letters = false\n` });
  const stateOf = async (code: number): Promise<unknown> => {
    const { state, exitCode } = await runJob(d, 'codes', { args: [String(code)] });
    assert.equal(exitCode, code);
    return [state, (await states(d, 'codes')).length];
  };
  assert.deepEqual(await stateOf(7), ['succeeded', 1]);
  assert.deepEqual(await stateOf(69), ['failed', 2]);
  assert.deepEqual(await stateOf(75), ['failed', 4]);
  assert.deepEqual(await stateOf(1), ['failed', 6]);
  assert.deepEqual(await stateOf(2), ['failed', 7]);
});

onBoth('a run past its timeout gets the signal of its soft timeout first, then its stop steps, with all it started [C19][C20][D2]', async ({ start }) => {
  const d = await start({ config: `[jobs.slow]\ncommand = ["sh", "-c", "trap 'echo saving' USR1; trap '' TERM; sleep 600 & while :; do wait; done"]\nsoft_timeout = "200ms"\nsoft_signal = "USR1"\ntimeout = "600ms"\nstop = ["TERM 100ms", "KILL"]\n` });
  const result = await runJob(d, 'slow');
  assert.equal(result.state, 'timed_out', result.message);
  const run = await show(d, result.run ?? '');
  assert.equal(run.output, 'saving\n');
  assert.equal(run.signal, 'KILL');
  assert.deepEqual(run.violations.map(({ what }) => what), ['soft_timeout', 'timeout']);
  const warned = d.facts.find((fact) => fact.type === 'run.warned');
  assert.equal(warned?.type === 'run.warned' && warned.signal, 'USR1');
});

onBoth('a command that is not there fails its run in words, and is not tried again [B20]', async ({ start }) => {
  const d = await start({ config: `[jobs.typo]\ncommand = "no-such-command-here"\nretries = 3\nretry_delay = "10ms"\n` });
  const result = await runJob(d, 'typo');
  assert.equal(result.code, 'RUN_FAILED');
  assert.match(result.message, /no-such-command-here/);
  assert.equal((await states(d, 'typo')).length, 1);
});

onBoth('a run is cancelled while it runs, and while it waits [A35][D36]', async ({ start }) => {
  const d = await start({ config: `[jobs.long]\ncommand = "sleep 600"\noverlap = "queue"\n` });
  const first = await startJob(d, 'long');
  await runFact(d, 'run.started', 'long', (run) => run.id === first);
  const second = await startJob(d, 'long');
  await runFact(d, 'run.queued', 'long', (run) => run.id === second);
  assert.equal((await post(d, 'runs/cancel', { names: [second], wait: '10s' })).targets[0]?.state, 'cancelled');
  const cancelled = await post(d, 'runs/cancel', { names: [first.slice(0, 13)], wait: '10s' });
  assert.deepEqual(cancelled.targets.map(({ outcome, state, run }) => [outcome, state, run]), [['ok', 'cancelled', first]]);
  assert.equal((await post(d, 'runs/cancel', { names: [first] })).targets[0]?.code, 'ALREADY_ENDED');
  assert.equal((await post(d, 'runs/cancel', { names: ['ffff0000'] })).targets[0]?.code, 'NOT_FOUND');
});

onBoth('overlap says what a run that is due does while another goes on: skip, queue, kill, allow [B22][D24]', async ({ start }) => {
  const jobs = ['skip', 'queue', 'kill', 'allow'].map((overlap) => `[jobs.${overlap}]\ncommand = ["sh", "-c", "test $RUN_NUMBER = 2 || sleep 600"]\noverlap = "${overlap}"\non_shutdown = "kill"\n`);
  const d = await start({ config: jobs.join('') });
  for (const job of ['skip', 'queue', 'kill', 'allow']) {
    const first = await startJob(d, job);
    await runFact(d, 'run.started', job, (run) => run.id === first);
  }
  const skipped = await runJob(d, 'skip');
  assert.deepEqual([skipped.code, skipped.state], ['NOT_STARTED', 'skipped']);
  const queued = await startJob(d, 'queue');
  await runFact(d, 'run.queued', 'queue', (run) => run.id === queued);
  assert.equal((await runJob(d, 'kill')).state, 'succeeded');
  assert.deepEqual(await states(d, 'kill'), ['cancelled', 'succeeded']);
  assert.equal((await runJob(d, 'allow')).state, 'succeeded');
  assert.deepEqual(await states(d, 'allow'), ['running', 'succeeded']);
  assert.deepEqual(await states(d, 'queue'), ['running', 'queued']);
});

onBoth('what a run that goes on says can be followed from its beginning, without what its like say', async ({ start }) => {
  const d = await start({ config: `[jobs.talk]\ncommand = ["sh", "-c", "echo begin $1; while ! test -e go; do sleep 0.02; done; echo end $1", "talk"]\ndirectory = "."\noverlap = "allow"\n` });
  const [one, two] = [await startJob(d, 'talk', { args: ['one'] }), await startJob(d, 'talk', { args: ['two'] })];
  for (const id of [one, two]) await runFact(d, 'run.started', 'talk', (run) => run.id === id);
  const follows = d.ctl('job', 'logs', '-f', one);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(d.dir, 'go'), '');
  assert.equal((await follows).stdout, 'begin one\nend one\n');
  await runFact(d, 'run.succeeded', 'talk', (run) => run.id === two);
  assert.equal((await d.ctl('job', 'logs', two)).stdout, 'begin two\nend two\n');
});

onBoth('jobs follow each other, on success and on failure, and a unique key keeps doubles away [A47][D42]', async ({ start }) => {
  const d = await start({
    config: `[jobs.extract]\ncommand = ["sh", "-c", "exit $1", "x"]\non_success = ["load"]\non_failure = ["tidy"]\n[jobs.load]\ncommand = "true"\n[jobs.tidy]\ncommand = "true"\n[jobs.once]\ncommand = "sleep 600"\noverlap = "allow"\nunique_key = "invoice {args}"\non_shutdown = "kill"\n`,
  });
  const { run } = await runJob(d, 'extract', { args: ['0'] });
  const { run: loaded } = await runFact(d, 'run.succeeded', 'load');
  assert.deepEqual([loaded.trigger, loaded.parent], ['chain', run]);
  await runJob(d, 'extract', { args: ['1'] });
  await runFact(d, 'run.succeeded', 'tidy');
  assert.equal((await states(d, 'load')).length, 1);
  const first = await startJob(d, 'once', { args: ['7'] });
  const double = await runJob(d, 'once', { args: ['7'] });
  assert.equal(double.code, 'NOT_STARTED');
  assert.ok(double.message.includes(first), double.message);
  const other = await startJob(d, 'once', { args: ['8'] });
  await runFact(d, 'run.started', 'once', (row) => row.id === other);
  const there = await runJob(d, 'once', { args: ['8'], unless_exists: true });
  assert.deepEqual([there.outcome, there.run], ['ok', other]);
});

onBoth('what a run did is taken back by its undo_command, once unless forced [A35]', async ({ start }) => {
  const d = await start({ config: `[jobs.book]\ncommand = ["sh", "-c", "echo booked $1", "book"]\nundo_command = ["sh", "-c", "echo unbooked $1 of $UNDO_RUN", "unbook"]\n[jobs.plain]\ncommand = "true"\n` });
  const { run = '' } = await runJob(d, 'book', { args: ['7A'] });
  const undone = await post(d, `runs/${run}/undo`, { wait: '10s' });
  assert.equal(undone.targets[0]?.outcome, 'ok', undone.text);
  assert.equal((await show(d, undone.targets[0]?.run ?? '')).output, `unbooked 7A of ${run}\n`);
  const again = await post(d, `runs/${run}/undo`);
  assert.match(again.text, /undid it/);
  assert.equal((await post(d, `runs/${run}/undo`, { force: true, wait: '10s' })).targets[0]?.outcome, 'ok');
  const { run: plain = '' } = await runJob(d, 'plain');
  assert.match((await post(d, `runs/${plain}/undo`)).text, /has no undo_command/);
});

onBoth('a run whose disk has too little room waits, and says so', async ({ start }) => {
  const d = await start({ config: `[jobs.big]\ncommand = "true"\nmin_free_disk = "900000GB"\n[jobs.small]\ncommand = "true"\nmin_free_disk = "1KB"\n` });
  const run = await startJob(d, 'big');
  const held = await runFact(d, 'run.scheduled', 'big', (row) => row.id === run && row.cause === 'disk');
  assert.match(held.run.why, /min_free_disk asks for/);
  assert.equal((await runJob(d, 'small')).state, 'succeeded');
  assert.equal((await post(d, 'runs/cancel', { names: [run], wait: '10s' })).targets[0]?.state, 'cancelled');
});
