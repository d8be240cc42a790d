// XML-RPC as Python's own client speaks it: every call goes to supervisord and to reeved, and the answers must be the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { bothIn, run, startBoth, supervisordMissing } from '../support/supervisord.ts';
import type { Both, Side } from '../support/supervisord.ts';
import { waitFor } from '../support/wait-for.ts';

const skip = supervisordMissing ?? false;

/** Reads [[method, [arguments]], …] and prints the answer to each as one line of JSON, faults and HTTP errors as answers. */
const CLIENT = String.raw`
import json, sys, http.client, socket, xmlrpc.client
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
class Transport(xmlrpc.client.Transport):
    def make_connection(self, host):
        return Connection('localhost')
server = xmlrpc.client.ServerProxy('http://localhost/RPC2', transport=Transport())
def plain(value):
    if isinstance(value, xmlrpc.client.Fault): return {'fault': value.faultCode, 'text': value.faultString}
    raise TypeError(repr(value))
for method, arguments in json.load(sys.stdin):
    try: answer = server._ServerProxy__request(method, tuple(arguments))
    except xmlrpc.client.Fault as fault: answer = {'fault': fault.faultCode, 'text': fault.faultString}
    except xmlrpc.client.ProtocolError as error: answer = {'http': error.errcode}
    print(json.dumps(answer, sort_keys=False, default=plain))
`;

type Request = readonly [method: string, ...args: readonly unknown[]];

async function answers(side: Side, requests: readonly Request[]): Promise<readonly string[]> {
  const said = await run(['python3', '-c', CLIENT, side.socket], side.dir, JSON.stringify(requests.map(([method, ...args]) => [method, args])));
  assert.equal(said.stderr, '', side.name);
  return said.stdout.replaceAll(side.dir, 'DIR').trimEnd().split('\n').map(comparable);
}

