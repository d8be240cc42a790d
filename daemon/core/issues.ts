// The book of issues: the one owner of what is wrong and who works on it. One event in, one step.
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { CheckMark, IssueView } from '../contract/issues.ts';
import { IssueTurn, newBook } from './issue-book.ts';
import type { Book, CheckNode } from './issue-book.ts';
import { fixEnded, verifierEnded } from './issue-attempts.ts';
import { begin, enqueue, handlerOf } from './issue-fixes.ts';
import { boot, configure, fixNow, settle } from './issue-hands.ts';
import { closeUnseen, see } from './issue-sightings.ts';
import type { Seen } from './issue-sightings.ts';
import type { IssueEvent, IssueMoment, IssueStep } from './issue-state.ts';

type Told<T extends IssueEvent['type']> = Extract<IssueEvent, { readonly type: T }>;

export class Issues {
  private readonly book: Book;

  /** Nothing is worked on before `boot` is told. */
  constructor(checks: readonly CheckSpec[], fixes: readonly FixSpec[]) {
    this.book = newBook(checks, fixes);
  }

  /** One event through all it touches. */
  step(event: IssueEvent, moment: IssueMoment): IssueStep {
    const t = new IssueTurn(this.book, moment);
    this.dispatch(t, event);
    for (const fix of t.woken) begin(t, fix);
    return t.result();
  }

  /** The next time `key` must be told `due` (monotonic ms), or null. Keys are as in `touched`. */
  deadline(key: string): number | null {
    if (this.book.closing) return null;
    const space = key.indexOf(' ');
    const name = key.slice(space + 1);
    if (key.startsWith('issue ')) return this.book.issues.get(name)?.due ?? null;
    return this.book.fixes.get(name)?.wakeDue ?? null;
  }

  /** Facts that say what exists and how it is, for a fresh snapshot. */
  population(): readonly FactBody[] {
    const checks = [...this.book.checks.values()].map(({ name, spec, mark }): FactBody => ({ type: 'check.added', check: name, output: spec.output, mark }));
    return [...checks, ...[...this.book.issues.values()].map(({ view }): FactBody => ({ type: 'issue.known', issue: view }))];
  }

  /** A live issue, as it is now. */
  issue(id: string): IssueView | undefined {
    return this.book.issues.get(id)?.view;
  }

  issues(): readonly IssueView[] {
    return [...this.book.issues.values()].map((node) => node.view);
  }

  check(name: string): CheckSpec | undefined {
    return this.book.checks.get(name)?.spec;
  }

  mark(name: string): CheckMark | undefined {
    return this.book.checks.get(name)?.mark;
  }

  fix(name: string): FixSpec | undefined {
    return this.book.fixes.get(name)?.spec;
  }

  /** Is there a fix for issues of this check and code? */
  isHandled(check: string, code: string | null): boolean {
    return handlerOf(this.book, check, code) !== null;
  }

  /** What keeps the fix of an issue from beginning; '': nothing. */
  heldBy(fix: string): string {
    return this.book.fixes.get(fix)?.held ?? '';
  }

  private dispatch(t: IssueTurn, event: IssueEvent): void {
    const { book } = this;
    switch (event.type) {
      case 'boot': return boot(t, event.memory);
      case 'due': return this.due(t, event.key);
      case 'reported': return this.reported(t, event);
      case 'check_started': {
        const verifier = book.checks.get(event.check)?.verifier;
        if (verifier?.run === event.run) verifier.started = true;
        return;
      }
      case 'check_ended': {
        const check = book.checks.get(event.check);
        if (check) this.checkEnded(t, check, event);
        return;
      }
      case 'fix_ended': {
        const node = book.issues.get(event.issue);
        if (node) fixEnded(t, node, event.token, event.outcome, event.why);
        return;
      }
      case 'fix': return fixNow(t, event);
      case 'settle': return settle(t, event);
      case 'configure': return configure(t, event.checks, event.fixes);
      case 'close': {
        book.closing = true;
        for (const node of [...book.issues.values(), ...book.fixes.values()]) t.touch(node);
        return;
      }
      default: return event satisfies never;
    }
  }

  private due(t: IssueTurn, key: string): void {
    const due = this.deadline(key);
    if (due === null || due > t.m.mono) return void t.touched.add(key);
    const name = key.slice(key.indexOf(' ') + 1);
    const fix = this.book.fixes.get(name);
    if (key.startsWith('fix ')) return fix && void t.woken.add(fix);
    const node = this.book.issues.get(name);
    if (node?.view.state === 'open') enqueue(t, node);
  }

  private reported(t: IssueTurn, { check, sighting }: Told<'reported'>): void {
    const seen = see(t, check, sighting, null);
    if (seen === 'again' || seen === 'changed') t.say({ type: 'issue.seen', issue: this.book.issues.get(sighting.id)?.view as IssueView });
    if (seen === 'dropped') t.say({ type: 'issue.dropped', check, issues: 1 });
  }

  /** A run of a check is over. */
  private checkEnded(t: IssueTurn, check: CheckNode, event: Told<'check_ended'>): void {
    const { run, startedAt, failed } = event;
    const { name, spec } = check;
    const { book } = this;
    if (startedAt === null) return verifierEnded(t, check, run, null, failed?.why ?? 'it was not started');
    const counts: Record<Seen, number> = { opened: 0, reopened: 0, again: 0, changed: 0, stale: 0, dropped: event.dropped };
    const ids = new Set<string>();
    const again: string[] = [];
    const look = (sighting: typeof event.seen[number]): void => {
      if (ids.has(sighting.id)) return;
      ids.add(sighting.id);
      const seen = see(t, name, sighting, startedAt);
      counts[seen] += 1;
      const node = book.issues.get(sighting.id);
      if (seen === 'again' && node) {
        again.push(sighting.id);
        t.toldApart(node);
      }
      if (seen === 'changed') t.say({ type: 'issue.seen', issue: book.issues.get(sighting.id)?.view as IssueView });
    };
    for (const sighting of event.seen) look(sighting);
    if (failed !== null && spec.onError === 'issue') look(failed.sighting);
    // Who did not look to the end, or saw more than was taken, cannot say what is gone.
    const complete = failed === null && counts.dropped === 0;
    const closed = complete && spec.autoClose ? closeUnseen(t, name, ids) : 0;
    const issues = event.seen.length + event.dropped;
    check.mark = {
      firstRunAt: check.mark.firstRunAt ?? startedAt, lastRunAt: startedAt, lastResult: failed !== null ? 'failed' : issues > 0 ? 'issues' : 'ok', lastWhy: failed?.why ?? '',
      lastIssues: failed === null ? issues : check.mark.lastIssues, lastIssueAt: issues > 0 ? t.m.wall : check.mark.lastIssueAt,
    };
    t.write({ type: 'check', check: name, mark: check.mark });
    if (counts.dropped > 0) t.say({ type: 'issue.dropped', check: name, issues: counts.dropped });
    if (failed === null) t.say({ type: 'check.completed', check: name, run, mark: check.mark, seen: again, opened: counts.opened, reopened: counts.reopened, closed });
    else t.say({ type: spec.onError === 'ignore' ? 'check.faltered' : 'check.failed', check: name, run, mark: check.mark, seen: again, why: failed.why });
    verifierEnded(t, check, run, complete ? ids : null, failed?.why ?? 'it saw more issues than are taken');
  }
}
