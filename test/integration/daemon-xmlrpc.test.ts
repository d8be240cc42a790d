// XML-RPC of a real daemon, without supervisord beside it: stdin, groups of a file that was read again, and the native dialect.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const value = (of: string | number | boolean): string => (typeof of === 'string' ? `<string>${escape(of)}</string>` : typeof of === 'number' ? `<int>${of}</int>` : `<boolean>${of ? 1 : 0}</boolean>`);

/** The answer with its tags taken out, or `fault CODE TEXT`. */
function rpc(daemon: Daemon, method: string, ...args: (string | number | boolean)[]): Promise<string> {
  const body = `<methodCall><methodName>${method}</methodName><params>${args.map((one) => `<param><value>${value(one)}</value></param>`).join('')}</params></methodCall>`;
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: daemon.socket, path: '/RPC2', method: 'POST', headers: { host: 'localhost', 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) }, timeout: 60_000 }, (answer) => {
      let xml = '';
      answer.setEncoding('utf8').on('data', (text: string) => (xml += text));
      answer.once('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(`${method}: HTTP ${answer.statusCode} ${xml}`));
        const fault = /<int>(\d+)<\/int>[\s\S]*<string>([\s\S]*)<\/string>/.exec(xml);
        resolve(xml.includes('<fault>') ? `fault ${fault?.[1]} ${fault?.[2]}` : xml.slice(xml.indexOf('<param>')).replace(/<[^>]*>/g, ' ').trim().split(/\s+/).join(' '));
      });
    });
    asked.once('error', reject).end(body);
  });
}

const INI = (programs: string): string => `[supervisord]\nlogfile = main.log\npidfile = main.pid\n[unix_http_server]\nfile = reeve.sock\n${programs}`;
const CAT = '[program:cat]\ncommand = /bin/cat\nstdout_logfile = cat.log\n';

test('what is sent to stdin arrives in order, and a program that closed it is a fault', async (t) => {
  const daemon = await startDaemon(t, { config: INI(`${CAT}[program:closed]\ncommand = /bin/sh -c "exec <&-; exec sleep 60"\n[program:down]\ncommand = /bin/cat\nautostart = false\n`) });
  await daemon.state('cat', 'RUNNING');
  await daemon.state('closed', 'RUNNING');
  assert.equal(await rpc(daemon, 'supervisor.sendProcessStdin', 'cat', 'one\n'), '1');
  assert.equal(await rpc(daemon, 'supervisor.sendProcessStdin', 'cat', 'zwei <é>\n'), '1');
  await waitFor('both lines in the log', () => readFileSync(join(daemon.dir, 'cat.log'), 'utf8') === 'one\nzwei <é>\n');
  await daemon.fact('audit.action', (f) => f.action === 'stdin' && f.targets[0] === 'cat:cat' && f.result === '10 bytes');
  assert.equal(await rpc(daemon, 'supervisor.sendProcessStdin', 'closed', 'x\n'), 'fault 20 NO_FILE: closed');
  assert.equal(await rpc(daemon, 'supervisor.sendProcessStdin', 'down', 'x\n'), 'fault 70 NOT_RUNNING: down');
  assert.equal(await rpc(daemon, 'supervisor.sendProcessStdin', 'nobody', 'x\n'), 'fault 10 BAD_NAME: nobody');
});

test('a program that does not read its stdin fills a bound, not the memory of the daemon', async (t) => {
  const daemon = await startDaemon(t, { config: INI('[program:idle]\ncommand = /bin/sleep 60\n') });
  await daemon.state('idle', 'RUNNING');
  const block = 'x'.repeat(200_000);
  const answers: string[] = [];
  for (let i = 0; i < 10; i++) answers.push(await rpc(daemon, 'supervisor.sendProcessStdin', 'idle', block));
  assert.equal(answers[0], '1');
  assert.equal(answers.at(-1), 'fault 30 FAILED: idle does not read its stdin');
});

