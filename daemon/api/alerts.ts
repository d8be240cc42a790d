// Questions and requests about alerts and silences.
import type { Handler } from './context.ts';
import { numberOf, orRefuse, textOf } from './context.ts';
import { refuse } from './error-answer.ts';

const CHANNELS: readonly string[] = ['exec', 'webhook', 'syslog'];

const list: Handler = ({ control }) => control.alerts.list();

const test: Handler = async ({ control, caller, args }) => {
  const channel = textOf(args, 'channel') ?? null;
  if (channel !== null && !CHANNELS.includes(channel)) throw refuse('NOT_FOUND', `cannot test channel ${JSON.stringify(channel.slice(0, 40))}: channels are ${CHANNELS.join(', ')}`);
  return orRefuse(await control.alerts.test(textOf(args, 'name') ?? null, channel, caller));
};

const silence: Handler = async ({ control, caller, args }) => orRefuse(await control.alerts.silence(textOf(args, 'name') ?? '', numberOf(args, 'for') ?? 0, textOf(args, 'why') ?? '', caller));

const silences: Handler = ({ control }) => control.alerts.silences();

const unsilence: Handler = async ({ control, caller, args }) => orRefuse(await control.alerts.unsilence(textOf(args, 'name') ?? '', caller));

export const ALERT_HANDLERS = { 'alert list': list, 'alert test': test, silence, 'silence list': silences, 'silence end': unsilence } as const satisfies Record<string, Handler>;
