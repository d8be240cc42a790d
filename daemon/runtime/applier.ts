// `apply` as an operation: one at a time, by the plan that was shown if one is named, each thing it touches a target.
import type { Config } from '../../config/spec.ts';
import type { Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import { shortName } from '../contract/names.ts';
import type { Plan } from '../contract/plan.ts';
import { applyPlan } from './apply.ts';
import { Changer } from './changer.ts';
import type { ChangeWorld } from './changer.ts';
import type { Compat } from './compat.ts';
import type { Caller, Mutation } from './control.ts';
import { changeGroup, updated } from './group-change.ts';
import type { Outcome } from './operations.ts';
import { changesOnly, makePlan } from './planning.ts';
import type { PlanWorld } from './planning.ts';

export interface ApplierOptions extends ChangeWorld, PlanWorld {
  /** Takes the settings of this configuration that can be taken now. Called when the programs are done. */
  readonly adopt: (config: Config) => void;
  /** What is configured by groups, as supervisord's `reread` left it. */
  readonly compat: Pick<Compat, 'newestGroup' | 'reread'>;
}

type Settle = (index: number, outcome: Outcome) => void;
type GroupMutation = Mutation & { readonly command: 'add' | 'remove' | 'update' };

/** What is said of things that need no life of their own. */
const DONE: Readonly<Record<string, string>> = { add: 'added', remove: 'removed' };

const LOST: Outcome = { ok: false, code: 'INTERRUPTED', message: 'not done: the daemon is ending or restarting' };

export class Applier {
  private readonly options: ApplierOptions;
  /** The command and the operation that are under way. */
  private running: { readonly command: string; readonly operation: string } | null = null;

  constructor(options: ApplierOptions) {
    this.options = options;
  }

  /** Why another change of this kind cannot begin, or null. */
  busy(command: string): CommandError | null {
    if (this.running === null) return null;
    return { code: 'BUSY', message: `cannot ${command}: ${this.running.command} is under way as operation ${this.running.operation}` };
  }

  plan(): Plan | CommandError {
    const made = makePlan(this.options);
    return 'code' in made ? { code: made.code, message: made.message } : made.plan;
  }

  /** Begins to apply the file. With dry_run, or with nothing to do, it ends at once and nothing is touched. */
  apply(request: Mutation & { command: 'apply' }, who: string): Operation | CommandError {
    const made = makePlan(this.options);
    if ('code' in made) {
      if (!request.dryRun) this.options.publish({ type: 'daemon.reload_refused', problems: made.problems });
      return { code: made.code, message: made.message };
    }
    const { plan } = made;
    if (request.plan !== null && request.plan !== plan.id) {
      return { code: 'STALE_PLAN', message: `cannot apply plan ${request.plan}: the file or what runs has changed since it was made; nothing was changed` };
    }
    if (request.dryRun || !plan.changes) {
      if (!request.dryRun) this.options.publish({ type: 'daemon.reloaded', added: [], changed: [], removed: [] });
      return this.begun(this.options.operations.begin('apply', who, [], plan));
    }
    const ids = plan.processes.filter((p) => p.action !== 'keep').map((p) => p.process);
    const groups = plan.groups.filter((g) => g.action === 'live' || g.action === 'replace').map((g) => `${g.group}:*`);
    const settings = plan.settings.some((s) => s.takes === 'live') ? ['daemon'] : [];
    const changed = changesOnly(plan);
    const others = [
      ...groups.map((name) => ({ name, action: 'live' })),
      ...changed.jobs.map(({ job, action }) => ({ name: `job ${job}`, action })),
      ...changed.breakers.map(({ breaker, action }) => ({ name: `breaker ${breaker}`, action })),
      ...settings.map((name) => ({ name, action: 'live' })),
    ];
    const operation = this.options.operations.begin('apply', who, [...ids.map(shortName), ...others.map((one) => one.name)], changed);
    const places = new Map(ids.map((id, index) => [id, index]));
    return this.carryOut('apply', operation, `${who} applied ${made.after.file}`, async (changer, settle) => {
      await applyPlan(changer, { plan: made.tree, before: made.before, after: made.after.tree, maxUnavailable: request.maxUnavailable, settled: (id, outcome) => settle(places.get(id) ?? -1, outcome) });
      if (changer.isOver) return;
      others.forEach(({ action }, index) => settle(ids.length + index, { ok: true, message: DONE[action] ?? 'changed' }));
      const of = (...actions: readonly string[]): readonly string[] => made.tree.processes.filter((p) => actions.includes(p.action)).map((p) => p.process);
      this.options.publish({ type: 'daemon.reloaded', added: of('add'), changed: of('live', 'restart'), removed: of('remove') });
      this.options.adopt(made.after);
    });
  }

  /** supervisord's way, by whole groups: what `reread` read, one group after the other. */
  groups(request: GroupMutation, caller: Caller): Operation | CommandError {
    const { options } = this;
    const known = request.command === 'update' ? options.compat.reread(caller) : null;
    if (known !== null && 'code' in known) return known;
    const targets = known === null ? request.names : updated(known, request.names, options.tree());
    const operation = options.operations.begin(request.command, caller.who, targets);
    const why = `${caller.who} asked for ${request.command}`;
    return this.carryOut(request.command, operation, why, async (changer, settle) => {
      for (const [index, name] of targets.entries()) settle(index, await changeGroup(changer, options.compat, request.command, known, name));
    });
  }

  /** Runs `work`; what it has not settled when it is over was lost to the end of the daemon. */
  private carryOut(command: string, operation: string, why: string, work: (changer: Changer, settle: Settle) => Promise<void>): Operation {
    const { operations } = this.options;
    const pending = new Set((operations.get(operation)?.targets ?? []).keys());
    const last: [index: number, outcome: Outcome][] = [];
    const settle: Settle = (index, outcome) => {
      if (!pending.delete(index)) return;
      // The operation ends when all is done, not with its last target: who waited for it may ask for the next.
      if (pending.size === 0) last.push([index, outcome]);
      else operations.settle(operation, index, outcome);
    };
    const changer = new Changer(this.options, why);
    this.running = { command, operation };
    const end = (): void => {
      changer.close();
      this.running = null;
      for (const index of pending) operations.settle(operation, index, LOST);
      for (const [index, outcome] of last) operations.settle(operation, index, outcome);
      operations.finishEmpty(operation);
    };
    // The answer to who asked is the operation as it begins.
    void Promise.resolve().then(() => work(changer, settle)).finally(end);
    return this.begun(operation, false);
  }

  private begun(operation: string, ended = true): Operation {
    if (ended) this.options.operations.finishEmpty(operation);
    return this.options.operations.get(operation) as Operation;
  }
}
