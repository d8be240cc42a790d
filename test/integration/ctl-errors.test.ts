// Everything that can be typed wrong, or can be in the way: each says what to do next, and ends with its exit code.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startShop } from '../support/api-examples.ts';
import { tempDir } from '../support/daemon.ts';
import { launchCtl, runCtl, runHere } from '../support/run-ctl.ts';

type Case = readonly [words: string, code: number, out: RegExp, err: RegExp];

const NOTHING = /^$/;
/** What is said of a name that nothing has, with the nearest one. */
const near = (name: string): RegExp => new RegExp(`did you mean "?${name}"?\\?`);

/** In the shop of the API's examples: programs web, worker (2) and report; jobs import and mail; check late_bags; breaker smtp; alert ops. */
const CASES: readonly Case[] = [
  ...['start', 'stop', 'restart', 'signal HUP', 'clear', 'rotate', 'disable', 'enable', 'health', 'probe', 'wait', 'tail', 'explain', 'fg'].map((command): Case => [`${command} wbe`, 1, /./, /^wbe: did you mean web\?$/m]),
  ['status wbe', 4, /no such process/, /^wbe: did you mean web\?$/m], ['pid wbe', 1, /No such process wbe/, /^wbe: did you mean web\?$/m], ['tree wbe', 4, NOTHING, /did you mean web\?$/m],
  ...['logs', 'top', 'events'].map((command): Case => [`${command} wbe`, 1, near('web'), /Run `reevectl status` for the names/]),
  ['scale wroker 3', 1, near('worker'), /Run `reevectl avail` for the programs\./], ['pool wroker', 1, near('worker'), /Run `reevectl avail` for the programs\./],
  ...['add', 'remove', 'update'].map((command): Case => [`${command} wbe`, 1, /no such/, /Run `reevectl avail` for what the file has/]),
  ...['job run', 'job at 1w', 'job pause', 'job next', 'job history'].map((command): Case => [`${command} improt`, 1, near('import'), /Run `reevectl job list` for the names of jobs\./]),
  ['job set improt timeout=1m', 1, near('import'), /Run `reevectl job list` for the names of jobs\./], ['job show improt', 1, near('import'), /Run `reevectl job list` for the jobs, `reevectl job history` for the runs\./],
  ['job cancel improt', 1, near('import'), /Run `reevectl job list` for the jobs, `reevectl job history` for the runs\./], ['job undo ffff', 1, /no such run/, /Run `reevectl job history` for the ids of runs\./],
  ['dead show ffff', 1, /no such dead letter/, /Run `reevectl dead list` for the ids/], ['breaker smpt', 1, near('smtp'), /Run `reevectl breaker` for the names/], ['check run late_bag', 1, near('late_bags'), /Run `reevectl check list`/],
  ['issue show ffff', 1, /there is none/, /Run `reevectl issue list --all` for the ids of issues\./], ['issue fix ffff', 1, /reevectl issue list --all/, NOTHING], ['alert test osp', 1, near('ops'), /Run `reevectl alert list`/],
  ['silence end nobody', 1, /there is none/, /Run `reevectl silence list`/], ['operation 4096', 1, /there is none with this id/, /reevectl audit/],
  ['signal HANGUP web', 1, /bad signal name/, /Use a name such as TERM/], ['scale worker many', 2, /expected N, \+N or -N/, /Run `reevectl help scale`\./], ['probe worker:worker-0', 1, /health is not configured/, /Write health = /],
  ['job set import timeout=soon', 2, /expected a duration such as/, /Run `reevectl help job set`\./], ['job at someday import', 2, /expected a duration \(90m, 1w\) or a time/, /Run `reevectl help job at`\./],
  ['ps --where sate=running', 2, /there is no field "sate": did you mean state\?/, /Run `reevectl help ps`\./], ['wait web --timeout soon', 2, /--timeout wants a duration such as 30s or 5m, not "soon"\nwait /, NOTHING],
  ['wait report --timeout 100ms', 1, /report: ERROR/, /Run `reevectl explain report`\./], ['events --severity loud', 2, /--severity is one of debug, info/, NOTHING], ['shutdown --mode hard', 1, /--mode is one of warm, cold, now/, NOTHING],
  ['stauts', 1, /Unknown syntax/, /did you mean status\?/], ['zzzzz', 1, /Unknown syntax/, /Run `reevectl help` for the commands\./], ['job lst', 2, /did you mean job list\?/, NOTHING], ['help zzzzz', 1, /No help/, /Run `reevectl help` for the commands\./],
  ['start', 2, /start requires a process name\nstart /, NOTHING], ['breaker --open', 1, /requires a NAME/, NOTHING], ['fg', 1, /no process name supplied/, /reevectl status/], ['fg worker:worker-0 web', 1, /too many process names/, /reevectl logs -f/],
  ['fg report', 1, /process not running/, /`reevectl explain report` says why/],
];

