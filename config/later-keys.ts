// Keys and tables of the design that this version does not read.

/** Keys and tables of the design that a later version reads: refused by name, never ignored. */
export const laterKeys = {
  root: ['hooks', 'templates'],
  daemon: ['log_roll', 'upgrade', 'retention', 'alerts', 'hooks', 'on_fatal'],
  api: ['tls', 'audit', 'rate_limit', 'cors'],
  programs: [
    'watchdog',
    'drain',
    'oneshot',
    'alerts',
    'schedule',
    'log_durability',
    'log_roll',
    'log_maxage',
    'socket',
    'sockets',
    'capabilities',
    'cgroup',
    'slow',
    'replicas',
    'circuit_breaker',
  ],
  groups: ['ready', 'hooks', 'alerts', 'rolling', 'health'],
} as const;
