// The daemon's own log: supervisord's lines under an INI, JSON under TOML, people's lines in the foreground.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { DaemonSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { sayFact } from '../../daemon/logs/daemon-log-lines.ts';
import { type DaemonLog, openDaemonLog } from '../../daemon/logs/daemon-log.ts';

/** 12:00:00.123 on the local wall, so that the test does not depend on the zone. */
const AT = new Date(2026, 0, 31, 12, 0, 0, 123).getTime();

function spec(over: Partial<DaemonSpec>): DaemonSpec {
  return {
    identifier: 'reeve', stateDir: null, runtimeDir: null, logfile: null, logfileMaxBytes: 0, logfileBackups: 10, logLevel: 'info', logFormat: 'supervisord',
    pidfile: null, nodaemon: true, silent: false, umask: 0o22, user: null, directory: null, minfds: 1024, minprocs: 200, environment: {},
    statsd: null, shutdownGraceMs: 8000, shutdownTimeoutMs: null, intensity: { max: null, windowMs: 0 }, onFailure: 'stay', ...over,
  };
}

let seq = 0;
const fact = (body: FactBody): Fact => ({ ...body, seq: ++seq, at: AT });
const exited = (over: object) => fact({ type: 'process.exited', process: 'web:web', incarnation: 1, pid: 42, code: 0, signal: null, coreDumped: false, expected: true, ranMs: 5000, from: 'RUNNING', left: [], ...over });

interface Opened {
  readonly log: DaemonLog;
  readonly path: string;
  readonly own: FactBody[];
  lines(): string[];
}

