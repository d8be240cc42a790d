// Which file carries out which command. Each is loaded when it is asked for: `status` must not pay for `doctor`.
import type { CommandName } from '../../daemon/contract/commands.ts';
import type { Command } from '../context.ts';

const change = () => import('./change.ts');
const show = () => import('./show.ts');
const logs = () => import('./logs.ts');
const help = () => import('./help.ts');
const job = () => import('./job.ts');
const dead = () => import('./dead.ts');

export const HANDLERS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  status: async () => (await import('./status.ts')).status,
  pid: async () => (await import('./status.ts')).pid,
  start: async () => (await change()).start,
  stop: async () => (await change()).stop,
  restart: async () => (await change()).restart,
  signal: async () => (await change()).signal,
  clear: async () => (await change()).clear,
  rotate: async () => (await change()).rotate,
  disable: async () => (await change()).disable,
  enable: async () => (await change()).enable,
  scale: async () => (await change()).scale,
  apply: async () => (await import('./apply.ts')).apply,
  reread: async () => (await import('./apply.ts')).reread,
  update: async () => (await import('./apply.ts')).update,
  add: async () => (await import('./apply.ts')).add,
  remove: async () => (await import('./apply.ts')).remove,
  reload: async () => (await change()).reload,
  shutdown: async () => (await change()).shutdown,
  operation: async () => (await change()).operation,
  tail: async () => (await logs()).tail,
  maintail: async () => (await logs()).maintail,
  logs: async () => (await logs()).logs,
  fg: async () => (await import('./fg.ts')).fg,
  events: async () => (await import('./events.ts')).events,
  avail: async () => (await show()).avail,
  wait: async () => (await show()).wait,
  version: async () => (await show()).version,
  explain: async () => (await show()).explain,
  audit: async () => (await show()).audit,
  'job list': async () => (await job()).list,
  'job run': async () => (await job()).run,
  'job at': async () => (await job()).at,
  'job pause': async () => (await job()).pause,
  'job resume': async () => (await job()).resume,
  'job cancel': async () => (await job()).cancel,
  'job undo': async () => (await job()).undo,
  'job history': async () => (await job()).history,
  'job show': async () => (await job()).show,
  'job logs': async () => (await job()).logs,
  'job next': async () => (await job()).next,
  'job watch': async () => (await import('./watch.ts')).watch,
  'dead list': async () => (await dead()).list,
  'dead show': async () => (await dead()).show,
  'dead retry': async () => (await dead()).retry,
  'dead prune': async () => (await dead()).prune,
  breaker: async () => (await import('./breaker.ts')).breaker,
  drain: async () => (await import('./drain.ts')).drain,
  resume: async () => (await import('./drain.ts')).resume,
  ps: async () => (await import('./ps.ts')).ps,
  stuck: async () => (await import('./ps.ts')).stuck,
  doctor: async () => (await import('./doctor.ts')).doctor,
  config: async () => (await import('./config.ts')).config,
  import: async () => (await import('./import.ts')).importFile,
  completion: async () => (await help()).completion,
  help: async () => (await help()).help,
};
