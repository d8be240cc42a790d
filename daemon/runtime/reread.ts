// What a fresh read of the file would change, group by group, as supervisord's `reread` tells it. Pure.
import type { GroupSpec } from '../../config/spec.ts';

/** Names of groups at the top. A group is changed as a whole, whatever in it is. */
export interface GroupChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Where something was written changes nothing; a log name that was chosen by us (AUTO) is not the user's. */
function ignored(key: string, a: Fields, b: Fields): boolean {
  return key === 'origin' || (key === 'file' && (a['auto'] === true || b['auto'] === true)) || key === 'auto';
}

/** Do two specs mean the same? */
export function sameSpec(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) if (!ignored(key, a, b) && !sameSpec(a[key], b[key])) return false;
  return true;
}

/** Compares the groups that are there with those of the file; names in the order of each. */
export function compareGroups(present: readonly GroupSpec[], wanted: readonly GroupSpec[]): GroupChanges {
  const now = new Map(present.map((group) => [group.name, group]));
  const next = new Set(wanted.map((group) => group.name));
  const both = wanted.filter((group) => now.has(group.name));
  return {
    added: wanted.filter((group) => !now.has(group.name)).map((group) => group.name),
    changed: both.filter((group) => !sameSpec(now.get(group.name), group)).map((group) => group.name),
    removed: present.filter((group) => !next.has(group.name)).map((group) => group.name),
  };
}