/** Times, pids and the random part of log names are not compared; that they are numbers is. */
function comparable(line: string): string {
  return line
    .replace(/"(start|stop|now|pid)": (\d+)/g, (_, key: string, number: string) => `"${key}": ${number === '0' ? 0 : '"SOME"'}`)
    .replace(/pid \d+, uptime \d:\d\d:\d\d/g, 'pid N, uptime T')
    .replace(/\b[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M\b/g, 'STAMP')
    .replace(/---supervisor(-[a-z0-9_]+)?\.log/g, '---supervisor.log')
    .replace(/\[(\{"name": [^{}]*\}(, )?)+\]/g, statusesInOrder);
}

/** What comes about within the same look of supervisord is told in any order. */
function statusesInOrder(array: string): string {
  const rows = JSON.parse(array) as { readonly name: string; readonly group: string; readonly status?: number }[];
  return rows.some((row) => row.status === undefined) ? array : JSON.stringify(rows.toSorted((a, b) => (`${a.group}:${a.name}` < `${b.group}:${b.name}` ? -1 : 1)));
}

async function compare(both: Both, requests: readonly Request[]): Promise<void> {
  const [theirs, ours] = await Promise.all(both.sides.map((side) => answers(side, requests)));
  const differ = requests.flatMap((request, index) => (theirs?.[index] === ours?.[index] ? [] : [`${JSON.stringify(request)}\n  supervisord: ${theirs?.[index]}\n  reeved:      ${ours?.[index]}`]));
  assert.equal(differ.join('\n'), '');
}

const CONFIG = `
[program:cat]
command = /bin/cat
stdout_logfile = %(here)s/cat.log
stderr_logfile = NONE
priority = 3
[program:web]
command = /bin/sleep 600
process_name = %(program_name)s_%(process_num)d
numprocs = 2
exitcodes = 0,2
stopsignal = INT
stopwaitsecs = 4
startsecs = 0
redirect_stderr = true
stdout_logfile = %(here)s/%(program_name)s_%(process_num)d.log
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 3
[program:deaf]
command = %(here)s/deaf.sh
stopwaitsecs = 1
autostart = false
autorestart = false
directory = /tmp
user = root
killasgroup = true
[program:missing]
command = /no/such/program
autostart = false
[program:quick]
command = /bin/false
autostart = false
startretries = 0
[program:failing]
command = /bin/false
autostart = false
startretries = 1000
[group:pair]
programs = left,right
priority = 50
[program:left]
command = /bin/sleep 601
[program:right]
command = /bin/sleep 602
autostart = false
serverurl = http://localhost:1
environment = A="b"
`;
const FILES = { 'deaf.sh': '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.1; done\n' };

async function started(both: Both): Promise<void> {
  for (const name of ['cat', 'web:web_0', 'web:web_1', 'pair:left']) await bothIn(both, name, 'RUNNING');
}

async function readUntil(side: Side, part: string): Promise<void> {
  await waitFor(`${part} in the log of cat under ${side.name}`, () => readFileSync(join(side.dir, 'cat.log'), 'utf8').includes(part));
}

// A daemon and a supervisord each, which wait for the look of once in a second for most of the time.
describe('calls and their answers', { concurrency: 3 }, () => {
  test('what a daemon, a process and a configuration are is told in the same structs', { skip: skip || (process.getuid?.() !== 0 && 'user = root needs root') }, async (t) => {
    const both = await startBoth(t, CONFIG, FILES);
    await started(both);
    await compare(both, [
      ['system.listMethods'], ['supervisor.getAPIVersion'], ['supervisor.getVersion'], ['supervisor.getSupervisorVersion'], ['supervisor.getIdentification'], ['supervisor.getState'],
      ['supervisor.getProcessInfo', 'cat'], ['supervisor.getProcessInfo', 'pair:right'], ['supervisor.getAllProcessInfo'], ['supervisor.reloadConfig'],
      ['supervisor.getAllConfigInfo'],
    ]);
  });

  test('every method has the same signature, and counts its arguments', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', ''), FILES);
    const [, ours] = both.sides;
    const names = JSON.parse((await answers(ours, [['system.listMethods']]))[0] ?? '[]') as string[];
    assert.equal(names.length, 41);
    await compare(both, [
      ...names.map((name): Request => ['system.methodSignature', name]),
      ...names.map((name): Request => [name, 1, 2, 3, 4, 5]),
      ['supervisor.startProcess'], ['supervisor.signalProcess', 'cat'], ['supervisor.readLog', 0], ['supervisor.getProcessInfo'],
      ['system.methodSignature', 'zz'], ['system.methodHelp', 'zz'], ['system.methodHelp'],
      ['zz'], ['supervisor.zz'], ['supervisor._update', 'x'], ['supervisor.__class__'], ['zz.getState'], ['system.zz'], ['supervisor.getState.x'],
    ]);
    const help = await answers(ours, names.map((name): Request => ['system.methodHelp', name]));
    assert.ok(help.every((text) => text.length > 15));
  });

  test('starts, stops and signals wait, fault and answer alike', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', ''), FILES);
    await started(both);
    const names = (process: string): Request[] => ['zz', 'zz:*', 'web', 'web:zz', '', ':', 'all', '*'].map((name): Request => [`supervisor.${process}`, name]);
    await compare(both, [
      ...names('startProcess'), ...names('stopProcess'), ...names('getProcessInfo'),
      ['supervisor.startProcess', 'cat'], ['supervisor.startProcess', 'web:*'], ['supervisor.startProcess', 'missing'], ['supervisor.startProcess', 'quick'],
      ['supervisor.getProcessInfo', 'missing'], ['supervisor.startProcess', 'pair:right'], ['supervisor.startProcessGroup', 'pair'], ['supervisor.startProcessGroup', 'zz'], ['supervisor.startProcessGroup', 'pair:*'],
      ['supervisor.stopProcess', 'pair:left'], ['supervisor.stopProcess', 'pair:left'], ['supervisor.getProcessInfo', 'pair:left'], ['supervisor.stopProcessGroup', 'pair'], ['supervisor.stopProcessGroup', 'pair'], ['supervisor.stopProcessGroup', 'zz'],
      ['supervisor.startProcess', 'pair:*', true], ['supervisor.stopProcess', 'pair:*', true], ['supervisor.startProcess', 'pair:right', false], ['supervisor.startProcess', 'pair:right', false],
      ['supervisor.signalProcess', 'cat', 'CONT'], ['supervisor.signalProcess', 'cat', '18'], ['supervisor.signalProcess', 'cat', 'sigcont'], ['supervisor.signalProcess', 'cat', 'NOPE'], ['supervisor.signalProcess', 'zz', 'NOPE'],
      ['supervisor.signalProcess', 'missing', 'CONT'], ['supervisor.signalProcess', 'web:*', 'CONT'], ['supervisor.signalProcess', 'web:*', 'NOPE'], ['supervisor.signalProcessGroup', 'web', 'CONT'], ['supervisor.signalProcessGroup', 'zz', 'CONT'], ['supervisor.signalAllProcesses', 'NOPE'],
    ]);
  });

  test('a process that does not obey is waited for until it is killed, and one that fails is said to', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', ''), FILES);
    await compare(both, [
      ['supervisor.startProcess', 'deaf'], ['supervisor.stopProcess', 'deaf', false], ['supervisor.stopProcess', 'deaf'], ['supervisor.startProcess', 'deaf'],
      ['supervisor.startProcess', 'failing'], ['supervisor.startProcess', 'failing'], ['supervisor.startProcess', 'failing', false], ['supervisor.stopProcess', 'failing'], ['supervisor.stopProcess', 'failing'],
    ]);
    await bothIn(both, 'deaf', 'STOPPED');
    await compare(both, [['supervisor.startProcess', 'deaf'], ['supervisor.stopProcess', 'deaf'], ['supervisor.getProcessInfo', 'deaf']]);
  });

  test('logs are read and tailed by the same rules of offset and length', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', ''), FILES);
    await started(both);
    await compare(both, [['supervisor.sendProcessStdin', 'cat', 'zwölf <&> bytes\n'], ['supervisor.sendProcessStdin', 'zz', 'x'], ['supervisor.sendProcessStdin', 'missing', 'x'], ['supervisor.sendProcessStdin', 'cat', 5], ['supervisor.sendProcessStdin', 'pair:*', 'x']]);
    for (const side of both.sides) await readUntil(side, 'bytes');
    const ranges = [[0, 0], [0, 4], [0, 999], [4, 0], [17, 0], [99, 0], [99, 5], [-5, 0], [-99, 0], [-5, 5], [0, -1], [-1, -1]] as const;
    await compare(both, [
      ...ranges.flatMap(([offset, length]): Request[] => [['supervisor.readProcessStdoutLog', 'cat', offset, length], ['supervisor.tailProcessStdoutLog', 'cat', offset, length]]),
      ['supervisor.readProcessLog', 'cat', 0, 0], ['supervisor.tailProcessLog', 'cat', 0, 2], ['supervisor.readProcessStderrLog', 'cat', 0, 0], ['supervisor.tailProcessStderrLog', 'cat', 0, 10],
      ['supervisor.readProcessLog', 'zz', 0, 0], ['supervisor.tailProcessLog', 'zz', 0, 0], ['supervisor.readProcessLog', 'web:*', 0, 0], ['supervisor.readProcessStderrLog', 'web:web_0', 0, 0],
      ['supervisor.readProcessLog', 'missing', 0, 0], ['supervisor.tailProcessLog', 'missing', 0, 5],
      ['supervisor.clearProcessLogs', 'cat'], ['supervisor.readProcessLog', 'cat', 0, 0], ['supervisor.clearProcessLog', 'cat'], ['supervisor.clearProcessLogs', 'zz'], ['supervisor.clearProcessLogs', 'web:*'], ['supervisor.clearAllProcessLogs'],
      ['supervisor.readLog', -5, 5], ['supervisor.readLog', 0, -1], ['supervisor.clearLog'], ['supervisor.sendRemoteCommEvent', 'kind', 'data'],
    ]);
  });

  test('multicall answers bare values and faults, in turn, and not itself', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', ''), FILES);
    await started(both);
    await compare(both, [
      ['system.multicall', []], ['system.multicall', 5], ['system.multicall'],
      ['system.multicall', [
        { methodName: 'supervisor.getState' }, { methodName: 'supervisor.getState', params: [] }, { methodName: 'zz' }, {}, { methodName: 'system.multicall', params: [[]] },
        { methodName: 'supervisor.startProcess', params: ['cat'] }, { methodName: 'supervisor.stopProcess', params: ['cat'] }, { methodName: 'supervisor.getProcessInfo', params: ['cat'] },
        { methodName: 'supervisor.startProcess', params: ['cat', true] }, { methodName: 'supervisor.startProcess', params: ['pair:*'] }, { methodName: 'supervisor.getIdentification', params: [1] },
        { methodName: 'supervisor.readProcessLog', params: ['cat', -1, 1] }, { methodName: 'system.methodSignature', params: ['supervisor.getState'] },
      ]],
    ]);
  });

  test('while the daemon ends every supervisor method is fault 6, getState too', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', '').replace('autorestart = false\ndirectory', 'autostart = true\nautorestart = false\ndirectory').replace('stopwaitsecs = 1\nautostart = false', 'stopwaitsecs = 3'), FILES);
    await bothIn(both, 'deaf', 'RUNNING');
    await compare(both, [
      ['system.multicall', [{ methodName: 'supervisor.shutdown' }, { methodName: 'supervisor.getState' }, { methodName: 'supervisor.getPID' }, { methodName: 'supervisor.shutdown' }, { methodName: 'system.methodSignature', params: ['supervisor.getPID'] }]],
      ['supervisor.getState'], ['supervisor.startAllProcesses'], ['supervisor.restart'], ['supervisor.sendRemoteCommEvent', 'a', 'b'], ['supervisor.zz'],
    ]);
  });

  /** What differs on purpose; docs/differences-from-supervisord.md gives the reasons. */
  test('where supervisord answers with a mistake of its own, reeved answers with a fault', { skip }, async (t) => {
    const both = await startBoth(t, CONFIG.replace('user = root\n', ''), FILES);
    await started(both);
    const [theirs, ours] = both.sides;
    const calls: readonly Request[] = [['supervisor.startProcess', 5], ['system.multicall', [5]], ['supervisor.readProcessLog', 'cat', 'x', 0]];
    assert.deepEqual(await answers(theirs, calls), ['{"http": 500}', '{"http": 500}', '{"http": 500}']);
    assert.deepEqual(await answers(ours, calls), [
      '{"fault": 2, "text": "INCORRECT_PARAMETERS"}', '[{"faultCode": 2, "faultString": "INCORRECT_PARAMETERS: a call is a struct"}]', '{"fault": 2, "text": "INCORRECT_PARAMETERS"}',
    ]);
  });
});
