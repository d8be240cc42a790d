// Jobs by reevectl and curl on a real daemon: runs that are waited for, listed, watched, cancelled and tried again.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { TestContext } from 'node:test';
import type { DeadLetter, JobView, RunDetails, RunView } from '../../daemon/contract/jobs.ts';
import type { PsRow } from '../../daemon/contract/ps.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import { REEVECTL } from '../support/programs.ts';
import { startDaemon } from '../support/daemon.ts';
import type { CtlResult, Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const CONFIG = `
[programs.web]
command = "sleep 600"

[jobs.hello]
command = ["sh", "-c", "printf 'hello'; printf ' <%s>' \\"$@\\"; echo; exit 3", "hello"]
schedule = "0 8 * * *"
timezone = "Africa/Nairobi"
timeout = "1m"

[jobs.wait]
command = ["sh", "-c", "echo begin; while ! test -e go; do sleep 0.05; done; echo end"]
timeout = "1m"

[jobs.flaky]
command = ["sh", "-c", "if test -e tried; then echo second; exit 0; fi; touch tried; echo first; exit 7"]
timeout = "1m"
retries = 2
retry_delay = "10ms"

[jobs.killed]
command = ["sh", "-c", "kill -KILL $$"]
timeout = "1m"

[jobs.late]
command = "sleep 60"
timeout = "100ms"

[jobs.absent]
command = "/no/such/command"
timeout = "1m"

[breakers.smtp]
failures = 5
cooldown = "1h"
`;

const start = (t: TestContext): Promise<Daemon> => startDaemon(t, { config: CONFIG });

/** curl with a JSON body, or none. */
function curl<T>(d: Daemon, path: string, body?: unknown): Promise<T> {
  const args = ['-sS', '--unix-socket', d.socket, ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)]), `http://localhost${path}`];
  return new Promise((resolve, reject) => {
    execFile('curl', args, (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout) as T)));
  });
}

interface Client {
  /** Resolves when its stdout has this. */
  said(text: string): Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CtlResult>;
}

