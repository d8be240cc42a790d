// How is a group, what do its rules do to its members, and how near is it to giving up? Pure.
import type { Strategy } from '../../config/spec.ts';
import type { GroupExplanation, RestartCount } from '../contract/explanations.ts';
import { shortName } from '../contract/names.ts';
import type { GroupView, ProcessView } from '../contract/snapshot.ts';
import { groupDeadline } from '../core/group-state.ts';
import type { GroupNode } from '../core/tree-state.ts';
import { ago, because, count, listed, span } from './explain-words.ts';

export interface GroupSource {
  readonly node: GroupNode;
  readonly view: GroupView;
  /** The row of a member that is a process. */
  readonly row: (id: string) => ProcessView | undefined;
  /** The daemon ends when the groups at the top fail too often. */
  readonly exits: boolean;
  readonly now: { readonly mono: number; readonly wall: number };
}

const STRATEGIES: Readonly<Record<Strategy, string>> = {
  one_for_one: 'a member that fails is started again, and the others notice nothing',
  one_for_all: 'when a member fails, all are ended in reverse order and started again',
  rest_for_one: 'when a member fails, those after it are ended in reverse order, and all of them are started again',
};

/** Members that run, of those that are processes, also in groups below. */
function below(node: GroupNode): readonly string[] {
  return node.members.flatMap((m) => (m.kind === 'process' ? [m.key] : below(m)));
}

/** Restarts within the window, as the next failure will find them. */
export function restartsOf(node: GroupNode, now: GroupSource['now']): RestartCount {
  const { max, windowMs } = node.spec.intensity;
  const kept = max === null ? [] : node.state.restarts.filter((at) => now.mono - at <= windowMs);
  const oldest = kept.length === 0 ? null : Math.min(...kept);
  return { count: kept.length, max, windowMs, lessAt: oldest === null ? null : Math.round(now.wall + (oldest + windowMs - now.mono)) };
}

function summary({ node, row }: GroupSource): string {
  const ids = below(node);
  const up = ids.filter((id) => row(id)?.state === 'RUNNING').length;
  const run = ids.length === 0 ? 'it has no members' : `${up} of ${count(ids.length, 'process', 'processes')} run${up === 1 && ids.length === 1 ? 's' : ''}`;
  const name = `group ${node.name}`;
  const { state } = node;
  switch (state.phase) {
    case 'UP': return `${name} is looked after; ${run}.`;
    case 'DOWN': return `${name} is down: nothing of it is wanted.`;
    case 'STARTING': return `${name} starts its members in order${state.current === null ? '' : `; it waits for ${shortName(state.current)}`}; ${run}.`;
    case 'ENDING': return `${name} ends members before its ${node.spec.strategy} restart${state.current === null ? '' : `; it waits for ${shortName(state.current)} to end`}${because(state.why)}.`;
    case 'WAITING': return `${name} waits for the back-off of ${listed(state.waitingFor.map(shortName))}, and then starts its members in order${because(state.why)}.`;
    case 'STOPPING': return `${name} is being stopped${state.current === null ? '' : `; it waits for ${shortName(state.current)} to end`}${because(state.why)}.`;
    case 'GIVING_UP': return `${name} had too many restarts (${shortName(state.failed)} was the last) and ends its members.`;
    case 'BACKOFF': return `${name} gave up after too many restarts, and is started anew by itself.`;
    case 'FATAL': return `${name} gave up after too many restarts${node.failed === null ? '' : ` (${shortName(node.failed)} was the last)`} and stays down.`;
    default: return state satisfies never;
  }
}

/** What one failure more than allowed does. */
function breach({ node, exits }: GroupSource): string {
  const { parent, spec } = node;
  const top = parent === null || parent.parent === null;
  if (spec.restart !== 'permanent') return `it ends its members and stays FATAL (restart = "${spec.restart}"): somebody has to start it`;
  const who = top ? 'the daemon' : `its parent ${parent.name}`;
  const counted = top ? (exits ? ', which counts against the limit past which the daemon ends (on_failure = "exit")' : '') : `, which counts there and can make ${parent.name} give up in turn`;
  return `it ends its members, and ${who} starts it anew${spec.backoff.policy === 'none' ? '' : ' after a delay'}${counted}`;
}

function limit(source: GroupSource, restarts: RestartCount): readonly string[] {
  if (restarts.max === null) return ['It has no limit of restarts itself: each member has its own, or none.'];
  const less = restarts.lessAt === null ? '' : `; the oldest counts no more in ${ago(restarts.lessAt - source.now.wall)}`;
  return [`Restarts: ${restarts.count} of ${restarts.max} within ${span(restarts.windowMs)}${less}.`, `With one more than ${restarts.max} ${breach(source)}.`];
}

/** Members that are not up, each with its reason. */
function missing({ node, row, now }: GroupSource): readonly string[] {
  const out: string[] = [];
  let more = 0;
  for (const member of node.members) {
    if (member.kind === 'group') {
      if (member.state.phase === 'UP' || member.state.phase === 'DOWN') continue;
      out.push(`Its group ${member.name} is ${member.state.phase}; \`reevectl explain group:${member.name}\` says why.`);
      continue;
    }
    const view = row(member.key);
    if (view === undefined || (view.state === 'RUNNING' && view.ready)) continue;
    if (out.length >= SHOWN) {
      more += 1;
      continue;
    }
    const name = shortName(view.id);
    const next = view.nextStartAt === null ? '' : `; it starts again in ${ago(view.nextStartAt - now.wall)}`;
    const how = view.state === 'RUNNING' ? 'RUNNING and not ready' : view.state;
    out.push(`${name} is ${how} for ${ago(now.wall - view.changedAt)}${because(view.why)}${next}${view.wanted === 'up' || view.disabled ? '' : ', and is not wanted up'}.`);
  }
  if (more > 0) out.push(`${count(more, 'more member is', 'more members are')} not up; \`reevectl status ${node.name}:*\` shows them.`);
  return out;
}

/** Members told one by one. */
const SHOWN = 10;

function advice({ node }: GroupSource): readonly string[] {
  const { phase } = node.state;
  if (phase === 'FATAL' || phase === 'DOWN') return [`\`reevectl start ${node.name}:*\` starts it${phase === 'FATAL' ? ' anew, with no restarts counted' : ''}.`];
  return [];
}

/** A group: its rules, its count of restarts, who of it is not up and why. */
export function explainGroup(source: GroupSource): GroupExplanation {
  const { node, view, now } = source;
  const restarts = restartsOf(node, now);
  const due = groupDeadline(node.state);
  const where = node.parent === null || node.parent.parent === null ? [] : [`It is a member of group ${node.parent.name}.`];
  return {
    kind: 'group', name: node.name, state: node.state.phase, summary: summary(source), group: view, restarts,
    sentences: [
      `Its strategy is ${node.spec.strategy}: ${STRATEGIES[node.spec.strategy]}.`, ...limit(source, restarts), ...where,
      ...(due === null ? [] : [`It is started anew in ${ago(due - now.mono)}.`]), ...missing(source), ...advice(source),
    ],
  };
}
