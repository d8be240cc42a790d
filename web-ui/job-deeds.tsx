// What can be done with jobs, runs and dead letters, and what will happen, in words: the same for one, for many and for all.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { splitWords } from '../config/words.ts';
import type { Operation } from '../daemon/contract/answers.ts';
import { RUN_STATES } from '../daemon/contract/jobs.ts';
import type { DeadLetter, JobView, RunView } from '../daemon/contract/jobs.ts';
import { shortId } from '../daemon/contract/names.ts';
import { shellText } from '../daemon/contract/shell-words.ts';
import { to } from './address.ts';
import { ask } from './ask.ts';
import type { Values } from './ask.ts';
import { outcome, subjectOf, useDeeds } from './deeds.tsx';
import type { DeedRoute, Deeds } from './deeds.tsx';
import { useLive } from './live/use-live.ts';
import type { Live } from './live/live.ts';
import { FormDialog } from './parts/form-dialog.tsx';
import type { Form, FormField } from './parts/form-dialog.tsx';
import type { MenuItem } from './parts/menu.tsx';
import { go } from './router.ts';
import { useSession } from './session.ts';
import type { Session } from './session.ts';
import { count, listed } from './words.ts';

export interface JobTools {
  readonly live: Live;
  readonly deeds: Deeds;
  readonly session: Session;
  /** Asks first, with fields. */
  open(form: Form): void;
  /** To be drawn somewhere in the view. */
  readonly dialog: ComponentChildren;
}

/** What the deeds below need. */
export function useJobTools(): JobTools {
  const live = useLive();
  const deeds = useDeeds();
  const session = useSession();
  const [form, setForm] = useState<Form | null>(null);
  return { live, deeds, session, open: setForm, dialog: form === null ? null : <FormDialog key={form.title} form={form} onClose={() => setForm(null)} /> };
}

/** So long is waited for a quick no; what takes longer has begun. */
const PATIENCE = '500ms';

/** Begins what may go on for hours: told when it has begun, or why it has not. Resolves with the operation, or null. */
async function begin(deeds: Deeds, route: DeedRoute, values: Values, title: string, said: (operation: Operation) => string): Promise<Operation | null> {
  try {
    const operation = (await ask(route, { ...values, wait: PATIENCE })) as Operation;
    const end = outcome(operation);
    deeds.tell(end.ok ? { tone: 'good', title, text: said(operation) } : { tone: 'bad', title: `${title}: not done`, text: end.text });
    return operation;
  } catch (error) {
    deeds.tellFailure(title, error);
    return null;
  }
}

const runsOf = (operation: Operation): readonly string[] => operation.targets.flatMap((target) => target.run ?? []);

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

/** Tries dead letters again: `letters`, or all that are pending (of one job). `done` is called when that has begun. */
export function retryDead(tools: JobTools, which: { readonly letters: readonly DeadLetter[] } | { readonly all: number | null; readonly job: string }, done: () => void): void {
  const many = 'letters' in which ? which.letters.length : which.all;
  const again = 'letters' in which ? which.letters.filter((one) => one.retriedAt !== null).length : 0;
  const of = 'job' in which && which.job !== '' ? ` of ${which.job}` : '';
  const whom = 'letters' in which ? (which.letters.length === 1 ? `dead letter ${shortId(which.letters[0]?.id ?? '')}` : count(which.letters.length, 'dead letter')) : `all dead letters${of}`;
  tools.open({
    title: `Try ${whom} again`, act: many === null ? 'Start them' : `Start ${count(many, 'run')}`,
    says: (
      <>
        <p>{many === null ? 'One new run for each that is pending' : count(many, 'new run')}, with the same arguments{'letters' in which ? `: ${listed([...new Set(which.letters.map((one) => one.job))], 6)}` : ''}. They wait for their turn as other runs do.</p>
        {again === 0 ? null : <p class="warn">{count(again, 'of them was', 'of them were')} tried again before: this does the work twice.</p>}
      </>
    ),
    onAct: () => void begin(tools.deeds, 'dead retry', 'letters' in which ? { names: which.letters.map((one) => one.id), ...(again > 0 ? { force: true } : {}) } : { all: true, ...(which.job === '' ? {} : { job: which.job }) }, `Try ${whom} again`, (begun) => `${count(runsOf(begun).length, 'new run')}`).then(done),
  });
}

/** Deletes old dead letters. */
export function pruneDead(tools: JobTools, letters: readonly DeadLetter[], done: () => void): void {
  tools.open({
    title: 'Delete old dead letters', act: 'Delete', danger: true,
    says: <p>Deleted with their output and arguments, tried again or not, of all jobs; the runs stay in the history as long as that is kept. They cannot be had back. The oldest one here is {letters.length === 0 ? 'none' : `from ${new Date(Math.min(...letters.map((one) => one.failedAt))).toLocaleString()}`}.</p>,
    fields: [{ name: 'days', label: 'Older than so many days', initial: '30', required: true, hint: '1 or more.', check: (value) => (/^[1-9]\d*$/.test(value.trim()) ? '' : 'A whole number of days, 1 or more.') }],
    onAct: ({ days = '30' }) => tools.deeds.run({ route: 'dead prune', values: { days: Number(days) }, title: `Delete dead letters older than ${count(Number(days), 'day')}`, onEnd: done }),
  });
}
