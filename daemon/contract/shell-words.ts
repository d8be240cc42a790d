// Words of a command as one would type them in a shell. Browser-safe.

/** One word: as it is where no shell takes any of it for something else, else in quotes. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A whole command. */
export function shellText(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
