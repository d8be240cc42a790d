// A timer unit of systemd as the schedule of a job: OnCalendar as cron's fields where they can say it, On…ActiveSec and the like as `every`.
import { parseCron } from './cron.ts';
import { parseUnit, unitSpan } from './systemd-unit.ts';
import { tomlDuration, tomlString } from './toml-write.ts';
import { readZone } from './zone-name.ts';
import type { UnitKey } from './systemd-unit.ts';

/** A timer, in words of a job. */
export interface Timer {
  /** Keys of [jobs.NAME]. */
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  /** Keys that were not looked at. */
  readonly rest: readonly UnitKey[];
}

const SHORT: Readonly<Record<string, string>> = {
  minutely: '* * * * *',
  hourly: '0 * * * *',
  daily: '0 0 * * *',
  weekly: '0 0 * * mon',
  monthly: '0 0 1 * *',
  quarterly: '0 0 1 1,4,7,10 *',
  semiannually: '0 0 1 1,7 *',
  yearly: '0 0 1 1 *',
  annually: '0 0 1 1 *',
};

/** `01..05`, `00/15`, `1,3` -> cron's form; null where cron has none. */
function field(text: string): string | null {
  const plain = text.replaceAll('..', '-').replace(/\b0+(?=\d)/g, '');
  return /^(\*|\d+(-\d+)?)(\/\d+)?(,(\*|\d+(-\d+)?)(\/\d+)?)*$/.test(plain) ? plain : null;
}

function weekdays(text: string): string | null {
  const words = text.toLowerCase().replaceAll('..', '-').replace(/,$/, '');
  return /^[a-z]{3,9}([-,][a-z]{3,9})*$/.test(words) ? words.replace(/[a-z]+/g, (word) => word.slice(0, 3)) : null;
}

/** What OnCalendar says, as keys of a job; null where no cron expression can say it. */
export function calendarLines(written: string): readonly string[] | null {
  const words = written.trim().split(/\s+/);
  const lines: string[] = [];
  const last = words.at(-1) ?? '';
  const zone = words.length > 1 && /^[A-Z][A-Za-z_]*(\/|$)/.test(last) && weekdays(last) === null ? readZone(last) : null;
  if (zone !== null || last === 'UTC') {
    if (zone !== null && 'problem' in zone) return null;
    lines.push(`timezone = ${tomlString(zone === null ? 'UTC' : zone.zone)}`);
    words.pop();
  }
  const short = words.length === 1 ? SHORT[(words[0] ?? '').toLowerCase()] : undefined;
  if (short !== undefined) return [`schedule = ${tomlString(short)}`, ...lines];
  const days = /^[A-Za-z]/.test(words[0] ?? '') ? weekdays(words.shift() ?? '') : '*';
  const date = words[0] !== undefined && words[0].includes('-') ? (words.shift() ?? '').split('-') : ['*', '*', '*'];
  const time = (words.shift() ?? '00:00:00').split(':');
  if (days === null || words.length > 0 || date.length > 3 || time.length < 2 || time.length > 3) return null;
  const [day = '*', month = '*', year = '*'] = date.toReversed();
  const [hour, minute, second = '00'] = time;
  if (year !== '*') return null;
  const fields = [minute, hour, day, month].map((part) => field(part ?? ''));
  const seconds = field(second);
  if (fields.includes(null) || seconds === null) return null;
  const text = [...(seconds === '0' ? [] : [seconds]), ...fields, days].join(' ');
  const both = fields[2] !== '*' && days !== '*';
  if ('problem' in parseCron(text, both ? 'and' : 'or')) return null;
  return [`schedule = ${tomlString(text)}`, ...(both ? ['day_match = "and"'] : []), ...lines];
}

const SPANS = ['OnUnitActiveSec', 'OnUnitInactiveSec'];
const STARTS = ['OnBootSec', 'OnStartupSec', 'OnActiveSec'];
const DONE = new Set(['OnCalendar', ...SPANS, ...STARTS, 'Persistent', 'RandomizedDelaySec', 'Unit', 'Description', 'AccuracySec', 'WantedBy']);

/** Reads the text of a timer unit. */
export function readTimer(text: string): Timer {
  const unit = parseUnit(text);
  const all = (key: string): readonly string[] => unit.keys.filter((one) => one.section === 'Timer' && one.key === key && one.value !== '').map((one) => one.value);
  const lines: string[] = [];
  const notes: string[] = [];
  const calendars = all('OnCalendar');
  for (const written of calendars) {
    const read = lines.length === 0 ? calendarLines(written) : null;
    if (read !== null) lines.push(...read);
    else notes.push(lines.length === 0 ? `OnCalendar=${written} cannot be said as a schedule` : `a second time, which needs a job of its own: OnCalendar=${written}`);
  }
  for (const key of SPANS) {
    const ms = unitSpan(all(key).at(-1) ?? '');
    if (ms === null || ms <= 0 || ms === Infinity) continue;
    if (lines.length > 0) notes.push(`${key}=${all(key).at(-1)} beside another time`);
    else lines.push(`every = ${tomlDuration(ms)}`);
    if (key === 'OnUnitInactiveSec') notes.push('OnUnitInactiveSec counts from the end of the last run; every counts from its start');
  }
  const starts = STARTS.filter((key) => all(key).length > 0);
  if (starts.length > 0 && lines.some((line) => line.startsWith('every'))) lines.push('run_on_start = true');
  for (const key of starts) notes.push(`${key}=${all(key).at(-1)}: here a first run at the start of the daemon is run_on_start, without a delay`);
  const jitter = unitSpan(all('RandomizedDelaySec').at(-1) ?? '');
  if (jitter !== null && jitter > 0 && lines.length > 0) lines.push(`jitter = ${tomlDuration(jitter)}`);
  const persistent = /^(yes|true|on|1)$/i.test(all('Persistent').at(-1) ?? '');
  if (lines.some((line) => line.startsWith('schedule'))) lines.push(`catch_up = "${persistent ? 'one' : 'none'}"`);
  return { lines, notes, rest: unit.keys.filter((one) => !DONE.has(one.key) && one.value !== '') };
}

/** The unit that a timer starts: what it says, else the service of its name. */
export function unitOfTimer(text: string, fileName: string): string {
  const named = parseUnit(text).keys.filter((one) => one.section === 'Timer' && one.key === 'Unit').at(-1)?.value;
  return named ?? fileName.replace(/^.*\//, '').replace(/\.timer$/, '.service');
}
