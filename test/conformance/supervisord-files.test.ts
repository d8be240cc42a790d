// Real supervisord files, read by our INI reader and compared with what Supervisor 4.2.5 makes of them, field by field.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import { normalize } from '../../config/paths.ts';
import { readConfig } from '../../config/read.ts';
import { VIEW_DEFAULTS } from '../../scripts/ini-view-read.ts';
import { iniView } from '../../scripts/ini-view.ts';
import { processes } from '../support/config-files.ts';

const ROOT = join(import.meta.dirname, '../..');
const CORPUS = join(ROOT, '../shared/corpus');
const expectedFile = join(CORPUS, 'supervisord-expected.jsonl');
const here = join(CORPUS, 'supervisord');
const PATH = '/usr/bin:/bin';

interface TheirProcess {
  readonly name: string;
  readonly directory: string | null;
  readonly stdout_logfile: string | null;
  readonly stderr_logfile: string | null;
}

interface Row {
  readonly file: string;
  readonly ok: boolean;
  readonly error: string | null;
  readonly fragment: boolean;
  readonly auto_env: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly unread: Readonly<Record<string, readonly string[]>>;
  readonly groups: readonly { readonly name: string; readonly processes: readonly TheirProcess[] }[];
}

const missing = existsSync(expectedFile)
  ? false
  : `no corpus beside the repository (${expectedFile}): real supervisord files are not compared`;
if (missing !== false) console.error(`SKIPPED: ${missing}`);

const rows: readonly Row[] =
  missing !== false
    ? []
    : readFileSync(expectedFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);

function read(row: Row) {
  const env: Record<string, string> = { PATH, TMPDIR: '/tmp' };
  for (const name of row.auto_env) env[name.replace(/^ENV_/, '')] = '1';
  return readConfig(
    join(here, row.file),
    { ...nodeConfigPort(), env, cwd: '/', hostname: 'HOST' },
    { fragment: row.fragment, here: '/HERE' },
  );
}

test('every field of every real file is what Supervisor 4.2.5 makes of it, and what it refuses is refused', { skip: missing }, () => {
  for (const row of rows) {
    const view = iniView(join(here, row.file), { ...VIEW_DEFAULTS, autoEnv: true, env: { PATH } });
    // A refusal is the same, its words are our own.
    assert.deepEqual({ ...view, error: view.error === null ? null : '' }, { ...row, error: row.error === null ? null : '' }, row.file);
  }
  assert.ok(rows.length >= 114);
});

test('the paths that real files write are made absolute as supervisord would find them', { skip: missing }, () => {
  const place = (path: string | null) => (path === null ? null : normalize(path.startsWith('/') ? path : `/${path}`));
  const log = (path: string | null) => (path === 'AUTO' || path === '' ? path : place(path));
  for (const row of rows.filter((one) => one.ok)) {
    const { config } = read(row);
    assert.ok(config !== null, row.file);
    assert.equal(config.daemon.logfile, place(row.options['logfile'] as string), row.file);
    assert.equal(config.daemon.pidfile, place(row.options['pidfile'] as string), row.file);
    const specs = new Map(processes(config.tree).map((spec) => [spec.id, spec]));
    for (const group of row.groups)
      for (const theirs of group.processes) {
        const spec = specs.get(`${group.name}:${theirs.name}`);
        assert.ok(spec !== undefined, `${row.file} ${group.name}:${theirs.name}`);
        const file = (output: typeof spec.stdout | null) => (output === null ? null : output.auto ? 'AUTO' : output.file);
        assert.deepEqual(
          [spec.directory, file(spec.stdout), file(spec.stderr)],
          [place(theirs.directory), log(theirs.stdout_logfile), log(theirs.stderr_logfile)],
          `${row.file} ${spec.id}`,
        );
      }
  }
});

test('each key of a real file that supervisord never reads gets a warning with its line', { skip: missing }, () => {
  for (const row of rows.filter((one) => one.ok)) {
    const { problems } = read(row);
    for (const [section, keys] of Object.entries(row.unread))
      for (const key of keys) {
        // A reeve key that people write already: Sv#122.
        if (key === 'depends_on') continue;
        const found = problems.find((problem) => problem.key === `${section}.${key}`);
        assert.equal(found?.severity, 'warning', `${row.file} ${section}.${key}`);
        assert.ok((found?.line ?? 0) > 0);
      }
  }
});

test('`npm run vectors -- ini` prints the same, one line for each file', { skip: missing }, () => {
  const files = rows.slice(0, 3).map((row) => join(here, row.file));
  const args = [join(ROOT, 'scripts/vectors.ts'), 'ini', '--auto-env', '--clear-env', '--env', `PATH=${PATH}`, '--jsonl', ...files];
  const lines = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    rows.slice(0, 3),
  );
});
