// How many cells of a terminal a text takes, and texts cut or filled to a number of them. Pure.
//   'naïve' 5   '日本' 4   '👩‍💻' 2   'e\u0301' 1

/** Nothing in it is wider, narrower or joined: one cell for each unit. Almost every text. */
const PLAIN = /^[\u0020-\u007E\u00A1-\u00AC\u00AE-\u02FF\u2010-\u2027\u2500-\u259F]*$/;
/** East Asian width W and F, by first and last code point, in order. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x2329, 0x232a], [0x2e80, 0x303e], [0x3041, 0x33ff], [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xa000, 0xa4cf], [0xa960, 0xa97f], [0xac00, 0xd7a3], [0xf900, 0xfaff],
  [0xfe10, 0xfe19], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x16fe0, 0x18cff], [0x1aff0, 0x1b2ff], [0x1f200, 0x1f2ff], [0x20000, 0x3fffd],
];

let segmenter: Intl.Segmenter | null = null;

/** What a person counts as characters. */
function* clusters(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function clusterWidth(cluster: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11FF]/u.test(cluster)) return 0;
  if (/^\p{Emoji_Presentation}|^\p{Emoji}\uFE0F|^[\d#*]\uFE0F?\u20E3|^\p{Regional_Indicator}{2}/u.test(cluster)) return 2;
  const point = cluster.codePointAt(0) ?? 0;
  return WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1;
}

/** Cells that the text takes. It has no escape sequences. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const cluster of clusters(text)) width += clusterWidth(cluster);
  return width;
}

/** The longest beginning of at most `columns` cells. */
function head(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, columns);
  let width = 0;
  let kept = '';
  for (const cluster of clusters(text)) {
    width += clusterWidth(cluster);
    if (width > columns) break;
    kept += cluster;
  }
  return kept;
}

/** At most `columns` cells; what is cut is shown by an ellipsis. */
export function truncate(text: string, columns: number): string {
  if (text.length <= columns && PLAIN.test(text)) return text;
  if (columns <= 0) return '';
  if (textWidth(text) <= columns) return text;
  return columns === 1 ? head(text, 1) : `${head(text, columns - 1)}…`;
}

export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - textWidth(text)));
export const padStart = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - textWidth(text))) + text;

/** Exactly so many cells: cut, or filled with blanks. */
export const cell = (text: string, columns: number): string => padEnd(truncate(text, columns), Math.max(0, columns));
