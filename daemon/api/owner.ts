// Who owns a socket file: `user`, `user:group` or numbers, looked up in /etc/passwd and /etc/group.
import { readFileSync } from 'node:fs';

export interface OwnerIds {
  readonly uid: number;
  readonly gid: number;
}

function rows(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => line.split(':'));
  } catch {
    return [];
  }
}

/** Ids of an owner as written, or the reason why there are none. -1 leaves the group as it is. */
export function lookupOwner(owner: string, files = { passwd: '/etc/passwd', group: '/etc/group' }): OwnerIds | string {
  const [user = '', group] = owner.split(':');
  const account = rows(files.passwd).find((row) => row[0] === user || row[2] === user);
  const uid = account ? Number(account[2]) : /^\d+$/.test(user) ? Number(user) : null;
  if (uid === null) return `no user is named ${JSON.stringify(user)}`;
  if (group === undefined || group === '') return { uid, gid: account ? Number(account[3]) : -1 };
  const entry = rows(files.group).find((row) => row[0] === group || row[2] === group);
  const gid = entry ? Number(entry[2]) : /^\d+$/.test(group) ? Number(group) : null;
  return gid === null ? `no group is named ${JSON.stringify(group)}` : { uid, gid };
}
