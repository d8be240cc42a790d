// The last runs of a job as a row of marks, oldest first: colour, height and form say how each ended. Left and right move between them.
import { useMemo } from 'preact/hooks';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { to } from '../address.ts';
import { runSentence, toneOf } from '../job-words.ts';
import { daemonNow } from '../live/daemon-clock.ts';

function onKeyDown(event: KeyboardEvent): void {
  const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (step === 0 || !(event.currentTarget instanceof HTMLElement)) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('a')];
  const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** `runs` newest first; `most` of them are drawn. */
export function RunStrip({ job, runs, most = 20, large = false }: { readonly job: string; readonly runs: readonly RunView[]; readonly most?: number; readonly large?: boolean }) {
  // The same marks are not drawn again: a page of jobs has a thousand of them.
  return useMemo(() => {
    if (runs.length === 0) return <span class="faint">no runs yet</span>;
    const now = daemonNow();
    const shown = runs.slice(0, most).toReversed();
    return (
      <span class={large ? 'strip large' : 'strip'} role="group" aria-label={`Last runs of ${job}`} onKeyDown={onKeyDown}>
        {shown.map((run, i) => {
          const text = runSentence(run, now);
          return <a key={run.id} class={`${toneOf(run)} ${run.state}`} href={to(['runs', run.id])} tabIndex={i === shown.length - 1 ? 0 : -1} aria-label={text} title={text} />;
        })}
      </span>
    );
  }, [runs, most, large, job]);
}
