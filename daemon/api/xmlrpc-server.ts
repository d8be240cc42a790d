// One request to /RPC2: body in, body out. Loaded by the first of them.
import type { Control, Caller } from '../runtime/control.ts';
import type { Call } from './xmlrpc-call.ts';
import { Fault } from './xmlrpc-faults.ts';
import { readCall } from './xmlrpc-read.ts';
import { dispatch } from './xmlrpc-system.ts';
import { writeAnswer } from './xmlrpc-write.ts';

export interface XmlRpcRequest {
  readonly control: Control;
  readonly caller: Caller;
  readonly body: Uint8Array;
  readonly wait: Call['wait'];
}

/** Text that one answer may hold: a whole log of supervisord's default size, and a little. */
const ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Answers a call. Faults are answers too.
 * @throws UnreadableCall when the body is no call; RefusedError and ClientGone as the waiting has it.
 */
export async function answerCall({ control, caller, body, wait }: XmlRpcRequest): Promise<string> {
  const { method, params } = readCall(body);
  try {
    return writeAnswer({ value: await dispatch(method, { control, caller, params, budget: { left: ANSWER_BYTES }, wait }) });
  } catch (error) {
    if (error instanceof Fault) return writeAnswer({ fault: error });
    throw error;
  }
}
