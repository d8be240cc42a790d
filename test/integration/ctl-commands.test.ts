import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { failed, fakeDaemon, ok, operation, refuse, snapshot, view } from '../support/fake-daemon.ts';
import type { FakeDaemon, Route } from '../support/fake-daemon.ts';
import { launchCtl, runCtl, runHere } from '../support/run-ctl.ts';

async function daemon(t: TestContext, routes: Readonly<Record<string, Route>> = {}, tcp = false): Promise<FakeDaemon> {
  const rows = [
    view('web', { pid: 12, startedAt: Date.now() }),
    view('pool:w_00', { state: 'STOPPED', pid: null, startedAt: null }),
    view('pool:w_01', { pid: 14 }),
  ];
  const fake = await fakeDaemon({ 'GET /v1/status': () => snapshot(rows), ...routes }, tcp);
  t.after(() => fake.close());
  return fake;
}

test("status prints supervisord's lines sorted by name and exits 3 when one is stopped [B8]", async (t) => {
  const fake = await daemon(t);
  const ran = await runCtl(['-s', fake.url, 'status']);
  assert.match(
    ran.out,
    /^pool:w_00 {24}STOPPED {3}Not started\npool:w_01 {24}RUNNING {3}pid 14, uptime .*\nweb {30}RUNNING {3}pid 12, uptime 0:00:0\d\n$/,
  );
  assert.equal(ran.code, 3);
  assert.equal(ran.err, '');
});

test('status of what is up exits 0; an unknown name is answered first, exits 4, and its nearest name is on stderr [B11]', async (t) => {
  const fake = await daemon(t);
  assert.equal((await runHere(fake.url, ['status', 'web', 'pool:w_01'])).code, 0);
  const ran = await runHere(fake.url, ['status', 'wbe', 'web', 'pol:*']);
  assert.match(ran.out, /^wbe: ERROR \(no such process\)\npol: ERROR \(no such group\)\nweb {30}RUNNING/);
  assert.equal(ran.err, 'wbe: did you mean web?\npol:*: did you mean pool:*?\n');
  assert.equal(ran.code, 4);
  assert.equal((await runHere(fake.url, ['status', 'wbe', 'pool:*'])).code, 3, '3 wins, it is set last');
});

test('status --json is the snapshot of what was asked for, and keeps the exit code [C68]', async (t) => {
  const fake = await daemon(t);
  const ran = await runHere(fake.url, ['status', '--json', 'pool:*']);
  const shown = JSON.parse(ran.out) as { processes: { id: string }[]; groups: { name: string }[]; daemon: { pid: number } };
  assert.deepEqual(
    shown.processes.map((p) => p.id),
    ['pool:w_00', 'pool:w_01'],
  );
  assert.deepEqual(
    shown.groups.map((g) => g.name),
    ['pool'],
  );
  assert.equal(shown.daemon.pid, 77);
  assert.equal(ran.code, 3);
});

test('a program that lives is not hidden by one that does not: the exit code of a mixed start is 7 (C40 defect: exit codes honest)', async (t) => {
  const fake = await daemon(t, {
    'POST /v1/start': () => operation('start', [failed('a:a', 'SPAWN_FAILED', 'exited with 3'), ok('web:web')]),
  });
  const ran = await runHere(fake.url, ['start', 'a', 'web']);
  assert.equal(ran.out, 'a: ERROR (spawn error)\nweb: started\n');
  assert.match(ran.err, /^a: exited with 3\. Run `reevectl explain a`/);
  assert.equal(ran.code, 7);
});

test('the request carries names, options and a wait, and the answer is awaited until it has ended', async (t) => {
  let asked = 0;
  const fake = await daemon(t, {
    'POST /v1/restart': (_seen, response) => {
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(operation('restart', [{ name: 'web:web', outcome: 'pending', code: null, message: '' }], { endedAt: null })),
      );
    },
    'GET /v1/operations/42': () => operation('restart', [ok('web:web')], asked++ === 0 ? { endedAt: null } : {}),
  });
  const ran = await runHere(fake.url, ['restart', '--rolling', 'web']);
  assert.equal(ran.out, 'web: stopped\nweb: started\n');
  assert.equal(asked, 2);
  const posted = fake.seen.find((s) => s.method === 'POST')!;
  assert.deepEqual(posted.body, { names: ['web'], strategy: false, rolling: true });
  assert.equal(posted.query.get('wait'), '30000ms');
  assert.equal(posted.headers['content-type'], 'application/json');
});

