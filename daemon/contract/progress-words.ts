// How far a run or process is, in words: the same in a terminal and on the page. Browser-safe.
import type { ProgressView } from './reports.ts';

/** Three digits are enough for a rate. */
export function rateText(rate: number): string {
  return rate >= 100 ? String(Math.round(rate)) : String(Number(rate.toPrecision(3)));
}

/** `3/10 30%, 2/s, 3.5s left, phase load`. `duration` says ms as its place does. */
export function progressWords(progress: ProgressView, duration: (ms: number) => string): string {
  const amount = progress.total === null ? String(progress.current) : `${progress.current}/${progress.total}`;
  return [
    `${amount}${progress.percent === null ? '' : ` ${progress.percent}%`}`, ...(progress.rate === null ? [] : [`${rateText(progress.rate)}/s`]),
    ...(progress.etaMs === null ? [] : [`${duration(progress.etaMs)} left`]), ...(progress.phase === null ? [] : [`phase ${progress.phase}`]),
  ].join(', ');
}
