// Figures for Prometheus, made anew from the snapshot at each scrape. prom-client is loaded by the first one.
import { PROCESS_STATES } from '../contract/states.ts';
import type { Handler } from './context.ts';

export const metrics: Handler = async ({ control, reply }) => {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['process', 'group', 'program'] as const;
  const up = new Gauge({ name: 'reeve_process_up', help: '1 when the process is RUNNING, else 0.', labelNames, registers });
  const state = new Gauge({ name: 'reeve_process_state', help: 'State of the process, by supervisord\'s code (20 is RUNNING, 200 FATAL).', labelNames, registers });
  const restarts = new Counter({ name: 'reeve_process_restarts_total', help: 'Lives after the first.', labelNames, registers });
  const info = new Gauge({ name: 'reeve_daemon_info', help: 'The daemon; always 1.', labelNames: ['version', 'implementation', 'identifier'] as const, registers });
  const { daemon, processes } = control.snapshot();
  info.set({ version: control.version, implementation: daemon.implementation, identifier: daemon.identifier }, 1);
  for (const row of processes.values()) {
    const labels = { process: row.id, group: row.group, program: row.program };
    up.set(labels, row.state === 'RUNNING' ? 1 : 0);
    state.set(labels, PROCESS_STATES[row.state].code);
    restarts.inc(labels, row.restarts);
  }
  reply.type(registry.contentType);
  return registry.metrics();
};
