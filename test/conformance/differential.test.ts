// Scenario by scenario: the same file, the same calls, signals and deaths for supervisord and for reeved, and nothing may differ but
// what is on the list. More random scripts: REEVE_DIFFERENTIAL_RUNS=20 (and REEVE_DIFFERENTIAL_SEED) npm run test:conformance -- differential
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { play, unexplained } from '../support/differential.ts';
import type { Accepted, Deed, Scenario, Tally } from '../support/differential.ts';
import { supervisordMissing } from '../support/supervisord.ts';

const skip = supervisordMissing ?? false;
const root = process.getuid?.() === 0;

/** A program that obeys its stdin. */
const actor = (name: string, more: string, args = ''): string => `[program:${name}]\ncommand = %(here)s/obeys.sh ${name} ${args}\nstdout_logfile = %(here)s/${name}.log\nstderr_logfile = %(here)s/${name}.err\n${more}\n`;
const plainProgram = (name: string, command: string, more = ''): string => `[program:${name}]\ncommand = ${command}\nstdout_logfile = %(here)s/${name}.log\nstderr_logfile = %(here)s/${name}.err\n${more}\n`;

const ACCEPTED: readonly Accepted[] = [
  {
    because: 'supervisord compares processes by priority, and so sends a refused event again to every pool of the same priority',
    docs: 'an event that one pool refuses',
    explains: ({ at, theirs, ours }) => {
      const once = (text: string): string => text.split('\n').filter((line, index, all) => line !== all[index - 1]).join('\n');
      return /^a listener that prints.*events of/.test(at) && once(theirs) === ours;
    },
  },
  {
    because: 'supervisord looks for RUNNING before it reaps or after, as it comes; reeve always says that a process with startsecs = 0 came up',
    docs: 'a process with `startsecs = 0` that ends at once',
    explains: ({ at, theirs, ours }) => {
      const others = (text: string): string => text.split('\n').filter((line) => !line.includes('stayed up for > than 0 seconds')).join('\n');
      return at.includes('log lines of') && others(theirs) === others(ours);
    },
  },
  {
    because: 'the listener of supervisord is stopped before it was told of the last events',
    docs: 'the last events before the end of the daemon',
    explains: ({ at, theirs, ours }) => /^start and shutdown.*(events of|order of)/.test(at) && ours.startsWith(theirs),
  },
  {
    because: 'a directory that does not exist is the reason, not four quick deaths',
    docs: 'a missing `directory`',
    explains: ({ at, theirs, ours }) => at.startsWith('what cannot be spawned') && /(lost|spawnerr)\b/.test(at + theirs) && (/cannot use directory|no such file|NO_FILE/.test(ours) || /lost/.test(at)),
  },
  {
    because: 'every child learns who it is and where it may report',
    docs: 'the environment of a process',
    explains: ({ at, theirs, ours }) => at.startsWith('what is written') && theirs === ours.replaceAll(/^(SUPERVISION_ID|REEVE_SOCKET|REEVE_TOKEN)=.*\n/gm, ''),
  },
];

