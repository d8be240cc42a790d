// What a role includes. Browser-safe.
import type { Role } from '../../config/api-spec.ts';

const RANK: Readonly<Record<Role, number>> = { read: 0, operate: 1, admin: 2 };

/** True when `role` includes `needed`. */
export function allows(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}
