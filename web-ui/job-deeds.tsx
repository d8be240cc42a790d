// What can be done with jobs and runs, and what will happen, in words: the same for one, for many and for all.
import { splitWords } from '../config/words.ts';
import { RUN_STATES } from '../daemon/contract/jobs.ts';
import type { JobView, RunView } from '../daemon/contract/jobs.ts';
import { shortId } from '../daemon/contract/names.ts';
import { shellText } from '../daemon/contract/shell-words.ts';
import { to } from './address.ts';
import { ask } from './ask.ts';
import { subjectOf } from './deeds.tsx';
import { begin, runsOf } from './job-tools.tsx';
import type { JobTools } from './job-tools.tsx';
import type { Form, FormField } from './parts/form-dialog.tsx';
import type { MenuItem } from './parts/menu.tsx';
import { go } from './router.ts';
import { count, listed } from './words.ts';

const ARGUMENTS: FormField = {
  name: 'args', label: 'Arguments', placeholder: '--since yesterday', hint: 'Added to the command of the job, split as a shell does it; quotes keep words together. Empty: none.',
  check: (value) => {
    const split = splitWords(value);
    return 'problem' in split ? `These words cannot be split: ${split.problem}.` : '';
  },
};

function wordsOf(text: string): readonly string[] {
  const split = splitWords(text);
  return 'words' in split ? split.words : [];
}

/** One run now, with these arguments; then its page. */
async function runOne(tools: JobTools, job: string, args: readonly string[], follow: boolean): Promise<void> {
  const operation = await begin(tools.deeds, 'job run', { name: job, args }, `Run ${job}`, (begun) => `run ${runsOf(begun).map(shortId).join(', ')}`);
  const [run] = operation === null ? [] : runsOf(operation);
  if (follow && run !== undefined) go(to(['runs', run]));
}

async function runMany(tools: JobTools, jobs: readonly string[]): Promise<void> {
  const refused: string[] = [];
  for (const name of jobs) {
    // One after the other: a hundred at once would only wait for each other.
    await ask('job run', { name }).catch((error: Error) => refused.push(`${name}: ${error.message}`));
  }
  const started = jobs.length - refused.length;
  tools.deeds.tell({ tone: refused.length === 0 ? 'good' : 'bad', title: `${count(started, 'run')} of ${count(jobs.length, 'job')} asked for`, text: listed(refused, 3) });
}

const names = (jobs: readonly JobView[]): readonly string[] => jobs.map((job) => job.name);

/** Runs of these jobs that run or wait. */
function liveRuns(tools: JobTools, jobs: readonly JobView[]): readonly RunView[] {
  if (jobs.every((job) => job.running.length + job.queued + job.waiting === 0)) return [];
  const own = new Set(names(jobs));
  return [...tools.live.snapshot.runs.values()].filter((run) => own.has(run.job) && !RUN_STATES[run.state].final);
}

function cancelSays(runs: readonly RunView[]) {
  const running = runs.filter((run) => run.state === 'running');
  const waiting = runs.length - running.length;
  return (
    <>
      {running.length === 0 ? null : <p>{count(running.length, 'run')} with all they started get{running.length === 1 ? 's' : ''} the stop steps of the job (the key <code>stop</code>; where none is written TERM, then KILL after 10 s): {listed(running.map((run) => `${run.job} ${shortId(run.id)}${run.pid === null ? '' : ` (pid ${run.pid})`}`), 6)}.</p>}
      {waiting === 0 ? null : <p>{count(waiting, 'run')} that {waiting === 1 ? 'waits is' : 'wait are'} taken from the queue.</p>}
      <p>Cancelled runs are not tried again. Schedules go on.</p>
    </>
  );
}

function runForm(tools: JobTools, job: JobView, args: readonly string[], follow: boolean): Form {
  const busy = job.running.length > 0;
  return {
    title: `Run ${job.name} now`, act: 'Run now', fields: [{ ...ARGUMENTS, initial: shellText(args) }],
    says: <>{busy ? <p class="warn">{count(job.running.length, 'run')} of it {job.running.length === 1 ? 'goes' : 'go'} on: whether this one waits, is skipped, ends the other or runs beside it is up to its <code>overlap</code>.</p> : null}{job.held === '' ? null : <p class="warn">It is held ({job.held}): the run waits until that ends.</p>}</>,
    onAct: ({ args: text = '' }) => void runOne(tools, job.name, wordsOf(text), follow),
  };
}

