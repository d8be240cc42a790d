// Splits a command line into words the way Python's shlex.split does, because supervisord users rely on it. One difference:
// backslash-newline joins lines, as in a shell (shlex makes it a newline inside an argument, which nobody means).
// Quotes and backslashes work as in a POSIX shell; nothing else does: no variables, no globs, no pipes, no comments.

/** Words of a command line, or the reason why it has none. */
export type Words = { readonly words: readonly string[] } | { readonly problem: string };

const BLANK = new Set([' ', '\t', '\r', '\n']);

/** Splits `text`. Within double quotes a backslash escapes only `"` and `\`, as in shlex; backslash-newline disappears. */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (BLANK.has(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '\\') {
      i += 1;
      if (i === text.length) return { problem: 'No escaped character' };
      if (text.charAt(i) !== '\n') word = (word ?? '') + text.charAt(i);
    } else if (char === "'" || char === '"') {
      const end = quoteEnd(text, i);
      if (end < 0) return { problem: 'No closing quotation' };
      const inside = text.slice(i + 1, end);
      word = (word ?? '') + (char === "'" ? inside : inside.replace(/\\(["\\\n])/g, (_, c: string) => (c === '\n' ? '' : c)));
      i = end;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  return { words };
}

function quoteEnd(text: string, start: number): number {
  const quote = text.charAt(start);
  if (quote === "'") return text.indexOf("'", start + 1);
  for (let i = start + 1; i < text.length; i += 1) {
    if (text.charAt(i) === '\\') i += 1;
    else if (text.charAt(i) === quote) return i;
  }
  return -1;
}

/** A command line that splitWords turns back into `words`. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)).join(' ');
}
