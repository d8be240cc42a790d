// What passes between the machines of the tree, in each other's words: a child's outcome as its group hears it, and facts that
// name groups as people do.
import type { GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { RestartLimit } from '../contract/fact-payloads.ts';
import type { GroupEvent, GroupOutcome, MemberCommand } from './group-state.ts';
import type { ProcessOutcome, ProcessState } from './process-state.ts';

/** In a group, a process is known by its id and a group by its name. */
export function memberName(member: MemberSpec): string {
  return member.kind === 'process' ? member.id : `group ${member.name}`;
}

function dependsOn({ dependsOn: list }: ProcessSpec): { readonly dependsOn?: readonly string[] } {
  return list.length === 0 ? {} : { dependsOn: list.map(({ name, condition }) => (condition === null ? name : `${name}:${condition}`)) };
}

/** Also that it is wanted down where an operator keeps it down, though the file says that it starts by itself. */
export function addedFacts(spec: ProcessSpec, state: Pick<ProcessState, 'wanted' | 'incarnation'>): readonly FactBody[] {
  const added: FactBody = { type: 'process.added', process: spec.id, group: spec.group, program: spec.program, num: spec.num, autostart: spec.autostart, priority: spec.priority, incarnation: state.incarnation, ...dependsOn(spec) };
  return spec.autostart && state.wanted === 'down' ? [added, { type: 'process.wanted', process: spec.id, wanted: 'down', by: 'an operator, earlier' }] : [added];
}

/** Its specification is another one now. */
export function changedFact(spec: ProcessSpec): FactBody {
  return { type: 'process.changed', process: spec.id, program: spec.program, num: spec.num, autostart: spec.autostart, priority: spec.priority, ...dependsOn(spec) };
}

/** How often its members may restart, where that is limited. */
export function intensityOf(spec: GroupSpec): { readonly intensity?: RestartLimit } {
  const { max, windowMs } = spec.intensity;
  return max === null ? {} : { intensity: { max, windowMs } };
}

/** `parent` null: it stands at the top. */
export function addedGroupFact(spec: GroupSpec, parent: string | null): FactBody {
  return { type: 'group.added', group: spec.name, parent, strategy: spec.strategy, members: spec.members.map((m) => (m.kind === 'process' ? m.id : m.name)), ...intensityOf(spec) };
}

/** Facts name groups as people do. */
export function plainName(fact: FactBody): FactBody {
  const plain = (name: string): string => (name.startsWith('group ') ? name.slice(6) : name);
  switch (fact.type) {
    case 'group.strategy_applied': return { ...fact, failed: plain(fact.failed), affected: fact.affected.map(plain) };
    case 'group.gave_up': return { ...fact, failed: plain(fact.failed) };
    case 'group.escalated': return { ...fact, group: plain(fact.group) };
    default: return fact;
  }
}

/** What a group hears when this is asked of one of its members. */
export function memberAction(action: 'start' | 'stop' | 'restart' | 'strategy_restart'): 'start_member' | 'stop_member' | 'restart_member' | 'strategy_restart' {
  return action === 'strategy_restart' ? action : `${action}_member`;
}

/** What a group that is a member hears of a command of its parent, in order. */
export function groupEvents(event: MemberCommand['event']): readonly GroupEvent[] {
  switch (event.type) {
    case 'retry': case 'start': return [event];
    case 'restart': return [{ type: 'stop', why: event.why }, { type: 'start', why: event.why }];
    default: return [{ type: 'stop', why: event.why }];
  }
}

/** What became of a process, as its group hears it. */
export function processOutcome(member: string, outcome: ProcessOutcome): GroupEvent {
  switch (outcome.type) {
    case 'started': return { type: 'member_started', member, running: false };
    case 'running': return { type: 'member_started', member, running: true };
    case 'stopped': return { type: 'member_stopped', member };
    case 'ended': return { type: 'member_ended', member, cause: 'exit', expected: outcome.expected, why: outcome.why };
    case 'fatal': return { type: 'member_ended', member, cause: 'fatal', expected: false, why: outcome.why };
    case 'lost': return { type: 'member_ended', member, cause: 'lost', expected: false, why: outcome.why };
    case 'due': return { type: 'member_due', member };
    default: return outcome satisfies never;
  }
}

/** What became of a group, as its parent hears it. */
export function groupOutcome(member: string, outcome: GroupOutcome): GroupEvent {
  switch (outcome.type) {
    case 'started': return { type: 'member_started', member, running: true };
    case 'stopped': return { type: 'member_stopped', member };
    case 'gave_up': return { type: 'member_ended', member, cause: 'gave_up', expected: true, why: outcome.why };
    case 'due': return { type: 'member_due', member };
    case 'revived': return { type: 'member_revived', member };
    default: return outcome satisfies never;
  }
}
