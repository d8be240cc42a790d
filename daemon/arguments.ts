// reeved's command line: supervisord's options, and ours. Values win over the configuration file.
import { parseArgs } from 'node:util';
import { parseSize } from '../config/size.ts';
import type { DaemonSpec } from '../config/spec.ts';

export interface DaemonArguments {
  readonly config: string | null;
  /** Stay in the foreground. */
  readonly nodaemon: boolean;
  /** Programs, groups and jobs that start by themselves; null: as the file says. */
  readonly only: readonly string[] | null;
  readonly action: 'run' | 'help' | 'version' | 'check' | 'self-test';
  /** What the options say over [daemon]. */
  readonly overrides: Partial<DaemonSpec>;
}

const LEVELS = ['critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather'] as const;
const LEVEL_WORDS: Readonly<Record<string, (typeof LEVELS)[number]>> = { crit: 'critical', critical: 'critical', erro: 'error', error: 'error', warn: 'warn', info: 'info', debg: 'debug', debug: 'debug', trac: 'trace', trace: 'trace', blat: 'blather', blather: 'blather' };

export const USAGE = `reeved: a process supervisor

Usage: reeved [-n] [-c FILE] [options]

  -c, --configuration FILE   configuration, TOML or supervisord's INI (default: see below)
  -n, --nodaemon             stay in the foreground (always so with a TOML file, and as PID 1)
      --only NAMES           start only these programs, groups and jobs ("jobs": all jobs), e.g. web,worker; others wait to be asked
  -s, --silent               in the foreground: no copy of the log on the terminal
  -l, --logfile FILE         the daemon's own log
  -y, --logfile_maxbytes N   rotate it at this size (50MB)
  -z, --logfile_backups N    old logs kept
  -e, --loglevel LEVEL       ${LEVELS.join(' ')}
  -j, --pidfile FILE         where to write the pid
  -i, --identifier NAME      name of this daemon
  -d, --directory DIR        change to it when going to the background
  -u, --user USER            run as this user (when started by root)
  -m, --umask OCTAL          umask of the daemon
  -a, --minfds N             file descriptors that must be available
      --minprocs N           processes that must be available
  -t, --strip_ansi, -q, --childlogdir, -k, --nocleanup   accepted for supervisord's sake; set them in the file
      --check                read the configuration, say what is wrong with it, and end (exit 2 on errors)
      --self-test            check that this Node and machine can run reeve, and end
  -v, --version              print the version
  -h, --help                 print this

Without -c: $REEVE_CONFIG, ./reeve.toml, /etc/reeve/reeve.toml, /etc/reeve.toml, then supervisord's places.
Signals: TERM, INT, QUIT end it (again: harder; a third time: at once). HUP takes the file as it is now. USR2 reopens logs. USR1 writes the state to the log.
Exit codes: 0 asked to end, 2 usage or configuration, 10 a program failed, 70 a mistake in reeve; or a program's own code where on_failure asks for it.
`;

const OPTIONS = {
  configuration: { type: 'string', short: 'c' }, nodaemon: { type: 'boolean', short: 'n' }, only: { type: 'string' }, silent: { type: 'boolean', short: 's' },
  logfile: { type: 'string', short: 'l' }, logfile_maxbytes: { type: 'string', short: 'y' }, logfile_backups: { type: 'string', short: 'z' },
  loglevel: { type: 'string', short: 'e' }, pidfile: { type: 'string', short: 'j' }, identifier: { type: 'string', short: 'i' },
  directory: { type: 'string', short: 'd' }, user: { type: 'string', short: 'u' }, umask: { type: 'string', short: 'm' },
  minfds: { type: 'string', short: 'a' }, minprocs: { type: 'string' }, strip_ansi: { type: 'boolean', short: 't' }, childlogdir: { type: 'string', short: 'q' },
  nocleanup: { type: 'boolean', short: 'k' }, check: { type: 'boolean' }, 'self-test': { type: 'boolean' }, version: { type: 'boolean', short: 'v' }, help: { type: 'boolean', short: 'h' },
} as const;

function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`cannot use --${name} ${text}: expected a whole number`);
  return Number(text);
}

function namesOf(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0) throw new RangeError('cannot use --only: expected names with commas between them');
  return names;
}

function sizeOf(text: string): number {
  const size = parseSize(text);
  if (size === null) throw new RangeError(`cannot use --logfile_maxbytes ${text}: expected a size such as 50MB`);
  return size;
}

function levelOf(text: string): DaemonSpec['logLevel'] {
  const level = LEVEL_WORDS[text.toLowerCase()];
  if (!level) throw new RangeError(`cannot use --loglevel ${text}: expected one of ${LEVELS.join(' ')}`);
  return level;
}

function octal(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text)) throw new RangeError(`cannot use --umask ${text}: expected an octal number such as 022`);
  return Number.parseInt(text, 8);
}

/** @throws an Error with a person's words for options that are unknown or not of their form. */
export function parseDaemonArguments(argv: readonly string[]): DaemonArguments {
  const { values: v } = parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false });
  const overrides: { -readonly [K in keyof DaemonSpec]?: DaemonSpec[K] } = {};
  if (v.silent) overrides.silent = true;
  if (v.logfile !== undefined) overrides.logfile = v.logfile;
  if (v.logfile_maxbytes !== undefined) overrides.logfileMaxBytes = sizeOf(v.logfile_maxbytes);
  if (v.logfile_backups !== undefined) overrides.logfileBackups = whole('logfile_backups', v.logfile_backups);
  if (v.loglevel !== undefined) overrides.logLevel = levelOf(v.loglevel);
  if (v.pidfile !== undefined) overrides.pidfile = v.pidfile;
  if (v.identifier !== undefined) overrides.identifier = v.identifier;
  if (v.directory !== undefined) overrides.directory = v.directory;
  if (v.user !== undefined) overrides.user = v.user;
  if (v.umask !== undefined) overrides.umask = octal(v.umask);
  if (v.minfds !== undefined) overrides.minfds = whole('minfds', v.minfds);
  if (v.minprocs !== undefined) overrides.minprocs = whole('minprocs', v.minprocs);
  const action = v.help ? 'help' : v.version ? 'version' : v['self-test'] ? 'self-test' : v.check ? 'check' : 'run';
  return { config: v.configuration ?? null, nodaemon: v.nodaemon ?? false, only: v.only === undefined ? null : namesOf(v.only), action, overrides };
}
