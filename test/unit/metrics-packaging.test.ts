// What packaging/prometheus/ asks for is what /metrics tells.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS, sampleNames } from '../../daemon/contract/metrics.ts';
import type { MetricDefinition, MetricName } from '../../daemon/contract/metrics.ts';
import { isPresent, NEEDS } from '../../scripts/prepare.ts';
import { readToml } from '../support/config-files.ts';

const FOLDER = join(import.meta.dirname, '../../packaging/prometheus');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const PAGE = readFileSync(join(FOLDER, '../../docs/metrics.md'), 'utf8');
const need = NEEDS.find((one) => one.package === 'prometheus');
const noPromtool = need !== undefined && isPresent(need) ? false : 'promtool is not installed (Debian: prometheus)';

const SAMPLES = new Map(Object.keys(METRICS).flatMap((name) => sampleNames(name as MetricName).map((sample) => [sample, METRICS[name as MetricName] as MetricDefinition] as const)));
/** Given by Prometheus. */
const TARGET = ['instance', 'job', 'le', '__name__'];

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly Panel[];
}

const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
const queries = [
  ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => expr)), ...dashboard.annotations.list.map(({ expr }) => expr),
  ...dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query)),
];

/** Selectors of our metrics in a text: name, and the labels that are matched. */
function selectors(text: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...text.matchAll(/\b(reeve_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', inside = '']) => ({ name, labels: [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label) }));
}

test('every metric and label that rules, their tests, the dashboard and the docs name exists', () => {
  for (const [file, text] of [['reeve.rules.yml', read('reeve.rules.yml')], ['reeve.rules.test.yml', read('reeve.rules.test.yml')], ['grafana-dashboard.json', queries.join('\n')], ['docs/metrics.md', PAGE]] as const) {
    const found = selectors(text);
    assert.ok(found.length > 10, file);
    for (const { name, labels } of found) {
      const of = SAMPLES.get(name);
      assert.ok(of, `${file} asks for ${name}, which nobody tells`);
      for (const label of labels) assert.ok(of.labels.includes(label) || TARGET.includes(label), `${file} asks ${name} for ${label}`);
    }
  }
});

test('the rules cover what goes wrong with processes, jobs, issues and the daemon, each is tested, and each says how bad it is [D7]', () => {
  const alerts = [...read('reeve.rules.yml').matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)/g)].map(([, name = '', severity = '']) => ({ name, severity }));
  const tests = read('reeve.rules.test.yml');
  for (const { name, severity } of alerts) {
    assert.match(severity, /^(warning|error|critical)$/, name);
    assert.match(tests, new RegExp(`alertname: ${name}\n\\s+exp_alerts:`), `${name} is never seen to fire`);
  }
  const names = alerts.map(({ name }) => name);
  for (const name of ['ReeveProcessFatal', 'ReeveProcessFlapping', 'ReeveProcessNotReady', 'ReeveProcessUnhealthy', 'ReeveProcessStuck', 'ReeveJobFailing', 'ReeveJobMissed', 'ReeveBreakerOpen', 'ReeveDeadLetters', 'ReeveIssuesExhausted', 'ReeveLogDropped', 'ReeveLogBlocked', 'ReeveDown', 'ReeveLoopSlow', 'ReeveApiErrorRate', 'ReeveApiSlow']) assert.ok(names.includes(name), name);
});

test('the example scrapes once a minute, as snapshots were taken, and keeps an answer of a thousand programs whole [E44]', () => {
  assert.match(read('prometheus.yml'), /scrape_interval: 60s[\s\S]*body_size_limit: 16MB[\s\S]*targets: \["127\.0\.0\.1:9002"\]/);
});

test('promtool takes the rules, the scrape configuration, and the tests of the rules', { skip: noPromtool }, () => {
  for (const args of [['check', 'rules', 'reeve.rules.yml'], ['check', 'config', 'prometheus.yml'], ['test', 'rules', 'reeve.rules.test.yml']]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
    assert.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`);
    assert.match(stdout, /SUCCESS/);
  }
});

test('every query of the dashboard is one that Prometheus can read', { skip: noPromtool }, (t) => {
  const expressions = queries.filter((query) => query.includes('reeve_') && !query.startsWith('label_values'));
  const rules = { groups: [{ name: 'dashboard', rules: expressions.map((expr, at) => ({ record: `dashboard:query${at}`, expr: expr.replaceAll('$__rate_interval', '5m') })) }] };
  const folder = mkdtempSync(join(tmpdir(), 'reeve-dashboard-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify(rules));
  const { status, stderr } = spawnSync('promtool', ['check', 'rules', join(folder, 'rules.yml')], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('the dashboard can be imported anywhere: its data source and instance are variables, its panels do not overlap', () => {
  const text = read('grafana-dashboard.json');
  assert.deepEqual(dashboard.templating.list.map(({ name }) => name), ['datasource', 'instance', 'group', 'program']);
  assert.doesNotMatch(text.replaceAll('"uid": "${datasource}"', ''), /"uid": "(?!reeve")/, 'no data source of one Grafana');
  for (const { expr } of dashboard.panels.flatMap((panel) => panel.targets ?? [])) assert.match(expr, /instance=~"\$instance"/);
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column += 1) for (let row = y; row < y + h; row += 1) {
      assert.ok(!taken.has(`${column} ${row}`), `${title} covers another panel`);
      taken.add(`${column} ${row}`);
    }
  }
});

test('the questions of the docs can be asked, the number of rules is so, and the example of the file can be read', { skip: noPromtool }, (t) => {
  const section = PAGE.slice(PAGE.indexOf('## Questions'), PAGE.indexOf('## What is counted'));
  const expressions = [...section.matchAll(/`([^`]*reeve_[^`]*)`/g)].map(([, expr = '']) => expr.replaceAll('\\|', '|'));
  assert.ok(expressions.length >= 10);
  const folder = mkdtempSync(join(tmpdir(), 'reeve-questions-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'docs', rules: expressions.map((expr, at) => ({ record: `docs:query${at}`, expr })) }] }));
  const { status, stderr } = spawnSync('promtool', ['check', 'rules', join(folder, 'rules.yml')], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.ok(PAGE.includes(`${[...read('reeve.rules.yml').matchAll(/- alert: /g)].length} alert rules`));
  const toml = /```toml\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
  assert.deepEqual(readToml(toml).problems, []);
});