test('restart says what ran and what did not, whether targets are named by id or as typed', async (t) => {
  const fake = await daemon(t, { 'POST /v1/restart': () => operation('restart', [ok('web'), ok('pool:w_00')]) });
  assert.equal(
    (await runHere(fake.url, ['restart', 'web', 'pool:w_00'])).out,
    'web: stopped\npool:w_00: ERROR (not running)\nweb: started\npool:w_00: started\n',
  );
});

test('--wait 0 does not wait and says which operation goes on', async (t) => {
  const fake = await daemon(t, {
    'POST /v1/stop': () => operation('stop', [{ name: 'web:web', outcome: 'pending', code: null, message: '' }], { endedAt: null }),
  });
  const ran = await runHere(fake.url, ['stop', '--wait', '0', 'web']);
  assert.equal(ran.out, 'stop: asked for; operation 42\n');
  assert.equal(ran.code, 0);
  assert.equal(fake.seen[0]!.query.get('wait'), null);
});

test('stop of a whole group names each of its processes [C69]', async (t) => {
  const fake = await daemon(t, { 'POST /v1/stop': () => operation('stop', [ok('pool:w_01'), failed('pool:w_00', 'NOT_RUNNING')]) });
  const ran = await runHere(fake.url, ['stop', 'pool:*']);
  assert.equal(ran.out, 'pool:w_01: stopped\n');
  assert.equal(ran.code, 0);
});

test('a bad signal name is said for each name, as supervisorctl does', async (t) => {
  const fake = await daemon(t, {
    'POST /v1/signal': (_s, response) => refuse(response, 'BAD_SIGNAL', 'cannot send ZZZ: there is no such signal'),
  });
  const ran = await runHere(fake.url, ['signal', 'ZZZ', 'web', 'pool:w_01']);
  assert.equal(ran.out, 'web: ERROR (bad signal name)\npool:w_01: ERROR (bad signal name)\n');
  assert.equal(ran.code, 1);
  assert.deepEqual(fake.seen[0]!.body, { names: ['web', 'pool:w_01'], signal: 'ZZZ' });
});

test('scale and restart --rolling are asked for by name [D45]', async (t) => {
  const fake = await daemon(t, { 'POST /v1/scale': () => operation('scale', [ok('worker:worker_02'), ok('worker:worker_03')]) });
  const ran = await runHere(fake.url, ['scale', 'worker', '+2']);
  assert.deepEqual(fake.seen[0]!.body, { name: 'worker', instances: '+2' });
  assert.equal(ran.out, 'worker:worker_02: scaled\nworker:worker_03: scaled\n');
});

test("pid prints the daemon's, a process's, 0 and exit 7 for one that is down", async (t) => {
  const fake = await daemon(t);
  assert.deepEqual(await runHere(fake.url, ['pid']), { code: 0, out: '77\n', err: '' });
  assert.deepEqual(await runHere(fake.url, ['pid', 'web']), { code: 0, out: '12\n', err: '' });
  assert.deepEqual(await runHere(fake.url, ['pid', 'pool:w_00']), { code: 7, out: '0\n', err: '' });
  assert.deepEqual(await runHere(fake.url, ['pid', 'all']), { code: 0, out: '0\n14\n12\n', err: '' });
  const unknown = await runHere(fake.url, ['pid', 'zz']);
  assert.equal(unknown.out, 'No such process zz\n');
  assert.equal(unknown.code, 1);
});

