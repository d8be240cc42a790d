// Why is it (not) running, what does it wait for, and how did its last lives end?
import type { ProcessExplanation } from '../contract/explanations.ts';
import type { HealthRow } from '../contract/health.ts';
import { shortName } from '../contract/names.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import { groupDeadline } from '../core/group-state.ts';
import { isAlive, isReady } from '../core/process-state.ts';
import type { ProcessNode } from '../core/tree-state.ts';
import type { Intent, Store } from '../os/ports/store.ts';
import { healthSentences } from './explain-health.ts';
import { vitalsSentences } from './explain-vitals.ts';
import { ago, span } from './explain-words.ts';
import type { KeptReports } from './program-vitals.ts';

export interface ExplainSource {
  readonly node: ProcessNode;
  readonly view: ProcessView;
  readonly intent: Intent | undefined;
  /** What of its depends_on is not there. */
  readonly needs: readonly ProcessNode[];
  /** Those that depend on it. */
  readonly dependents: readonly ProcessNode[];
  readonly kept: KeptReports;
  readonly health: HealthRow | undefined;
  /** Who says how many instances its program has; see Wellness. */
  readonly held: boolean | null;
  readonly store: Store;
  readonly now: { readonly mono: number; readonly wall: number };
}

const LIVES = 10;
/** Names listed in a sentence. */
const DEPENDENTS = 10;
const TRANSITIONS = 20;

function summary({ node, view, intent, now }: ExplainSource): string {
  const name = shortName(node.key);
  const since = ago(now.wall - view.changedAt);
  const s = node.state;
  switch (s.phase) {
    case 'RUNNING': return `${name} is running as pid ${s.pid}, up for ${ago(now.mono - s.since)}${isReady(s) ? '' : ', and not ready'}.`;
    case 'STARTING': return `${name} is starting${s.pid === null ? '' : ` as pid ${s.pid}`}; it counts as running when it has been up for ${node.spec.startMs / 1000} s.`;
    case 'BACKOFF': return s.waits !== null ? `${name} is not started yet: it ${s.waits}.` : s.due === null
      ? `${name} failed (${view.why}) and waits for its group ${node.spec.group} to start it.`
      : `${name} failed (${view.why}) and starts again in ${ago(s.due - now.mono)}.`;
    case 'STOPPING': return `${name} is being ended for ${ago(now.mono - s.since)} (${s.why}).`;
    case 'FATAL': return `${name} is not running: it gave up ${since} ago (${view.why}).`;
    case 'EXITED': return node.spec.oneshot && s.expected ? `${name} has completed ${since} ago (${view.why}).` : `${name} is not running: it ended ${since} ago (${view.why}).`;
    case 'UNKNOWN': return `${name} is in an unknown state: ${view.why}.`;
    case 'STOPPED':
      if (intent?.disabled) return `${name} is not running: ${intent.by} disabled it ${ago(now.wall - intent.at)} ago.`;
      if (intent?.stopped) return `${name} is not running: ${intent.by} stopped it ${ago(now.wall - intent.at)} ago.`;
      if (view.incarnation === 0 || view.startedAt === null) return `${name} was not started${node.spec.autostart ? '' : ': autostart is false'}.`;
      return `${name} is not running: ${view.why}.`;
    default: return s satisfies never;
  }
}

/** How far it is with being ready, and why not further. */
function readiness({ node, now }: ExplainSource): readonly string[] {
  const s = node.state;
  if ((s.phase !== 'STARTING' && s.phase !== 'RUNNING') || node.spec.ready === null || s.readiness === 'ready') return [];
  const way = READY_WAYS[node.spec.ready.kind];
  const lack = s.lack === null ? '' : ` So far: ${s.lack}.`;
  if (s.readiness === 'lost') return [`It took back that it is ready.${lack}`];
  const limit = s.readyBy === null || node.spec.ready.kind === 'delay' ? '' : ` Without that within ${ago(s.readyBy - now.mono)} this start has failed.`;
  return [`It is ready when ${way}.${lack}${limit}`];
}

const READY_WAYS: Readonly<Record<NonNullable<ProcessNode['spec']['ready']>['kind'], string>> = {
  notify: 'it says READY=1 on NOTIFY_SOCKET', http: 'its URL answers well', tcp: 'it accepts connections', exec: 'the command that asks for it exits with 0',
  log: 'a line of its output matches', fd: 'it writes a newline to its descriptor', delay: 'its delay is over',
};

/** Whom it waits for, one sentence each; and who waits for it. */
function dependencies({ node, needs, dependents }: ExplainSource): readonly string[] {
  const out: string[] = [];
  if (node.state.phase === 'BACKOFF' && node.state.waits !== null) {
    for (const target of needs) out.push(`${shortName(target.key)}, which it needs, is ${target.state.phase}${'lack' in target.state && target.state.lack !== null ? ` (${target.state.lack})` : ''}; \`reevectl explain ${shortName(target.key)}\` says why.`);
    out.push('It starts by itself when that is there; waiting is no failure and has no end.');
  }
  const waiting = dependents.filter(({ state }) => state.phase === 'BACKOFF' && state.waits !== null).map(({ key }) => shortName(key));
  if (waiting.length > 0) out.push(`${waiting.slice(0, DEPENDENTS).join(', ')}${waiting.length > DEPENDENTS ? ` and ${waiting.length - DEPENDENTS} more` : ''} wait${waiting.length === 1 ? 's' : ''} for it.`);
  return out;
}

