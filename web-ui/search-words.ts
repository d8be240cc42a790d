// What somebody types to find something: words that must all be there, in any order; capitals do not count. Pure.

/** The words of a search in lower case; none of an empty one. */
export function searchWords(search: string): readonly string[] {
  return search.toLowerCase().split(/\s+/).filter((word) => word !== '');
}

/** Has `text` all of these words, as searchWords gives them? Of none: yes. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const low = text.toLowerCase();
  return words.every((word) => low.includes(word));
}
