// One run: how it stands, how far it is, what it writes, what came before and after it, and what can be done with it.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import type { RunDetails, RunView } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { missedWords } from '../../daemon/contract/reports.ts';
import { lastProgress } from '../../daemon/contract/progress-words.ts';
import { shellText } from '../../daemon/contract/shell-words.ts';
import { to } from '../address.ts';
import { runItems } from '../job-deeds.tsx';
import { useJobTools } from '../job-tools.tsx';
import type { JobTools } from '../job-tools.tsx';
import { exitText, progressText, stateWords } from '../job-words.ts';
import { useAnswer } from '../live/use-answer.ts';
import { useNow } from '../live/use-live.ts';
import { AnsiText } from '../parts/ansi-text.tsx';
import { Badge } from '../parts/badge.tsx';
import { Explained } from '../parts/explained.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { LogView } from '../parts/log-view.tsx';
import { Loading, Problem } from '../parts/notice.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Ago, Clock, Since } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { RUN_TONES, stuckTone } from '../tones.ts';
import { bytes, clock, count, duration, percent, relative } from '../words.ts';

/** A run that goes on is asked for again this often: heartbeats and violations are no part of the snapshot. */
const EVERY_MS = 10_000;

/** Samples that are drawn. */
const SAMPLES = 40;
const USAGE_MS = 3000;

/** What it uses now, with all it started; measured while one looks. */
function Usage({ id }: { readonly id: string }) {
  const { value } = useAnswer('ps', { where: `id=${id}`, usage: true }, USAGE_MS);
  const [rss, setRss] = useState<readonly number[]>([]);
  const row = value?.[0];
  useEffect(() => {
    const now = row?.rssBytes;
    if (now != null) setRss((before) => [...before, now].slice(-SAMPLES));
  }, [row]);
  if (row?.rssBytes == null) return null;
  return <><dt>Uses</dt><dd><span class="with-spark">{bytes(row.rssBytes)} <Sparkline values={rss} /></span>{row.cpuPercent === null ? null : ` CPU ${percent(row.cpuPercent)}`}</dd></>;
}

function Going({ run }: { readonly run: RunView }) {
  const now = useNow();
  const { progress, heartbeat } = run;
  return (
    <div class="card going">
      {progress === null ? <p class="faint">It reports no progress.</p> : <RunProgress progress={progress} name={`run ${run.number} of ${run.job}`} />}
      <dl class="facts">
        {progress === null ? null : <><dt>Time left</dt><dd>{progress.etaMs === null ? 'not known' : <>{duration(Math.max(0, progress.etaMs - (now - progress.at)))} <span class="faint">(until about {clock(progress.at + progress.etaMs, now)})</span></>}</dd><dt>Moved</dt><dd>{relative(progress.movedAt, now)}</dd></>}
        <Usage id={run.id} />
        {run.status === '' ? null : <><dt>It says</dt><dd>{run.status}</dd></>}
        {heartbeat === null ? null : (
          <><dt>Heartbeat</dt><dd>{heartbeat.lastAt === null ? 'none yet' : relative(heartbeat.lastAt, now)} <span class="faint">({count(heartbeat.count, 'heartbeat')})</span> {heartbeat.missed > 0 ? <Badge tone="warn">{`${missedWords(heartbeat)} missed`}</Badge> : null} {heartbeat.stuck ? <Badge tone={stuckTone(heartbeat.lastAt ?? run.startedAt, now).tone}>{stuckTone(heartbeat.lastAt ?? run.startedAt, now).word}</Badge> : null}</dd></>
        )}
      </dl>
    </div>
  );
}

