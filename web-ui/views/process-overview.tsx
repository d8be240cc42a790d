// How a process is, and why: in sentences, by what it depends on, by its probes, by what it says of itself.
import type { ProcessExplanation } from '../../daemon/contract/explanations.ts';
import type { HealthEntry, HealthRow } from '../../daemon/contract/health.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { missedWords } from '../../daemon/contract/reports.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { to } from '../address.ts';
import { dependentsOf, isMeant, needOf } from '../dependencies.ts';
import { useAnswer } from '../live/use-answer.ts';
import { useLive } from '../live/use-live.ts';
import { AnsiText } from '../parts/ansi-text.tsx';
import { Badge } from '../parts/badge.tsx';
import { Bar } from '../parts/bar.tsx';
import { Typed } from '../parts/explained.tsx';
import { Problem } from '../parts/notice.tsx';
import { Ago } from '../parts/time.tsx';
import { HEALTH_TONES, PROCESS_TONES } from '../tones.ts';
import { count, duration, exactly } from '../words.ts';
import { useFresh } from './process-fresh.ts';
import type { ProcessTabProps } from './process.tsx';

const OFTEN_MS = 10_000;

function Why({ row }: ProcessTabProps) {
  const explain = useAnswer('explain', { names: [row.id] }, OFTEN_MS);
  useFresh(explain.again, row);
  const said = explain.value?.find((one): one is ProcessExplanation => one.kind === 'process');
  // Of who is down, its last words say more than anything.
  const last = row.pid === null && said !== undefined ? (said.lives.toSorted((a, b) => b.startedAt - a.startedAt)[0]?.lastOutput ?? '').trimEnd() : '';
  if (explain.error !== null && said === undefined) return <Problem error={explain.error} again={explain.again} />;
  return (
    <section class="card why" aria-label="How it is, and why">
      <p class="lead"><Typed text={said?.summary ?? row.why} /></p>
      {said === undefined || said.sentences.length === 0 ? null : <ul>{said.sentences.map((text) => <li key={text}><Typed text={text} /></li>)}</ul>}
      {last === '' ? null : <><h2>The last it wrote</h2><AnsiText text={last} label="The last it wrote" /></>}
    </section>
  );
}

interface Tie {
  readonly name: string;
  readonly condition: string;
  readonly rows: readonly ProcessView[];
  readonly waits: boolean;
}

/** Whom a word of depends_on means: `db`, `group:name`, `group:*`, each with its condition or without. */
function tieOf(word: string, row: ProcessView, all: readonly ProcessView[]): Tie {
  const { name, condition } = needOf(word);
  return { name, condition, rows: all.filter((one) => isMeant(name, one)), waits: row.waitsFor.includes(word) };
}

