// The lives of a process as bars on an axis of time, each with its end and the last it wrote; what changed its state; limits it broke.
import type { CSSProperties } from 'preact';
import { useState } from 'preact/hooks';
import type { LifeAnswer, ProcessExplanation } from '../../daemon/contract/explanations.ts';
import { useAnswer } from '../live/use-answer.ts';
import { useNow } from '../live/use-live.ts';
import { AnsiText } from '../parts/ansi-text.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { placed, ticks } from '../parts/lives.ts';
import { Clock, Since } from '../parts/time.tsx';
import { useQuery } from '../router.ts';
import { SIGNS } from '../tones.ts';
import type { Tone } from '../tones.ts';
import { clock, duration, exactly } from '../words.ts';
import { useFresh } from './process-fresh.ts';
import type { ProcessTabProps } from './process.tsx';

const OFTEN_MS = 15_000;
const RANGES = { all: null, '15m': 15 * 60_000, '1h': 3_600_000, '24h': 86_400_000 } as const;
const MAX_TICKS = 6;
/** A narrower bar has no room for its sign. */
const SIGN_PERCENT = 5;

/** How it ended, at a glance. A stop on request ends by a signal too: its reason says so. */
function toneOf(life: LifeAnswer): Tone {
  if (life.endedAt === null) return 'good';
  if (life.code === 0) return 'muted';
  return life.why !== null && /stop|restart|daemon is ending|recycl|reload|scale/i.test(life.why) ? 'muted' : 'bad';
}

function endOf(life: LifeAnswer): string {
  if (life.endedAt === null) return 'lives';
  if (life.signal !== null) return `ended by ${life.signal}`;
  return life.code === null ? 'its end is not known' : `exit status ${life.code}`;
}

function Axis({ lives, marked, onMark }: { readonly lives: readonly LifeAnswer[]; readonly marked: number; readonly onMark: (incarnation: number) => void }) {
  const now = useNow();
  const [range, setRange] = useQuery('range', 'all');
  const first = Math.min(...lives.map((life) => life.startedAt));
  const chosen = RANGES[range as keyof typeof RANGES] ?? null;
  // A little air at both ends, so that the first and the last bar are whole.
  const from = chosen === null ? first : now - chosen;
  const axis = { from: from - (now - from) * 0.01, until: now };
  const offset = -new Date(now).getTimezoneOffset() * 60_000;
  return (
    <section aria-label="Lives on an axis of time">
      <div class="chips" role="group" aria-label="How far back">
        {Object.keys(RANGES).map((name) => <button key={name} type="button" class="chip" aria-pressed={range === name || (name === 'all' && chosen === null)} onClick={() => setRange(name)}>{name === 'all' ? 'All that is kept' : `Last ${name}`}</button>)}
      </div>
      <div class="axis">
        <div class="axis-lane">
          {lives.toReversed().map((life) => {
            const place = placed(life, axis, now);
            if (place === null) return null;
            const title = `Life ${life.incarnation}: ${exactly(life.startedAt)}, ${duration((life.endedAt ?? now) - life.startedAt)}, ${endOf(life)}${life.why === null ? '' : ` (${life.why})`}`;
            return <button key={life.incarnation} type="button" class={`life ${toneOf(life)}${marked === life.incarnation ? ' marked' : ''}`} style={{ left: `${place.left}%`, width: `max(6px, ${place.width}%)` }} aria-label={title} title={title} onClick={() => onMark(life.incarnation)}>{place.width > SIGN_PERCENT ? <span aria-hidden="true">{SIGNS[toneOf(life)]}</span> : null}</button>;
          })}
        </div>
        <div class="axis-ticks" aria-hidden="true">
          {ticks(axis, MAX_TICKS, offset).map((at) => <span key={at} style={{ '--at': `${((at - axis.from) / (axis.until - axis.from)) * 100}%` } as CSSProperties}>{axis.until - axis.from > 10 * 60_000 ? clock(at, now).replace(/:00$/, '') : clock(at, now)}</span>)}
        </div>
      </div>
    </section>
  );
}

function Lives({ lives }: { readonly lives: readonly LifeAnswer[] }) {
  const [marked, setMarked] = useState(0);
  const mark = (incarnation: number): void => {
    setMarked(incarnation);
    document.getElementById(`life-${incarnation}`)?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <>
      <Axis lives={lives} marked={marked} onMark={mark} />
      <ol class="plain-list lives" reversed>
        {lives.map((life) => (
          <li key={life.incarnation} id={`life-${life.incarnation}`} class={`card${marked === life.incarnation ? ' marked' : ''}`}>
            <p>
              <strong>Life {life.incarnation}</strong> <span class={toneOf(life)}><span aria-hidden="true">{SIGNS[toneOf(life)]} </span>{endOf(life)}</span>
              <span class="faint"> pid {life.pid}, from <Clock at={life.startedAt} />{life.endedAt === null ? null : <> to <Clock at={life.endedAt} /></>}, {life.endedAt === null ? <Since at={life.startedAt} /> : duration(life.endedAt - life.startedAt)}</span>
            </p>
            {life.why === null || life.why === '' || life.why === endOf(life) ? null : <p>{life.why}</p>}
            {life.lastOutput === null || life.lastOutput.trim() === '' ? null : <details open={life.code !== 0 && toneOf(life) === 'bad' && life === lives.find((one) => one.endedAt !== null)}><summary>The last it wrote</summary><AnsiText text={life.lastOutput} label={`The last that life ${life.incarnation} wrote`} /></details>}
          </li>
        ))}
      </ol>
    </>
  );
}

function Violations({ rows }: { readonly rows: ProcessExplanation['violations'] }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>Limits it did not keep</h2>
      <div class="scroll">
        <table class="plain-table">
          <thead><tr><th scope="col">When</th><th scope="col">Limit</th><th scope="col">Allowed</th><th scope="col">Was</th><th scope="col">What came of it</th><th scope="col">Why</th></tr></thead>
          <tbody>{rows.map((one) => <tr key={`${one.at} ${one.what}`}><td><Clock at={one.at} /></td><td>{one.what}</td><td>{one.limit}</td><td class="bad">{one.actual}</td><td>{one.action}</td><td>{one.why}</td></tr>)}</tbody>
        </table>
      </div>
    </section>
  );
}

export function ProcessLives({ row }: ProcessTabProps) {
  const explain = useAnswer('explain', { names: [row.id] }, OFTEN_MS);
  useFresh(explain.again, row);
  const found = explain.value?.find((one): one is ProcessExplanation => one.kind === 'process');
  if (explain.error !== null && found === undefined) return <Problem error={explain.error} again={explain.again} />;
  if (found === undefined) return <Loading />;
  return (
    <>
      {found.lives.length === 0 ? <Empty>It has not lived yet{row.autostart ? '' : ': the file says autostart = false, so somebody must start it'}.</Empty> : <Lives lives={found.lives.toSorted((a, b) => b.startedAt - a.startedAt)} />}
      <Violations rows={found.violations} />
      {found.transitions.length === 0 ? null : (
        <section>
          <h2>Changes of its state</h2>
          <ol class="plain-list transitions" reversed>
            {found.transitions.toSorted((a, b) => b.at - a.at).map((one) => (
              <li key={`${one.at} ${one.to}`}><Clock at={one.at} /> <span class="faint">life {one.incarnation}</span> <span>{one.from} → <strong>{one.to}</strong></span> <span>{one.why}</span></li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}
