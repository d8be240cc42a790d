// What a kind of value is: how it is read from TOML, from the text of an INI file, printed and described.
import { shown } from './problems.ts';

/** Says what is wrong; `sub` leads from the key to the part that is wrong. */
export type Complain = (message: string, sub?: readonly (string | number)[]) => void;

/** A JSON Schema (draft 2020-12) or a part of one. */
export type JsonSchema = { readonly [key: string]: unknown };

/** One kind of value. */
export interface Kind<T> {
  /** For people: "a duration such as "10s"". */
  readonly expected: string;
  readonly json: JsonSchema;
  /** The value, or undefined after a complaint. Never throws. */
  readonly read: (raw: unknown, complain: Complain) => T | undefined;
  /** What TOML would have given for the text of an INI value. */
  readonly fromText: (text: string) => unknown;
  /** As a method, so that tables may hold kinds of every type. */
  print(value: T): string;
  /** Never quote the value in messages. */
  readonly secret?: boolean;
}

/** Builds a kind from a function that answers undefined for what it does not accept. */
export function simple<T>(
  expected: string,
  json: JsonSchema,
  parse: (raw: unknown) => T | undefined,
  options: {
    fromText?: (text: string) => unknown;
    print?: (value: T) => string;
    secret?: boolean;
  } = {},
): Kind<T> {
  const secret = options.secret === true;
  return {
    expected,
    json,
    read: (raw, complain) => {
      const value = parse(raw);
      if (value === undefined) complain(`expected ${expected}, got ${secret ? 'something else' : shown(raw)}`);
      return value;
    },
    fromText: options.fromText ?? ((text) => text),
    print: options.print ?? ((value) => String(value)),
    ...(secret ? { secret } : {}),
  };
}

/** Builds a kind whose values are tables: `read` gets nothing else. */
export function ofTable<T>(kind: Omit<Kind<T>, 'read'> & { readonly read: (table: Readonly<Record<string, unknown>>, complain: Complain) => T | undefined }): Kind<T> {
  return {
    ...kind,
    read: (raw, complain) => {
      if (isTable(raw)) return kind.read(raw, complain);
      complain(`expected ${kind.expected}, got ${shown(raw)}`);
      return undefined;
    },
  };
}

/** A text without the one character that no argument and no path can have. */
export const noNul = (raw: unknown): string | undefined => (typeof raw === 'string' && !raw.includes('\0') ? raw : undefined);

/** The number that a text of INI says, else the text. */
export const numberText = (text: string): unknown => (/^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);

/** The parts of a text of INI between commas and line ends. */
export const commaList = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** True for a TOML table. */
export function isTable(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !(raw instanceof Date);
}
