// When jobs were and will be due, by day or week: a grid of hours on a wide screen, a list on a phone. What comes often is a band.
import { useMemo, useRef, useState } from 'preact/hooks';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { to } from '../address.ts';
import { busyHours, dateOf, dateWord, dayStart, layoutCalendar, timeOf } from '../calendar-layout.ts';
import type { CalendarBand, CalendarDay, CalendarEntry } from '../calendar-layout.ts';
import { useJobTools } from '../job-tools.tsx';
import { stateWords, toneOf } from '../job-words.ts';
import { useRunHistories } from '../live/run-histories.ts';
import { useSlowNow } from '../live/slow-now.ts';
import { useAnswer } from '../live/use-answer.ts';
import { DrainBanner, JobTabs } from '../parts/job-frame.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { RunStrip } from '../parts/run-strip.tsx';
import { useNarrow } from '../parts/table.tsx';
import { Ago } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { go, useQuery } from '../router.ts';
import { scheduleWords } from '../schedule-words.ts';
import { SIGNS } from '../tones.ts';
import { clock, count, duration, exactly, HERE, two } from '../words.ts';

/** Entries of one hour that are drawn; the rest is behind a button. */
const MOST_OF_DAY = 12;
const MOST_OF_WEEK = 3;
/** Bands that are drawn at first. */
const MOST_BANDS = 4;
/** So often what comes is asked for anew. */
const EVERY_MS = 60_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const hm = (at: number): string => `${two(new Date(at).getHours())}:${two(new Date(at).getMinutes())}`;
const dayTitle = (at: number): string => new Date(at).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

function Entry({ entry, zones }: { readonly entry: CalendarEntry; readonly zones: ReadonlyMap<string, string> }) {
  const { run, job, at } = entry;
  const zone = zones.get(job) ?? HERE;
  const there = zone === HERE ? '' : `, by the clock of ${zone}`;
  if (run === null) return <a class="fire" href={to(['jobs', job])} title={`${job}, due ${exactly(at)}${there}`}><time dateTime={new Date(at).toISOString()}>{hm(at)}</time> {job}</a>;
  const tone = toneOf(run);
  const said = `${stateWords(run.state)}${run.startedAt !== null && run.endedAt !== null ? ` after ${duration(run.endedAt - run.startedAt)}` : ''}${run.why === '' ? '' : `: ${run.why}`}`;
  return (
    <a class={`fire was ${tone}`} href={to(['runs', run.id])} title={`${job} ${clock(at)}: ${said}`}>
      <span class="sign" aria-hidden="true">{SIGNS[tone]}</span> <time dateTime={new Date(at).toISOString()}>{hm(at)}</time> {job}<span class="unseen">, {said}</span>
    </a>
  );
}

function Hour({ entries, most, zones, label }: { readonly entries: readonly CalendarEntry[]; readonly most: number; readonly zones: ReadonlyMap<string, string>; readonly label: string }) {
  const [all, setAll] = useState(false);
  // One behind a button would take as much room as the button.
  const shown = all || entries.length <= most + 1 ? entries : entries.slice(0, most);
  return (
    <>
      {shown.map((entry) => <Entry key={entry.run?.id ?? `${entry.job} ${entry.at}`} entry={entry} zones={zones} />)}
      {shown.length < entries.length ? <button type="button" class="fire rest" aria-label={`${entries.length - shown.length} more on ${label}`} onClick={() => setAll(true)}>{entries.length - shown.length} more</button> : null}
    </>
  );
}

/** Where in the hour it is now. */
function NowLine({ now }: { readonly now: number }) {
  const minutes = new Date(now).getMinutes() + new Date(now).getSeconds() / 60;
  return <span class="now-line" style={{ top: `${(minutes / 60) * 100}%` }} title={`Now: ${clock(now)}`}><span class="unseen">Now: {hm(now)}</span></span>;
}

