// Processes as a tree of groups: how each is, what it uses, and what can be done with one, with many, with a group.
import { useMemo, useState } from 'preact/hooks';
import { BADNESS, healthReason } from '../../daemon/contract/health.ts';
import { shortName } from '../../daemon/contract/names.ts';
import type { GroupView, ProcessView, Snapshot } from '../../daemon/contract/snapshot.ts';
import { PROCESS_STATES } from '../../daemon/contract/states.ts';
import { to } from '../address.ts';
import { useDeeds } from '../deeds.tsx';
import { daemonNow } from '../live/daemon-clock.ts';
import { useLive } from '../live/use-live.ts';
import { useUsage } from '../live/usage.ts';
import type { UsageHistory } from '../live/usage.ts';
import { Badge } from '../parts/badge.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { Menu } from '../parts/menu.tsx';
import { Selection, useMarks } from '../parts/selection.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Table, useNarrow } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { Since } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { processItems } from '../process-deeds.tsx';
import { go, useQuery } from '../router.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { useSession } from '../session.ts';
import { healthTone, PROCESS_TONES, trouble } from '../tones.ts';
import type { ViewProps } from '../views.ts';
import { bytes, count, parted, percent } from '../words.ts';
import Process from './process.tsx';

/** A line of the tree. */
type Line =
  | { readonly kind: 'group'; readonly id: string; readonly group: GroupView; readonly depth: number; readonly rows: readonly ProcessView[]; readonly open: boolean }
  | { readonly kind: 'process'; readonly id: string; readonly row: ProcessView; readonly depth: number };

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Smallest first; of states, whoever deserves a look first. */
const SORTS: Readonly<Record<string, (a: ProcessView, b: ProcessView, usage: ReadonlyMap<string, UsageHistory>) => number>> = {
  name: (a, b) => byText(a.id, b.id),
  state: (a, b) => trouble(b) - trouble(a) || byText(a.state, b.state),
  health: (a, b) => BADNESS[b.health] - BADNESS[a.health],
  uptime: (a, b) => (b.startedAt ?? Infinity) - (a.startedAt ?? Infinity) || 0,
  cpu: (a, b, usage) => (usage.get(a.id)?.last.cpuPercent ?? -1) - (usage.get(b.id)?.last.cpuPercent ?? -1),
  memory: (a, b, usage) => (usage.get(a.id)?.last.rssBytes ?? -1) - (usage.get(b.id)?.last.rssBytes ?? -1),
  restarts: (a, b) => a.restarts - b.restarts,
};
/** Those of figures begin with the greatest. */
const FIGURES = new Set(['uptime', 'cpu', 'memory', 'restarts']);
/** Where there is no head of a table to press. */
const SORT_WORDS = { '': 'As in the file', 'name.up': 'By name', 'state.up': 'Trouble first', 'health.up': 'By health', 'uptime.up': 'Youngest first', 'uptime.down': 'Oldest first', 'cpu.down': 'By CPU', 'memory.down': 'By memory', 'restarts.down': 'By restarts' } as const;
/** Height of a card on a phone, px: four lines. */
const CARD = 116;
/** Room for a name: rem for each of its characters, and for so many at most. */
const NAME_REM = 0.5;
const MAX_NAME = 56;
/** Of a longer name the end stays when it is cut: it says which of many it is. */
const LONG_NAME = 22;
const NAME_END = 6;

/** Why it is not well, of one whose state says nothing of it; '' of all others. */
function illness(row: ProcessView): string {
  return row.health === 'healthy' || row.health === 'unknown' ? '' : healthReason(row);
}

/** In a line: what is wrong with it, else what it says that it does, else why it is in its state. */
function reasonOf(row: ProcessView): string {
  return illness(row) || (row.state === 'RUNNING' && row.why === 'up' ? row.statusText : row.why);
}

/** Does a process answer to what is looked for: part of its name, group, program, state, health, pid or reason. */
function found(row: ProcessView, words: readonly string[]): boolean {
  return words.length === 0 || hasWords(`${row.id} ${row.program} ${row.state} ${row.health} ${row.pid ?? ''} ${row.why} ${illness(row)}`, words);
}

