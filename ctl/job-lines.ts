// Jobs, runs, dead letters and breakers as a person reads them. Pure.
import type { BreakerView, DeadLetter, JobView, RunDetails, RunState, RunView } from '../daemon/contract/jobs.ts';
import { shortId } from '../daemon/contract/names.ts';
import { lastProgress, progressWords } from '../daemon/contract/progress-words.ts';
import { missedWords } from '../daemon/contract/reports.ts';
import type { ProgressView } from '../daemon/contract/reports.ts';
import { shellText } from '../daemon/contract/shell-words.ts';
import { paint, printable } from './screen.ts';
import type { Paint } from './screen.ts';
import { sizeText } from './size-text.ts';
import { tableLines } from './table-lines.ts';
import type { Cell } from './table-lines.ts';
import { relative, shortDuration, zoned, zonedBriefly, zonedFully } from './time-words.ts';

export interface JobStyle {
  /** ms since 1970. */
  readonly now: number;
  readonly columns: number | null;
  readonly colour: boolean;
  /** IANA name of the zone for times that belong to no job. */
  readonly zone: string;
}

/** Lines of output shown with a run. */
const OUTPUT_LINES = 20;
const SHOWN_BEATS = 5;

const RUN_PAINTS: Readonly<Record<RunState, Paint>> = {
  scheduled: 'cyan', queued: 'cyan', running: 'green', succeeded: 'green', failed: 'red', retrying: 'yellow', timed_out: 'red', stalled: 'red', cancelled: 'grey', missed: 'yellow', skipped: 'grey',
  interrupted: 'red', dead: 'red',
};

export const stateText = (state: RunState): string => state.replace('_', ' ');
const runState = (state: RunState): Cell => ({ text: stateText(state), paint: RUN_PAINTS[state] });

/** What it does now: `running 2, 1 queued`, `paused by ann`, `idle`. */
export function jobState(job: JobView): string {
  const now = [
    ...(job.running.length > 0 ? [job.running.length === 1 ? 'running' : `running ${job.running.length}`] : []),
    ...(job.queued > 0 ? [`${job.queued} queued`] : []),
    ...(job.waiting > 0 ? [`${job.waiting} planned`] : []),
    ...(job.enabled ? [] : ['disabled']),
    ...(job.paused ? [job.pausedBy === '' ? 'paused' : `paused by ${job.pausedBy}`] : []),
    ...(job.held === '' ? [] : [`held: ${job.held}`]),
  ];
  return now.length === 0 ? 'idle' : now.join(', ');
}

function jobPaint(job: JobView): Paint | null {
  if (job.running.length > 0) return 'green';
  if (job.held !== '' || job.paused) return 'yellow';
  return job.enabled ? null : 'grey';
}

function lastCell(job: JobView, now: number): Cell {
  if (job.last === null) return { text: 'never' };
  const took = job.last.durationMs === null ? '' : ` (${shortDuration(job.last.durationMs)})`;
  return { text: `${stateText(job.last.state)} ${relative(job.last.endedAt, now)}${took}`, paint: RUN_PAINTS[job.last.state] };
}

export function jobListLines(jobs: readonly JobView[], style: JobStyle): string[] {
  return tableLines(
    ['NAME', 'STATE', 'LAST', 'NEXT', 'IN', 'ZONE', 'SCHEDULE'],
    jobs.map((job) => [
      job.name, { text: jobState(job), paint: jobPaint(job) }, lastCell(job, style.now), job.nextAt === null ? '-' : zonedBriefly(job.nextAt, job.timezone),
      job.nextAt === null ? '-' : relative(job.nextAt, style.now).replace(/^in /, ''), job.timezone, job.schedule === '' ? '-' : job.schedule,
    ]),
    // The zone is in `job next`; what a schedule says is mostly in NEXT.
    { ...style, drop: [5, 6] },
  );
}

/** How it ended, beside its state: `exit 3`, `TERM`. */
export function exitText(run: Pick<RunView, 'code' | 'signal'>): string {
  return run.signal ?? (run.code === null ? '-' : String(run.code));
}

const spanOf = (run: Pick<RunView, 'startedAt' | 'endedAt'>, now: number): number | null => (run.startedAt === null ? null : (run.endedAt ?? now) - run.startedAt);

