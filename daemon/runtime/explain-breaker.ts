// Why is a circuit breaker open, when may it be used again, and who waits for that? Pure.
import type { BreakerSpec } from '../../config/job-spec.ts';
import type { BreakerExplanation } from '../contract/explanations.ts';
import type { BreakerView } from '../contract/jobs.ts';
import { ago, because, count, dueIn, listed, span } from './explain-words.ts';

export interface BreakerSource {
  readonly breaker: BreakerView;
  readonly spec: BreakerSpec;
  /** false: no breaker opens by itself. */
  readonly enabled: boolean;
  /** Names of those that wait for it while it is open. */
  readonly jobs: readonly string[];
  readonly programs: readonly string[];
  /** Of them, those that are held back now. */
  readonly held: readonly string[];
  /** Wall clock ms. */
  readonly now: number;
  readonly zone: string;
}

function summary({ breaker: b, spec, now }: BreakerSource): string {
  const name = `breaker ${b.name}`;
  switch (b.state) {
    case 'closed': return b.failures === 0 ? `${name} is closed: what depends on it goes on.` : `${name} is closed, with ${b.failures} of the ${count(spec.failures, 'failure')} in a row that open it.`;
    case 'open': return `${name} is open${b.openedAt === null ? '' : ` for ${ago(now - b.openedAt)}`}: what depends on it is held back${because(b.why)}.`;
    case 'half_open': return `${name} is half-open: trials go through, ${b.successes} of the ${count(spec.successes, 'success', 'successes')} in a row that close it.`;
    default: return b.state satisfies never;
  }
}

function next({ breaker: b, spec, enabled, now, zone }: BreakerSource): readonly string[] {
  const again = `\`reevectl breaker ${b.name} --half-open\` lets a trial through now, \`--close\` everything.`;
  switch (b.state) {
    case 'closed': return [enabled ? `${count(spec.failures, 'failure')} in a row open it for ${span(spec.cooldownMs)}.` : 'It counts and never opens by itself: breakers are disabled.'];
    case 'open': return b.retryAt === null ? ['It was opened by hand and does not close by itself.', again] : [`It becomes half-open ${dueIn(b.retryAt, now, zone)}; then at most ${count(spec.trials, 'trial')} at a time ${spec.trials === 1 ? 'goes' : 'go'} through.`, again];
    case 'half_open': return [`${count(b.trialsRunning, 'trial')} of at most ${spec.trials} ${b.trialsRunning === 1 ? 'goes' : 'go'} on. A failure opens it again for ${span(spec.cooldownMs)}.`];
    default: return b.state satisfies never;
  }
}

export function explainBreaker(source: BreakerSource): BreakerExplanation {
  const { breaker: b, jobs, programs, held, now } = source;
  const last = (what: string, at: number | null): string | null => (at === null ? null : `last ${what} ${ago(now - at)} ago`);
  const ends = [last('failure', b.lastFailureAt), last('success', b.lastSuccessAt)].filter((one) => one !== null);
  const users = [...jobs.map((name) => `job ${name}`), ...programs.map((name) => `program ${name}`)];
  return {
    kind: 'breaker', name: b.name, state: b.state, summary: summary(source), breaker: b, jobs, programs,
    sentences: [
      ...next(source),
      `Since its last reset: ${count(b.totalFailures, 'failure')}, ${count(b.totalSuccesses, 'success', 'successes')}${ends.length === 0 ? '' : `; ${ends.join(', ')}`}.`,
      users.length === 0 ? 'Nothing in the configuration depends on it.' : `On it depend ${listed(users)}.`,
      ...(held.length === 0 ? [] : [`Held back now: ${listed(held)}.`]),
    ],
  };
}
