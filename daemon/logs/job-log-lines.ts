// What the daemon's log says about jobs, runs, reports, breakers and drains.
import type { Fact } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import type { RunView } from '../contract/jobs.ts';
import { shortId, shortName } from '../contract/names.ts';
import type { Supervised } from '../contract/reports.ts';
import { debug, error, info, seconds, warn } from './said.ts';
import type { Said } from './said.ts';

type JobFactName = Extract<FactName, `job.${string}` | `run.${string}` | `dead.${string}` | `heartbeat.${string}` | `progress.${string}` | `status.${string}` | `health.${string}` | `result.${string}` | 'issue.reported' | `limit.${string}` | `report.${string}` | `breaker.${string}` | `drain.${string}`>;
type Sayer<N extends FactName> = (fact: Extract<Fact, { type: N }>) => Said;

/** A run in a line: its job and the beginning of its id, which is enough for every command. */
function named({ job, id, attempt }: RunView): string {
  return `job ${job} run ${shortId(id)}${attempt > 1 ? ` (attempt ${attempt})` : ''}`;
}

function short(job: string, run: string): string {
  return `job ${job} run ${shortId(run)}`;
}

function whose(fact: Supervised): string {
  return 'job' in fact ? short(fact.job, fact.run) : shortName(fact.process);
}

/** `after 1.2 s: exit status 1`. */
function how(fact: { readonly run: RunView; readonly durationMs: number | null }): string {
  const took = fact.durationMs === null ? '' : ` after ${seconds(fact.durationMs)} s`;
  return `${took}${fact.run.why === '' ? '' : `: ${fact.run.why}`}`;
}

function at(time: number | null): string {
  return time === null ? 'none' : new Date(time).toISOString();
}

function all(names: readonly string[]): string {
  return names.length === 0 ? 'everything' : names.join(', ');
}

function timesOf(times: number): string {
  return times > 1 ? ` (${times} times)` : '';
}