export function historyLines(runs: readonly RunView[], style: JobStyle): string[] {
  return tableLines(
    ['RUN', 'JOB', 'STATE', 'EXIT', 'STARTED', 'TOOK', 'TRIGGER', 'TRY', 'WHY'],
    runs.map((run) => {
      const span = spanOf(run, style.now);
      return [
        shortId(run.id), run.job, runState(run.state), exitText(run), run.startedAt === null ? '-' : zoned(run.startedAt, style.zone), span === null ? '-' : shortDuration(span), run.trigger.replace('_', ' '),
        run.attempt === 1 ? '' : String(run.attempt), run.why,
      ];
    }),
    { ...style, drop: [6] },
  );
}

export function deadLines(letters: readonly DeadLetter[], style: JobStyle): string[] {
  return tableLines(
    ['ID', 'JOB', 'FAILED', 'EXIT', 'TRIES', 'RETRIED', 'WHY'],
    letters.map((one) => [
      shortId(one.id), one.job, `${zoned(one.failedAt, style.zone)}`, exitText(one), String(one.attempts), one.retriedAt === null ? '-' : `${relative(one.retriedAt, style.now)}${one.retriedAs === null ? '' : ` as ${shortId(one.retriedAs)}`}`, one.why,
    ]),
    style,
  );
}

const BREAKER_PAINTS: Readonly<Record<BreakerView['state'], Paint>> = { closed: 'green', half_open: 'yellow', open: 'red' };

/** Chaperone's columns, and one line that counts the states. */
export function breakerLines(breakers: readonly BreakerView[], style: JobStyle): string[] {
  const at = (time: number | null): string => (time === null ? '-' : relative(time, style.now));
  const table = tableLines(
    ['NAME', 'STATE', 'FAILURES', 'LAST FAILURE', 'LAST SUCCESS', 'OPENED', 'TRIES AGAIN', 'WHY'],
    breakers.map((one) => [
      one.name, { text: one.state.replace('_', '-'), paint: BREAKER_PAINTS[one.state] }, String(one.failures), at(one.lastFailureAt), at(one.lastSuccessAt), at(one.openedAt), one.state === 'open' ? at(one.retryAt) : '-', one.why,
    ]),
    style,
  );
  const count = (state: BreakerView['state']): number => breakers.filter((one) => one.state === state).length;
  return [...table, `${count('closed')} closed, ${count('open')} open, ${count('half_open')} half-open`];
}

/** `3/10 30%, 2/s, 3.5s left, phase load`. */
export function progressText(progress: ProgressView): string {
  return progressWords(progress, shortDuration);
}

/** A name and its value, in columns; what is '' is left out. */
function fields(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => `  ${name.padEnd(width)}${printable(value)}`);
}