function atForm(tools: JobTools, job: JobView): Form {
  return {
    title: `Run ${job.name} later`, act: 'Plan it',
    fields: [{ name: 'when', label: 'When', required: true, placeholder: 'tomorrow 08:00', options: ['10m', '1h', 'tomorrow 08:00'], hint: `A duration from now (90m, 1w), or a time (08:00, tomorrow 08:00, 2026-12-01 08:00) on the clock of ${job.timezone}.` }, ARGUMENTS],
    says: <p>Once, beside its schedule.</p>,
    onAct: ({ when = '', args = '' }) => void begin(tools.deeds, 'job at', { name: job.name, when, args: wordsOf(args) }, `Run ${job.name} at ${when}`, (begun) => `planned as run ${runsOf(begun).map(shortId).join(', ')}`),
  };
}

const SETTINGS = [
  { key: 'timeout', label: 'Timeout', hint: 'A duration (5m, 1h30m); 0: never.' },
  { key: 'rate', label: 'Rate', hint: 'Starts within a time (100/m, 5/h).' },
  { key: 'max_parallel', label: 'Runs at the same time', hint: 'A whole number.' },
] as const;

function setForm(tools: JobTools, jobs: readonly JobView[]): Form {
  const subject = subjectOf(names(jobs));
  const set = jobs.length === 1 ? (jobs[0]?.set ?? {}) : {};
  return {
    title: `Limits of ${subject}`, act: 'Set', says: <p>For runs that start from now on, until the daemon ends; the file is not touched. An empty field stays as it is; <code>default</code> takes back what was set.</p>,
    fields: SETTINGS.map(({ key, label, hint }) => ({ name: key, label, initial: set[key] ?? '', hint: set[key] === undefined ? hint : `${hint} Now set by hand: ${set[key]}.`, options: ['default'] })),
    onAct: (values) => {
      const settings = SETTINGS.flatMap(({ key }) => (values[key] === '' || values[key] === set[key] ? [] : [`${key}=${values[key]}`]));
      if (settings.length === 0) tools.deeds.tell({ tone: 'plain', title: `Limits of ${subject}: nothing was changed` });
      else for (const job of jobs) tools.deeds.run({ route: 'job set', values: { name: job.name, settings }, title: `Set ${settings.join(' ')} of ${job.name}` });
    },
  };
}

/** No new runs of these (none: of everything) until somebody, or the time, ends it. */
export function drainForm(tools: JobTools, jobs: readonly JobView[]): Form {
  const runs = jobs.length === 0 ? [...tools.live.snapshot.runs.values()].filter((run) => run.state === 'running') : liveRuns(tools, jobs).filter((run) => run.state === 'running');
  const whom = jobs.length === 0 ? 'everything' : subjectOf(names(jobs));
  return {
    title: `Drain ${whom}`, act: 'Drain',
    says: (
      <>
        <p>No new run of {jobs.length === 0 ? 'any job' : whom} starts; what is due or asked for meanwhile waits. {runs.length === 0 ? 'None goes on now.' : `${count(runs.length, 'run')} may finish: ${listed(runs.map((run) => `${run.job} ${shortId(run.id)}`), 6)}.`}</p>
        {jobs.length === 0 ? <p>Programs with a <code>drain_signal</code> get it once; no program is stopped.</p> : null}
      </>
    ),
    fields: [{ name: 'expire', label: 'Ends by itself after', initial: '1h', hint: 'A duration; 0: only when somebody ends it.', required: true }],
    onAct: ({ expire = '1h' }) => void begin(tools.deeds, 'drain', { ...(jobs.length === 0 ? {} : { names: names(jobs) }), expire }, `Drain ${whom}`, () => 'no new runs start'),
  };
}

/** Ends a drain. */
export function endDrain(tools: JobTools): void {
  tools.deeds.run({ route: 'resume', values: {}, title: 'End the drain', confirm: { says: <p>Runs start again; what waited meanwhile starts now, as far as there is room.</p>, act: 'End the drain' } });
}

