// What every view of jobs has: the drain that holds them back, the ways to look at them, and what one does now.
import type { JobView } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { to } from '../address.ts';
import { endDrain } from '../job-deeds.tsx';
import type { JobTools } from '../job-tools.tsx';
import { marksOf, noteOf } from '../job-words.ts';
import { listed } from '../words.ts';
import { Badge } from './badge.tsx';
import { RunProgress } from './run-progress.tsx';
import { Ago } from './time.tsx';

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

export function DrainBanner({ tools }: { readonly tools: JobTools }) {
  const { drain } = tools.live.snapshot;
  if (drain === null) return null;
  // Runs are named by their ids; those that have ended meanwhile are not told one by one.
  const { runs } = tools.live.snapshot;
  const remaining = drain.remaining.flatMap((name) => {
    const run = runs.get(name);
    return run !== undefined ? [`${run.job} ${shortId(run.id)}`] : UUID.test(name) ? [] : [name];
  });
  return (
    <div class="drain" role="status">
      <p>
        <strong>{drain.names.length === 0 ? 'Everything' : listed(drain.names, 5)} {drain.names.length > 1 ? 'are' : 'is'} being drained</strong> by {drain.by} (<Ago at={drain.startedAt} />): no new runs start.
        {remaining.length === 0 ? ' Nothing of it goes on any more.' : ` Still ${remaining.length === 1 ? 'goes' : 'go'} on: ${listed(remaining, 4)}.`}
        {drain.expiresAt === null ? ' It ends when somebody ends it.' : <> It ends by itself <Ago at={drain.expiresAt} />.</>}
      </p>
      {tools.session.can('resume') ? <button type="button" onClick={() => endDrain(tools)}>End the drain</button> : null}
    </div>
  );
}

/** The tabs above jobs: as a list, as a calendar, all runs. */
export function JobTabs({ at }: { readonly at: 'list' | 'calendar' | 'runs' }) {
  const tabs = [['list', 'List', to(['jobs'])], ['calendar', 'Calendar', to(['jobs'], { view: 'calendar' })], ['runs', 'Runs', to(['runs'])]] as const;
  return <nav class="tabs" aria-label="Jobs as">{tabs.map(([id, title, href]) => <a key={id} href={href} aria-current={id === at ? 'page' : undefined}>{title}</a>)}</nav>;
}

/** What a job does now: how far its oldest run is, else what keeps it. */
export function JobNow({ job, tools }: { readonly job: JobView; readonly tools: JobTools }) {
  const { snapshot } = tools.live;
  const run = job.running.map((id) => snapshot.runs.get(id)).find((one) => one !== undefined);
  const note = noteOf(job);
  const marks = marksOf(job, snapshot.breakers);
  return (
    <span class="two">
      <span class="marks">{marks.length === 0 ? <span class="faint">idle</span> : marks.map((mark) => <Badge key={mark.text} tone={mark.tone} title={mark.title}>{mark.text}</Badge>)}</span>
      {run?.progress === null || run?.progress === undefined ? (note === '' ? null : <span class="faint" title={note}>{note}</span>) : <RunProgress progress={run.progress} name={`${job.name}, run ${run.number}`} brief />}
    </span>
  );
}
