// What a change of the daemon's own settings asks for: most are taken at once, what was opened or made at the start is not.
import { ISSUE_RULES } from './check-changes.ts';
import type { IssueSettings } from './check-spec.ts';
import { alertChanges } from './alert-changes.ts';
import type { Alerting } from './alert-changes.ts';
import { changesOf, hiddenParts, plain } from './changes.ts';
import type { FileValue, KeyChange, Part, Rules } from './changes.ts';
import { printDuration } from './duration.ts';
import { HIDDEN } from './redact.ts';
import { JOB_SETTING_RULES } from './job-changes.ts';
import type { JobSettings } from './job-spec.ts';
import { printSize } from './size.ts';
import type { ApiSpec, ListenSpec } from './api-spec.ts';
import type { DaemonSpec } from './spec.ts';

export type DaemonTakes = 'live' | 'daemon';

const time = (ms: number | null): FileValue => (ms === null ? null : Number.isFinite(ms) ? printDuration(ms) : 'infinity');

export const DAEMON_RULES: Rules<DaemonSpec, DaemonTakes> = {
  // In the names of automatic logs, and told to every child.
  identifier: plain('daemon', 'identifier'),
  stateDir: plain('daemon', 'state_dir'),
  runtimeDir: plain('daemon', 'runtime_dir'),
  logfile: plain('live', 'logfile'),
  logfileMaxBytes: plain('live', 'logfile_maxbytes', printSize),
  logfileBackups: plain('live', 'logfile_backups'),
  logLevel: plain('live', 'loglevel'),
  logFormat: plain('daemon', 'log_format'),
  pidfile: plain('daemon', 'pidfile'),
  nodaemon: plain('daemon', 'nodaemon'),
  silent: plain('daemon', 'silent'),
  umask: plain('daemon', 'umask', (mode) => mode.toString(8).padStart(3, '0')),
  user: plain('daemon', 'user'),
  directory: plain('daemon', 'directory'),
  minfds: plain('daemon', 'minfds'),
  minprocs: plain('daemon', 'minprocs'),
  // For lives that begin from then on.
  environment: { takes: 'live', parts: (values) => hiddenParts('environment', values) },
  statsd: plain('live', 'statsd'),
  shutdownGraceMs: plain('live', 'shutdown_grace', time),
  shutdownTimeoutMs: plain('live', 'shutdown_timeout', time),
  intensity: {
    takes: 'live',
    parts: (i) => [
      { key: 'max_restarts', value: i.max },
      { key: 'restart_window', value: time(i.windowMs) },
    ],
  },
  onFailure: plain('live', 'on_failure'),
};

function place(l: ListenSpec): string {
  return 'unix' in l.address ? `unix:${l.address.unix}` : `${l.address.host}:${l.address.port}`;
}

function listenParts(listen: readonly ListenSpec[]): readonly Part<DaemonTakes>[] {
  return [
    { key: 'listen', value: listen.map(place) },
    { key: 'socket_mode', value: [...new Set(listen.map((l) => l.mode.toString(8)))] },
    { key: 'socket_owner', value: [...new Set(listen.flatMap((l) => l.owner ?? []))] },
    { key: 'auth', value: listen.some((l) => l.open) ? 'none' : null },
    { key: 'username', value: listen.flatMap((l) => l.credentials?.username ?? []) },
    { key: 'password', value: listen.flatMap((l) => l.credentials?.password ?? []), shown: HIDDEN },
  ];
}

export const API_RULES: Rules<ApiSpec, DaemonTakes> = {
  listen: { takes: 'live', parts: listenParts },
  probeListen: plain('live', 'probe_listen', (p) => (p === null ? null : `${p.host}:${p.port}`)),
  users: {
    takes: 'live',
    parts: (users) => users.map((u) => ({ key: `users.${u.name}`, value: [u.role, u.password], shown: `${u.role}, ${HIDDEN}` })),
  },
  tokens: {
    takes: 'live',
    parts: (tokens) => tokens.map((t) => ({ key: `tokens.${t.name}`, value: [t.role, t.token], shown: `${t.role}, ${HIDDEN}` })),
  },
  allowedHosts: plain('live', 'allowed_hosts'),
  ui: plain('live', 'ui'),
  readyzHealth: plain('live', 'readyz_health'),
};

/** What differs in [daemon], [api], the settings of jobs and breakers, and [alerts], each key with its table's name. */
export function settingChanges(
  before: { readonly daemon: DaemonSpec; readonly api: ApiSpec; readonly jobSettings: JobSettings; readonly issueSettings: IssueSettings } & Alerting,
  after: { readonly daemon: DaemonSpec; readonly api: ApiSpec; readonly jobSettings: JobSettings; readonly issueSettings: IssueSettings } & Alerting,
): readonly KeyChange<DaemonTakes>[] {
  const named = (table: string, changes: readonly KeyChange<DaemonTakes>[]): readonly KeyChange<DaemonTakes>[] =>
    changes.map((change) => ({ ...change, key: `${table}.${change.key}` }));
  return [...named('daemon', changesOf(DAEMON_RULES, before.daemon, after.daemon)), ...named('api', changesOf(API_RULES, before.api, after.api)), ...changesOf(JOB_SETTING_RULES, before.jobSettings, after.jobSettings), ...changesOf(ISSUE_RULES, before.issueSettings, after.issueSettings), ...alertChanges(before, after)];
}

/** `after`, but with what the daemon cannot take while it runs as it is now. */
export function takenLive(before: DaemonSpec, after: DaemonSpec): DaemonSpec {
  const kept = Object.entries(DAEMON_RULES).filter(([, rule]) => rule.takes === 'daemon').map(([field]) => [field, before[field as keyof DaemonSpec]]);
  return { ...after, ...(Object.fromEntries(kept) as Partial<DaemonSpec>) };
}
