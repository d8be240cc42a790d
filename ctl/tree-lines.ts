// The lines of `tree`: groups and their members as branches, each process with its state and what it depends on. Pure.
//   pipeline              UP        rest_for_one
//   ├─ ingest             RUNNING   needs db:ready
//   └─ store              BACKOFF   waits for db:ready, cache
//   web                   RUNNING   not ready; needs pipeline
import type { GroupView, ProcessView } from '../daemon/contract/snapshot.ts';
import { shortName } from '../daemon/contract/names.ts';
import { paint, printableCell } from './screen.ts';
import { STATE_PAINTS } from './status-lines.ts';
import { cell, padEnd, textWidth, truncate } from './text-width.ts';

const LEAST_NAME = 24;
const STATE_WIDTH = 10;
const SHORTEST_NAME = 12;
/** Groups in groups, at most: a snapshot that goes round in a circle must not hang us. */
const MAX_DEPTH = 40;

interface Row {
  readonly name: string;
  readonly state: string;
  readonly painted: ProcessView['state'] | null;
  readonly rest: string;
}

/** What is to be said of a process beside its state. */
export function needsOf(view: Pick<ProcessView, 'state' | 'ready' | 'dependsOn' | 'waitsFor'>): string {
  const notReady = view.state === 'RUNNING' && !view.ready ? ['not ready'] : [];
  const waits = view.waitsFor.length > 0 ? [`waits for ${view.waitsFor.join(', ')}`] : [];
  const met = view.dependsOn.length > 0 && view.waitsFor.length === 0 ? [`needs ${view.dependsOn.join(', ')}`] : [];
  return [...notReady, ...waits, ...met].join('; ');
}

export interface TreeStyle {
  /** Width of the terminal, or null in a pipe or a file. */
  readonly columns: number | null;
  readonly colour: boolean;
}

/** The tree of those `shown`, in start order. On a terminal no line is wider than it. */
export function treeLines(processes: readonly ProcessView[], groups: readonly GroupView[], shown: ReadonlySet<string>, { columns, colour }: TreeStyle): readonly string[] {
  const views = new Map(processes.map((view) => [view.id, view]));
  const named = new Map(groups.map((group) => [group.name, group]));
  const rows: Row[] = [];
  const isShown = (member: string, depth: number): boolean => {
    const group = named.get(member);
    return shown.has(member) || (depth < MAX_DEPTH && group !== undefined && !views.has(member) && group.members.some((below) => isShown(below, depth + 1)));
  };
  const add = (member: string, branch: string, below: string, depth: number): void => {
    const view = views.get(member);
    if (view) {
      rows.push({ name: `${branch}${depth === 0 ? shortName(view.id) : view.name}`, state: view.state, painted: view.state, rest: needsOf(view) });
      return;
    }
    const group = named.get(member);
    if (!group || depth > MAX_DEPTH) return;
    const members = group.members.filter((one) => isShown(one, depth + 1));
    const [only] = group.members;
    // A program outside groups is a group of its own; nobody thinks of it so.
    if (group.members.length === 1 && only !== undefined && views.get(only)?.name === group.name) return add(only, branch, below, depth);
    rows.push({ name: `${branch}${group.name}`, state: group.state, painted: null, rest: group.strategy === 'one_for_one' ? '' : group.strategy });
    members.forEach((one, index) => {
      const last = index === members.length - 1;
      add(one, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`, depth + 1);
    });
  };
  for (const group of groups) if (!group.parent && isShown(group.name, 0)) add(group.name, '', '', 0);
  const needed = rows.reduce((most, row) => Math.max(most, textWidth(printableCell(row.name))), LEAST_NAME) + 2;
  const width = columns === null ? needed : Math.min(needed, Math.max(SHORTEST_NAME, columns - STATE_WIDTH));
  const room = columns === null ? Infinity : Math.max(0, columns - width - STATE_WIDTH);
  return rows.map((row) => `${padEnd(truncate(printableCell(row.name), width - 2), width)}${paint(cell(row.state, Math.min(STATE_WIDTH, (columns ?? Infinity) - width)), row.painted === null ? null : STATE_PAINTS[row.painted], colour)}${truncate(printableCell(row.rest), room)}`.trimEnd());
}
