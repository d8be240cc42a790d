// How long the last runs took, as bars, with the median and the 95th percentile as lines. Each bar leads to its run.
import type { RunView } from '../../daemon/contract/jobs.ts';
import { to } from '../address.ts';
import { stateWords, toneOf } from '../job-words.ts';
import { percentile, tookOf } from '../run-history.ts';
import { duration } from '../words.ts';

const WIDTH = 600;
const HEIGHT = 120;
const GAP = 2;

/** `runs` newest first. */
export function DurationChart({ runs, job }: { readonly runs: readonly RunView[]; readonly job: string }) {
  const took = tookOf(runs);
  const values = took.map(({ ms }) => ms);
  const p50 = percentile(values, 0.5);
  const p95 = percentile(values, 0.95);
  if (p50 === null || p95 === null || took.length < 2) return <p class="faint">Two runs that ended are needed for a picture.</p>;
  const most = Math.max(...values, 1);
  const step = WIDTH / took.length;
  const y = (ms: number): number => HEIGHT - (ms / most) * (HEIGHT - 4);
  return (
    <figure class="durations">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="group" aria-label={`How long the last ${took.length} runs of ${job} took, oldest first`}>
        {took.map(({ run, ms }, i) => (
          <a key={run.id} href={to(['runs', run.id])} tabIndex={-1} aria-label={`run ${run.number} ${stateWords(run.state)} after ${duration(ms)}`}>
            <rect class={toneOf(run)} x={i * step + GAP / 2} width={Math.max(1, step - GAP)} y={Math.min(y(ms), HEIGHT - 3)} height={Math.max(3, HEIGHT - y(ms))}><title>{`run ${run.number} ${stateWords(run.state)} after ${duration(ms)}`}</title></rect>
          </a>
        ))}
        <line class="p50" x1={0} x2={WIDTH} y1={y(p50)} y2={y(p50)} />
        <line class="p95" x1={0} x2={WIDTH} y1={y(p95)} y2={y(p95)} />
      </svg>
      <figcaption>Of the last {took.length}: half took at most <strong>{duration(p50)}</strong> (p50, dashed), 95 of 100 at most <strong>{duration(p95)}</strong> (p95, dotted), the longest <strong>{duration(most)}</strong>.</figcaption>
    </figure>
  );
}
