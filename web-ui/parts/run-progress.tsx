// How far a run is: a bar where the end is known, and the words of `reevectl job watch`.
import type { ProgressView } from '../../daemon/contract/reports.ts';
import { progressText } from '../job-words.ts';

export function RunProgress({ progress, name }: { readonly progress: ProgressView; readonly name: string }) {
  const { percent } = progress;
  const text = progressText(progress);
  return (
    <span class="progress" title={text}>
      {percent === null ? null : (
        <span class="bar" role="progressbar" aria-label={`Progress of ${name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(percent)} aria-valuetext={text}><span style={{ width: `${Math.max(0, Math.min(100, percent))}%` }} /></span>
      )}
      <span class="progress-text">{text}</span>
    </span>
  );
}