function opened(t: TestContext, over: Partial<DaemonSpec> = {}): Opened {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-mainlog-'));
  const path = join(dir, 'logs/reeved.log');
  const own: FactBody[] = [];
  const log = openDaemonLog({ spec: spec({ logfile: path, ...over }), foreground: false, onFact: (f) => own.push(f), wall: () => AT });
  t.after(() => {
    log.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { log, path, own, lines: () => readFileSync(path, 'utf8').split('\n').slice(0, -1) };
}

test('at debug what programs write is in the log too, in supervisord\'s words; a terminal is not led astray', (t) => {
  const { log, lines } = opened(t, { logLevel: 'info' });
  assert.equal(log.echoes, false);
  assert.equal(log.configure(spec({ logfile: log.path, logLevel: 'debug' })), null);
  assert.equal(log.echoes, true);
  log.echo('shop:web', 'stdout', Buffer.from('one\ntwo\n'));
  log.echo("it's:it's", 'stderr', Buffer.from('\x1b[2Jclear'));
  const at = '2026-01-31 12:00:00,123';
  assert.deepEqual(lines(), [`${at} DEBG 'web' stdout output:`, 'one', 'two', '', `${at} DEBG "it's" stderr output:`, '?[2Jclear']);
  const own = opened(t, { logLevel: 'debug', logFormat: 'json' });
  assert.equal(own.log.echoes, false);
});

test('the log moves while the daemon runs, and stays where it is when the new place cannot be had', (t) => {
  const { log, path, lines } = opened(t);
  log.message('info', 'first');
  const moved = `${path}-moved`;
  assert.equal(log.configure(spec({ logfile: moved })), null);
  log.message('info', 'second');
  assert.equal(log.path, moved);
  assert.match(log.configure(spec({ logfile: tmpdir(), logLevel: 'warn' })) ?? '', /^cannot open log .*: it is a directory/);
  log.message('info', 'not asked for any more');
  log.message('warn', 'third');
  assert.equal(log.configure(spec({ logfile: null })), null);
  log.message('info', 'in memory');
  assert.equal(log.path, null);
  assert.deepEqual([lines().length, readFileSync(moved, 'utf8').split('\n').length], [1, 3]);
  const kept = log.read(-1000, 0);
  assert.match('bytes' in kept ? Buffer.from(kept.bytes).toString() : '', /INFO in memory\n$/);
});

test('logfile = syslog sends each line with its time and level, and keeps the last in memory', (t) => {
  const sent: string[] = [];
  const syslog = { send: (name: string | null, bytes: Buffer, start: number, end: number) => sent.push(`${name} ${bytes.toString('utf8', start, end)}`) > 0, close: () => undefined };
  const log = openDaemonLog({ spec: spec({ logfile: 'syslog', logLevel: 'debug' }), foreground: false, onFact: () => undefined, wall: () => AT, syslog });
  t.after(() => log.close());
  log.message('warn', 'careful');
  log.echo('web:web', 'stdout', Buffer.from('a\nb'));
  const at = '2026-01-31 12:00:00,123';
  assert.deepEqual(sent, [`null ${at} WARN careful`, `null ${at} DEBG 'web' stdout output:`, `null ${at} DEBG a`, `null ${at} DEBG b`]);
  assert.equal(log.path, null);
});

test('under an INI each line is one that supervisord would have written', (t) => {
  const { log, lines } = opened(t);
  log.fact(fact({ type: 'process.spawned', process: 'web:web', incarnation: 1, pid: 42, supervisionId: 'x' }));
  log.fact(fact({ type: 'process.running', process: 'web:web', incarnation: 1, pid: 42, startMs: 10_000, ready: true }));
  log.fact(exited({ code: 2, expected: false }));
  log.fact(exited({ code: 0 }));
  log.fact(exited({ code: 0, from: 'STARTING' }));
  log.fact(exited({ code: null, signal: 'SEGV', coreDumped: true, expected: false }));
  log.fact(exited({ code: null, signal: 'TERM', expected: false, from: 'STOPPING' }));
  log.fact(fact({ type: 'process.stopping', process: 'web:web', incarnation: 1, from: 'RUNNING', pid: 42, signal: 'TERM', scope: 'main', why: 'unix stopped it' }));
  log.fact(fact({ type: 'process.escalated', process: 'web:web', incarnation: 1, signal: 'KILL', scope: 'main', waitedMs: 10_000, pids: [42] }));
  log.fact(fact({ type: 'process.spawn_failed', process: 'web:web', incarnation: 2, kind: 'no_command', message: "can't find command 'nginz'" }));
  log.fact(fact({ type: 'process.fatal', process: 'web:web', incarnation: 2, from: 'BACKOFF', why: 'Exited too quickly' }));
  log.fact(fact({ type: 'stranger.reaped', pid: 77, code: 0, signal: null }));
  log.fact(fact({ type: 'daemon.stopping', mode: 'warm', why: 'received SIGTERM' }));
  const at = '2026-01-31 12:00:00,123';
  assert.deepEqual(lines(), [
    `${at} INFO spawned: 'web' with pid 42`,
    `${at} INFO success: web entered RUNNING state, process has stayed up for > than 10 seconds (startsecs)`,
    `${at} WARN exited: web (exit status 2; not expected)`,
    `${at} INFO exited: web (exit status 0; expected)`,
    `${at} WARN exited: web (exit status 0; not expected)`,
    `${at} WARN exited: web (terminated by SIGSEGV (core dumped); not expected)`,
    `${at} WARN stopped: web (terminated by SIGTERM)`,
    `${at} INFO waiting for web to stop`,
    `${at} WARN killing 'web' (42) with SIGKILL`,
    `${at} INFO spawnerr: can't find command 'nginz'`,
    `${at} INFO gave up: web entered FATAL state, too many start retries too quickly`,
    `${at} INFO reaped unknown pid 77 (exit status 0)`,
    `${at} WARN received SIGTERM indicating exit request`,
  ]);
});

test('under TOML a line is an object with pino\'s level, time and msg, and everything the fact says', (t) => {
  const { log, lines } = opened(t, { logFormat: 'json' });
  log.fact(exited({ process: 'pool:worker_1', code: 3, expected: false }));
  log.message('warn', 'two\nlines', { port: 9001 });
  const [first, second] = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    { level: first?.['level'], time: first?.['time'], msg: first?.['msg'], type: first?.['type'], process: first?.['process'], code: first?.['code'] },
    { level: 40, time: AT, msg: 'exited: pool:worker_1 (exit status 3; not expected)', type: 'process.exited', process: 'pool:worker_1', code: 3 },
  );
  assert.deepEqual(second, { level: 40, time: AT, msg: 'two\nlines', port: 9001 });
});

test('debug facts are not printed at info, and are at debug', (t) => {
  const quiet = opened(t);
  const starting = fact({ type: 'process.starting', process: 'web:web', incarnation: 1, from: 'STOPPED', tries: 0 });
  quiet.log.fact(starting);
  assert.deepEqual(quiet.lines(), []);
  const loud = opened(t, { logLevel: 'debug' });
  loud.log.fact(starting);
  assert.match(loud.lines()[0] ?? '', /DEBG web: life 1 begins$/);
});

test('news of health say what it was only where that is something else', () => {
  const said = (value: 'unknown' | 'unhealthy'): string => sayFact(fact({ type: 'health.changed', process: 'web:web', incarnation: 1, value, previous: 'unknown', why: 'refused' }), 'own').text;
  assert.deepEqual([said('unknown'), said('unhealthy')], ['web is unknown: refused', 'web is unhealthy, it was unknown: refused']);
});

test('a message cannot forge a second line', (t) => {
  const { log, lines } = opened(t);
  log.message('info', "unknown name 'x'\n2026-01-31 12:00:00,123 CRIT forged");
  assert.equal(lines().length, 1);
});

test('a name in a request cannot steer the terminal of whoever reads the log', (t) => {
  const { log, lines } = opened(t);
  log.message('info', "unknown name '\u001b[2J\u009b31mx\t'\u202e");
  assert.match(lines()[0] ?? '', /unknown name '\?\[2J\?31mx\t'\?$/);
});

test('the main log rotates at its size and says so without ending in itself', (t) => {
  const { log, path, own } = opened(t, { logfileMaxBytes: 1000, logfileBackups: 2, logLevel: 'debug' });
  const rotated = () => own.splice(0).forEach((f) => log.fact(fact(f)));
  for (let n = 0; n < 60; n++) {
    log.message('info', `line ${n} ${'x'.repeat(40)}`);
    rotated();
  }
  assert.ok(statSync(`${path}.1`).size >= 1000);
  assert.ok(existsSync(`${path}.2`));
  assert.ok(!existsSync(`${path}.3`));
});

test('a line that comes while another is being written follows it whole', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-mainlog-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'm.log');
  const log: DaemonLog = openDaemonLog({
    spec: spec({ logfile: path, logfileMaxBytes: 300, logfileBackups: 5, logLevel: 'debug' }), foreground: false, wall: () => AT,
    onFact: (f) => log.fact(fact(f)),
  });
  for (let n = 0; n < 8; n++) log.message('info', `line ${n} ${'x'.repeat(60)}`);
  log.close();
  const all = [`${path}.3`, `${path}.2`, `${path}.1`, path].filter((p) => existsSync(p)).map((p) => readFileSync(p, 'utf8')).join('');
  assert.deepEqual(all.match(/line \d/g), Array.from({ length: 8 }, (_, n) => `line ${n}`));
  assert.ok(all.includes('DEBG rotated'));
});

