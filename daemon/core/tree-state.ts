// The nouns of the tree: what it is told, what it asks of the world, and its nodes.
import type { GroupSpec, ProcessSpec, StopStep } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { GroupState, MemberInfo, Mode, Semantics } from './group-state.ts';
import type { GroupView } from './group-turn.ts';
import type { ProcessEffect, ProcessEvent, ProcessState } from './process-state.ts';

/** What can be told to the tree. */
export type TreeEvent =
  | { readonly type: 'boot'; readonly why: string }
  | { readonly type: 'process'; readonly id: string; readonly event: ProcessEvent }
  /** A deadline is over: a process id, or a group name with `group` set. */
  | { readonly type: 'due'; readonly key: string }
  | { readonly type: 'operate'; readonly action: 'start' | 'stop' | 'restart' | 'strategy_restart'; readonly id: string; readonly why: string }
  | { readonly type: 'operate_group'; readonly action: 'start' | 'stop'; readonly name: string; readonly why: string }
  /** Processes came, went or changed: those that wait look again, and lives that are to be ready in another way go by it. */
  | { readonly type: 'look' }
  /** These circuit breakers are open: programs that name one of them are not started until it is not open any more. */
  | { readonly type: 'breakers'; readonly open: ReadonlySet<string> }
  /** The daemon ends: from now on nobody is restarted. */
  | { readonly type: 'close' }
  | { readonly type: 'close_process'; readonly id: string; readonly why: string }
  | { readonly type: 'hurry'; readonly id: string; readonly steps: readonly StopStep[] };

/** What the tree asks of the world. */
export type TreeEffect = ProcessEffect | { readonly type: 'exit_daemon'; readonly code: number; readonly why: string; readonly process: string | null };

/** What comes of one event: facts to publish, then effects to run, each in order. */
export interface TreeStep {
  readonly effects: readonly TreeEffect[];
  readonly facts: readonly FactBody[];
  /** Keys whose deadline may have changed. */
  readonly touched: ReadonlySet<string>;
}

/** A process in the tree. */
export interface ProcessNode {
  readonly kind: 'process';
  readonly key: string;
  spec: ProcessSpec;
  readonly parent: GroupNode;
  state: ProcessState;
  /** Code of its last end, for on_failure = "exit" with its own code. */
  lastCode: number | null;
  /** A flag of the operator, told by every start of the group. */
  disabled: boolean;
}

/** A group in the tree; the root is one too. */
export interface GroupNode {
  readonly kind: 'group';
  readonly key: string;
  readonly name: string;
  spec: GroupSpec;
  readonly parent: GroupNode | null;
  state: GroupState;
  readonly modes: Map<string, Mode>;
  /** Member for which it last gave up. */
  failed: string | null;
  members: (ProcessNode | GroupNode)[];
  view: GroupView;
}

/** What the tree starts from. */
export interface TreeOptions {
  readonly semantics?: Semantics;
  /** Exit status when a group at the top gives up; null: the daemon stays. */
  readonly rootExitCode?: number | null;
  /** Highest incarnation ever given, per process. */
  readonly incarnations?: ReadonlyMap<string, number>;
  /** Processes an operator keeps down. */
  readonly held?: ReadonlySet<string>;
}

/** A group as its machine sees it: made anew when its members or its rules change. */
export function viewOf(node: Omit<GroupNode, 'view'>, semantics: Semantics): GroupView {
  const members: MemberInfo[] = node.members.map((m) => ({
    name: m.key, isGroup: m.kind === 'group', restart: m.spec.restart, autostart: m.kind === 'group' || m.spec.autostart,
  }));
  const byName = new Map(members.map((m) => [m.name, m]));
  return {
    spec: node.spec, isRoot: node.parent === null, semantics, members,
    member: (name) => byName.get(name), mode: (name) => node.modes.get(name) ?? 'off',
  };
}

/** It has no life and waits for none. */
export function isDown(node: ProcessNode): boolean {
  const { phase } = node.state;
  return phase === 'STOPPED' || phase === 'EXITED' || phase === 'FATAL';
}

/** Everybody below is down, and no group is in the middle of something. */
export function isAtRest(node: GroupNode): boolean {
  const { phase } = node.state;
  return (phase === 'DOWN' || phase === 'UP' || phase === 'FATAL') && node.members.every((m) => (m.kind === 'group' ? isAtRest(m) : isDown(m)));
}
