// Output of real programs through the whole daemon: to files, to its own output, to readers; and what bad disks do.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { caughtUp, fixture, onBoth, operate } from '../support/both-layers.ts';
import { atEnd, type Daemon, tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import { REEVECTL } from '../support/programs.ts';

const LINES = fixture('many-lines.sh');
const text = (d: Daemon, name: string): string => (existsSync(join(d.dir, name)) ? readFileSync(join(d.dir, name), 'utf8') : '');
const whole = (word: string, n: number): string => `${word} ${n} the quick brown fox jumps over the lazy dog`;
const numbers = (content: string, word: string): number[] => content.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [Number(line.split(' ')[1])] : []));
const counted = (n: number): number[] => Array.from({ length: n }, (_, at) => at + 1);

/** A small disk of its own, or why there can be none. */
const whyNoDisk: string | null = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0 ? null : 'needs root to mount a small tmpfs';

function smallDisk(t: TestContext, dir: string, size: string): string {
  const at = join(dir, 'disk');
  mkdirSync(at);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'reeve-test', at], { encoding: 'utf8' });
  assert.equal(mounted.status, 0, mounted.stderr);
  atEnd(t, () => spawnSync('umount', ['-l', at]));
  return at;
}

onBoth('the last bytes before an exit are in the log when the exit is said, however many they are [B4]', async ({ start }) => {
  const d = await start({ config: `[programs.job]\ncommand = "sh -c 'seq 1 20000; printf last; exit 3'"\nrestart = "temporary"\nstartsecs = 0\nstdout_logfile = "job.log"\n` });
  await d.fact('process.exited');
  assert.equal(text(d, 'job.log'), `${counted(20000).join('\n')}\nlast`);
});

onBoth('stdout and stderr have their own files, with redirect_stderr one, and log directories are created [B4]', async ({ start }) => {
  const both = '"sh -c \'echo to stdout; echo to stderr >&2\'"';
  const d = await start({ config: `[programs.two]\ncommand = ${both}\nrestart = "temporary"\nstartsecs = 0\nstdout_logfile = "new/deep/out.log"\nstderr_logfile = "new/deep/err.log"\n\n[programs.one]\ncommand = ${both}\nrestart = "temporary"\nstartsecs = 0\nredirect_stderr = true\nstdout_logfile = "other/one.log"\n` });
  for (const id of ['two:two', 'one:one']) await d.fact('process.exited', (f) => f.process === id);
  assert.deepEqual([text(d, 'new/deep/out.log'), text(d, 'new/deep/err.log')], ['to stdout\n', 'to stderr\n']);
  assert.deepEqual(text(d, 'other/one.log').split('\n').toSorted(), ['', 'to stderr', 'to stdout']);
});

onBoth('a log is rotated at its size, into so many backups, and loses no line [B5]', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = ["${LINES}", "w", "400"]\nstartsecs = 0\nstdout_logfile = "web.log"\nstdout_logfile_maxbytes = 8000\nstdout_logfile_backups = 5\n` });
  const files = ['web.log.5', 'web.log.4', 'web.log.3', 'web.log.2', 'web.log.1', 'web.log'];
  await waitFor('the last line', () => text(d, 'web.log').includes(whole('w', 400)));
  assert.deepEqual(numbers(files.map((f) => text(d, f)).join(''), 'w'), counted(400));
  assert.ok((await d.fact('log.rotated')).path.endsWith('web.log'));
  for (const file of files.slice(1)) assert.ok(text(d, file).length <= 8100, file);
});

onBoth('defect 11: log_tee copies whole lines to the daemon\'s own output, with the program\'s name before them [B6]', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = ["${LINES}", "w", "50"]\nstartsecs = 0\nstdout_logfile = "web.log"\nlog_tee = true\n\n[programs.api]\ncommand = ["${LINES}", "a", "50"]\nstartsecs = 0\nstdout_logfile = "none"\nlog_tee = true\n` });
  await waitFor('both', () => d.output().includes(`[web] ${whole('w', 50)}\n`) && d.output().includes(`[api] ${whole('a', 50)}\n`));
  const lines = d.output().split('\n').filter((l) => l.startsWith('['));
  assert.deepEqual(numbers(lines.map((l) => l.replace('[web] ', '')).join('\n'), 'w'), counted(50));
  assert.equal(lines.length, 100, 'no line is torn or mixed');
});

