// One turn of a group: what it knows of its members, and what it has decided so far in this step.
import type { GroupSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { GroupOutcome, GroupPhase, GroupState, GroupStep, MemberCommand, MemberInfo, Mode, Semantics } from './group-state.ts';
import type { Moment } from './table.ts';

/** What a group may look at. `mode` answers for any member. */
export interface GroupView {
  readonly spec: GroupSpec;
  readonly isRoot: boolean;
  readonly semantics: Semantics;
  /** In start order. */
  readonly members: readonly MemberInfo[];
  readonly member: (name: string) => MemberInfo | undefined;
  readonly mode: (name: string) => Mode;
}

/** Collects one step. Lives for one call only. */
export class Turn {
  readonly view: GroupView;
  readonly moment: Moment;
  state: GroupState;
  private readonly changed = new Map<string, Mode>();
  private readonly commands: MemberCommand[] = [];
  private readonly facts: FactBody[] = [];
  private outcome: GroupOutcome | null = null;

  constructor(view: GroupView, state: GroupState, moment: Moment) {
    this.view = view;
    this.state = state;
    this.moment = moment;
  }

  mode(name: string): Mode {
    return this.changed.get(name) ?? this.view.mode(name);
  }

  set(name: string, mode: Mode): void {
    this.changed.set(name, mode);
  }

  tell(member: string, event: MemberCommand['event']): void {
    this.commands.push({ member, event });
  }

  say(fact: FactBody): void {
    this.facts.push(fact);
  }

  answer(outcome: GroupOutcome): void {
    this.outcome = outcome;
  }

  /** Another phase: only what lasts is carried over. */
  enter(phase: GroupPhase, why: string, lasting: Partial<Pick<GroupState, 'restarts' | 'failures' | 'upSince'>> = {}): void {
    const from = this.state.phase;
    const { restarts, failures, upSince } = this.state;
    this.state = { restarts, failures, upSince, ...lasting, ...phase };
    if (from !== phase.phase) this.say({ type: 'group.state', group: this.view.spec.name, from, to: phase.phase, why });
  }

  /** Within a phase: its own fields change. */
  keep(patch: Partial<GroupState>): void {
    this.state = { ...this.state, ...patch } as GroupState;
  }

  done(): GroupStep {
    return { state: this.state, modes: [...this.changed], commands: this.commands, facts: this.facts, outcome: this.outcome };
  }
}
