// Every key a configuration may have is declared once, in a table of keys (`config/*-schema.ts`). From the tables come the types of what is
// written, validation, the nearest-key suggestions, the JSON Schema, the reference page and the map of INI keys.
//
// A table of our own rather than valibot's: each key carries a sentence, an example, a default per dialect and its INI rules,
// a problem must lead to a line, and a daemon or client that only reads its file should not pay for a schema library.
import { didYouMean } from './nearest.ts';
import { isTable } from './kind.ts';
import { shown } from './problems.ts';
import { ownOf } from './record.ts';
import type { IniType } from './ini-types.ts';
import type { Complain, Kind } from './kind.ts';
import type { Origin } from './spec.ts';
import type { Report } from './problems.ts';

/** One key of a table. */
export interface Key<T> {
  readonly kind: Kind<T>;
  /** One sentence for the reference page and the editor. */
  readonly text: string;
  /** As it would be written in TOML. */
  readonly example: string;
  /** Value where nothing is written. */
  readonly fallback?: T;
  /** Where supervisord's default differs. */
  readonly iniFallback?: T;
  /** Says the default where it is not one value. */
  readonly fallbackText?: string;
  /** supervisord knows this key: how it reads the value. Without it the key is reeve's own. */
  readonly ini?: IniType<T>;
}

/** A table of keys. */
export type Keys = { readonly [name: string]: Key<unknown> };

/** The values that a table may hold: all optional, typed by their kinds. */
export type Values<K> = { readonly [P in keyof K]?: K[P] extends { readonly kind: Kind<infer T> } ? T : never };

/** Where a table stands: for messages. */
export interface TableContext {
  /** `programs.web`: how messages name the table. */
  readonly name: string;
  readonly report: Report;
  readonly place: (path: readonly (string | number)[]) => Origin;
  /** Keys that a later version reads: refused by name, never ignored. */
  readonly later?: readonly string[];
  /** Words for keys that are wrong here but known elsewhere. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** What may be said of a key beside its kind, sentence and example. */
type More<T> = Omit<Key<T>, 'kind' | 'text' | 'example'>;

/** Declares a key; the type of its value comes from its kind, and a fallback makes it always there in `filled`. */
export function key<T>(kind: Kind<T>, text: string, example: string): Key<T>;
export function key<T, const M extends More<NoInfer<T>>>(
  kind: Kind<T>,
  text: string,
  example: string,
  more: M,
): Key<T> & Pick<M, keyof M & 'fallback'>;
export function key<T>(kind: Kind<T>, text: string, example: string, more: More<T> = {}): Key<T> {
  return { kind, text, example, ...more };
}

/** The values of a table with the declared defaults in place of what is not written. */
export type Filled<K> = {
  readonly [P in keyof K]: K[P] extends { readonly kind: Kind<infer T> }
    ? K[P] extends { readonly fallback: unknown }
      ? T
      : T | undefined
    : never;
};

/** Defaults by table and dialect, worked out once: a thousand programs ask for the same ones. */
const defaults = { toml: new WeakMap<Keys, Record<string, unknown>>(), ini: new WeakMap<Keys, Record<string, unknown>>() };

function defaultsOf(keys: Keys, dialect: 'toml' | 'ini'): Record<string, unknown> {
  const known = defaults[dialect].get(keys);
  if (known !== undefined) return known;
  const out = Object.create(null) as Record<string, unknown>;
  for (const [name, one] of Object.entries(keys)) out[name] = dialect === 'ini' ? (one.iniFallback ?? one.fallback) : one.fallback;
  defaults[dialect].set(keys, out);
  return out;
}

/** Puts the declared default of the dialect where nothing is written. */
export function filled<K extends Keys>(keys: K, values: Values<K>, dialect: 'toml' | 'ini'): Filled<K> {
  // Inherited, not copied: fifty keys times a thousand programs. The table is the type: a key with a fallback is there.
  return Object.assign(Object.create(defaultsOf(keys, dialect)), values) as Filled<K>;
}

/** The good values of a table; every bad or unknown key is reported. */
export function readTable<K extends Keys>(keys: K, raw: Readonly<Record<string, unknown>>, context: TableContext): Values<K> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
    const complain: Complain = (message, sub = []) =>
      context.report.error(context.place([name, ...sub]), keyName(context.name, [name, ...sub]), message);
    if (known !== undefined) {
      const read = known.kind.read(value, complain);
      if (read !== undefined) values[name] = read;
    } else if (context.later?.includes(name) === true) {
      complain('not yet supported by this version');
    } else {
      const hint = ownOf(context.hints ?? {}, name) ?? didYouMean(name, Object.keys(keys));
      context.report.error(context.place([name]), keyName(context.name, [name]), 'unknown key', hint);
    }
  }
  // The loop above filled each name with what its own kind answered; the compiler cannot see that through a string index.
  return values as Values<K>;
}

/** `programs.web.environment.LANG`, `api.users[0].role`. */
export function keyName(table: string, path: readonly (string | number)[]): string {
  let out = table;
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`;
    else out += (out === '' ? '' : '.') + (/^[\w-]+$/.test(part) ? part : JSON.stringify(part));
  }
  return out;
}

/** A list of tables, each read by the same keys: [[api.users]]. `required` keys must be there. */
export function tableList<K extends Keys>(
  keys: K,
  required: readonly string[],
): Kind<readonly { readonly values: Values<K>; readonly index: number }[]> {
  return {
    expected: 'a list of tables',
    json: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required,
        properties: Object.fromEntries(Object.entries(keys).map(([name, one]) => [name, { description: one.text, ...one.kind.json }])),
      },
    },
    read: (raw, complain) => {
      if (!Array.isArray(raw) || raw.length > 1000) {
        complain(`expected a list of tables, got ${shown(raw)}`);
        return undefined;
      }
      return raw.map((item: unknown, index) => {
        if (!isTable(item)) {
          complain(`expected a table, got ${shown(item)}`, [index]);
          return { values: {}, index };
        }
        const values: Record<string, unknown> = {};
        for (const [name, value] of Object.entries(item)) {
          const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
          if (known === undefined) complain(`unknown key${suffix(didYouMean(name, Object.keys(keys)))}`, [index, name]);
          else values[name] = known.kind.read(value, (message, sub = []) => complain(message, [index, name, ...sub]));
        }
        for (const name of required) if (item[name] === undefined) complain(`"${name}" is missing`, [index]);
        return { values: values as Values<K>, index };
      });
    },
    fromText: (text) => text,
    print: () => '[]',
  };
}

function suffix(hint: string | null): string {
  return hint === null ? '' : `, ${hint}`;
}