onBoth('two programs that share one file tear none of each other\'s lines', async ({ start }) => {
  const d = await start({ config: ['a', 'b', 'c'].map((n) => `[programs.${n}]\ncommand = ["${LINES}", "${n}", "300"]\nstartsecs = 0\nstdout_logfile = "shared.log"\n`).join('\n') });
  await waitFor('all lines', () => text(d, 'shared.log').split('\n').length === 901);
  for (const n of ['a', 'b', 'c']) assert.deepEqual(numbers(text(d, 'shared.log'), n), counted(300));
  assert.ok(text(d, 'shared.log').split('\n').every((line) => line === '' || /^[abc] \d+ the quick brown fox jumps over the lazy dog$/.test(line)));
});

onBoth('a log path that cannot be used makes that program FATAL, in words, and no other [Sv#629]', async ({ start, t }) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const d = await start({ dir, config: `[programs.bad]\ncommand = "sleep 300"\nstartsecs = 0\nstartretries = 0\nstdout_logfile = "file/bad.log"\n\n[programs.good]\ncommand = "sleep 300"\nstartsecs = 0.1\n` });
  await d.state('good', 'RUNNING');
  const { why } = await d.state('bad', 'FATAL');
  assert.match(why, /^cannot open log .*file\/bad\.log: a part of the path is not a directory/);
});

onBoth('a log directory that is deleted while its program runs harms nobody, and the file comes back with USR2 [Sv#240]', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = "sh -c 'while echo tick; do sleep 0.02; done'"\nstartsecs = 0\nstdout_logfile = "logs/web.log"\n\n[programs.good]\ncommand = "sleep 300"\nstartsecs = 0\n` });
  await waitFor('output', () => text(d, 'logs/web.log').length > 20);
  const { pid } = await d.view('web');
  rmSync(join(d.dir, 'logs'), { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual([(await d.view('web')).state, (await d.view('web')).pid], ['RUNNING', pid]);
  d.kill('SIGUSR2');
  await waitFor('a new file', () => text(d, 'logs/web.log').length > 20);
  assert.equal((await d.view('web')).incarnation, 1);
  assert.equal((await d.view('good')).incarnation, 1);
});

onBoth('USR2 opens a file anew that logrotate moved away, and no line is lost', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = "sh -c 'i=0; while echo w $i x; do i=$((i+1)); sleep 0.01; done'"\nstartsecs = 0\nstdout_logfile = "web.log"\n` });
  await waitFor('output', () => text(d, 'web.log').length > 50);
  renameSync(join(d.dir, 'web.log'), join(d.dir, 'web.log.old'));
  d.kill('SIGUSR2');
  await waitFor('the new file', () => text(d, 'web.log').length > 50);
  const all = numbers(text(d, 'web.log.old') + text(d, 'web.log'), 'w');
  assert.deepEqual(all, all.map((_, at) => at));
});

