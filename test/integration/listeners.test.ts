// Event listeners with a real daemon: what they may do wrong, and a program that is looked after by one.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startDaemon, tempDir } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');

interface Told {
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

interface World {
  readonly d: Daemon;
  told(file?: string): readonly Told[];
}

/** A daemon with these sections; DIR and RECORDER stand for the directory and the command of the recording listener. */
async function start(t: TestContext, sections: string, env: Readonly<Record<string, string>> = {}): Promise<World> {
  const dir = tempDir(t);
  const config = `[supervisord]\nlogfile=DIR/main.log\npidfile=DIR/main.pid\nchildlogdir=DIR\n[unix_http_server]\nfile=DIR/reeve.sock\n${sections}`;
  const d = await startDaemon(t, { dir, env, config: config.replaceAll('RECORDER', `python3 ${FIXTURES}/event-recorder.py`).replaceAll('FIXTURES', FIXTURES).replaceAll('DIR', dir) });
  return {
    d,
    told: (file = 'events') => (existsSync(join(dir, file)) ? readFileSync(join(dir, file), 'utf8').trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Told) : []),
  };
}

const names = (told: readonly Told[]): readonly string[] => told.map((one) => `${one.headers['eventname']} ${one.payload}`);

test('an event that is refused is sent again, with its number, before newer ones', async (t) => {
  const { d, told } = await start(t, '[eventlistener:l]\ncommand=RECORDER DIR/events --fail-first 2\nevents=PROCESS_STATE_RUNNING\n[program:a]\ncommand=sleep 100\n[program:b]\ncommand=sleep 100\n');
  await waitFor('all events', () => told().length >= 5);
  const serials = told().map((one) => one.headers['poolserial']);
  assert.deepEqual(serials, ['0', '0', '0', '1', '2']);
  assert.equal((await d.fact('listener.rejected')).result, 'FAIL');
});

test('a listener that dies while busy loses nothing: its next life gets the event again', async (t) => {
  const { d, told } = await start(t, '[eventlistener:l]\ncommand=RECORDER DIR/events --die-on PROCESS_STATE_BACKOFF\nevents=PROCESS_STATE_BACKOFF\nautorestart=true\n[program:bad]\ncommand=sh -c "sleep 1.2; exit 1"\nstartsecs=3\nstartretries=0\n');
  await d.fact('process.exited', (f) => f.process === 'l:l');
  await waitFor('the event, twice', () => told().length >= 2);
  const [first, second] = told();
  assert.notEqual(first?.pid, second?.pid);
  assert.deepEqual(second?.headers, first?.headers);
  assert.equal(second?.payload, 'processname:bad groupname:bad from_state:STARTING tries:1');
});

test('a listener that prints garbage gets no more, until it is restarted (compat trap 15)', async (t) => {
  const { d, told } = await start(t, '[eventlistener:l]\ncommand=RECORDER DIR/events --garbage-after 1\nevents=PROCESS_STATE_RUNNING\n[program:a]\ncommand=sleep 100\nautostart=false\n');
  const broken = await d.fact('listener.broken');
  assert.deepEqual([broken.process, broken.pool, broken.why], ['l:l', 'l', 'bad result line: "debug: this is no answer"']);
  assert.equal(told().length, 1);
  await d.ctl('start', 'a');
  assert.equal((await d.ctl('restart', 'l')).code, 0);
  // What it had when it broke comes first.
  await waitFor('its next life to be told', () => told().length >= 2);
  assert.deepEqual(told()[1]?.headers, told()[0]?.headers);
  assert.match(readFileSync(join(d.dir, 'main.log'), 'utf8'), /WARN l: has entered the UNKNOWN state and will no longer receive events/);
});

test('a listener that never reads drops the oldest events, counted, and keeps no memory', async (t) => {
  const { d } = await start(t, `[eventlistener:l]
command=RECORDER DIR/events --deaf
events=PROCESS_LOG
buffer_size=3
[program:loud]
command=python3 -c "import sys,time; time.sleep(1.5); [(sys.stdout.write('x' * 100000), sys.stdout.flush()) for _ in range(400)]; time.sleep(100)"
stdout_events_enabled=true
stdout_logfile=DIR/loud.log
stdout_logfile_maxbytes=0
`);
  const first = await d.fact('listener.dropped');
  assert.deepEqual([first.pool, first.events], ['l', 1]);
  // The log is whole, whatever its listener does.
  await waitFor('the whole log', () => existsSync(join(d.dir, 'loud.log')) && readFileSync(join(d.dir, 'loud.log')).length === 40_000_000, 30_000);
  assert.match(readFileSync(join(d.dir, 'main.log'), 'utf8'), /ERRO pool l event buffer overflowed, discarding event 1\n/);
  assert.equal((await d.ctl('stop', 'l')).code, 0);
});

