// Starting, stopping and signalling by supervisord's letter: what counts as running, when an answer comes, which fault says what.
import type { CommandError } from '../contract/errors.ts';
import type { Fact } from '../contract/facts.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import { RUNNING_STATES, SIGNALLABLE_STATES, STOPPED_STATES } from '../contract/states.ts';
import type { Operation } from '../contract/answers.ts';
import { allTargets, ClientGone, findTarget, groupTargets, oneTarget } from './xmlrpc-call.ts';
import type { Call, Target } from './xmlrpc-call.ts';
import { Fault, FAULTS, faultOf } from './xmlrpc-faults.ts';
import { signalOf, struct, textOf, truthOf } from './xmlrpc-values.ts';
import type { Struct, Value } from './xmlrpc-values.ts';

interface Result extends Target {
  readonly fault: Fault | null;
}

/** null: not yet. */
type Verdict = 'ok' | Fault | null;
type Judge = (fact: Fact | null, target: Target) => Verdict;

/** supervisord looks at what waits every 50 ms: what ends within one look is told in the order in which it was asked. */
const LOOK_MS = 50;

const viewOf = (call: Call, id: string): ProcessView | undefined => call.control.snapshot().processes.get(id);

/**
 * Begins something for the targets that are not refused, and waits until each is judged. Results in the order in which they came
 * about: what is known at once first.
 */
async function settle(call: Call, judged: readonly Result[], judge: Judge, begin: (ids: readonly string[]) => Operation | CommandError): Promise<readonly Result[]> {
  const results: { result: Result; look: number; index: number }[] = [];
  const waiting = new Map<string, { readonly target: Target; readonly index: number }>();
  judged.forEach((result, index) => {
    if (result.fault === null) waiting.set(result.id, { target: result, index });
    else results.push({ result, look: 0, index });
  });
  if (waiting.size === 0) return judged;
  const targets = [...waiting.values()].map(({ target }) => target);
  let since: number | null = null;
  let wake: () => void = () => undefined;
  const consider = (id: string, verdict: Verdict): void => {
    const entry = waiting.get(id);
    if (entry === undefined || verdict === null) return;
    waiting.delete(id);
    const look = since === null ? 0 : Math.ceil((performance.now() - since) / LOOK_MS);
    results.push({ result: { id, name: entry.target.name, fault: verdict === 'ok' ? null : verdict }, look, index: entry.index });
    if (waiting.size === 0) wake();
  };
  let operation: string | null = null;
  /** The operation is over: what no fact decided is as it says (a group that gave up will not start its member). */
  const conclude = (): void => {
    const ended = operation === null ? undefined : call.control.operation(operation);
    if (ended !== undefined) targets.forEach(({ id, name }, index) => consider(id, conclusionOf(ended, index, name)));
  };
  const unsubscribe = call.control.subscribe({
    since: null, onGap: () => undefined,
    onFact: (fact) => {
      if (fact.type === 'operation.completed' && fact.operation === operation) return conclude();
      if (!('process' in fact)) return;
      const entry = waiting.get(fact.process);
      if (entry !== undefined) consider(fact.process, judge(fact, entry.target));
    },
  });
  try {
    const begun = begin(targets.map(({ id: each }) => each));
    if ('code' in begun) for (const { id } of targets) consider(id, faultOf(begun));
    else {
      operation = begun.id;
      targets.forEach(({ id, name }, index) => consider(id, refusalOf(begun, index, name)));
    }
    for (const { target } of [...waiting.values()]) consider(target.id, judge(null, target));
    if (!('code' in begun) && begun.endedAt !== null) conclude();
    since = performance.now();
    if (waiting.size > 0) {
      await call.wait((gone) => new Promise<void>((resolve, reject) => {
        wake = resolve;
        if (waiting.size === 0) resolve();
        gone.addEventListener('abort', () => reject(new ClientGone()), { once: true });
      }));
    }
  } finally {
    unsubscribe();
  }
  return results.toSorted((a, b) => a.look - b.look || a.index - b.index).map(({ result }) => result);
}

/** What an operation refuses at once; how a start or stop goes on is told by facts. */
function refusalOf(operation: Operation, index: number, name: string): Verdict {
  const target = operation.targets[index];
  if (target?.outcome !== 'error' || target.code === null) return null;
  switch (target.code) {
    case 'ALREADY_STARTED': return new Fault('ALREADY_STARTED', name);
    case 'NOT_RUNNING': return new Fault('NOT_RUNNING', name);
    case 'NOT_FOUND': return new Fault('BAD_NAME', name);
    case 'DISABLED': return new Fault('FAILED', target.message);
    default: return null;
  }
}