/** A client that goes on. */
function begin(d: Daemon, ...args: string[]): Client {
  const child = spawn(process.execPath, [REEVECTL, '-s', `unix://${d.socket}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes) => (stdout += bytes));
  child.stderr.on('data', (bytes) => (stderr += bytes));
  const ended = new Promise<CtlResult>((resolve) => void child.once('close', (code) => resolve({ code, stdout, stderr })));
  return { said: (text) => waitFor(`${text} of ${args.join(' ')}`, () => (stdout.includes(text) ? true : null), 15_000), kill: (signal) => void child.kill(signal), ended };
}

/** The run that `job run` printed. */
function runIn(said: CtlResult): string {
  const found = /run ([0-9a-f-]{36})/.exec(said.stdout)?.[1];
  assert.ok(found, `${said.stdout}${said.stderr}`);
  return found;
}

/** Lets runs of the job `wait` end. */
async function letGo(d: Daemon): Promise<void> {
  await new Promise<void>((resolve) => void spawn('touch', [`${d.dir}/go`]).once('close', () => resolve()));
}

test('job list shows state, last run, next time and zone; job next the times to come [B21]', async (t) => {
  const d = await start(t);
  const list = await d.ctl('job', 'list');
  assert.equal(list.code, 0);
  assert.match(list.stdout, /^NAME +STATE +LAST +NEXT +IN +ZONE +SCHEDULE\n/);
  assert.match(list.stdout, /\nhello +idle +never +\d{4}-\d\d-\d\d 08:00 +[\dhms ]+ +Africa\/Nairobi +0 8 \* \* \*\n/);
  assert.match(list.stdout, /\nwait +idle +never +- +- +\S+ +-\n/);
  const next = await d.ctl('job', 'next', 'hello', '-n', '10');
  const lines = next.stdout.trimEnd().split('\n');
  assert.equal(lines.length, 11);
  for (const line of lines.slice(1)) assert.match(line, /^\w{3} \d{4}-\d\d-\d\d 08:00:00 \+03:00 {2}in /);
  const never = await d.ctl('job', 'next', 'wait');
  assert.match(never.stderr, /wait: never due by itself/);
  assert.match((await d.ctl('job', 'next', 'helo')).stdout, /did you mean hello\?/);
});

test('job run --wait streams the output and passes the exit code through; arguments arrive word by word', async (t) => {
  const d = await start(t);
  const hello = await d.ctl('job', 'run', 'hello', '--wait', '--', 'a', 'b  c', '-x');
  assert.equal(hello.stdout, 'hello <a> <b  c> <-x>\n');
  assert.equal(hello.code, 3);
  assert.match(hello.stderr, /^hello: failed \(exit status 3\); reevectl job show [0-9a-f]{8}\n$/);
  const codes = await Promise.all([d.ctl('job', 'run', 'killed', '--wait'), d.ctl('job', 'run', 'late', '--wait'), d.ctl('job', 'run', 'absent', '--wait', '--quiet')]);
  assert.deepEqual(codes.map((one) => one.code), [137, 124, 126], codes.map((one) => one.stderr).join(''));
  assert.equal(codes[2]?.stderr, '', 'quiet is quiet');
});

test('job run --wait goes on through retries, and ends with the last attempt', async (t) => {
  const d = await start(t);
  const ran = await d.ctl('job', 'run', 'flaky', '--wait');
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stdout, 'first\nsecond\n');
  assert.match(ran.stderr, /^flaky: attempt 1 failed \(exit status 7\); the next starts /);
  const json = await d.ctl('job', 'run', 'hello', '--wait', '--json');
  const run = JSON.parse(json.stdout) as RunDetails;
  assert.equal(run.state, 'failed');
  assert.equal(run.output, 'hello <>\n');
  assert.equal(json.code, 3);
});

test('who waits for a run when the daemon dies is told which run to ask for later, and exits 4', async (t) => {
  const d = await start(t);
  const waiting = begin(d, 'job', 'run', 'wait', '--wait');
  await waiting.said('begin');
  const { run } = await d.fact('run.started', (fact) => fact.job === 'wait');
  d.kill('SIGKILL');
  const { code, stderr } = await waiting.ended;
  assert.equal(code, 4, stderr);
  assert.match(stderr, new RegExp(`wait: nobody can say how run ${run.id.slice(0, 8)} ends; when the daemon is back: reevectl job show ${run.id.slice(0, 8)}\n`));
});

test('a run is shown, followed and cancelled by the beginning of its id', async (t) => {
  const d = await start(t);
  const id = runIn(await d.ctl('job', 'run', 'wait'));
  const short = id.slice(0, 8);
  await d.fact('run.started', (fact) => fact.run.id === id);
  assert.match((await d.ctl('job', 'show', short)).stdout, new RegExp(`^wait #1: running[^]*\\n  run +${id}\\n`));
  const second = await d.ctl('job', 'run', 'wait');
  assert.equal(second.code, 1);
  assert.match(second.stdout, /^wait: ERROR \(skipped: .*still going on\)\n$/);
  const following = begin(d, 'job', 'logs', short, '-f');
  const watching = begin(d, 'job', 'watch', 'wait');
  await Promise.all([following.said('begin'), watching.said('running')]);
  const cancelled = await d.ctl('job', 'cancel', short);
  assert.equal(cancelled.code, 0);
  assert.match(cancelled.stdout, /: cancelled\n$/);
  assert.equal((await following.ended).stdout, 'begin\n');
  assert.match((await watching.ended).stdout, /^wait [0-9a-f]{8}: running\nwait [0-9a-f]{8}: cancelled after /);
  assert.equal((await watching.ended).code, 1);
  const again = await d.ctl('job', 'cancel', short);
  assert.equal(again.code, 1);
  assert.match(again.stdout, /ERROR \(it ended: cancelled\)/);
  assert.match((await d.ctl('job', 'cancel', 'zzzz')).stdout, /ERROR/);
  assert.equal((await d.ctl('job', 'cancel', 'wait')).stderr, 'wait: nothing waits or goes on.\n');
  assert.match((await d.ctl('job', 'show', 'wiat')).stdout, /it is no job, and no id of a run; did you mean wait\?/);
  assert.equal((await d.ctl('job', 'show', 'abcdef01')).code, 1);
  assert.match((await d.ctl('explain', 'wait')).stdout, /^job wait: idle\. job wait does nothing now\.\n {2}It has no schedule: `reevectl job run wait` starts it\.\n[^]*Last runs:\n[^]*cancelled/);
  const help = await d.ctl('job', '--help');
  assert.match(help.stdout, /^job COMMAND \[ARGUMENTS\]\n[^]*job run +Start a job now\./);
});

test('Ctrl-C ends the waiting, not the run', async (t) => {
  const d = await start(t);
  const client = begin(d, 'job', 'run', 'wait', '--wait');
  await client.said('begin');
  client.kill('SIGINT');
  const { code, stderr } = await client.ended;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /wait: goes on as run [0-9a-f]{8}; end it with: reevectl job cancel [0-9a-f]{8}/);
  const [run] = await d.get<readonly RunView[]>('/v1/runs?job=wait');
  assert.equal(run?.state, 'running');
  await letGo(d);
  await d.fact('run.succeeded', (fact) => fact.run.id === run.id);
});

