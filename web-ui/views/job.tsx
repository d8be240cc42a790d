// One job: how it stands and why, when it is next, how its runs went, how it is configured, and what its newest run writes.
import { useState } from 'preact/hooks';
import type { JobView } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { to } from '../address.ts';
import { AskError } from '../ask.ts';
import { jobItems } from '../job-deeds.tsx';
import { useJobTools } from '../job-tools.tsx';
import type { JobTools } from '../job-tools.tsx';
import { stateWords } from '../job-words.ts';
import { useAgain, useAnswer } from '../live/use-answer.ts';
import { useRunHistories } from '../live/run-histories.ts';
import { Badge } from '../parts/badge.tsx';
import { Config } from '../parts/config-table.tsx';
import { DurationChart } from '../parts/duration-chart.tsx';
import { Explained } from '../parts/explained.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { DrainBanner, JobNow } from '../parts/job-frame.tsx';
import { LogFiles } from '../parts/log-files.tsx';
import { LogView } from '../parts/log-view.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { RunStrip } from '../parts/run-strip.tsx';
import { RunTable } from '../parts/run-table.tsx';
import { Ago, Clock, Since } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useQuery } from '../router.ts';
import { scheduleWords } from '../schedule-words.ts';
import { BREAKER_TONES } from '../tones.ts';
import { HERE, listed } from '../words.ts';

const ABOVE = [['Jobs', to(['jobs'])]] as const;

const NEXT = 10;
const TABS = [['', 'Overview'], ['runs', 'Runs'], ['log', 'Output'], ['config', 'Configuration']] as const;
/** So often the next times are asked for, beside when one has passed. */
const NEXT_MS = 60_000;

function inZone(at: number, zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at);
  } catch {
    // A zone that this browser does not know.
    return '';
  }
}

function NextTimes({ job }: { readonly job: JobView }) {
  const { value, error, again } = useAnswer('job next', { name: job.name, count: NEXT }, NEXT_MS);
  useAgain(again, `${job.nextAt} ${job.timezone}`);
  if (error !== null && value === null) return <Problem error={error} />;
  if (value === null) return <Loading />;
  if (value.times.length === 0) return <p class="faint">It has no next time: {job.schedule === '' ? 'it runs by hand, or after another job.' : job.enabled ? 'its schedule has ended.' : 'it is disabled.'}</p>;
  return (
    <>
      <ol class="times">{value.times.map((at) => <li key={at}><Clock at={at} /> <span class="faint"><Ago at={at} />{value.timezone === HERE ? '' : ` · ${inZone(at, value.timezone)} there`}</span></li>)}</ol>
      <p class="faint hint">{value.timezone === HERE ? `Times of ${HERE}.` : `Times of this browser (${HERE}); the job goes by ${value.timezone}.`}{job.paused ? ' It is paused: none of these starts it.' : ''}</p>
    </>
  );
}

function Going({ job, tools }: { readonly job: JobView; readonly tools: JobTools }) {
  const { runs } = tools.live.snapshot;
  const own = [...runs.values()].filter((run) => run.job === job.name);
  if (own.length === 0) return null;
  return (
    <section aria-label="Now">
      <h2>Now</h2>
      <ul class="going">
        {own.slice(0, 20).map((run) => (
          <li key={run.id}>
            <a href={to(['runs', run.id])} class="mono">{shortId(run.id)}</a> <Badge tone={run.state === 'running' ? 'busy' : 'muted'} title={run.why}>{stateWords(run.state)}</Badge>{' '}
            {run.state === 'running' ? <Since at={run.startedAt} /> : run.dueAt === null ? <span class="faint">{run.why}</span> : <>starts <Ago at={run.dueAt} /></>}
            {run.progress === null ? null : <RunProgress progress={run.progress} name={`run ${run.number}`} />}
            {run.status === '' ? null : <span class="faint">“{run.status}”</span>}
          </li>
        ))}
      </ul>
      {own.length > 20 ? <p class="faint">and {own.length - 20} more</p> : null}
    </section>
  );
}

