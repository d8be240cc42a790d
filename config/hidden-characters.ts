// Characters that nobody sees, or that change how others are seen: with them one name looks like another, and text imitates what stands
// around it. Escape sequences, bidirectional controls (U+202E writes backwards what follows), zero-width characters. Pure, browser-safe.

interface Patterns {
  /** Controls of a terminal, of the direction of writing, of lines; blanks without width or ink. Not what shapes the character before it: variation selectors and the joiners. */
  readonly hidden: RegExp;
  /** Joiners join letters of many scripts and parts of an emoji, and selectors choose among forms: behind ASCII, and behind letters that have cases, they do nothing. `1` in a keycap and the like are emojis. */
  readonly loose: RegExp;
  /** Both, wherever they are. */
  readonly each: RegExp;
  /** Where a mark has no letter to stand on it changes what is written before the name. */
  readonly looseMark: RegExp;
  /** These lead a reader astray; others are only not seen. */
  readonly misleads: RegExp;
}

let made: Patterns | null = null;

/** Made for the first text that is not plain: sets of Unicode take two milliseconds, which the start of a client has not. */
function patterns(): Patterns {
  if (made !== null) return made;
  const hidden = /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800]--[\uFE00-\uFE0F\u{E0100}-\u{E01EF}\u200C\u200D]]/v;
  const loose = /(?<=^|[\0-\x7F\p{Lu}\p{Ll}])[\u{E0100}-\u{E01EF}\u200C-\u200D]|(?<=^|[[\0-\x7F\p{Lu}\p{Ll}\uFE00-\uFE0F]--\p{Emoji}])[\uFE00-\uFE0F]/v;
  made = { hidden, loose, each: new RegExp(`${hidden.source}|${loose.source}`, 'gv'), looseMark: /^\p{M}/u, misleads: /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u };
  return made;
}

/** Almost every text has none. */
const PLAIN = /^[\t\x20-\x7E\u00A1-\u00AC\u00AE-\u02FF]*$/;
/** No character of it is hidden, a mark or a control. */
const PRINTABLE = /^[\x20-\x7E]*$/;

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The first character of a name that is not seen, or that stands on nothing, as `U+202E`; null: there is none. */
export function hiddenCharacter(name: string): string | null {
  if (PRINTABLE.test(name)) return null;
  const { hidden, loose, looseMark } = patterns();
  const found = hidden.exec(name) ?? loose.exec(name) ?? looseMark.exec(name);
  return found === null ? null : codeOf(found[0]);
}

/** The first control of a terminal, a line or the direction of writing in it, as `U+001B`; null: there is none. */
export function misleadingCharacter(name: string): string | null {
  if (PRINTABLE.test(name)) return null;
  const found = patterns().misleads.exec(name);
  return found === null ? null : codeOf(found[0]);
}

/** The text with what is not seen as U+FFFD, so that a terminal, or whoever reads, is not led astray. Tab stays. */
export function withoutHidden(text: string): string {
  return PLAIN.test(text) ? text : text.replace(patterns().each, (found) => (found === '\t' ? found : '\uFFFD'));
}

/** JSON as it is, with what is not seen written as \\uXXXX: the same value, and a terminal shows it. */
export function jsonWithoutHidden(json: string): string {
  return PLAIN.test(json) ? json : json.replace(patterns().each, (found) => (found === '\n' ? found : found.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')));
}