function Ties({ title, ties, none }: { readonly title: string; readonly ties: readonly Tie[]; readonly none: string }) {
  return (
    <>
      <h2>{title}</h2>
      {ties.length === 0 ? <p class="faint">{none}</p> : (
        <ul class="plain-list ties">
          {ties.map((tie) => (
            <li key={tie.name + tie.condition}>
              {tie.rows.length === 0 ? <span>{tie.name}</span> : tie.rows.slice(0, 12).map((one) => <span key={one.id} class="tie"><a href={to(['processes', one.id])}>{shortName(one.id)}</a> <Badge tone={PROCESS_TONES[one.state]} title={one.why}>{one.state}</Badge></span>)}
              {tie.rows.length > 12 ? <span class="faint">and {tie.rows.length - 12} more</span> : null}
              {tie.condition === '' ? null : <span class="faint"> {tie.condition}</span>}
              {tie.waits ? <span class="warn"> it waits for this</span> : null}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Relations({ row }: ProcessTabProps) {
  const all = [...useLive().snapshot.processes.values()];
  const needs = row.dependsOn.map((word) => tieOf(word, row, all));
  const needing = dependentsOf([row], all);
  return (
    <section class="card" aria-label="Dependencies">
      <Ties title="Depends on" ties={needs} none="Nothing." />
      <Ties title="Needed by" ties={needing.map((one) => ({ name: one.id, condition: '', rows: [one], waits: false }))} none="Nobody." />
      {row.group === row.name ? null : <h2>Group</h2>}
      {row.group === row.name ? null : <p><a href={to(['processes'], { q: `${row.group}:` })}>{row.group}</a>{row.program === row.name ? null : <span class="faint"> · program {row.program}, number {row.num}</span>}</p>}
    </section>
  );
}

const OUTCOMES = { ok: 'good', degraded: 'warn', failed: 'bad' } as const;

/** The last answers of a probe, oldest first: one mark each, high where it failed. */
function Strip({ entries, label }: { readonly entries: readonly HealthEntry[]; readonly label: string }) {
  const bad = entries.filter((one) => one.outcome !== 'ok').length;
  return (
    <div class="answers" role="img" aria-label={`${label}: the last ${count(entries.length, 'answer')}, ${bad === 0 ? 'all ok' : `${bad} not ok`}`}>
      {entries.map((one) => <i key={`${one.at} ${one.probe}`} class={OUTCOMES[one.outcome]} title={`${exactly(one.at)}\n${one.probe}: ${one.outcome} in ${duration(one.durationMs)}${one.why === '' ? '' : `\n${one.why}`}`} />)}
    </div>
  );
}

function Probes({ health }: { readonly health: HealthRow }) {
  return (
    <ul class="plain-list">
      {health.probes.map((probe) => {
        const entries = (health.history ?? []).filter((one) => one.probe === probe.name);
        const failures = entries.filter((one) => one.outcome !== 'ok').slice(-3).toReversed();
        return (
          <li key={probe.name} class="probe">
            <p>
              <strong>{probe.name}</strong> <span class="faint">{probe.kind}</span> {probe.value === 'unknown' ? <span class="faint">no verdict yet</span> : <Badge tone={HEALTH_TONES[probe.value]}>{probe.value}</Badge>}
              {probe.target === '' ? null : <> <code class="target">{probe.target}</code></>}
            </p>
            {probe.why === '' ? null : <p class={probe.value === 'healthy' ? 'faint' : 'warn'}>{probe.why}</p>}
            <Strip entries={entries} label={probe.name} />
            <p class="faint">
              {count(probe.checks, 'answer')}: {probe.ok} ok{probe.degraded > 0 ? `, ${probe.degraded} degraded` : ''}{probe.failed > 0 ? `, ${probe.failed} failed` : ''}
              {probe.averageMs === null ? '' : `, ${duration(probe.averageMs)} on average`}{probe.lastAt === null ? null : <>, the last <Ago at={probe.lastAt} /></>}
            </p>
            {failures.length === 0 ? null : <ul class="faint">{failures.map((one) => <li key={one.at}><Ago at={one.at} />: {one.outcome}{one.why === '' ? '' : `, ${one.why}`}</li>)}</ul>}
          </li>
        );
      })}
    </ul>
  );
}

function Wellness({ row }: ProcessTabProps) {
  const health = useAnswer('health', { names: [row.id], history: true }, 5000);
  const found = health.value?.[0];
  return (
    <section class="card" aria-label="Health">
      <h2>Health</h2>
      {health.error !== null && found === undefined ? <Problem error={health.error} again={health.again} /> : null}
      {row.healthSources.length === 0 ? <p class="faint">{row.heartbeat === null ? <>Nothing says how it is: it has no probe (<code>health</code>) and no <code>heartbeat</code>, is near no limit, and said nothing itself.</> : 'Nothing says that it is unwell.'}</p> : (
        <ul class="plain-list">
          {row.healthSources.map((one) => <li key={one.source}><Badge tone={HEALTH_TONES[one.value]}>{one.value}</Badge> {one.source}{one.why === '' ? null : <span class="faint">: {one.why}</span>}</li>)}
        </ul>
      )}
      {found?.hour ? <p class={found.hour.percent < 100 ? 'warn' : 'faint'}>{found.hour.percent}% of {count(found.hour.answers, 'answer')} of the last hour were good.</p> : null}
      {found === undefined || found.probes.length === 0 ? null : <Probes health={found} />}
    </section>
  );
}

function Said({ row }: ProcessTabProps) {
  const { heartbeat, progress } = row;
  const failure = row.spawnError === row.why ? '' : row.spawnError;
  if (heartbeat === null && progress === null && row.statusText === '' && row.survivors.length === 0 && failure === '' && row.flapping === null) return null;
  return (
    <section class="card" aria-label="What it says of itself">
      <h2>Signs of life</h2>
      {row.survivors.length === 0 ? null : <p class="bad">A stop could not end {row.survivors.length === 1 ? 'pid' : 'pids'} {row.survivors.join(', ')}.</p>}
      {row.flapping === null ? null : <p class="warn">It is flapping: {count(row.flapping.failures, 'failure')} within {duration(row.flapping.windowMs)}.</p>}
      {failure === '' ? null : <p class="bad">{failure}</p>}
      {row.statusText === '' ? null : <p>It says: “{row.statusText}”</p>}
      {progress === null ? null : (
        <div>
          <p>{progress.phase === null ? 'Progress' : progress.phase}: {progress.current}{progress.total === null ? '' : ` of ${progress.total}`}{progress.percent === null ? '' : ` (${progress.percent}%)`}{progress.etaMs === null ? null : <span class="faint">, about {duration(progress.etaMs)} to go</span>}</p>
          {progress.percent === null ? null : <Bar percent={progress.percent} label="Progress" />}
        </div>
      )}
      {heartbeat === null ? null : <p class={heartbeat.stuck ? 'bad' : heartbeat.missed > 0 ? 'warn' : ''}>{heartbeat.stuck ? 'It is stuck. ' : ''}{heartbeat.lastAt === null ? 'No heartbeat came yet' : <>Last heartbeat <Ago at={heartbeat.lastAt} />, {heartbeat.count} in all</>}{heartbeat.missed > 0 ? `; ${missedWords(heartbeat)} missed in a row` : ''}.</p>}
    </section>
  );
}

export function ProcessOverview({ row }: ProcessTabProps) {
  return (
    <div class="overview">
      <Why row={row} />
      <div class="cards wide">
        <Wellness row={row} />
        <div class="stack">
          <Said row={row} />
          <Relations row={row} />
        </div>
      </div>
    </div>
  );
}
