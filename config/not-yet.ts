// What is read and resolved but not yet acted on by the runtime. Reading it gives one warning, so that nothing is silent.
// Whoever implements a feature deletes its line here, and the warning is gone in both dialects.
import type { Report } from './problems.ts';
import type { Origin } from './spec.ts';

/** The features that may be read before they work. */
export type Feature = 'listener' | 'socket' | 'capture' | 'events' | 'syslog' | 'minimums';

/** Feature -> what it is, for people. */
export const NOT_YET: { readonly [F in Feature]?: string } = {
  minimums: 'a minimum of open files or processes',
};

/** Says once per place that a feature is read and not yet acted on. */
export function warnNotYet(report: Report, place: Origin, key: string, feature: Feature): void {
  const what = NOT_YET[feature];
  if (what !== undefined) report.warning(place, key, `${what}: read, not yet acted on by this version`);
}
