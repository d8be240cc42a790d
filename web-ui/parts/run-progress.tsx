// How far a run is: a bar where the end is known, and the words of `reevectl job watch`.
import type { ProgressView } from '../../daemon/contract/reports.ts';
import { progressBrief, progressText } from '../job-words.ts';
import { Bar } from './bar.tsx';

/** `brief`: where there is little room, how far it is and how long it takes; the rest is its title. */
export function RunProgress({ progress, name, brief = false }: { readonly progress: ProgressView; readonly name: string; readonly brief?: boolean }) {
  const { percent } = progress;
  const text = progressText(progress);
  return (
    <span class="progress" title={text}>
      {percent === null ? null : <Bar percent={percent} label={`Progress of ${name}`} text={text} />}
      <span class="progress-text">{brief ? progressBrief(progress) : text}</span>
    </span>
  );
}