/** A group with one member that changes, a program that comes where another goes, one that stays; all with automatic logs. */
const UPDATED = (command: string, other: string): string => `[group:pair]\nprograms = left,right\n[program:left]\ncommand = ${command}\nstartsecs = 0\n[program:right]\ncommand = cat\nstartsecs = 0\n[program:${other}]\ncommand = cat\nstartsecs = 0\n[program:kept]\ncommand = cat\nstartsecs = 0\n`;

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a life: started, running, ended as expected or not, started again, stopped (§7, traps 6, 7, 16)',
    config: actor('auto', 'autorestart = Unexpected\nexitcodes = 0, 2') + actor('once', 'autorestart = false\nautostart = no') + actor('ever', 'autorestart = TRUE'),
    deeds: [
      { until: { auto: 'RUNNING', ever: 'RUNNING', once: 'STOPPED' } },
      { ctl: 'status' }, { ctl: 'start once' }, { ctl: 'start once' }, { until: { once: 'RUNNING' } }, { ctl: 'status' },
      { die: ['auto', 'exit 2'] }, { die: ['once', 'exit 0'] }, { die: ['ever', 'exit 0'] },
      { until: { auto: 'EXITED', once: 'EXITED', ever: 'RUNNING' } }, { ctl: 'status' }, { ctl: 'start auto once' },
      { die: ['auto', 'exit 3'] }, { die: ['once', 'exit 3'] }, { kill: ['ever', 'SIGSEGV'] },
      { until: { auto: 'RUNNING', once: 'EXITED', ever: 'RUNNING' } }, { ctl: 'start once' },
      { kill: ['auto', 'SIGKILL'] }, { kill: ['once', 'SIGHUP'] }, { die: ['ever', 'exit 77'] },
      { until: { auto: 'RUNNING', once: 'EXITED', ever: 'RUNNING' } }, { ctl: 'status all' },
      { ctl: 'stop auto ever once' }, { until: { auto: 'STOPPED', ever: 'STOPPED', once: 'EXITED' } }, { ctl: 'status auto' }, { ctl: 'restart auto' }, { ctl: 'pid ever' },
    ],
  },
  {
    name: 'too quick: back-off by 1, 2, 3 seconds, four spawns, FATAL (§7, traps 3, 5)',
    config: plainProgram('fails', '/bin/false', 'startsecs = 4') + plainProgram('succeeds', '/bin/true', 'startsecs = 4\nstartretries = 1') + plainProgram('never', '/bin/false', 'startsecs = 4\nstartretries = 0\nautostart = false')
      + plainProgram('silent', '/bin/sh -c "kill -9 $$"', 'startsecs = 4\nstartretries = 0'),
    deeds: [
      { until: { fails: 'FATAL', succeeds: 'FATAL', silent: 'FATAL' } }, { ctl: 'start never' }, { until: { never: 'FATAL' } }, { ctl: 'start never' }, { rpc: ['supervisor.startProcess', 'never', false] }, { until: { never: 'FATAL' } },
      { ctl: 'status' }, { rpc: ['supervisor.signalProcess', 'fails', 'TERM'] }, { rpc: ['supervisor.stopProcess', 'fails'] },
    ],
  },
  {
    name: 'startsecs = 0: every end is EXITED, never too quick (§7, trap 4)',
    config: plainProgram('good', '/bin/true', 'startsecs = 0') + plainProgram('bad', '/bin/sh -c "exit 5"', 'startsecs = 0\nautorestart = false') + plainProgram('late', '/bin/sh -c "exit 5"', 'startsecs = 0\nautorestart = false\nautostart = false')
      + plainProgram('gone', '/bin/sh -c "kill -15 $$"', 'startsecs = 0\nautorestart = 0'),
    deeds: [{ until: { good: 'EXITED', bad: 'EXITED', gone: 'EXITED', late: 'STOPPED' } }, { ctl: 'start good' }, { until: { good: 'EXITED' } }, { ctl: 'status' }, { ctl: 'start late' }, { until: { late: 'EXITED' } }],
  },
  {
    name: 'what cannot be spawned says why (§7, traps 1 and 12)',
    config: plainProgram('missing', '/no/such/command', 'startretries = 0') + plainProgram('nowhere', 'no-such-command-anywhere', 'startretries = 0') + plainProgram('folder', '/tmp', 'startretries = 0')
      + plainProgram('locked', '%(here)s/plain.txt', 'startretries = 0') + plainProgram('cut', '/bin/sh -c "echo a ; echo b"', 'startretries = 0')
      + plainProgram('empty', '', 'startretries = 0') + plainProgram('lost', '/bin/cat', 'startretries = 0\ndirectory = /no/such/directory'),
    files: { 'plain.txt': 'no program\n' },
    deeds: [
      { until: { missing: 'FATAL', nowhere: 'FATAL', folder: 'FATAL', locked: 'FATAL', cut: 'FATAL', empty: 'FATAL', lost: 'FATAL' } }, { ctl: 'status' },
      ...['missing', 'nowhere', 'folder', 'locked', 'cut', 'empty', 'lost'].flatMap((name): Deed[] => [{ rpc: ['supervisor.startProcess', name] }, { until: { [name]: 'FATAL' } }, { ctl: `start ${name}` }, { until: { [name]: 'FATAL' } }]),
      { file: 'lost.err' },
    ],
  },
  {
    name: 'stops: by signal, by number, when ignored, when killed from outside meanwhile (§9)',
    config: actor('deaf', 'stopwaitsecs = 1\nstartsecs = 0', 'ignore') + actor('slow', 'startsecs = 0\nstopwaitsecs = 30', '0.4') + actor('hup', 'stopsignal = HUP\nstartsecs = 0') + actor('quit', 'stopsignal = 3\nstartsecs = 0\nexitcodes = 0,131'),
    deeds: [
      { until: { deaf: 'RUNNING', slow: 'RUNNING', hup: 'RUNNING', quit: 'RUNNING' } },
      { ctl: 'stop deaf' }, { until: { deaf: 'STOPPED' } }, { ctl: 'stop slow' }, { ctl: 'stop hup quit' }, { until: { hup: 'STOPPED', quit: 'STOPPED', slow: 'STOPPED' } }, { file: 'order' },
      { ctl: 'start deaf slow hup quit' }, { until: { deaf: 'RUNNING', slow: 'RUNNING' } },
      { rpc: ['supervisor.stopProcess', 'deaf', false] }, { rpc: ['supervisor.signalProcess', 'deaf', 'KILL'] }, { until: { deaf: 'STOPPED' } },
      { ctl: 'stop slow hup quit' }, { until: { slow: 'STOPPED' } }, { ctl: 'status' },
    ],
  },
  {
    name: 'stopasgroup and killasgroup reach the children, killasgroup those that ignore TERM (§9)',
    config: plainProgram('family', '%(here)s/family.sh family', 'stopasgroup = true\nstartsecs = 0') + plainProgram('deafs', '%(here)s/family.sh deafs ignore', 'killasgroup = true\nstopwaitsecs = 1\nstartsecs = 0'),
    files: { 'family.sh': '#!/bin/sh\n[ "$2" = ignore ] && trap "" TERM\n(trap "echo child of $1 >>${0%/*}/order; exit 0" TERM; [ "$2" = ignore ] && trap "" TERM; echo up; while :; do sleep 0.05; done) &\nwhile :; do sleep 0.05; done\n' },
    deeds: [{ until: { family: 'RUNNING', deafs: 'RUNNING' } }, { written: ['family.log', 'up'] }, { written: ['deafs.log', 'up'] }, { ctl: 'stop family' }, { written: ['order', 'child of family'] }, { ctl: 'stop deafs' }, { until: { family: 'STOPPED', deafs: 'STOPPED' } }, { file: 'order' }],
  },
  {
    name: 'start and shutdown by priority: the first to come is the last to go, group after group (§9)',
    config: actor('late', 'priority = 900\nstartsecs = 0', '0.2') + actor('early', 'priority = 1\nstartsecs = 0', '0.1') + actor('middle', 'priority = 50\nstartsecs = 0', '0.3')
      + `[group:pair]\nprograms = right,left\npriority = 60\n${actor('left', 'priority = 2\nstartsecs = 0', '0.1')}${actor('right', 'priority = 1\nstartsecs = 0', '0.8')}`,
    order: ['STARTING', 'STOPPING'],
    deeds: [{ until: { late: 'RUNNING', early: 'RUNNING', middle: 'RUNNING', 'pair:left': 'RUNNING', 'pair:right': 'RUNNING' } }, { rpc: ['supervisor.getAllProcessInfo'] }, { shutdown: 'SIGTERM' }, { file: 'order' }],
  },
  {
    name: 'names: a member is its group and its name; groups as a whole (trap 8, 13)',
    mute: true,
    config: `[group:pair]\nprograms = left,right\n${actor('left', 'startsecs = 0')}${actor('right', 'startsecs = 0\nautostart = false')}${actor('web', 'startsecs = 0\nnumprocs = 2\nprocess_name = %(program_name)s_%(process_num)02d').replace('web.log', 'web_%(process_num)d.log').replace('web.err', 'web_%(process_num)d.err')}`,
    deeds: [
      { until: { 'pair:left': 'RUNNING', 'web:web_00': 'RUNNING' } },
      ...['left', 'pair', 'pair:*', 'pair:left', 'pair:nobody', 'web', 'web:*', 'web:web_00', 'all', 'nobody', 'nobody:*', 'web:web_00 nobody'].flatMap((name): Deed[] => [{ ctl: `status ${name}` }, { ctl: `pid ${name}` }]),
      { ctl: 'stop left' }, { ctl: 'stop pair:*' }, { ctl: 'start pair' }, { ctl: 'start pair:*' }, { until: { 'pair:right': 'RUNNING' } }, { ctl: 'restart web:*' }, { until: { 'web:web_01': 'RUNNING' } },
      { ctl: 'signal HUP pair:*', ends: ['pair:left', 'pair:right'] }, { until: { 'pair:left': 'RUNNING', 'pair:right': 'RUNNING' } }, { ctl: 'signal NOPE web:*' }, { ctl: 'clear web:*' }, { ctl: 'clear web:web_00' }, { ctl: 'stop web:web_00 nobody pair:left' }, { ctl: 'status' },
      { rpc: ['supervisor.stopProcessGroup', 'pair'] }, { rpc: ['supervisor.startProcessGroup', 'pair'] }, { until: { 'pair:left': 'RUNNING', 'pair:right': 'RUNNING' } },
      { rpc: ['supervisor.stopAllProcesses'] }, { ctl: 'start all' }, { until: { 'pair:left': 'RUNNING', 'web:web_00': 'RUNNING' } }, { rpc: ['supervisor.signalAllProcesses', 'CONT'] },
    ],
  },
  {
    name: 'what is written: logs, stderr, redirection, automatic names, environment (§8, §15, trap 11)',
    config: `[supervisord]\nenvironment = SHARED="daemon",WHO="daemon"\n${actor('echo', 'startsecs = 0\nenvironment = WHO="%(program_name)s",KEY="a b"\nstdout_events_enabled = true\nstderr_events_enabled = true')}${actor('one', 'startsecs = 0\nredirect_stderr = true\numask = 077\ndirectory = /tmp').replace(/stderr_logfile.*\n/, '')}${root ? actor('other', 'startsecs = 0\nuser = nobody') : ''}[program:automatic]\ncommand = /bin/cat\nstartsecs = 0\n`,
    deeds: [
      { until: { echo: 'RUNNING', one: 'RUNNING', automatic: 'RUNNING' } },
      { say: ['echo', 'say hello'] }, { say: ['echo', 'warn trouble'] }, { say: ['one', 'say out'] }, { written: ['one.log', 'out'] }, { say: ['one', 'warn err'] }, { say: ['one', 'say done'] }, { say: ['echo', 'env'] }, { say: ['echo', 'say done'] }, { say: ['echo', 'warn done'] },
      ...(root ? [{ say: ['other', 'env'] as const }, { say: ['other', 'say done'] as const }, { written: ['other.log', 'done'] as const }] : []),
      { written: ['echo.log', 'done'] }, { written: ['echo.err', 'done'] }, { written: ['one.log', 'done'] }, { ctl: 'tail -9 echo' }, { ctl: 'tail echo stderr' }, { ctl: 'tail one stderr' }, { ctl: 'tail one' }, { ctl: 'tail nobody' }, { ctl: 'tail echo nothing' },
      { file: 'echo.err' }, ...(root ? [{ file: 'other.log' }] : []), { file: 'one.log' }, { ctl: 'clear one' }, { file: 'one.log' }, { rpc: ['supervisor.tailProcessStdoutLog', 'echo', 0, 9] }, { rpc: ['supervisor.sendRemoteCommEvent', 'kind', 'some data'] }, { written: ['events.jsonl', 'REMOTE_COMMUNICATION'] },
    ],
  },
  {
    name: 'reread applies nothing, update restarts a changed group as a whole; automatic logs are no change (traps 9, 10)',
    config: UPDATED('cat', 'old'),
    deeds: [
      { until: { 'pair:left': 'RUNNING', 'pair:right': 'RUNNING', old: 'RUNNING', kept: 'RUNNING' } }, { ctl: 'reread' }, { ctl: 'update' },
      { rewrite: UPDATED('/bin/cat', 'new') }, { ctl: 'reread' }, { ctl: 'status' }, { ctl: 'avail' }, { ctl: 'update' }, { until: { 'pair:left': 'RUNNING', 'pair:right': 'RUNNING', new: 'RUNNING', kept: 'RUNNING' } },
      { ctl: 'status old' }, { ctl: 'reread' }, { ctl: 'remove kept' }, { ctl: 'stop kept' }, { ctl: 'remove kept' }, { ctl: 'add kept' }, { ctl: 'add kept' }, { until: { kept: 'RUNNING' } },
      { rewrite: '[program:broken]\nstartsecs = many\n' }, { rpc: ['supervisor.removeProcessGroup', 'nobody'] }, { ctl: 'status' },
    ],
  },
  {
    name: 'a listener that prints what is no answer gets no more (trap 15)',
    config: `${actor('web', 'startsecs = 0')}[eventlistener:chatty]\ncommand = python3 ${join(import.meta.dirname, '../fixtures/event-recorder.py')} %(here)s/chatty.jsonl --garbage-after 1\nevents = PROCESS_STATE_RUNNING\nstderr_logfile = NONE\nstdout_logfile = %(here)s/chatty.log\n`,
    deeds: [{ until: { web: 'RUNNING', chatty: 'RUNNING' } }, { written: ['chatty.log', 'no answer'] }, { ctl: 'restart web' }, { until: { web: 'RUNNING' } }, { file: 'chatty.log' }, { ctl: 'status' }],
  },
];

