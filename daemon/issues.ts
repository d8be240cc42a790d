// Checks, issues and fixes, put together: fixes without a command ask what an operator would ask.
import type { FixSpec } from '../config/check-spec.ts';
import type { Config } from '../config/spec.ts';
import type { FixOutcome } from './contract/issues.ts';
import { issueId } from './issue-id.ts';
import { randomId } from './os/random-id.ts';
import type { Clock } from './os/ports/clock.ts';
import type { Store } from './os/ports/store.ts';
import type { Bus } from './runtime/bus.ts';
import type { Control, Mutation } from './runtime/control.ts';
import { IssueSide } from './runtime/issue-side.ts';
import type { JobSide } from './runtime/job-side.ts';

export interface IssuesOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly jobs: JobSide;
  readonly control: () => Pick<Control, 'mutate' | 'settled'>;
}

/** What a fix without a command asks for. */
function mutationOf({ remedy }: FixSpec): Mutation | null {
  switch (remedy.kind) {
    case 'restart': return { command: 'restart', names: [remedy.name], strategy: false, rolling: false };
    case 'signal': return { command: 'signal', names: [remedy.name], signal: remedy.signal };
    case 'scale': return { command: 'scale', name: remedy.name, instances: remedy.instances };
    case 'command': case 'run': return null;
    default: return remedy satisfies never;
  }
}

/** Longer than anybody waits. */
const FOR_EVER_MS = 86_400_000;

async function remedy(fix: FixSpec, control: Pick<Control, 'mutate' | 'settled'>): Promise<readonly [FixOutcome, string]> {
  const mutation = mutationOf(fix);
  if (mutation === null) return ['not_started', `fix ${fix.name} has nothing to do`];
  const begun = control.mutate(mutation, { who: `fix ${fix.name}`, role: 'operate' });
  if ('code' in begun) return ['not_started', begun.message];
  const ended = await control.settled(begun.id, fix.timeoutMs ?? FOR_EVER_MS);
  const bad = (ended ?? begun).targets.filter((target) => target.outcome !== 'ok');
  if (bad.length === 0) return ['fixed', ''];
  return ['retry', bad.map(({ name, outcome, message }) => `${name}: ${outcome === 'pending' ? 'not done in time' : message}`).join('; ')];
}

export function createIssues(config: Config, { bus, store, clock, jobs, control }: IssuesOptions): IssueSide {
  return new IssueSide(config, {
    bus, store, clock, jobs, newId: randomId, random: Math.random, idOf: issueId,
    remedy: (fix, done) => void remedy(fix, control()).then(([outcome, why]) => done(outcome, why), (error: Error) => done('not_started', error.message)),
  });
}
