// Colours of terminals, made readable: on the page's ground of each theme, and on the ground a program chose. Contrast is 4.5:1 or more (WCAG
// AA), as near to the colour that was meant as that allows. Pure.
import type { Colour, Sgr } from './ansi.ts';

export type Rgb = readonly [number, number, number];

/** The 16 colours as they are meant; what is shown is moved from there until it can be read. */
const PALETTE: readonly Rgb[] = [
  [0, 0, 0], [187, 40, 34], [29, 125, 58], [160, 110, 0], [38, 98, 190], [150, 60, 160], [10, 125, 140], [190, 195, 200],
  [110, 118, 126], [235, 80, 70], [60, 180, 90], [215, 165, 30], [90, 150, 250], [200, 110, 215], [50, 185, 200], [250, 250, 250],
];

/** Of the grounds that a line has in the two themes, those that are hardest to write on: --raised of the light one, --warn-ground of the dark one. */
const LIGHT: Rgb = [238, 241, 243];
const DARK: Rgb = [54, 41, 12];
const CONTRAST = 4.6;
/** Styles kept; a program that uses every true colour there is fills no more than this. */
const MAX_KEPT = 2048;

const linear = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

const luminance = ([red, green, blue]: Rgb): number => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);

/** 1 to 21, as WCAG has it. */
export function contrast(a: Rgb, b: Rgb): number {
  const [less, more] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (more + 0.05) / (less + 0.05);
}

const mixed = (a: Rgb, b: Rgb, share: number): Rgb => [0, 1, 2].map((i) => Math.round((a[i] ?? 0) + ((b[i] ?? 0) - (a[i] ?? 0)) * share)) as unknown as Rgb;

/** `ink`, moved towards black or white no further than it must be to be read on `ground`. */
export function readable(ink: Rgb, ground: Rgb): Rgb {
  const towards: Rgb = contrast([255, 255, 255], ground) > contrast([0, 0, 0], ground) ? [255, 255, 255] : [0, 0, 0];
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mixed(ink, towards, share);
    if (contrast(tried, ground) >= CONTRAST) return tried;
  }
  return towards;
}

const rgbOf = (colour: Colour): Rgb => (typeof colour === 'number' ? (PALETTE[colour] ?? [128, 128, 128]) : colour);
const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

export interface Look {
  readonly class: string;
  /** Set by script, which the page's policy allows; the stylesheet picks the one of its theme. */
  readonly style: Readonly<Record<string, string>> | undefined;
}

function made(sgr: Sgr): Look {
  const { ink, ground } = sgr.inverse ? { ink: sgr.ground, ground: sgr.ink } : sgr;
  const classes = [
    ...(sgr.bold ? ['t-bold'] : []), ...(sgr.dim ? ['t-dim'] : []), ...(sgr.italic ? ['t-italic'] : []), ...(sgr.underline ? ['t-under'] : []), ...(sgr.struck ? ['t-struck'] : []),
  ];
  if (ground !== null) {
    const below = rgbOf(ground);
    return { class: [...classes, 't-ground'].join(' '), style: { '--t-ground': css(below), '--t-ink': css(readable(ink === null ? (sgr.inverse ? LIGHT : DARK) : rgbOf(ink), below)) } };
  }
  if (sgr.inverse) {
    // The page's own text colour as the ground: a colour on it would have to suit both themes, so the ground's own is taken.
    return { class: [...classes, 't-inverse'].join(' '), style: undefined };
  }
  if (ink === null) return { class: classes.join(' '), style: undefined };
  const meant = rgbOf(ink);
  return { class: [...classes, 't-ink'].join(' '), style: { '--t-light': css(readable(meant, LIGHT)), '--t-dark': css(readable(meant, DARK)) } };
}

const kept = new Map<string, Look>();

/** Class and custom properties of a style. Equal styles have the same one. */
export function lookOf(sgr: Sgr): Look {
  const key = `${String(sgr.ink)}/${String(sgr.ground)}/${Number(sgr.bold)}${Number(sgr.dim)}${Number(sgr.italic)}${Number(sgr.underline)}${Number(sgr.struck)}${Number(sgr.inverse)}`;
  let look = kept.get(key);
  if (look === undefined) {
    look = made(sgr);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, look);
  }
  return look;
}
