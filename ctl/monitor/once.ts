// The monitor in one shot: a table of sections, a line of counters, or everything as JSON. Pure.
import type { Fact } from '../../daemon/contract/facts.ts';
import type { UsageRow } from '../../daemon/contract/ps.ts';
import { fromJson } from '../../daemon/contract/snapshot.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { layout } from './columns.ts';
import { rowsOf, SECTION_IDS, SECTIONS } from './rows.ts';
import type { SectionId } from './rows.ts';
import { renderLine } from './spans.ts';
import { emptyWorld, remember } from './world.ts';
import type { World } from './world.ts';

/** Columns where there is no terminal: enough for sentences. */
const PIPE_COLUMNS = 160;
/** Of the events; the other sections are shown whole. */
const SHOWN_EVENTS = 10;

/** The four counters. */
export interface Counters {
  /** Processes with a life, and runs going on. */
  readonly active: number;
  readonly stuck: number;
  readonly violations: number;
  readonly breakersOpen: number;
}

export function worldOf(json: SnapshotJson, facts: readonly Fact[], usage: readonly UsageRow[], now: number): World {
  const world: World = { ...emptyWorld(), snapshot: fromJson(json), usage: new Map(usage.map((row) => [row.id, row])), lost: null, now };
  for (const fact of facts) remember(world, fact);
  return world;
}

export function countersOf(world: World): Counters {
  const { processes, runs, breakers } = world.snapshot;
  const count = <T>(rows: Iterable<T>, is: (row: T) => boolean): number => {
    let n = 0;
    for (const row of rows) if (is(row)) n++;
    return n;
  };
  return {
    active: count(processes.values(), (one) => one.pid !== null) + count(runs.values(), (one) => one.state === 'running'),
    stuck: count(processes.values(), (one) => one.health === 'stuck' || one.heartbeat?.stuck === true) + count(runs.values(), (one) => one.heartbeat?.stuck === true),
    violations: world.violations.length,
    breakersOpen: count(breakers.values(), (one) => one.state !== 'closed'),
  };
}

/** `active 12  stuck 0  violations 3  breakers open 1` */
export function compactLine(world: World): string {
  const { active, stuck, violations, breakersOpen } = countersOf(world);
  return `active ${String(active)}  stuck ${String(stuck)}  violations ${String(violations)}  breakers open ${String(breakersOpen)}`;
}

/** Each section with its rows; the empty ones in a word. `columns` null: no terminal. */
export function tableOnce(world: World, columns: number | null, colour: boolean): readonly string[] {
  const width = columns ?? PIPE_COLUMNS;
  const section = (id: SectionId): readonly string[] => {
    const rows = rowsOf(world, id, '', '').slice(0, id === 'events' ? SHOWN_EVENTS : undefined);
    const table = layout(id, rows, world, width);
    const lines = rows.length === 0 ? ['  none'] : [table.header, ...rows.map((row) => table.line(row))].map((line) => renderLine(line, width, { colour }).trimEnd());
    return ['', `${SECTIONS[id]}: ${String(rows.length)}`, ...lines];
  };
  return [compactLine(world), ...SECTION_IDS.flatMap(section)];
}
