// The book of issues in a world of its own: hand-moved clocks, scripted fixes, checks that look when the test says so, a store of what
// was written. A test reads
//   w.look('bags', 'bag-1'); w.advance('10m'); assert.deepEqual(w.trace(), ['open bag-1', 'fix bag-1 #1', ...]).
import { Mailbox } from './mailbox.ts';
import assert from 'node:assert/strict';
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { CheckMark, FixAttempt, FixOutcome, IssueView } from '../../daemon/contract/issues.ts';
import { ISSUE_STATES } from '../../daemon/contract/issues.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import type { IssueReport } from '../../daemon/core/issue-report.ts';
import { identityOf } from '../../daemon/core/issue-report.ts';
import { Issues } from '../../daemon/core/issues.ts';
import type { IssueEffect, IssueEvent, IssueMemory, IssueStep, Sighting } from '../../daemon/core/issue-state.ts';
import { ms } from './job-world.ts';

const NONE = { max: null, windowMs: 60_000 };
const origin = { file: '/reeve.toml', line: 1 };

export function checkSpec(name: string, over: Partial<CheckSpec> = {}): CheckSpec {
  return { name, output: 'issues', exitSeverity: {}, severity: 'major', autoClose: true, onError: 'issue', maxIssues: 1000, maxFixes: NONE, origin, ...over };
}

export function fixSpec(name: string, over: Partial<FixSpec> = {}): FixSpec {
  return {
    name, code: name, checks: null, remedy: { kind: 'command' }, enabled: true, timeoutMs: 600_000, attempts: 3, retryDelayMs: 600_000, verify: false, cooldownMs: 0, maxFixes: NONE, maxParallel: 1, escalate: null, origin,
    ...over,
  };
}

export function report(message: string, over: Partial<IssueReport> = {}): IssueReport {
  return { message, code: null, params: null, dedupKey: null, severity: null, ...over };
}

/** How a fix behaves: each attempt takes so long and ends so. */
export interface FixScript {
  readonly takesMs?: number;
  readonly outcome?: FixOutcome | ((issue: IssueView) => FixOutcome);
  readonly why?: string;
}

export interface IssueWorldOptions {
  readonly checks?: readonly CheckSpec[];
  readonly fixes?: readonly FixSpec[];
}

interface Doing {
  readonly effect: IssueEffect & { readonly type: 'fix' };
  readonly endsAt: number;
}

export type IssueLaw = (world: IssueWorld, event: IssueEvent, step: IssueStep) => void;

export class IssueWorld {
  book: Issues;
  mono = 1000;
  wall = Date.parse('2026-01-05T00:00:00Z');
  readonly snapshot: Snapshot = emptySnapshot();
  readonly facts: FactBody[] = [];
  readonly rows = new Map<string, IssueView>();
  readonly attempts = new Map<string, FixAttempt>();
  readonly marks = new Map<string, CheckMark>();
  readonly doing = new Map<string, Doing>();
  /** Looks that fixes asked for and nobody took yet. */
  readonly verifying: { readonly check: string; readonly run: string }[] = [];
  readonly effects: IssueEffect[] = [];
  readonly due = new Map<string, number>();
  law: IssueLaw | null = null;
  private readonly scripts = new Map<string, FixScript>();
  private readonly mailbox = new Mailbox<IssueEvent>((event) => this.step(event));
  private seq = 0;
  private ids = 0;
  private checks: readonly CheckSpec[];
  private fixes: readonly FixSpec[];

  constructor({ checks = [], fixes = [] }: IssueWorldOptions = {}) {
    this.checks = checks;
    this.fixes = fixes;
    this.book = new Issues(checks, fixes);
    this.publish(this.book.population());
    this.tell({ type: 'boot', memory: this.memory() });
  }

  memory(): IssueMemory {
    const open = [...this.attempts.values()].filter((attempt) => attempt.endedAt === null);
    return {
      issues: [...this.rows.values()].filter((issue) => ISSUE_STATES[issue.state].live), attempts: new Map(open.map((attempt) => [attempt.issue, attempt])), marks: this.marks,
      starts: [...this.attempts.values()].map((attempt) => ({ fix: attempt.fix, check: this.rows.get(attempt.issue)?.check ?? '', at: attempt.startedAt })),
    };
  }

  /** The daemon dies, and another one begins after so long; what went on is lost. */
  dies(time: string | number = 0): this {
    this.doing.clear();
    this.verifying.length = 0;
    this.due.clear();
    this.move(ms(time));
    this.mono = 50;
    this.book = new Issues(this.checks, this.fixes);
    return this.tell({ type: 'boot', memory: this.memory() });
  }

  script(fix: string, script: FixScript): this {
    this.scripts.set(fix, script);
    return this;
  }

  configure(options: IssueWorldOptions): this {
    this.checks = options.checks ?? this.checks;
    this.fixes = options.fixes ?? this.fixes;
    return this.tell({ type: 'configure', checks: this.checks, fixes: this.fixes });
  }

  sighting(check: string, what: IssueReport | string): Sighting {
    const one = typeof what === 'string' ? report(what, { code: what.replace(/-\d+$/, '') }) : what;
    const id = identityOf(check, one);
    const row = this.rows.get(id);
    return { id, report: one, known: row !== undefined && !ISSUE_STATES[row.state].live ? row : null };
  }

  /** A check looks and sees these: `bag-1` is an issue with the message `bag-1` and the code `bag`. startedMs: so long ago. */
  look(check: string, ...seen: readonly (IssueReport | string)[]): this {
    return this.looked(check, seen);
  }

