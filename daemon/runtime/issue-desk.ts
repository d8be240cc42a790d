// What can be asked about checks and issues: from memory where they are live, from the store where they are over.
import type { CommandError } from '../contract/errors.ts';
import type { CheckReport, CheckView, IssueCount, IssueDetails, IssueQuery, IssueView } from '../contract/issues.ts';
import { NO_MARK } from '../contract/issues.ts';
import { shortId } from '../contract/names.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Store } from '../os/ports/store.ts';
import type { IssueControl } from './control.ts';
import type { IssueSide } from './issue-side.ts';

export interface IssueDeskOptions {
  readonly issues: IssueSide;
  readonly store: Store;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
}

/** Rows of one answer. */
const MAX_ROWS = 1000;

/** Nobody has this id. */
export function noIssue(name: string): CommandError {
  return { code: 'NOT_FOUND', message: `cannot find issue ${name}: there is none, or it was fixed or closed long ago`, hint: 'run `reevectl issue list --all`' };
}

export class IssueDesk implements IssueControl {
  private readonly options: IssueDeskOptions;

  constructor(options: IssueDeskOptions) {
    this.options = options;
  }

  checks(): readonly CheckView[] {
    const { snapshot } = this.options;
    const { jobs, checks, issues } = snapshot();
    const open = new Map<string, number>();
    for (const issue of issues.values()) open.set(issue.check, (open.get(issue.check) ?? 0) + 1);
    return [...checks.values()].flatMap((check) => {
      const job = jobs.get(`check:${check.name}`);
      return job === undefined ? [] : [{
        ...NO_MARK, ...check, schedule: job.schedule, timezone: job.timezone, enabled: job.enabled, paused: job.paused, nextAt: job.nextAt, open: open.get(check.name) ?? 0, running: job.running.length,
      }];
    });
  }

  report(run: string): CheckReport | CommandError {
    return this.options.issues.report(run) ?? { code: 'NOT_FOUND', message: `cannot show what run ${run} saw: it goes on, or nobody asked for it, or that was long ago`, hint: 'run `reevectl check run NAME`' };
  }

  list(query: IssueQuery): readonly IssueView[] {
    return this.options.store.issues.issues({ ...query, limit: Math.min(query.limit, MAX_ROWS) });
  }

  /** An issue by its id or the beginning of it. */
  find(name: string): IssueView | CommandError {
    const found = this.options.store.issues.findIssue(name);
    if (found === 'ambiguous') return { code: 'AMBIGUOUS', message: `cannot tell which issue ${name} is: several begin so`, hint: 'give more of the id' };
    return found === undefined ? noIssue(name) : (this.options.issues.book.issue(found.id) ?? found);
  }

  show(name: string): IssueDetails | CommandError {
    const issue = this.find(name);
    return 'id' in issue ? { ...issue, history: this.options.store.issues.attempts(issue.id), next: this.next(issue) } : issue;
  }

  top(limit: number): readonly IssueCount[] {
    return this.options.store.issues.counts(Math.min(limit, MAX_ROWS));
  }

  /** What happens next, in a person's words. */
  private next(issue: IssueView): string {
    const { issues, clock } = this.options;
    const fix = issue.fix === null ? undefined : issues.book.fix(issue.fix);
    const verify = fix?.verify === true ? ', and its check must not see it any more' : '';
    switch (issue.state) {
      case 'open': {
        if (issue.nextTryAt !== null && issue.nextTryAt > clock.wall()) return `fix ${issue.fix ?? ''} tries again at ${new Date(issue.nextTryAt).toISOString()}, attempt ${String(issue.attempts + 1)} of ${String(issue.maxAttempts)}`;
        const held = issue.fix === null ? '' : issues.book.heldBy(issue.fix);
        return `fix ${issue.fix ?? ''} works on it as soon as it may${held === '' ? '' : `: ${held}`}`;
      }
      case 'fixing': return `fix ${issue.fix ?? ''} works on it${verify}${issue.run === null ? '' : `: reevectl job show ${shortId(issue.run)}`}`;
      case 'manual': return `repair it, then: reevectl issue close ${issue.id} --as fixed${issue.code === null ? '' : `; or write [fixes.${issue.code}]`}`;
      case 'unfixable': case 'exhausted': return `repair it, then: reevectl issue close ${issue.id} --as fixed; or try all over: reevectl issue fix ${issue.id} --force`;
      case 'fixed': case 'closed': return 'nothing; if it is seen again it is opened again';
      default: return issue.state satisfies never;
    }
  }
}