function Overview({ job, tools }: { readonly job: JobView; readonly tools: JobTools }) {
  const { runs } = useRunHistories(tools.live, [job.name]);
  const own = runs.get(job.name) ?? [];
  const counts = Object.entries(job.counts).filter(([, n]) => n > 0);
  const settings = Object.entries(job.set);
  const breaker = job.breaker === null ? undefined : tools.live.snapshot.breakers.get(job.breaker);
  return (
    <>
      <Explained name={`${job.role === 'job' ? 'job:' : ''}${job.name}`} version={`${job.last?.id ?? ''} ${job.last?.endedAt ?? ''} ${job.running.join()} ${job.paused} ${job.held} ${job.enabled}`} />
      <Going job={job} tools={tools} />
      <section aria-label="Last runs">
        <h2>Last runs</h2>
        <RunStrip job={job.name} runs={own} large />
        <DurationChart job={job.name} runs={own} />
      </section>
      <div class="cards">
        <div class="card">
          <h2>Schedule</h2>
          <p>{scheduleWords(job.schedule)}{job.schedule === '' || job.schedule.startsWith('every ') ? null : <> <code>{job.schedule}</code></>} <span class="faint">{job.timezone}</span></p>
          <NextTimes job={job} />
        </div>
        <div class="card">
          <h2>Since the daemon started</h2>
          {counts.length === 0 ? <p class="faint">It has not run.</p> : <dl class="facts">{counts.map(([name, n]) => <><dt>{stateWords(name)}</dt><dd>{n}</dd></>)}</dl>}
          {breaker === undefined ? null : <p>Breaker <a href={to(['breakers'])}>{breaker.name}</a> <Badge tone={BREAKER_TONES[breaker.state]} title={breaker.why}>{stateWords(breaker.state)}</Badge></p>}
          {settings.length === 0 ? null : <p><Badge tone="warn">set by hand</Badge> {listed(settings.map(([key, value]) => `${key} = ${value}`))} <span class="faint">until the daemon ends</span></p>}
          {job.counts.dead > 0 ? <p><a href={to(['dead'], { job: job.name })}>Its dead letters</a></p> : null}
        </div>
      </div>
    </>
  );
}

function Newest({ job }: { readonly job: JobView }) {
  const [held, setHeld] = useState<string | null>(null);
  const newest = job.running.at(-1) ?? job.last?.id ?? null;
  // What one reads is not torn away by the next run.
  const run = held ?? newest;
  if (run === null) return <Empty>It has not run yet.</Empty>;
  return (
    <>
      <p>Of run <a href={to(['runs', run])} class="mono">{shortId(run)}</a>{run === newest ? ', the newest' : ''}. {held === null ? <button type="button" onClick={() => setHeld(run)}>Stay with this one</button> : <button type="button" onClick={() => setHeld(null)}>Show the newest</button>} <span class="faint">Earlier ones: in the tab Runs.</span></p>
      <LogView key={run} source={{ kind: 'run', run }} label={`${job.name}, run ${shortId(run)}`} />
    </>
  );
}

export function Job({ name }: { readonly name: string }) {
  const tools = useJobTools();
  const [tab] = useQuery('tab');
  const job = tools.live.snapshot.jobs.get(name);
  if (job === undefined) {
    if (tools.live.snapshot.seq === 0) return <Loading />;
    return (
      <>
        <ViewTitle title={name} above={ABOVE} />
        <Problem error={new AskError({ code: 'NOT_FOUND', message: `there is no job ${name}`, advice: 'It may have been taken out of the file; its runs are below as long as they are kept.' })} />
        <RunTable job={name} />
      </>
    );
  }
  const items = jobItems([job], tools, true);
  return (
    <>
      <ViewTitle title={job.name} above={ABOVE} marks={<JobNow job={job} tools={tools} />} actions={<ItemButtons items={items} main="Run now…" />} />
      <DrainBanner tools={tools} />
      <nav class="tabs" aria-label={`About ${job.name}`}>{TABS.map(([id, title]) => <a key={id} href={to(['jobs', name], { tab: id })} aria-current={tab === id ? 'page' : undefined}>{title}</a>)}</nav>
      {tab === 'runs' ? <RunTable job={name} /> : tab === 'log' ? <LogFiles owner={{ job: name }} label={name}><Newest job={job} /></LogFiles> : tab === 'config' ? <Config route="job-config" name={name} /> : <Overview job={job} tools={tools} />}
      {tools.dialog}
    </>
  );
}