/** What became of a target of an operation that has ended. */
function conclusionOf(operation: Operation, index: number, name: string): Verdict {
  const target = operation.targets[index];
  if (target === undefined || target.outcome === 'pending') return null;
  if (target.outcome === 'ok') return 'ok';
  switch (target.code) {
    case 'SPAWN_FAILED': case 'NO_COMMAND': case 'NOT_EXECUTABLE': return new Fault('SPAWN_ERROR', name);
    case 'ENDED_EARLY': case 'INTERRUPTED': return new Fault('ABNORMAL_TERMINATION', name);
    default: return refusalOf(operation, index, name) ?? new Fault('FAILED', target.message);
  }
}

function judgeStart(wait: boolean): Judge {
  return (fact, { name }) => {
    switch (fact?.type) {
      case 'process.running': return 'ok';
      // Who waits for what it depends on has been started as far as anybody can.
      case 'process.spawned': case 'process.waiting': return wait ? null : 'ok';
      case 'process.spawn_failed': case 'process.backoff': case 'process.fatal': return new Fault('SPAWN_ERROR', name);
      case 'process.state': return fact.to === 'EXITED' ? new Fault('ABNORMAL_TERMINATION', name) : null;
      case 'process.stopping': case 'process.stopped': case 'process.ended': case 'process.unknown': case 'process.removed': return new Fault('ABNORMAL_TERMINATION', name);
      default: return null;
    }
  };
}

function judgeStop(call: Call): Judge {
  return (fact, { id, name }) => {
    if (fact?.type === 'process.unknown') return new Fault('FAILED', fact.why);
    if (fact?.type === 'process.stopped' || fact?.type === 'process.ended' || fact?.type === 'process.fatal' || fact?.type === 'process.removed') return 'ok';
    const state = viewOf(call, id)?.state;
    if (state === 'UNKNOWN') return new Fault('FAILED', name);
    return state === undefined || STOPPED_STATES.includes(state) ? 'ok' : null;
  };
}

/** Why a start is refused before anything happens, in supervisord's order of looking. */
function startRefusal(call: Call, { id, name }: Target, wait: boolean): Fault | null {
  const problem = call.control.compat.startProblem(id);
  if (problem?.kind === 'no_command') return new Fault('NO_FILE', problem.message);
  if (problem !== null && ['not_executable', 'is_directory', 'no_permission', 'bad_command'].includes(problem.kind)) return new Fault('NOT_EXECUTABLE', problem.message);
  const view = viewOf(call, id);
  const state = view?.state ?? 'UNKNOWN';
  // A back-off is a start under way; one that waits for others is started with them.
  const waits = wait && view !== undefined && view.waitsFor.length > 0;
  if (RUNNING_STATES.includes(state) && !waits) return new Fault('ALREADY_STARTED', name);
  if (state === 'UNKNOWN') return new Fault('FAILED', `${name} is in an unknown process state`);
  // Whoever does not wait gets his start when the stop is over; who waits is told that this is not a start.
  return state === 'STOPPING' && wait ? new Fault('ABNORMAL_TERMINATION', name) : null;
}

function startTargets(call: Call, targets: readonly Target[], wait: boolean): Promise<readonly Result[]> {
  const judged = targets.map((target): Result => ({ ...target, fault: startRefusal(call, target, wait) }));
  return settle(call, judged, judgeStart(wait), (names) => call.control.mutate({ command: 'start', names }, call.caller));
}

/** A stop is asked of what runs, and of what only ends to be started again: the one who asks wants it down. */
function canStop(call: Call, id: string): boolean {
  const view = viewOf(call, id);
  return view !== undefined && (RUNNING_STATES.includes(view.state) || (view.state === 'STOPPING' && view.wanted === 'up'));
}

function stopTargets(call: Call, targets: readonly Target[], wait: boolean): Promise<readonly Result[]> {
  const judged = targets.map((target): Result => ({ ...target, fault: canStop(call, target.id) ? null : new Fault('NOT_RUNNING', target.name) }));
  const together = call.control.compat.dialect === 'ini';
  return settle(call, judged, wait ? judgeStop(call) : () => 'ok', (names) => call.control.mutate({ command: 'stop', names, together }, call.caller));
}

