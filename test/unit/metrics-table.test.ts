import { test } from 'node:test';
import assert from 'node:assert/strict';
import { METRICS, openMetricsFamily, sampleNames } from '../../daemon/contract/metrics.ts';
import type { MetricDefinition, MetricName } from '../../daemon/contract/metrics.ts';
import { plainOf } from '../../daemon/api/metrics-bytes.ts';
import { labelText, formatOf, MetricsText } from '../../daemon/api/metrics-text.ts';
import { Histogram } from '../../daemon/runtime/counts.ts';
import { renderMetrics } from '../../packaging/render-metrics.ts';

const TABLE = Object.entries(METRICS as Readonly<Record<string, MetricDefinition>>);

test('every family has a name of ours, a sentence, a unit that its name ends in, and _total where it is counted', () => {
  for (const [name, { type, says, unit, labels, buckets }] of TABLE) {
    assert.match(name, /^reeve_[a-z][a-z0-9_]*$/);
    assert.match(says, /^[A-Z1].+\.$/, name);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.equal(name.endsWith('_info'), type === 'info', name);
    const bare = name.replace(/_total$/, '');
    for (const one of ['seconds', 'bytes', 'ratio'] as const) assert.equal(bare.endsWith(`_${one}`), unit === one, `${name} and its unit`);
    assert.ok(labels.every((label) => /^[a-z_]+$/.test(label) && label !== 'le' && label !== 'quantile'), name);
    assert.equal(buckets !== undefined, type === 'histogram', name);
    assert.deepEqual(buckets ?? [], (buckets ?? []).toSorted((a, b) => a - b), `${name}: bounds ascend`);
  }
});

test('no two families share a name in OpenMetrics, nor one of their samples', () => {
  const families = TABLE.map(([name]) => openMetricsFamily(name as MetricName));
  assert.equal(new Set(families.map(({ family }) => family)).size, TABLE.length);
  const samples = TABLE.flatMap(([name]) => sampleNames(name as MetricName));
  assert.equal(new Set(samples).size, samples.length);
  assert.deepEqual(openMetricsFamily('reeve_dead_letters_total'), { family: 'reeve_dead_letters_total', type: 'unknown' }, 'the gauge has the name');
  assert.deepEqual(openMetricsFamily('reeve_process_restarts_total'), { family: 'reeve_process_restarts', type: 'counter' });
  assert.deepEqual(openMetricsFamily('reeve_build_info'), { family: 'reeve_build', type: 'info' });
});

test('the reference page has a row for each family', () => {
  const page = renderMetrics();
  for (const [name] of TABLE) assert.ok(page.includes(`| \`${name}\` |`), name);
});

test('what must be escaped in the value of a label is', () => {
  assert.equal(labelText(['a', 'b'], ['x"y\\z\nw', '']), 'a="x\\"y\\\\z\\nw",b=""');
  assert.equal(labelText(['process'], ['שרות:\u{1F469}\u200D\u{1F4BB}-<b>']), 'process="שרות:\u{1F469}\u200D\u{1F4BB}-<b>"', 'what is foreign is no reason');
});

