// Numbers, sizes and times as people read them.
import { daemonNow } from './live/daemon-clock.ts';

const UNITS = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const;

/** `3d 4h`, `2m 5s`, `0.4s`, `12ms`: the two largest units. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 1000) return span < 100 ? `${Math.round(span)}ms` : `${(span / 1000).toFixed(1)}s`;
  if (span < 10_000) return `${(span / 1000).toFixed(1).replace(/\.0$/, '')}s`;
  const first = UNITS.findIndex(([, size]) => span >= size);
  const [word, size] = UNITS[first] ?? ['s', 1000];
  const next = UNITS[first + 1];
  const head = `${Math.floor(span / size)}${word}`;
  if (next === undefined) return head;
  const rest = Math.floor((span % size) / next[1]);
  return rest === 0 ? head : `${head} ${rest}${next[0]}`;
}

/** `12 KB`, `3.4 MB`: 1024-based, as the configuration has it. */
export function bytes(count: number): string {
  const words = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < words.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${words[unit]}`;
}

export function percent(value: number): string {
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)}%`;
}

/** `5m ago`, `in 2h`, `now`. */
export function relative(at: number, now: number): string {
  const span = at - now;
  if (Math.abs(span) < 1000) return 'now';
  return span > 0 ? `in ${duration(Math.max(1000, Math.round(span / 1000) * 1000))}` : `${duration(Math.max(1000, Math.round(-span / 1000) * 1000))} ago`;
}

/** The zone of this browser. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `07`: a part of a time or date. */
export const two = (n: number): string => String(n).padStart(2, '0');

/** `14:03:07` of today, `11-22 14:03:07` of this year, `2025-11-22 14:03` of another one; the browser's zone. */
export function clock(at: number, now: number = daemonNow()): string {
  const time = new Date(at);
  const today = new Date(now);
  const hms = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const date = `${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  if (time.toDateString() === today.toDateString()) return hms;
  return time.getFullYear() === today.getFullYear() ? `${date} ${hms}` : `${time.getFullYear()}-${date} ${hms.slice(0, 5)}`;
}

/** The same with date, zone and milliseconds, for titles. */
export function exactly(at: number): string {
  return `${new Date(at).toISOString().replace('T', ' ')} (${clock(at, 0)} here)`;
}

/** `1 process`, `3 processes`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

const FROM_THE_RIGHT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** A name in a sentence that is one text: written from the right to the left, it is kept apart from the words and numbers beside it. */
export function isolated(name: string): string {
  return FROM_THE_RIGHT.test(name) ? `\u2068${name}\u2069` : name;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A name in two parts, the last with so many characters as people count them; the second '' where it cannot be parted: text from the right to the left would change places. */
export function parted(name: string, end: number): readonly [string, string] {
  if (FROM_THE_RIGHT.test(name)) return [name, ''];
  const all = Array.from(segmenter.segment(name), ({ segment }) => segment);
  return [all.slice(0, -end).join(''), all.slice(-end).join('')];
}

/** `a, b, c and 4 more`. */
export function listed(all: readonly string[], most = 5): string {
  const names = all.map(isolated);
  if (names.length <= most + 1) return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