test('every wrong word is answered with what to do, and the right exit code [E45]', async (t) => {
  const { daemon } = await startShop(t);
  const url = `unix://${daemon.socket}`;
  const wrong: string[] = [];
  for (const [words, code, out, err] of CASES) {
    const ran = await runHere(url, words.split(' '));
    if (ran.code !== code || !out.test(ran.out) || !err.test(ran.err)) wrong.push(`${words}: ${ran.code}, ${JSON.stringify(ran.out.slice(0, 200))}, ${JSON.stringify(ran.err.slice(0, 200))}`);
    // What is said is a sentence about the subject, never a stack or a code of the machine alone.
    if (/\bat .*\.ts:\d+|^E[A-Z]+$/m.test(ran.out + ran.err)) wrong.push(`${words}: ${ran.out}${ran.err}`);
  }
  assert.deepEqual(wrong, []);
});

test('who cannot reach the daemon, or may not, is told what to do [E45]', async (t) => {
  const { daemon, port } = await startShop(t);
  const dir = tempDir(t);
  writeFileSync(join(dir, 'plain'), '');
  const tcp = `http://127.0.0.1:${port}`;
  const cases: readonly (readonly [args: readonly string[], code: number, out: RegExp, err: RegExp])[] = [
    [['-s', `unix://${dir}/none.sock`, 'status'], 4, /no such file/, /Start reeved, or say where it listens with -s or -c\./],
    [['-s', `unix://${dir}/plain`, 'status'], 4, /refused connection/, /Start reeved, or say where it listens/], [['-s', 'http://127.0.0.1:1', 'stop', 'web'], 4, /refused connection/, /Start reeved/],
    [['-s', 'ftp://x', 'status'], 2, NOTHING, /neither unix:\/\/\/path nor http:\/\/host:port/], [['-s', tcp, 'stop', 'web'], 1, /Server requires authentication/, /Use -u and -p, or a token in REEVE_TOKEN\./],
    [['-s', tcp, '-u', 'ann', '-p', 'wrong', 'status'], 1, /Server requires authentication/, /The name or the password is not the server's: check -u and -p/],
    [['-c', join(dir, 'none.toml'), 'status'], 2, NOTHING, /there is no such file/], [['--nosuch', 'status'], 2, NOTHING, /there is no option --nosuch\nRun `reevectl --help`/],
  ];
  for (const [args, code, out, err] of cases) {
    const ran = await runCtl(args);
    assert.deepEqual([ran.code, out.test(ran.out), err.test(ran.err)], [code, true, true], `${args.join(' ')}: ${ran.out}${ran.err}`);
  }
  assert.equal((await runCtl(['-s', tcp, '-u', 'ann', '-p', 'secret', 'version'])).code, 0);
  assert.ok(daemon.pid > 0);
});

test('a socket that may not be used says whose leave to ask', { skip: process.getuid?.() === 0 ? 'root may use every socket' : false }, async (t) => {
  const { daemon } = await startShop(t);
  chmodSync(daemon.socket, 0o000);
  const ran = await runCtl(['-s', `unix://${daemon.socket}`, 'status']);
  assert.deepEqual([ran.code, /permission denied/.test(ran.out), /Use sudo, or ask for its owner or group to be changed\./.test(ran.err)], [4, true, true]);
});

test('a reader that goes away is no error', async (t) => {
  const { daemon } = await startShop(t);
  const running = launchCtl(['-s', `unix://${daemon.socket}`, 'events', '-f', '--json', '--severity', 'debug', '--since', '0']);
  await running.said('daemon.started');
  running.child.stdout?.destroy();
  // What is written next finds nobody.
  await runHere(`unix://${daemon.socket}`, ['restart', 'worker:*']);
  const { code, err } = await running.ended;
  assert.deepEqual([code, err], [0, '']);
});
