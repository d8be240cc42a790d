// Where state and sockets go: root, ordinary users, users without a name, and places that cannot be written.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bootIdentity } from '../../daemon/store/boot.ts';
import { runtimeDirectory, stateDirectory, stateName } from '../../daemon/store/state-dir.ts';

function temp(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-places-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const options = (over: Partial<Parameters<typeof stateDirectory>[0]>) => ({ configured: null, configFile: '/etc/reeve/reeve.toml', uid: 54321, env: {}, ...over });
const mode = (path: string | null): string => (statSync(path ?? '').mode & 0o777).toString(8);

test('two configurations of the same name have different state', () => {
  assert.match(stateName('/etc/reeve/reeve.toml'), /^reeve-[0-9a-f]{8}$/);
  assert.notEqual(stateName('/etc/reeve/reeve.toml'), stateName('/srv/reeve.toml'));
  assert.equal(stateName('/etc/reeve/../reeve/reeve.toml'), stateName('/etc/reeve/reeve.toml'));
});

test('the state directory of a user is made below XDG_STATE_HOME, else HOME, for his eyes only', (t) => {
  const home = temp(t);
  const xdg = stateDirectory(options({ env: { XDG_STATE_HOME: join(home, 'state'), HOME: home } }));
  assert.equal(xdg.dir, join(home, 'state/reeve', stateName('/etc/reeve/reeve.toml')));
  assert.equal(mode(xdg.dir), '700');
  assert.equal(stateDirectory(options({ env: { HOME: home } })).dir, join(home, '.local/state/reeve', stateName('/etc/reeve/reeve.toml')));
});

test('a uid that no user database knows, without a home, works without state and says why', () => {
  assert.deepEqual(stateDirectory(options({})), { dir: null, problem: 'neither XDG_STATE_HOME nor HOME is set, and state_dir is not configured' });
});

test('a place that cannot be a directory is a reason, not an exception', (t) => {
  const dir = temp(t);
  writeFileSync(join(dir, 'file'), '');
  const place = stateDirectory(options({ configured: join(dir, 'file/state') }));
  assert.equal(place.dir, null);
  assert.match(place.problem, /^cannot use .*file\/state: a part of its path is not a directory$/);
});

test('where nothing can be made at all is a reason too, and is not tried for ever', { skip: process.platform === 'linux' ? false : 'there is no /proc here' }, () => {
  assert.deepEqual(stateDirectory(options({ configured: '/proc/reeve/state' })), { dir: null, problem: 'cannot use /proc/reeve/state: a directory above it does not exist' });
});

test('sockets go below XDG_RUNTIME_DIR, in a directory that can be passed through and not listed', (t) => {
  const run = temp(t);
  const place = runtimeDirectory(options({ env: { XDG_RUNTIME_DIR: run } }));
  assert.equal(place.dir, join(run, 'reeve'));
  assert.equal(mode(place.dir), '711');
});

test('a directory in the shared temp directory that others can change is not used', (t) => {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = temp(t);
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const uid = process.getuid?.() ?? 0;
  const asked = options({ uid: uid === 0 ? 0 : uid, configured: null });
  const shared = join(process.env['TMPDIR'], `reeve-${uid === 0 ? 54321 : uid}`);
  // As a uid that we are not, the directory exists and belongs to somebody else: a name that nobody can guess is taken.
  const place = runtimeDirectory(uid === 0 ? options({}) : asked);
  if (uid !== 0) chmodSync(shared, 0o777);
  const second = uid === 0 ? place : runtimeDirectory(asked);
  assert.match(second.dir ?? '', /reeve-\d+-[A-Za-z0-9]{6}$/);
});

test('the identity of a boot is the same each time it is asked', () => {
  assert.equal(bootIdentity(), bootIdentity());
  assert.match(bootIdentity(), /^[^/]*\/[^/]*\/\d*$/);
});