test('shutdown is done when it is accepted, also when the daemon closes its connections at once', async (t) => {
  const fake = await daemon(t, {
    'POST /v1/shutdown': (_s, response) => {
      response.destroy();
    },
  });
  assert.deepEqual(await runHere(fake.url, ['shutdown']), { code: 0, out: 'Shut down\n', err: '' });
  assert.deepEqual(fake.seen[0]!.body, { mode: 'warm' });
});

test("reload says supervisord's words to an INI, reeve's to a TOML, and names what is wrong with the file", async (t) => {
  const fake = await daemon(t, { 'POST /v1/reload': () => operation('reload', []) });
  assert.equal((await runHere(fake.url, ['reload'])).out, 'Restarted reeved\n');
  fake.routes.set('GET /v1/status', () => snapshot([], { file: '/etc/supervisor/supervisord.conf' }));
  assert.equal((await runHere(fake.url, ['reload'])).out, 'Restarted supervisord\n');
  fake.routes.set('POST /v1/reload', (_s, response) => refuse(response, 'BAD_CONFIG', 'reeve.toml:3: unknown key "comand"'));
  const ran = await runHere(fake.url, ['reload']);
  assert.match(ran.out, /reeve\.toml:3: unknown key/);
  assert.equal(ran.code, 2);
});

test('in the shell shutdown and reload ask first, and no answer is no', async (t) => {
  const fake = await daemon(t, { 'POST /v1/shutdown': () => operation('shutdown', []) });
  assert.equal((await runHere(fake.url, ['shutdown'], { interactive: true, answer: '' })).out, '');
  assert.equal(fake.seen.length, 0);
  assert.equal((await runHere(fake.url, ['shutdown'], { interactive: true, answer: 'Yes' })).out, 'Shut down\n');
});

test('avail, version, wait, explain and audit print what the daemon says', async (t) => {
  const fake = await daemon(t, {
    'GET /v1/config': () => [
      {
        name: 'web',
        group: 'web',
        inUse: true,
        autostart: false,
        groupPriority: 999,
        priority: 100,
        command: 'x',
        directory: null,
        origin: { file: '/f', line: 1 },
      },
    ],
    'GET /v1/version': () => ({ version: '1.2.3', identifier: 'r', pid: 1, state: 'RUNNING' }),
    'GET /v1/wait': (seen) => (seen.query.get('names') === 'web' ? { ok: true, missing: [], hopeless: [] }
      : seen.query.get('names') === 'off' ? { ok: false, missing: ['off:off', 'b:b'], hopeless: [{ process: 'off:off', why: 'it is STOPPED (me stopped it)' }] }
      : { ok: false, missing: ['pool:w_00'], hopeless: [] }),
    'GET /v1/explain': () => [
      {
        kind: 'process',
        name: 'web',
        process: 'web:web',
        state: 'FATAL',
        summary: 'It could not be started.',
        sentences: ['Run it by hand.'],
        transitions: [{ at: 0, from: 'STARTING', to: 'FATAL', why: 'exit 1', incarnation: 4 }],
        violations: [],
        lives: [
          { incarnation: 4, pid: 9, startedAt: 0, endedAt: 5000, code: 1, signal: null, why: 'exit 1', lastOutput: 'boom\u001B[2J\nbye\n' },
        ],
      },
    ],
    'GET /v1/audit': () => [{ at: 0, who: 'ann', role: 'admin', action: 'stop', targets: ['web:web'], result: 'ok' }],
  });
  assert.equal((await runHere(fake.url, ['avail'])).out, 'web                              in use    manual    999:100\n');
  assert.equal((await runHere(fake.url, ['version'])).out, '1.2.3\n');
  assert.deepEqual(await runHere(fake.url, ['wait', 'web']), { code: 0, out: '', err: '' });
  const off = await runHere(fake.url, ['wait', 'off', 'b']);
  assert.deepEqual([off.code, off.out], [1, 'off: ERROR (not running, and will not be: it is STOPPED (me stopped it))\nb: ERROR (not running yet)\n']);
  const late = await runHere(fake.url, ['wait', 'pool:w_00', '--timeout', '5s', '--for', 'stopped']);
  assert.equal(late.out, 'pool:w_00: ERROR (not stopped after 5s)\n');
  assert.equal(late.code, 1);
  const why = (await runHere(fake.url, ['explain', 'web'])).out;
  assert.match(
    why,
    /^web: FATAL\. It could not be started\.\n {2}Run it by hand\.\nLast changes:\n.*STARTING -> FATAL, life 4: exit 1\nLives:\n.*pid 9, ran 0:00:05, exit 1: exit 1\n {8}\| boom/,
  );
  assert.doesNotMatch(why, /\u001B/);
  assert.match((await runHere(fake.url, ['audit'])).out, /ann \(admin\) {2}stop web: ok\n$/);
});

