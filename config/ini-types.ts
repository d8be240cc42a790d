// supervisord's own value types: how the text of an INI key is read, to the letter (compat §2).
import { booleanText } from './kinds.ts';
import { parseSignal } from './signals.ts';
import { eventTypes, fcgiSocket } from './event-types.ts';
import { environmentList } from './environment-list.ts';
import { pythonInt, pythonOctal } from './python-text.ts';
import type { SocketSpec } from './spec.ts';
import type { WrittenCommand } from './program-kinds.ts';

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

export const text: IniType<string> = type('text', (value) => value);
export const boolean: IniType<boolean> = type('one of yes true on 1 no false off 0', booleanText);
export const integer: IniType<number> = type('a whole number', pythonInt);
/** Whole seconds -> milliseconds. Below zero is legal; who uses it takes it for zero. */
export const seconds: IniType<number> = type('a whole number of seconds', (value) => {
  const number = pythonInt(value);
  return number === null ? null : number * 1000;
});
/** Bytes. Below zero is legal; who uses it takes it for zero. */
export const size: IniType<number> = type('a whole number of bytes, or one with KB, MB or GB', (value) => {
  const match = /^(.*?)(kb|mb|gb)?$/is.exec(value);
  const number = pythonInt(match?.[1] ?? '');
  const unit = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }[(match?.[2] ?? '').toLowerCase()] ?? 1;
  return number === null ? null : number * unit;
});
export const octal: IniType<number> = type('an octal number such as 022', pythonOctal);
export const signal: IniType<string> = type('a signal such as TERM', parseSignal);
export const exitCodes: IniType<readonly number[]> = type('exit codes from 0 to 255, with commas', (value) => {
  if (value === '') return [];
  const codes = value.split(',').map((part) => pythonInt(part));
  return codes.every((code): code is number => code !== null && code >= 0 && code <= 255) ? codes : null;
});
const LEVELS = ['critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather'] as const;
export const logLevel = type(`one of ${LEVELS.join(' ')}`, (value) => LEVELS.find((level) => level === value.toLowerCase()) ?? null);
/** `none`, `auto`, `syslog` or a path; an empty one means none too, and stays as it is written. */
export const logName: IniType<string> = type('a path, NONE, AUTO or syslog', (value) => {
  const word = value.toLowerCase();
  if (word === 'none' || word === 'off') return 'none';
  return word === 'auto' || word === 'syslog' ? word : value;
});
export const autorestart: IniType<'permanent' | 'transient' | 'temporary'> = type('true, false or unexpected', (value) => {
  if (value.trim().toLowerCase() === 'unexpected') return 'transient';
  const always = booleanText(value);
  return always === null ? null : always ? 'permanent' : 'temporary';
});
export const environment: IniType<Readonly<Record<string, string>>> = {
  expected: 'KEY="value" pairs with commas',
  read: (value) => environmentList(value),
};
/** environment= with what was lost of it, for warnings. */
export const environmentPairs = environmentList;
/** 0 is legal in supervisord: a group without processes. */
export const numprocs: IniType<{ readonly count: number }> = type('a whole number of copies, at most 10000', (value) => {
  const number = pythonInt(value);
  return number === null || number > 10_000 ? null : { count: Math.max(0, number) };
});
/** `host:port`, `port`, `*:port`, `:port`; an empty host is every interface. */
export const inetAddress: IniType<{ readonly host: string; readonly port: number }> = type('port, host:port, *:port or :port', (value) => {
  const colon = value.lastIndexOf(':');
  const port = pythonInt(value.slice(colon + 1));
  const host = colon < 0 ? '' : value.slice(0, colon).toLowerCase();
  return port === null || port < 1 || port > 65_535 ? null : { host: host === '*' ? '' : host.replace(/^\[([0-9a-f:.]+)\]$/, '$1'), port };
});
export const positive: IniType<number> = type('a whole number of at least 1', (value) => {
  const number = pythonInt(value);
  return number === null || number < 1 ? null : number;
});
export const backlog: IniType<number> = type('a whole number from 1 to 65535', (value) => {
  const number = pythonInt(value);
  return number === null || number < 1 || number > 65_535 ? null : number;
});
/** A command line; an empty one is legal, and its program cannot be started. */
export const command: IniType<WrittenCommand> = type('a command line', (value) => ({ text: value, words: null }));
/** A Python import path: `package.module:name`. */
export const importPath: IniType<string> = type('an import path such as package.module:name', (value) =>
  /^\s*[\w.]+\s*(:\s*[\w.]+)?\s*(\[.*\])?\s*$/.test(value) ? value : null,
);
/** `events=` of a listener. */
export const events: IniType<readonly string[]> = eventTypes;
/** `socket=` of a FastCGI program. */
export const socket: IniType<SocketSpec['address']> = fcgiSocket;
