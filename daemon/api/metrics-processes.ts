// What /metrics says of processes, programs and groups.
import { BADNESS } from '../contract/health.ts';
import type { ProbeView } from '../contract/health.ts';
import type { Usage } from '../contract/ps.ts';
import type { ProcessView, Snapshot } from '../contract/snapshot.ts';
import { HEALTH, PROCESS_STATES } from '../contract/states.ts';
import type { LogPlane, LogStats } from '../os/ports/logs.ts';
import type { Tally } from '../runtime/tally.ts';
import { labelText } from './metrics-text.ts';
import type { MetricsText } from './metrics-text.ts';

export interface ProcessSources {
  readonly snapshot: Snapshot;
  readonly tally: Tally;
  readonly usage: ReadonlyMap<string, Usage>;
  /** Of a process; none: it has none. */
  readonly probes: (process: string) => readonly ProbeView[];
  readonly logs: Pick<LogPlane, 'stats'>;
  /** Wall clock ms. */
  readonly now: number;
}

interface Row {
  readonly view: ProcessView;
  readonly labels: string;
  readonly usage: Usage | undefined;
  readonly log: LogStats;
}

const PROCESS = ['process', 'group', 'program'] as const;
const PROGRAM = ['group', 'program'] as const;

/** Percent of progress as a ratio; null where the end is not known. */
export function ratioOf(percent: number | null | undefined): number | null {
  return percent == null ? null : Math.min(1, Math.max(0, percent / 100));
}

function rowsOf(text: MetricsText, { snapshot, usage, logs }: ProcessSources): readonly Row[] {
  const rows: Row[] = [];
  for (const view of snapshot.processes.values()) {
    const labels = text.labels.processes.of(view, () => labelText(PROCESS, [view.id, view.group, view.program]));
    rows.push({ view, labels, usage: usage.get(view.id), log: logs.stats(view.id) });
  }
  return rows;
}

function writeRows(text: MetricsText, rows: readonly Row[], now: number): void {
  text.each('reeve_process_up', rows, ({ view }) => (view.state === 'RUNNING' ? 1 : 0));
  text.each('reeve_process_state', rows, ({ view }) => PROCESS_STATES[view.state].code);
  text.each('reeve_process_wanted', rows, ({ view }) => (view.wanted === 'up' ? 1 : 0));
  text.each('reeve_process_ready', rows, ({ view }) => (view.ready ? 1 : 0));
  text.each('reeve_process_disabled', rows, ({ view }) => (view.disabled ? 1 : 0));
  text.each('reeve_process_flapping', rows, ({ view }) => (view.flapping === null ? 0 : 1));
  text.each('reeve_process_health', rows, ({ view }) => BADNESS[view.health]);
  text.each('reeve_process_restarts_total', rows, ({ view }) => view.restarts);
  text.each('reeve_process_start_time_seconds', rows, ({ view }) => (view.pid === null || view.startedAt === null ? null : view.startedAt / 1000));
  text.each('reeve_process_cpu_seconds_total', rows, ({ usage }) => (usage?.cpuMs === undefined ? null : usage.cpuMs / 1000));
  text.each('reeve_process_resident_memory_bytes', rows, ({ usage }) => usage?.rssBytes);
  text.each('reeve_process_open_fds', rows, ({ usage }) => usage?.files);
  text.each('reeve_process_tree_processes', rows, ({ usage }) => usage?.processes);
  text.each('reeve_process_heartbeat_age_seconds', rows, ({ view }) => (view.heartbeat?.lastAt == null || view.pid === null ? null : Math.max(0, now - view.heartbeat.lastAt) / 1000));
  text.each('reeve_process_progress_ratio', rows, ({ view }) => ratioOf(view.progress?.percent));
  text.each('reeve_process_log_bytes_total', rows, ({ log }) => log.bytes);
  text.each('reeve_process_log_lines_total', rows, ({ log }) => log.lines);
  text.each('reeve_process_log_rotations_total', rows, ({ log }) => log.rotations);
  text.each('reeve_process_log_dropped_bytes_total', rows, ({ log }) => log.dropped);
  text.each('reeve_process_log_blocked', rows, ({ log }) => (log.blocked ? 1 : 0));
}

function writePrograms(text: MetricsText, tally: Tally): void {
  const programs = [...tally.programs.all()].map((of) => ({ of, labels: text.labels.programs.of(of, () => labelText(PROGRAM, [of.group, of.program])) }));
  const restarts = text.family('reeve_program_restarts_total');
  for (const { labels, of } of programs) for (const [reason, times] of of.restarts) restarts(`${labels},reason="${reason}"`, times);
  const exits = text.family('reeve_program_exits_total');
  for (const { labels, of } of programs) for (const end of of.exits) exits(text.labels.exits.of(end, () => `${labels},${labelText(['code', 'signal', 'expected'], end.labels)}`), end.value);
  const starts = text.histogram('reeve_program_start_seconds');
  for (const { labels, of } of programs) if (of.start !== null) starts(labels, of.start);
  const stops = text.histogram('reeve_program_stop_seconds');
  for (const { labels, of } of programs) if (of.stop !== null) stops(labels, of.stop);
}

function writeTotals(text: MetricsText, snapshot: Snapshot): void {
  const states = Object.fromEntries(Object.keys(PROCESS_STATES).map((state) => [state, 0]));
  const healths: Record<string, number> = Object.fromEntries(HEALTH.map((value) => [value, 0]));
  for (const { state, health } of snapshot.processes.values()) {
    states[state] = (states[state] ?? 0) + 1;
    healths[health] = (healths[health] ?? 0) + 1;
  }
  const inState = text.family('reeve_processes');
  for (const [state, count] of Object.entries(states)) inState(`state="${state}"`, count);
  const ofHealth = text.family('reeve_processes_by_health');
  for (const [health, count] of Object.entries(healths)) ofHealth(`health="${health}"`, count);
}

function writeGroups(text: MetricsText, tally: Tally): void {
  const groups = [...tally.groups].map(([name, of]) => ({ of, labels: text.labels.groups.of(of, () => labelText(['group'], [name])) }));
  const restarts = text.family('reeve_group_restarts_total');
  for (const { of, labels } of groups) restarts(labels, of.restarts);
  const gaveUp = text.family('reeve_group_gave_up_total');
  for (const { of, labels } of groups) gaveUp(labels, of.gaveUp);
}

function writeHealth(text: MetricsText, rows: readonly Row[], { probes: probesOf }: ProcessSources): void {
  const probes = rows.flatMap(({ view }) => probesOf(view.id).map((probe) => ({ probe, labels: labelText([...PROCESS, 'probe'], [view.id, view.group, view.program, probe.name]) })));
  const checks = text.family('reeve_health_checks_total');
  for (const { probe, labels } of probes) for (const result of ['ok', 'degraded', 'failed'] as const) checks(`${labels},result="${result}"`, probe[result]);
  const seconds = text.summary('reeve_health_check_seconds');
  for (const { probe, labels } of probes) seconds(labels, { count: probe.checks, sum: ((probe.averageMs ?? 0) * probe.checks) / 1000 });
}

/** Processes first, then what is told of programs and groups as a whole. */
export function writeProcesses(text: MetricsText, sources: ProcessSources): void {
  const rows = rowsOf(text, sources);
  writeRows(text, rows, sources.now);
  writePrograms(text, sources.tally);
  writeTotals(text, sources.snapshot);
  writeGroups(text, sources.tally);
  writeHealth(text, rows, sources);
}
