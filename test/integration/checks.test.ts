// Checks and fixes on a real daemon: real children look and repair, and the daemon may die meanwhile.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckReport, CheckView, IssueDetails, IssueView } from '../../daemon/contract/issues.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { ask, onBoth, operate } from '../support/both-layers.ts';
import { startDaemon, tempDir } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const NODE = process.execPath;
const issues = (d: Daemon): Promise<readonly IssueView[]> => d.get<readonly IssueView[]>('/v1/issues?all=true');

/** The issue with this message, when it is in this state. */
function issue(d: Daemon, message: string, state: IssueView['state']): Promise<IssueView> {
  return waitFor(`${message} to be ${state}`, async () => (await issues(d)).find((one) => one.message === message && one.state === state) ?? false);
}

async function details(d: Daemon, message: string, state: IssueView['state']): Promise<IssueDetails> {
  return d.get<IssueDetails>(`/v1/issues/${(await issue(d, message, state)).id}`);
}

/** A daemon whose check prints a file, and whose fix is a line of shell. */
function config(fix: string, more = ''): string {
  return `[checks.bags]\ncommand = "cat bags.txt"\ndirectory = "."\n[fixes.bag]\ndirectory = "."\ncommand = ["sh", "-c", ${JSON.stringify(fix)}]\n${more}`;
}

onBoth('a fix reads its issue from stdin and its environment, and what it mended is verified by the check [A10][A11][A19]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '{"message": "bag 17 is late", "code": "bag", "params": {"bag": 17}}\n');
  const d = await start({ dir, config: config('cat > stdin.json; env | grep ^ISSUE_ | sort > env.txt; : > bags.txt', 'verify = true\n') });
  const { history, attempts } = await details(d, 'bag 17 is late', 'fixed');
  assert.deepEqual([attempts, history.map(({ outcome, why }) => [outcome, why])], [1, [['fixed', 'check bags does not see it any more']]]);
  const input = JSON.parse(readFileSync(join(dir, 'stdin.json'), 'utf8')) as Record<string, unknown>;
  assert.deepEqual([input['message'], input['params'], input['attempt'], input['attempts']], ['bag 17 is late', { bag: 17 }, 1, 3]);
  assert.match(readFileSync(join(dir, 'env.txt'), 'utf8'), /^ISSUE_ATTEMPT=1\nISSUE_ATTEMPTS=3\nISSUE_CHECK=bags\nISSUE_CODE=bag\nISSUE_ID=[0-9a-f]{16}\nISSUE_MESSAGE=bag 17 is late\nISSUE_OCCURRENCES=1\nISSUE_PARAM_BAG=17\nISSUE_SEVERITY=major\n$/);
});

onBoth('RESULT on stdout goes before the exit code, and a crash and a timeout are attempts that are made again [A11][A14][A15]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '["said", "said"]\n["crash", "crash"]\n["hang", "hang"]\n');
  const d = await start({
    dir, config: `${config('exit 0')}[fixes.said]\ncommand = ["sh", "-c", "echo 'RESULT {\\"fixed\\": false}'; exit 0"]\n[fixes.crash]\ncommand = ["sh", "-c", "kill -SEGV $$"]\nretry_delay = 0\nattempts = 2\n[fixes.hang]\ncommand = ["sh", "-c", "sleep 60"]\ntimeout = "200ms"\nretry_delay = 0\nattempts = 2\n`,
  });
  assert.equal((await details(d, 'said', 'unfixable')).fixed, false);
  assert.match((await details(d, 'crash', 'exhausted')).error, /SIGSEGV/);
  const hang = await details(d, 'hang', 'exhausted');
  assert.deepEqual(hang.history.map(({ outcome }) => outcome), ['retry', 'retry']);
  assert.match(hang.error, /timeout of 0\.2 s/);
});

onBoth('a fix may say its result by the socket of every child too [A11]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '["bag 1", "bag"]\n');
  const say = `curl -sS --unix-socket "$REEVE_SOCKET" -H 'Content-Type: application/json' -H "Authorization: Bearer $REEVE_TOKEN" -d '{"fixed": false}' "http://localhost/v1/supervised/$SUPERVISION_ID/result"`;
  const d = await start({ dir, config: `[checks.bags]\ncommand = "cat bags.txt"\ndirectory = "."\n[fixes.bag]\nshell = true\ncommand = '''${say}; exit 0'''\n` });
  assert.equal((await details(d, 'bag 1', 'unfixable')).fixed, false);
});

