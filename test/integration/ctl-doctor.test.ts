import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createServer } from 'node:net';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from '../../ctl/doctor-local.ts';
import type { Finding } from '../../daemon/contract/answers.ts';
import { runCtl } from '../support/run-ctl.ts';

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'reeve-doctor-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function file(dir: string, text: string, mode = 0o600): string {
  const path = join(dir, 'reeve.toml');
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

const bad = (found: readonly Finding[]): string[] =>
  found.filter((f) => f.level === 'problem' || f.level === 'warning').map((f) => `${f.level} ${f.subject}: ${f.message}`);

test('a file and a machine that are fine have no problem [B36]', async (t) => {
  const dir = directory(t);
  const found = await inspect(
    file(dir, `[daemon]\nstate_dir = "${dir}/state"\n[api]\nlisten = ["unix:${dir}/s"]\n[programs.web]\ncommand = "sh -c true"\n`),
  );
  assert.deepEqual(bad(found), []);
  assert.ok(found.some((f) => f.subject === 'state_dir' && /will be created/.test(f.message)));
});

test('missing commands, directories and users are found before anything is started [B36]', async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'plain'), 'x', { mode: 0o644 });
  const found = await inspect(
    file(
      dir,
      `[daemon]\nstate_dir = "${dir}"\n[api]\nlisten = ["unix:${dir}/s"]\n[programs.a]\ncommand = "no-such-command-here"\n[programs.b]\ncommand = "${dir}/plain"\n[programs.c]\ncommand = "true"\ndirectory = "${dir}/absent"\n[programs.d]\ncommand = "true"\nuser = "no-such-user"\n`,
    ),
  );
  const lines = bad(found).join('\n');
  assert.match(lines, /program a: can't find command 'no-such-command-here' in PATH \(.*reeve\.toml:\d+\)/);
  assert.match(lines, /program b: command at '.*plain' is not executable/);
  assert.match(lines, /program c: its directory .*absent does not exist/);
  assert.match(lines, /program d: cannot run as user 'no-such-user': there is no such user in \/etc\/passwd/);
});

test('a busy port, a socket in use and one left over are told apart', async (t) => {
  const dir = directory(t);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const used = createServer();
  await new Promise<void>((resolve) => used.listen(join(dir, 'used'), resolve));
  t.after(() => used.close());
  const { port } = taken.address() as { port: number };
  const found = await inspect(
    file(
      dir,
      `[daemon]\nstate_dir = "${dir}"\n[api]\nlisten = ["127.0.0.1:${port}", "unix:${dir}/used", "unix:${dir}/left"]\n[programs.a]\ncommand = "true"\n`,
    ),
  );
  assert.match(bad(found).join('\n'), new RegExp(`problem port ${port}: 127\\.0\\.0\\.1:${port} is in use by another program`));
  assert.match(bad(found).join('\n'), /problem socket: .*used is in use by a running server/);
});

test('open doors are named: a server for everybody, a socket for every user, a file that others may change', async (t) => {
  const dir = directory(t);
  const path = file(
    dir,
    `[daemon]\nstate_dir = "${dir}"\n[api]\nauth = "none"\nsocket_mode = "0777"\nlisten = ["*:0", "unix:${dir}/s"]\n`.replace(
      '*:0',
      '*:65001',
    ) + '[programs.a]\ncommand = "true"\n',
    0o666,
  );
  const lines = bad(await inspect(path)).join('\n');
  assert.match(lines, /problem port 65001: everybody who reaches this machine may stop and start programs/);
  assert.match(lines, /warning socket: .* is open to every local user \(mode 777\)/);
  assert.match(lines, /problem file: .* may be changed by every user/);
});

test('what is in the way of a directory is named', async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'log'), 'a file');
  const found = await inspect(
    file(dir, `[daemon]\nstate_dir = "${dir}/log/state"\n[api]\nlisten = ["unix:${dir}/s"]\n[programs.a]\ncommand = "true"\n`),
  );
  assert.match(bad(found).join('\n'), /problem state_dir: .*log is no directory/);
});

test('doctor without a daemon looks by itself, says so, and exits 1 when something is wrong [B36]', async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'run'));
  const good = file(dir, `[daemon]\nstate_dir = "${dir}"\n[api]\nlisten = ["unix:${dir}/run/s"]\n[programs.a]\ncommand = "true"\n`);
  const well = await runCtl(['-c', good, 'doctor']);
  assert.match(well.out, /^note +daemon +no daemon was asked: unix:.* no such file\n/);
  assert.match(well.out, /All is well\.\n$/);
  assert.equal(well.code, 0);
  const broken = join(dir, 'broken.toml');
  writeFileSync(broken, '[programs.a]\ncomand = "true"\n');
  const ill = await runCtl(['-c', broken, 'doctor']);
  assert.match(ill.out, /problem +file +.*broken\.toml:2: error: programs\.a\.comand/);
  assert.equal(ill.code, 1);
});
