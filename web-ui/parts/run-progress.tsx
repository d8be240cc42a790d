// How far a run is: a bar where the end is known, and the words of `reevectl job watch`.
import type { ProgressView } from '../../daemon/contract/reports.ts';
import { progressText } from '../job-words.ts';
import { Bar } from './bar.tsx';

export function RunProgress({ progress, name }: { readonly progress: ProgressView; readonly name: string }) {
  const { percent } = progress;
  const text = progressText(progress);
  return (
    <span class="progress" title={text}>
      {percent === null ? null : <Bar percent={percent} label={`Progress of ${name}`} text={text} />}
      <span class="progress-text">{text}</span>
    </span>
  );
}
