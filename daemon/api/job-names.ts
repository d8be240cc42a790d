// Names of jobs, breakers and drained things in requests: what they mean, and what was probably meant.
import { nearest } from '../../config/nearest.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { globTest } from '../contract/where-values.ts';
import type { RefusedError } from './error-answer.ts';
import { refuse } from './error-answer.ts';

/** The refusal for a name that nothing has. */
export function unknownName(kind: string, name: string, known: Iterable<string>): RefusedError {
  const all = [...known];
  const near = nearest(name, all);
  const shown = JSON.stringify(name.slice(0, 100));
  if (all.length === 0) return refuse('NOT_FOUND', `cannot find ${kind} ${shown}: no ${kind} is configured`);
  return refuse('NOT_FOUND', `cannot find ${kind} ${shown}`, near === null ? `known are ${all.slice(0, 20).join(', ')}${all.length > 20 ? ', …' : ''}` : `did you mean ${near}?`);
}

/** A job by its name. Throws the refusal. */
export function oneJob(snapshot: Snapshot, name: string): string {
  if (!snapshot.jobs.has(name)) throw unknownName('job', name, snapshot.jobs.keys());
  return name;
}

/** Jobs by names, with `*` for any characters; `all` or none: every one, but not what checks and fixes run. In the order of the configuration. Throws the refusal. */
export function someJobs(snapshot: Snapshot, names: readonly string[]): readonly string[] {
  const known = [...snapshot.jobs.keys()];
  const plain = known.filter((name) => snapshot.jobs.get(name)?.role === 'job');
  if (names.length === 0 || names.includes('all')) return plain;
  const chosen = new Set<string>();
  for (const name of names) {
    // Only what checks and fixes run has a colon in its name.
    const found = name.includes('*') ? (name.includes(':') ? known : plain).filter((job) => globTest(name, job)) : known.filter((job) => job === name);
    if (found.length === 0) throw unknownName('job', name, known);
    for (const job of found) chosen.add(job);
  }
  return known.filter((job) => chosen.has(job));
}