function Grid({ days, zones, now }: { readonly days: readonly CalendarDay[]; readonly zones: ReadonlyMap<string, string>; readonly now: number }) {
  const most = days.length === 1 ? MOST_OF_DAY : MOST_OF_WEEK;
  const busy = busyHours(days);
  const nowHour = new Date(now).getHours();
  const has = (day: CalendarDay): boolean => now >= day.from && now < day.until;
  const today = days.some(has);
  return (
    <div class={`calendar days-${days.length}`} role="table" aria-label={days.length === 1 ? 'Day' : 'Week'} style={{ '--days': days.length }}>
      <div role="row" class="calendar-row calendar-head">
        <span role="columnheader"><span class="unseen">Hour</span></span>
        {days.map((day) => (
          <span key={day.from} role="columnheader" class={has(day) ? 'today' : ''}>
            {days.length === 1 ? dayTitle(day.from) : <a href={to(['jobs'], { view: 'calendar', span: 'day', on: dateWord(day.from) })} title={dayTitle(day.from)}>{WEEKDAYS[new Date(day.from).getDay()]} {new Date(day.from).getDate()}</a>} <span class="faint">{day.size}</span>
          </span>
        ))}
      </div>
      {Array.from({ length: 24 }, (_, hour) => (
        <div key={hour} role="row" class={`calendar-row${busy.has(hour) || (today && hour === nowHour) ? '' : ' idle'}`}>
          <span role="rowheader" class="hour">{two(hour)}:00</span>
          {days.map((day) => (
            <span key={day.from} role="cell" class={`cell${has(day) ? ' today' : ''}${day.until <= now ? ' past' : ''}`}>
              <Hour entries={day.hours[hour] ?? []} most={most} zones={zones} label={`${dayTitle(day.from)}, ${two(hour)}:00`} />
              {has(day) && hour === nowHour ? <NowLine now={now} /> : null}
            </span>
          ))}
        </div>
      ))}
    </div>
  );
}

/** The same for a phone, and for who would rather read: days one below the other, only hours in which something is. */
function List({ days, zones, now }: { readonly days: readonly CalendarDay[]; readonly zones: ReadonlyMap<string, string>; readonly now: number }) {
  return (
    <div class="calendar-list">
      {days.map((day) => (
        <section key={day.from} aria-label={dayTitle(day.from)}>
          <h2>{dayTitle(day.from)}{now >= day.from && now < day.until ? ' · today' : ''} <span class="faint">{day.size === 0 ? '' : day.size}</span></h2>
          {day.size === 0 ? <p class="faint">Nothing {day.until <= now ? 'ran' : 'is due'} on this day, beside what comes often.</p> : (
            <ul>
              {day.hours.map((entries, hour) => (entries.length === 0 && !(now >= day.from && now < day.until && hour === new Date(now).getHours()) ? null : (
                <li key={hour}><span class="hour faint">{two(hour)}:00</span><span class="cell">{now >= day.from && now < day.until && hour === new Date(now).getHours() ? <span class="badge bad">now {hm(now)}</span> : null}<Hour entries={entries} most={MOST_OF_DAY} zones={zones} label={`${dayTitle(day.from)}, ${two(hour)}:00`} /></span></li>
              )))}
            </ul>
          )}
        </section>
      ))}
    </div>
  );
}

const NO_RUNS: readonly RunView[] = [];

function Bands({ bands }: { readonly bands: readonly CalendarBand[] }) {
  const tools = useJobTools();
  const [all, setAll] = useState(false);
  const shown = all ? bands : bands.slice(0, MOST_BANDS);
  const { runs } = useRunHistories(tools.live, shown.map((band) => band.job));
  if (bands.length === 0) return null;
  return (
    <section class="bands" aria-label="What comes often">
      <h2>Often <span class="faint">{count(bands.length, 'job')}</span></h2>
      <ul>
        {shown.map((band) => (
          <li key={band.job} class="band">
            <a href={to(['jobs', band.job])}>{band.job}</a>
            <span>{band.schedule === '' ? `every ${duration(band.everyMs)}` : scheduleWords(band.schedule)}</span>
            <span class="faint">{band.nextAt === null ? '' : <>next <Ago at={tools.live.snapshot.jobs.get(band.job)?.nextAt ?? band.nextAt} /></>}</span>
            <RunStrip job={band.job} runs={runs.get(band.job) ?? NO_RUNS} />
          </li>
        ))}
      </ul>
      {bands.length > MOST_BANDS ? <button type="button" onClick={() => setAll(!all)}>{all ? 'Fewer' : `${bands.length - MOST_BANDS} more`}</button> : null}
    </section>
  );
}

/** As a text of the filter language, which knows no escapes. null: it has both quotes in it and cannot be said. */
function quoted(text: string): string | null {
  const quote = ['"', "'"].find((one) => !text.includes(one));
  return quote === undefined ? null : `${quote}${text}${quote}`;
}

/** Names that would crowd out the others from the runs that were, as a filter; as many as it may be long. */
function without(bands: readonly CalendarBand[]): string {
  let filter = '';
  for (const { job } of bands.slice(0, 90)) {
    const word = quoted(job);
    if (word === null) continue;
    const next = `${filter}${filter === '' ? '' : ' && '}job!=${word}`;
    if (next.length > 900) break;
    filter = next;
  }
  return filter;
}

