// Names of time zones: those this Node knows, aliases included, as Temporal reads them. The list of all names is made only to suggest one.
import { nearest } from './nearest.ts';
import { shown } from './problems.ts';

/** Today's names of zones that Node lists by an older one. */
const NEWER_NAMES = [
  'UTC', 'Africa/Asmara', 'America/Argentina/Buenos_Aires', 'America/Nuuk', 'Asia/Ho_Chi_Minh', 'Asia/Kathmandu', 'Asia/Kolkata',
  'Asia/Yangon', 'Atlantic/Faroe', 'Europe/Kyiv', 'Pacific/Chuuk', 'Pacific/Kanton', 'Pacific/Pohnpei',
] as const;

/** Temporal takes whole dates too, and finds their zone: only names and offsets are meant here. */
const NAME = /^[A-Za-z][\w+\-/]{0,63}$/;
const OFFSET = /^[+-]\d\d:\d\d$/;

function hintOf(name: string): string {
  const shift = /^(?:utc|gmt) ?([+-])(\d\d?)(?::?(\d\d))?$/i.exec(name);
  if (shift !== null) return `write "${shift[1]}${(shift[2] ?? '').padStart(2, '0')}:${shift[3] ?? '00'}"`;
  if (/^[A-Z]{2,5}$/.test(name)) return 'abbreviations mean several zones: write a name such as "Africa/Nairobi"';
  const wanted = name.trim().replaceAll(' ', '_').toLowerCase();
  const names = [...NEWER_NAMES, ...Intl.supportedValuesOf('timeZone')];
  const city = names.find((known) => known.toLowerCase().endsWith(`/${wanted}`));
  const meant = city ?? nearest(wanted, names);
  return meant === null ? 'names look like "Africa/Nairobi", "Europe/Madrid" or "UTC"' : `did you mean "${meant}"?`;
}

/** The zone as it is written officially (`asia/kolkata` is "Asia/Kolkata"; an offset like "+05:30" is one too), or a sentence. */
export function readZone(name: string): { readonly zone: string } | { readonly problem: string } {
  if (NAME.test(name) || OFFSET.test(name)) {
    try {
      return { zone: Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId };
    } catch {
      // No such zone: said below.
    }
  }
  return { problem: `there is no time zone ${shown(name)}: ${hintOf(name)}` };
}
