import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import { readConfig } from '../../config/read.ts';

const root = mkdtempSync(join(tmpdir(), 'reeve-config-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('patterns match as in a shell: sorted, hidden files only when written, folders by pattern too', () => {
  for (const folder of ['a.d', 'b.d', '.h']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['a.d/2.conf', 'a.d/10.conf', 'a.d/.x.conf', 'b.d/1.conf', 'b.d/z.toml', '.h/1.conf', 'a.d/[x].conf'])
    writeFileSync(join(root, file), '');
  const glob = (pattern: string) =>
    nodeConfigPort()
      .glob(join(root, pattern))
      .map((path) => path.slice(root.length + 1));
  assert.deepEqual(glob('a.d/*.conf'), ['a.d/10.conf', 'a.d/2.conf', 'a.d/[x].conf']);
  assert.deepEqual(glob('*.d/?.conf'), ['a.d/2.conf', 'b.d/1.conf']);
  assert.deepEqual(glob('[!a].d/*'), ['b.d/1.conf', 'b.d/z.toml']);
  assert.deepEqual(glob('a.d/[[]x].conf'), ['a.d/[x].conf']);
  assert.deepEqual(glob('a.d/.*'), ['a.d/.x.conf']);
  assert.deepEqual(glob('**/1.conf'), ['b.d/1.conf'], '** is not recursive, as in supervisord');
  assert.deepEqual(glob('b.d/1.conf'), ['b.d/1.conf']);
  assert.deepEqual(glob('none/*'), []);
  assert.deepEqual(glob('b.d/1.conf/*'), []);
});

test('a configuration on disk is read with its includes, relative to the working directory', () => {
  writeFileSync(join(root, 'reeve.toml'), 'include = "b.d/z.toml"\n');
  writeFileSync(join(root, 'b.d/z.toml'), '[programs.p]\ncommand = "x"\ndirectory = "."\n');
  const { config, problems } = readConfig('reeve.toml', { ...nodeConfigPort(), cwd: root });
  assert.deepEqual(problems, []);
  assert.deepEqual(config?.files, [join(root, 'reeve.toml'), join(root, 'b.d/z.toml')]);
});

test('a file that is not UTF-8 is refused in TOML and warned of in INI, with the line', () => {
  const latin = (name: string, text: string) => {
    writeFileSync(join(root, name), Buffer.from(text, 'latin1'));
    return readConfig(join(root, name), nodeConfigPort());
  };
  const native = latin('latin.toml', '[programs.p]\ncommand = "caf\u00e9"\n');
  assert.deepEqual([native.config, native.problems.map((p) => [p.line, p.severity])], [null, [[2, 'error']]]);
  assert.match(native.problems[0]?.message ?? '', /not UTF-8/);
  const drop = latin('latin.conf', '[supervisord]\n; caf\u00e9\n[program:p]\ncommand=x\n');
  assert.ok(drop.config !== null);
  assert.deepEqual(
    drop.problems.map((p) => [p.line, p.severity]),
    [[2, 'warning']],
  );
});

test('a file that is missing, or a directory, is said in words', () => {
  const message = (path: string) => readConfig(path, nodeConfigPort()).problems.map((problem) => problem.message);
  assert.deepEqual(message(join(root, 'gone.toml')), [`cannot read ${join(root, 'gone.toml')}: there is no such file (ENOENT)`]);
  assert.deepEqual(message(root), [`cannot read ${root}: it is a directory (EISDIR)`]);
});

test('a syntax error shows the line, and what was found in place of what a grammar would have liked', () => {
  const told = (text: string) => readConfig('/r.toml', { ...nodeConfigPort(), readFile: () => text }).problems.map((p) => p.message)[0];
  assert.equal(told('[programs.web\n'), 'cannot read the file as TOML: unexpected end of the line, in `[programs.web`');
  assert.equal(
    told('[programs.web]\ncommand = sleep 1\n'),
    'cannot read the file as TOML: unexpected "s", in `command = sleep 1` (a text is written in quotes)',
  );
  assert.match(told('a = \u001B[2J') ?? '', /in `a = \?\[2J`$/, 'no control character reaches the terminal');
});
