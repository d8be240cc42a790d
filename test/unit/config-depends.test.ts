// depends_on, ready, start_timeout and type in both dialects: what they mean, and what is refused with its line.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import { good, readIni, readToml } from '../support/config-files.ts';

type Reading = ReturnType<typeof readToml>;
const program = (name: string, more = ''): string => `[programs.${name}]\ncommand = "run"\n${more}\n`;
const processes = (member: MemberSpec): ProcessSpec[] => (member.kind === 'process' ? [member] : member.members.flatMap(processes));
const find = (reading: Reading, id: string): ProcessSpec => {
  const found = processes(good(reading).tree).find((one) => one.id === id);
  assert.ok(found, id);
  return found;
};
const errors = (reading: Reading): readonly string[] => reading.problems.filter((one) => one.severity === 'error').map((one) => `${one.line} ${one.key}: ${one.message}`);
const names = (group: GroupSpec): readonly string[] => group.members.map((one) => one.name);

test('a name is a program, a process or a group, with a condition or the usual one', () => {
  const toml = program('web', 'depends_on = ["db", "pool:pool-1:started", "mig:completed", "g:*", "g:ready"]\nrestart_with = ["db"]') + program('db')
    + program('pool', 'numprocs = 2') + program('mig', 'type = "oneshot"') + program('x') + '[groups.g]\nmembers = ["x"]\n';
  assert.deepEqual(find(readToml(toml), 'web:web').dependsOn, [
    { name: 'db', kind: 'program', condition: null, restartWith: true },
    { name: 'pool:pool-1', kind: 'process', condition: 'started', restartWith: false },
    { name: 'mig', kind: 'program', condition: 'completed', restartWith: false },
    { name: 'g', kind: 'group', condition: null, restartWith: false },
    { name: 'g', kind: 'group', condition: 'ready', restartWith: false },
  ]);
});

test('what a group depends on its members depend on, in TOML and in INI', () => {
  const toml = readToml(`${program('a', 'depends_on = "c"')}${program('b')}${program('db')}${program('c')}[groups.g]\nmembers = ["a", "b"]\ndepends_on = ["db:ready"]\nrestart_with = true\n`);
  assert.deepEqual(find(toml, 'g:a').dependsOn.map((one) => [one.name, one.restartWith]), [['c', false], ['db', true]]);
  assert.deepEqual(find(toml, 'g:b').dependsOn, [{ name: 'db', kind: 'program', condition: 'ready', restartWith: true }]);
  const ini = readIni('[supervisord]\n[group:g]\nprograms=a\ndepends_on=db\n[program:a]\ncommand=run\n[program:db]\ncommand=run\n');
  assert.deepEqual(find(ini, 'g:a').dependsOn.map((one) => one.name), ['db']);
});

