// Why a process could not be started: a kind for the machine and words for a person, at once and as a value.
import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openNative } from '../../daemon/os/open.ts';
import { openSys, RLIMIT_NOFILE, type Sys } from '../../daemon/os/sys.ts';
import { openOsWorld, type OsWorld, plainSpec, until, within } from '../support/os-world.ts';

const isRoot = process.geteuid?.() === 0;
const silent = { ...plainSpec([]).stdout, ringBytes: 0 };
const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

function native(): Sys {
  const sys = openSys();
  assert.ok(!('problem' in sys), 'problem' in sys ? sys.problem : '');
  return sys;
}

for (const portable of [false, true]) {
  describe(portable ? 'portable' : 'native', () => {
    let world: OsWorld;
    before(() => {
      world = openOsWorld(portable);
      writeFileSync(join(world.directory, 'plain.txt'), '#!/bin/sh\n');
      writeFileSync(join(world.directory, 'no-interpreter'), '#!/no/such/interpreter\n', { mode: 0o755 });
      writeFileSync(join(world.directory, 'garbage'), '\u0000\u0001 neither program nor script', { mode: 0o755 });
    });
    after(() => world[Symbol.asyncDispose]());

    test('a command that is nowhere in PATH is not found', () => {
      assert.deepEqual(world.refuse(['no-such-command']), {
        kind: 'no_command',
        message: "can't find command 'no-such-command'",
        errno: 'ENOENT',
      });
    });

    test('a path that does not exist is not found', () => {
      assert.deepEqual(world.refuse(['/no/such/command']), {
        kind: 'no_command',
        message: "can't find command '/no/such/command'",
        errno: 'ENOENT',
      });
    });

    test('a file without execute permission is told apart', () => {
      const path = join(world.directory, 'plain.txt');
      assert.deepEqual(world.refuse([path]), {
        kind: 'not_executable',
        message: `command at '${path}' is not executable`,
        errno: 'EACCES',
      });
    });

    test('a directory is told apart', () => {
      const { kind, message } = world.refuse([world.directory]);
      assert.deepEqual([kind, message], ['is_directory', `command at '${world.directory}' is a directory`]);
    });

    test('the first existing file of PATH is taken, executable or not', () => {
      const first = join(world.directory, 'first');
      mkdirSync(first);
      writeFileSync(join(first, 'sleep'), '');
      const { kind, message } = world.refuse(['sleep'], {}, { PATH: `${first}:/bin:/usr/bin` });
      assert.deepEqual([kind, message], ['not_executable', `command at '${first}/sleep' is not executable`]);
    });

    test('an environment without PATH is searched as supervisord does', async () => {
      assert.equal((await world.finish(['true'], {}, {})).report.code, 0);
    });

    test('a missing directory is not blamed on the command', () => {
      const { kind, message } = world.refuse(['true'], { directory: '/no/such/place' });
      assert.deepEqual([kind, message], ['no_directory', "cannot use directory '/no/such/place': it does not exist"]);
    });

    test('a directory that is a file is told apart', () => {
      const { kind, message } = world.refuse(['true'], { directory: '/etc/passwd' });
      assert.deepEqual([kind, message], ['no_directory', "cannot use directory '/etc/passwd': it is not a directory"]);
    });

    test('an empty command and one that cannot be parsed are told', () => {
      assert.deepEqual(world.refuse([]), { kind: 'bad_command', message: 'command is empty', errno: null });
      const problem = 'can\'t parse command "\'": No closing quotation';
      assert.equal(world.refuse([], { command: { text: "'", words: [], shell: false, problem } }).message, problem);
    });

    test('a script whose interpreter is missing names the script', () => {
      const path = join(world.directory, 'no-interpreter');
      const { kind, message } = world.refuse([path], portable ? { stderr: null, stdout: { ...silent } } : {});
      assert.deepEqual([kind, message], ['no_command', `cannot run '${path}': its interpreter or loader does not exist`]);
    });

    test('a user that does not exist is told', () => {
      const { kind, message } = world.refuse(['true'], { user: 'no-such-user' });
      assert.deepEqual([kind, message], ['no_user', "cannot run as user 'no-such-user': there is no such user in /etc/passwd"]);
      assert.equal(world.refuse(['true'], { userGroup: 'no-such-group' }).kind, 'no_user');
    });

    test('nothing is left open by starts that failed', async () => {
      world.refuse(['no-such-command']);
      const before = openDescriptors();
      for (let n = 0; n < 50; n += 1) {
        world.refuse(['no-such-command'], { stdin: 'pipe' });
        world.refuse([join(world.directory, 'no-interpreter')], { stdin: 'pipe', ...(portable ? { stdout: silent } : {}) });
        world.refuse(['true'], { directory: '/no/such/place' });
      }
      // Streams of Node close a turn later.
      if (portable) await until('the streams closed', () => openDescriptors() <= before);
      assert.equal(openDescriptors(), before);
    });

    test('without root, another user is refused in words', async (t) => {
      if (isRoot) return t.skip('we are root here; native tests see the command as the other user instead');
      const { kind, message } = world.refuse(['true'], { user: '0' });
      assert.deepEqual([kind, message], ['no_user', "cannot run as user '0': the daemon is not root"]);
    });
  });
}