test('a one-off is planned on the clock of its job, once where asked for, and never in the past [A36]', async (t) => {
  const d = await start(t);
  const year = new Date().getUTCFullYear() + 1;
  const planned = await d.ctl('job', 'at', `${year}-06-01 08:00`, 'hello', '--', 'x');
  assert.match(planned.stdout, new RegExp(`^hello: run [0-9a-f-]{36} at \\w+ ${year}-06-01 08:00:00 \\+03:00 \\(in \\d+d`));
  const id = runIn(planned);
  const same = await d.ctl('job', 'at', '1w', 'hello', '--unless-exists', '--', 'x');
  assert.equal(runIn(same), id);
  assert.match(same.stderr, /there already/);
  const past = await d.ctl('job', 'at', '2020-01-01', 'hello');
  assert.equal(past.code, 2);
  assert.match(past.stdout, /which is past/);
  const soon = await d.ctl('job', 'at', '200ms', 'hello', '--', 'soon');
  const ended = await d.fact('run.failed', (fact) => fact.run.id === runIn(soon));
  assert.deepEqual([ended.run.trigger, ended.run.args], ['at', ['soon']]);
  assert.match((await d.ctl('job', 'cancel', id)).stdout, /cancelled/);
});

test('pause and resume are shown with who paused; history can be filtered [D59][C16]', async (t) => {
  const d = await start(t);
  assert.equal((await d.ctl('job', 'pause', 'hello')).stdout, 'hello: paused\n');
  assert.match((await d.ctl('job', 'list', 'hello')).stdout, /hello +paused by \S+ +never +- /);
  assert.equal((await d.ctl('job', 'resume', 'all')).code, 0);
  assert.match((await d.ctl('job', 'list', 'hel*')).stdout, /hello +idle/);
  await d.ctl('job', 'run', 'hello', '--wait');
  await d.ctl('job', 'run', 'flaky', '--wait');
  const rows = async (...args: string[]): Promise<string[]> => (JSON.parse((await d.ctl('job', 'history', '--json', ...args)).stdout) as RunView[]).map((run) => `${run.job} ${run.state}`);
  assert.deepEqual(await rows(), ['flaky succeeded', 'flaky retrying', 'hello failed']);
  assert.deepEqual(await rows('flaky'), ['flaky succeeded', 'flaky retrying']);
  assert.deepEqual(await rows('--state', 'dead,failed'), ['hello failed']);
  assert.deepEqual(await rows('--where', 'exit!=0 && started>today && duration<1m'), ['flaky retrying', 'hello failed']);
  assert.deepEqual(await rows('--since', '1h', '-n', '1'), ['flaky succeeded']);
  const wrong = await d.ctl('job', 'history', '--where', 'exti!=0');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stdout, /at character 1: there is no field "exti": did you mean exit\?/);
});

test('job set changes what later runs may do, is shown with the job, and is taken back [D58]', async (t) => {
  const d = await start(t);
  const set = await d.ctl('job', 'set', 'wait', 'timeout=100ms', 'max_parallel=2', '--until-restart');
  assert.equal(set.code, 0, set.stdout + set.stderr);
  assert.equal(set.stdout, 'wait: timeout = 100ms, max_parallel = 2 until the daemon ends\n');
  assert.match((await d.ctl('job', 'show', 'wait')).stdout, /set by hand +timeout = 100ms, max_parallel = 2\n/);
  assert.equal((await d.ctl('job', 'run', 'wait', '--wait')).code, 124);
  assert.equal((await d.ctl('job', 'set', 'wait', 'timeout=default')).stdout, 'wait: timeout as the file says\n');
  await letGo(d);
  assert.equal((await d.ctl('job', 'run', 'wait', '--wait')).code, 0);
  assert.match((await d.ctl('job', 'set', 'wait', 'timeuot=1s')).stdout, /did you mean timeout\?/);
});