test('every way to be ready is read, as a table and as words, and has its time limit [E23]', () => {
  const ways: readonly (readonly [table: string, words: string, spec: ProcessSpec['ready']])[] = [
    ['{ notify = true }', 'notify', { kind: 'notify' }],
    ['{ http = "http://127.0.0.1:8000/r", interval = "2s", status = [200, 204] }', 'http interval=2s status=200,204 http://127.0.0.1:8000/r', { kind: 'http', url: 'http://127.0.0.1:8000/r', unix: null, status: [200, 204], intervalMs: 2000, timeoutMs: 5000 }],
    ['{ http = "https://[::1]/", unix = "/run/x.sock", timeout = "1s" }', 'http unix=/run/x.sock timeout=1s https://[::1]/', { kind: 'http', url: 'https://[::1]/', unix: '/run/x.sock', status: null, intervalMs: 1000, timeoutMs: 1000 }],
    ['{ tcp = ":5432" }', 'tcp :5432', { kind: 'tcp', address: { host: '127.0.0.1', port: 5432 }, intervalMs: 1000, timeoutMs: 5000 }],
    ['{ tcp = "unix:/run/db.sock" }', 'tcp unix:/run/db.sock', { kind: 'tcp', address: { unix: '/run/db.sock' }, intervalMs: 1000, timeoutMs: 5000 }],
    ['{ exec = "pg_isready -q" }', 'exec pg_isready -q', { kind: 'exec', command: { text: 'pg_isready -q', words: ['pg_isready', '-q'], shell: false }, intervalMs: 1000, timeoutMs: 5000 }],
    ['{ log = "listening on \\\\d+" }', 'log listening on \\d+', { kind: 'log', pattern: 'listening on \\d+' }],
    ['{ fd = 3 }', 'fd 3', { kind: 'fd', fd: 3 }],
    ['{ delay = "5s" }', 'delay 5s', { kind: 'delay', delayMs: 5000 }],
  ];
  for (const [table, words, spec] of ways) {
    const toml = find(readToml(program('p', `ready = ${table}`)), 'p:p');
    const ini = find(readIni(`[supervisord]\n[program:p]\ncommand=run\nready=${words}\n`), 'p:p');
    assert.deepEqual([toml.ready, ini.ready], [spec, spec], table);
    assert.deepEqual([toml.startTimeoutMs, toml.notify], [spec?.kind === 'delay' ? null : 30_000, spec?.kind === 'notify'], table);
    assert.equal(ini.startRetries, 3, 'the rest is supervisord\'s');
  }
  assert.equal(find(readToml(program('p', 'ready = "notify"\nstart_timeout = "infinity"')), 'p:p').startTimeoutMs, null);
});

