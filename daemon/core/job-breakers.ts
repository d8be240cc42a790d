// What breakers mean for jobs: who is held back, who goes through as a trial, and what a run says of the service it uses.
import type { BreakerSpec, JobSettings } from '../../config/job-spec.ts';
import type { BreakerView } from '../contract/jobs.ts';
import { breakerView, mayStart, newBreaker, restoreBreaker, stepBreaker } from './breaker.ts';
import type { BreakerEvent } from './breaker.ts';
import type { BreakerNode, JobTurn, RunNode } from './job-book.ts';

function rulesOf(spec: BreakerSpec, settings: JobSettings): BreakerNode['rules'] {
  const { name, failures, successes, trials, cooldownMs } = spec;
  return { name, failures, successes, trials, cooldownMs, enabled: settings.breakersEnabled };
}

function newNode(spec: BreakerSpec, settings: JobSettings): BreakerNode {
  return { key: `breaker ${spec.name}`, rules: rulesOf(spec, settings), state: newBreaker(), waiting: new Set() };
}

/** The breakers of a book that begins. */
export function firstBreakers(specs: readonly BreakerSpec[], settings: JobSettings): Map<string, BreakerNode> {
  return new Map(specs.map((spec) => [spec.name, newNode(spec, settings)]));
}

/** Those whom it held back look again. */
export function wakeWaiting(t: JobTurn, node: BreakerNode): void {
  for (const job of node.waiting) t.woken.add(job);
  node.waiting.clear();
}

/** Something happened to a breaker. An unknown name changes nothing: a child may report on a service that nobody watches. */
export function tellBreaker(t: JobTurn, name: string, event: BreakerEvent): void {
  const node = t.book.breakers.get(name);
  if (!node) return;
  const before = mayStart(node.rules, node.state);
  const step = stepBreaker(node.rules, node.state, event, t.m);
  node.state = step.state;
  t.say(...step.facts);
  t.touch(node);
  if (!before && mayStart(node.rules, node.state)) wakeWaiting(t, node);
}

/** May a run that uses this service start now? */
export function isOpen(t: JobTurn, name: string): boolean {
  const node = t.book.breakers.get(name);
  return node !== undefined && !mayStart(node.rules, node.state);
}

/** A run that its breaker counts is over: how the service fared, then its place as a trial. */
export function endOfUse(t: JobTurn, run: RunNode, service: 'success' | 'failure' | null): void {
  if (run.breaker === null) return;
  // Who says himself how the service fares is not counted a second time by his exit code.
  if (service !== null && !run.judged) tellBreaker(t, run.breaker, { type: service });
  tellBreaker(t, run.breaker, { type: 'end', id: run.id });
}

/** Breakers as an earlier daemon left them. */
export function restoreBreakers(t: JobTurn, rows: ReadonlyMap<string, BreakerView>): void {
  for (const [name, node] of t.book.breakers) {
    const row = rows.get(name);
    if (!row) continue;
    node.state = restoreBreaker(node.rules, row, t.m);
    t.touch(node);
    t.say({ type: 'breaker.added', breaker: name, row: breakerView(name, node.state) });
  }
}

/** Other breakers from now on; those that stay keep their counts. */
export function configureBreakers(t: JobTurn, specs: readonly BreakerSpec[], settings: JobSettings): void {
  const { breakers } = t.book;
  const names = new Set(specs.map((spec) => spec.name));
  for (const [name, node] of breakers) {
    if (names.has(name)) continue;
    breakers.delete(name);
    t.touch(node);
    t.say({ type: 'breaker.removed', breaker: name });
    wakeWaiting(t, node);
  }
  for (const spec of specs) {
    const node = breakers.get(spec.name);
    if (node) {
      node.rules = rulesOf(spec, settings);
      wakeWaiting(t, node);
      continue;
    }
    const added = newNode(spec, settings);
    breakers.set(spec.name, added);
    t.touch(added);
    t.say({ type: 'breaker.added', breaker: spec.name, row: breakerView(spec.name, added.state) });
  }
}
