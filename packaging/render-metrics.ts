// docs/reference/metrics.md: every family of /metrics, from the table in daemon/contract/metrics.ts.
import { METRICS } from '../daemon/contract/metrics.ts';
import type { MetricDefinition } from '../daemon/contract/metrics.ts';
import { markdownTable } from './markdown.ts';

/** The page. */
export function renderMetrics(): string {
  const rows = Object.entries(METRICS as Readonly<Record<string, MetricDefinition>>).map(([name, { type, labels, says, buckets }]) => [
    `\`${name}\``, type, labels.map((label) => `\`${label}\``).join(' '), buckets === undefined ? says : `${says} Buckets: ${buckets.join(', ')}.`,
  ]);
  return `# Metrics

What \`GET /metrics\` tells, in the order in which it is written. Times are seconds, sizes bytes, parts of a whole ratios. How to scrape it, and
what it costs: [metrics.md](../metrics.md).

Every family is there, whether it has samples or not; the samples of a process, program, job or check end when it is removed. Counters begin
at 0 with the daemon. In OpenMetrics the family of a counter has no \`_total\` in its name, but its samples have.

${markdownTable(['Family', 'Type', 'Labels', 'Means'], rows)}`;
}
