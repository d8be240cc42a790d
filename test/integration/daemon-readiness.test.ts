// Readiness with real programs: each way to say or show it, what is said when it does not come, and that nothing of a probe is left.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Daemon, tempDir } from '../support/daemon.ts';
import { ask, caughtUp, onBoth } from '../support/both-layers.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server that counts its visitors and answers each with the same bytes. */
async function server(t: { after(what: () => unknown): void }, answer: () => string): Promise<{ readonly port: number; readonly visits: () => number; readonly open: () => number }> {
  let visits = 0;
  let open = 0;
  const made = createServer((socket) => {
    visits += 1;
    open += 1;
    socket.on('error', () => {}).on('close', () => (open -= 1)).once('data', () => socket.end(answer()));
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  t.after(() => made.close());
  const address = made.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, visits: () => visits, open: () => open };
}

const ready = (d: Daemon, name: string): Promise<unknown> => d.fact('process.ready', (f) => f.process === `${name}:${name}`);
const shell = (script: string): string => `command = ["/bin/sh", "-c", ${JSON.stringify(script)}]`;

onBoth('a program is ready when a line of its output says so, on either channel, with or without a log [E23]', async ({ start }) => {
  const d = await start({
    config: `[programs.out]\n${shell('echo booting; sleep 0.2; echo listening on 80; exec sleep 300')}\nstartsecs = 0\nready = { log = "^listening on \\\\d+" }\n`
      + `[programs.err]\n${shell('printf "still booting, " >&2; sleep 0.1; printf "READY now\\n" >&2; exec sleep 300')}\nstdout_logfile = "none"\nstderr_logfile = "none"\nlog_ring = 0\nready = { log = "READY" }\n`,
  });
  await Promise.all([ready(d, 'out'), ready(d, 'err')]);
  assert.equal((await d.view('out')).ready, true);
  assert.deepEqual(d.facts.filter((f) => f.type === 'process.running' && f.process === 'out:out').map((f) => f.type === 'process.running' && f.ready), [false], 'RUNNING at once, and not ready');
  assert.match((await d.ctl('tail', 'out')).stdout, /booting\nlistening on 80\n/);
});

onBoth('a program is ready when it writes a newline to its descriptor, as for s6 [E23]', async ({ start }) => {
  const d = await start({ config: `[programs.s6]\n${shell('sleep 0.1; echo >&3; exec 3>&-; exec sleep 300')}\nready = { fd = 3 }\n[programs.far]\n${shell('sleep 0.1; printf "\\n" >&7; exec sleep 300')}\nready = { fd = 7 }\n[programs.mute]\n${shell('exec 3>&-; exec sleep 300')}\nready = { fd = 3 }\nstart_timeout = "500ms"\nrestart = "temporary"\n` });
  await Promise.all([ready(d, 's6'), ready(d, 'far')]);
  const condemned = await d.fact('process.condemned', (f) => f.process === 'mute:mute');
  assert.equal(condemned.why, 'not ready within 0.5 s');
  assert.equal((await d.state('mute', 'EXITED')).why, 'not ready within 0.5 s');
});

onBoth('a program is ready when its URL answers well: not by a wrong status, nor by something that is no HTTP [E23]', async ({ t, start }) => {
  let status = 503;
  const web = await server(t, () => `HTTP/1.1 ${status} Whatever\r\nContent-Length: 0\r\n\r\n`);
  const odd = await server(t, () => 'SSH-2.0-OpenSSH_9.2\r\n');
  const d = await start({
    config: `[programs.web]\ncommand = "sleep 300"\nready = { http = "http://127.0.0.1:${web.port}/ready?x=1", interval = "100ms" }\n[programs.odd]\ncommand = "sleep 300"\nready = { http = "http://127.0.0.1:${odd.port}/", interval = "100ms" }\nstart_timeout = "1s"\nrestart = "temporary"\n`
      + `[programs.made]\ncommand = "sleep 300"\nready = { http = "http://127.0.0.1:${web.port}/", status = [201, 503] }\n`,
  });
  await ready(d, 'made');
  assert.match((await d.fact('process.condemned', (f) => f.process === 'odd:odd')).why, /does not answer in HTTP/);
  assert.equal((await d.view('web')).ready, false);
  assert.match((await d.ctl('explain', 'web')).stdout, /It is ready when its URL answers well. So far: http:\/\/127\.0\.0\.1:\d+\/ready\?x=1 answers 503/);
  const readyz = await ask(d.socket, '/readyz');
  assert.deepEqual([readyz.status, /web:web RUNNING, not ready/.test(readyz.text)], [503, true], readyz.text);
  status = 204;
  await ready(d, 'web');
  const visits = web.visits();
  await caughtUp(d);
  assert.equal(web.visits(), visits, 'who is ready is not asked any more');
  assert.equal((await d.ctl('wait', 'web', '--for', 'ready', '--timeout', '10s')).code, 0);
});

onBoth('a program is ready when it takes connections, over TCP or a unix socket, or when a command says so [E23, D54]', async ({ t, start }) => {
  const tcp = await server(t, () => '');
  const dir = tempDir(t);
  const late = createServer(() => {});
  t.after(() => late.close());
  const d = await start({
    config: `[programs.tcp]\ncommand = "sleep 300"\nready = { tcp = "127.0.0.1:${tcp.port}" }\n[programs.unix]\ncommand = "sleep 300"\nready = { tcp = "unix:${join(dir, 'app.sock')}" }\n`
      + `[programs.asked]\ncommand = "sleep 300"\nenvironment = { FLAG = "up" }\nready = { exec = ["/bin/sh", "-c", "test -e flag && test $FLAG = up && test -z \\"$SUPERVISION_ID\\""], interval = "100ms" }\ndirectory = "."\n`,
  });
  await ready(d, 'tcp');
  assert.equal((await d.view('unix')).ready, false);
  late.listen(join(dir, 'app.sock'));
  await ready(d, 'unix');
  await waitFor('the connection to be closed', () => tcp.open() === 0);
  await waitFor('the command to have been asked', async () => /So far: \/bin\/sh: exit status 1/.test((await d.ctl('explain', 'asked')).stdout));
  writeFileSync(join(d.dir, 'flag'), '');
  await ready(d, 'asked');
});

onBoth('one that is not ready in time has failed: it is ended, started anew with a delay, and FATAL past startretries [E23]', async ({ start }) => {
  const d = await start({ config: '[programs.never]\ncommand = "sleep 300"\nstartsecs = 0\nready = { tcp = "127.0.0.1:1", interval = "50ms" }\nstart_timeout = "300ms"\nstartretries = 1\nrestart_delay = "100ms"\n' });
  const answer = await d.ctl('start', 'never');
  assert.equal(answer.code, 0, 'already started is no failure');
  const fatal = await d.fact('process.fatal');
  assert.match(fatal.why, /^not ready within 0\.3 s: 127\.0\.0\.1:1: connection refused$/);
  await caughtUp(d);
  assert.deepEqual(d.facts.flatMap((f) => (f.type === 'process.condemned' ? [f.incarnation] : [])), [1, 2]);
  const again = await d.ctl('start', 'never');
  assert.deepEqual([again.code, again.stdout], [7, 'never: ERROR (spawn error)\n']);
});

onBoth('a start by hand waits for readiness, and a restart one by one goes by it', async ({ start }) => {
  const d = await start({ config: `[programs.pool]\n${shell('sleep 0.3; echo up; exec sleep 300')}\nnumprocs = 2\nstartsecs = 0\nautostart = false\nready = { log = "up" }\n` });
  assert.deepEqual((await d.ctl('start', 'pool:*')).stdout, 'pool:pool-0: started\npool:pool-1: started\n');
  assert.deepEqual([(await d.view('pool:pool-0')).ready, (await d.view('pool:pool-1')).ready], [true, true]);
  await caughtUp(d);
  const from = d.facts.length;
  assert.equal((await d.ctl('restart', '--rolling', 'pool:*')).code, 0);
  await caughtUp(d);
  const said = d.facts.slice(from).flatMap((f) => (f.type === 'process.stopping' || f.type === 'process.ready' ? [`${f.type} ${f.process}`] : []));
  assert.deepEqual(said, ['process.stopping pool:pool-0', 'process.ready pool:pool-0', 'process.stopping pool:pool-1', 'process.ready pool:pool-1']);
});

onBoth('nothing of a probe outlives the life that it asks for: no connection, no command, no descriptor', async ({ t, start }) => {
  const slow = createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  t.after(() => slow.close());
  const address = slow.address();
  assert.ok(address !== null && typeof address === 'object');
  const d = await start({
    config: `[programs.idle]\ncommand = "sleep 300"\n[programs.web]\ncommand = "sleep 300"\nautostart = false\nready = { http = "http://127.0.0.1:${address.port}/", timeout = "1h" }\nstart_timeout = "infinity"\n`
      + '[programs.asked]\ncommand = "sleep 300"\nautostart = false\nready = { exec = ["/bin/sh", "-c", "echo $$ > probe.pid; sleep 301 & sleep 302"], timeout = "1h" }\nstart_timeout = "infinity"\ndirectory = "."\n',
  });
  const descriptors = (): number => readdirSync(`/proc/${d.pid}/fd`).length;
  await d.state('idle', 'RUNNING');
  const connections = (): Promise<number> => new Promise((resolve) => slow.getConnections((_error, count) => resolve(count)));
  const cycle = async (): Promise<void> => {
    await d.ctl('start', '--wait', '0', 'web', 'asked');
    await waitFor('the connection of the probe', async () => (await connections()) === 1);
    await waitFor('the command of the probe', () => {
      try {
        return Number(readFileSync(join(d.dir, 'probe.pid'), 'utf8')) > 0;
      } catch {
        return false;
      }
    });
    const probe = Number(readFileSync(join(d.dir, 'probe.pid'), 'utf8'));
    await d.ctl('stop', 'web', 'asked');
    await waitFor('the connection to be closed', async () => (await connections()) === 0);
    await waitFor('the command and what it started to be gone', () => !readdirSync('/proc').some((pid) => {
      try {
        return /^\d+$/.test(pid) && Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]) === probe && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    }));
    writeFileSync(join(d.dir, 'probe.pid'), '');
  };
  await cycle();
  const before = descriptors();
  await cycle();
  await waitFor('the descriptors to be as before', () => descriptors() <= before);
});

