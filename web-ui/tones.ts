// What a state means at a glance: one of six tones. Colour is never alone: each tone has a sign, and the word stands beside it.
import type { Severity } from '../daemon/contract/facts.ts';
import type { IssueState } from '../daemon/contract/issues.ts';
import type { BreakerState, RunState } from '../daemon/contract/jobs.ts';
import type { Health, ProcessStateName } from '../daemon/contract/states.ts';
import type { ProcessView } from '../daemon/contract/snapshot.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'muted' | 'plain';

export const SIGNS: Readonly<Record<Tone, string>> = { good: '●', busy: '◐', warn: '▲', bad: '✕', muted: '○', plain: '·' };

export const PROCESS_TONES: Readonly<Record<ProcessStateName, Tone>> = {
  STOPPED: 'muted', STARTING: 'busy', RUNNING: 'good', BACKOFF: 'warn', STOPPING: 'busy', EXITED: 'muted', FATAL: 'bad', UNKNOWN: 'bad',
};

export const HEALTH_TONES: Readonly<Record<Health, Tone>> = { unknown: 'muted', healthy: 'good', degraded: 'warn', unhealthy: 'bad', stuck: 'bad' };

export const RUN_TONES: Readonly<Record<RunState, Tone>> = {
  scheduled: 'muted', queued: 'busy', running: 'busy', succeeded: 'good', failed: 'bad', retrying: 'warn', timed_out: 'bad', stalled: 'bad', cancelled: 'muted', missed: 'warn', skipped: 'muted',
  interrupted: 'bad', dead: 'bad',
};

export const BREAKER_TONES: Readonly<Record<BreakerState, Tone>> = { closed: 'good', open: 'bad', half_open: 'warn' };

export const ISSUE_TONES: Readonly<Record<IssueState, Tone>> = { open: 'warn', fixing: 'busy', manual: 'warn', unfixable: 'bad', exhausted: 'bad', fixed: 'good', closed: 'muted' };

export const SEVERITY_TONES: Readonly<Record<Severity | 'minor' | 'major', Tone>> = { debug: 'muted', info: 'plain', warning: 'warn', error: 'bad', critical: 'bad', minor: 'plain', major: 'warn' };

/** A process that deserves a look: worst first when views sort by trouble. 0: all is well. */
export function trouble(row: ProcessView): number {
  if (row.state === 'FATAL' || row.state === 'UNKNOWN') return 6;
  if (row.health === 'unhealthy' || row.health === 'stuck') return 5;
  if (row.state === 'BACKOFF') return 4;
  if (row.flapping !== null) return 3;
  if (row.health === 'degraded') return 2;
  return row.wanted === 'up' && (row.state !== 'RUNNING' || !row.ready) && row.state !== 'EXITED' ? 1 : 0;
}