onBoth('on a full disk log_full = "block" holds the writer and loses nothing, "drop" counts what it drops, and others run on', async ({ t, start }) => {
  const dir = tempDir(t);
  const disk = smallDisk(t, dir, '300k');
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(150_000));
  const loop = (word: string, n: number): string => `["sh", "-c", "seq -f '${word} %.0f the quick brown fox jumps over the lazy dog' 1 ${n}; exec sleep 300"]`;
  const d = await start({
    dir,
    config: `[programs.holds]\ncommand = ${loop('h', 6000)}\nstartsecs = 0\nstdout_logfile = "disk/holds.log"\nlog_full = "block"\n\n[programs.drops]\ncommand = ${loop('x', 60_000)}\nstartsecs = 0\nstdout_logfile = "disk/drops.log"\nlog_full = "drop"\n\n[programs.good]\ncommand = ["${LINES}", "g", "20"]\nstartsecs = 0\nstdout_logfile = "good.log"\n`,
  });
  const blocked = await d.fact('log.blocked');
  assert.match(blocked.why, /no space left|full|ENOSPC/i);
  const dropped = await d.fact('log.dropped');
  assert.equal(dropped.process, 'drops:drops');
  assert.ok(dropped.bytes > 0);
  await waitFor('the other program\'s log', () => numbers(text(d, 'good.log'), 'g').length === 20);
  assert.equal((await d.ctl('restart', 'good')).code, 0, 'control works on');
  for (const name of ['holds', 'drops', 'good']) assert.equal((await d.view(name)).state, 'RUNNING');
  rmSync(join(disk, 'ballast'));
  rmSync(join(disk, 'drops.log'), { force: true });
  spawnSync('mount', ['-o', 'remount,size=4m', disk]);
  await d.fact('log.resumed');
  await waitFor('all lines of the held one', () => numbers(text(d, 'disk/holds.log'), 'h').length === 6000);
  assert.deepEqual(numbers(text(d, 'disk/holds.log'), 'h'), counted(6000));
}, { cannot: whyNoDisk });

