// Real supervisord files, read by our INI reader and compared with what Supervisor 4.2.5 makes of them, field by field.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import { normalize } from '../../config/paths.ts';
import { readConfig } from '../../config/read.ts';
import type { GroupSpec, ProcessSpec } from '../../config/spec.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const expectedFile = join(CORPUS, 'supervisord-expected.jsonl');
const here = join(CORPUS, 'supervisord');

interface TheirProcess {
  readonly name: string;
  readonly command: string;
  readonly directory: string | null;
  readonly umask: string | null;
  readonly priority: number;
  readonly autostart: boolean;
  readonly autorestart: string;
  readonly startsecs: number;
  readonly startretries: number;
  readonly stopsignal: string;
  readonly stopwaitsecs: number;
  readonly stopasgroup: boolean;
  readonly killasgroup: boolean;
  readonly exitcodes: readonly number[];
  readonly redirect_stderr: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdout_logfile: unknown;
  readonly stderr_logfile: unknown;
  readonly stdout_logfile_maxbytes: number;
  readonly stdout_logfile_backups: number;
  readonly stderr_logfile_maxbytes: number;
  readonly stderr_logfile_backups: number;
}

interface Row {
  readonly file: string;
  readonly ok: boolean;
  readonly fragment: boolean;
  readonly auto_env: readonly string[];
  readonly options: Readonly<Record<string, unknown>> & { readonly umask: string };
  readonly groups: readonly { readonly name: string; readonly priority: number; readonly processes: readonly TheirProcess[] }[];
}

/** The dump writes `/HERE` or `@here` for the folder of the file, and leaves relative paths as they are. */
function place(path: unknown): unknown {
  if (typeof path !== 'string') return path;
  const absolute = path.replace(/^(@here|\/HERE)(?=\/|$)/, here);
  return normalize(absolute.startsWith('/') ? absolute : `${here}/${absolute}`);
}

const RESTART: Readonly<Record<string, string>> = { permanent: 'true', transient: 'unexpected', temporary: 'false' };
const sorted = (record: Readonly<Record<string, string>>) => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
const octal = (text: string | null) => (text === null ? null : Number.parseInt(text, 8));
/** Generated names of automatic logs are not comparable. */
const log = (file: unknown) => (file === 'AUTO' || (typeof file === 'object' && file !== null) ? 'AUTO' : place(file));

function theirs(p: TheirProcess) {
  return {
    name: p.name,
    command: p.command.replaceAll('/HERE', here),
    directory: place(p.directory),
    umask: octal(p.umask),
    priority: p.priority,
    autostart: p.autostart,
    restart: p.autorestart,
    startsecs: p.startsecs,
    startretries: p.startretries,
    exitcodes: p.exitcodes,
    environment: sorted(p.environment),
    stopsignal: p.stopsignal, // A KILL that is the stop signal is repeated, and not faster than once a second.
    stopwaitsecs: p.stopsignal === 'SIGKILL' ? Math.max(1, p.stopwaitsecs) : p.stopwaitsecs,
    stopasgroup: p.stopasgroup,
    killasgroup: p.killasgroup,
    redirect: p.redirect_stderr,
    stdout: [log(p.stdout_logfile), p.stdout_logfile_maxbytes, p.stdout_logfile_backups],
    stderr: p.redirect_stderr ? null : [log(p.stderr_logfile), p.stderr_logfile_maxbytes, p.stderr_logfile_backups],
  };
}

function ours(p: ProcessSpec) {
  const first = p.stop[0];
  const output = (spec: ProcessSpec['stdout']) => [spec.auto ? 'AUTO' : spec.file, spec.maxBytes, spec.backups];
  return {
    name: p.name,
    command: p.command.text,
    directory: p.directory,
    umask: p.umask,
    priority: p.priority,
    autostart: p.autostart,
    restart: RESTART[p.restart],
    startsecs: p.startMs / 1000,
    startretries: p.startRetries,
    exitcodes: p.exitCodes,
    environment: sorted(p.environment),
    stopsignal: `SIG${first?.signal}`,
    stopwaitsecs: first === undefined ? null : first.waitMs / 1000,
    stopasgroup: first?.scope === 'group',
    killasgroup: p.stop.at(-1)?.scope === 'group',
    redirect: p.stderr === null,
    stdout: output(p.stdout),
    stderr: p.stderr === null ? null : output(p.stderr),
  };
}

const missing = existsSync(expectedFile)
  ? false
  : `no corpus beside the repository (${expectedFile}): real supervisord files are not compared`;
if (missing !== false) console.error(`SKIPPED: ${missing}`);

test('real supervisord files mean what Supervisor 4.2.5 makes of them, and are rejected where it rejects them', { skip: missing }, () => {
  const rows = readFileSync(expectedFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  let compared = 0;
  for (const row of rows) {
    const env: Record<string, string> = { PATH: '/usr/bin:/bin', TMPDIR: '/tmp' };
    for (const name of row.auto_env) env[name.replace(/^ENV_/, '')] = '1';
    const { config, problems } = readConfig(join(here, row.file), { ...nodeConfigPort(), env, cwd: here }, { fragment: row.fragment });
    const errors = problems.filter((problem) => problem.severity === 'error');
    if (errors.length > 0 && errors.every((problem) => problem.message === 'not yet supported by this version')) continue;
    assert.equal(config !== null, row.ok, `${row.file}: ${errors.map((problem) => problem.message).join('; ')}`);
    compared += 1;
    if (config === null) continue;
    const { daemon, tree } = config;
    const { options } = row;
    assert.deepEqual(
      [
        daemon.identifier,
        daemon.nodaemon,
        daemon.logLevel,
        daemon.logfile,
        daemon.logfileMaxBytes,
        daemon.logfileBackups,
        daemon.pidfile,
        daemon.umask,
        daemon.directory,
        daemon.minfds,
        daemon.minprocs,
        daemon.silent,
        sorted(daemon.environment),
      ],
      [
        options['identifier'],
        options['nodaemon'],
        options['loglevel'],
        place(options['logfile']),
        options['logfile_maxbytes'],
        options['logfile_backups'],
        place(options['pidfile']),
        octal(options.umask),
        place(options['directory']),
        options['minfds'],
        options['minprocs'],
        options['silent'],
        sorted(options['environment'] as Record<string, string>),
      ],
      row.file,
    );
    const groups = tree.members.filter((group): group is GroupSpec => group.kind === 'group');
    assert.deepEqual(
      groups.map((group) => [group.name, group.priority]),
      row.groups.map((group) => [group.name, group.priority]),
      row.file,
    );
    groups.forEach((group, index) => {
      const members = group.members.filter((member): member is ProcessSpec => member.kind === 'process');
      assert.deepEqual(members.map(ours), row.groups[index]?.processes.map(theirs), `${row.file} ${group.name}`);
    });
  }
  assert.ok(compared >= rows.length * 0.9, `only ${compared} of ${rows.length} files could be compared`);
});