onBoth('defect 7: there is one way to run a detector, and one that works asynchronously is awaited [A25]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'detect.mjs'), 'import { setTimeout } from "node:timers/promises";\nfor await (const n of (async function* () { await setTimeout(50); yield 1; await setTimeout(50); yield 2; })()) console.log(JSON.stringify({ message: `late ${n}` }));\n');
  const d = await start({ dir, config: `[checks.slow]\ncommand = [${JSON.stringify(NODE)}, "detect.mjs"]\ndirectory = "."\n` });
  await issue(d, 'late 1', 'manual');
  await issue(d, 'late 2', 'manual');
});

onBoth('defect 8: a dry run shows what a check would see, and that it sees nothing [A26][A48]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '');
  const d = await start({ dir, config: config('exit 0') });
  await d.fact('check.completed');
  const look = async (): Promise<CheckReport> => {
    const operation = (await operate(d, 'checks/run', { names: ['bags'], dry_run: true })).json<Operation>();
    return d.get<CheckReport>(`/v1/checks/reports/${operation.targets[0]?.run}`);
  };
  assert.deepEqual((await look()).issues, []);
  writeFileSync(join(dir, 'bags.txt'), 'bag 17 is late\n');
  const seen = await look();
  assert.deepEqual([seen.dryRun, seen.ok, seen.issues.map(({ message, state }) => [message, state])], [true, true, [['bag 17 is late', 'new']]]);
  assert.deepEqual(await issues(d), []);
  assert.equal((await d.get<readonly CheckView[]>('/v1/checks'))[0]?.lastIssueAt, null, 'nor does it count as a look');
});

onBoth('one run of a check at a time: a second one is refused, and a late one skipped and counted [A22]', async ({ start }) => {
  const d = await start({ config: '[checks.slow]\ncommand = "sleep 60"\nevery = "200ms"\n' });
  await d.fact('run.skipped', (fact) => fact.job === 'check:slow');
  const second = (await operate(d, 'checks/run', { names: ['slow'] })).json<Operation>();
  assert.deepEqual([second.targets[0]?.outcome, second.targets[0]?.code], ['error', 'RUN_FAILED']);
  assert.match(second.targets[0]?.message ?? '', /still going on/);
});

onBoth('programs and jobs report issues without being checks, by the socket of every child [A16][A17]', async ({ start }) => {
  const say = `curl -sS --unix-socket "$REEVE_SOCKET" -H 'Content-Type: application/json' -H "Authorization: Bearer $REEVE_TOKEN" -d '{"message": "the queue is long", "code": "queue"}' "http://localhost/v1/supervised/$SUPERVISION_ID/issue"`;
  const d = await start({ config: `[programs.web]\nshell = true\ncommand = '''${say}; exec sleep 600'''\n[jobs.count]\nshell = true\ncommand = '''${say}'''\n[fixes.queue]\nscale = "web 1"\n` });
  await waitFor('an issue of the program', async () => (await issues(d)).some((one) => one.check === 'web:web' && one.state === 'fixed'));
  await operate(d, 'jobs/count/run', {});
  await waitFor('an issue of the job', async () => (await issues(d)).some((one) => one.check === 'job:count'));
});

onBoth('fixes that restart, signal and run a job leave the same record', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '["r", "again"]\n["s", "hup"]\n["j", "rebuild"]\n');
  const d = await start({
    dir, config: `${config('exit 0')}[programs.web]\ncommand = ["sh", "-c", "trap 'echo got HUP' HUP; while :; do sleep 0.1; done"]\nstartsecs = 0\n[jobs.index]\ncommand = ["sh", "-c", "cat"]\n[fixes.again]\nrestart = "web"\n[programs.other]\ncommand = ["sh", "-c", "trap 'echo got HUP' HUP; while :; do sleep 0.1; done"]\nstartsecs = 0\n[fixes.hup]\nsignal = "other HUP"\n[fixes.rebuild]\nrun = "index"\n`,
  });
  for (const message of ['r', 's', 'j']) {
    const { history, run } = await details(d, message, 'fixed');
    assert.deepEqual([history.length, history[0]?.outcome, run], [1, 'fixed', null], message);
  }
  const [job] = await d.get<readonly RunView[]>('/v1/runs?job=index');
  assert.deepEqual([job?.trigger, job?.state], ['issue', 'succeeded']);
  assert.ok(d.facts.some((fact) => fact.type === 'audit.action' && fact.who === 'fix again' && fact.action === 'restart'));
});