test('an event goes to every pool that wants it and to one process of each', async (t) => {
  const { d, told } = await start(t, `[eventlistener:one]
command=RECORDER DIR/one
events=PROCESS_STATE_RUNNING,TICK_5
process_name=one_%(process_num)d
numprocs=3
[eventlistener:two]
command=RECORDER DIR/two
events=PROCESS_STATE
[program:a]
command=sleep 100
[program:b]
command=sleep 100
`);
  const about = (file: string, name: string): readonly Told[] => told(file).filter((one) => one.headers['eventname'] === 'PROCESS_STATE_RUNNING' && one.payload.includes(`processname:${name} `));
  await waitFor('both pools to know', () => ['a', 'b'].every((name) => about('one', name).length > 0 && about('two', name).length > 0));
  for (const file of ['one', 'two']) for (const name of ['a', 'b']) assert.equal(about(file, name).length, 1, `${file} ${name}`);
  // The same event has one number everywhere, and another in each pool.
  assert.equal(about('one', 'a')[0]?.headers['serial'], about('two', 'a')[0]?.headers['serial']);
  assert.notEqual(about('one', 'a')[0]?.headers['poolserial'], about('two', 'a')[0]?.headers['poolserial']);
  // A listener hears of itself.
  assert.ok(names(told('two')).some((name) => name.startsWith('PROCESS_STATE_RUNNING processname:two groupname:two from_state:STARTING pid:')));
  const tick = await waitFor('a tick', () => told('one').find((one) => one.headers['eventname'] === 'TICK_5'));
  assert.match(tick.payload, /^when:\d+[05]$/);
  assert.equal(d.facts.filter((f) => f.type === 'listener.broken').length, 0);
});

for (const layer of ['native', 'portable']) {
  test(`lengths are bytes: text beyond ASCII does not put a listener out of step (compat trap 21, ${layer})`, async (t) => {
    const { told } = await start(t, `[eventlistener:l]
command=RECORDER DIR/events
events=PROCESS_LOG,PROCESS_COMMUNICATION
buffer_size=100
[program:talk]
command=python3 -u -c "import os,time; w=lambda b: (os.write(1, b), time.sleep(.15)); time.sleep(1.3); w(b'gr\\xc3'); w(b'\\xbc\\xc3\\x9fe \\xe2\\x82\\xac'); w(b'<!--XSUPERVISOR:BEGIN-->\\xf0\\x9f\\x98'); w(b'\\x80<!--XSUPERVISOR:END-->'); w(b'\\xff\\xfe bad'); w(b'end'); time.sleep(100)"
stdout_events_enabled=true
stdout_capture_maxbytes=1MB
stdout_logfile=DIR/talk.log
`.replaceAll('\\', '\\\\').replaceAll('\\\\x', '\\x'), layer === 'portable' ? { REEVE_OS: 'portable' } : {});
    await waitFor('the end', () => told().some((one) => one.payload.includes('end')));
    const all = told();
    const text = all.filter((one) => one.headers['eventname'] === 'PROCESS_LOG_STDOUT').map((one) => one.payload.slice(one.payload.indexOf('\n') + 1)).join('|');
    assert.ok(text.replaceAll('|', '').startsWith('grüße €😀'), text);
    assert.match(text, /Undecodable: b'\\xff\\xfe bad/);
    const captured = all.find((one) => one.headers['eventname'] === 'PROCESS_COMMUNICATION_STDOUT');
    assert.match(captured?.payload ?? '', /^processname:talk groupname:talk pid:\d+\n😀$/);
    for (const one of all) assert.equal(Number(one.headers['len']), Buffer.byteLength(one.payload));
  });
}

test('a memory watcher written against the protocol ends a program that grows, and it comes back', async (t) => {
  const { d } = await start(t, `[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[eventlistener:memory]
command=python3 FIXTURES/memory-watcher.py greedy 60
events=TICK_5
[program:greedy]
command=python3 -c "import time; held = bytearray(100_000_000); time.sleep(1000)"
[program:modest]
command=sleep 1000
`);
  const { pid } = await d.state('greedy', 'RUNNING');
  const modest = await d.state('modest', 'RUNNING');
  const again = await waitFor('the greedy one to be restarted', async () => {
    const row = await d.view('greedy');
    return row.incarnation > 1 && row.state === 'RUNNING' ? row : false;
  }, 30_000);
  assert.notEqual(again.pid, pid);
  assert.equal((await d.view('modest')).pid, modest.pid);
  assert.match((await d.ctl('tail', 'memory', 'stderr')).stdout, /greedy uses \d+ MB, more than 60: restarting it/);
});

test('a reload makes the pools anew: numbers within them begin again, those of the daemon go on', async (t) => {
  const { d, told } = await start(t, '[eventlistener:l]\ncommand=RECORDER DIR/events\nevents=SUPERVISOR_STATE_CHANGE\n');
  await waitFor('the first word', () => told().length === 1);
  await d.ctl('reload');
  await waitFor('the word after the reload', () => told().some((one, i) => i > 0 && one.headers['eventname'] === 'SUPERVISOR_STATE_CHANGE_RUNNING'));
  const running = told().filter((one) => one.headers['eventname'] === 'SUPERVISOR_STATE_CHANGE_RUNNING');
  assert.deepEqual(running.map((one) => one.headers['poolserial']), ['0', '0']);
  assert.ok(Number(running[1]?.headers['serial']) > Number(running[0]?.headers['serial']));
});

test('a program of a TOML file that names events is a listener, with pipes though it asked for none', async (t) => {
  const dir = tempDir(t);
  const d = await startDaemon(t, { dir, config: `[programs.l]\ncommand = ["python3", "${FIXTURES}/event-recorder.py", "events"]\ndirectory = "${dir}"\nevents = ["PROCESS_STATE_RUNNING"]\nstdout_logfile = "none"\nlog_ring = 0\n[programs.web]\ncommand = "sleep 100"\n` });
  const file = join(dir, 'events');
  await waitFor('both events', () => existsSync(file) && readFileSync(file, 'utf8').trim().split('\n').length === 2);
  assert.equal(d.facts.some((f) => f.type === 'listener.broken'), false);
});