/** Programs for the random scripts, and when each stays EXITED. */
const RANDOM_CONFIG = actor('plain', 'startsecs = 0\nautorestart = false') + actor('phoenix', 'startsecs = 1\nexitcodes = 0,3') + actor('ever', 'startsecs = 0\nautorestart = true')
  + `[group:pair]\nprograms = left,right\n${actor('left', 'startsecs = 0\nautostart = false\nautorestart = unexpected')}${actor('right', 'startsecs = 0\nautorestart = false\npriority = 5\nstopwaitsecs = 1', 'ignore')}`
  + plainProgram('missing', '/no/such/command', 'startretries = 0\nautostart = false') + plainProgram('quick', '/bin/false', 'startsecs = 4\nstartretries = 0\nautostart = false');
const stays = (name: string, exitStatus: number): boolean =>
  name === 'phoenix' ? exitStatus === 0 || exitStatus === 3 : name === 'pair:left' ? exitStatus === 0 : name !== 'ever';

const NAMES = ['plain', 'phoenix', 'ever', 'pair:left', 'pair:right', 'missing', 'quick'] as const;
const anyName = fc.constantFrom(...NAMES);
const anyTarget = fc.constantFrom(...NAMES, 'pair:*', 'plain phoenix', 'nobody', 'left');
const living = fc.constantFrom('plain', 'phoenix', 'ever', 'pair:left', 'pair:right');

