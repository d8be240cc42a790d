// Characters that nobody sees, or that change how others are seen: with them one name looks like another, and text imitates what stands
// around it. Escape sequences, bidirectional controls (U+202E writes backwards what follows), zero-width characters. Pure, browser-safe.

/** Controls of a terminal, of the direction of writing, of lines; blanks without width or ink. Not what shapes the character before it: variation selectors and the joiners. */
const HIDDEN = /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800]--[\uFE00-\uFE0F\u{E0100}-\u{E01EF}\u200C\u200D]]/v;
/** Joiners join letters of many scripts and parts of an emoji; behind ASCII they join nothing. */
const LOOSE_JOINER = /(?<=^|[\0-\x7F])[\u200C\u200D]/u;
/** Where a mark has no letter to stand on it changes what is written before the name. */
const LOOSE_MARK = /^\p{M}/u;
/** These lead a reader astray; others are only not seen. */
const MISLEADS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
/** Almost every text has none. */
const PLAIN = /^[\t\x20-\x7E\u00A1-\u00AC\u00AE-\u02FF]*$/;
const EACH_HIDDEN = new RegExp(HIDDEN, 'gv');

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The first character of a name that is not seen, or that stands on nothing, as `U+202E`; null: there is none. */
export function hiddenCharacter(name: string): string | null {
  const found = HIDDEN.exec(name) ?? LOOSE_JOINER.exec(name) ?? LOOSE_MARK.exec(name);
  return found === null ? null : codeOf(found[0]);
}

/** The first control of a terminal, a line or the direction of writing in it, as `U+001B`; null: there is none. */
export function misleadingCharacter(name: string): string | null {
  const found = MISLEADS.exec(name);
  return found === null ? null : codeOf(found[0]);
}

/** The text with what is not seen as U+FFFD, so that a terminal, or whoever reads, is not led astray. Tab stays. */
export function withoutHidden(text: string): string {
  return PLAIN.test(text) ? text : text.replace(EACH_HIDDEN, (found) => (found === '\t' ? found : '\uFFFD'));
}

/** JSON as it is, with what is not seen written as \\uXXXX: the same value, and a terminal shows it. */
export function jsonWithoutHidden(json: string): string {
  return PLAIN.test(json) ? json : json.replace(EACH_HIDDEN, (found) => (found === '\n' ? found : found.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')));
}