test('a file that was read again is applied group by group, and a group that comes back was stopped by nobody [B10]', async (t) => {
  const daemon = await startDaemon(t, { config: INI(`${CAT}[program:old]\ncommand = /bin/sleep 60\n`) });
  await daemon.state('old', 'RUNNING');
  writeFileSync(daemon.configFile, INI(`${CAT}startsecs = 0\n[program:new]\ncommand = /bin/sleep 61\n[program:later]\ncommand = /bin/sleep 62\nautostart = false\n`));
  assert.equal(await rpc(daemon, 'supervisor.addProcessGroup', 'new'), 'fault 10 BAD_NAME: new', 'nothing was read yet');
  assert.equal(await rpc(daemon, 'supervisor.reloadConfig'), 'later new cat old');
  assert.equal((await daemon.view('old')).state, 'RUNNING', 'reading applies nothing');
  assert.equal(await rpc(daemon, 'supervisor.addProcessGroup', 'cat'), 'fault 90 ALREADY_ADDED: cat');
  assert.equal(await rpc(daemon, 'supervisor.addProcessGroup', 'new'), '1');
  assert.equal(await rpc(daemon, 'supervisor.addProcessGroup', 'later'), '1');
  await daemon.state('new', 'RUNNING');
  assert.equal((await daemon.view('later')).state, 'STOPPED');
  assert.equal(await rpc(daemon, 'supervisor.removeProcessGroup', 'old'), 'fault 91 STILL_RUNNING: old');
  assert.equal(await rpc(daemon, 'supervisor.stopProcessGroup', 'old'), 'name old group old status 80 description OK');
  assert.equal(await rpc(daemon, 'supervisor.removeProcessGroup', 'old'), '1');
  assert.equal(await rpc(daemon, 'supervisor.getProcessInfo', 'old'), 'fault 10 BAD_NAME: old');
  // Changed: down, away, and back by the new file.
  assert.equal(await rpc(daemon, 'supervisor.stopProcessGroup', 'cat'), 'name cat group cat status 80 description OK');
  assert.equal(await rpc(daemon, 'supervisor.removeProcessGroup', 'cat'), '1');
  assert.equal(await rpc(daemon, 'supervisor.addProcessGroup', 'cat'), '1');
  const again = await daemon.state('cat', 'RUNNING');
  assert.equal(again.wanted, 'up');
  assert.ok(again.incarnation > 1, 'a number is never given twice');
  assert.equal(await rpc(daemon, 'supervisor.reloadConfig'), '');
  writeFileSync(daemon.configFile, INI('[program:bad]\nautostart = true\n'));
  assert.match(await rpc(daemon, 'supervisor.reloadConfig'), /^fault 92 CANT_REREAD: .*program:bad/);
  assert.match(await rpc(daemon, 'supervisor.restart'), /^fault 92 CANT_REREAD: .*program:bad/);
  assert.equal((await daemon.view('new')).state, 'RUNNING');
});

test('the methods work on a TOML file too: groups in order, groups within groups', async (t) => {
  const daemon = await startDaemon(t, { config: `
[programs.web]
command = "sleep 60"
[programs.ingest]
command = "sleep 61"
[programs.store]
command = "sleep 62"
[groups.pipeline]
members = ["ingest", "store"]
strategy = "rest_for_one"
` });
  await daemon.state('pipeline:store', 'RUNNING');
  assert.match(await rpc(daemon, 'supervisor.getProcessInfo', 'pipeline:ingest'), /^name ingest group pipeline start \d+ stop 0 now \d+ state 20 statename RUNNING spawnerr exitstatus 0 /);
  const answer = await rpc(daemon, 'supervisor.stopProcess', 'pipeline:*');
  assert.deepEqual(answer.split(/ (?=name )/).toSorted(), ['name ingest group pipeline status 80 description OK', 'name store group pipeline status 80 description OK']);
  // A group in order ends in reverse order, one after the other.
  await daemon.fact('process.stopped', (fact) => fact.process === 'pipeline:ingest');
  assert.deepEqual(daemon.facts.flatMap((fact) => (fact.type === 'process.stopping' || fact.type === 'process.stopped' ? [`${fact.process} ${fact.type}`] : [])), [
    'pipeline:store process.stopping', 'pipeline:store process.stopped', 'pipeline:ingest process.stopping', 'pipeline:ingest process.stopped',
  ]);
  assert.equal(await rpc(daemon, 'supervisor.startProcess', 'pipeline:store'), '1');
  assert.equal(await rpc(daemon, 'supervisor.startProcessGroup', 'pipeline'), 'name ingest group pipeline status 80 description OK');
  assert.equal(await rpc(daemon, 'supervisor.reloadConfig'), '');
  assert.match(await rpc(daemon, 'supervisor.getAllConfigInfo'), /command sleep 61 /);
  await daemon.ctl('disable', 'web');
  assert.match(await rpc(daemon, 'supervisor.startProcess', 'web'), /^fault 30 FAILED: cannot start web: it is disabled/);
});
