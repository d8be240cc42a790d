// Groups one by one, as supervisord's add, remove and update have them: a group is ended and begun anew as a whole.
import type { GroupChanges } from './reread.ts';
import type { Tree } from '../core/tree.ts';
import type { Changer } from './changer.ts';
import { processesIn } from './changer.ts';
import type { Compat } from './compat.ts';
import type { Outcome } from './operations.ts';

/** What `update` goes through, in supervisorctl's order: the removed, the changed, the added. Names that mean nothing come first. */
export function updated(changes: GroupChanges, names: readonly string[], tree: Tree): readonly string[] {
  const all = [...changes.removed, ...changes.changed, ...changes.added];
  const wanted = names.filter((name) => name !== 'all');
  if (wanted.length === 0) return all;
  const known = (name: string): boolean => all.includes(name) || tree.groups.get(`group ${name}`)?.parent === tree.root;
  return [...new Set(wanted.filter((name) => !known(name))), ...all.filter((name) => wanted.includes(name))];
}

const unknown = (name: string): Outcome => ({ ok: false, code: 'NOT_FOUND', message: `cannot find group ${name}: there is no such group` });

function add(changer: Changer, compat: Pick<Compat, 'newestGroup'>, name: string): Outcome {
  const spec = compat.newestGroup(name);
  if (spec === undefined) return unknown(name);
  const outcome = changer.addGroup(spec, '', false);
  if (outcome.ok) changer.startGroup(name, []);
  return outcome.ok ? { ok: true, message: 'added process group' } : outcome;
}

async function end(changer: Changer, name: string): Promise<Outcome> {
  const spec = changer.group(name);
  if (spec === undefined) return unknown(name);
  const stopped = await changer.stop(processesIn(spec).map((p) => p.id));
  const failed = [...stopped.values()].find((outcome) => !outcome.ok);
  return failed ?? changer.endGroup(name);
}

/** One step of add, remove or update. The message of a success is supervisorctl's. */
export async function changeGroup(changer: Changer, compat: Pick<Compat, 'newestGroup'>, command: 'add' | 'remove' | 'update', changes: GroupChanges | null, name: string): Promise<Outcome> {
  if (command === 'add') return add(changer, compat, name);
  if (command === 'remove') {
    if (changer.group(name) === undefined) return unknown(name);
    const outcome = changer.dropGroup(name);
    return outcome.ok ? { ok: true, message: 'removed process group' } : outcome;
  }
  if (changes?.added.includes(name) === true) return add(changer, compat, name);
  const ended = await end(changer, name);
  if (!ended.ok) return ended;
  if (changes?.changed.includes(name) !== true) return { ok: true, message: 'removed process group' };
  const begun = add(changer, compat, name);
  return begun.ok ? { ok: true, message: 'updated process group' } : begun;
}
