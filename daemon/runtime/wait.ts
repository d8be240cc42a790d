// Waits until processes are in a state, by facts.
import type { ProcessView } from '../contract/snapshot.ts';
import { STOPPED_STATES } from '../contract/states.ts';
import type { Bus } from './bus.ts';
import type { WaitRequest } from './control.ts';

function holds(view: ProcessView | undefined, wanted: WaitRequest['for']): boolean {
  // Who is not there any more is down for good.
  if (!view) return wanted === 'stopped';
  switch (wanted) {
    case 'running': return view.state === 'RUNNING';
    case 'ready': return view.ready;
    case 'exited': return view.state === 'EXITED';
    case 'stopped': return STOPPED_STATES.includes(view.state);
    default: return wanted satisfies never;
  }
}

/** Resolves when all of `ids` are in the state, or the time is over or whoever asked has `gone` (then `missing` names the others). */
export function waitFor(bus: Bus, ids: readonly string[], request: WaitRequest, gone?: AbortSignal): Promise<{ readonly ok: boolean; readonly missing: readonly string[] }> {
  const view = (id: string): ProcessView | undefined => bus.snapshot.processes.get(id);
  const asked = new Set(ids);
  const missing = new Set(ids.filter((id) => !holds(view(id), request.for)));
  if (missing.size === 0) return Promise.resolve({ ok: true, missing: [] });
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(), Math.min(request.timeoutMs, 2_000_000_000));
    const unsubscribe = bus.subscribe((fact) => {
      if (!('process' in fact) || !asked.has(fact.process)) return;
      // All at the same time: one that has gone back is waited for again.
      if (holds(view(fact.process), request.for)) missing.delete(fact.process);
      else missing.add(fact.process);
      if (missing.size === 0) end();
    });
    const end = (): void => {
      clearTimeout(timer);
      gone?.removeEventListener('abort', end);
      unsubscribe();
      resolve({ ok: missing.size === 0, missing: [...missing] });
    };
    gone?.addEventListener('abort', end);
  });
}