test('after an external logrotate moved the file, reopen writes a new one', (t) => {
  const { log, path, lines } = opened(t);
  log.message('info', 'before');
  renameSync(path, `${path}.old`);
  assert.equal(log.reopen(), null);
  log.message('info', 'after');
  assert.deepEqual(lines().map((l) => l.split(' ').at(-1)), ['after']);
});

test('the log is read by supervisord\'s rules and followed line by line', (t) => {
  const { log } = opened(t);
  const seen: string[] = [];
  log.message('info', 'one');
  const end = log.follow((bytes) => seen.push(Buffer.from(bytes).toString()));
  log.message('info', 'two');
  end();
  log.message('info', 'three');
  assert.deepEqual(seen, ['2026-01-31 12:00:00,123 INFO two\n']);
  const last = log.read(-6, 0);
  assert.ok('bytes' in last);
  assert.equal(Buffer.from(last.bytes).toString(), 'three\n');
});

test('without a file the last lines are read from memory', () => {
  const log = openDaemonLog({ spec: spec({ silent: true }), foreground: true, onFact: () => {}, wall: () => AT });
  log.message('info', 'kept');
  const got = log.read(-5, 0);
  assert.ok('bytes' in got);
  assert.equal(Buffer.from(got.bytes).toString(), 'kept\n');
  log.close();
});

test('a log file that cannot be opened is a problem, not the end of the daemon', (t) => {
  const { path } = opened(t);
  const log = openDaemonLog({ spec: spec({ logfile: join(path, 'below/a/file.log'), silent: true }), foreground: false, onFact: () => {}, wall: () => AT });
  assert.match(log.problem ?? '', /^cannot open log .*file\.log/);
  log.message('info', 'still here');
  const got = log.read(-11, 0);
  assert.ok('bytes' in got);
  assert.equal(Buffer.from(got.bytes).toString(), 'still here\n');
});

test('a group name is printed where the process name alone would not be enough, except in supervisord\'s form', () => {
  const spawned = fact({ type: 'process.spawned', process: 'pool:worker_1', incarnation: 1, pid: 7, supervisionId: 'x' });
  assert.equal(sayFact(spawned, 'own').text, "spawned: 'pool:worker_1' with pid 7");
  assert.equal(sayFact(spawned, 'supervisord').text, "spawned: 'worker_1' with pid 7");
});
