// What applying a changed configuration would do, shown before it is done. Browser-safe.
import { HIDDEN } from '../../config/redact.ts';

/** A value as the file would say it, or null where nothing is set. Secrets and values of environments are never in it. */
export type PlanValue = string | number | boolean | null | readonly (string | number)[];

export interface PlanChange {
  /** The key of the configuration file; `environment.NAME` for one variable. */
  readonly key: string;
  readonly from: PlanValue;
  readonly to: PlanValue;
}

/** keep: nothing of it changes. live: taken while it runs. restart: it needs a new life. */
export type ProcessAction = 'keep' | 'live' | 'restart' | 'add' | 'remove';

export interface ProcessPlan {
  /** `group:name`. */
  readonly process: string;
  readonly action: ProcessAction;
  readonly changes: readonly PlanChange[];
  /** It is down and wanted down (stopped by hand, disabled, never started): it takes what changed and is not started. */
  readonly staysDown: boolean;
}

/** replace: ended as a whole, and begun anew. */
export type GroupAction = 'keep' | 'live' | 'add' | 'remove' | 'replace';

export interface GroupPlan {
  readonly group: string;
  readonly action: GroupAction;
  readonly changes: readonly PlanChange[];
}

/** A running run goes on under what it began with. */
export type JobAction = 'keep' | 'live' | 'add' | 'remove';

export interface JobPlan {
  readonly job: string;
  readonly action: JobAction;
  readonly changes: readonly PlanChange[];
}

export interface BreakerPlan {
  readonly breaker: string;
  readonly action: JobAction;
  readonly changes: readonly PlanChange[];
}

/** A setting of the daemon itself: `daemon.loglevel`, `api.listen`. */
export interface SettingPlan extends PlanChange {
  /** live: applied. daemon: from the next start of the daemon on. */
  readonly takes: 'live' | 'daemon';
}

export interface Plan {
  /** Names this plan: the file as it is and what runs now. Applying it by its id refuses when either has changed. */
  readonly id: string;
  readonly file: string;
  /** False: what runs is what the file says. Settings that need a restart of the daemon do not count. */
  readonly changes: boolean;
  /** Top-level groups in start order, those that go last. */
  readonly groups: readonly GroupPlan[];
  readonly processes: readonly ProcessPlan[];
  /** In the order of the new file, those that go last. */
  readonly jobs: readonly JobPlan[];
  readonly breakers: readonly BreakerPlan[];
  readonly settings: readonly SettingPlan[];
}

function value(shown: PlanValue): string {
  return shown === null ? 'not set' : JSON.stringify(shown);
}

/** `key: old -> new`; a secret is only said to be there, to change or to go. */
export function changeLine({ key, from, to }: PlanChange): string {
  if (from === HIDDEN && to === HIDDEN) return `${key}: changed`;
  if (to === HIDDEN) return `${key}: set`;
  if (from === HIDDEN) return `${key}: removed`;
  if (from === null && to === null) return key;
  return value(from) === value(to) ? `${key}: changed in what is hidden` : `${key}: ${value(from)} -> ${value(to)}`;
}
