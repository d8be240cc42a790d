// `reevectl __complete names`: for the completion scripts. Silent when no daemon answers: a key press must print nothing odd.
import type { GlobalOptions } from './arguments.ts';
import { openClient } from './client.ts';
import { findDaemon } from './find-daemon.ts';
import { displayName } from './names.ts';
import type { Screen } from './screen.ts';
import type { SnapshotJson } from '../daemon/contract/snapshot.ts';

const PATIENCE_MS = 1500;

/** Names, whole groups (only of groups with another name than their process) and `all`. */
export function completions(snapshot: Pick<SnapshotJson, 'processes' | 'groups'>): readonly string[] {
  const lone = new Set(snapshot.processes.filter((p) => p.group === p.name).map((p) => p.name));
  return [
    'all',
    ...snapshot.processes.map(displayName),
    ...snapshot.groups.filter((g) => !lone.has(g.name)).map((g) => `${g.name}:*`),
  ].toSorted();
}

export async function completeNames(options: GlobalOptions, screen: Screen): Promise<number> {
  try {
    const place = await findDaemon(options, process.env, process.cwd(), process.argv[1] ?? '');
    const snapshot = await openClient(place.address, place.credentials).get<SnapshotJson>('/v1/status', {}, PATIENCE_MS);
    screen.line(completions(snapshot).join('\n'));
    return 0;
  } catch {
    return 1;
  }
}