/** A group whose only member is a program of the same name needs no line of its own. */
function alone(group: GroupView, rows: readonly ProcessView[]): boolean {
  return rows.length === 1 && rows[0]?.name === group.name && group.members.length === 1;
}

/** The tree as lines, in the order of the file; groups within groups below them. */
function linesOf(snapshot: Snapshot, keep: (row: ProcessView) => boolean, folded: ReadonlySet<string>): readonly Line[] {
  const byGroup = new Map<string, ProcessView[]>();
  for (const row of snapshot.processes.values()) if (keep(row)) (byGroup.get(row.group) ?? byGroup.set(row.group, []).get(row.group))?.push(row);
  const children = new Map<string | null, GroupView[]>();
  for (const group of snapshot.groups.values()) {
    const parent = group.parent !== null && snapshot.groups.has(group.parent) ? group.parent : null;
    (children.get(parent) ?? children.set(parent, []).get(parent))?.push(group);
  }
  const lines: Line[] = [];
  const below = (group: GroupView): ProcessView[] => [...(byGroup.get(group.name) ?? []), ...(children.get(group.name) ?? []).flatMap(below)];
  const walk = (group: GroupView, depth: number): void => {
    const own = byGroup.get(group.name) ?? [];
    const all = below(group);
    if (all.length === 0) return;
    if (alone(group, own) && all.length === 1) {
      lines.push({ kind: 'process', id: own[0]?.id ?? '', row: own[0] as ProcessView, depth });
      return;
    }
    const open = !folded.has(group.name);
    lines.push({ kind: 'group', id: `group ${group.name}`, group, depth, rows: all, open });
    if (!open) return;
    for (const row of own) lines.push({ kind: 'process', id: row.id, row, depth: depth + 1 });
    for (const child of children.get(group.name) ?? []) walk(child, depth + 1);
  };
  // The unnamed group above all is not shown.
  for (const group of children.get(null) ?? []) walk(group, 0);
  return lines;
}

function ProcessName({ id, name }: { readonly id: string; readonly name: string }) {
  const href = to(['processes', id]);
  if (name.length <= LONG_NAME) return <a href={href}>{name}</a>;
  const [head, end] = parted(name, NAME_END);
  return <a href={href} class="long-name" aria-label={name} title={name}><span>{head}</span><span>{end}</span></a>;
}

function summary(rows: readonly ProcessView[]): string {
  const up = rows.filter((row) => row.state === 'RUNNING').length;
  return up === rows.length ? `${up} running` : `${up} of ${rows.length} running`;
}

/** The list, or the one process that the address names. */
export default function Processes({ rest }: ViewProps) {
  const [id] = rest;
  return id === undefined ? <ProcessList /> : <Process key={id} id={id} />;
}

function NoPrograms({ snapshot }: { readonly snapshot: Snapshot }) {
  const jobs = [...snapshot.jobs.values()].filter((job) => job.role === 'job').length;
  return (
    <>
      The file declares no programs. One takes two lines: <code>[programs.web]</code> and <code>command = "…"</code>.
      {jobs + snapshot.checks.size === 0 ? null : <p>It declares {jobs === 0 ? null : <a href={to(['jobs'])}>{count(jobs, 'job')}</a>}{jobs === 0 || snapshot.checks.size === 0 ? null : ' and '}{snapshot.checks.size === 0 ? null : <a href={to(['checks'])}>{count(snapshot.checks.size, 'check')}</a>}.</p>}
    </>
  );
}

