// How bad a fact is, and whether that is as bad as somebody cares for. Browser-safe.
import { FACTS, SEVERITIES } from './facts.ts';
import type { Fact, Severity } from './facts.ts';

/** `debug` … `critical`; a type of a newer daemon than this client is `info`. */
export function severityOf({ type }: Pick<Fact, 'type'>): Severity {
  return Object.hasOwn(FACTS, type) ? FACTS[type].severity : 'info';
}

/** At least as bad as `least`. */
export function isAsBad(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