/** One deed at random. What ends a process is not asked of one that may be on its way elsewhere: between two deeds everything settles. */
const randomDeed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('start', 'stop', 'restart'), anyTarget).map(([verb, name]): Deed => ({ ctl: `${verb} ${name}` })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('status', 'pid', 'clear', 'tail'), anyTarget).map(([verb, name]): Deed => ({ ctl: `${verb} ${name}` })) },
  { weight: 4, arbitrary: fc.tuple(living, fc.constantFrom(0, 3, 7)).map(([name, code]): Deed => ({ die: [name, `exit ${code}`] })) },
  { weight: 2, arbitrary: fc.tuple(living, fc.constantFrom('SIGKILL', 'SIGSEGV', 'SIGHUP')).map(([name, signal]): Deed => ({ kill: [name, signal as NodeJS.Signals] })) },
  { weight: 1, arbitrary: living.map((name): Deed => ({ say: [name, 'say something'] })) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('startProcess', 'stopProcess'), anyName, fc.boolean()).map(([verb, name, wait]): Deed => ({ rpc: [`supervisor.${verb}`, name, wait] })) },
  { weight: 1, arbitrary: fc.constantFrom('startProcessGroup', 'stopProcessGroup').map((verb): Deed => ({ rpc: [`supervisor.${verb}`, 'pair'] })) },
  { weight: 1, arbitrary: fc.tuple(anyName, fc.constantFrom('CONT', 'WINCH', 'NOPE')).map(([name, signal]): Deed => ({ rpc: ['supervisor.signalProcess', name, signal] })) },
);

