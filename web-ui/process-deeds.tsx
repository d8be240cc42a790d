// What can be done with processes, and what will happen, in words: the same for one, for many and for a group.
import { shortName } from '../daemon/contract/names.ts';
import type { ProcessView, Snapshot } from '../daemon/contract/snapshot.ts';
import { ask } from './ask.ts';
import type { Deeds } from './deeds.tsx';
import { subjectOf } from './deeds.tsx';
import { dependentsOf } from './dependencies.ts';
import type { MenuItem } from './parts/menu.tsx';
import type { Session } from './session.ts';
import { count, isolated, listed } from './words.ts';

const SIGNALS = ['HUP', 'USR1', 'USR2', 'TERM', 'INT', 'QUIT', 'KILL', 'STOP', 'CONT', 'WINCH'] as const;

export interface ProcessSubject {
  /** As namespecs: `a:b`, `a:*`. */
  readonly names: readonly string[];
  readonly rows: readonly ProcessView[];
  /** A group, in place of its members' names. */
  readonly group?: string;
}

function nameOf({ group, rows }: ProcessSubject): string {
  return group === undefined ? subjectOf(rows.map((row) => shortName(row.id))) : `group ${isolated(group)}`;
}

const alive = (rows: readonly ProcessView[]): readonly ProcessView[] => rows.filter((row) => row.pid !== null);

function stopSays(subject: ProcessSubject, snapshot: Snapshot, restart: boolean) {
  const up = alive(subject.rows);
  const needing = dependentsOf(subject.rows, snapshot.processes.values()).map((row) => shortName(row.id));
  return (
    <>
      <p>{up.length === 0 ? `Nobody of ${nameOf(subject)} is up.` : `${count(up.length, 'process', 'processes')} with all they started: ${listed(up.map((row) => `${shortName(row.id)} (pid ${row.pid})`), 6)}. Each gets its stop signal first and its time to finish.`}</p>
      <p>{restart ? 'Then they are started again; those that are stopped are started too.' : 'They stay down until somebody starts them, also after a restart of the daemon.'}</p>
      {needing.length === 0 ? null : <p class="warn">Depends on {subject.rows.length === 1 ? 'it' : 'them'}: {listed(needing)}.</p>}
    </>
  );
}

/** The entries that make sense for these, and that the role allows. */
export function processItems(subject: ProcessSubject, deeds: Deeds, session: Session, snapshot: Snapshot): readonly MenuItem[] {
  const { names, rows } = subject;
  const name = nameOf(subject);
  const up = alive(rows);
  const items: (MenuItem | false)[] = [
    session.can('start') && rows.some((row) => row.pid === null) && { label: 'Start', often: true, onSelect: () => deeds.run({ route: 'start', values: { names }, title: `Start ${name}` }) },
    session.can('restart') && {
      label: 'Restart', often: true, danger: true,
      onSelect: () => deeds.run({ route: 'restart', values: { names }, title: `Restart ${name}`, confirm: { says: stopSays(subject, snapshot, true), act: 'Restart', danger: true } }),
    },
    session.can('restart') && rows.length > 1 && {
      label: 'Restart one by one', often: true, danger: true,
      onSelect: () => deeds.run({
        route: 'restart', values: { names, rolling: true }, title: `Restart ${name} one by one`,
        confirm: { says: <p>One at a time, each RUNNING, ready and, where it has probes, healthy before the next. It ends at the first that is not.</p>, act: 'Restart', danger: true },
      }),
    },
    session.can('stop') && rows.some((row) => row.pid !== null || row.wanted === 'up') && {
      label: 'Stop', often: true, danger: true,
      onSelect: () => deeds.run({ route: 'stop', values: { names }, title: `Stop ${name}`, confirm: { says: stopSays(subject, snapshot, false), act: 'Stop', danger: true } }),
    },
    session.can('signal') && up.length > 0 && {
      label: 'Send a signal…', often: true,
      onSelect: () => deeds.ask({
        title: `Send a signal to ${name}`, label: 'Signal', initial: 'HUP', options: SIGNALS, act: 'Send',
        says: `To the main process of ${count(up.length, 'process', 'processes')}: ${listed(up.map((row) => `${shortName(row.id)} (pid ${row.pid})`), 6)}. What it does is up to the program; one that ends by it is restarted as its restart type says.`,
        onAnswer: (signal) => deeds.run({ route: 'signal', values: { names, signal }, title: `Send ${signal} to ${name}` }),
      }),
    },
    ...scaleItems(subject, deeds, session, snapshot),
    session.can('probe') && up.length > 0 && rows.length === 1 && { label: 'Probe its health now', onSelect: () => void probeNow(names, name, deeds) },
    session.can('disable') && rows.some((row) => !row.disabled) && {
      label: 'Disable', danger: true,
      onSelect: () => deeds.run({ route: 'disable', values: { names }, title: `Disable ${name}`, confirm: { says: <>{stopSays(subject, snapshot, false)}<p>Until it is enabled, nothing starts it: no dependency, no group, no restart of the daemon.</p></>, act: 'Disable', danger: true } }),
    },
    session.can('enable') && rows.some((row) => row.disabled) && { label: 'Enable', onSelect: () => deeds.run({ route: 'enable', values: { names }, title: `Enable ${name}` }) },
    session.can('rotate') && { label: 'Rotate logs', onSelect: () => deeds.run({ route: 'rotate', values: { names }, title: `Rotate the logs of ${name}` }) },
    session.can('clear') && {
      label: 'Clear logs', danger: true,
      onSelect: () => deeds.run({ route: 'clear', values: { names }, title: `Clear the logs of ${name}`, confirm: { says: <p>What is written in the log files of {name} is deleted, with its rotated files. It cannot be had back.</p>, act: 'Clear', danger: true } }),
    },
  ];
  return items.filter((item) => item !== false);
}

async function probeNow(names: readonly string[], name: string, deeds: Deeds): Promise<void> {
  try {
    const rows = await ask('probe', { names });
    const bad = rows.some((row) => row.health === 'unhealthy' || row.health === 'stuck');
    deeds.tell({ tone: bad ? 'bad' : 'good', title: `${name}: ${rows.map((row) => row.health).join(', ')}`, text: rows.map((row) => row.why).filter((why) => why !== '').join('; ') });
  } catch (error) {
    deeds.tellFailure(`Probe ${name}`, error);
  }
}

function scaleItems(subject: ProcessSubject, deeds: Deeds, session: Session, snapshot: Snapshot): readonly MenuItem[] {
  const programs = [...new Set(subject.rows.map((row) => row.program))];
  const [program] = programs;
  if (program === undefined || programs.length !== 1 || !session.can('scale')) return [];
  const now = [...snapshot.processes.values()].filter((row) => row.program === program).length;
  return [{
    label: 'Scale…', note: `now ${now}`,
    onSelect: () => deeds.ask({
      title: `Scale ${program}`, label: 'Instances', initial: String(now), options: [String(now + 1), String(Math.max(0, now - 1)), 'auto'], act: 'Scale',
      says: `A number, +1, -1, or auto (by its load again, where the file says how). New instances are started; those that go are stopped first, the highest numbers first. It holds until the next reload.`,
      onAnswer: (instances) => deeds.run({ route: 'scale', values: { name: program, instances }, title: `Scale ${program} to ${instances}` }),
    }),
  }];
}
