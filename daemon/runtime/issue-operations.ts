// What somebody asks of checks and issues, as operations: each check or issue a target with a result of its own.
import type { Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import { ISSUE_STATES } from '../contract/issues.ts';
import type { IssueState, IssueView } from '../contract/issues.ts';
import { shortId } from '../contract/names.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Store } from '../os/ports/store.ts';
import type { Caller, Mutation } from './control.ts';
import { noSuch } from './job-control.ts';
import type { JobSide } from './job-side.ts';
import type { IssueDesk } from './issue-desk.ts';
import type { IssueSide } from './issue-side.ts';
import { refused } from './operations.ts';
import type { Operations, Outcome } from './operations.ts';

export interface IssueOperationsOptions {
  readonly issues: IssueSide;
  readonly jobs: JobSide;
  readonly desk: IssueDesk;
  readonly store: Store;
  readonly clock: Clock;
  readonly operations: Operations;
  readonly publish: (fact: FactBody) => void;
  readonly subscribe: (tell: (fact: Fact) => void) => () => void;
  readonly newId: () => string;
}

export type IssueMutation = Extract<Mutation, { readonly command: 'check_run' | 'issue_fix' | 'issue_close' | 'issue_clear' }>;

/** Issues of one request that names all. */
const MAX_ISSUES = 1000;

export class IssueOperations {
  private readonly options: IssueOperationsOptions;

  constructor(options: IssueOperationsOptions) {
    this.options = options;
  }

  perform(mutation: IssueMutation, caller: Caller): Operation | CommandError {
    switch (mutation.command) {
      case 'check_run': return this.look(mutation, caller);
      case 'issue_fix': return this.fix(mutation, caller);
      case 'issue_close': return this.close(mutation, caller);
      case 'issue_clear': return this.clear(mutation, caller);
      default: return mutation satisfies never;
    }
  }

  private get(operation: string): Operation {
    return this.options.operations.begun(operation);
  }

  /** Names of checks whose time has come although they have not run: the scheduler does that by itself, unless they are paused. */
  private due(): readonly string[] {
    const { desk, jobs, clock } = this.options;
    return desk.checks().filter(({ name, enabled, lastRunAt, running, nextAt }) => {
      const schedule = jobs.book.spec(`check:${name}`)?.schedule;
      if (!enabled || running > 0 || !schedule) return false;
      if (schedule.kind === 'cron') return nextAt !== null && nextAt <= clock.wall();
      return lastRunAt === null || clock.wall() - schedule.everyMs > lastRunAt;
    }).map(({ name }) => name);
  }

  private look({ names, dryRun, due }: IssueMutation & { command: 'check_run' }, caller: Caller): Operation {
    const { issues, jobs, operations, newId, desk } = this.options;
    const chosen = due ? this.due() : names.includes('all') ? desk.checks().map(({ name }) => name) : [...new Set(names)];
    const operation = operations.begin('check_run', caller.who, chosen);
    for (const [index, name] of chosen.entries()) {
      if (jobs.book.spec(`check:${name}`) === undefined) {
        operations.settle(operation, index, refused(noSuch('check', name, desk.checks().map((check) => check.name))));
        continue;
      }
      const run = newId();
      operations.tag(operation, index, run);
      issues.look(name, run, caller.who, dryRun, ({ ok, why, issues: found, dropped }) => {
        const count = `${String(found.length + dropped)} issue${found.length + dropped === 1 ? '' : 's'}`;
        operations.settle(operation, index, ok ? { ok: true, message: count, run } : { ok: false, code: 'RUN_FAILED', message: why, run });
      });
    }
    return this.get(operation);
  }

  private fix({ names, all, force }: IssueMutation & { command: 'issue_fix' }, caller: Caller): Operation {
    const { issues, operations, desk } = this.options;
    const wanted = all ? issues.book.issues().filter(({ state }) => state === 'open' || (force && (state === 'exhausted' || state === 'unfixable'))).slice(0, MAX_ISSUES).map(({ id }) => id) : [...new Set(names)];
    const operation = operations.begin('issue_fix', caller.who, wanted);
    for (const [index, name] of wanted.entries()) {
      const issue = desk.find(name);
      const problem = 'id' in issue ? this.unfixable(issue, force) : issue;
      if (problem !== null || !('id' in issue)) operations.settle(operation, index, refused(problem as CommandError));
      else this.fixOne(operation, index, issue, force, caller);
    }
    return this.get(operation);
  }

  /** Why a fix may not work on it now; null: it may. */
  private unfixable(issue: IssueView, force: boolean): CommandError | null {
    const { issues } = this.options;
    const { id, check, code, state } = issue;
    if (state === 'fixing') return null;
    if (state !== 'open' && !issues.book.isHandled(check, code)) return { code: 'NOT_SUPPORTED', message: `cannot fix ${id}: ${code === null ? 'it has no code' : `no fix handles code ${code}`}`, hint: 'repair it, then `reevectl issue close`' };
    if (state !== 'open' && !force) return { code: 'FAILED', message: `cannot fix ${id}: it is ${state}, ${issue.why}`, hint: 'use --force to try all over' };
    return null;
  }

  private fixOne(operation: string, index: number, issue: IssueView, force: boolean, caller: Caller): void {
    const { issues, operations, subscribe } = this.options;
    const settle = (outcome: Outcome): void => {
      unsubscribe();
      operations.settle(operation, index, outcome);
    };
    const unsubscribe = subscribe((fact) => {
      if (!('issue' in fact) || typeof fact.issue !== 'object' || fact.issue === null || !('id' in fact.issue) || fact.issue.id !== issue.id) return;
      if (fact.type === 'fix.started' && fact.runId !== null) operations.tag(operation, index, fact.runId);
      if (fact.type === 'fix.ended') settle(fact.outcome === 'fixed' ? { ok: true, message: 'fixed' } : { ok: false, code: 'FAILED', message: `${fact.outcome.replace('_', ' ')}: ${fact.why}` });
      if (fact.type === 'issue.closed') settle({ ok: true, message: 'closed meanwhile' });
    });
    issues.tell({ type: 'fix', id: issue.id, who: caller.who, force, known: ISSUE_STATES[issue.state].live ? null : issue });
    // A budget, a cool-down or another issue may hold it for long: that is an answer of its own.
    setImmediate(() => {
      const now = issues.book.issue(issue.id);
      if (now?.state === 'open' && operations.get(operation)?.targets[index]?.outcome === 'pending') settle({ ok: true, message: `waits: ${issues.book.heldBy(now.fix ?? '') || now.why}` });
    });
  }

  private close({ names, as }: IssueMutation & { command: 'issue_close' }, caller: Caller): Operation {
    const { issues, operations, desk } = this.options;
    const wanted = [...new Set(names)];
    const operation = operations.begin('issue_close', caller.who, wanted);
    for (const [index, name] of wanted.entries()) {
      const issue = desk.find(name);
      if (!('id' in issue)) operations.settle(operation, index, refused(issue));
      else if (issue.state === 'fixing') operations.settle(operation, index, { ok: false, code: 'BUSY', message: `cannot close ${issue.id}: fix ${issue.fix ?? ''} works on it now; wait for it${issue.run === null ? '' : `, or end it with \`reevectl job cancel ${shortId(issue.run)}\``}` });
      else if (issue.state === as) operations.settle(operation, index, { ok: true, message: `already ${as}` });
      else {
        issues.tell({ type: 'settle', id: issue.id, as, who: caller.who, known: ISSUE_STATES[issue.state].live ? null : issue });
        operations.settle(operation, index, { ok: true, message: `${as}, was ${issue.state}` });
      }
    }
    return this.get(operation);
  }

  private clear({ states, olderMs }: IssueMutation & { command: 'issue_clear' }, caller: Caller): Operation {
    const { issues, operations, store, clock, publish } = this.options;
    const operation = operations.begin('issue_clear', caller.who, ['issues']);
    const before = clock.wall() - olderMs + (olderMs === 0 ? 1 : 0);
    const kept: readonly IssueState[] = ['fixing'];
    const ids = store.issues.older(states.filter((state) => !kept.includes(state)), before);
    // What is live leaves the book first.
    for (const id of ids) if (issues.book.issue(id)) issues.tell({ type: 'settle', id, as: 'closed', who: caller.who, known: null });
    store.issues.drop(ids);
    if (ids.length > 0) publish({ type: 'issue.cleared', issues: ids.length, by: caller.who });
    operations.settle(operation, 0, { ok: true, message: `${String(ids.length)} deleted` });
    return this.get(operation);
  }
}
