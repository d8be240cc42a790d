// system.*: what methods there are, and several calls in one request. The dispatch of every call is here, since multicall calls too.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { allows } from '../contract/roles.ts';
import { RefusedError } from './error-answer.ts';
import { spend } from './xmlrpc-call.ts';
import type { Call, Method } from './xmlrpc-call.ts';
import { Fault, faultOf } from './xmlrpc-faults.ts';
import { SUPERVISOR_METHODS } from './xmlrpc-methods.ts';
import { textOf, Written } from './xmlrpc-values.ts';
import type { Value } from './xmlrpc-values.ts';
import { faultStruct, writeArray, writeValue } from './xmlrpc-write.ts';

const SYSTEM: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['system.listMethods', { signature: ['array'], role: 'read', always: true, says: 'Names of all methods.', run: () => [...METHODS.keys()].toSorted() }],
  ['system.methodHelp', { signature: ['string', 'string'], role: 'read', always: true, says: 'What a method does.', run: (call) => described(call).says }],
  ['system.methodSignature', { signature: ['array', 'string'], role: 'read', always: true, says: 'Type of the answer of a method, then of its parameters.', run: (call) => [...described(call).signature] }],
  ['system.multicall', { signature: ['array', 'array'], role: 'read', always: true, says: 'Makes calls {methodName, params} one after the other. Answers the value, or {faultCode, faultString}, of each.', run: multicall }],
]);

const METHODS: ReadonlyMap<string, Method> = new Map([...SUPERVISOR_METHODS, ...SYSTEM]);

function described({ params }: Call): Method {
  const method = METHODS.get(textOf(params, 0));
  if (method === undefined) throw new Fault('SIGNATURE_UNSUPPORTED');
  return method;
}

/** Runs one method: known, rightly called, allowed, and not while the daemon ends. */
export async function dispatch(name: string, call: Call): Promise<Value> {
  const method = METHODS.get(name);
  if (method === undefined) throw new Fault('UNKNOWN_METHOD');
  const most = method.signature.length - 1;
  if (call.params.length > most || call.params.length < most - (method.optional ?? 0)) throw new Fault('INCORRECT_PARAMETERS');
  if (!allows(call.caller.role, method.role)) {
    const why = `${call.caller.who} has the role ${call.caller.role}, and ${name} takes ${method.role}`;
    call.control.noteRefusal(call.caller, name, why);
    throw new Fault('FAILED', why);
  }
  if (method.always !== true && call.control.snapshot().daemon.state !== 'RUNNING') throw new Fault('SHUTDOWN_STATE');
  return method.run(call);
}

/** A member of a multicall as a fault says it; what is no fault is a mistake of ours and ends the whole. */
function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof RefusedError) return faultOf(error.refusal);
  throw error;
}

async function oneOf(call: Call, one: Value): Promise<Value> {
  if (!(one instanceof Map)) throw new Fault('INCORRECT_PARAMETERS', 'a call is a struct');
  const name: unknown = one.get('methodName');
  const params: unknown = one.get('params') ?? [];
  if (name === undefined) throw new Fault('INCORRECT_PARAMETERS', 'No methodName');
  if (name === 'system.multicall') throw new Fault('INCORRECT_PARAMETERS', 'Recursive system.multicall forbidden');
  if (typeof name !== 'string' || !Array.isArray(params)) throw new Fault('INCORRECT_PARAMETERS');
  return dispatch(name, { ...call, params: params as readonly Value[] });
}

async function multicall(call: Call): Promise<Value> {
  const [calls] = call.params;
  if (!Array.isArray(calls)) throw new Fault('INCORRECT_PARAMETERS');
  const answers: string[] = [];
  for (const one of calls as readonly Value[]) {
    const before = call.budget.left;
    const answer = await oneOf(call, one).catch((error: unknown) => faultStruct(asFault(error)));
    const xml = writeValue(answer);
    // What it read from a log it has paid for.
    spend(call, Math.max(0, xml.length - (before - call.budget.left)));
    answers.push(xml);
    // Others are served in between; a shutdown that was asked for begins.
    await nextTurn();
  }
  return new Written(writeArray(answers));
}
