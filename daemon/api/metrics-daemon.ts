// What /metrics says of the daemon itself: its events, alerts, listeners, API, loops and memory.
import type { AlertView } from '../contract/alerts.ts';
import { FACTS } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import type { Severity } from '../contract/facts.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Meters } from '../runtime/meters.ts';
import { loopDelay } from './loop-delay.ts';
import { labelText } from './metrics-text.ts';
import type { MetricsText } from './metrics-text.ts';
import type { RequestCounts } from './request-counts.ts';

export interface Scrapes {
  /** Before this one. */
  readonly count: number;
  /** How long the one before took; null: there was none. */
  readonly lastMs: number | null;
}

export interface DaemonSources {
  readonly snapshot: Snapshot;
  readonly meters: Meters;
  /** How often each fact happened. */
  readonly facts: ReadonlyMap<FactName, number>;
  readonly version: string;
  readonly requests: RequestCounts;
  readonly scrapes: Scrapes;
  /** Alerts that there are: of others nothing is told. */
  readonly alerts: readonly Pick<AlertView, 'name' | 'channels'>[];
}

function bySeverity(facts: DaemonSources['facts']): Readonly<Record<Severity, number>> {
  const counts = { debug: 0, info: 0, warning: 0, error: 0, critical: 0 };
  for (const [name, times] of facts) counts[FACTS[name].severity] += times;
  return counts;
}

function writeTold(text: MetricsText, { meters: { tally }, alerts, facts }: DaemonSources): void {
  const sent = text.family('reeve_alerts_sent_total');
  const names = new Set(alerts.map(({ name }) => name));
  for (const { labels, value } of tally.messages) if (names.has(labels[0] ?? '')) sent(labelText(['alert', 'kind'], labels), value);
  const deliveries = text.family('reeve_alert_deliveries_total');
  for (const { name, channels } of alerts) for (const channel of new Set(channels)) for (const result of ['delivered', 'delayed', 'lost']) {
    deliveries(labelText(['alert', 'channel', 'result'], [name, channel, result]), tally.deliveries.of([name, channel, result]));
  }
  const dropped = text.family('reeve_listener_dropped_events_total');
  for (const { labels, value } of tally.droppedEvents) dropped(labelText(['pool'], labels), value);
  const rejected = text.family('reeve_listener_rejected_events_total');
  for (const { labels, value } of tally.rejectedEvents) rejected(labelText(['pool'], labels), value);
  text.single('reeve_reports_refused_total', tally.refusedReports);
  const events = text.family('reeve_events_total');
  for (const [severity, count] of Object.entries(bySeverity(facts))) events(`severity="${severity}"`, count);
}

function writeRequests(text: MetricsText, { answers, times }: RequestCounts): void {
  const requests = text.family('reeve_api_requests_total');
  for (const { labels, value } of answers) requests(labelText(['route', 'status'], labels), value);
  const durations = text.histogram('reeve_api_request_duration_seconds');
  for (const [route, histogram] of times) durations(labelText(['route'], [route]), histogram);
}

function writeSelf(text: MetricsText, { snapshot: { daemon, seq }, meters, version }: DaemonSources): void {
  text.family('reeve_daemon_info')(labelText(['version', 'implementation', 'identifier'], [version, daemon.implementation, daemon.identifier]), 1);
  text.family('reeve_build_info')(labelText(['version', 'node'], [version, process.versions.node]), 1);
  text.single('reeve_daemon_start_time_seconds', daemon.startedAt / 1000);
  const { user, system } = process.cpuUsage();
  text.single('reeve_daemon_cpu_seconds_total', (user + system) / 1e6);
  const memory = process.memoryUsage();
  text.single('reeve_daemon_resident_memory_bytes', memory.rss);
  text.single('reeve_daemon_heap_used_bytes', memory.heapUsed);
  text.single('reeve_daemon_heap_size_bytes', memory.heapTotal);
  const delay = text.family('reeve_daemon_event_loop_delay_seconds');
  for (const [stat, seconds] of Object.entries(loopDelay() ?? {})) delay(`stat="${stat}"`, seconds as number);
  text.single('reeve_daemon_event_loop_active_seconds_total', performance.eventLoopUtilization().active / 1000);
  const waiting = text.family('reeve_daemon_mailbox_length');
  for (const [machine, loop] of Object.entries(meters.loops)) waiting(`machine="${machine}"`, loop.waiting);
  const steps = text.family('reeve_daemon_steps_total');
  for (const [machine, loop] of Object.entries(meters.loops)) steps(`machine="${machine}"`, loop.steps);
  text.single('reeve_daemon_facts_total', seq);
}

function writeReloads(text: MetricsText, { meters: { tally: { reloads } } }: DaemonSources): void {
  text.single('reeve_config_last_reload_successful', reloads.lastTaken ? 1 : 0);
  const taken = text.family('reeve_config_last_reload_success_timestamp_seconds');
  if (reloads.takenAt !== null) taken('', reloads.takenAt / 1000);
  const counts = text.family('reeve_config_reloads_total');
  counts('result="success"', reloads.success);
  counts('result="refused"', reloads.refused);
}

export function writeDaemon(text: MetricsText, sources: DaemonSources): void {
  writeTold(text, sources);
  writeRequests(text, sources.requests);
  writeSelf(text, sources);
  writeReloads(text, sources);
  text.single('reeve_scrapes_total', sources.scrapes.count);
  const took = text.family('reeve_scrape_duration_seconds');
  if (sources.scrapes.lastMs !== null) took('', sources.scrapes.lastMs / 1000);
}
