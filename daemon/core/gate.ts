// What keeps a program from being started: what it depends on, and its circuit breaker.
import type { ProcessSpec } from '../../config/spec.ts';
import type { Waits } from './table.ts';

/** Its breaker is open. */
export function isShut(spec: ProcessSpec, shut: ReadonlySet<string>): boolean {
  return spec.breaker !== null && shut.has(spec.breaker);
}

/** Both together; `needs`: what it depends on and is not there. */
export function gate(spec: ProcessSpec, needs: Waits | null, shut: ReadonlySet<string>): Waits | null {
  if (!isShut(spec, shut)) return needs;
  const why = `breaker ${spec.breaker ?? ''}, which is open`;
  return { on: [...(needs?.on ?? []), `breaker:${spec.breaker ?? ''}`], why: needs === null ? `waits for ${why}` : `${needs.why} and for ${why}` };
}
