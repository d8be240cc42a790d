// What concerns the daemon itself: who it is, its end, and the groups of a file that was read again.
import { DAEMON_STATES } from '../contract/states.ts';
import type { Call } from './xmlrpc-call.ts';
import { Fault, faultOf } from './xmlrpc-faults.ts';
import { struct, textOf } from './xmlrpc-values.ts';
import type { Value } from './xmlrpc-values.ts';

/** What clients compare (supervisorctl refuses others than 3.0), and the release whose behaviour this is. */
export const API_VERSION = '3.0';
export const SUPERVISOR_VERSION = '4.2.5';

export function getState({ control }: Call): Value {
  const { state } = control.snapshot().daemon;
  return struct({ statecode: DAEMON_STATES[state], statename: state });
}

export function shutdown({ control, caller }: Call): Value {
  const begun = control.mutate({ command: 'shutdown', mode: 'warm' }, caller);
  if ('code' in begun) throw faultOf(begun);
  return true;
}

/** supervisord says true and, when the file is bad, is gone; here a bad file is a fault, and everything runs on. */
export function restart({ control, caller }: Call): Value {
  const begun = control.mutate({ command: 'reload' }, caller);
  if ('code' in begun) throw faultOf(begun);
  return true;
}

export function reloadConfig({ control, caller }: Call): Value {
  const changes = control.compat.reread(caller);
  if ('code' in changes) throw faultOf(changes);
  return [[[...changes.added], [...changes.changed], [...changes.removed]]];
}

export function addGroup({ control, caller, params }: Call): Value {
  const name = textOf(params, 0);
  const outcome = control.compat.addGroup(name, caller);
  if (typeof outcome === 'object') throw faultOf(outcome);
  if (outcome !== 'added') throw new Fault(outcome === 'already' ? 'ALREADY_ADDED' : 'BAD_NAME', name);
  return true;
}

export function removeGroup({ control, caller, params }: Call): Value {
  const name = textOf(params, 0);
  const outcome = control.compat.removeGroup(name, caller);
  if (typeof outcome === 'object') throw faultOf(outcome);
  if (outcome !== 'removed') throw new Fault(outcome === 'running' ? 'STILL_RUNNING' : 'BAD_NAME', name);
  return true;
}

export function sendRemoteEvent({ control, params }: Call): Value {
  control.compat.announce(textOf(params, 0), textOf(params, 1));
  return true;
}
