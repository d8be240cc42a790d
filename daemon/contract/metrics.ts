// Every family of /metrics, declared once: the writer, the reference page and the tests that compare all of it read this table.
// Seconds, bytes and ratios only; what is counted ends in _total. Names of labels are in the order in which they are written.
import { LIFE_BUCKETS, REQUEST_BUCKETS, RUN_BUCKETS } from './metric-buckets.ts';

export type MetricType = 'gauge' | 'counter' | 'histogram' | 'summary' | 'info';

export interface MetricDefinition {
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly says: string;
  /** Of the value; it is the end of the name, before _total. */
  readonly unit?: 'seconds' | 'bytes' | 'ratio';
  /** Upper bounds of a histogram, ascending; +Inf is not among them. */
  readonly buckets?: readonly number[];
}

/** Of one process. */
const PROCESS = ['process', 'group', 'program'] as const;
/** Of all processes of a program. */
const PROGRAM = ['group', 'program'] as const;
/** kind: program or job; a job has no group. */
const SUBJECT = ['kind', 'group', 'name'] as const;
/** Not `job`: that is Prometheus' own name for what it scrapes. */
const JOB = ['job_name'] as const;

export const METRICS = {
  reeve_process_up: { type: 'gauge', labels: PROCESS, says: '1 when the process is RUNNING, else 0.' },
  reeve_process_state: { type: 'gauge', labels: PROCESS, says: 'State of the process, by supervisord\'s code (20 is RUNNING, 200 FATAL).' },
  reeve_process_wanted: { type: 'gauge', labels: PROCESS, says: '1 when the process is wanted up, 0 when it is wanted down.' },
  reeve_process_ready: { type: 'gauge', labels: PROCESS, says: '1 when the process is ready; without `ready` in its program that is when it is RUNNING.' },
  reeve_process_disabled: { type: 'gauge', labels: PROCESS, says: '1 when the process was disabled until somebody enables it.' },
  reeve_process_flapping: { type: 'gauge', labels: PROCESS, says: '1 while the process fails again and again.' },
  reeve_process_health: { type: 'gauge', labels: PROCESS, says: 'Health of the process: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy, 4 stuck.' },
  reeve_process_restarts_total: { type: 'counter', labels: PROCESS, says: 'Lives after the first.' },
  reeve_process_start_time_seconds: { type: 'gauge', labels: PROCESS, unit: 'seconds', says: 'When the present life began, since 1970; absent while there is none.' },
  reeve_process_cpu_seconds_total: { type: 'counter', labels: PROCESS, unit: 'seconds', says: 'Processor time of the present life, all it started included.' },
  reeve_process_resident_memory_bytes: { type: 'gauge', labels: PROCESS, unit: 'bytes', says: 'Resident memory of the process and all it started.' },
  reeve_process_open_fds: { type: 'gauge', labels: PROCESS, says: 'Open files of the one process of the tree that has most.' },
  reeve_process_tree_processes: { type: 'gauge', labels: PROCESS, says: 'The process and all it started, as a number.' },
  reeve_process_heartbeat_age_seconds: { type: 'gauge', labels: PROCESS, unit: 'seconds', says: 'Time since the last heartbeat of the present life.' },
  reeve_process_progress_ratio: { type: 'gauge', labels: PROCESS, unit: 'ratio', says: 'How far the process says it is, 0 to 1.' },
  reeve_process_log_bytes_total: { type: 'counter', labels: PROCESS, unit: 'bytes', says: 'Output that was taken for the logs of the process.' },
  reeve_process_log_lines_total: { type: 'counter', labels: PROCESS, says: 'Lines of that output, counted since the first scrape: until somebody asks, nobody counts.' },
  reeve_process_log_rotations_total: { type: 'counter', labels: PROCESS, says: 'Rotations of the log files of the process.' },
  reeve_process_log_dropped_bytes_total: { type: 'counter', labels: PROCESS, unit: 'bytes', says: 'Output that was dropped, as log_full = "drop" says, or lost.' },
  reeve_process_log_blocked: { type: 'gauge', labels: PROCESS, says: '1 while a log target of the process takes nothing.' },

  reeve_program_restarts_total: { type: 'counter', labels: [...PROGRAM, 'reason'], says: 'Lives after the first, by what ended the one before: exit, signal, oom, condemned, recycled, watch, spawn, strategy, or request.' },
  reeve_program_exits_total: { type: 'counter', labels: [...PROGRAM, 'code', 'signal', 'expected'], says: 'Ends of main processes by exit code or signal. Of a program the first 16 kinds have their own; the rest is "other".' },
  reeve_program_start_seconds: { type: 'histogram', labels: PROGRAM, unit: 'seconds', buckets: LIFE_BUCKETS, says: 'From the begin of a life until it was ready, or RUNNING where nothing else says ready.' },
  reeve_program_stop_seconds: { type: 'histogram', labels: PROGRAM, unit: 'seconds', buckets: LIFE_BUCKETS, says: 'From the first signal until nobody of the life was left.' },
  reeve_processes: { type: 'gauge', labels: ['state'], says: 'Processes in each state.' },
  reeve_processes_by_health: { type: 'gauge', labels: ['health'], says: 'Processes of each health.' },
  reeve_group_restarts_total: { type: 'counter', labels: ['group'], says: 'Times that the strategy of the group restarted members.' },
  reeve_group_gave_up_total: { type: 'counter', labels: ['group'], says: 'Times that the group had too many restarts and gave up.' },

  reeve_health_checks_total: { type: 'counter', labels: [...PROCESS, 'probe', 'result'], says: 'Answers of the probes of the process: ok, degraded, failed.' },
  reeve_health_check_seconds: { type: 'summary', labels: [...PROCESS, 'probe'], unit: 'seconds', says: 'Time that these answers took.' },
  reeve_heartbeats_total: { type: 'counter', labels: SUBJECT, says: 'Heartbeats of programs and jobs.' },
  reeve_heartbeats_missed_total: { type: 'counter', labels: SUBJECT, says: 'Heartbeats that did not come when they were due.' },
  reeve_stuck_total: { type: 'counter', labels: SUBJECT, says: 'Times that a process or run was stuck: no sign of life, or no progress, for too long.' },
  reeve_limit_warnings_total: { type: 'counter', labels: [...SUBJECT, 'limit'], says: 'Times that a process or run came near a limit.' },
  reeve_limit_violations_total: { type: 'counter', labels: [...SUBJECT, 'limit'], says: 'Times that a process or run was over a limit.' },

  reeve_job_runs_total: { type: 'counter', labels: [...JOB, 'result'], says: 'Runs by how they ended: succeeded, failed, retried, skipped, missed, cancelled, timed_out, stalled, interrupted, dead. What checks and fixes execute is `check:NAME` and `fix:NAME`.' },
  reeve_job_starts_total: { type: 'counter', labels: JOB, says: 'Runs that got a process.' },
  reeve_job_duration_seconds: { type: 'histogram', labels: JOB, unit: 'seconds', buckets: RUN_BUCKETS, says: 'From start to end of runs that had a process.' },
  reeve_job_lateness_seconds: { type: 'summary', labels: JOB, unit: 'seconds', says: 'How much later than their time in the calendar runs started.' },
  reeve_job_late_total: { type: 'counter', labels: JOB, says: 'Runs that should have started and had not after misfire_grace.' },
  reeve_job_next_run_timestamp_seconds: { type: 'gauge', labels: JOB, unit: 'seconds', says: 'The next time of the job, since 1970; absent where there is none.' },
  reeve_job_last_run_timestamp_seconds: { type: 'gauge', labels: JOB, unit: 'seconds', says: 'When the last run that had a process ended.' },
  reeve_job_last_run_success: { type: 'gauge', labels: JOB, says: '1 when that run succeeded, else 0.' },
  reeve_job_last_success_timestamp_seconds: { type: 'gauge', labels: JOB, unit: 'seconds', says: 'When the last run that succeeded ended, as far as this daemon knows.' },
  reeve_job_running: { type: 'gauge', labels: JOB, says: 'Runs that go on.' },
  reeve_job_queued: { type: 'gauge', labels: JOB, says: 'Runs whose time has come and that wait for a place.' },
  reeve_job_waiting: { type: 'gauge', labels: JOB, says: 'Runs that wait for their time: retries, one-offs.' },
  reeve_job_paused: { type: 'gauge', labels: JOB, says: '1 while somebody keeps the schedule from starting the job.' },
  reeve_job_held: { type: 'gauge', labels: JOB, says: '1 while something keeps a run that is due from starting: a breaker, a drain, a full disk.' },
  reeve_job_heartbeat_age_seconds: { type: 'gauge', labels: JOB, unit: 'seconds', says: 'Of its runs that go on and gave a heartbeat the longest time since the last one.' },
  reeve_job_progress_ratio: { type: 'gauge', labels: JOB, unit: 'ratio', says: 'How far the oldest run that goes on says it is, 0 to 1.' },
  reeve_draining: { type: 'gauge', labels: [], says: '1 while a drain keeps new runs from starting.' },
  reeve_dead_letters: { type: 'gauge', labels: JOB, says: 'Runs that failed for good, are kept, and were not tried again.' },
  reeve_dead_letters_total: { type: 'counter', labels: JOB, says: 'Runs that became dead letters.' },

  reeve_check_runs_total: { type: 'counter', labels: ['check', 'result'], says: 'Looks of the check: ok (it saw nothing), issues, or failed (it could not look).' },
  reeve_check_last_run_timestamp_seconds: { type: 'gauge', labels: ['check'], unit: 'seconds', says: 'When the last look that ended began.' },
  reeve_issues_open: { type: 'gauge', labels: ['check'], says: 'Issues that are there, as far as anybody knows, by the check, job or process that reported them.' },
  reeve_issues: { type: 'gauge', labels: ['state'], says: 'Those issues by state: open, fixing, manual, unfixable, exhausted.' },
  reeve_issues_detected_total: { type: 'counter', labels: ['check', 'code'], says: 'Issues that were found for the first time, or came back. Past 256 pairs codes are "other".' },
  reeve_issues_dropped_total: { type: 'counter', labels: [], says: 'Issues that were not looked at because there were too many.' },
  reeve_issue_fixes_total: { type: 'counter', labels: ['code', 'result'], says: 'Attempts to fix an issue, by how they ended. Past 256 pairs codes are "other".' },
  reeve_issue_fix_seconds: { type: 'histogram', labels: ['fix'], unit: 'seconds', buckets: RUN_BUCKETS, says: 'How long attempts of the fix took.' },

  reeve_breaker_state: { type: 'gauge', labels: ['breaker'], says: 'State of the circuit breaker: 0 closed, 1 half open, 2 open.' },
  reeve_breaker_consecutive_failures: { type: 'gauge', labels: ['breaker'], says: 'Failures in a row; kept while it is open.' },
  reeve_breaker_results_total: { type: 'counter', labels: ['breaker', 'result'], says: 'What was counted since the last reset: success, failure.' },
  reeve_breaker_openings_total: { type: 'counter', labels: ['breaker'], says: 'Times that it opened.' },

  reeve_alerts_sent_total: { type: 'counter', labels: ['alert', 'kind'], says: 'Messages that were made: start, again, repeat, end, news, test.' },
  reeve_alert_deliveries_total: { type: 'counter', labels: ['alert', 'channel', 'result'], says: 'Deliveries of messages: delivered, delayed (it is tried again), lost.' },
  reeve_listener_dropped_events_total: { type: 'counter', labels: ['pool'], says: 'Events that a pool of event listeners had no room for.' },
  reeve_listener_rejected_events_total: { type: 'counter', labels: ['pool'], says: 'Events that an event listener did not answer OK to.' },
  reeve_reports_refused_total: { type: 'counter', labels: [], says: 'Reports of children that were not taken.' },
  reeve_events_total: { type: 'counter', labels: ['severity'], says: 'Facts by severity: debug, info, warning, error, critical.' },

  reeve_api_requests_total: { type: 'counter', labels: ['route', 'status'], says: 'Answers of the control API by route and class of status (2xx, 4xx); "none": an address that does not exist.' },
  reeve_api_request_duration_seconds: { type: 'histogram', labels: ['route'], unit: 'seconds', buckets: REQUEST_BUCKETS, says: 'From the headers of a request to the end of its answer; without streams, and without requests that asked to wait.' },

  reeve_daemon_info: { type: 'info', labels: ['version', 'implementation', 'identifier'], says: 'The daemon; always 1.' },
  reeve_build_info: { type: 'info', labels: ['version', 'node'], says: 'What the daemon is made of; always 1.' },
  reeve_daemon_start_time_seconds: { type: 'gauge', labels: [], unit: 'seconds', says: 'When the daemon started its programs, since 1970; a full reload is a start.' },
  reeve_daemon_cpu_seconds_total: { type: 'counter', labels: [], unit: 'seconds', says: 'Processor time of the daemon itself.' },
  reeve_daemon_resident_memory_bytes: { type: 'gauge', labels: [], unit: 'bytes', says: 'Resident memory of the daemon itself.' },
  reeve_daemon_heap_used_bytes: { type: 'gauge', labels: [], unit: 'bytes', says: 'Part of V8\'s heap that is in use.' },
  reeve_daemon_heap_size_bytes: { type: 'gauge', labels: [], unit: 'bytes', says: 'Size of V8\'s heap.' },
  reeve_daemon_event_loop_delay_seconds: { type: 'gauge', labels: ['stat'], unit: 'seconds', says: 'How late the event loop was since the scrape before: mean, p99, max. Absent in the first scrape, and in one that nobody came before for two minutes.' },
  reeve_daemon_event_loop_active_seconds_total: { type: 'counter', labels: [], unit: 'seconds', says: 'Time that the event loop did not wait.' },
  reeve_daemon_mailbox_length: { type: 'gauge', labels: ['machine'], says: 'Events and effects that wait for the programs, jobs or issues.' },
  reeve_daemon_steps_total: { type: 'counter', labels: ['machine'], says: 'Steps of the machines of programs, jobs and issues.' },
  reeve_daemon_facts_total: { type: 'counter', labels: [], says: 'Facts that were told, which is the number of the last one.' },
  reeve_config_last_reload_successful: { type: 'gauge', labels: [], says: '1 when the file that was read last was taken, 0 when it was refused.' },
  reeve_config_last_reload_success_timestamp_seconds: { type: 'gauge', labels: [], unit: 'seconds', says: 'When a file was taken last.' },
  reeve_config_reloads_total: { type: 'counter', labels: ['result'], says: 'Files that were read after the start: success, refused.' },
  reeve_scrapes_total: { type: 'counter', labels: [], says: 'Answers of /metrics before this one.' },
  reeve_scrape_duration_seconds: { type: 'gauge', labels: [], unit: 'seconds', says: 'How long the answer of /metrics before this one took the daemon.' },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** The name of a family in OpenMetrics, which leaves _total and _info to the samples. A counter whose name without it is that of
 *  another family keeps it, and has no type there. */
export function openMetricsFamily(name: MetricName): { readonly family: string; readonly type: MetricType | 'unknown' } {
  const { type } = METRICS[name];
  if (type === 'info') return { family: name.replace(/_info$/, ''), type };
  if (type !== 'counter') return { family: name, type };
  const family = name.replace(/_total$/, '');
  return Object.hasOwn(METRICS, family) ? { family: name, type: 'unknown' } : { family, type };
}

/** The names of the samples of a family, as queries have them. */
export function sampleNames(name: MetricName): readonly string[] {
  switch (METRICS[name].type) {
    case 'histogram': return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
    case 'summary': return [`${name}_sum`, `${name}_count`];
    default: return [name];
  }
}