test('dead letters are shown, tried again once, a second time only by force, and pruned with the number that is left [C58][C59][C60]', async (t) => {
  const d = await start(t);
  await d.ctl('job', 'run', 'hello', '--wait', '--', 'x');
  const [letter] = JSON.parse((await d.ctl('dead', 'list', '--json', '--job', 'hello', '--pending')).stdout) as DeadLetter[];
  assert.ok(letter);
  const id = letter.id.slice(0, 8);
  assert.match((await d.ctl('dead', 'list')).stdout, new RegExp(`\\n${id} +hello +\\S+ \\S+ +3 +1 +- +exit status 3\\n`));
  const shown = (await d.ctl('dead', 'show', id)).stdout;
  assert.match(shown, /^hello: dead\. exit status 3\n/);
  assert.match(shown, /environment .*\bPATH\b/);
  assert.ok(!shown.includes(process.env['PATH'] ?? '?'), 'names, never values');
  const again = await d.ctl('dead', 'retry', id);
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.match(again.stdout, /tried again as run [0-9a-f-]{36}\n$/);
  const ended = await d.fact('run.failed', (fact) => fact.run.trigger === 'dead_letter');
  assert.deepEqual(ended.run.args, ['x']);
  const refused = await d.ctl('dead', 'retry', id);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--force/);
  assert.equal((await d.ctl('dead', 'retry', id, '--force')).code, 0);
  assert.equal((await d.ctl('dead', 'retry')).code, 2, 'nothing is retried by leaving something out');
  assert.match((await d.ctl('dead', 'prune', '--days', '1')).stdout, /0 deleted, \d left/);
  assert.match((await d.ctl('dead', 'prune', '--days', '0')).stderr, /0 keeps all/);
});

test('breaker: a list with a count per state, set by hand, already so is a success with a warning, and its errors end with 1 [C51][C52]', async (t) => {
  const d = await start(t);
  assert.equal((await d.ctl('breaker', 'list')).code, 0, 'as job list');
  assert.match((await d.ctl('breaker')).stdout, /^NAME +STATE[^]*\nsmtp +closed[^]*\n1 closed, 0 open, 0 half-open\n$/);
  assert.deepEqual(await d.ctl('breaker', 'smtp', '--open'), { code: 0, stdout: 'smtp: open\n', stderr: '' });
  const twice = await d.ctl('breaker', 'smtp', '--open');
  assert.equal(twice.code, 0);
  assert.match(twice.stderr, /warning: it is open already/);
  for (const args of [['smpt', '--open'], ['smtp', '--open', '--close'], ['--open'], ['smpt']]) assert.equal((await d.ctl('breaker', ...args)).code, 1, args.join(' '));
  assert.match((await d.ctl('breaker', 'smpt')).stdout, /did you mean smtp\?/);
  assert.equal((await d.ctl('breaker', 'smtp', '--half-open')).stdout, 'smtp: half-open\n');
  assert.match((await d.ctl('breaker', 'smtp', '--reset')).stdout, /^smtp: closed/);
});

test('drain --wait names what still goes on after its timeout and exits 1; --cancel ends it and exits 0; resume ends the drain [C73][C74][C75][C76]', async (t) => {
  const d = await start(t);
  await d.ctl('job', 'run', 'wait');
  await d.fact('run.started', (fact) => fact.job === 'wait');
  const late = await d.ctl('drain', 'wait', '--wait', '--timeout', '300ms');
  assert.equal(late.code, 1, late.stdout + late.stderr);
  assert.match(late.stdout, /wait/);
  assert.match(late.stderr, /reevectl resume/);
  const held = await d.ctl('job', 'run', 'hello');
  assert.equal(held.code, 0, 'another job is not held');
  const cancelled = await d.ctl('drain', 'wait', '--wait', '--timeout', '100ms', '--cancel');
  assert.equal(cancelled.code, 0, cancelled.stdout + cancelled.stderr);
  await d.fact('run.cancelled', (fact) => fact.job === 'wait');
  assert.equal((await d.ctl('resume')).code, 0);
  await d.fact('drain.ended');
  assert.match((await d.ctl('drain', 'nobody')).stdout, /cannot find job or program "nobody"/);
});

