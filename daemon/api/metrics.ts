// Figures for Prometheus, made anew from the snapshot at each scrape. prom-client is loaded by the first one.
import { BADNESS } from '../contract/health.ts';
import { PROCESS_STATES } from '../contract/states.ts';
import type { Handler } from './context.ts';

export const metrics: Handler = async ({ control, reply }) => {
  // Of a CommonJS module that is loaded late the bundle has the default export alone.
  const { default: { Counter, Gauge, Registry } } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['process', 'group', 'program'] as const;
  const up = new Gauge({ name: 'reeve_process_up', help: '1 when the process is RUNNING, else 0.', labelNames, registers });
  const state = new Gauge({ name: 'reeve_process_state', help: 'State of the process, by supervisord\'s code (20 is RUNNING, 200 FATAL).', labelNames, registers });
  const restarts = new Counter({ name: 'reeve_process_restarts_total', help: 'Lives after the first.', labelNames, registers });
  const info = new Gauge({ name: 'reeve_daemon_info', help: 'The daemon; always 1.', labelNames: ['version', 'implementation', 'identifier'] as const, registers });
  const health = new Gauge({ name: 'reeve_process_health', help: 'Health of the process: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy, 4 stuck.', labelNames, registers });
  const probeNames = [...labelNames, 'probe'] as const;
  const checks = new Counter({ name: 'reeve_health_checks_total', help: 'Answers of the probes of the process.', labelNames: [...probeNames, 'result'] as const, registers });
  const seconds = new Counter({ name: 'reeve_health_check_seconds_total', help: 'Time that these answers took.', labelNames: probeNames, registers });
  const { daemon, processes } = control.snapshot();
  info.set({ version: control.version, implementation: daemon.implementation, identifier: daemon.identifier }, 1);
  for (const row of processes.values()) {
    const labels = { process: row.id, group: row.group, program: row.program };
    up.set(labels, row.state === 'RUNNING' ? 1 : 0);
    state.set(labels, PROCESS_STATES[row.state].code);
    restarts.inc(labels, row.restarts);
    health.set(labels, BADNESS[row.health]);
  }
  for (const { process, program, probes } of control.wellness.rows([...processes.keys()], false)) {
    const group = process.slice(0, process.indexOf(':'));
    for (const probe of probes) {
      for (const result of ['ok', 'degraded', 'failed'] as const) checks.inc({ process, group, program, probe: probe.name, result }, probe[result]);
      seconds.inc({ process, group, program, probe: probe.name }, ((probe.averageMs ?? 0) * probe.checks) / 1000);
    }
  }
  reply.type(registry.contentType);
  return registry.metrics();
};
