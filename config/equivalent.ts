// Do two configurations mean the same? Compared field by field, but for where things are written.
import type { Config, MemberSpec } from './spec.ts';

/** More differences than this are counted, not told. */
const MAX_TOLD = 20;

/**
 * What may differ: where something stands, the program's own name where a copy had to be called otherwise, and whether a group was
 * written or made for its program.
 */
const FREE = new Set(['origin', 'program', 'implicit']);

function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, inner]) => !FREE.has(name) && inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]));
}

/** A program with no copies at all forms a group that does nothing. */
function isNothing(member: MemberSpec): boolean {
  return member.kind === 'group' && member.implicit && member.members.length === 0;
}

function walk(path: string, a: unknown, b: unknown, out: string[]): void {
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null && Array.isArray(a) === Array.isArray(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const name of names)
      walk(path === '' ? name : `${path}.${name}`, (a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name], out);
    // Values of variables may be secrets, so only the place is told.
  } else if (a !== b) out.push(/environment|password|webhook|header|url/i.test(path) ? path : `${path}: ${JSON.stringify(a)} is ${JSON.stringify(b)}`);
}

/** Places where `b` means something else than `a`; empty when they are equivalent. At most 20 are told. */
export function configDifferences(a: Config, b: Config): readonly string[] {
  const side = ({ daemon, api, ctl, tree, jobs, checks, fixes, issueSettings, breakers, jobSettings, alerts, alertSettings }: Config) =>
    plain({ daemon, api, ctl, jobs, checks, fixes, issueSettings, breakers, jobSettings, alerts, alertSettings, tree: { ...tree, members: tree.members.filter((member) => !isNothing(member)) } });
  const out: string[] = [];
  walk('', side(a), side(b), out);
  return out.length > MAX_TOLD ? [...out.slice(0, MAX_TOLD), `and ${out.length - MAX_TOLD} more`] : out;
}
