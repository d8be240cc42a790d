import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openTarget, ownStreamOf } from '../../daemon/logs/target-file.ts';

const dir = fs.mkdtempSync(join(tmpdir(), 'reeve-target-'));
after(() => fs.rmSync(dir, { recursive: true, force: true }));

/** What a path is taken for: its kind, or the words of refusal. */
function kindOf(path: string): string {
  const opened = openTarget(path);
  if ('error' in opened) return opened.error.replace(path, 'PATH');
  if (opened.kind !== 'own') fs.closeSync(opened.fd);
  return opened.kind === 'own' ? `own ${opened.own}` : opened.kind;
}

test('a path is opened as what it is, and refused in words where it cannot be a log', () => {
  fs.symlinkSync('/dev/stderr', join(dir, 'error.log'));
  fs.symlinkSync('/dev/null', join(dir, 'null.log'));
  fs.symlinkSync('nowhere', join(dir, 'dangling.log'));
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  assert.equal(kindOf(join(dir, 'a/b/new.log')), 'regular');
  assert.equal(kindOf(join(dir, 'fifo')), 'device');
  assert.equal(kindOf('/dev/null'), 'device');
  assert.equal(kindOf('/dev/stdout'), 'own 1');
  assert.equal(kindOf(`/proc/${process.pid}/fd/2`), 'own 2');
  assert.equal(kindOf(join(dir, 'error.log')), 'own 2');
  const link = 'cannot open log PATH: it is a symbolic link, which is never followed';
  assert.equal(kindOf(join(dir, 'null.log')), link);
  assert.equal(kindOf(join(dir, 'dangling.log')), link);
  assert.equal(kindOf(dir), 'cannot open log PATH: it is a directory');
  assert.equal(ownStreamOf('/proc/1/fd/9'), null);
});

test('a new log is not writable by others, whatever the umask of the daemon allows', () => {
  const before = process.umask(0);
  try {
    assert.equal(kindOf(join(dir, 'open.log')), 'regular');
  } finally {
    process.umask(before);
  }
  assert.equal(fs.statSync(join(dir, 'open.log')).mode & 0o777, 0o644);
});

test('a log below a directory where nothing can be made is refused, and the daemon does not hang over it', () => {
  assert.equal(kindOf('/proc/nothing-of-this-name/x.log'), 'cannot open log PATH: no such file or directory (ENOENT)');
  assert.equal(kindOf('/proc/version/a/x.log'), 'cannot open log PATH: a part of the path is not a directory (ENOTDIR)');
});
