// One XML-RPC call: who asks for what, what it may cost, and which processes its names mean.
import { shortName } from '../contract/names.ts';
import type { Role } from '../../config/api-spec.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import type { Caller, Control } from '../runtime/control.ts';
import { Fault } from './xmlrpc-faults.ts';
import type { Value } from './xmlrpc-values.ts';

/** Bytes that the answer to one request may still hold; system.multicall shares it among its calls. */
export interface Budget {
  left: number;
}

export interface Call {
  readonly control: Control;
  readonly caller: Caller;
  readonly params: readonly Value[];
  readonly budget: Budget;
  /** Waits in one of the places that the listener has; `gone` tells that nobody waits for the answer any more. */
  wait<T>(begin: (gone: AbortSignal) => Promise<T>): Promise<T>;
}

/** What a method is declared with. */
export interface Method {
  /** Type of the answer, then of each parameter, as system.methodSignature tells them. */
  readonly signature: readonly ('array' | 'boolean' | 'int' | 'string' | 'struct')[];
  /** Parameters at the end that may be left out. */
  readonly optional?: number;
  readonly role: Role;
  readonly says: string;
  /** True: answers also while the daemon ends. */
  readonly always?: boolean;
  readonly run: (call: Call) => Value | Promise<Value>;
}

export interface Target {
  readonly id: string;
  /** As faults name it. */
  readonly name: string;
}

/** The client went away while its call waited; there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Takes bytes from what the answer may hold. */
export function spend(call: Call, bytes: number): void {
  if (bytes > call.budget.left) throw new Fault('FAILED', `the answer would be too large: ask for fewer bytes at once`);
  call.budget.left -= bytes;
}

/** `name` alone when the group has the same name. */
export function shownName(view: Pick<ProcessView, 'id'>): string {
  return shortName(view.id);
}

/** `p`, `g:p`, `g:*` and `g:` as supervisord takes them apart. process null: the whole group. */
export function splitName(name: string): { readonly group: string; readonly process: string | null } {
  const colon = name.indexOf(':');
  if (colon < 0) return { group: name, process: name };
  const process = name.slice(colon + 1);
  return { group: name.slice(0, colon), process: process === '' || process === '*' ? null : process };
}

/** The rows of a group, in start order. */
export function groupTargets(call: Call, group: string): readonly Target[] {
  const ids = call.control.compat.members(group);
  if (ids === undefined) throw new Fault('BAD_NAME', group);
  return targetsOf(call, ids);
}

export function allTargets(call: Call): readonly Target[] {
  return targetsOf(call, call.control.compat.members() ?? []);
}

function targetsOf({ control }: Call, ids: readonly string[]): readonly Target[] {
  const { processes } = control.snapshot();
  return ids.flatMap((id) => {
    const view = processes.get(id);
    return view === undefined ? [] : [{ id, name: shownName(view) }];
  });
}

/** A process by name, or the name of a group. */
export function findTarget(call: Call, name: string): Target | { readonly group: string } {
  const { group, process } = splitName(name);
  if (process === null) {
    if (call.control.compat.members(group) === undefined) throw new Fault('BAD_NAME', name);
    return { group };
  }
  const id = `${group}:${process}`;
  if (!call.control.snapshot().processes.has(id)) throw new Fault('BAD_NAME', name);
  return { id, name };
}

/** A process by name; a group will not do. */
export function oneTarget(call: Call, name: string): Target {
  const found = findTarget(call, name);
  if ('group' in found) throw new Fault('BAD_NAME', name);
  return found;
}