function indented(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  | ${printable(line)}`)];
}

function tail(text: string): readonly string[] {
  const lines = text.trimEnd() === '' ? [] : text.trimEnd().split('\n');
  return lines.length > OUTPUT_LINES ? [`… ${lines.length - OUTPUT_LINES} lines before; reevectl job logs has them`, ...lines.slice(-OUTPUT_LINES)] : lines;
}

/** Everything about a run, for a person. */
export function runLines(run: RunDetails, style: JobStyle): string[] {
  const at = (time: number | null): string => (time === null ? '' : `${zonedFully(time, style.zone)} (${relative(time, style.now)})`);
  const span = spanOf(run, style.now);
  const beat = run.heartbeat;
  const reached = lastProgress(run);
  return [
    `${paint(`${run.job} #${run.number}`, 'bold', style.colour)}: ${paint(stateText(run.state), RUN_PAINTS[run.state], style.colour)}${run.why === '' ? '' : `. ${printable(run.why)}`}`,
    ...fields([
      ['run', run.id], ['trigger', `${run.trigger.replace('_', ' ')}${run.initiator === run.trigger ? '' : ` by ${run.initiator}`}`],
      ['attempt', run.attempt === 1 && run.attempts.length <= 1 ? '' : `${run.attempt}${run.attempts.length > 1 ? ` of ${run.attempts.map((one) => `${shortId(one.id)} ${stateText(one.state)}`).join(', ')}` : ''}`],
      ['command', shellText(run.argv)], ['key', run.key ?? ''], ['stands for', at(run.scheduledAt)], ['created', at(run.createdAt)], ['due', run.startedAt === null ? at(run.dueAt) : ''],
      ['started', at(run.startedAt)], ['ended', at(run.endedAt)], ['took', span === null || run.endedAt === null ? '' : shortDuration(span)], ['running for', span === null || run.endedAt !== null ? '' : shortDuration(span)],
      ['pid', run.pid === null ? '' : String(run.pid)], ['exit', run.endedAt === null || (run.code === null && run.signal === null) ? '' : run.signal === null ? String(run.code) : `signal ${run.signal}`],
      ['fallback', run.fallback ? 'its fallback command ran' : ''], ['memory', run.peakRssBytes === null ? '' : `${sizeText(run.peakRssBytes)} at its peak`], ['cpu time', run.cpuMs === null ? '' : shortDuration(run.cpuMs)],
      ['heartbeats', beat === null ? '' : `${beat.count}${beat.lastAt === null ? '' : `, last ${relative(beat.lastAt, style.now)}`}${beat.missed > 0 ? `, ${missedWords(beat)} missed` : ''}${beat.stuck ? ', stuck' : ''}`],
      ['progress', reached === null ? '' : progressText(reached)], ['status', run.status], ['result', run.result === null ? '' : JSON.stringify(run.result)],
    ]),
    ...indented('Violations:', run.violations.map((one) => `${zoned(one.at, style.zone)}  ${one.what}: ${one.actual} of ${one.limit}`)),
    ...indented('Last heartbeats:', run.heartbeats.slice(-SHOWN_BEATS).map((one) => `${zoned(one.at, style.zone)}${one.meta === null ? '' : `  ${JSON.stringify(one.meta)}`}`)),
    // Where nothing else was written, the same lines twice help nobody.
    ...(run.errors.length > 0 && run.errors.join('\n').trim() !== run.output.trim() ? indented('Last errors:', run.errors) : []),
    ...indented('Output:', tail(run.output)),
  ];
}

export function deadLetterLines(letter: DeadLetter, style: JobStyle): string[] {
  return [
    `${paint(letter.job, 'bold', style.colour)}: ${paint('dead', 'red', style.colour)}. ${printable(letter.why)}`,
    ...fields([
      ['id', letter.id], ['command', shellText(letter.argv)], ['exit', exitText(letter) === '-' ? '' : exitText(letter)], ['attempts', String(letter.attempts)],
      ['failed', `${zonedFully(letter.failedAt, style.zone)} (${relative(letter.failedAt, style.now)})`],
      ['retried', letter.retriedAt === null ? 'not yet' : `${zonedFully(letter.retriedAt, style.zone)}${letter.retriedAs === null ? '' : ` as ${letter.retriedAs}`}`],
      ['environment', letter.environment.join(' ')],
    ]),
    ...indented('Output:', tail(letter.output)),
  ];
}

/** Everything about a job, for a person: how it fares, and its last runs. */
export function jobLines(job: JobView, times: readonly number[], runs: readonly RunView[], style: JobStyle): string[] {
  const counts = Object.entries(job.counts).filter(([, n]) => n > 0).map(([name, n]) => `${n} ${name.replace('_', ' ')}`);
  return [
    `${paint(job.name, 'bold', style.colour)}: ${jobState(job)}`,
    ...fields([
      ['schedule', job.schedule === '' ? 'none: on request, or after another job' : `${job.schedule} (${job.timezone})`], ['next', times.map((at) => `${zonedBriefly(at, job.timezone)} (${relative(at, style.now)})`).join(', ')],
      ['last', job.last === null ? 'never ran' : `${lastCell(job, style.now).text}${job.last.why === '' ? '' : `: ${job.last.why}`}`], ['breaker', job.breaker ?? ''], ['set by hand', Object.entries(job.set).map(([key, value]) => `${key} = ${value}`).join(', ')],
      ['since start', counts.join(', ')], ['running', job.running.join(' ')],
    ]),
    ...(runs.length === 0 ? [] : ['', ...historyLines(runs, style)]),
  ];
}
