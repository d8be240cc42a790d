// Who asked for what, and what came of it: written down, and told.
import type { Role } from '../../config/api-spec.ts';
import type { Bus } from './bus.ts';
import type { Caller, Control } from './control.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Store } from '../os/ports/store.ts';

/** What one entry holds: a request may name 4,096 things by 1,024 characters each, and 10,000 entries are kept. */
const MAX_TARGETS = 100;
const MAX_CHARACTERS = 500;
/** Entries of one answer. */
const MAX_ANSWER = 1000;

export interface AuditTrail {
  /** Newest first. */
  read(limit: number): ReturnType<Control['audit']>;
  record(caller: Caller, action: string, targets: readonly string[], result: string): void;
}

/** The first of them, none of them long, and how many more there are. */
function bounded(targets: readonly string[]): readonly string[] {
  const first = targets.slice(0, MAX_TARGETS).map((target) => target.slice(0, MAX_CHARACTERS));
  return targets.length > MAX_TARGETS ? [...first, `and ${targets.length - MAX_TARGETS} more`] : first;
}

export function createAuditTrail({ store, clock, bus }: { readonly store: Store; readonly clock: Clock; readonly bus: Bus }): AuditTrail {
  return {
    read: (limit) => store.auditTrail(Math.min(limit, MAX_ANSWER)),
    record(caller, action, targets, result) {
      const entry: { who: string; role: Role; action: string; targets: readonly string[]; result: string } = { who: caller.who, role: caller.role, action, targets: bounded(targets), result: result.slice(0, MAX_CHARACTERS) };
      store.audit({ at: clock.wall(), ...entry });
      bus.publish({ type: 'audit.action', ...entry });
    },
  };
}