  looked(check: string, seen: readonly (IssueReport | string)[], more: { readonly failed?: string; readonly dropped?: number; readonly startedMs?: number; readonly run?: string } = {}): this {
    const run = more.run ?? `look${String((this.ids += 1))}`;
    this.tell({ type: 'check_started', check, run });
    const failed = more.failed === undefined ? null : { why: more.failed, sighting: this.sighting(check, report(`check ${check} failed: ${more.failed}`, { code: 'check-failed', dedupKey: 'check-failed' })) };
    return this.tell({ type: 'check_ended', check, run, startedAt: this.wall - (more.startedMs ?? 0), seen: seen.map((one) => this.sighting(check, one)), dropped: more.dropped ?? 0, failed });
  }

  /** Looks that fixes asked for see these. */
  verifies(...seen: readonly string[]): this {
    for (const { check, run } of this.verifying.splice(0)) this.looked(check, seen, { run });
    return this;
  }

  reports(who: string, what: IssueReport | string): this {
    return this.tell({ type: 'reported', check: who, sighting: this.sighting(who, what) });
  }

  fixNow(message: string, force = false): this {
    const row = this.issue(message);
    return this.tell({ type: 'fix', id: row.id, who: 'ann', force, known: ISSUE_STATES[row.state].live ? null : row });
  }

  settle(message: string, as: 'closed' | 'fixed' | 'unfixable'): this {
    const row = this.issue(message);
    return this.tell({ type: 'settle', id: row.id, as, who: 'ann', known: ISSUE_STATES[row.state].live ? null : row });
  }

  /** The row of the issue with this message. */
  issue(message: string): IssueView {
    const found = [...this.rows.values()].find((row) => row.message === message);
    assert.ok(found, `there is no issue ${message}`);
    return found;
  }

  state(message: string): IssueView['state'] {
    return this.issue(message).state;
  }

  /** Attempts at an issue, in order. */
  tries(message: string): readonly FixAttempt[] {
    const { id } = this.issue(message);
    return [...this.attempts.values()].filter((attempt) => attempt.issue === id).toSorted((a, b) => a.number - b.number);
  }

  outcomes(message: string): readonly (FixOutcome | null)[] {
    return this.tries(message).map((attempt) => attempt.outcome);
  }

  /** What happened, in short. Emptied by it. */
  trace(): string[] {
    const lines = this.facts.flatMap((fact) => {
      if (!('issue' in fact) || typeof fact.issue !== 'object' || fact.type === 'issue.reported' || fact.type === 'issue.known') return [];
      const { message } = fact.issue as IssueView;
      if (fact.type === 'fix.started') return [`fix ${message} #${String(fact.attempt)}`];
      if (fact.type === 'fix.ended') return [`${fact.outcome} ${message}`];
      return [`${fact.type.slice('issue.'.length)} ${message}`];
    });
    this.facts.length = 0;
    return lines;
  }

  told<T extends FactBody['type']>(type: T): Extract<FactBody, { type: T }>[] {
    return this.facts.filter((fact): fact is Extract<FactBody, { type: T }> => fact.type === type);
  }

  /** Lets time pass; deadlines and ends of attempts come in their order. */
  advance(time: string | number): this {
    const until = this.mono + ms(time);
    for (let steps = 0; ; steps += 1) {
      assert.ok(steps < 20_000, 'the world turns in circles');
      const next = this.next();
      if (next === null || next.at > until) break;
      this.move(Math.max(0, next.at - this.mono));
      next.run();
    }
    this.move(until - this.mono);
    return this;
  }

  tell(event: IssueEvent): this {
    this.mailbox.tell(event);
    return this;
  }

  private move(byMs: number): void {
    this.mono += byMs;
    this.wall += byMs;
  }

  private next(): { at: number; run: () => void } | null {
    let first: { at: number; run: () => void } | null = null;
    for (const [key, at] of this.due) if (first === null || at < first.at) first = { at, run: () => { this.due.delete(key); this.tell({ type: 'due', key }); } };
    for (const [token, { effect, endsAt }] of this.doing) if (first === null || endsAt < first.at) first = { at: endsAt, run: () => this.end(token, effect) };
    return first;
  }

  private end(token: string, { issue, fix }: IssueEffect & { type: 'fix' }): void {
    this.doing.delete(token);
    const { outcome = 'fixed', why = '' } = this.scripts.get(fix.name) ?? {};
    this.tell({ type: 'fix_ended', issue: issue.id, token, outcome: typeof outcome === 'function' ? outcome(issue) : outcome, why });
  }

  private step(event: IssueEvent): void {
    const step = this.book.step(event, { mono: this.mono, wall: this.wall, chance: () => 0, newId: () => `t${String((this.ids += 1))}` });
    for (const record of step.records) {
      if (record.type === 'issue') this.rows.set(record.issue.id, record.issue);
      else if (record.type === 'attempt') this.attempts.set(`${record.attempt.issue} ${String(record.attempt.number)}`, record.attempt);
      else this.marks.set(record.check, record.mark);
    }
    for (const key of step.touched) {
      const due = this.book.deadline(key);
      if (due === null) this.due.delete(key);
      else this.due.set(key, due);
    }
    this.publish(step.facts);
    this.law?.(this, event, step);
    for (const effect of step.effects) this.does(effect);
  }

  private does(effect: IssueEffect): void {
    this.effects.push(effect);
    if (effect.type === 'verify') return void this.verifying.push(effect);
    assert.ok(!this.doing.has(effect.token), 'an attempt is asked for twice');
    this.doing.set(effect.token, { effect, endsAt: this.mono + (this.scripts.get(effect.fix.name)?.takesMs ?? 1000) });
  }

  private publish(facts: readonly FactBody[]): void {
    for (const fact of facts) {
      this.facts.push(fact);
      this.seq += 1;
      applyEvent(this.snapshot, { ...fact, seq: this.seq, at: this.wall } as Fact);
    }
  }
}
