// Alerts as clients and channels see them: messages, incidents, silences. Browser-safe.
import type { Severity } from './facts.ts';
import type { Json } from './reports.ts';

/** start: something began. again: it happened again, or is as bad still. repeat: it lasts. end: it is over. news: told and over. */
export const MESSAGE_KINDS = ['start', 'again', 'repeat', 'end', 'news', 'test'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Whom an alert is about. */
export interface AlertSubject {
  readonly kind: 'process' | 'group' | 'job' | 'breaker' | 'check' | 'log' | 'listener' | 'daemon';
  /** `web:web`, `import`, `smtp`; of the daemon: ''. */
  readonly name: string;
  /** Program of a process. */
  readonly program: string;
  /** Group of a process. */
  readonly group: string;
}

/** What a channel delivers, as JSON. Times are wall clock ms, durations ms. */
export interface AlertMessage {
  readonly id: string;
  readonly kind: MessageKind;
  readonly alert: string;
  /** stuck, timeout, failure …; the cause where it has no class. */
  readonly class: string;
  /** The fact, such as `process.fatal`. */
  readonly cause: string;
  readonly severity: Severity;
  readonly subject: AlertSubject;
  /** In words: `web`, `job import`, `breaker smtp`. */
  readonly subjectName: string;
  /** What happened; of an end: what ended it. */
  readonly why: string;
  readonly title: string;
  readonly text: string;
  readonly at: number;
  /** Messages of one incident share it. */
  readonly incident: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** How often it happened in this incident. */
  readonly occurrences: number;
  /** Not told since the last message. */
  readonly suppressed: number;
  readonly incarnation: number | null;
  readonly job: string | null;
  readonly run: string | null;
  /** Of its last heartbeat. */
  readonly lastBeatAt: number | null;
  readonly link: string | null;
  readonly daemon: string;
  readonly host: string;
  /** The fact itself; null in a test. */
  readonly fact: Json;
}

/** Nobody is told about `name` until then: a process, program, group, job, breaker, alert, or `all`. */
export interface Silence {
  readonly id: string;
  readonly name: string;
  readonly by: string;
  readonly why: string;
  readonly at: number;
  readonly until: number;
}

/** Something that lasts. */
export interface IncidentView {
  readonly alert: string;
  readonly incident: string;
  readonly subject: AlertSubject;
  readonly subjectName: string;
  readonly cause: string;
  readonly severity: Severity;
  readonly why: string;
  readonly startedAt: number;
  readonly occurrences: number;
  readonly suppressed: number;
  /** A message about it was made. */
  readonly told: boolean;
  readonly silenced: boolean;
}

/** One rule, and what became of it. */
export interface AlertView {
  readonly name: string;
  readonly enabled: boolean;
  readonly on: readonly string[];
  readonly channels: readonly ('exec' | 'webhook' | 'syslog')[];
  readonly incidents: readonly IncidentView[];
  readonly sent: number;
  readonly delivered: number;
  /** Deliveries that wait. */
  readonly waiting: number;
  readonly lost: number;
  readonly lastAt: number | null;
  /** Why the last delivery failed; null: it did not. */
  readonly problem: string | null;
}

/** What `alert test` did, per alert and channel. */
export interface AlertTest {
  readonly alert: string;
  readonly channel: 'exec' | 'webhook' | 'syslog';
  readonly ok: boolean;
  readonly message: string;
  readonly tookMs: number;
}
