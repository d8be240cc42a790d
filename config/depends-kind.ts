// `depends_on = ["db:ready", "migrate:completed", "cache"]` and `restart_with`, as written.
import { booleanText } from './kinds.ts';
import type { Kind } from './kind.ts';
import { shown } from './problems.ts';
import type { Condition } from './spec.ts';

/** One entry as written; what its name means is known when all programs are. */
export interface WrittenDependency {
  readonly name: string;
  readonly condition: Condition | null;
}

const CONDITIONS: readonly Condition[] = ['started', 'ready', 'completed', 'exited'];
/** More than this is no list that a person wrote. */
const MAX_DEPENDENCIES = 256;

/** `name`, `group:name`, `group:*`, each with `:condition` or without. */
export function dependencyOf(text: string): WrittenDependency | null {
  const trimmed = text.trim();
  const colon = trimmed.lastIndexOf(':');
  const condition = CONDITIONS.find((one) => one === trimmed.slice(colon + 1)) ?? null;
  const name = colon > 0 && condition !== null ? trimmed.slice(0, colon).trim() : trimmed;
  return /^[^\s:/]+(:[^\s:/]+)?$/.test(name) ? { name, condition: colon > 0 ? condition : null } : null;
}

const list = (text: string): string[] => text.split(/[,\n]/).map((part) => part.trim()).filter((part) => part !== '');

/** `depends_on`. */
export const dependencies: Kind<readonly WrittenDependency[]> = {
  expected: 'a list of names such as ["db:ready", "migrate:completed", "cache"]',
  json: { anyOf: [{ type: 'string', minLength: 1 }, { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: MAX_DEPENDENCIES }] },
  read: (raw, complain) => {
    const items: unknown[] = Array.isArray(raw) ? raw : [raw];
    if (items.length > MAX_DEPENDENCIES) {
      complain(`expected at most ${MAX_DEPENDENCIES} names, got ${items.length}`);
      return undefined;
    }
    const read = items.map((item, index) => {
      const one = typeof item === 'string' ? dependencyOf(item) : null;
      const problem = `expected NAME or NAME:CONDITION (${CONDITIONS.join(', ')}), got ${shown(item)}`;
      if (one === null) complain(problem, Array.isArray(raw) ? [index] : []);
      return one;
    });
    const good = read.filter((one) => one !== null);
    return good.length === read.length ? good : undefined;
  },
  fromText: list,
  print: (value) => JSON.stringify(value.map(dependencyWords)),
};

/** As the file says it. */
export function dependencyWords({ name, condition }: { readonly name: string; readonly condition: Condition | null }): string {
  return condition === null ? name : `${name}:${condition}`;
}

/** `restart_with`: true for all of depends_on, or some of its names. */
export const restartWith: Kind<boolean | readonly string[]> = {
  expected: 'true, false, or a list of names from depends_on',
  json: { anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'string' } }] },
  read: (raw, complain) => {
    if (typeof raw === 'boolean') return raw;
    const items: unknown[] = Array.isArray(raw) ? raw : [raw];
    const names = items.filter((item) => typeof item === 'string' && item !== '') as string[];
    if (names.length === items.length) return names;
    complain(`expected ${restartWith.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => booleanText(text) ?? list(text),
  print: (value) => JSON.stringify(value),
};