/** A row of the arrays that calls for several processes answer with. */
export function statusStruct(id: string, fault: Fault | null): Struct {
  const colon = id.indexOf(':');
  return struct({ name: id.slice(colon + 1), group: id.slice(0, colon), status: fault?.code ?? FAULTS.SUCCESS, description: fault?.message ?? 'OK' });
}

const statuses = (results: readonly Result[]): Value => results.map(({ id, fault }) => statusStruct(id, fault));

function onlyResult(results: readonly Result[]): true {
  const fault = results[0]?.fault;
  if (fault) throw fault;
  return true;
}

async function startMany(call: Call, targets: readonly Target[], wait: boolean): Promise<Value> {
  const idle = targets.filter(({ id }) => !RUNNING_STATES.includes(viewOf(call, id)?.state ?? 'STOPPED'));
  return statuses(await startTargets(call, idle, wait));
}

async function stopMany(call: Call, targets: readonly Target[], wait: boolean): Promise<Value> {
  return statuses(await stopTargets(call, targets.filter(({ id }) => canStop(call, id)), wait));
}

export async function startProcess(call: Call): Promise<Value> {
  const found = findTarget(call, textOf(call.params, 0));
  const wait = truthOf(call.params, 1);
  if ('group' in found) return startMany(call, groupTargets(call, found.group), wait);
  return onlyResult(await startTargets(call, [found], wait));
}

export const startGroup = (call: Call): Promise<Value> => startMany(call, groupTargets(call, textOf(call.params, 0)), truthOf(call.params, 1));
export const startAll = (call: Call): Promise<Value> => startMany(call, allTargets(call), truthOf(call.params, 0));

export async function stopProcess(call: Call): Promise<Value> {
  const found = findTarget(call, textOf(call.params, 0));
  const wait = truthOf(call.params, 1);
  if ('group' in found) return stopMany(call, groupTargets(call, found.group), wait);
  return onlyResult(await stopTargets(call, [found], wait));
}

export const stopGroup = (call: Call): Promise<Value> => stopMany(call, groupTargets(call, textOf(call.params, 0)), truthOf(call.params, 1));
export const stopAll = (call: Call): Promise<Value> => stopMany(call, allTargets(call), truthOf(call.params, 0));

function signalOne(call: Call, { id, name }: Target, signal: string): Fault | null {
  const begun = call.control.mutate({ command: 'signal', names: [id], signal }, call.caller);
  if ('code' in begun) return begun.code === 'BAD_SIGNAL' ? new Fault('BAD_SIGNAL', signal) : faultOf(begun);
  const target = begun.targets[0];
  if (target?.outcome !== 'error') return null;
  return target.code === 'NOT_RUNNING' ? new Fault('NOT_RUNNING', name) : new Fault('FAILED', target.message);
}

function signalMany(call: Call, targets: readonly Target[], signal: string): Value {
  const able = targets.filter(({ id }) => SIGNALLABLE_STATES.includes(viewOf(call, id)?.state ?? 'STOPPED'));
  return statuses(able.map((target) => ({ ...target, fault: signalOne(call, target, signal) })));
}

export function signalProcess(call: Call): Value {
  const found = findTarget(call, textOf(call.params, 0));
  const signal = signalOf(call.params, 1);
  if ('group' in found) return signalMany(call, groupTargets(call, found.group), signal);
  const fault = signalOne(call, found, signal);
  if (fault !== null) throw fault;
  return true;
}

export const signalGroup = (call: Call): Value => signalMany(call, groupTargets(call, textOf(call.params, 0)), signalOf(call.params, 1));
export const signalAll = (call: Call): Value => signalMany(call, allTargets(call), signalOf(call.params, 0));

export async function sendStdin(call: Call): Promise<Value> {
  const [, characters] = call.params;
  if (typeof characters !== 'string') throw new Fault('INCORRECT_PARAMETERS', typeof characters === 'number' ? String(characters) : undefined);
  const { id, name } = oneTarget(call, textOf(call.params, 0));
  switch (await call.control.compat.writeStdin(id, characters, call.caller)) {
    case 'not_running': throw new Fault('NOT_RUNNING', name);
    case 'closed': throw new Fault('NO_FILE', name);
    case 'full': throw new Fault('FAILED', `${name} does not read its stdin`);
    default: return true;
  }
}
