// The words of event listeners and FastCGI sockets, the same in both dialects.
import { didYouMean } from './nearest.ts';
import { normalize } from './paths.ts';
import type { SocketSpec } from './spec.ts';

type Read<T> = { readonly value: T } | { readonly problem: string };

/** The types of events a listener may ask for, in supervisord's words. */
export const EVENT_TYPES: readonly string[] = [
  'EVENT',
  'PROCESS_STATE',
  ...['STOPPED', 'EXITED', 'STARTING', 'STOPPING', 'BACKOFF', 'FATAL', 'RUNNING', 'UNKNOWN'].map((state) => `PROCESS_STATE_${state}`),
  'PROCESS_COMMUNICATION',
  'PROCESS_COMMUNICATION_STDOUT',
  'PROCESS_COMMUNICATION_STDERR',
  'PROCESS_LOG',
  'PROCESS_LOG_STDOUT',
  'PROCESS_LOG_STDERR',
  'REMOTE_COMMUNICATION',
  'SUPERVISOR_STATE_CHANGE',
  'SUPERVISOR_STATE_CHANGE_RUNNING',
  'SUPERVISOR_STATE_CHANGE_STOPPING',
  'TICK',
  'TICK_5',
  'TICK_60',
  'TICK_3600',
  'PROCESS_GROUP',
  'PROCESS_GROUP_ADDED',
  'PROCESS_GROUP_REMOVED',
];
/** `events=`: upper-cased, each once, in the order written. */
export const eventTypes: { readonly expected: string; readonly read: (value: string) => Read<readonly string[]> } = {
  expected: 'event types with commas, such as PROCESS_STATE, TICK_60',
  read: (value) => {
    const names = [...new Set(value.split(',').map((part) => part.trim().toUpperCase()))];
    const odd = names.find((name) => !EVENT_TYPES.includes(name));
    if (odd === undefined) return { value: names };
    return { problem: odd === '' ? 'an event type is empty: is there a comma too many?' : `unknown event type ${odd}${near(odd)}` };
  },
};

function near(odd: string): string {
  const hint = didYouMean(odd, EVENT_TYPES);
  return hint === null ? `; known are ${EVENT_TYPES.join(', ')}` : `, ${hint}`;
}

/** The socket of a FastCGI group: `unix:///path` (normalised) or `tcp://host:port`. */
export const fcgiSocket: { readonly expected: string; readonly read: (value: string) => Read<SocketSpec['address']> } = {
  expected: 'unix:///absolute/path or tcp://host:port',
  read: (value) => {
    if (value.startsWith('unix:///')) return { value: { unix: normalize(value.slice(7)) } };
    const match = /^tcp:\/\/([^\s:]+):(\d+)$/.exec(value);
    const port = Number(match?.[2]);
    return match === null || port < 1 || port > 65_535
      ? { problem: `expected ${fcgiSocket.expected}, got ${JSON.stringify(value)}` }
      : { value: { host: (match[1] ?? '').toLowerCase(), port } };
  },
};
