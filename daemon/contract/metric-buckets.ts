// Upper bounds of the histograms of /metrics, in seconds. Apart from the table, which nobody needs before somebody scrapes.

/** Starts and stops: from a moment to a slow end. */
export const LIFE_BUCKETS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Runs of jobs and attempts of fixes: up to a day. */
export const RUN_BUCKETS: readonly number[] = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];
/** Answers of the API. */
export const REQUEST_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
