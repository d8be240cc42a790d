// on_failure = "exit": whose end for good is the end of the daemon?
import { shortName } from '../contract/names.ts';
import type { GroupEvent } from './group-state.ts';
import type { GroupNode, ProcessNode, TreeEffect } from './tree-state.ts';

/** Exit status of the daemon when a program failed and nothing else was asked for. */
const PROGRAM_FAILED = 10;

/** A member is left down for good. With a group go all below it that are wanted. */
export function daemonExits(node: ProcessNode | GroupNode | undefined, ended: GroupEvent & { type: 'member_ended' }): readonly TreeEffect[] {
  if (node?.kind === 'process') return exitOf(node, ended.cause === 'fatal', ended.expected, ended.why);
  return node ? below(node, ended.why) : [];
}

function below(group: GroupNode, why: string): readonly TreeEffect[] {
  return group.members.flatMap((m) => {
    if (m.kind === 'group') return below(m, why);
    return m.state.wanted === 'up' ? exitOf(m, true, false, `its group ${group.name} gave up: ${why}`) : [];
  });
}

function exitOf(node: ProcessNode, fatal: boolean, expected: boolean, why: string): readonly TreeEffect[] {
  const { onFailure, exitCode } = node.spec;
  if (onFailure !== 'exit') return [];
  const own = node.lastCode === null || (node.lastCode === 0 && fatal) ? PROGRAM_FAILED : node.lastCode;
  return [{ type: 'exit_daemon', code: exitCode === 'own' ? own : expected ? 0 : exitCode, why: `${shortName(node.key)}: ${why}`, process: node.key }];
}
