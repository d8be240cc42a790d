// How far a run or process is, in words: the same in a terminal and on the page. Browser-safe.
import type { RunView } from './jobs.ts';
import type { ProgressView } from './reports.ts';

/** How far it came: of a run that ended, nothing is left to wait for. */
export function lastProgress(run: Pick<RunView, 'progress' | 'endedAt'>): ProgressView | null {
  return run.progress === null || run.endedAt === null ? run.progress : { ...run.progress, etaMs: null };
}

/** Three digits are enough for a rate. */
export function rateText(rate: number): string {
  return rate >= 100 ? String(Math.round(rate)) : String(Number(rate.toPrecision(3)));
}

/** `3/10 30%, 2/s, 3.5s left, phase load`; nothing is left of what is done. `duration` says ms as its place does. */
export function progressWords(progress: ProgressView, duration: (ms: number) => string): string {
  const amount = progress.total === null ? String(progress.current) : `${progress.current}/${progress.total}`;
  return [
    `${amount}${progress.percent === null ? '' : ` ${progress.percent}%`}`, ...(progress.rate === null ? [] : [`${rateText(progress.rate)}/s`]),
    ...(progress.etaMs === null || progress.etaMs === 0 ? [] : [`${duration(progress.etaMs)} left`]), ...(progress.phase === null ? [] : [`phase ${progress.phase}`]),
  ].join(', ');
}