onBoth('a daemon that is killed while a fix works goes on with the next attempt, and forgets no issue [A14][A18]', async ({ t, layer, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '["bag 1", "bag"]\n["odd"]\n');
  const text = config('echo try >> tries.txt; test -e mended || sleep 60', 'retry_delay = 0\n');
  const d = await start({ dir, config: text });
  await waitFor('the first attempt', () => existsSync(join(dir, 'tries.txt')));
  d.kill('SIGKILL');
  await d.ended();
  writeFileSync(join(dir, 'mended'), '');
  const next = await startDaemon(t, { dir, config: text, env: { REEVE_OS: layer === 'portable' ? 'portable' : '' } });
  const { history } = await details(next, 'bag 1', 'fixed');
  assert.deepEqual(history.map(({ attempt, outcome }) => [attempt, outcome]), [[1, 'retry'], [2, 'fixed']]);
  assert.match(history[0]?.why ?? '', /daemon or the host ended/);
  await issue(next, 'odd', 'manual');
});

onBoth('defect 1: an interval that is changed in the file counts from the next apply on [A5]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), '');
  const d = await start({ dir, config: config('exit 0') });
  const { run: first } = await d.fact('check.completed');
  const file = d.configFile;
  writeFileSync(file, readFileSync(file, 'utf8').replace('command = "cat bags.txt"', 'command = "cat bags.txt"\nevery = "100ms"'));
  assert.equal((await operate(d, 'apply', {})).status, 200);
  await d.fact('check.completed', (fact) => fact.run !== first);
});

onBoth('by hand: closed, cleared, counted; what is wrong is said [A27][A28][A31] [A4]', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'bags.txt'), 'odd\n["bag 1", "bag"]\n');
  const d = await start({ dir, config: config('exit 75', 'attempts = 1\n') });
  const { id } = await issue(d, 'bag 1', 'exhausted');
  const odd = await issue(d, 'odd', 'manual');
  const fixed = await d.ctl('issue', 'fix', odd.id);
  assert.deepEqual([fixed.code, /no code/.test(fixed.stdout)], [1, true]);
  assert.equal((await d.ctl('issue', 'fix', '--all', '--force')).code, 1, 'it fails once more');
  const shown = await d.ctl('issue', 'show', id.slice(0, 6));
  assert.match(shown.stdout, /^state +exhausted$/m);
  assert.match(shown.stdout, /^next +repair it, then: reevectl issue close/m);
  assert.match((await d.ctl('issue', 'close', odd.id, '--as', 'fixed')).stdout, /fixed, was manual/);
  assert.match((await d.ctl('issue', 'clear', '--older', '0s')).stdout, /^issues: 1 deleted$/m);
  assert.deepEqual((await issues(d)).map((one) => one.message), ['bag 1']);
  assert.match((await d.ctl('issue', 'top')).stdout, /^bags +bag +1 +1 +1 +0 +2 +0/m);
  assert.match((await d.ctl('check', 'list')).stdout, /^bags +2 issues .* 1 /m);
  assert.equal((await d.ctl('check', 'run-due')).code, 0);
  assert.equal((await ask(d.socket, '/v1/issues/ffff')).status, 404);
  assert.match((await d.ctl('check', 'run', 'bgas')).stdout, /did you mean bags\?/);
});

onBoth('a check that fails is an issue with its reason, and no run of checks or fixes stands among the jobs [A24][A30]', async ({ start }) => {
  const d = await start({ config: '[jobs.plain]\ncommand = "true"\n[checks.broken]\ncommand = ["sh", "-c", "echo half; exit 3"]\n' });
  const failed = await issue(d, 'check broken failed: exit status 3', 'manual');
  assert.equal(failed.code, 'check-failed');
  await issue(d, 'half', 'manual');
  assert.doesNotMatch((await d.ctl('job', 'list')).stdout, /broken/);
  assert.match((await d.ctl('job', 'list', 'check:*')).stdout, /^check:broken /m);
  assert.deepEqual((await d.get<readonly IssueView[]>('/v1/issues?code=check-failed&check=broken&search=EXIT')).length, 1);
  assert.deepEqual(await d.get('/v1/issues?code=no-such-code&check=broken'), [], 'a check that is there, without such issues');
  const slip = await d.ctl('issue', 'list', '--check', 'brokn');
  assert.deepEqual([slip.code, slip.stdout], [1, 'Error: cannot find check "brokn"; did you mean broken?\n']);
  assert.match(slip.stderr, /reevectl check list/);
});
