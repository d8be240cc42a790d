// Which keys supervisord reads in which section. What stands elsewhere it never sees, and says nothing.
import { didYouMean } from './nearest.ts';
import type { IniSection } from './ini-file.ts';
import type { ReadContext } from './declared.ts';

const CHANNEL_KEYS = ['logfile', 'logfile_maxbytes', 'logfile_backups', 'capture_maxbytes', 'events_enabled', 'syslog'];

/** Keys that a program of supervisord reads for each of its copies, and not at all where there are none. */
export const COPY_KEYS: readonly string[] = [
  'directory',
  ...['stdout', 'stderr'].flatMap((channel) =>
    ['logfile', 'logfile_backups', 'logfile_maxbytes', 'syslog'].map((word) => `${channel}_${word}`),
  ),
  'command',
];

const PROGRAM_KEYS = [
  'command',
  'process_name',
  'numprocs',
  'numprocs_start',
  'priority',
  'autostart',
  'autorestart',
  'startsecs',
  'startretries',
  'exitcodes',
  'stopsignal',
  'stopwaitsecs',
  'stopasgroup',
  'killasgroup',
  'user',
  'redirect_stderr',
  'environment',
  'directory',
  'umask',
  'serverurl',
  ...['stdout', 'stderr'].flatMap((channel) => CHANNEL_KEYS.map((word) => `${channel}_${word}`)),
];

/** Kind of section -> the keys supervisord reads in it. */
export const SUPERVISORD_KEYS = {
  supervisord: [
    'logfile',
    'logfile_maxbytes',
    'logfile_backups',
    'loglevel',
    'pidfile',
    'umask',
    'nodaemon',
    'silent',
    'minfds',
    'minprocs',
    'nocleanup',
    'childlogdir',
    'user',
    'directory',
    'strip_ansi',
    'environment',
    'identifier',
  ],
  program: PROGRAM_KEYS,
  eventlistener: [...PROGRAM_KEYS, 'events', 'buffer_size', 'result_handler'],
  'fcgi-program': [...PROGRAM_KEYS, 'socket', 'socket_owner', 'socket_mode', 'socket_backlog'],
  group: ['programs', 'priority'],
  unix_http_server: ['file', 'chmod', 'chown', 'username', 'password'],
  inet_http_server: ['port', 'username', 'password'],
  supervisorctl: ['serverurl', 'username', 'password', 'prompt', 'history_file'],
  include: ['files'],
  // Ours alone: supervisord reads nothing there, and says nothing.
  job: [],
  breaker: [],
  jobs: [],
  breakers: [],
  alert: [],
  check: [],
  fix: [],
  issues: [],
  alerts: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SectionKind = keyof typeof SUPERVISORD_KEYS;

const NAMED: readonly SectionKind[] = ['program', 'eventlistener', 'fcgi-program', 'group', 'job', 'breaker', 'alert', 'check', 'fix'];
const SINGLE: readonly SectionKind[] = ['supervisord', 'supervisorctl', 'include', 'jobs', 'breakers', 'alerts', 'issues'];

/** What a section is by its name; 'plugin' for Python's, null for one that nobody reads. */
export function kindOf(section: string): SectionKind | 'plugin' | null {
  const single = SINGLE.find((kind) => kind === section);
  if (single !== undefined) return single;
  if (section.startsWith('unix_http_server')) return 'unix_http_server';
  if (section.startsWith('inet_http_server')) return 'inet_http_server';
  if (section.startsWith('rpcinterface:') || section.startsWith('ctlplugin:')) return 'plugin';
  return NAMED.find((kind) => section.startsWith(`${kind}:`)) ?? null;
}

/** Every section header supervisord knows, as people write it. */
export const SECTION_NAMES: readonly string[] = [
  ...SINGLE,
  'unix_http_server',
  'inet_http_server',
  ...[...NAMED, 'rpcinterface', 'ctlplugin'].map((kind) => `${kind}:`),
];

/** Keys of Python's plug-ins that say nothing about us. */
const DEFAULT_HINT = 'supervisord ignores it too';

/**
 * supervisord ignores unknown keys in silence; a warning with the nearest known key, or with the section the key belongs to, finds
 * the mistakes. `ours` are reeve's keys of this section, `later` those that a later version reads.
 */
export function warnUnknown(
  c: ReadContext,
  section: IniSection,
  kind: SectionKind,
  ours: readonly string[],
  later: readonly string[] = [],
): void {
  const theirs: readonly string[] = SUPERVISORD_KEYS[kind];
  for (const [name, key] of section.keys) {
    if (theirs.includes(name) || ours.includes(name)) continue;
    const title = `${section.name}.${name}`;
    if (later.includes(name)) {
      c.report.warning(key.place, title, 'not yet supported by this version, ignored', DEFAULT_HINT);
      continue;
    }
    const near = didYouMean(name, [...theirs, ...ours]);
    const homes = Object.entries(SUPERVISORD_KEYS).filter(([, keys]) => (keys as readonly string[]).includes(name));
    const home = homes.slice(0, 3).map(([other]) => (NAMED.includes(other as SectionKind) ? `[${other}:NAME]` : `[${other}]`));
    c.report.warning(key.place, title, 'unknown key, ignored', home.length > 0 ? `it belongs into ${home.join(' or ')}` : near);
  }
}
