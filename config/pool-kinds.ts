// Kinds of value that only supervisord's pools have: event listeners and FastCGI programs.
import { EVENT_TYPES, eventTypes as readEventTypes, fcgiSocket as iniFcgiSocket } from './event-types.ts';
import { shown } from './problems.ts';
import { simple, commaList } from './kind.ts';
import type { Kind } from './kind.ts';

/** Types of events for a listener. */
export const eventTypes: Kind<readonly string[]> = {
  expected: `a list of event types: ${EVENT_TYPES.join(', ')}`,
  json: { type: 'array', items: { enum: EVENT_TYPES }, minItems: 1 },
  read: (raw, complain) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    const words = list.filter((item) => typeof item === 'string');
    if (words.length < list.length || words.length === 0) {
      complain(`expected a list of event types, got ${shown(raw)}`);
      return undefined;
    }
    const read = readEventTypes.read(words.join(','));
    if ('value' in read) return read.value;
    complain(read.problem);
    return undefined;
  },
  fromText: commaList,
  print: (value) => JSON.stringify(value),
};

/** The shared socket of FastCGI programs. */
export const fcgiSocket = simple(
  iniFcgiSocket.expected,
  { type: 'string', pattern: '^(unix:///|tcp://[^\\s:]+:\\d+$)' },
  (raw) => {
    const read = typeof raw === 'string' ? iniFcgiSocket.read(raw) : null;
    return read !== null && 'value' in read ? read.value : undefined;
  },
  { print: (value) => ('unix' in value ? `unix://${value.unix}` : `tcp://${value.host}:${value.port}`) },
);