describe('native only', () => {
  test('a file that is neither program nor script is told apart', async () => {
    await using world = openOsWorld(false);
    const path = join(world.directory, 'garbage');
    writeFileSync(path, '\u0000\u0001 neither program nor script', { mode: 0o755 });
    const { kind, errno } = world.refuse([path]);
    assert.deepEqual([kind, errno], ['bad_command', 'ENOEXEC']);
  });

  test('arguments that are too long are told apart', async () => {
    await using world = openOsWorld(false);
    assert.equal(world.refuse(['true', 'x'.repeat(3_000_000)]).errno, 'E2BIG');
  });

  test('a path is looked up from the directory of the program', async () => {
    await using world = openOsWorld(false);
    writeFileSync(join(world.directory, 'here'), '#!/bin/sh\nexit 5\n', { mode: 0o755 });
    assert.equal((await world.finish(['./here'], { directory: world.directory })).report.code, 5);
    assert.equal(world.refuse(['./here']).kind, 'no_command');
  });

  test('what another user may not run is refused before setpriv could hide it', async (t) => {
    if (!isRoot) return t.skip('needs root to run a program as another user');
    await using world = openOsWorld(false);
    const user = 'nobody';
    chmodSync(world.directory, 0o755);
    const mine = join(world.directory, 'mine');
    writeFileSync(mine, '#!/bin/sh\n', { mode: 0o700 });
    assert.deepEqual(world.refuse([mine], { user }), {
      kind: 'no_permission',
      message: `no permission to run command '${mine}'`,
      errno: 'EACCES',
    });
    const closed = join(world.directory, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    assert.equal(world.refuse(['true'], { user, directory: closed }).message, `cannot use directory '${closed}': permission denied`);
    assert.equal(world.refuse([join(closed, 'anything')], { user }).kind, 'no_permission');
    assert.equal(world.refuse(['no-such-command'], { user }).message, "can't find command 'no-such-command'");
    // And we see with our own eyes again.
    assert.equal((await world.finish([mine])).report.code, 0);
  });

  for (const [errno, kind, message] of [
    [11, 'too_many_processes', "Too many processes in process table to spawn 'it'"],
    [12, 'no_memory', "not enough memory to spawn 'it'"],
  ] as const) {
    test(`errno ${errno} of a spawn is ${kind}, and its pipes are closed`, async () => {
      const sys = native();
      let failing = true;
      await using world = openOsWorld(false, (warn) =>
        openNative({ ...sys, spawn: (...all) => (failing ? errno : sys.spawn(...all)) }, warn),
      );
      const before = openDescriptors();
      const error = world.refuse(['true'], { stdin: 'pipe' });
      assert.deepEqual([error.kind, error.message], [kind, message]);
      assert.equal(openDescriptors(), before);
      failing = false;
      assert.equal((await world.finish(['true'])).report.code, 0);
    });
  }

  test('a full table of open files is told, whichever pipe it hits, and nothing leaks', async () => {
    const sys = native();
    await using world = openOsWorld(false);
    await world.finish(['true'], { stdin: 'pipe' });
    const before = openDescriptors();
    const limit = sys.memory(16);
    const own = sys.memory(16);
    sys.prlimit(0, RLIMIT_NOFILE, null, own.address);
    own.bytes.copy(limit.bytes);
    // No gaps below the highest descriptor, so that room means room.
    const highest = Math.max(...readdirSync('/proc/self/fd').map(Number));
    const fillers: number[] = [];
    while ((fillers.at(-1) ?? 0) <= highest) fillers.push(openSync('/dev/null', 'r'));
    const kinds = new Set<string>();
    try {
      // Room for none, one … six more where seven are needed: each step of opening the pipes is hit by the limit once.
      for (let room = 0; room < 7; room += 1) {
        limit.bytes.writeBigUInt64LE(BigInt(fillers.at(-1)! + 1 + room), 0);
        sys.prlimit(0, RLIMIT_NOFILE, limit.address, null);
        kinds.add(world.refuse(['true'], { stdin: 'pipe' }).message);
      }
    } finally {
      sys.prlimit(0, RLIMIT_NOFILE, own.address, null);
      for (const fd of fillers) closeSync(fd);
    }
    assert.deepEqual([...kinds], ["too many open files to spawn 'it'"]);
    assert.equal(openDescriptors(), before);
    assert.equal((await world.finish(['true'])).report.code, 0);
  });

  test('whom a program left behind is found also when the table of open files is full', async () => {
    const sys = native();
    await using world = openOsWorld(false);
    const main = world.start(['sh', '-c', 'sleep 1000 & echo "worker $!"; exec sleep 1000']);
    const worker = Number((await until('its pid', () => /worker (\d+)/.exec(main.stdout())))[1]);
    const own = sys.memory(16);
    const none = sys.memory(16);
    sys.prlimit(0, RLIMIT_NOFILE, null, own.address);
    own.bytes.copy(none.bytes);
    const fillers: number[] = [];
    const highest = Math.max(...readdirSync('/proc/self/fd').map(Number));
    while ((fillers.at(-1) ?? 0) <= highest) fillers.push(openSync('/dev/null', 'r'));
    try {
      none.bytes.writeBigUInt64LE(BigInt(fillers.at(-1)! + 1), 0);
      sys.prlimit(0, RLIMIT_NOFILE, none.address, null);
      world.os.processes.signal(main.child, 'KILL', 'main');
      assert.deepEqual((await within('exit', main.exited)).left, [worker]);
      assert.deepEqual(world.os.processes.signal(main.child, 'KILL', 'tree'), { pids: [worker] });
    } finally {
      sys.prlimit(0, RLIMIT_NOFILE, own.address, null);
      for (const fd of fillers) closeSync(fd);
    }
    await within('gone', new Promise<void>((resolve) => world.os.processes.whenGone(main.child, resolve)));
  });
});