export const JOB_LINES: { readonly [N in JobFactName]: Sayer<N> } = {
  'job.added': (f) => info(`job ${f.job} added${f.schedule === '' ? '' : `: ${f.schedule} (${f.timezone})`}${f.enabled ? '' : ', not enabled'}`),
  'job.changed': (f) => info(`job ${f.job} changed${f.schedule === '' ? '' : `: ${f.schedule} (${f.timezone})`}${f.enabled ? '' : ', not enabled'}`),
  'job.removed': (f) => info(`job ${f.job} removed`),
  'job.paused': (f) => info(`job ${f.job} paused by ${f.by}`),
  'job.resumed': (f) => info(`job ${f.job} resumed by ${f.by}`),
  'job.recalled': (f) => debug(`job ${f.job}: its last run ${shortId(f.last.id)} ${f.last.state.replaceAll('_', ' ')}`),
  'job.next': (f) => debug(`job ${f.job}: next time ${at(f.nextAt)}`),
  'job.held': (f) => debug(f.why === '' ? `job ${f.job}: nothing holds it any more` : `job ${f.job} is due and held: ${f.why}`),
  'job.set': (f) => info(`job ${f.job}: ${f.key} ${f.value === '' ? 'is as the file says again' : `= ${f.value} until the daemon ends`}, set by ${f.by}`),
  'job.late': (f) => warn(`${short(f.job, f.run)} should have started at ${at(f.dueAt)}, ${seconds(f.lateMs)} s ago`),
  'run.scheduled': (f) => debug(`${named(f.run)} planned for ${at(f.run.dueAt)}`),
  'run.queued': (f) => debug(`${named(f.run)} waits for its turn${f.run.why === '' ? '' : `: ${f.run.why}`}`),
  'run.started': (f) => info(`${named(f.run)} started with pid ${f.run.pid ?? 'unknown'} (${f.run.trigger}, ${f.run.initiator})${f.run.fallback ? ', its fallback' : ''}`),
  'run.succeeded': (f) => info(`${named(f.run)} succeeded${how(f)}`),
  'run.failed': (f) => error(`${named(f.run)} failed${how(f)}`),
  'run.retrying': (f) => warn(`${named(f.run)} failed${how(f)}; the next attempt is in ${seconds(f.delayMs)} s`),
  'run.timed_out': (f) => error(`${named(f.run)} timed out${how(f)}`),
  'run.stalled': (f) => error(`${named(f.run)} stalled${how(f)}`),
  'run.cancelled': (f) => info(`${named(f.run)} cancelled${how(f)}`),
  'run.missed': (f) => warn(`job ${f.job} missed its time ${at(f.run.scheduledAt)}${timesOf(f.times)}${how(f)}`),
  'run.skipped': (f) => warn(`job ${f.job} skipped a run${timesOf(f.times)}${how(f)}`),
  'run.interrupted': (f) => error(`${named(f.run)} was interrupted${how(f)}`),
  'run.dead': (f) => error(`${named(f.run)} failed for good${how(f)}`),
  'run.warned': (f) => warn(`${short(f.job, f.run)} runs for ${seconds(f.afterMs)} s: sent SIG${f.signal}`),
  'run.stopping': (f) => info(`${short(f.job, f.run)}: ${f.why}; sent SIG${f.signal} to its ${f.scope}`),
  'run.slow': (f) => warn(`${short(f.job, f.run)} runs for ${seconds(f.ranMs)} s; 95 of 100 of its like took at most ${seconds(f.usualMs)} s`),
  'run.stale': (f) => warn(`${short(f.job, f.run)} has waited for ${seconds(f.waitedMs)} s: ${f.action}`),
  'run.awaited': (f) => info(`waiting for ${short(f.job, f.run)} to end${f.until === null ? '' : `, until ${at(f.until)}`}: the daemon ends then`),
  'run.survivors': (f) => error(`${short(f.job, f.run)}: still alive after the last signal: ${f.pids.join(', ')}`),
  'dead.added': (f) => info(`${short(f.job, f.run)} is kept as a dead letter after ${f.attempts} attempt${f.attempts === 1 ? '' : 's'}`),
  'dead.retried': (f) => info(`dead letter ${shortId(f.run)} of job ${f.job} tried again by ${f.by} as run ${shortId(f.as)}`),
  'dead.pruned': (f) => info(`${f.letters} dead letters deleted (${f.by}), ${f.left} left`),

  'heartbeat.received': (f) => debug(`${whose(f)}: heartbeat`),
  'limit.warned': (f) => warn(`${whose(f)} is near a limit: ${f.why}`),
  'limit.exceeded': (f) => error(`${whose(f)} is over a limit: ${f.why}; action: ${f.action}`),
  'limit.cleared': (f) => info(`${whose(f)} is well below its limit of ${f.limit} again`),
  'heartbeat.missed': (f) => warn(`${whose(f)}: heartbeat missed (${f.misses} in a row), expected at ${at(f.expectedAt)}`),
  'heartbeat.stuck': (f) => error(`${whose(f)} is stuck: ${f.why}; action: ${f.action}`),
  'heartbeat.recovered': (f) => info(`${whose(f)} gives signs of life again`),
  'progress.reported': (f) => debug(`${whose(f)}: progress ${f.progress.current}${f.progress.total === null ? '' : ` of ${f.progress.total}`}`),
  'status.reported': (f) => debug(`${whose(f)}: ${f.text}`),
  'health.reported': (f) => (f.value === 'healthy' ? info : warn)(`${whose(f)} says it is ${f.value}${f.why === '' ? '' : `: ${f.why}`}`),
  'health.probed': (f) => debug(`${shortName(f.process)}: its probe ${f.probe} ${f.value === null ? 'is not asked any more' : `says ${f.value}`}${f.why === '' ? '' : `: ${f.why}`}`),
  'health.changed': (f) => (f.value === 'healthy' ? info : warn)(`${shortName(f.process)} is ${f.value}${f.previous === f.value ? '' : `, it was ${f.previous}`}${f.why === '' ? '' : `: ${f.why}`}`),
  'health.failed': (f) => error(`${shortName(f.process)} is ${f.why}; action: ${f.action}`),
  'health.recovered': (f) => info(`${shortName(f.process)} is well again`),
  'result.reported': (f) => info(`${whose(f)} reported a result`),
  'issue.reported': (f) => info(`${whose(f)} reported an issue`),
  'report.refused': (f) => warn(`a report ${'process' in f || 'run' in f ? `of ${whose(f)} ` : ''}was refused: ${f.why}${timesOf(f.times)}`),

  'breaker.added': (f) => debug(`breaker ${f.breaker} added: ${f.row.state}`),
  'breaker.removed': (f) => debug(`breaker ${f.breaker} removed`),
  'breaker.opened': (f) => error(`breaker ${f.breaker} opened (${f.by}): ${f.row.failures} failures${f.row.retryAt === null ? ', until somebody closes it' : `, trials from ${at(f.row.retryAt)} on`}`),
  'breaker.half_opened': (f) => info(`breaker ${f.breaker} is half-open (${f.by}): trials go through`),
  'breaker.closed': (f) => info(`breaker ${f.breaker} closed (${f.by})`),
  'breaker.reset': (f) => info(`breaker ${f.breaker} closed and its counts cleared by ${f.by}`),
  'breaker.counted': (f) => debug(`breaker ${f.breaker}: ${f.outcome}, ${f.row.failures} failures in a row`),
  'drain.started': (f) => info(`draining ${all(f.names)} for ${f.by}: ${f.remaining.length} still going on${f.expiresAt === null ? '' : `, until ${at(f.expiresAt)}`}`),
  'drain.completed': (f) => info(`drained ${all(f.names)}${f.cancelled === 0 ? '' : `, ${f.cancelled} cancelled`}`),
  'drain.timed_out': (f) => warn(`draining ${all(f.names)}: still going on after ${seconds(f.timeoutMs)} s: ${f.remaining.join(', ')}`),
  'drain.ended': (f) => info(`drain of ${all(f.names)} ended by ${f.by}`),
};
