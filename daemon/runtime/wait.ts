// Waits until processes are in a state, by facts.
import type { WaitAnswer } from '../contract/rest.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import { STOPPED_STATES } from '../contract/states.ts';
import type { Bus } from './bus.ts';
import type { WaitRequest } from './control.ts';
import { Doubts } from './doubts.ts';
import type { Prospects } from './doubts.ts';

function holds(view: ProcessView | undefined, wanted: WaitRequest['for'], prospects: Prospects): boolean {
  // Who is not there any more is down for good.
  if (!view) return wanted === 'stopped';
  switch (wanted) {
    case 'running': return view.state === 'RUNNING';
    case 'ready': return view.ready;
    // Of whom nobody asks or says anything, being ready is all that can be known.
    case 'healthy': return view.health === 'healthy' || (view.health === 'unknown' && view.ready && prospects.hasProbes?.(view.id) !== true);
    case 'exited': return view.state === 'EXITED';
    case 'stopped': return STOPPED_STATES.includes(view.state);
    default: return wanted satisfies never;
  }
}

/**
 * Resolves when all of `ids` are in the state, the time is over, whoever asked has `gone`, or one that is to run is down and stays so:
 * then `hopeless` says why. `missing` names all that are not in the state.
 */
export function waitFor(bus: Bus, ids: readonly string[], request: WaitRequest, prospects: Prospects, gone?: AbortSignal): Promise<WaitAnswer> {
  const view = (id: string): ProcessView | undefined => bus.snapshot.processes.get(id);
  const asked = new Set(ids);
  const missing = new Set(ids.filter((id) => !holds(view(id), request.for, prospects)));
  if (missing.size === 0) return Promise.resolve({ ok: true, missing: [], hopeless: [] });
  return new Promise((resolve) => {
    const hopeless: { process: string; why: string }[] = [];
    const timer = setTimeout(() => end(), Math.min(request.timeoutMs, 2_000_000_000));
    const doubts = new Doubts(prospects, missing, (process, why) => {
      const row = view(process);
      hopeless.push({ process, why: row && row.waitsFor.length === 0 ? `it is ${row.state} (${row.why})` : why });
      // All that are hopeless now are named, not the first one alone.
      queueMicrotask(end);
    });
    const comesUp = request.for === 'running' || request.for === 'ready' || request.for === 'healthy';
    const unsubscribe = bus.subscribe((fact) => {
      if (comesUp) doubts.heard(fact);
      if (!('process' in fact) || !asked.has(fact.process)) return;
      // All at the same time: one that has gone back is waited for again.
      if (holds(view(fact.process), request.for, prospects)) missing.delete(fact.process);
      else missing.add(fact.process);
      if (missing.size === 0) end();
    });
    const end = (): void => {
      clearTimeout(timer);
      gone?.removeEventListener('abort', end);
      unsubscribe();
      resolve({ ok: missing.size === 0, missing: [...missing], hopeless });
    };
    gone?.addEventListener('abort', end);
    if (comesUp) doubts.all();
  });
}
