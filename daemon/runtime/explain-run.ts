// Where is a run, what ends it, what follows? And what is a dead letter waiting for? Pure.
import type { JobSpec } from '../../config/job-spec.ts';
import type { DeadExplanation, RunExplanation } from '../contract/explanations.ts';
import type { DeadLetter, RunDetails, RunState } from '../contract/jobs.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import { shortId } from '../contract/names.ts';
import { ago, because, clockTime, count, dueIn, listed, span } from './explain-words.ts';
import { vitalsSentences } from './explain-vitals.ts';

export interface RunSource {
  readonly run: RunDetails;
  /** Its job, as the file has it now; undefined: it is in no file any more. */
  readonly spec: JobSpec | undefined;
  /** It is kept as a dead letter. */
  readonly letter: DeadLetter | null;
  /** Wall clock ms. */
  readonly now: number;
}

const title = (run: RunDetails): string => `run ${shortId(run.id)} of ${run.job}`;
const NOTHING_ASKED = { heartbeat: null, progressTimeoutMs: null, onStuck: 'alert' } as const;

/** Of runs that are over and did not succeed. */
const ENDS: Readonly<Record<Exclude<RunState, 'running' | 'queued' | 'scheduled' | 'succeeded'>, string>> = {
  failed: 'failed', retrying: 'failed, and is tried again', timed_out: 'was ended by its timeout', stalled: 'gave no sign of life and was ended', cancelled: 'was cancelled',
  missed: 'could not be started in time', skipped: 'was not started', interrupted: 'was cut off by the end of the daemon', dead: 'failed for good',
};

function summary({ run, spec, now }: RunSource): string {
  const name = title(run);
  const zone = spec?.timezone ?? 'UTC';
  const since = run.endedAt === null ? '' : `, ${ago(now - run.endedAt)} ago`;
  switch (run.state) {
    case 'running': return `${name} goes on${run.pid === null ? '' : ` as pid ${run.pid}`} for ${ago(now - (run.startedAt ?? now))}.`;
    case 'queued': return `${name} waits for its turn for ${ago(now - run.createdAt)}${because(run.why)}.`;
    case 'scheduled': return `${name} waits for its time${run.dueAt === null ? '' : `: it starts ${dueIn(run.dueAt, now, zone)}`}${because(run.why)}.`;
    case 'succeeded': return `${name} did its work${since}${run.durationMs === null ? '' : `, in ${ago(run.durationMs)}`}.`;
    default: return `${name} ${ENDS[run.state]}${since}${because(run.why)}.`;
  }
}

function origin({ run, spec }: RunSource): readonly string[] {
  const most = spec?.retry.max;
  const attempt = run.attempt === 1 && run.attempts.length <= 1 ? '' : `; it is attempt ${run.attempt}${most === null || most === undefined ? '' : ` of at most ${most + 1}`}`;
  const stands = run.scheduledAt === null ? '' : `, for its time at ${clockTime(run.scheduledAt, spec?.timezone ?? 'UTC')}`;
  return [`It was brought about by ${run.trigger.replace('_', ' ')}${run.initiator === run.trigger ? '' : ` (${run.initiator})`}${stands}${attempt}.`];
}

/** What ends it by itself, and what becomes of it then. */
function limits({ run, spec, now }: RunSource): readonly string[] {
  if (spec === undefined || RUN_STATES[run.state].final) return [];
  const out: string[] = [];
  const ran = run.startedAt === null ? 0 : now - run.startedAt;
  if (run.state === 'running') {
    if (spec.timeoutMs !== null) out.push(ran >= spec.timeoutMs ? `It is past its timeout of ${span(spec.timeoutMs)} and is being ended.` : `Its timeout of ${span(spec.timeoutMs)} ends it in ${ago(spec.timeoutMs - ran)}.`);
    else out.push('It has no timeout: it may take as long as it likes.');
    if (spec.softTimeout !== null && ran < spec.softTimeout.afterMs) out.push(`It gets SIG${spec.softTimeout.signal} as a warning in ${ago(spec.softTimeout.afterMs - ran)}.`);
    const { memoryBytes } = spec.process.limits;
    if (memoryBytes !== null) out.push(`It may use ${Math.round(memoryBytes / 1024 / 1024)} MiB of memory (action = "${spec.process.limits.action}").`);
  } else {
    if (spec.expiresMs !== null) out.push(`It is not started any more ${span(spec.expiresMs)} after its time (expires).`);
    if (spec.stale !== null) out.push(`After waiting for ${span(spec.stale.afterMs)} it is stale (${spec.stale.action}).`);
  }
  out.push(`\`reevectl job cancel ${shortId(run.id)}\` ${run.state === 'running' ? 'ends it' : 'takes it from the queue'}.`);
  return out;
}