test('a drain of one job waits for that job alone, and not until its timeout when nothing of it goes on [C73][C78]', async (t) => {
  const d = await start(t);
  await d.ctl('job', 'run', 'wait');
  await d.fact('run.started', (fact) => fact.job === 'wait');
  const began = performance.now();
  const drained = await d.ctl('drain', 'hello', '--wait', '--timeout', '10m');
  assert.equal(drained.code, 0, drained.stdout + drained.stderr);
  assert.ok(performance.now() - began < 120_000);
  const held = await d.ctl('job', 'run', 'hello');
  assert.equal(held.code, 0);
  assert.match(held.stderr, /^hello: waits/);
  assert.match((await d.ctl('job', 'list', 'hello')).stdout, /held: /);
  await d.ctl('resume');
  await d.fact('run.failed', (fact) => fact.job === 'hello');
  await letGo(d);
});

test('ps shows programs and runs with what they use, and filters them; stuck says that nothing is [C16][C9]', async (t) => {
  const d = await start(t);
  await d.state('web', 'RUNNING');
  await d.ctl('job', 'run', 'wait');
  await d.fact('run.started', (fact) => fact.job === 'wait');
  const all = await d.ctl('ps');
  assert.match(all.stdout, /^NAME +STATE +PID +HEALTH +DURATION +RSS +CPU +PROGRESS +WHY\nweb +RUNNING +\d+ +unknown +\S+ +[\d.]+ [KMG]B +[\d.]+% +- +up\nwait [0-9a-f]{8} +running +\d+ /);
  const some = JSON.parse((await d.ctl('ps', '--json', '--where', 'state=running && rss>1KB && kind=program')).stdout) as PsRow[];
  assert.deepEqual(some.map((row) => row.name), ['web']);
  assert.ok((some[0]?.rssBytes ?? 0) > 1024);
  assert.match((await d.ctl('ps', '--where', 'job=wait', '--columns', 'name,initiator,args')).stdout, /^NAME +INITIATOR +ARGS\nwait \w+ +unix\S* +-\n$/);
  assert.match((await d.ctl('ps', '--columns', 'rs')).stdout, /did you mean rss\?/);
  const calm = await d.ctl('stuck');
  assert.deepEqual([calm.code, calm.stderr], [0, 'Nothing is stuck.\n']);
  assert.equal((await d.ctl('stuck', '--kill', '--restart')).code, 1);
  await letGo(d);
});

test('the same over REST with curl: run and wait, list, history, show, filter', async (t) => {
  const d = await start(t);
  const operation = await curl<Operation>(d, '/v1/jobs/hello/run?wait=30s', { args: ['x'] });
  assert.equal(operation.targets[0]?.outcome, 'error');
  assert.equal(operation.targets[0]?.code, 'RUN_FAILED');
  const run = await curl<RunDetails>(d, `/v1/runs/${operation.targets[0]?.run}`);
  assert.deepEqual([run.state, run.code, run.output, run.trigger], ['failed', 3, 'hello <x>\n', 'manual']);
  assert.equal((await curl<readonly JobView[]>(d, '/v1/jobs?names=hello'))[0]?.last?.id, run.id);
  assert.equal((await curl<readonly RunView[]>(d, '/v1/runs?state=failed&where=args%3Dx')).length, 1);
  const planned = await curl<Operation>(d, '/v1/jobs/hello/at', { when: '1w' });
  assert.equal(planned.targets[0]?.outcome, 'ok');
  assert.equal((await curl<RunDetails>(d, `/v1/runs/${planned.targets[0]?.run}`)).state, 'scheduled');
  assert.match(readFileSync(d.configFile, 'utf8'), /jobs\.hello/);
});

test('the shell completes names of jobs, runs, breakers and what can be drained', async (t) => {
  const d = await start(t);
  const words = async (kind: string): Promise<string[]> => (await d.ctl('__complete', kind)).stdout.trimEnd().split('\n');
  assert.deepEqual(await words('jobs'), ['absent', 'flaky', 'hello', 'killed', 'late', 'wait']);
  assert.deepEqual(await words('breakers'), ['smtp']);
  assert.ok((await words('drainable')).includes('web'));
  const id = runIn(await d.ctl('job', 'run', 'hello'));
  assert.deepEqual(await words('runs'), [id]);
  assert.ok((await words('runs_or_jobs')).includes('hello'));
  assert.deepEqual(await words('processes'), ['all', 'web']);
});
