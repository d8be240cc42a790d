// Questions about everything at once, or about anything: what answers them is loaded by the first who asks.
import type { CommandError } from '../contract/errors.ts';
import type { Explanation } from '../contract/explanations.ts';
import type { InfoAnswer, OwnProcess, PoolAnswer } from '../contract/info.ts';
import type { Finding } from '../contract/answers.ts';
import type { Control } from './control.ts';
import type { ControllerOptions } from './controller.ts';
import type { Intents } from './intents.ts';
import type { IssueDesk } from './issue-desk.ts';

/** What can be asked that way. */
export interface Inquiry {
  /** One for each thing that is named, as EXPLAINED has the kinds; no name: the daemon. The error of the first name that is unknown or ambiguous. */
  explain(names: readonly string[]): Promise<readonly Explanation[] | CommandError>;
  /** own, listeners: what only those know who ask. */
  info(own: OwnProcess, listeners: readonly string[]): Promise<InfoAnswer>;
  /** A program with its instances. */
  pool(name: string): Promise<PoolAnswer | CommandError>;
}

export interface InquiryOptions extends Pick<ControllerOptions, 'version' | 'config' | 'clock' | 'bus' | 'store' | 'logs' | 'machine' | 'tree' | 'mainLog' | 'jobs' | 'alerts' | 'usage' | 'meters' | 'wellness' | 'kept'> {
  readonly side: ControllerOptions['issues'];
  readonly desk: IssueDesk;
  readonly intents: Intents;
  readonly doctor: () => readonly Finding[];
  /** Operations that have not ended. */
  readonly pending: () => number;
}

/** The answers from what the daemon has. */
export function createInquiry(options: InquiryOptions): Control['inquiry'] {
  const { version, config, clock, bus, store, logs, machine, tree, mainLog, jobs, alerts, usage, meters, wellness, kept, side, desk, intents, doctor, pending } = options;
  return {
    async explain(names) {
      const { explainAll } = await import('./explain-desk.ts');
      return explainAll({ tree: tree(), snapshot: bus.snapshot, config: config(), store, clock, kept, wellness, jobs, issues: side, desk, alerts, doctor, intent: (id) => intents.of(id) }, names);
    },
    async info(own, listeners) {
      const { infoOf } = await import('./info.ts');
      return infoOf({
        version, own, listeners, snapshot: bus.snapshot, config: config(), machine: machine(), state: { path: store.path, problem: store.problem }, logfile: mainLog.path, alerts: alerts.list(), silences: alerts.silences(),
        deadLetters: [...meters.deadLetters().values()].reduce((sum, one) => sum + one, 0), operations: pending(), stats: (id) => logs.stats(id), oldest: bus.oldest, now: clock.wall(),
      });
    },
    async pool(name) {
      const { poolOf } = await import('./info.ts');
      return poolOf({ snapshot: bus.snapshot, spec: (id) => tree().processes.get(id)?.spec, health: (ids) => wellness.rows(ids, false), usage: (ids) => usage(ids, false), held: (program) => wellness.isHeld(program) }, name);
    },
  };
}
