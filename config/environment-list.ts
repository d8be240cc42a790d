// The value of environment= in a supervisord file: KEY="value" pairs, cut into tokens as Python's shlex does in its old
// (non-POSIX) mode with the extra word characters `/.+-():`, including the surprises users live with (compat §2).
import { put } from './record.ts';

const WORD = /[A-Za-z0-9_/.+\-():]/;

/** Tokens in shlex's non-POSIX mode, or null when a quote is not closed. `commented`: a # took something away. */
function tokens(text: string): { readonly list: string[]; readonly commented: boolean } | null {
  const out: string[] = [];
  let at = 0;
  let commented = false;
  const skipLine = () => {
    commented = true;
    const end = text.indexOf('\n', at);
    at = end < 0 ? text.length : end + 1;
  };
  while (at < text.length) {
    const char = text.charAt(at);
    if (/[ \t\r\n]/.test(char)) {
      at += 1;
    } else if (char === '#') {
      skipLine();
    } else if (char === '"' || char === "'") {
      const end = text.indexOf(char, at + 1);
      if (end < 0) return null;
      out.push(text.slice(at, end + 1));
      at = end + 1;
    } else if (WORD.test(char)) {
      let word = '';
      for (; at < text.length; at += 1) {
        const next = text.charAt(at);
        if (next === '#') {
          skipLine();
          at -= 1;
        } else if (WORD.test(next) || next === '"' || next === "'") word += next;
        else break;
      }
      out.push(word);
    } else {
      out.push(char);
      at += 1;
    }
  }
  return { list: out, commented };
}

/** The variables of environment=, and what was lost on the way. */
export interface EnvironmentList {
  readonly value: Readonly<Record<string, string>>;
  /** Names of variables of whose value only the start is kept: `A=x y`, `A=$HOME`. */
  readonly cut: readonly string[];
  /** A # outside quotes took away the rest of a line. */
  readonly commented: boolean;
}

/** The variables, or why the text cannot be read. The separator between pairs is skipped unseen, as supervisord does. */
export function environmentList(text: string): EnvironmentList | { readonly problem: string } {
  const read = tokens(text);
  if (read === null) return { problem: 'cannot read the variables: No closing quotation' };
  const { list, commented } = read;
  const value: Record<string, string> = {};
  const cut: string[] = [];
  for (let i = 0; i < list.length; i += 4) {
    const [name, equals, content, separator] = list.slice(i, i + 4);
    if (name === undefined || equals !== '=' || content === undefined) {
      return {
        problem: `cannot read the variables: unexpected end of key/value pairs at pair ${i / 4 + 1}; values with other characters than letters, digits and _/.+-(): must be quoted`,
      };
    }
    put(value, name, content.replace(/^['"]+|['"]+$/g, ''));
    if (separator !== undefined && separator !== ',' && separator !== ';') cut.push(name);
  }
  return { value, cut, commented };
}
