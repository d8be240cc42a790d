// supervisord's own value types: how the text of an INI key is read, to the letter (compat §2).
import { booleanText } from './kinds.ts';
import { parseSignal } from './signals.ts';
import { environmentList } from './environment-list.ts';

/** One of supervisord's value types. */
export interface IniType<T> {
  readonly expected: string;
  /** The value, or undefined when the text is not one; a string is the reason why it is not. */
  readonly read: (text: string) => { readonly value: T } | { readonly problem: string };
}

function type<T>(expected: string, parse: (text: string) => T | null): IniType<T> {
  return {
    expected,
    read: (text) => {
      const value = parse(text);
      return value === null ? { problem: `expected ${expected}, got ${JSON.stringify(text)}${oddity(text)}` } : { value };
    },
  };
}

/** What people put there by mistake. */
function oddity(text: string): string {
  if (/\$\{?\w/.test(text)) return ': shell variables are not expanded here, write %(ENV_NAME)s';
  const odd = /[^\x20-\x7e\s]/.exec(text);
  return odd === null ? '' : `: "${odd[0]}" is not an ASCII character`;
}

/** Python's int(): blanks, a sign and single underscores between digits are fine. */
function pythonInt(text: string): number | null {
  const plain = text.trim();
  return /^[+-]?\d+(_\d+)*$/.test(plain) ? Number(plain.replaceAll('_', '')) : null;
}

export const text: IniType<string> = type('text', (value) => value);
export const boolean: IniType<boolean> = type('one of yes true on 1 no false off 0', booleanText);
export const integer: IniType<number> = type('a whole number', pythonInt);
/** Whole seconds -> milliseconds; below zero counts as zero. */
export const seconds: IniType<number> = type('a whole number of seconds', (value) => {
  const number = pythonInt(value);
  return number === null ? null : Math.max(0, number) * 1000;
});
export const size: IniType<number> = type('a whole number of bytes, or one with KB, MB or GB', (value) => {
  const match = /^(.*?)(kb|mb|gb)?$/is.exec(value.trim());
  const number = pythonInt(match?.[1] ?? '');
  const unit = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }[(match?.[2] ?? '').toLowerCase()] ?? 1;
  return number === null ? null : Math.max(0, number * unit);
});
export const octal: IniType<number> = type('an octal number such as 022', (value) => {
  const plain = value.trim();
  return /^(0o)?[0-7]+$/i.test(plain) ? Number.parseInt(plain.replace(/^0o/i, ''), 8) : null;
});
export const signal: IniType<string> = type('a signal such as TERM', parseSignal);
export const exitCodes: IniType<readonly number[]> = type('exit codes from 0 to 255, with commas', (value) => {
  if (value.trim() === '') return [];
  const codes = value.split(',').map((part) => pythonInt(part));
  return codes.every((code): code is number => code !== null && code >= 0 && code <= 255) ? codes : null;
});
export const logLevel = type('one of critical error warn info debug trace blather', (value) => {
  const words = {
    critical: 'critical',
    crit: 'critical',
    error: 'error',
    erro: 'error',
    warn: 'warn',
    info: 'info',
    debug: 'debug',
    debg: 'debug',
    trace: 'trace',
    trac: 'trace',
    blather: 'blather',
    blat: 'blather',
  } as const;
  const word = value.trim().toLowerCase();
  return word in words ? words[word as keyof typeof words] : null;
});
/** `none`, `auto`, `syslog` or a path. */
export const logName: IniType<string> = type('a path, NONE, AUTO or syslog', (value) => {
  const word = value.trim().toLowerCase();
  if (word === 'none' || word === 'off' || word === '') return 'none';
  return word === 'auto' || word === 'syslog' ? word : value;
});
export const autorestart: IniType<'permanent' | 'transient' | 'temporary'> = type('true, false or unexpected', (value) => {
  if (value.trim().toLowerCase() === 'unexpected') return 'transient';
  const always = booleanText(value);
  return always === null ? null : always ? 'permanent' : 'temporary';
});
export const environment: IniType<Readonly<Record<string, string>>> = {
  expected: 'KEY="value" pairs with commas',
  read: environmentList,
};
/** 0 is legal in supervisord: a group without processes. */
export const numprocs: IniType<{ readonly count: number }> = type('a whole number of copies, at most 10000', (value) => {
  const number = pythonInt(value);
  return number === null || number > 10_000 ? null : { count: Math.max(0, number) };
});
