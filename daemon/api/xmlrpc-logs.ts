// Reading, tailing and clearing logs by supervisord's rules. Bytes become text: what is not UTF-8 is shown as U+FFFD.
import { existsSync } from 'node:fs';
import type { Channel } from '../os/ports/output.ts';
import { logPlace } from './log-place.ts';
import { allTargets, oneTarget, spend } from './xmlrpc-call.ts';
import type { Call, Target } from './xmlrpc-call.ts';
import { Fault, faultOf } from './xmlrpc-faults.ts';
import { statusStruct } from './xmlrpc-processes.ts';
import { integerOf, textOf } from './xmlrpc-values.ts';
import type { Value } from './xmlrpc-values.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function textIn(call: Call, bytes: Uint8Array): string {
  spend(call, bytes.length);
  return decoder.decode(bytes);
}

function checkRange(offset: number, length: number): void {
  if (length < 0 || (offset < 0 && length !== 0)) throw new Fault('BAD_ARGUMENTS');
}

export function readMainLog(call: Call): Value {
  const [offset, length] = [integerOf(call.params, 0), integerOf(call.params, 1)];
  const { mainLog } = call.control;
  if (mainLog.path !== null && !existsSync(mainLog.path)) throw new Fault('NO_FILE', mainLog.path);
  checkRange(offset, length);
  const slice = mainLog.read(offset, length);
  if ('error' in slice) throw new Fault('FAILED', slice.error);
  return textIn(call, slice.bytes);
}

export function clearMainLog(call: Call): Value {
  const { mainLog } = call.control;
  if (mainLog.path === null || !existsSync(mainLog.path)) throw new Fault('NO_FILE');
  const problem = mainLog.clear();
  if (problem !== null) throw new Fault('FAILED', problem);
  return true;
}

const read = (channel: Channel) => (call: Call): Value => {
  const { id } = oneTarget(call, textOf(call.params, 0));
  const [offset, length] = [integerOf(call.params, 1), integerOf(call.params, 2)];
  const place = logPlace(call.control, id, channel);
  if (!place.readable) throw new Fault('NO_FILE', place.path ?? undefined);
  checkRange(offset, length);
  const bytes = call.control.logs.read(id, channel, offset, length);
  if ('error' in bytes) throw new Fault(bytes.error === 'no_log' ? 'NO_FILE' : 'FAILED', bytes.message);
  return textIn(call, bytes);
};

const tail = (channel: Channel) => (call: Call): Value => {
  const { id } = oneTarget(call, textOf(call.params, 0));
  const [offset, length] = [integerOf(call.params, 1), integerOf(call.params, 2)];
  const slice = logPlace(call.control, id, channel).readable ? call.control.logs.tail(id, channel, offset, length) : null;
  if (slice === null || 'error' in slice) return ['', 0, false];
  return [textIn(call, slice.bytes), slice.offset, slice.overflow];
};

export const readStdout = read('stdout');
export const readStderr = read('stderr');
export const tailStdout = tail('stdout');
export const tailStderr = tail('stderr');

/** null, or why not; one audited mutation for all. */
function clear(call: Call, targets: readonly Target[]): readonly (Fault | null)[] {
  const begun = call.control.mutate({ command: 'clear', names: targets.map(({ id }) => id) }, call.caller);
  if ('code' in begun) return targets.map(() => faultOf(begun));
  return targets.map(({ name }, index) => (begun.targets[index]?.outcome === 'error' ? new Fault('FAILED', name) : null));
}

export function clearLogs(call: Call): Value {
  const [fault] = clear(call, [oneTarget(call, textOf(call.params, 0))]);
  if (fault) throw fault;
  return true;
}

export function clearAllLogs(call: Call): Value {
  const targets = allTargets(call);
  if (targets.length === 0) return [];
  const faults = clear(call, targets);
  return targets.map(({ id }, index) => statusStruct(id, faults[index] ?? null));
}