const RUNS = Number(process.env['REEVE_DIFFERENTIAL_RUNS'] ?? 2);
const SEED = Number(process.env['REEVE_DIFFERENTIAL_SEED'] ?? 20_261_122);
/** Deeds of one script. */
const LENGTH = 12;

function randomScenario(seed: number): Scenario {
  const [deeds = []] = fc.sample(fc.array(randomDeed, { minLength: LENGTH, maxLength: LENGTH }), { seed, numRuns: 1 });
  return { name: `random script ${seed}`, config: RANDOM_CONFIG, deeds: [{ settle: stays }, ...deeds.flatMap((deed): Deed[] => [deed, { settle: stays }])] };
}

test('every scenario comes to the same under supervisord and under reeved', { skip, concurrency: 3 }, async (t) => {
  const tallies: Tally[] = [];
  const used = new Set<Accepted>();
  const random = Array.from({ length: RUNS }, (_, run) => randomScenario(SEED + run));
  await Promise.all([...SCENARIOS, ...random].map((scenario) => t.test(scenario.name, async (each) => {
    const tally = await play(each, scenario);
    tallies.push(tally);
    const text = unexplained(tally.differences, ACCEPTED, used);
    assert.ok(text === '', text);
  })));
  const sum = (key: 'deeds' | 'compared' | 'events' | 'logLines'): number => tallies.reduce((total, tally) => total + tally[key], 0);
  t.diagnostic(`${tallies.length} scenarios, ${sum('deeds')} deeds, ${sum('compared')} comparisons, ${sum('events')} events, ${sum('logLines')} log lines; accepted: ${used.size} of ${ACCEPTED.length} differences on the list`);
});

test('every accepted difference is in the documents, with its reason', () => {
  const docs = ['differences-from-supervisord.md', 'from-supervisord.md'].map((name) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')).join('');
  assert.deepEqual(ACCEPTED.filter((each) => !docs.includes(each.docs)).map((each) => each.docs), []);
});