onBoth('tail, clear and rotate do what they say through reevectl, and say what there is none of [B10]', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = ["${LINES}", "w", "100"]\nstartsecs = 0\nstdout_logfile = "web.log"\nstdout_logfile_backups = 3\nstderr_logfile = "none"\nlog_ring = 0\n` });
  await waitFor('the last line', () => text(d, 'web.log').includes(whole('w', 100)));
  assert.equal((await d.ctl('tail', '-46', 'web')).stdout, `${whole('w', 100).slice(-45)}\n`);
  assert.equal((await d.ctl('tail', 'web')).stdout.length, 1600);
  assert.notEqual((await d.ctl('tail', 'web', 'stderr')).code, 0);
  assert.deepEqual([(await d.ctl('rotate', 'web')).code, text(d, 'web.log'), numbers(text(d, 'web.log.1'), 'w').length], [0, '', 100]);
  writeFileSync(join(d.dir, 'web.log'), 'something\n');
  assert.deepEqual([(await d.ctl('clear', 'web')).code, text(d, 'web.log')], [0, '']);
  assert.equal(numbers(text(d, 'web.log.1'), 'w').length, 100, 'backups stay, as in supervisord');
  await d.fact('log.cleared');
  await caughtUp(d);
  assert.equal(d.facts.filter((f) => f.type === 'log.cleared').length, 1, 'said once');
});

onBoth('log_gzip switched on by apply compresses what is there and restarts nothing; clear leaves old files, compressed or not [B5][B10]', async ({ start }) => {
  const config = `[programs.web]\ncommand = ["${LINES}", "w", "100"]\nstartsecs = 0\nstdout_logfile = "logs/web.log"\nstdout_logfile_backups = 3\nstderr_logfile = "none"\n`;
  const d = await start({ config });
  await waitFor('the last line', () => text(d, 'logs/web.log').includes(whole('w', 100)));
  const { pid } = await d.state('web', 'RUNNING');
  assert.equal((await d.ctl('rotate', 'web')).code, 0);
  const written = readFileSync(d.configFile, 'utf8');
  writeFileSync(d.configFile, written.replace('stderr_logfile', 'log_gzip = true\nstderr_logfile'));
  assert.match((await d.ctl('apply', '--dry-run')).stdout, /log_gzip.*false.*true/);
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  const names = (): string => readdirSync(join(d.dir, 'logs')).toSorted().join();
  await waitFor('the old file to be compressed', () => names() === 'web.log,web.log.1.gz');
  assert.equal((await d.view('web')).pid, pid);
  const again = async (): Promise<void> => {
    assert.equal((await d.ctl('restart', 'web')).code, 0);
    await waitFor('the lines of the next life', () => text(d, 'logs/web.log').includes(whole('w', 100)));
    assert.equal((await d.ctl('rotate', 'web')).code, 0);
  };
  await again();
  await waitFor('the second', () => names() === 'web.log,web.log.1.gz,web.log.2.gz');
  assert.equal(numbers(gunzipSync(readFileSync(join(d.dir, 'logs/web.log.2.gz'))).toString(), 'w').length, 100);
  writeFileSync(d.configFile, written);
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  await again();
  assert.equal((await d.ctl('clear', 'web')).code, 0);
  assert.equal(names(), 'web.log,web.log.1,web.log.2.gz,web.log.3.gz');
});

onBoth('loglevel=debug of an INI file puts what programs write into the main log, from the next apply on', async ({ start }) => {
  const d = await start({ config: '[supervisord]\nlogfile=%(here)s/main.log\npidfile=%(here)s/p\nloglevel=info\n[unix_http_server]\nfile=%(here)s/reeve.sock\n[program:web]\ncommand=sh -c "while :; do echo tick; sleep 0.1; done"\nstartsecs=0\nstdout_logfile=%(here)s/web.log\n' });
  const { pid } = await d.state('web', 'RUNNING');
  await waitFor('some lines', () => text(d, 'web.log').split('tick').length > 3);
  assert.doesNotMatch(text(d, 'main.log'), /tick/);
  writeFileSync(d.configFile, readFileSync(d.configFile, 'utf8').replace('loglevel=info', 'loglevel=debug'));
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  await waitFor('its output', () => /^\S+ \S+ DEBG 'web' stdout output:\ntick\n\n/m.test(text(d, 'main.log')));
  assert.equal((await d.view('web')).pid, pid);
});

onBoth('tail -f shows every line across rotations, and logs -f all shows every program\'s with its name [B10]', async ({ t, start }) => {
  const gated = (word: string): string => `["sh", "-c", "echo begin ${word}; until [ -e go ]; do sleep 0.05; done; exec ${LINES} ${word} 300"]`;
  const d = await start({ config: `[programs.web]\ncommand = ${gated('w')}\nstartsecs = 0\nstdout_logfile = "web.log"\nstdout_logfile_maxbytes = 3000\nstdout_logfile_backups = 2\n\n[programs.api]\ncommand = ${gated('a')}\nstartsecs = 0\n` });
  const follow = (...args: string[]) => {
    const child = spawn(process.execPath, [REEVECTL, '-c', d.configFile, ...args], { cwd: d.dir, stdio: ['ignore', 'pipe', 'inherit'] });
    atEnd(t, () => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (bytes) => (said += bytes));
    return { said: () => said };
  };
  const tail = follow('tail', '-f', 'web');
  const logs = follow('logs', '-f', 'all');
  // Who shows the past is connected: what comes from now on is shown too.
  await waitFor('both followers', () => tail.said().includes('begin w') && logs.said().includes('begin w') && logs.said().includes('begin a'));
  writeFileSync(join(d.dir, 'go'), '');
  await waitFor('all lines in tail -f', () => numbers(tail.said(), 'w').length === 300);
  assert.deepEqual(numbers(tail.said(), 'w'), counted(300));
  await waitFor('all lines in logs -f', () => logs.said().split('\n').length >= 603);
  const lines = logs.said().split('\n').filter((line) => !/begin [wa]$/.test(line));
  for (const [name, word] of [['web', 'w'], ['api', 'a']] as const) {
    assert.deepEqual(lines.filter((l) => l.startsWith(name)).map((l) => Number(new RegExp(`\\b${word} (\\d+) the quick`).exec(l)?.[1])), counted(300));
  }
});

onBoth('rotate through REST answers each name by itself, also an unknown one', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = ["${LINES}", "w", "5"]\nstartsecs = 0\nstdout_logfile = "web.log"\n` });
  const answer = await operate(d, 'logs/rotate', { names: ['web', 'nope'] });
  assert.deepEqual(answer.json<{ targets: { name: string; outcome: string; code: string | null }[] }>().targets.map((x) => [x.name, x.outcome, x.code]), [['web', 'ok', null], ['nope', 'error', 'NOT_FOUND']]);
});
