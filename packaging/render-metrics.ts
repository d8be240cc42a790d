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

A family is there whether it has samples or not; of a process, program, job or check that is removed nothing is told any more. What only
counts what happens begins with the daemon. In OpenMetrics a family of a counter has no \`_total\` in its name, its samples have.

${markdownTable(['Family', 'Type', 'Labels', 'Means'], rows)}`;
}