function ProcessList() {
  const live = useLive();
  const session = useSession();
  const deeds = useDeeds();
  const [search, setSearch] = useQuery('q');
  const [state, setState] = useQuery('state');
  const [sort, setSort] = useQuery('sort');
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const marks = useMarks((line: Line) => (line.kind === 'process' ? [line.id] : line.rows.map((row) => row.id)));
  const [seen, setSeen] = useState<readonly string[]>([]);
  // Who is the greatest is not known of rows that are not seen.
  const usage = useUsage(seen, /^(?:cpu|memory)\./.test(sort));
  const { snapshot } = live;
  const narrow = useNarrow();

  const words = searchWords(search);
  const keep = (row: ProcessView): boolean =>
    found(row, words) && (state === '' || (state === 'trouble' ? trouble(row) > 0 : state === 'unhealthy' ? row.health === 'unhealthy' || row.health === 'stuck' || row.health === 'degraded' : row.state === state));
  const [by = '', way = ''] = sort.split('.');
  // From the address: anybody may write anything there.
  const compare = Object.hasOwn(SORTS, by) ? SORTS[by] : undefined;
  const lines = useMemo((): readonly Line[] => {
    if (compare === undefined) return linesOf(snapshot, keep, folded);
    const rows = [...snapshot.processes.values()].filter(keep).toSorted((a, b) => compare(a, b, usage));
    return (way === 'down' ? rows.toReversed() : rows).map((row): Line => ({ kind: 'process', id: row.id, row, depth: 0 }));
  }, [live.version, search, state, sort, folded, by === 'cpu' || by === 'memory' ? usage : null]);

  const states = useMemo(() => {
    const all = new Map<string, number>();
    let bad = 0;
    let known = false;
    for (const row of snapshot.processes.values()) {
      all.set(row.state, (all.get(row.state) ?? 0) + 1);
      if (trouble(row) > 0) bad++;
      if (row.health !== 'unknown') known = true;
    }
    return { all, bad, known };
  }, [live.version]);

  const chosen = [...marks.keys].flatMap((id) => snapshot.processes.get(id) ?? []);

  // A name is cut only where there is no room at all: the longest one says how much is wanted.
  const longest = useMemo(() => lines.reduce((most, line) => Math.max(most, line.depth * 2 + (line.kind === 'process' ? (line.depth > 0 ? line.row.name : shortName(line.id)).length : line.group.name.length + line.group.strategy.length + 3)), 12), [lines]);
  const every: readonly Column<Line>[] = [
    {
      id: 'name', title: 'Name', width: `minmax(10rem, ${Math.min(longest, MAX_NAME) * NAME_REM}rem)`, sort: true,
      cell: (line) => {
        const indent = { paddingLeft: `${line.depth * 1.1}rem` };
        if (line.kind === 'process') return <span class="name" style={indent}><ProcessName id={line.id} name={line.depth > 0 ? line.row.name : shortName(line.id)} /></span>;
        const { name, strategy } = line.group;
        return (
          <span style={indent}>
            <button type="button" class="fold" aria-expanded={line.open} onClick={() => setFolded((before) => { const next = new Set(before); if (line.open) next.add(name); else next.delete(name); return next; })}>
              <span aria-hidden="true">{line.open ? '▾' : '▸'}</span> {name}
            </button> <span class="faint">{strategy}</span>
          </span>
        );
      },
    },
    { id: 'state', title: 'State', width: '7.2rem', sort: true, cell: (line) => (line.kind === 'process'
      ? <Badge tone={PROCESS_TONES[line.row.state]} title={line.row.why}>{line.row.state}</Badge>
      : <span class={line.group.state === 'UP' ? 'faint' : ''} title={line.group.why}>{summary(line.rows)}</span>) },
    { id: 'ready', title: 'Ready', width: '3rem', drop: 2, cell: (line) => (line.kind === 'process' && line.row.state === 'RUNNING' ? (line.row.ready ? (narrow ? 'ready' : 'yes') : <span class="warn">{narrow ? 'not ready' : 'no'}</span>) : null) },
    { id: 'health', title: 'Health', width: '6.7rem', sort: true, drop: 2, cell: (line) => (line.kind === 'process' && line.row.health !== 'unknown' ? <Badge tone={healthTone(line.row, daemonNow())} title={line.row.healthSources.map((one) => `${one.source}: ${one.why}`).join('\n')}>{line.row.health}</Badge> : null) },
    { id: 'uptime', title: 'Up', width: '5rem', sort: true, number: true, drop: 3, cell: (line) => (line.kind === 'process' && line.row.pid !== null ? <Since at={line.row.startedAt} /> : null) },
    { id: 'cpu', title: 'CPU', width: '3.4rem', sort: true, number: true, drop: 3, cell: (line) => (line.kind === 'process' && line.row.pid !== null && usage.has(line.id) ? percent(usage.get(line.id)?.last.cpuPercent ?? 0) : null) },
    {
      id: 'memory', title: 'Memory', width: '8.4rem', sort: true, number: true, drop: 2,
      cell: (line) => {
        const history = line.kind === 'process' && line.row.pid !== null ? usage.get(line.id) : undefined;
        return history === undefined ? null : <span class="with-spark"><Sparkline values={history.rss} /> {bytes(history.last.rssBytes)}</span>;
      },
    },
    { id: 'restarts', title: 'Restarts', width: '4.8rem', sort: true, number: true, drop: 1, cell: (line) => (line.kind === 'process' ? <>{line.row.restarts}</> : null) },
    { id: 'why', title: 'Why', width: 'minmax(12rem, 1fr)', drop: 1, cell: (line) => (line.kind === 'process' ? <span class="faint" title={reasonOf(line.row)}>{line.row.flapping === null ? null : <span class="warn" title={`${line.row.flapping.failures} failures`}>flapping </span>}{reasonOf(line.row)}</span> : <span class="faint">{line.group.state === 'UP' ? '' : line.group.why}</span>) },
  ];

  const columns = states.known ? every : every.filter(({ id }) => id !== 'health');

  const itemsOf = (line: Line) => processItems(line.kind === 'process' ? { names: [line.id], rows: [line.row] } : { names: [`${line.group.name}:*`], rows: line.rows, group: line.group.name }, deeds, session, snapshot);
  const all = chosen.length > 0 ? processItems({ names: chosen.map((row) => row.id), rows: chosen }, deeds, session, snapshot) : [];
  const operates = session.can('restart');

  return (
    <>
      <ViewTitle title="Processes" marks={<span class="faint">{count(snapshot.processes.size, 'process', 'processes')}</span>} />
      {snapshot.processes.size === 0 ? null : (
        <div class="tools">
          <input type="search" placeholder="Name, state, pid, reason…" aria-label="Search processes" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
          <select class="phone-only" aria-label="Sort" value={Object.hasOwn(SORT_WORDS, sort) ? sort : ''} onChange={(event) => setSort(event.currentTarget.value)}>
            {Object.entries(SORT_WORDS).map(([value, text]) => <option key={value} value={value}>{text}</option>)}
          </select>
          <div class="chips" role="group" aria-label="Only these">
            <button type="button" class="chip" aria-pressed={state === ''} onClick={() => setState('')}>All {snapshot.processes.size}</button>
            {states.bad > 0 || state === 'trouble' ? <button type="button" class="chip" aria-pressed={state === 'trouble'} onClick={() => setState('trouble')}>Trouble {states.bad}</button> : null}
            {Object.keys(PROCESS_STATES).filter((name) => states.all.has(name) || state === name).map((name) => (
              <button key={name} type="button" class="chip" aria-pressed={state === name} onClick={() => setState(state === name ? '' : name)}>{name} {states.all.get(name) ?? 0}</button>
            ))}
          </div>
        </div>
      )}
      {chosen.length > 0 ? (
        <Selection marks={marks} what="processes" count={count(chosen.length, 'process', 'processes')}><ItemButtons items={all.filter((item) => item.often)} /></Selection>
      ) : null}
      <Table
        class="processes" card={CARD} label="Processes" columns={columns} rows={lines} keyOf={(line) => line.id} onOpen={(line) => { if (line.kind === 'process') go(to(['processes', line.id])); }}
        classOf={(line) => (line.kind === 'group' ? 'group' : '')} sorting={{
          by, down: way === 'down',
          // The third press brings the tree back.
          set: (next, down) => setSort(next === by && down === FIGURES.has(next) ? '' : `${next}.${down ? 'down' : 'up'}`),
        }}
        {...(operates ? { marks: { ...marks, nameOf: (line: Line) => (line.kind === 'process' ? shortName(line.id) : `group ${line.group.name}`) }, actions: (line: Line) => <Menu label={`Actions for ${line.kind === 'process' ? shortName(line.id) : `group ${line.group.name}`}`} items={itemsOf(line)} /> } : {})}
        onSeen={(rows) => setSeen(rows.flatMap((line) => (line.kind === 'process' && line.row.pid !== null ? [line.id] : [])))}
        empty={snapshot.processes.size === 0 ? <NoPrograms snapshot={snapshot} /> : 'No process answers to this.'}
      />
    </>
  );
}