function groupSentence(node: ProcessNode): string | null {
  const group = node.parent;
  switch (group.state.phase) {
    case 'UP': case 'DOWN': return null;
    case 'STARTING': return `Its group ${group.name} starts its members in order; the one it waits for is ${group.state.current ?? 'none'}.`;
    case 'ENDING': return `Its group ${group.name} ends members before a ${group.spec.strategy} restart; it waits for ${group.state.current ?? 'nobody'}.`;
    case 'WAITING': return `Its group ${group.name} waits for the back-off of ${group.state.waitingFor.join(', ')} and then starts its members in order.`;
    case 'STOPPING': return `Its group ${group.name} is being stopped.`;
    case 'GIVING_UP': return `Its group ${group.name} had too many restarts (${group.state.failed} was the last) and is ending its members.`;
    case 'BACKOFF': return `Its group ${group.name} gave up after too many restarts and starts anew after a delay of its own.`;
    case 'FATAL': return `Its group ${group.name} gave up after too many restarts; \`reevectl start ${group.name}:*\` starts it anew.`;
    default: return group.state satisfies never;
  }
}

/** Its own limit of restarts, where it has one; its group may have another. `mono`: monotonic ms. */
export function ownLimit({ spec, state }: Pick<ProcessNode, 'spec' | 'state'>, mono: number): readonly string[] {
  const { max, windowMs } = spec.intensity;
  // Of one that gave up its summary says so; what counts is begun anew with its next start.
  if (max === null || state.phase === 'FATAL') return [];
  const count = state.restarts.filter((at) => mono - at <= windowMs).length;
  return [`Restarts of its own: ${count} of ${max} within ${span(windowMs)}; with one more than ${max} it is FATAL.`];
}

/** What it is near, or over; and when it gives way to a new life. */
function limitSentences({ node, view, now }: ExplainSource): readonly string[] {
  if (!isAlive(node.state)) return [];
  const { limits, recycle } = node.spec;
  const out = view.healthSources.filter(({ source }) => source.startsWith('limit ')).map(({ value, why }) => `It is ${value === 'unhealthy' ? 'over' : 'near'} a limit: ${why} (action = "${limits.action}").`);
  if (recycle.maxAgeMs !== null && view.startedAt !== null) out.push(`It gives way to a new life at the age of ${ago(recycle.maxAgeMs)}${recycle.jitterMs > 0 ? ` and up to ${ago(recycle.jitterMs)} more` : ''}; it is ${ago(now.wall - view.startedAt)} old.`);
  return out;
}

function advice(source: ExplainSource): readonly string[] {
  const { node, view, intent } = source;
  const name = shortName(node.key);
  const out: string[] = [];
  const s = node.state;
  if (intent?.disabled) out.push(`It stays down until \`reevectl enable ${name}\` and \`reevectl start ${name}\`.`);
  else if (s.phase === 'FATAL' || s.phase === 'EXITED' || s.phase === 'STOPPED') out.push(`\`reevectl start ${name}\` starts it.`);
  // A permanent one is down because of its group, which has its own sentence.
  if (s.phase === 'EXITED' && node.spec.restart !== 'permanent') out.push(`Its restart type is ${node.spec.restart}, which does not ask for another life after this end.`);
  if (s.phase === 'BACKOFF' && s.waits === null) out.push(`It has failed ${Math.max(s.failures, s.tries)} times in a row. \`reevectl start ${name}\` starts it now.`);
  if (view.flapping) out.push(`It is flapping: ${view.flapping.failures} failures within the last ${Math.round(view.flapping.windowMs / 60_000)} minutes.`);
  if (view.survivors.length > 0) out.push(`These processes of it did not end, not even when killed: ${view.survivors.join(', ')}.`);
  if (s.phase === 'STOPPING') {
    const step = s.steps[s.step];
    if (step) out.push(`The signal at hand is SIG${step.signal}${s.due === null ? ', and it waits without limit' : `; after ${ago(s.due - source.now.mono)} comes ${s.steps[s.step + 1] ? `SIG${s.steps[s.step + 1]?.signal}` : 'the same again'}`}.`);
  }
  return out;
}

/** Sentences for a person first, the recorded facts behind them after. */
export function explainProcess(source: ExplainSource): ProcessExplanation {
  const { node, view, store } = source;
  const group = groupSentence(node);
  const due = groupDeadline(node.parent.state);
  const sentences = [
    ...readiness(source),
    ...dependencies(source),
    ...(isAlive(node.state) ? vitalsSentences({ spec: node.spec.vitals, view, health: source.kept.health, now: source.now.wall, ago }) : []),
    ...(isAlive(node.state) ? healthSentences({ spec: node.spec, row: source.health, held: source.held, now: source.now.wall, ago }) : []),
    ...limitSentences(source),
    ...ownLimit(node, source.now.mono),
    ...(group === null ? [] : [group]),
    ...(due === null ? [] : [`That is in ${ago(due - source.now.mono)}.`]),
    ...advice(source),
  ];
  return {
    kind: 'process', name: shortName(node.key), process: node.key, state: node.state.phase, summary: summary(source), sentences,
    transitions: store.transitions(node.key, TRANSITIONS).map(({ at, from, to, why, incarnation }) => ({ at, from, to, why, incarnation })),
    // pid 0: a start that came to nothing.
    lives: store.lives(node.key, LIVES).filter((l) => l.pid > 0).map((l) => ({
      incarnation: l.incarnation, pid: l.pid, startedAt: l.startedAt, endedAt: l.endedAt, code: l.code, signal: l.signal, why: l.why ?? (view.incarnation === l.incarnation ? null : 'unknown'), lastOutput: l.lastOutput,
    })),
    violations: store.violations(node.key).map(({ at, incarnation, what, limit, actual, why, action }) => ({ at, incarnation, what, limit, actual, why, action })),
    heartbeats: source.kept.heartbeats,
  };
}
