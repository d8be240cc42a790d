// What can be done with dead letters, and what will happen, in words.
import type { DeadLetter } from '../daemon/contract/jobs.ts';
import { shortId } from '../daemon/contract/names.ts';
import { begin, runsOf } from './job-tools.tsx';
import type { JobTools } from './job-tools.tsx';
import { count, listed } from './words.ts';

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