test('the classic text has HELP, TYPE and samples; buckets add up, and values that are no numbers are written as Go reads them', async () => {
  const text = new MetricsText('classic');
  text.family('reeve_issues')('state="open"', 3);
  text.family('reeve_build_info')('version="1",node="26"', 1);
  text.single('reeve_draining', Number.NaN);
  text.single('reeve_scrape_duration_seconds', Number.POSITIVE_INFINITY);
  text.histogram('reeve_issue_fix_seconds')('fix="a"', { bounds: [0.5, 1], counts: [2, 1], count: 4, sum: 7.25 });
  text.summary('reeve_job_lateness_seconds')('job_name="j"', { count: 2, sum: 0.5 });
  assert.equal((await plainOf(text.end())).toString(), `# HELP reeve_issues ${METRICS.reeve_issues.says}
# TYPE reeve_issues gauge
reeve_issues{state="open"} 3
# HELP reeve_build_info ${METRICS.reeve_build_info.says}
# TYPE reeve_build_info gauge
reeve_build_info{version="1",node="26"} 1
# HELP reeve_draining ${METRICS.reeve_draining.says}
# TYPE reeve_draining gauge
reeve_draining NaN
# HELP reeve_scrape_duration_seconds ${METRICS.reeve_scrape_duration_seconds.says}
# TYPE reeve_scrape_duration_seconds gauge
reeve_scrape_duration_seconds +Inf
# HELP reeve_issue_fix_seconds ${METRICS.reeve_issue_fix_seconds.says}
# TYPE reeve_issue_fix_seconds histogram
reeve_issue_fix_seconds_bucket{fix="a",le="0.5"} 2
reeve_issue_fix_seconds_bucket{fix="a",le="1.0"} 3
reeve_issue_fix_seconds_bucket{fix="a",le="+Inf"} 4
reeve_issue_fix_seconds_sum{fix="a"} 7.25
reeve_issue_fix_seconds_count{fix="a"} 4
# HELP reeve_job_lateness_seconds ${METRICS.reeve_job_lateness_seconds.says}
# TYPE reeve_job_lateness_seconds summary
reeve_job_lateness_seconds_sum{job_name="j"} 0.5
reeve_job_lateness_seconds_count{job_name="j"} 2
`);
});

test('OpenMetrics names the family without _total and its unit, and ends with # EOF', async () => {
  const text = new MetricsText('openmetrics');
  text.family('reeve_process_cpu_seconds_total')('process="a:a"', 1.5);
  text.family('reeve_build_info')('version="1",node="26"', 1);
  text.family('reeve_dead_letters_total')('job_name="j"', 1);
  assert.equal((await plainOf(text.end())).toString(), `# TYPE reeve_process_cpu_seconds counter
# UNIT reeve_process_cpu_seconds seconds
# HELP reeve_process_cpu_seconds ${METRICS.reeve_process_cpu_seconds_total.says}
reeve_process_cpu_seconds_total{process="a:a"} 1.5
# TYPE reeve_build info
# HELP reeve_build ${METRICS.reeve_build_info.says}
reeve_build_info{version="1",node="26"} 1
# TYPE reeve_dead_letters_total unknown
# HELP reeve_dead_letters_total ${METRICS.reeve_dead_letters_total.says}
reeve_dead_letters_total{job_name="j"} 1
# EOF
`);
});

test('OpenMetrics is written for who asks for version 1.0.0 of it, as Prometheus does; everybody else gets text', () => {
  const prometheus = 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  assert.equal(formatOf(prometheus), 'openmetrics');
  assert.equal(formatOf('application/openmetrics-text; version=1.0.0; charset=utf-8'), 'openmetrics');
  assert.equal(formatOf('application/openmetrics-text'), 'openmetrics');
  assert.equal(formatOf('application/openmetrics-text;version=0.0.1'), 'classic');
  assert.equal(formatOf('application/openmetrics-text;q=0.2, text/plain;q=0.9'), 'classic');
  assert.equal(formatOf('application/openmetrics-text;q=0'), 'classic');
  assert.equal(formatOf('*/*'), 'classic');
  assert.equal(formatOf(undefined), 'classic');
});

test('the lines of a histogram are made anew when it has changed, or has another name', async () => {
  const histogram = new Histogram([1]);
  const lines = async (labels: string): Promise<readonly string[]> => {
    const text = new MetricsText('classic');
    text.histogram('reeve_issue_fix_seconds')(labels, histogram);
    return (await plainOf(text.end())).toString().split('\n').slice(2);
  };
  histogram.observe(0.5);
  const first = await lines('fix="a"');
  assert.deepEqual(await lines('fix="a"'), first);
  histogram.observe(2);
  assert.deepEqual(await lines('fix="a"'), ['reeve_issue_fix_seconds_bucket{fix="a",le="1.0"} 1', 'reeve_issue_fix_seconds_bucket{fix="a",le="+Inf"} 2', 'reeve_issue_fix_seconds_sum{fix="a"} 2.5', 'reeve_issue_fix_seconds_count{fix="a"} 2', '']);
  assert.match((await lines('fix="b"'))[0] ?? '', /fix="b"/);
});
