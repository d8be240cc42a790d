// How one process or job is configured, with the place of each key. Loaded by who asks.
import { jobEntries, processEntries, tableOfJob } from '../../config/entries.ts';
import type { Config, Origin, ProcessSpec } from '../../config/spec.ts';
import type { FindWritten } from '../../config/written.ts';
import type { CommandError } from '../contract/errors.ts';
import type { ConfigAnswer } from '../contract/page.ts';
import type { Jobs } from '../core/jobs.ts';
import { noSuch } from './job-control.ts';

/** Where the keys of a table of the file are written that began at `origin`; `moved`: the file has changed since, and nothing is found. */
export type PlacesOf = (config: Config, origin: Origin, table: readonly string[]) => Promise<{ readonly find: FindWritten; readonly moved: boolean }>;

export interface ConfigWorld {
  readonly config: Config;
  readonly places: PlacesOf;
  readonly jobs: Jobs;
  readonly resolve: (names: readonly string[]) => readonly string[] | CommandError;
  readonly specOf: (id: string) => ProcessSpec | undefined;
}

/** The settings of the job, or of the one process, that has this name. */
export async function configOf({ config, places, jobs, resolve, specOf }: ConfigWorld, kind: 'process' | 'job', name: string): Promise<ConfigAnswer | CommandError> {
  if (kind === 'job') {
    const job = jobs.spec(name);
    if (job === undefined) return noSuch('job', name, jobs.names());
    const { find, moved } = await places(config, job.origin, tableOfJob(job));
    return { kind, name: job.name, program: null, origin: job.origin, moved, entries: jobEntries(job, find) };
  }
  const ids = resolve([name]);
  if ('code' in ids) return ids;
  const [id = ''] = ids;
  const spec = specOf(id);
  if (spec === undefined || ids.length !== 1) {
    return { code: 'BAD_ARGUMENT', message: `cannot show the settings of ${name}: it names ${ids.length} processes, and each has its own`, hint: `ask for one of them: ${ids.slice(0, 5).join(', ')}` };
  }
  const { find, moved } = await places(config, spec.origin, ['programs', spec.program]);
  return { kind, name: spec.id, program: spec.program, origin: spec.origin, moved, entries: processEntries(spec, find) };
}
