// Lives of real programs under the whole daemon: who comes back, when, and when nobody tries any more.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { ask, caughtUp, fixture, onBoth } from '../support/both-layers.ts';
import { tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const THIRD = fixture('third-life.sh');

onBoth('permanent comes back from any end, transient from an unexpected one, temporary never; codes and signals alike [E7, E8, E9, E2]', async ({ start }) => {
  const cases = [
    ['permanent', '0', 'RUNNING'], ['permanent', '3', 'RUNNING'], ['permanent', 'SEGV', 'RUNNING'],
    ['transient', '0', 'EXITED'], ['transient', '3', 'RUNNING'], ['transient', 'TERM', 'RUNNING'],
    ['temporary', '3', 'EXITED'], ['temporary', 'KILL', 'EXITED'],
  ] as const;
  const programs = cases.map(([restart, how]) => `[programs.${restart}-${how}]\ncommand = ["${THIRD}", "${restart}-${how}.lives", "${how}"]\nrestart = "${restart}"\nstartsecs = 0\nrestart_delay = "30ms"\n`);
  const d = await start({ config: `${programs.join('\n')}\n[programs.neighbour]\ncommand = "sleep 300"\nstartsecs = 0\n` });
  for (const [restart, how, state] of cases) {
    const id = `${restart}-${how}:${restart}-${how}`;
    if (state === 'RUNNING') await d.fact('process.running', (f) => f.process === id && f.incarnation === 3);
    else await d.fact('process.state', (f) => f.process === id && f.to === 'EXITED');
  }
  for (const [restart, how, state] of cases) {
    const row = await d.view(`${restart}-${how}`);
    assert.deepEqual([row.state, row.incarnation], [state, state === 'RUNNING' ? 3 : 1], row.id);
    if (state === 'EXITED') assert.equal(/^\d/.test(how) ? String(row.exitCode) : row.exitSignal, how, row.id);
  }
  assert.equal((await d.view('neighbour')).incarnation, 1, 'a neighbour notices nothing');
});

onBoth('a transient program ends for good with any of its exitcodes [E8]', async ({ start }) => {
  const d = await start({ config: '[programs.job]\ncommand = "sh -c \'exit 2\'"\nrestart = "transient"\nexitcodes = [0, 2]\nstartsecs = 0\n' });
  const exit = await d.fact('process.exited');
  assert.deepEqual([exit.code, exit.expected], [2, true]);
  assert.equal((await d.state('job', 'EXITED')).why, 'exit status 2');
});

onBoth('what cannot start is FATAL at once, in words, and hurts nobody else: command, directory, permission, user', async ({ t, start }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
  const d = await start({
    dir,
    config: `
[programs.missing]
command = "/no/such/program --now"
[programs.nowhere]
command = "no-such-program-on-path"
[programs.folder]
command = "${dir}"
[programs.plain]
command = "${join(dir, 'plain')}"
[programs.homeless]
command = "sleep 300"
directory = "no/such/place"
[programs.nobody]
command = "sleep 300"
user = "no-such-user"
[programs.good]
command = "sleep 300"
startsecs = 0.1
`,
  });
  const words: Record<string, RegExp> = {
    missing: /^can't find command '\/no\/such\/program'/,
    nowhere: /^can't find command 'no-such-program-on-path'/,
    folder: /is a directory$/,
    plain: /is not executable/,
    homeless: /cannot use directory .*no\/such\/place.*does not exist/,
    nobody: /'no-such-user'.*no such user/,
  };
  await d.state('good', 'RUNNING');
  for (const name of Object.keys(words)) await d.state(name, 'FATAL');
  const { code, stdout } = await d.ctl('status');
  assert.equal(code, 3, 'supervisorctl: 3 where not everything runs');
  for (const [name, text] of Object.entries(words)) {
    const line = stdout.split('\n').find((l) => l.startsWith(`${name} `)) ?? '';
    assert.match(line.slice(33, 38), /^FATAL$/);
    assert.match(line.slice(43), text);
    const row: ProcessView = await d.view(name);
    assert.equal(row.incarnation, 1, `${name} was tried once`);
  }
  assert.match((await d.ctl('explain', 'missing')).stdout, /^missing: FATAL\. .*can't find command/);
});

onBoth('startretries counts failed starts in a row, with BACKOFF between them, then FATAL', async ({ start }) => {
  const d = await start({ config: '[programs.bad]\ncommand = "sh -c \'exit 4\'"\nstartsecs = 5\nstartretries = 2\nrestart_delay = "20ms"\n' });
  await d.state('bad', 'FATAL');
  await caughtUp(d);
  const own = d.facts.filter((f) => 'process' in f && f.process === 'bad:bad');
  assert.deepEqual(own.filter((f) => f.type === 'process.backoff').map((f) => [f.tries, f.from]), [[1, 'STARTING'], [2, 'STARTING']]);
  assert.equal(own.filter((f) => f.type === 'process.spawned').length, 3);
  assert.equal((await d.view('bad')).why, 'ended before it was up: exit status 4');
});

onBoth('an INI program keeps supervisord\'s words and delays: BACKOFF for a second, then FATAL', async ({ t, start }) => {
  const dir = tempDir(t);
  const d = await start({
    dir, socket: 'reeve.sock',
    config: `[unix_http_server]\nfile=${dir}/reeve.sock\n[supervisord]\nlogfile=${dir}/d.log\npidfile=${dir}/d.pid\nstate_dir=${dir}/state\n[program:bad]\ncommand=sh -c 'exit 4'\nstartsecs=5\nstartretries=1\nstdout_logfile=${dir}/o.log\nstderr_logfile=${dir}/e.log\n`,
  });
  const backoff = await d.fact('process.backoff');
  assert.deepEqual([backoff.delayMs, backoff.why], [1000, 'Exited too quickly (process log may have details)']);
  const fatal = await d.fact('process.fatal');
  assert.ok(fatal.at - backoff.at >= 990, `FATAL ${fatal.at - backoff.at} ms after BACKOFF`);
  assert.match((await d.ctl('status')).stdout, /^bad +FATAL +Exited too quickly \(process log may have details\)$/m);
});

onBoth('a crashed program waits in BACKOFF, visibly, and is RUNNING again after its delay [B3, C65]', async ({ start }) => {
  const d = await start({ config: '[programs.web]\ncommand = "sleep 300"\nstartsecs = 0.1\nrestart_delay = "700ms"\n' });
  const { pid } = await d.state('web', 'RUNNING');
  process.kill(pid ?? 0, 'SIGKILL');
  const backoff = await d.fact('process.backoff');
  const row = await d.view('web');
  assert.deepEqual([row.state, row.why, row.pid], ['BACKOFF', 'terminated by SIGKILL', null]);
  assert.equal(row.nextStartAt, backoff.at + 700);
  const running = await d.fact('process.running', (f) => f.incarnation === 2);
  assert.ok(running.at - backoff.at >= 790, `RUNNING ${running.at - backoff.at} ms after BACKOFF`);
  assert.equal((await d.view('web')).restarts, 1);
});

onBoth('the first restart of a native program is immediate', async ({ start }) => {
  const d = await start({ config: '[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\n' });
  process.kill((await d.state('web', 'RUNNING')).pid ?? 0, 'SIGKILL');
  const again = await d.fact('process.spawned', (f) => f.incarnation === 2);
  const exit = await d.fact('process.exited');
  assert.ok(again.at - exit.at < 500, `${again.at - exit.at} ms`);
  await caughtUp(d);
  assert.equal(d.facts.filter((f) => f.type === 'process.backoff').length, 0);
});

onBoth('past max_restarts a program is FATAL, and a start by hand gives it a fresh chance [C54, E12, E13, C67]', async ({ start }) => {
  const d = await start({ config: '[programs.worker]\ncommand = "sh -c \'exit 1\'"\nstartsecs = 0\nrestart_delay = "10ms"\nmax_restarts = 2\nrestart_window = "60s"\n' });
  const fatal = await d.fact('process.fatal');
  assert.equal(fatal.incarnation, 3, 'two restarts, the third is refused');
  assert.equal(fatal.why, 'too many restarts: more than 2 in 60 s; last end: exit status 1');
  await d.ctl('start', 'worker');
  assert.equal((await d.fact('process.fatal', (f) => f.incarnation > 3)).incarnation, 6);
});

onBoth('a program that dies again and again is flapping: in the events, in status -v and in its JSON', async ({ start }) => {
  const d = await start({ config: '[programs.worker]\ncommand = "sh -c \'exit 1\'"\nstartsecs = 0\nrestart_delay = "10ms"\n' });
  const fact = await d.fact('process.flapping');
  assert.equal(fact.failures, 5);
  const { stdout } = await d.ctl('status', '-v', '--json');
  const { processes } = JSON.parse(stdout) as { processes: ProcessView[] };
  assert.ok((processes[0]?.flapping?.failures ?? 0) >= 5);
  assert.match((await d.ctl('status', '-v')).stdout, /\[flapping \d+\/1h\]/);
  assert.match((await d.ctl('events', '--since', '0', '--severity', 'warning')).stdout, /process\.flapping|flapping/);
  await d.ctl('stop', 'worker');
  await d.fact('process.steady');
  assert.equal((await d.view('worker')).flapping, null);
});

onBoth('on_failure = "exit" ends the daemon with 10 and its last words: who, why, the last 20 lines of output [Sv#712, Sv#733, S6#87]', async ({ start }) => {
  const d = await start({
    config: '[programs.critical]\ncommand = "sh -c \'seq 1 25; until [ -e go ]; do sleep 0.05; done; exit 7\'"\nstartsecs = 0.1\nmax_restarts = 0\non_failure = "exit"\n\n[programs.other]\ncommand = "sleep 300"\nstartsecs = 0\n',
  });
  await d.state('other', 'RUNNING');
  writeFileSync(join(d.dir, 'go'), '');
  assert.deepEqual(await d.ended(), { code: 10, signal: null });
  const line = await waitFor('its last words', () => d.output().split('\n').slice(0, -1).find((l) => l.startsWith('{"exit"')));
  const words = JSON.parse(line) as { exit: number; process: string; why: string; lastLines: string[] };
  assert.deepEqual([words.exit, words.process], [10, 'critical:critical']);
  assert.match(words.why, /^critical: .*exit status 7/);
  assert.deepEqual(words.lastLines, Array.from({ length: 20 }, (_, n) => String(n + 6)));
});

onBoth('exit_code = "own" gives the program\'s own status, and exit_code = N that [S6#183]', async ({ t, start }) => {
  const own = await start({ config: '[programs.critical]\ncommand = "sh -c \'until [ -e go ]; do sleep 0.05; done; exit 7\'"\nstartsecs = 0.1\nrestart = "temporary"\non_failure = "exit"\nexit_code = "own"\n' });
  writeFileSync(join(own.dir, 'go'), '');
  assert.equal((await own.ended()).code, 7);
  const given = await start({ dir: tempDir(t), config: '[programs.critical]\ncommand = "/no/such"\nautostart = false\non_failure = "exit"\nexit_code = 42\n\n[programs.late]\ncommand = "sleep 300"\nstartsecs = 0\n' });
  await ask(given.socket, '/v1/start', { method: 'POST', body: { names: ['critical'] } });
  assert.equal((await given.ended()).code, 42);
});
