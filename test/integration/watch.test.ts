// Restarts on change under a real daemon: real directories, an editor's ways, and a program that writes what it watches.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fact } from '../../daemon/contract/facts.ts';
import { startDaemon, tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import { fileWatches } from '../../daemon/os/file-watch.ts';

const changes = (facts: readonly Fact[]): string[] => facts.flatMap((fact) => (fact.type === 'process.watched_change' ? [...fact.files] : []));

test('a change restarts the program once, however an editor writes; what is ignored restarts nothing [B35]', async (t) => {
  const dir = tempDir(t);
  for (const sub of ['app/pkg', 'app/node_modules/x', 'app/.git', 'app/build']) mkdirSync(join(dir, sub), { recursive: true });
  const write = (path: string): void => writeFileSync(join(dir, 'app', path), `${Math.random()}`);
  const d = await startDaemon(t, {
    dir, config: '[programs.web]\ncommand = "sleep 600"\ndirectory = "app"\nstartsecs = 0\nwatch = ["*.py", "templates/**"]\nwatch_ignore = ["build/**"]\nwatch_debounce = "150ms"\nstdout_logfile = "app/out.py"\n',
  });
  const begun = await d.state('web', 'RUNNING');
  // The watch begins a moment after the program: the first change is made until it is seen.
  await waitFor('the first change', () => {
    write('pkg/a.py');
    return changes(d.facts).length > 0;
  });
  await waitFor('the next life', async () => (await d.view('web')).incarnation > begun.incarnation && (await d.view('web')).state === 'RUNNING');
  for (const path of ['node_modules/x/b.py', '.git/c.py', 'build/d.py', 'app.js', '.e.py']) write(path);
  write('pkg/.a.py.swp');
  renameSync(join(dir, 'app/pkg/.a.py.swp'), join(dir, 'app/pkg/a.py'));
  mkdirSync(join(dir, 'app/templates/deep'), { recursive: true });
  write('templates/deep/index.html');
  await waitFor('the second change', () => changes(d.facts).includes('templates/deep/index.html'));
  const told = d.facts.filter((fact) => fact.type === 'process.watched_change').at(-1);
  assert.ok(told?.type === 'process.watched_change');
  assert.deepEqual([...told.files].toSorted(), ['pkg/a.py', 'templates/deep/index.html']);
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  const before = changes(d.facts).length;
  write('pkg/a.py');
  assert.equal((await d.ctl('start', 'web')).code, 0);
  assert.equal(changes(d.facts).length, before, 'who is stopped by hand stays so');
});

test('a program that writes what it watches is restarted a few times, and then it is said', async (t) => {
  const d = await startDaemon(t, {
    config: '[programs.web]\ncommand = ["sh", "-c", "date > gen.txt; exec sleep 600"]\ndirectory = "."\nstartsecs = 0\nwatch = ["*.txt"]\nwatch_debounce = "100ms"\n',
  });
  await waitFor('the watch', () => {
    if (changes(d.facts).length > 0) return true;
    writeFileSync(join(d.dir, 'gen.txt'), 'x');
    return false;
  });
  const muted = await d.fact('process.watch_muted');
  assert.equal(muted.file, 'gen.txt');
  assert.match(muted.why, /name it in watch_ignore/);
  assert.ok(changes(d.facts).length <= 4);
  writeFileSync(join(d.dir, 'other.txt'), 'x');
  await waitFor('another file', () => changes(d.facts).includes('other.txt'));
});

test('links are not followed, a directory that goes is let go, and one that cannot be watched is said', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'a/b'), { recursive: true });
  symlinkSync(dir, join(dir, 'a/round'));
  const seen: string[] = [];
  const problems: string[] = [];
  const request = { patterns: ['*.py'], ignore: [], without: [], changed: (file: string) => void seen.push(file), problem: (why: string) => void problems.push(why) };
  const handle = fileWatches.watch({ ...request, directory: dir });
  t.after(() => handle.close());
  writeFileSync(join(dir, 'a/b/x.py'), '1');
  await waitFor('x.py', () => seen.includes('a/b/x.py'));
  renameSync(join(dir, 'a'), join(dir, 'c'));
  await waitFor('the directory under its new name', () => seen.includes('c/b/x.py'));
  assert.equal(seen.some((path) => path.includes('round')), false);
  fileWatches.watch({ ...request, directory: join(dir, 'nowhere') });
  assert.match(problems.join(), /cannot watch .*nowhere/);
});
