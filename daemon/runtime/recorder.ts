// What happened to processes, written down for `explain` and for the next daemon.
import type { Fact } from '../contract/facts.ts';
import type { ProcessStateName } from '../contract/states.ts';
import type { Store } from '../os/ports/store.ts';

/** The state a fact leads to and why, or null for facts that change none. */
function change(fact: Fact): { readonly process: string; readonly incarnation: number; readonly to: ProcessStateName; readonly why: string } | null {
  switch (fact.type) {
    case 'process.starting': return { ...fact, to: 'STARTING', why: fact.tries > 0 ? `start ${fact.tries + 1} in a row` : 'started' };
    case 'process.running': return { ...fact, to: 'RUNNING', why: fact.startMs > 0 ? `stayed up for ${fact.startMs / 1000} s` : 'up at once (startsecs is 0)' };
    case 'process.backoff': return { ...fact, to: 'BACKOFF', why: `${fact.why}; next start ${fact.delayMs < 50 ? 'at once' : `in ${(fact.delayMs / 1000).toFixed(1)} s`}` };
    case 'process.waiting': return { ...fact, to: 'BACKOFF', why: fact.why };
    case 'process.stopping': return { ...fact, to: 'STOPPING', why: `${fact.why}: SIG${fact.signal} sent` };
    case 'process.stopped': return { ...fact, to: 'STOPPED', why: fact.why };
    case 'process.fatal': return { ...fact, to: 'FATAL', why: fact.why };
    case 'process.state': return { ...fact, to: fact.to, why: fact.why };
    case 'process.unknown': return { ...fact, to: 'UNKNOWN', why: fact.why };
    default: return null;
  }
}

/** A listener for the bus that records transitions. */
export function recorder(store: Store): (fact: Fact) => void {
  const last = new Map<string, ProcessStateName>();
  return (fact) => {
    if (fact.type === 'process.removed') last.delete(fact.process);
    const c = change(fact);
    if (c === null) return;
    const from = last.get(c.process) ?? 'STOPPED';
    last.set(c.process, c.to);
    store.transition({ process: c.process, incarnation: c.incarnation, at: fact.at, from, to: c.to, why: c.why });
  };
}
