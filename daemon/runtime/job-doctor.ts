// What about jobs deserves a look: those that do not run and why, breakers that are open, work that nobody took up again.
import type { Finding } from '../contract/answers.ts';
import type { JobView } from '../contract/jobs.ts';
import { shortId } from '../contract/names.ts';
import type { Snapshot } from '../contract/snapshot.ts';

export interface JobDoctorSource {
  readonly snapshot: Snapshot;
  /** Nothing of them outlives the daemon. */
  readonly inMemory: boolean;
  /** Dead letters that were not tried again, as far as they were counted. */
  readonly pending: number;
}

/** Jobs named in one finding. */
const NAMED = 10;

function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}

function jobFinding(job: JobView): Finding | null {
  const subject = `job ${job.name}`;
  if (job.paused) return { level: 'note', subject, message: `paused by ${job.pausedBy}: its schedule does not start it`, advice: `Run \`reevectl job resume ${job.name}\`.` };
  if (!job.enabled) return null;
  if (job.held !== '') return { level: 'note', subject, message: `due, and held: ${job.held}` };
  if (job.schedule !== '' && job.nextAt === null) return { level: 'warning', subject, message: `its schedule ${job.schedule} has no time left: it is never due again`, advice: 'Look at not_before, not_after and schedule.' };
  if (job.last !== null && job.last.state !== 'succeeded' && job.last.state !== 'cancelled' && job.last.state !== 'retrying') {
    return { level: 'note', subject, message: `its last run ${shortId(job.last.id)} ${job.last.state.replace('_', ' ')}${job.last.why === '' ? '' : `: ${job.last.why}`}`, advice: `Run \`reevectl job show ${shortId(job.last.id)}\`.` };
  }
  return null;
}

/** Findings about jobs; none where there are no jobs. */
export function jobFindings({ snapshot, inMemory, pending }: JobDoctorSource): readonly Finding[] {
  const jobs = [...snapshot.jobs.values()];
  const out: Finding[] = [];
  if (jobs.length > 0) out.push({ level: 'ok', subject: 'jobs', message: `${jobs.length} jobs, ${jobs.filter((job) => job.nextAt !== null).length} of them with a next time` });
  if (jobs.length > 0 && inMemory) out.push({ level: 'warning', subject: 'jobs', message: 'runs are kept in memory only: times that pass while no daemon runs are not caught up, and interrupted runs are not run again', advice: 'Set [daemon] state_dir to a directory that can be written.' });
  const findings = jobs.map(jobFinding).filter((finding) => finding !== null);
  out.push(...findings.slice(0, NAMED * 2));
  if (findings.length > NAMED * 2) out.push({ level: 'note', subject: 'jobs', message: `${named(findings.slice(NAMED * 2).map(({ subject }) => subject))} deserve a look too` });
  for (const breaker of snapshot.breakers.values()) {
    if (breaker.state === 'open') out.push({ level: 'warning', subject: `breaker ${breaker.name}`, message: `open (${breaker.why})${breaker.retryAt === null ? ', until somebody closes it' : ''}: what depends on it waits`, advice: `Look at \`reevectl breaker ${breaker.name}\`.` });
  }
  const { drain } = snapshot;
  if (drain !== null) out.push({ level: 'note', subject: 'drain', message: `${drain.names.length === 0 ? 'everything' : named(drain.names)} is being drained by ${drain.by}: no runs start`, advice: 'Run `reevectl resume` when you are done.' });
  if (pending > 0) out.push({ level: 'note', subject: 'dead letters', message: `${pending >= PENDING_LIMIT ? `${PENDING_LIMIT} or more` : pending} runs failed for good and were not tried again`, advice: 'Look at `reevectl dead list --pending`.' });
  return out;
}

/** Letters are counted up to this. */
export const PENDING_LIMIT = 100;
