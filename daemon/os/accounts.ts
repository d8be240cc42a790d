// Who a child runs as: users and groups by name or number, from the files, since libc's lookups may wait for a network.
import { readFileSync, statSync } from 'node:fs';

/** The identity of a child that is not the daemon's own. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, the primary one included. */
  readonly groups: readonly number[];
  /** Name in /etc/passwd, or null for a bare number (OpenShift gives such uids). */
  readonly name: string | null;
}

type Row = readonly string[];

const tables = new Map<string, { readonly stamp: string; readonly rows: readonly Row[] }>();

/** Rows of a colon-separated file, kept until the file changes. A missing file has no rows. */
function rows(path: string): readonly Row[] {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    const stamp = `${mtimeMs}:${size}:${ino}`;
    const kept = tables.get(path);
    if (kept?.stamp === stamp) return kept.rows;
    const fresh = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(':'));
    tables.set(path, { stamp, rows: fresh });
    return fresh;
  } catch {
    return [];
  }
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

function groupId(group: string): number | null {
  const row = rows('/etc/group').find(([name, , gid]) => name === group || (isNumber(group) && Number(gid) === Number(group)));
  if (row !== undefined) return Number(row[2]);
  return isNumber(group) ? Number(group) : null;
}

/**
 * The identity that `user` and `group` of a program ask for, or null when it is the daemon's own.
 * `problem` is a person's sentence.
 */
export function identityOf(
  user: string | null,
  group: string | null,
): { readonly identity: Identity | null } | { readonly problem: string } {
  const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  if (user === null && group === null) return { identity: null };
  const wanted = user ?? String(own.uid);
  // By name first: a name may look like a number.
  const accounts = rows('/etc/passwd');
  const row =
    accounts.find(([name]) => name === wanted) ??
    (isNumber(wanted) ? accounts.find((fields) => Number(fields[2]) === Number(wanted)) : undefined);
  if (row === undefined && !isNumber(wanted)) return { problem: `cannot run as user '${wanted}': there is no such user in /etc/passwd` };
  const uid = row === undefined ? Number(wanted) : Number(row[2]);
  const primary = group === null ? Number(row?.[3] ?? (uid === own.uid ? own.gid : uid)) : groupId(group);
  if (primary === null) return { problem: `cannot run with group '${group}': there is no such group in /etc/group` };
  if (uid === own.uid && (group === null || primary === own.gid)) return { identity: null };
  const name = row?.[0] ?? null;
  const groups = new Set([primary]);
  if (name !== null) {
    groups.add(Number(row?.[3]));
    for (const [, , gid, members] of rows('/etc/group')) if (members?.split(',').includes(name) === true) groups.add(Number(gid));
  }
  return { identity: { uid, gid: primary, groups: [...groups], name } };
}

/** Number of a user by name or number; null for a name that nobody has. */
export function uidOf(user: string): number | null {
  const row = rows('/etc/passwd').find(([name]) => name === user);
  return row !== undefined ? Number(row[2]) : isNumber(user) ? Number(user) : null;
}

/** HOME, USER and LOGNAME of a user in /etc/passwd; {} for one without an entry or for the daemon's own. */
export function homeOf(user: string): Readonly<Record<string, string>> {
  const row = rows('/etc/passwd').find(([name, , uid]) => name === user || (isNumber(user) && uid === user));
  const [name, , uid, , , home] = row ?? [];
  if (name === undefined || home === undefined || Number(uid) === (process.geteuid?.() ?? 0)) return {};
  return { HOME: home, USER: name, LOGNAME: name };
}

/** Drops from root to this user for good, groups first. A person's words when that cannot be done, or null. */
export function becomeUser(user: string): string | null {
  const found = identityOf(user, null);
  if ('problem' in found) return found.problem;
  const { identity } = found;
  if (identity === null) return null;
  if ((process.geteuid?.() ?? 0) !== 0) return `cannot become user '${user}': only root may`;
  process.setgroups?.([...identity.groups]);
  process.setgid?.(identity.gid);
  process.setuid?.(identity.uid);
  return null;
}
