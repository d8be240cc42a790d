// How a process is by its probes, and how many instances its program has, in sentences.
import type { HealthSpec } from '../../config/health-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { HealthRow, ProbeView } from '../contract/health.ts';
import { count } from './explain-words.ts';

export interface HealthExplained {
  readonly spec: ProcessSpec;
  /** undefined: nothing is known beside its row. */
  readonly row: HealthRow | undefined;
  /** An operator said how many instances its program has; null: its load never says it. */
  readonly held: boolean | null;
  /** Wall clock ms. */
  readonly now: number;
  readonly ago: (ms: number) => string;
}

const AFTERWARDS: Readonly<Record<HealthSpec['onUnhealthy'], string>> = { restart: 'it is restarted', alert: 'an alert is sent', none: 'nothing is done' };

function probeSentence(probe: ProbeView, { spec, now, ago }: HealthExplained): string {
  const rules = spec.health.probes.find(({ name }) => name === probe.name);
  const asks = probe.target === '' ? '' : ` (${probe.target})`;
  if (probe.lastAt === null || rules === undefined) return `Its probe ${probe.name}${asks} has not answered yet.`;
  const row = probe.failuresInRow > 0 ? (probe.value === 'unhealthy' ? `, ${count(probe.failuresInRow, 'failure')} in a row` : `, ${probe.failuresInRow} of the ${count(rules.failures, 'failure')} in a row that make it unhealthy`) : probe.value === 'unhealthy' ? `, ${probe.successesInRow} of ${rules.successes} good answers in a row` : '';
  return `Its probe ${probe.name}${asks} says ${probe.value}${row}${probe.why === '' ? '' : `: ${probe.why}`}; last asked ${ago(now - probe.lastAt)} ago.`;
}

/** None for who has neither probes nor a load to go by. */
export function healthSentences(source: HealthExplained): readonly string[] {
  const { row, spec, held, now, ago } = source;
  const out: string[] = [];
  if (row !== undefined && row.probes.length > 0) {
    for (const probe of row.probes) out.push(probeSentence(probe, source));
    if (row.unhealthySince !== null) out.push(`It has been ${row.health} for ${ago(now - row.unhealthySince)}.`);
    out.push(`When it is unhealthy ${AFTERWARDS[spec.health.onUnhealthy]}.`);
  }
  const { autoscale } = spec;
  if (autoscale !== null)
    out.push(held === true ? `Somebody said how many instances ${spec.program} has; \`reevectl scale ${spec.program} auto\` lets its load say it again.` : `${spec.program} has ${autoscale.min} to ${autoscale.max} instances, by its load.`);
  return out;
}
