// The alerts of a daemon that has none.
import type { AlertControl } from '../../daemon/runtime/control.ts';

const none = { code: 'NOT_FOUND', message: 'there is none' } as const;

export const NO_ALERTS: AlertControl = { list: () => [], silences: () => [], test: async () => none, silence: async () => none, unsilence: async () => none };
