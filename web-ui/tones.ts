// What a state means at a glance: one of seven tones. Colour is never alone: each tone has a sign, and the word stands beside it.
import { stuckSeverity } from '../daemon/contract/health.ts';
import type { Severity } from '../daemon/contract/facts.ts';
import type { IssueState } from '../daemon/contract/issues.ts';
import type { BreakerState, RunState } from '../daemon/contract/jobs.ts';
import type { Health, ProcessStateName } from '../daemon/contract/states.ts';
import type { ProcessView } from '../daemon/contract/snapshot.ts';

/** severe: worse than bad. It stands on its colour, so that nobody needs to tell two reds apart. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'severe' | 'muted' | 'plain';

export const SIGNS: Readonly<Record<Tone, string>> = { good: '●', busy: '◐', warn: '▲', bad: '✕', severe: '◆', muted: '○', plain: '·' };

export const PROCESS_TONES: Readonly<Record<ProcessStateName, Tone>> = {
  STOPPED: 'muted', STARTING: 'busy', RUNNING: 'good', BACKOFF: 'warn', STOPPING: 'busy', EXITED: 'muted', FATAL: 'bad', UNKNOWN: 'bad',
};

export const HEALTH_TONES: Readonly<Record<Health, Tone>> = { unknown: 'muted', healthy: 'good', degraded: 'warn', unhealthy: 'bad', stuck: 'bad' };

const STUCK_TONES = { warning: 'warn', error: 'bad', critical: 'severe' } as const;

/** How bad it is to be stuck since the last sign of life, and in words; `lastAt` null: it is not known since when. */
export function stuckTone(lastAt: number | null, now: number): { readonly tone: Tone; readonly word: string } {
  const severity = lastAt === null ? 'error' : stuckSeverity(now - lastAt);
  return { tone: STUCK_TONES[severity], word: severity === 'critical' ? 'stuck, critical' : 'stuck' };
}

/** The tone of its health; of who is stuck by its last sign of life. */
export function healthTone({ health, heartbeat, startedAt }: Pick<ProcessView, 'health' | 'heartbeat' | 'startedAt'>, now: number): Tone {
  return health === 'stuck' && heartbeat !== null ? stuckTone(heartbeat.lastAt ?? startedAt, now).tone : HEALTH_TONES[health];
}

export const RUN_TONES: Readonly<Record<RunState, Tone>> = {
  scheduled: 'muted', queued: 'busy', running: 'busy', succeeded: 'good', failed: 'bad', retrying: 'warn', timed_out: 'bad', stalled: 'bad', cancelled: 'muted', missed: 'warn', skipped: 'muted',
  interrupted: 'bad', dead: 'bad',
};

export const BREAKER_TONES: Readonly<Record<BreakerState, Tone>> = { closed: 'good', open: 'bad', half_open: 'warn' };

export const ISSUE_TONES: Readonly<Record<IssueState, Tone>> = { open: 'warn', fixing: 'busy', manual: 'warn', unfixable: 'bad', exhausted: 'bad', fixed: 'good', closed: 'muted' };

export const SEVERITY_TONES: Readonly<Record<Severity | 'minor' | 'major', Tone>> = { debug: 'muted', info: 'plain', warning: 'warn', error: 'bad', critical: 'severe', minor: 'plain', major: 'warn' };

/** A process that deserves a look: worst first when views sort by trouble. 0: all is well. */
export function trouble(row: ProcessView): number {
  if (row.state === 'FATAL' || row.state === 'UNKNOWN') return 6;
  if (row.health === 'unhealthy' || row.health === 'stuck') return 5;
  if (row.state === 'BACKOFF') return 4;
  if (row.flapping !== null) return 3;
  if (row.health === 'degraded') return 2;
  return row.wanted === 'up' && (row.state !== 'RUNNING' || !row.ready) && row.state !== 'EXITED' ? 1 : 0;
}
