// The nouns of the book of issues: an issue, a fix and a check as it keeps them, and one turn through all that an event touches.
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { CheckMark, FixAttempt, IssueView } from '../contract/issues.ts';
import { ISSUE_STATES, NO_MARK } from '../contract/issues.ts';
import type { IssueEffect, IssueMoment, IssueRecord, IssueStep } from './issue-state.ts';

/** Live issues, at most; more are dropped and counted: a thousand problems of a kind are one problem. */
export const MAX_LIVE = 2000;

/** What goes on for an issue in state fixing. */
export interface Work {
  readonly token: string;
  readonly stage: 'fix' | 'verify';
  /** As it was when the attempt began. */
  readonly fix: FixSpec;
  readonly attempt: FixAttempt;
  readonly since: number;
}

export interface IssueNode {
  readonly id: string;
  readonly key: string;
  view: IssueView;
  work: Work | null;
  /** open: monotonic time of the next attempt; null: it waits for its fix only. */
  due: number | null;
  /** Who asked for the next attempt by hand, and whether that goes past the rules. */
  asked: { readonly who: string; readonly force: boolean } | null;
}

export interface FixNode {
  readonly key: string;
  spec: FixSpec;
  readonly busy: Set<IssueNode>;
  /** Those whose time has come, in its order. */
  readonly queue: Set<IssueNode>;
  /** Monotonic times of the last starts. */
  starts: readonly number[];
  /** Cool-down until then. */
  coolDue: number | null;
  /** Looked at again then. */
  wakeDue: number | null;
  held: string;
}

export interface CheckNode {
  readonly name: string;
  spec: CheckSpec;
  mark: CheckMark;
  starts: readonly number[];
  /** The run that looks whether issues are gone. */
  verifier: { readonly run: string; started: boolean; readonly issues: Set<IssueNode> } | null;
  /** Those that were fixed after it began. */
  readonly next: Set<IssueNode>;
}

export interface Book {
  readonly issues: Map<string, IssueNode>;
  /** Live issues by who reported them. */
  readonly byCheck: Map<string, Set<IssueNode>>;
  readonly fixes: Map<string, FixNode>;
  readonly checks: Map<string, CheckNode>;
  closing: boolean;
}

export function newBook(checks: readonly CheckSpec[], fixes: readonly FixSpec[]): Book {
  return {
    issues: new Map(), byCheck: new Map(), closing: false,
    fixes: new Map(fixes.map((spec) => [spec.name, newFix(spec)])),
    checks: new Map(checks.map((spec) => [spec.name, newCheck(spec)])),
  };
}

export function newFix(spec: FixSpec): FixNode {
  return { key: `fix ${spec.name}`, spec, busy: new Set(), queue: new Set(), starts: [], coolDue: null, wakeDue: null, held: '' };
}

export function newCheck(spec: CheckSpec): CheckNode {
  return { name: spec.name, spec, mark: NO_MARK, starts: [], verifier: null, next: new Set() };
}

/** One event's way through the book: what is written, told and asked for. */
export class IssueTurn {
  readonly book: Book;
  readonly m: IssueMoment;
  readonly records: IssueRecord[] = [];
  readonly facts: FactBody[] = [];
  readonly effects: IssueEffect[] = [];
  readonly touched = new Set<string>();
  /** Issues whose rows changed, and the rows that were told. */
  private readonly changed = new Set<IssueNode>();
  private readonly told = new Map<string, IssueView>();
  /** Fixes that may be able to begin something. */
  readonly woken = new Set<FixNode>();

  constructor(book: Book, m: IssueMoment) {
    this.book = book;
    this.m = m;
  }

  say(fact: FactBody): void {
    this.facts.push(fact);
    if ('issue' in fact && fact.type !== 'issue.reported') this.told.set(fact.issue.id, fact.issue);
  }

  /** The row changed. */
  moved(node: IssueNode): void {
    this.changed.add(node);
  }

  /** What changed is told with others, by its id alone. */
  toldApart(node: IssueNode): void {
    this.told.set(node.id, node.view);
  }

  write(record: IssueRecord): void {
    this.records.push(record);
  }

  ask(effect: IssueEffect): void {
    this.effects.push(effect);
  }

  touch(node: { readonly key: string }): void {
    this.touched.add(node.key);
  }

  /** Rows that no fact has told are told now, so that who follows the facts knows what is written. */
  result(): IssueStep {
    for (const { id, view } of this.changed) if (this.told.get(id) !== view) this.facts.push({ type: 'issue.changed', issue: view });
    return { records: this.records, facts: this.facts, effects: this.effects, touched: this.touched };
  }
}

/** Changes a row and writes it; one that is not live any more leaves the book. */
export function change(t: IssueTurn, node: IssueNode, patch: Partial<IssueView>): void {
  const moved = patch.state !== undefined && patch.state !== node.view.state;
  node.view = { ...node.view, ...patch, ...(moved ? { changedAt: t.m.wall } : {}) };
  t.write({ type: 'issue', issue: node.view });
  t.touch(node);
  t.moved(node);
  if (!ISSUE_STATES[node.view.state].live) drop(t.book, node);
}

/** Puts an issue into the book. */
export function attach(t: IssueTurn, view: IssueView): IssueNode {
  const node: IssueNode = { id: view.id, key: `issue ${view.id}`, view, work: null, due: null, asked: null };
  t.book.issues.set(view.id, node);
  const same = t.book.byCheck.get(view.check);
  if (same) same.add(node);
  else t.book.byCheck.set(view.check, new Set([node]));
  return node;
}

/** Takes an issue out of the book. */
export function drop(book: Book, node: IssueNode): void {
  book.issues.delete(node.id);
  const same = book.byCheck.get(node.view.check);
  same?.delete(node);
  if (same?.size === 0) book.byCheck.delete(node.view.check);
  unqueue(book, node);
}

/** It waits for its fix no longer. */
export function unqueue(book: Book, node: IssueNode): void {
  for (const fix of book.fixes.values()) fix.queue.delete(node);
}
