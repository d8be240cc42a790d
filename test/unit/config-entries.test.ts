// What is in force, key by key: each key of the file once, nothing that config show hides, and the line that says it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { jobEntries, processEntries } from '../../config/entries.ts';
import { jobKeys } from '../../config/job-schema.ts';
import { readConfig } from '../../config/read.ts';
import { HIDDEN } from '../../config/redact.ts';
import { poolKeys } from '../../config/pool-schema.ts';
import { programKeys } from '../../config/program-schema.ts';
import type { Config, ProcessSpec } from '../../config/spec.ts';
import { findWritten } from '../../config/written.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';

const FILE = '/etc/reeve.toml';

function read(text: string, file = FILE): Config {
  const { config, problems } = readConfig(file, { ...nodeConfigPort(), readFile: () => text, glob: () => [] });
  assert.ok(config !== null, JSON.stringify(problems));
  return config;
}

function processOf(config: Config): ProcessSpec {
  const [group] = config.tree.members;
  const [process] = group?.kind === 'group' ? group.members : [];
  return process?.kind === 'process' ? process : assert.fail('no process');
}

const SECRET = 'hunter22';
const EVERYTHING = `[programs.web]
command = "serve --key ${SECRET}"
environment = { TOKEN = "${SECRET}", "DOTTED.NAME" = "${SECRET}" }
environment_secret = ["TOKEN"]
ready = { http = "http://127.0.0.1:8000/ready?key=${SECRET}" }
health = [{ http = "http://127.0.0.1:8000/health?key=${SECRET}", headers = { Authorization = "Bearer ${SECRET}" } }, { exec = "probe ${SECRET}" }]
hooks = { pre_start = "prepare ${SECRET}", post_stop = ["tidy", "${SECRET}"] }
min = 1
max = 3
scale_command = "load ${SECRET}"
scale_target = 2
rlimits = { nofile = 4096 }
watch = ["src/**"]
`;

test('no secret is in any entry, wherever the file says it', () => {
  const spec = processOf(read(EVERYTHING));
  const entries = processEntries(spec, () => null);
  assert.equal(JSON.stringify(entries).includes(SECRET), false);
  const value = (key: string) => entries.find((one) => one.key === key)?.value;
  assert.equal(value('command'), `serve --key ${HIDDEN}`);
  assert.equal(value('environment.TOKEN'), HIDDEN);
  assert.equal(value('environment.DOTTED.NAME'), HIDDEN, 'a value is hidden also where it is not marked');
  const job = read(`[jobs.import]\ncommand = "import ${SECRET}"\nundo_command = "undo ${SECRET}"\nfallback_command = "other ${SECRET}"\nbreaker = "b"\nenvironment = { TOKEN = "${SECRET}" }\nenvironment_secret = ["TOKEN"]\n[breakers.b]\n`).jobs[0] ?? assert.fail('no job');
  assert.equal(JSON.stringify(jobEntries(job, () => null)).includes(SECRET), false);
});

test('every key is one that the file knows, and is there once', () => {
  const programs = { ...programKeys, ...poolKeys };
  const entries = processEntries(processOf(read(EVERYTHING)), () => null);
  for (const { key } of entries) assert.ok(Object.hasOwn(programs, key.split('.')[0] ?? ''), key);
  assert.equal(new Set(entries.map((one) => one.key)).size, entries.length);
  const job = read('[jobs.import]\ncommand = "true"\nevery = "1h"\n').jobs[0] ?? assert.fail('no job');
  for (const { key } of jobEntries(job, () => null)) assert.ok(Object.hasOwn(jobKeys, key.split('.')[0] ?? ''), key);
});

test('a key is where it is written; one copy may have a line of its own', () => {
  const text = `[logs]\nmaxbytes = "1MB"\n\n[programs.web]\ncommand = "true"\nnumprocs = 2\nstop = ["TERM 1s"]\nnice = 1\n\n[programs.web.instance.1]\nnice = 5\n\n[programs.web.environment]\nLANG = "C"\n`;
  const config = read(text);
  const find = findWritten([{ file: FILE, text }]);
  const [group] = config.tree.members;
  const lines = (group?.kind === 'group' ? group.members : []).map((one) => {
    const entries = processEntries(one as ProcessSpec, find);
    return ['command', 'nice', 'stop', 'environment.LANG', 'stderr_logfile_maxbytes', 'priority', 'numprocs_start'].map((key) => entries.find((entry) => entry.key === key)?.origin?.line ?? null);
  });
  assert.deepEqual(lines, [[5, 8, 7, 14, 2, null, 6], [5, 11, 7, 14, 2, null, 6]]);
});

test('TOML and INI are searched each in its own way, and the last file that says it wins', () => {
  const ini = '; a comment\n[supervisord]\nenvironment = A="1",\n  B="2"\n[program:web]\ncommand = true\n[program:web]\npriority = 5\n[DEFAULT]\nnice = 3\n';
  const find = findWritten([{ file: '/m.toml', text: '[programs.other]\ncommand = "x"\n[daemon]\nenvironment = { C = "3" }\n' }, { file: '/s.conf', text: ini }]);
  const at = (...path: string[]) => {
    const place = find(path);
    return place === null ? null : `${place.file}:${place.line}`;
  };
  assert.deepEqual([at('programs', 'web'), at('programs', 'web', 'command'), at('programs', 'web', 'priority'), at('programs', 'web', 'nice')], ['/s.conf:5', '/s.conf:6', '/s.conf:8', '/s.conf:10']);
  assert.deepEqual([at('daemon', 'environment', 'A'), at('daemon', 'environment', 'B'), at('daemon', 'environment', 'C'), at('daemon', 'environment', 'D')], ['/s.conf:3', '/s.conf:3', '/m.toml:4', null]);
  assert.deepEqual([at('programs', 'other', 'command'), at('programs', 'other', 'nice'), at('programs', 'none')], ['/m.toml:2', null, null]);
});
