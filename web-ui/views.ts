// The views of the page: one file each, loaded when it is first shown.
import type { ComponentType } from 'preact';
import type { Values } from './ask.ts';
import type { RouteId } from '../daemon/contract/routes.ts';
import type { Snapshot } from '../daemon/contract/snapshot.ts';
import { trouble } from './tones.ts';

export interface ViewProps {
  /** What follows the view's name in the address: `#/jobs/nightly` gives `['nightly']`. */
  readonly rest: readonly string[];
}

export interface View {
  /** First word of its address. */
  readonly id: string;
  readonly title: string;
  /** In the navigation; those of one thing (a process, a run) are reached from their list. */
  readonly listed: boolean;
  /** The one of the navigation that it belongs to. */
  readonly within?: string;
  /** Who may not ask this is not offered the view. */
  readonly needs: RouteId;
  readonly load: () => Promise<{ readonly default: ComponentType<ViewProps> }>;
  /** So many deserve a look; 0: none. */
  readonly count?: (snapshot: Snapshot) => number;
  /** Where the snapshot does not know: asked for now and then, with at most `most` rows. */
  readonly asked?: { readonly route: 'dead list'; readonly values: Values; readonly most: number };
}

const sum = <T>(rows: Iterable<T>, holds: (row: T) => boolean): number => {
  let n = 0;
  for (const row of rows) if (holds(row)) n++;
  return n;
};

export const VIEWS: readonly View[] = [
  { id: 'processes', title: 'Processes', listed: true, needs: 'status', load: () => import('./views/processes.tsx'), count: ({ processes }) => sum(processes.values(), (row) => trouble(row) > 1) },
  { id: 'logs', title: 'Logs', listed: true, needs: 'logs', load: () => import('./views/logs.tsx') },
  { id: 'jobs', title: 'Jobs', listed: true, needs: 'job list', load: () => import('./views/jobs.tsx') },
  { id: 'runs', title: 'Run', listed: false, within: 'jobs', needs: 'job show', load: () => import('./views/runs.tsx') },
  { id: 'checks', title: 'Checks', listed: true, needs: 'check list', load: () => import('./views/checks.tsx'), count: ({ issues }) => sum(issues.values(), ({ state }) => state !== 'fixing' && state !== 'open') },
  { id: 'issues', title: 'Issue', listed: false, within: 'checks', needs: 'issue show', load: () => import('./views/issue.tsx') },
  { id: 'breakers', title: 'Breakers', listed: true, needs: 'breaker', load: () => import('./views/breakers.tsx'), count: ({ breakers }) => sum(breakers.values(), ({ state }) => state === 'open') },
  { id: 'dead', title: 'Dead letters', listed: true, needs: 'dead list', load: () => import('./views/dead.tsx'), asked: { route: 'dead list', values: { pending: true, output: false, limit: 100 }, most: 100 } },
  { id: 'events', title: 'Events', listed: true, needs: 'events', load: () => import('./views/events.tsx') },
  { id: 'reload', title: 'Reload', listed: true, needs: 'plan', load: () => import('./views/reload.tsx') },
  { id: 'about', title: 'About', listed: true, needs: 'doctor', load: () => import('./views/about.tsx') },
  { id: 'api', title: 'API', listed: false, needs: 'openapi', load: () => import('./views/api.tsx') },
];