test('what is wrong with readiness is said with its line and key', () => {
  const wrong: readonly (readonly [keys: string, said: RegExp])[] = [
    ['ready = { tcp = "a:1", log = "x" }', /^3 programs\.p\.ready: "tcp" and "log" exclude each other/],
    ['ready = { tcp = "a" }', /^3 programs\.p\.ready\.tcp: expected "host:port" or "unix:\/path", got "a"/],
    ['ready = { http = "ftp://x" }', /^3 programs\.p\.ready\.http: expected a URL/],
    ['ready = { http = "http://x/", interval = "1ms" }', /^3 programs\.p\.ready\.interval: expected an interval of at least 50ms/],
    ['ready = { http = "http://x/", status = [200, "ok"] }', /^3 programs\.p\.ready\.status: /],
    ['ready = { log = "(" }', /^3 programs\.p\.ready\.log: expected a regular expression/],
    ['ready = { fd = 1 }', /^3 programs\.p\.ready\.fd: expected a descriptor from 3 to 9/],
    ['ready = { log = "x", interval = "1s" }', /^3 programs\.p\.ready\.interval: "interval" does nothing beside "log"/],
    ['ready = { exec = "a \'b" }', /^3 programs\.p\.ready: can't parse command/],
    ['ready = 3', /^3 programs\.p\.ready: expected one of /],
    ['start_timeout = "1s"', /^3 programs\.p\.start_timeout: start_timeout does nothing without ready/],
    ['type = "oneshot"\nready = "notify"', /^4 programs\.p\.ready: a oneshot is not ready, it completes/],
    ['type = "oneshot"\nrestart = "permanent"', /^4 programs\.p\.restart: a oneshot that is always restarted never completes/],
    ['restart_with = true', /^3 programs\.p\.restart_with: restart_with does nothing without depends_on/],
    ['depends_on = "a b"', /^3 programs\.p\.depends_on: expected NAME or NAME:CONDITION/],
  ];
  for (const [keys, said] of wrong) assert.match(errors(readToml(program('p', keys)))[0] ?? '', said, keys);
});

test('a oneshot is judged by its end: temporary unless written, RUNNING at once, and what it leaves stays', () => {
  const { oneshot, restart, startMs, sweep } = find(readToml(program('p', 'type = "oneshot"')), 'p:p');
  assert.deepEqual({ oneshot, restart, startMs, sweep }, { oneshot: true, restart: 'temporary', startMs: 0, sweep: false });
  assert.equal(find(readToml(program('p', 'type = "oneshot"\nrestart = "transient"')), 'p:p').restart, 'transient');
  const ini = find(readIni('[supervisord]\n[program:p]\ncommand=run\ntype=oneshot\n'), 'p:p');
  assert.deepEqual([ini.restart, ini.startExit, ini.startRetries], ['temporary', 'judge', null]);
});

test('unknown names, and conditions that can never hold, are refused with a suggestion [Sv#122]', () => {
  const toml = program('web', 'depends_on = ["postgre", "mig:started", "svc:completed", "web"]') + program('postgres') + program('mig', 'type = "oneshot"') + program('svc');
  assert.deepEqual(errors(readToml(toml)), [
    '3 programs.web.depends_on[0]: "postgre" is no program, process or group',
    '3 programs.web.depends_on[1]: the condition can never hold: mig:mig is a oneshot, which is waited for with "completed" or "exited"',
    '3 programs.web.depends_on[2]: the condition can never hold: svc:svc never ends for good: its restart type is permanent',
    '3 programs.web.depends_on[3]: it cannot wait for itself: web -> web',
  ]);
  assert.equal(readToml(toml).problems[0]?.hint, 'did you mean "postgres"?');
  const sleepy = readToml(program('web', 'depends_on = "db"') + program('db', 'autostart = false'));
  assert.deepEqual(sleepy.problems.map((one) => [one.severity, one.message]), [['warning', 'db:db has autostart = false: web waits until somebody starts it']]);
});

test('a circle is refused with its path and line, also one that only the order of a group closes', () => {
  assert.deepEqual(errors(readToml(program('a', 'depends_on = "b"') + program('b', 'depends_on = ["c:ready"]') + program('c', 'depends_on = "a"') + program('d', 'depends_on = "a"'))), [
    '3 programs.a.depends_on: they would wait for each other for ever: a -> b -> c -> a',
  ]);
  const groups = readToml(`${program('first', 'depends_on = "second"')}${program('second')}[groups.g]\nmembers = ["first", "second"]\nstrategy = "rest_for_one"\n`);
  assert.match(errors(groups)[0] ?? '', /^3 programs\.first\.depends_on: they would wait for each other for ever: .*second.* -> first \(which group g starts before it\)/);
  assert.deepEqual(errors(readIni('[supervisord]\n[program:a]\ncommand=run\ndepends_on=b\n[program:b]\ncommand=run\ndepends_on=a\n')), ['4 program:a.depends_on: they would wait for each other for ever: a -> b -> a']);
  assert.equal(errors(readToml(program('a', 'depends_on = "b"') + program('b', 'depends_on = "a"') + program('c', 'depends_on = "d"') + program('d', 'depends_on = "c"'))).length, 2, 'all at once');
});

test('members stand in an order in which nobody comes before what he needs; where order is the rule it stays', () => {
  const toml = program('web', 'priority = 1\ndepends_on = "db"') + program('db', 'priority = 9') + program('log', 'priority = 5');
  assert.deepEqual(names(good(readToml(toml)).tree), ['db', 'web', 'log']);
  const group = readToml(`${program('web', 'depends_on = "db"')}${program('db')}[groups.g]\nmembers = ["web", "db"]\n`);
  assert.deepEqual(names(good(group).tree.members[0] as GroupSpec), ['db', 'web']);
  // Two groups that need each other crosswise are no circle of processes.
  const cross = readToml(`${program('a1', 'depends_on = "b1"')}${program('a2')}${program('b1')}${program('b2', 'depends_on = "a2"')}[groups.a]\nmembers = ["a1", "a2"]\n[groups.b]\nmembers = ["b1", "b2"]\n`);
  assert.deepEqual(errors(cross), []);
});

test('a thousand programs in a chain are read', () => {
  const text = Array.from({ length: 1000 }, (_, i) => program(`p${i}`, i > 0 ? `depends_on = "p${i - 1}"` : '')).join('');
  assert.deepEqual(names(good(readToml(text)).tree).slice(-2), ['p998', 'p999']);
});