onBoth('a program that says READY=1 is ready, one that says RELOADING=1 is not until it says READY=1 again, and who waits for it goes by that [D54]', async ({ start }) => {
  const talk = 'import os, socket, time\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ndef say(text):\n    s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])\n'
    + 'def wait(name):\n    while not os.path.exists(name):\n        time.sleep(0.02)\nwait("go")\nsay("READY=1")\nwait("reload")\nsay("RELOADING=1")\nwait("again")\nsay("READY=1")\ntime.sleep(300)\n';
  const d = await start({
    config: '[programs.app]\ncommand = ["python3", "talk.py"]\ndirectory = "."\nstartsecs = 0\nready = { notify = true }\n[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\ndepends_on = ["app:ready"]\n', files: { 'talk.py': talk },
  });
  await d.state('app', 'RUNNING');
  assert.match((await d.ctl('explain', 'app')).stdout, /It is ready when it says READY=1 on NOTIFY_SOCKET\. Without that within \d+ s this start has failed\./);
  assert.equal((await d.view('web')).state, 'BACKOFF');
  writeFileSync(join(d.dir, 'go'), '');
  await ready(d, 'app');
  await d.state('web', 'RUNNING');
  writeFileSync(join(d.dir, 'reload'), '');
  await d.fact('process.unready', (f) => f.process === 'app:app');
  assert.deepEqual([(await d.view('app')).ready, (await d.view('app')).state, (await d.view('web')).state], [false, 'RUNNING', 'RUNNING']);
  assert.match((await d.ctl('restart', '--wait', '1s', 'web')).stderr, /not finished; it goes on/);
  assert.equal((await d.view('web')).why, 'waits for app to be ready');
  writeFileSync(join(d.dir, 'again'), '');
  await d.fact('process.running', (f) => f.process === 'web:web' && f.incarnation === 2);
}, { only: { layer: 'native', because: 'NOTIFY_SOCKET needs the native OS layer' } });
