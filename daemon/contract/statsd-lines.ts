// What a fact is to a statsd server: counts and times, with tags as DogStatsD has them (Telegraf, Vector, Datadog and statsd_exporter
// read them). Pure.
import type { Fact } from './facts.ts';
import type { RunView } from './jobs.ts';

type Tags = Readonly<Record<string, string | number | null>>;

/** What would end a tag, or begin another part of the line. */
const FORBIDDEN = /[|,#\n\r@]/g;

function line(name: string, value: string, tags: Tags): string {
  const words = Object.entries(tags).flatMap(([tag, of]) => (of === null || of === '' ? [] : [`${tag}:${String(of).replaceAll(FORBIDDEN, '_')}`]));
  return `reeve.${name}:${value}${words.length === 0 ? '' : `|#${words.join(',')}`}`;
}

const count = (name: string, tags: Tags, times = 1): string => line(name, `${times}|c`, tags);
const time = (name: string, ms: number, tags: Tags): string => line(name, `${Math.max(0, Math.round(ms))}|ms`, tags);

function runEnded(job: string, run: RunView, durationMs: number | null, times = 1): readonly string[] {
  const tags = { job, result: run.state, cause: run.cause };
  return [count('job.ended', tags, times), ...(durationMs === null ? [] : [time('job.duration', durationMs, { job, result: run.state })])];
}

/** Who it is about: a process, or the job of a run. */
function who(fact: { readonly process: string } | { readonly job: string }): Tags {
  return 'process' in fact ? { process: fact.process } : { job: fact.job };
}

/** The lines of a fact, without line breaks; [] where a statsd server has nothing to count. */
export function statsdLines(fact: Fact): readonly string[] {
  switch (fact.type) {
    case 'process.starting': return [count('process.started', who(fact))];
    case 'process.exited': return [
      count('process.ended', { ...who(fact), code: fact.code, signal: fact.signal, expected: String(fact.expected) }), time('process.lived', fact.ranMs, who(fact)),
    ];
    case 'process.ready': return [time('process.start_time', fact.afterMs, who(fact))];
    case 'process.restarted': return [count('process.restarted', { ...who(fact), reason: fact.reason })];
    case 'process.fatal': return [count('process.fatal', who(fact))];
    case 'process.flapping': return [count('process.flapping', who(fact))];
    case 'group.gave_up': return [count('group.gave_up', { group: fact.group })];
    case 'health.failed': return [count('process.unhealthy', who(fact))];
    case 'heartbeat.received': return [count('heartbeat', who(fact))];
    case 'heartbeat.missed': return [count('heartbeat.missed', who(fact))];
    case 'heartbeat.stuck': return [count('stuck', who(fact))];
    case 'limit.exceeded': return [count('limit.exceeded', { ...who(fact), limit: fact.limit })];
    case 'log.dropped': return [count('log.dropped_bytes', who(fact), fact.bytes)];
    case 'run.started': return [count('job.started', { job: fact.job, trigger: fact.run.trigger })];
    case 'run.succeeded': case 'run.failed': case 'run.retrying': case 'run.timed_out': case 'run.stalled': case 'run.cancelled': case 'run.interrupted': case 'run.dead':
      return runEnded(fact.job, fact.run, fact.durationMs);
    case 'run.missed': case 'run.skipped': return runEnded(fact.job, fact.run, null, fact.times);
    case 'dead.added': return [count('dead_letter', { job: fact.job })];
    case 'issue.opened': case 'issue.reopened': return [count('issue.detected', { check: fact.issue.check, code: fact.issue.code })];
    case 'fix.ended': return [count('issue.fix', { fix: fact.fix, code: fact.issue.code, result: fact.outcome }), time('issue.fix_time', fact.durationMs, { fix: fact.fix })];
    case 'breaker.opened': return [count('breaker.opened', { breaker: fact.breaker })];
    case 'breaker.closed': return [count('breaker.closed', { breaker: fact.breaker })];
    case 'alert.lost': return [count('alert.lost', { alert: fact.alert, channel: fact.channel })];
    default: return [];
  }
}