export function Calendar() {
  const tools = useJobTools();
  const now = useSlowNow();
  const narrow = useNarrow();
  const [span] = useQuery('span', 'week');
  const [on, setOn] = useQuery('on');
  const days = span === 'day' ? 1 : 7;
  // A week begins with yesterday: what has just been, and what comes.
  const from = dateOf(on) ?? dayStart(now, days === 1 ? 0 : -1);
  const until = dayStart(from, days);
  const past = until <= now;
  const calendar = useAnswer('calendar', past ? null : { from: String(Math.max(from, Math.floor(now / EVERY_MS) * EVERY_MS)), until: String(until) });
  // What is known of a span goes on being shown while its next minute is asked for.
  const known = useRef<{ readonly key: string; readonly value: NonNullable<typeof calendar.value> } | null>(null);
  const key = `${from} ${until}`;
  if (calendar.value !== null) known.current = { key, value: calendar.value };
  const rows = past ? [] : known.current?.key === key ? known.current.value.jobs.filter((row) => tools.live.snapshot.jobs.get(row.job)?.role !== 'check') : null;
  const often = useMemo(() => (rows === null ? [] : layoutCalendar(rows, [], from, days, from).bands), [calendar.value, from, days]);
  const began = from < now;
  const filter = without(often);
  const history = useAnswer('job history', began && rows !== null ? { since: new Date(from).toISOString(), until: new Date(until).toISOString(), limit: 1000, ...(filter === '' ? {} : { where: filter }) } : null, EVERY_MS);
  const { snapshot } = tools.live;
  const runs = useMemo(() => (history.value ?? []).filter((run) => (snapshot.jobs.get(run.job)?.role ?? 'job') === 'job' && run.state !== 'scheduled' && timeOf(run) <= now), [history.value]);
  const layout = useMemo(() => layoutCalendar(rows ?? [], runs, from, days, now), [calendar.value, runs, from, days, now]);
  const zones = useMemo(() => new Map((rows ?? []).map((row) => [row.job, row.timezone])), [calendar.value]);
  const others = [...new Set(layout.days.flatMap((day) => day.hours.flat()).map((entry) => zones.get(entry.job) ?? HERE))].filter((zone) => zone !== HERE);
  const title = days === 1 ? dayTitle(from) : `${new Date(from).toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })} to ${new Date(dayStart(from, 6)).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })}`;
  const empty = layout.days.every((day) => day.size === 0);
  // Hundreds of entries: facts do not draw them again.
  const drawn = useMemo(() => (narrow ? <List days={layout.days} zones={zones} now={now} /> : <Grid days={layout.days} zones={zones} now={now} />), [layout, zones, now, narrow]);
  const toNow = (): void => {
    setOn('');
    // After the day of today is drawn.
    requestAnimationFrame(() => document.querySelector('.now-line')?.scrollIntoView({ block: 'center' }));
  };
  const error = calendar.error ?? history.error;
  return (
    <>
      <ViewTitle title="Jobs" marks={<span class="faint">{title}</span>} />
      <JobTabs at="calendar" />
      <DrainBanner tools={tools} />
      <div class="tools">
        <div class="chips" role="group" aria-label="How much">
          <button type="button" class="chip" aria-pressed={days === 1} onClick={() => go(to(['jobs'], { view: 'calendar', span: 'day', on: on === '' ? '' : dateWord(from) }), true)}>Day</button>
          <button type="button" class="chip" aria-pressed={days === 7} onClick={() => go(to(['jobs'], { view: 'calendar', on: on === '' ? '' : dateWord(from) }), true)}>Week</button>
        </div>
        <div class="steps">
          <button type="button" aria-label={days === 1 ? 'The day before' : 'Seven days earlier'} onClick={() => setOn(dateWord(dayStart(from, -days)))}>‹</button>
          <button type="button" onClick={toNow}>Today</button>
          <button type="button" aria-label={days === 1 ? 'The next day' : 'Seven days later'} onClick={() => setOn(dateWord(dayStart(from, days)))}>›</button>
        </div>
        <p class="faint hint">Times of this browser ({HERE}).{others.length === 0 ? '' : ` Some jobs go by ${others.length > 3 ? `${others.length} other clocks` : others.join(', ')}; theirs is said with each.`}{history.value !== null && history.value.length >= 1000 ? ' Only the newest 1,000 runs are shown.' : ''}</p>
      </div>
      {error === null ? null : <Problem error={error} again={() => { calendar.again(); history.again(); }} />}
      {rows === null ? (error === null ? <Loading /> : null) : (
        <>
          <Bands bands={layout.bands} />
          {empty ? <Empty>{snapshot.jobs.size === 0 ? 'The file declares no jobs, and no checks.' : `Nothing ${past ? 'ran' : began ? 'ran, and nothing is due' : 'is due'} ${days === 1 ? 'on this day' : 'in these days'}${layout.bands.length > 0 ? ', beside what comes often' : ''}.`}</Empty> : (
            drawn
          )}
        </>
      )}
      {tools.dialog}
    </>
  );
}
