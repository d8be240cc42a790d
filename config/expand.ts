// Python's % formatting as supervisord uses it: %(name)s, %(process_num)02d, %% (compat §3).
import { didYouMean } from './nearest.ts';
import { repr } from './python-text.ts';

/** Names and their values; inner scopes go before outer ones. */
export interface Names {
  readonly get: (name: string) => string | number | undefined;
  /** Every known name, for messages. */
  readonly all: () => string[];
}

/** A scope with names of its own in front of another one. Nothing is copied: there are many scopes and few errors. */
export function scope(own: Readonly<Record<string, string | number | undefined>>, outer?: Names): Names {
  return {
    get: (name) => (Object.hasOwn(own, name) ? own[name] : undefined) ?? outer?.get(name),
    all: () => [...Object.keys(own), ...(outer?.all() ?? [])],
  };
}

/** Variables as names: ENV_HOME for HOME. */
export function envScope(variables: Readonly<Record<string, string | undefined>>, outer?: Names): Names {
  const own = (name: string) => (name.startsWith('ENV_') && Object.hasOwn(variables, name.slice(4)) ? variables[name.slice(4)] : undefined);
  return {
    get: (name) => own(name) ?? outer?.get(name),
    all: () => [...Object.keys(variables).map((name) => `ENV_${name}`), ...(outer?.all() ?? [])],
  };
}

/** The expanded text, or why it cannot be. */
export type Expanded = { readonly value: string } | { readonly problem: string; readonly hint: string | null };

const FIELD = /^\(([^()]*)\)([#0\- +]*)(\d*)(?:\.(\d+))?[hlL]?([diouxXeEfFgGcrsa%])/;
/** A field without a name: in Python it prints the whole mapping, environment and passwords included. */
const NAMELESS = /^[#0\- +]*\d*(?:\.\d+)?[hlL]?[sra]/;

/** Expands every field of `text`. A field without a name is an error: in supervisord `%s` prints the whole environment. */
export function expand(text: string, names: Names): Expanded {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    out += text.slice(from, at);
    if (text.charAt(at + 1) === '%') {
      out += '%';
      from = at + 2;
      continue;
    }
    const field = FIELD.exec(text.slice(at + 1));
    if (field === null) {
      const snippet = text.slice(at, at + 12);
      if (NAMELESS.test(text.slice(at + 1)))
        return {
          problem: `cannot expand ${JSON.stringify(text)}: ${JSON.stringify(snippet)} has no name, and supervisord would print its whole environment here`,
          hint: 'write a literal percent sign twice: %%',
        };
      return {
        problem: `cannot expand ${JSON.stringify(text)}: ${JSON.stringify(snippet)} is not a field such as %(here)s`,
        hint: 'write a literal percent sign twice: %%',
      };
    }
    const [whole, name = '', flags = '', width = '', precision, type = 's'] = field;
    const value = names.get(name);
    if (value === undefined) {
      const known = names.all();
      const plain = known.filter((one) => !one.startsWith('ENV_'));
      const hint =
        name.startsWith('ENV_') && didYouMean(name, known) === null ? `the environment has no ${name.slice(4)}` : didYouMean(name, known);
      return { problem: `cannot expand %(${name})s: there is no such name; known are ${plain.join(', ')} and ENV_ names`, hint };
    }
    const formatted = format(value, flags, Number(width || 0), precision, type);
    if (formatted === null) return { problem: `cannot expand %(${name})${type}: the value is not a number`, hint: `write %(${name})s` };
    out += formatted;
    from = at + 1 + whole.length;
  }
  return { value: out + text.slice(from) };
}

function format(value: string | number, flags: string, width: number, precision: string | undefined, type: string): string | null {
  const columns = Math.min(width, 1000);
  if (type === '%') return '%';
  if (type === 'c') {
    const char =
      typeof value === 'number'
        ? value >= 0 && value <= 0x10ffff
          ? String.fromCodePoint(value)
          : null
        : Array.from(value).length === 1
          ? value
          : null;
    return char === null ? null : flags.includes('-') ? char.padEnd(columns) : char.padStart(columns);
  }
  if ('sra'.includes(type)) {
    const whole = type === 's' || typeof value === 'number' ? String(value) : repr(value);
    const text = precision === undefined ? whole : whole.slice(0, Number(precision));
    return flags.includes('-') ? text.padEnd(columns) : text.padStart(columns);
  }
  if (typeof value !== 'number') return null;
  const size = Math.abs(value);
  const digits =
    type === 'x'
      ? size.toString(16)
      : type === 'X'
        ? size.toString(16).toUpperCase()
        : type === 'o'
          ? size.toString(8)
          : 'eEfFgG'.includes(type)
            ? size.toFixed(Number(precision ?? 6))
            : String(size);
  const padded = 'diouxX'.includes(type) && precision !== undefined ? digits.padStart(Number(precision), '0') : digits;
  const sign = value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (flags.includes('-')) return (sign + padded).padEnd(columns);
  return flags.includes('0') ? sign + padded.padStart(columns - sign.length, '0') : (sign + padded).padStart(columns);
}
