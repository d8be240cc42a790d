// `reevectl __complete KIND`: for the completion scripts. Silent when no daemon answers: a key press must print nothing odd.
import type { NameKind } from '../daemon/contract/commands.ts';
import type { RestAnswers } from '../daemon/contract/rest.ts';
import type { SnapshotJson } from '../daemon/contract/snapshot.ts';
import type { GlobalOptions } from './arguments.ts';
import { openClient } from './client.ts';
import type { Client } from './client.ts';
import { findDaemon } from './find-daemon.ts';
import { displayName } from './names.ts';
import type { Screen } from './screen.ts';

const PATIENCE_MS = 1500;
/** Runs and dead letters offered, the newest. */
const OFFERED = 50;

/** Names, whole groups (only of groups with another name than their process) and `all`. */
export function completions(snapshot: Pick<SnapshotJson, 'processes' | 'groups'>): readonly string[] {
  const lone = new Set(snapshot.processes.filter((p) => p.group === p.name).map((p) => p.name));
  return [
    'all',
    ...snapshot.processes.map(displayName),
    ...snapshot.groups.filter((g) => !lone.has(g.name)).map((g) => `${g.name}:*`),
  ].toSorted();
}

const jobsIn = (snapshot: SnapshotJson): readonly string[] => snapshot.jobs.map((job) => job.name).toSorted();

async function runsOf(client: Client): Promise<readonly string[]> {
  return (await client.get<RestAnswers['job history']>('/v1/runs', { limit: OFFERED }, PATIENCE_MS)).map((run) => run.id);
}

/** What may stand where names of this kind do. */
export async function namesOfKind(client: Client, kind: NameKind): Promise<readonly string[]> {
  const status = (): Promise<SnapshotJson> => client.get<SnapshotJson>('/v1/status', {}, PATIENCE_MS);
  switch (kind) {
    case 'processes': return completions(await status());
    case 'jobs': return jobsIn(await status());
    case 'breakers': return (await status()).breakers.map((one) => one.name).toSorted();
    case 'drainable': {
      const snapshot = await status();
      return [...jobsIn(snapshot), ...new Set(snapshot.processes.map((p) => p.program))];
    }
    case 'programs': return [...new Set((await status()).processes.map((p) => p.program))].toSorted();
    case 'runs': return runsOf(client);
    case 'runs_or_jobs': return [...jobsIn(await status()), ...(await runsOf(client))];
    case 'checks': return (await status()).checks.map((one) => one.name).toSorted();
    case 'issues': return (await client.get<RestAnswers['issue list']>('/v1/issues', { limit: OFFERED }, PATIENCE_MS)).map((issue) => issue.id);
    case 'explained': {
      const snapshot = await status();
      const { jobs, breakers, checks, groups } = snapshot;
      const names = [...groups.map((one) => one.name), ...jobs.filter((one) => one.role === 'job').map((one) => one.name), ...breakers.map((one) => one.name), ...checks.map((one) => one.name)];
      return [...new Set([...completions(snapshot), ...names])].toSorted();
    }
    case 'dead': return (await client.get<RestAnswers['dead list']>('/v1/dead', { limit: OFFERED }, PATIENCE_MS)).map((letter) => letter.id);
  }
}

const KINDS: readonly string[] = ['processes', 'jobs', 'runs', 'runs_or_jobs', 'dead', 'breakers', 'drainable', 'checks', 'issues', 'explained', 'programs'] satisfies readonly NameKind[];

/** Prints one name a line. `word` is the kind; `names` is that of scripts made by an earlier version. */
export async function completeNames(options: GlobalOptions, screen: Screen, word: string): Promise<number> {
  const kind = KINDS.includes(word) ? (word as NameKind) : 'processes';
  try {
    const place = await findDaemon(options, process.env, process.cwd(), process.argv[1] ?? '');
    screen.line((await namesOfKind(openClient(place.address, place.credentials), kind)).join('\n'));
    return 0;
  } catch {
    return 1;
  }
}