function follows({ run, spec, letter }: RunSource): readonly string[] {
  const out: string[] = [];
  const later = run.attempts.filter((one) => one.attempt > run.attempt).at(-1);
  if (later !== undefined) out.push(`It was tried again: attempt ${later.attempt}, run ${shortId(later.id)}, is ${later.state.replace('_', ' ')}.`);
  if (run.state === 'running' && spec !== undefined && spec.retry.max !== 0) {
    const left = spec.retry.max === null ? null : spec.retry.max + 1 - run.attempt;
    out.push(left !== null && left <= 0 ? 'Its attempts are used up: if it fails it is not tried again.' : `If it fails it is tried again${left === null ? '' : `, ${count(left, 'more time')} at most`}.`);
  }
  if (letter !== null) out.push(letter.retriedAs === null ? `It is kept as a dead letter: \`reevectl dead retry ${shortId(run.id)}\` tries it again.` : `Its dead letter was tried again as run ${shortId(letter.retriedAs)}.`);
  if (spec?.undo != null && run.state === 'succeeded') out.push(`\`reevectl job undo ${shortId(run.id)}\` takes back what it did.`);
  return out;
}

const ENDED_BADLY: ReadonlySet<RunState> = new Set(['failed', 'retrying', 'timed_out', 'stalled', 'dead', 'interrupted']);

/** A run: its attempt, what it says of itself, what ends it, what follows. */
export function explainRun(source: RunSource): RunExplanation {
  const { run, spec, now } = source;
  const alive = run.state === 'running';
  const said = alive ? vitalsSentences({ spec: spec?.vitals ?? NOTHING_ASKED, view: { heartbeat: run.heartbeat, progress: run.progress, statusText: run.status, health: 'unknown' }, health: null, now, ago }) : [];
  const broken = run.violations.slice(-3).map((one) => `It did not keep a limit ${ago(now - one.at)} ago: ${one.what}, ${one.actual} (limit ${one.limit}).`);
  const looked = ENDED_BADLY.has(run.state) ? [`\`reevectl job logs ${shortId(run.id)}\` shows what it wrote.`] : [];
  return { kind: 'run', name: run.id, state: run.state, summary: summary(source), sentences: [...origin(source), ...said, ...limits(source), ...broken, ...follows(source), ...looked], run };
}

export interface DeadSource {
  readonly letter: DeadLetter;
  /** Its job is in the file. */
  readonly known: boolean;
  /** Letters that wait are deleted so long after the failure; 0: never. */
  readonly keptMs: number;
  readonly now: number;
}

export function explainDead({ letter, known, keptMs, now }: DeadSource): DeadExplanation {
  const id = shortId(letter.id);
  const how = letter.signal === null ? (letter.code === null ? '' : ` with exit status ${letter.code}`) : ` by signal ${letter.signal}`;
  const retried = letter.retriedAt !== null;
  const args = letter.args.length === 0 ? [] : [`It had the arguments ${listed(letter.args.map((one) => JSON.stringify(one)))}; it is tried again with the same.`];
  return {
    kind: 'dead', name: letter.id, state: retried ? 'retried' : 'pending', letter,
    summary: `dead letter ${id} of ${letter.job} failed for good ${ago(now - letter.failedAt)} ago, after ${count(letter.attempts, 'attempt')}${because(letter.why)}.`,
    sentences: [
      `Its last attempt ended${how}${letter.cause === null ? '' : ` (cause: ${letter.cause})`}; \`reevectl dead show ${id}\` has what it wrote.`, ...args,
      retried
        ? `It was tried again ${ago(now - (letter.retriedAt ?? now))} ago${letter.retriedAs === null ? '' : ` as run ${shortId(letter.retriedAs)}`}; once more takes --force.`
        : known ? `It waits until somebody deals with it: \`reevectl dead retry ${id}\` tries it again.` : `Its job ${letter.job} is in no file any more: it cannot be tried again until it is.`,
      keptMs === 0 ? 'It is kept until somebody deletes it.' : `It is deleted in ${ago(letter.failedAt + keptMs - now)}.`,
    ],
  };
}
