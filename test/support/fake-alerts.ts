// Alerts that always answer: one rule, and silences that are what was asked for.
import type { AlertControl } from '../../daemon/runtime/control.ts';

export const FAKE_ALERTS: AlertControl = {
  list: () => [{ name: 'ops', enabled: true, on: ['failure'], channels: ['webhook'], incidents: [], sent: 2, delivered: 2, waiting: 0, lost: 0, lastAt: null, problem: null }],
  silences: () => [],
  test: async (name, channel) => [{ alert: name ?? 'ops', channel: channel === 'exec' ? 'exec' : 'webhook', ok: true, message: 'delivered', tookMs: 5 }],
  silence: async (name, ms, why, { who }) => ({ id: '1', name, by: who, why, at: 0, until: ms }),
  unsilence: async (name, { who }) => [{ id: '1', name, by: who, why: '', at: 0, until: 1 }],
};
