// The fields that a filter may name, declared once: the language, its errors and the reference are made from this table.
import { RUN_STATES, TRIGGERS } from './jobs.ts';
import { durationOf } from './ps.ts';
import type { PsRow } from './ps.ts';
import { HEALTH, PROCESS_STATES } from './states.ts';

/** How a value is written: text, one of some words, a number, `500MB`, `80%`, `1h30m`, a time, or nothing (`stuck`). */
export type FieldKind = 'text' | 'word' | 'number' | 'size' | 'percent' | 'duration' | 'time' | 'flag';

/** A value that is compared; null: the field does not apply. Sizes in bytes, durations in ms, times in wall clock ms. */
export type FieldValue = string | number | boolean | null;

/** One field of a filter. */
export interface WhereField {
  readonly kind: FieldKind;
  readonly says: string;
  /** word: what it may be. */
  readonly values?: readonly string[];
  /** Costs a look at /proc. */
  readonly measured?: true;
  readonly of: (row: PsRow, now: number) => FieldValue;
}

const STATES = [...new Set([...Object.keys(PROCESS_STATES), ...Object.keys(RUN_STATES)].map((name) => name.toLowerCase()))];
const CAUSES = ['exit', 'signal', 'timeout', 'stalled', 'limit', 'lost', 'spawn', 'breaker', 'overlap', 'expired', 'paused', 'drain', 'disk', 'request', 'duplicate', 'late'];
const lives = (row: PsRow): boolean => row.startedAt !== null && row.endedAt === null;
const since = (at: number | null, now: number): number | null => (at === null ? null : Math.max(0, now - at));

/** Every field; the docs print this table. */
export const WHERE_FIELDS = {
  kind: { kind: 'word', values: ['program', 'run'], says: 'A process of a program, or a run of a job.', of: (row) => row.kind },
  name: { kind: 'text', says: 'Name of the process as `status` shows it; of a run, its job.', of: (row) => row.name },
  id: { kind: 'text', says: '`group:name`, or the UUID of the run.', of: (row) => row.id },
  program: { kind: 'text', says: 'Program of a process.', of: (row) => row.program },
  group: { kind: 'text', says: 'Group of a process.', of: (row) => row.group },
  job: { kind: 'text', says: 'Job of a run.', of: (row) => row.job },
  state: { kind: 'word', values: STATES, says: 'State of the process or run, in any case of letters.', of: (row) => row.state.toLowerCase() },
  health: { kind: 'word', values: [...HEALTH], says: 'How it is.', of: (row) => row.health },
  wanted: { kind: 'word', values: ['up', 'down'], says: 'Whether a process is to run.', of: (row) => row.wanted },
  ready: { kind: 'flag', says: 'The process is ready; the run is going on.', of: (row) => row.ready },
  disabled: { kind: 'flag', says: 'The process is disabled.', of: (row) => row.disabled },
  flapping: { kind: 'flag', says: 'The process fails again and again.', of: (row) => row.flapping },
  stuck: { kind: 'flag', says: 'No sign of life, or no progress, for too long.', of: (row) => row.stuck },
  missed: { kind: 'number', says: 'Heartbeats missed in a row, as last told; of who is stuck it may be more.', of: (row) => row.missed },
  pid: { kind: 'number', says: 'Process id.', of: (row) => row.pid },
  rss: { kind: 'size', measured: true, says: 'Resident memory of the process and all it started; of a run that ended, its peak.', of: (row) => row.rssBytes },
  cpu: { kind: 'percent', measured: true, says: 'Percent of one core, of the process and all it started.', of: (row) => row.cpuPercent },
  created: { kind: 'time', says: 'When the run came about; of a process: when it was started.', of: (row) => row.createdAt },
  due: { kind: 'time', says: 'When the run is to start, or the next start of a process in BACKOFF.', of: (row) => row.dueAt },
  started: { kind: 'time', says: 'When it was started.', of: (row) => row.startedAt },
  ended: { kind: 'time', says: 'When it ended.', of: (row) => row.endedAt },
  heartbeat: { kind: 'time', says: 'When its last heartbeat came.', of: (row) => row.heartbeatAt },
  age: { kind: 'duration', says: 'Time since it came about.', of: (row, now) => since(row.createdAt, now) },
  uptime: { kind: 'duration', says: 'Time since it was started, while it lives.', of: (row, now) => (lives(row) ? since(row.startedAt, now) : null) },
  duration: { kind: 'duration', says: 'Time from its start to its end, or until now.', of: (row, now) => durationOf(row, now) },
  waiting: { kind: 'duration', says: 'Time for which a run that is scheduled or queued has waited.', of: (row, now) => (row.state === 'queued' || row.state === 'scheduled' ? since(row.createdAt, now) : null) },
  silence: { kind: 'duration', says: 'Time since its last heartbeat; of who missed its first one, since it began.', of: (row, now) => since(row.heartbeatAt ?? (row.missed > 0 ? row.startedAt : null), now) },
  restarts: { kind: 'number', says: 'Lives after the first; of a run, attempts before this one.', of: (row) => row.restarts },
  attempt: { kind: 'number', says: 'Attempt of a run, from 1.', of: (row) => row.attempt },
  trigger: { kind: 'word', values: [...TRIGGERS], says: 'What brought a run about.', of: (row) => row.trigger },
  initiator: { kind: 'text', says: 'Who asked for a run.', of: (row) => row.initiator },
  args: { kind: 'text', says: 'Arguments added to the command of a run.', of: (row) => (row.kind === 'run' ? row.args.join(' ') : null) },
  key: { kind: 'text', says: 'Unique key of a run.', of: (row) => row.key },
  exit: { kind: 'number', says: 'Exit code of the last end.', of: (row) => row.code },
  signal: { kind: 'text', says: 'Signal of the last end (TERM).', of: (row) => row.signal },
  cause: { kind: 'word', values: CAUSES, says: 'Why a run did not end well.', of: (row) => row.cause },
  progress: { kind: 'percent', says: 'How far it says it is.', of: (row) => row.percent },
  rate: { kind: 'number', says: 'Units of progress per second.', of: (row) => row.rate },
  eta: { kind: 'duration', says: 'Time it still takes at that rate.', of: (row) => row.etaMs },
  phase: { kind: 'text', says: 'Phase of its progress.', of: (row) => row.phase },
  status: { kind: 'text', says: 'What it last said of itself (STATUS=).', of: (row) => row.status },
  why: { kind: 'text', says: 'The reason of its state; of who runs and is not healthy, of its health.', of: (row) => row.why },
} as const satisfies Record<string, WhereField>;

/** A field of WHERE_FIELDS. */
export type WhereFieldName = keyof typeof WHERE_FIELDS;
