// The state of everything as lines of the log, for SIGUSR1.
import type { Tree } from './core/tree.ts';
import type { Bus } from './runtime/bus.ts';

/** One line for the daemon, then one for each process and each group. */
export function stateLines({ snapshot, last }: Pick<Bus, 'snapshot' | 'last'>, tree: Tree): readonly string[] {
  const rows = [...snapshot.processes.values()].map((p) => `${p.id} ${p.state} pid ${p.pid ?? '-'} life ${p.incarnation} (${p.why})`);
  const groups = [...tree.groups.values()].map((g) => `${g.key} ${g.state.phase}`);
  const runs = [...snapshot.runs.values()].map((run) => `job ${run.job} run ${run.id} ${run.state} pid ${run.pid ?? '-'} (${run.why})`);
  return [`state on request: ${rows.length} processes, ${runs.length} runs, last fact ${last}, ${Math.round(process.memoryUsage.rss() / 1048576)} MiB`, ...rows, ...groups, ...runs];
}