function Attempts({ run, details }: { readonly run: RunView; readonly details: RunDetails }) {
  if (details.attempts.length < 2) return null;
  return (
    <section aria-label="Attempts">
      <h2>Attempts</h2>
      <ol class="attempts">
        {details.attempts.map((one) => (
          <li key={one.id}>
            <a href={to(['runs', one.id])} aria-current={one.id === run.id ? 'page' : undefined}>{one.attempt}. {shortId(one.id)}</a> <Badge tone={RUN_TONES[one.state]}>{stateWords(one.state)}</Badge> {one.endedAt === null ? null : <span class="faint"><Ago at={one.endedAt} /></span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Facts({ run, details }: { readonly run: RunView; readonly details: RunDetails }) {
  const exit = exitText(run);
  const reached = lastProgress(run);
  const row = (name: string, value: ComponentChildren, show = true) => (show ? <><dt>{name}</dt><dd>{value}</dd></> : null);
  return (
    <div class="cards">
      <div class="card">
        <h2>When</h2>
        <dl class="facts">
          {row('For the time', <Clock at={run.scheduledAt} />, run.scheduledAt !== null)}
          {row('Came about', <Clock at={run.createdAt} />)}
          {row('Starts', <><Clock at={run.dueAt} /> <Ago at={run.dueAt} /></>, run.startedAt === null && run.dueAt !== null)}
          {row('Started', <Clock at={run.startedAt} />, run.startedAt !== null)}
          {row('Ended', <><Clock at={run.endedAt} /> <span class="faint"><Ago at={run.endedAt} /></span></>, run.endedAt !== null)}
          {row(run.endedAt === null ? 'Runs for' : 'Took', run.endedAt === null ? <Since at={run.startedAt} /> : duration(run.endedAt - (run.startedAt ?? run.endedAt)), run.startedAt !== null)}
          {row('Late', run.startedAt === null || run.scheduledAt === null ? '' : duration(Math.max(0, run.startedAt - run.scheduledAt)), run.attempt === 1 && run.startedAt !== null && run.scheduledAt !== null && run.startedAt - run.scheduledAt > 1000)}
        </dl>
      </div>
      <div class="card">
        <h2>Why</h2>
        <dl class="facts">
          {row('Trigger', stateWords(run.trigger))}
          {row('Asked by', run.initiator)}
          {row('Came from', <a href={to(['runs', run.parent ?? ''])} class="mono">{shortId(run.parent ?? '')}</a>, run.parent !== null)}
          {row('Arguments', <code>{shellText(run.args)}</code>, run.args.length > 0)}
          {row('Unique key', <code>{run.key}</code>, run.key !== null)}
          {row('Attempt', run.attempt)}
          {row('Command', <code class="argv">{shellText(details.argv)}</code>, details.argv.length > 0)}
          {row('In its place', 'the fallback command, since the breaker was open', run.fallback)}
        </dl>
      </div>
      <div class="card">
        <h2>{run.endedAt === null ? 'Process' : 'End'}</h2>
        <dl class="facts">
          {row('Exit', exit === '' ? <span class="faint">{run.endedAt === null ? 'not yet' : 'not known'}</span> : exit)}
          {row('Cause', stateWords(run.cause ?? ''), run.cause !== null)}
          {row('Reason', run.why, run.why !== '')}
          {row('pid', run.pid, run.pid !== null)}
          {row('Peak memory', bytes(run.peakRssBytes ?? 0), run.peakRssBytes !== null)}
          {row('Processor time', duration(run.cpuMs ?? 0), run.cpuMs !== null)}
          {row('Heartbeats', run.heartbeat?.count, run.heartbeat !== null && run.endedAt !== null)}
          {row('Progress', reached === null ? '' : progressText(reached), reached !== null && run.endedAt !== null)}
          {row('It said', run.status, run.status !== '' && run.endedAt !== null)}
        </dl>
      </div>
    </div>
  );
}

function Violations({ details }: { readonly details: RunDetails }) {
  if (details.violations.length === 0) return null;
  return (
    <section aria-label="Limits it did not keep">
      <h2>Limits it did not keep</h2>
      <ul>{details.violations.map((one) => <li key={`${one.at} ${one.what}`}><Clock at={one.at} /> {one.what}: {one.actual} (limit {one.limit})</li>)}</ul>
    </section>
  );
}

/** What it said of itself while it worked, newest first. */
function Heartbeats({ details }: { readonly details: RunDetails }) {
  if (details.heartbeats.length === 0) return null;
  return (
    <details>
      <summary>{count(details.heartbeats.length, 'heartbeat')} kept</summary>
      <ul class="beats">{details.heartbeats.toReversed().map((one) => <li key={one.at}><Clock at={one.at} /> {one.meta === null ? null : <code>{JSON.stringify(one.meta)}</code>}</li>)}</ul>
    </details>
  );
}

const isBad = (run: RunView): boolean => RUN_TONES[run.state] === 'bad';
/** Letters of the job that are looked through. */
const LETTERS = 200;

/** Where it was kept as one: asked of the list, since asking for one that is not there is an error. */
function DeadLetterLink({ run }: { readonly run: RunView }) {
  const { value } = useAnswer('dead list', { job: run.job, output: false, limit: LETTERS });
  if (value?.some((letter) => letter.id === run.id) !== true) return null;
  return <p><a href={to(['dead', run.id])}>Its dead letter</a> has what is needed to try it again.</p>;
}

/** The undo_command of its job is known to be there, or nothing is known. */
function useUndo(run: RunView | null): boolean {
  const { value, error } = useAnswer('job-config', run === null ? null : { name: run.job });
  if (value === null) return error !== null;
  return value.entries.some((entry) => entry.key === 'undo_command' && entry.value !== null);
}

function Shown({ run, details, tools }: { readonly run: RunView; readonly details: RunDetails; readonly tools: JobTools }) {
  const undo = useUndo(run);
  const items = runItems(run, tools, undo);
  return (
    <>
      <ViewTitle
        title={<>Run {run.number} <span class="faint">of {run.job}</span></>} above={[['Jobs', to(['jobs'])], [run.job, to(['jobs', run.job])]]}
        marks={<>
          <Badge tone={RUN_TONES[run.state]} title={RUN_STATES[run.state].says}>{stateWords(run.state)}</Badge>
          <span class="mono faint id">{run.id}</span>
        </>}
        actions={<ItemButtons items={items} />}
      />
      {isBad(run) ? <DeadLetterLink run={run} /> : null}
      {run.state === 'running' ? <Going run={run} /> : null}
      <Explained name={`run:${run.id}`} version={`${run.state} ${run.pid ?? ''}`} />
      <Attempts run={run} details={details} />
      <Facts run={run} details={details} />
      {run.result === null ? null : <section aria-label="Result"><h2>Result</h2><pre class="json" tabIndex={0} aria-label="What it reported as its result">{JSON.stringify(run.result, null, 2)}</pre></section>}
      <Violations details={details} />
      <Heartbeats details={details} />
      {details.errors.length === 0 || run.state === 'succeeded' || !RUN_STATES[run.state].final ? null : <section aria-label="Standard error"><h2>Last of its standard error</h2><AnsiText text={details.errors.join('\n')} label={`Last lines of the standard error of run ${run.number}`} /></section>}
      <h2>Output</h2>
      <p class="faint">The last 64 KB of this run. All that its job wrote is in <a href={to(['jobs', run.job], { tab: 'log' })}>the files of its log</a>.</p>
      {run.startedAt === null ? <p class="faint">It has not started.</p> : <LogView key={run.id} source={{ kind: 'run', run: run.id }} label={`run ${run.number} of ${run.job}`} />}
      {tools.dialog}
    </>
  );
}

/** `id` may also be the beginning of one. */
export function Run({ id }: { readonly id: string }) {
  const tools = useJobTools();
  const going = tools.live.snapshot.runs.has(id);
  const { value, error, loading, again } = useAnswer('job show', { run: id }, going ? EVERY_MS : undefined);
  // Its end is in the history only: read it when it has left the snapshot, or began again as another attempt.
  useEffect(() => tools.live.onFact((fact) => {
    if ('run' in fact && typeof fact.run === 'object' && (fact.run.id === id || fact.run.first === (value?.first ?? id))) again();
  }), [tools.live, id, value?.first]);
  if (value === null) return error !== null ? <Problem error={error} again={again} /> : loading ? <Loading /> : null;
  return <Shown run={tools.live.snapshot.runs.get(value.id) ?? value} details={value} tools={tools} />;
}