test('doctor exits 1 when the daemon finds a problem [B36]', async (t) => {
  const fake = await daemon(t, {
    'GET /v1/doctor': () => [
      { level: 'ok', subject: 'node', message: 'Node 26' },
      { level: 'problem', subject: 'socket', message: 'open to all', advice: 'chmod it' },
    ],
  });
  const ran = await runHere(fake.url, ['doctor']);
  assert.equal(ran.out, 'ok       node    Node 26\nproblem  socket  open to all\n                 chmod it\n1 problem, 0 warnings\n');
  assert.equal(ran.code, 1);
  fake.routes.set('GET /v1/doctor', () => [{ level: 'ok', subject: 'node', message: 'Node 26' }]);
  assert.equal((await runHere(fake.url, ['doctor'])).code, 0);
});

test('events without -f print what is kept and end; --json is passed through', async (t) => {
  const fact = { type: 'process.running', process: 'web:web', incarnation: 1, pid: 1, startMs: 1000, ready: true, seq: 5, at: 0 };
  const fake = await daemon(t, {
    'GET /v1/events': ({ query }, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(`{"type":"gap","oldest":${query.get('since') === '4711' ? 1 : 5}}\n${JSON.stringify(fact)}\n`);
    },
  });
  const ran = await runHere(fake.url, ['events', 'web', '--severity', 'warning', '--since', '2']);
  assert.match(ran.out, /#5 {6}info {6}process\.running {2}web {2}life=1 pid=1 start=1s ready=true\n$/);
  assert.equal(ran.err, 'Events before #5 are no longer kept.\n');
  const { query, headers } = fake.seen[0]!;
  assert.deepEqual(
    [query.get('follow'), query.get('names'), query.get('min_severity'), query.get('since'), headers.accept],
    ['false', 'web', 'warning', '2', 'application/x-ndjson'],
  );
  assert.equal((await runHere(fake.url, ['events', '--since', '4711'])).err, 'This daemon has not come as far as #4711: what follows is all it has told.\n');
  assert.equal((await runHere(fake.url, ['events', '--json'])).out.split('\n')[1], JSON.stringify(fact));
});

test('names from a configuration file lead to the daemon, also from a file with errors', async (t) => {
  const fake = await daemon(t, { 'GET /v1/version': () => ({ version: '9' }) });
  const good = join(fake.directory, 'good.toml');
  writeFileSync(good, `[api]\nlisten = ["unix:${fake.path}"]\n[programs.web]\ncommand = "true"\n`);
  const ini = join(fake.directory, 'supervisord.conf');
  writeFileSync(ini, `[supervisord]\n[unix_http_server]\nfile=${fake.path}\n[program:web]\ncommand=true\n`);
  const bad = join(fake.directory, 'bad.toml');
  writeFileSync(bad, `[api]\nlisten = ["unix:${fake.path}"]\n[programs.web]\ncomand = "true"\n`);
  assert.deepEqual(await runCtl(['-c', good, 'version']), { code: 0, signal: null, out: '9\n', err: '' });
  assert.deepEqual(await runCtl(['-c', ini, 'version']), { code: 0, signal: null, out: '9\n', err: '' });
  assert.deepEqual(await runCtl(['version'], { REEVE_CONFIG: good }), { code: 0, signal: null, out: '9\n', err: '' });
  const edited = await runCtl(['-c', bad, 'version']);
  assert.equal(edited.out, '9\n');
  assert.match(edited.err, /bad\.toml has \d errors?: reevectl config check/);
  assert.equal((await runCtl(['version'], { REEVE_SOCKET: fake.path })).out, '9\n');
});

test('credentials go with -u and -p, a token with REEVE_TOKEN, and nothing of them into messages', async (t) => {
  const fake = await daemon(
    t,
    {
      'GET /v1/version': (seen, response) =>
        seen.headers.authorization === `Basic ${Buffer.from('ann:pw').toString('base64')}`
          ? { version: '9' }
          : refuse(response, 'UNAUTHENTICATED', 'cannot let you in'),
    },
    true,
  );
  assert.equal((await runCtl(['-s', fake.url, '-u', 'ann', '-p', 'pw', 'version'])).out, '9\n');
  const refused = await runCtl(['-s', fake.url, 'version'], { REEVE_TOKEN: 'sesame-token' });
  assert.equal(refused.out, 'Server requires authentication\n');
  assert.equal(refused.code, 1);
  assert.equal(fake.seen.at(-1)!.headers.authorization, 'Bearer sesame-token');
  assert.doesNotMatch(refused.err, /sesame/);
});

test('config check says every problem with its line and exits 2; a good file is counted and exits 0; config show says what is in force [B36][C89]', async (t) => {
  const fake = await daemon(t);
  const bad = join(fake.directory, 'bad.toml');
  writeFileSync(bad, '[programs.web]\ncomand = "true"\n[programs.api]\ncommand = "true"\nstartsecs = "soon"\n');
  const checked = await runHere(fake.url, ['config', 'check', bad]);
  assert.match(checked.out, /bad\.toml:2: error: programs\.web\.comand: .*command/);
  assert.match(checked.out, /bad\.toml:5: error: programs\.api\.startsecs/);
  assert.equal(checked.code, 2);
  const good = join(fake.directory, 'good.toml');
  writeFileSync(good, '[programs.web]\ncommand = "true"\nenvironment = { KEY = "hunter2" }\n[programs.api]\ncommand = "true"\n');
  assert.deepEqual(await runHere(fake.url, ['config', 'check', good]), { code: 0, out: `${good}: 2 programs, no problems\n`, err: '' });
  const jobs = join(fake.directory, 'jobs.toml');
  writeFileSync(jobs, '[jobs.report]\ncommand = "true"\n');
  assert.equal((await runHere(fake.url, ['config', 'check', jobs])).out, `${jobs}: 0 programs, 1 job, no problems\n`);
  const shown = await runHere(fake.url, ['config', 'show', good]);
  assert.match(shown.out, /^\[programs\.web\] {2}web:web {2}# .*good\.toml:1$\n[^]*^ {2}command = "true" {2}# .*good\.toml:2$[^]*^ {2}startsecs = "\d+s"$/m);
  assert.doesNotMatch(shown.out, /^ +\w*[a-z][A-Z]\w* =/m, 'in the words of the file');
  assert.match((await runHere(fake.url, ['config', 'show', jobs])).out, /^\[jobs\.report\]$\n[^]*command = "true" {2}# .*jobs\.toml:2$/m);
  assert.doesNotMatch(shown.out, /hunter2/);
  assert.doesNotMatch((await runHere(fake.url, ['config', 'show', '--json', good])).out, /hunter2/);
  assert.equal(typeof JSON.parse((await runHere(fake.url, ['config', 'schema'])).out), 'object');
  assert.equal((await runHere(fake.url, ['config', 'check', join(fake.directory, 'absent.toml')])).code, 2);
});

test('help, --help, --version and an unknown command answer without a daemon', async (t) => {
  const { url } = await daemon(t);
  assert.match((await runHere(url, ['help', 'restart'])).out, /^restart \[--with-strategy\]/);
  assert.match((await runHere(url, ['restart', '--help'])).out, /^restart \[--with-strategy\]/);
  const unknown = await runHere(url, ['statsu']);
  assert.deepEqual([unknown.out, unknown.err, unknown.code], ['*** Unknown syntax: statsu\n', 'statsu: did you mean status?\n', 1]);
  const empty = await runHere(url, ['start']);
  assert.match(empty.out, /^Error: start requires a process name\nstart /);
  assert.equal(empty.code, 2);
  assert.equal((await runHere(url, ['stop'])).code, 1, 'as supervisorctl');
  assert.match((await runCtl(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  assert.match((await runCtl(['--help'])).out, /^reevectl \[OPTIONS\]/);
  assert.equal((await runCtl(['--nope'])).code, 2);
});

test('a reader that goes away ends the output quietly', async (t) => {
  const rows = Array.from({ length: 5000 }, (_, i) => view(`program-${i}`));
  const fake = await daemon(t, { 'GET /v1/status': () => snapshot(rows) });
  const running = launchCtl(['-s', fake.url, 'status']);
  running.child.stdout!.destroy();
  const ran = await running.ended;
  assert.deepEqual([ran.code, ran.err], [0, '']);
});

test('words of supervisorctl that are not here yet are named as such, with what to do instead, not with a guess', async (t) => {
  const fake = await daemon(t);
  for (const [word, instead] of [
    ['update', /^update: not yet supported by this version; `reevectl reload` restarts everything/],
    ['reread', /^reread: not yet supported .*`reevectl config check`/],
    ['add', /^add: not yet supported/],
    ['remove', /^remove: not yet supported .*`reevectl disable NAME`/],
    ['open', /^open: is for the shell/],
  ] as const) {
    if (Object.hasOwn(COMMANDS, word)) continue; // It has come meanwhile.
    const ran = await runHere(fake.url, [word, 'web']);
    assert.equal(ran.out, `*** Unknown syntax: ${word} web\n`);
    assert.match(ran.err, instead);
    assert.equal(ran.code, 1);
  }
  assert.deepEqual(await runHere(fake.url, ['exit']), { code: 0, out: '', err: '' }, 'there is no shell to leave, and that is no failure');
});

test('who reaches nobody is told which file gave the address', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-ctl-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'reeve.toml');
  writeFileSync(file, '[api]\nlisten = ["unix:none.sock"]\n');
  const ran = await runCtl(['-c', file, 'status']);
  assert.equal(ran.out, `unix://${dir}/none.sock no such file\n`);
  assert.equal(ran.err, `This address is from ${file}. Start reeved, or say where it listens with -s or -c.\n`);
  assert.equal(ran.code, 4);
});

test('explain prints a group before its members, and asks for names as they were typed', async (t) => {
  const asked: string[] = [];
  const fake = await daemon(t, {
    'GET /v1/explain': ({ query }) => {
      asked.push(...query.getAll('names'));
      return [
        {
          kind: 'group', name: 'pool', state: 'UP', summary: 'group pool is looked after.', sentences: ['Restarts: 1 of 5 within 1 min.'],
          group: { name: 'pool', parent: 'root', strategy: 'one_for_one', state: 'UP', members: ['pool:w_00'], why: '' }, restarts: { count: 1, max: 5, windowMs: 60_000, lessAt: 0 },
        },
        { kind: 'process', name: 'pool:w_00', process: 'pool:w_00', state: 'STOPPED', summary: 'pool:w_00 is down.', sentences: [], transitions: [], violations: [], lives: [] },
      ];
    },
  });
  const ran = await runHere(fake.url, ['explain', 'pool']);
  assert.deepEqual(asked, ['pool']);
  assert.equal(ran.out, 'group pool: UP. group pool is looked after.\n  Restarts: 1 of 5 within 1 min.\n  Members: pool:w_00\n\npool:w_00: STOPPED. pool:w_00 is down.\n');
});

test('tail of a channel that there is not is said as supervisorctl says it', async (t) => {
  const fake = await daemon(t);
  const ran = await runHere(fake.url, ['tail', 'web', 'stdbad']);
  assert.deepEqual([ran.code, ran.out], [1, "Error: bad channel 'stdbad'\n"]);
});