/** The entries that make sense for these jobs, and that the role allows. `follow`: a run that is started is shown. */
export function jobItems(jobs: readonly JobView[], tools: JobTools, follow = false): readonly MenuItem[] {
  const { deeds, session } = tools;
  const [one] = jobs;
  if (one === undefined) return [];
  const single = jobs.length === 1;
  const subject = subjectOf(names(jobs));
  const runs = liveRuns(tools, jobs);
  const paused = jobs.filter((job) => job.paused);
  const scheduled = jobs.filter((job) => !job.paused);
  const items: (MenuItem | false)[] = [
    session.can('job run') && {
      label: single ? 'Run now…' : 'Run now',
      onSelect: () => tools.open(single ? runForm(tools, one, [], follow) : {
        title: `Run ${count(jobs.length, 'job')} now`, act: 'Run now', says: <p>One run of each, without arguments: {listed(names(jobs), 8)}.</p>, onAct: () => void runMany(tools, names(jobs)),
      }),
    },
    session.can('job at') && single && { label: 'Run later…', onSelect: () => tools.open(atForm(tools, one)) },
    session.can('job pause') && scheduled.length > 0 && {
      label: 'Pause', onSelect: () => deeds.run({
        route: 'job pause', values: { names: names(scheduled) }, title: `Pause ${subjectOf(names(scheduled))}`,
        confirm: {
          says: <><p>The schedule does not start {scheduled.length === 1 ? 'it' : 'them'} until somebody resumes {scheduled.length === 1 ? 'it' : 'them'}, also after a restart of the daemon; times that pass meanwhile are not made up for. By hand {scheduled.length === 1 ? 'it runs' : 'they run'}.</p>{runs.length === 0 ? null : <p>{count(runs.length, 'run')} that {runs.length === 1 ? 'goes' : 'go'} on or wait{runs.length === 1 ? 's' : ''} {runs.length === 1 ? 'is' : 'are'} left alone.</p>}<p class="faint">It is noted that {session.who ?? 'you'} paused {scheduled.length === 1 ? 'it' : 'them'}.</p></>,
          act: 'Pause',
        },
      }),
    },
    session.can('job resume') && paused.length > 0 && { label: 'Resume', onSelect: () => deeds.run({ route: 'job resume', values: { names: names(paused) }, title: `Resume ${subjectOf(names(paused))}` }) },
    session.can('job cancel') && runs.length > 0 && {
      label: single ? 'Cancel its runs' : 'Cancel their runs', danger: true, note: String(runs.length),
      onSelect: () => deeds.run({ route: 'job cancel', values: { names: single ? [one.name] : runs.map((run) => run.id) }, title: `Cancel ${count(runs.length, 'run')} of ${subject}`, confirm: { says: cancelSays(runs), act: runs.length === 1 ? 'End the run' : 'End the runs', danger: true } }),
    },
    session.can('job set') && { label: 'Set limits…', onSelect: () => tools.open(setForm(tools, jobs)) },
    session.can('drain') && { label: 'Drain…', onSelect: () => tools.open(drainForm(tools, jobs)) },
  ];
  return items.filter((item) => item !== false);
}

/** What can be done with one run. `undo`: its job has an undo_command, as far as one knows. */
export function runItems(run: RunView, tools: JobTools, undo: boolean): readonly MenuItem[] {
  const { deeds, session } = tools;
  const job = tools.live.snapshot.jobs.get(run.job);
  const { final } = RUN_STATES[run.state];
  const items: (MenuItem | false)[] = [
    session.can('job cancel') && !final && {
      label: 'Cancel', danger: true,
      onSelect: () => deeds.run({ route: 'job cancel', values: { names: [run.id] }, title: `Cancel run ${run.number} of ${run.job}`, confirm: { says: cancelSays([run]), act: 'End the run', danger: true } }),
    },
    session.can('job cancel') && run.state === 'running' && {
      label: 'Kill', danger: true,
      onSelect: () => deeds.run({
        route: 'job cancel', values: { names: [run.id], signal: 'KILL' }, title: `Kill run ${run.number} of ${run.job}`,
        confirm: { says: <p>KILL at once to pid {run.pid} and all it started, in place of the stop steps of the job: it cannot tidy up. It is not tried again.</p>, act: 'Kill', danger: true },
      }),
    },
    session.can('job run') && job !== undefined && { label: 'Run again…', onSelect: () => tools.open(runForm(tools, job, run.args, true)) },
    session.can('job undo') && final && undo && run.startedAt !== null && {
      label: 'Undo…', danger: true,
      onSelect: () => tools.open({
        title: `Undo run ${run.number} of ${run.job}`, act: 'Undo', danger: true,
        says: <p>The <code>undo_command</code> of {run.job} runs now, as a run of its own{run.args.length === 0 ? '' : `, with the same arguments (${shellText(run.args)})`}. One that was undone before is refused.</p>,
        onAct: () => void begin(deeds, 'job undo', { run: run.id }, `Undo run ${run.number} of ${run.job}`, (begun) => `as run ${runsOf(begun).map(shortId).join(', ')}`).then((begun) => {
          const [made] = begun === null ? [] : runsOf(begun);
          if (made !== undefined) go(to(['runs', made]));
        }),
      }),
    },
  ];
  return items.filter((item) => item !== false);
}
