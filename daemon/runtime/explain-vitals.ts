// What a process has said of itself, in sentences.
import type { VitalsSpec } from '../../config/job-spec.ts';
import { missedWords } from '../contract/reports.ts';
import type { HeartbeatView, ProgressView } from '../contract/reports.ts';
import type { ProcessView } from '../contract/snapshot.ts';

export interface VitalsSource {
  readonly spec: VitalsSpec;
  readonly view: Pick<ProcessView, 'heartbeat' | 'progress' | 'statusText' | 'health'>;
  /** What it last said of its health, and when (wall clock ms); null: nothing. */
  readonly health: { readonly value: string; readonly why: string; readonly at: number } | null;
  /** Wall clock ms. */
  readonly now: number;
  readonly ago: (ms: number) => string;
}

function number(n: number): string {
  return String(Math.round(n * 100) / 100);
}

function progressSentence(progress: ProgressView, { now, ago }: VitalsSource): string {
  const { current, total, percent, rate, etaMs, phase, at, movedAt } = progress;
  const amount = total === null ? number(current) : `${number(current)} of ${number(total)} (${number(percent ?? 0)} %)`;
  const pace = rate === null || rate === 0 ? '' : `, ${number(rate)} a second`;
  const rest = etaMs === null || etaMs === 0 ? '' : `, done in ${ago(etaMs)}`;
  const still = movedAt < at ? `; it has not moved for ${ago(now - movedAt)}` : '';
  return `Its work is at ${amount}${phase === null ? '' : ` in ${phase}`}${pace}${rest}, it said ${ago(now - at)} ago${still}.`;
}

function heartbeatSentence(heartbeat: HeartbeatView | null, { spec, now, ago }: VitalsSource): string | null {
  const last = heartbeat === null || heartbeat.lastAt === null ? 'none has come' : `the last of ${heartbeat.count} came ${ago(now - heartbeat.lastAt)} ago`;
  if (spec.heartbeat === null) return heartbeat === null || heartbeat.count === 0 ? null : `It gives signs of life, though none is asked for: ${last}.`;
  const missed = heartbeat === null || heartbeat.missed === 0 ? '' : `; ${missedWords(heartbeat)} missed in a row, and ${spec.heartbeat.misses} make it stuck`;
  return `It owes a sign of life every ${spec.heartbeat.intervalMs / 1000} s: ${last}${missed}.`;
}

/** Sentences about what it reports; none about who never does and need not. */
export function vitalsSentences(source: VitalsSource): readonly string[] {
  const { view, health, now, ago, spec } = source;
  const out: string[] = [];
  if (view.heartbeat?.stuck === true) out.push(`It is stuck; on_stuck = "${spec.onStuck}".`);
  if (view.statusText !== '') out.push(`It says of itself: ${view.statusText}`);
  if (health !== null) out.push(`It says that it is ${health.value}${health.why === '' ? '' : `: ${health.why}`} (${ago(now - health.at)} ago).`);
  if (view.progress !== null) out.push(progressSentence(view.progress, source));
  const beats = heartbeatSentence(view.heartbeat, source);
  if (beats !== null) out.push(beats);
  return out;
}
