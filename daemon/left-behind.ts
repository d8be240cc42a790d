// Who lives on with nobody to look after it: named once, because what it writes is read by nobody from then on.
import type { LeftBehind } from './contract/fact-payloads.ts';
import type { Child, Processes } from './os/ports/processes.ts';
import { commandLineOf } from './os/proc.ts';

/** What is alive of one process that is no longer known. */
export function leftOf(processes: Processes, id: string, child: Child | undefined): readonly LeftBehind[] {
  return (child ? processes.tree(child) : []).map((pid) => ({ pid, process: id, command: commandLineOf(pid) }));
}

/** Who lives on when all programs are stopped: leftovers of programs that may leave somebody (INI), and orphans of nobody knows whom. */
export function leftAtTheEnd(processes: Processes, children: Iterable<readonly [id: string, child: Child | undefined]>, survivors: readonly number[]): readonly LeftBehind[] {
  const left: LeftBehind[] = [];
  for (const [id, child] of children) left.push(...leftOf(processes, id, child).filter(({ pid }) => !survivors.includes(pid)));
  for (const { pid, process: of, command } of processes.unattributed()) left.push({ pid, process: of, command });
  return left;
}

/** For a sentence: `web:web pid 12 (sleep 100), unknown origin pid 13 (sh)`. */
export function namesOf(left: readonly LeftBehind[]): string {
  return left.map(({ pid, process: of, command }) => `${of ?? 'unknown origin'} pid ${pid} (${command})`).join(', ');
}
