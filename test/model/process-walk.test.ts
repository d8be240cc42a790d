// Every reachable state of one process's machine, told everything that can happen in it: the laws of process.ts.
// The machine is walked together with a world that behaves: it answers only what it was asked.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import type { ProcessSpec } from '../../config/spec.ts';
import { FLAP_WINDOW_MS } from '../../daemon/core/flapping.ts';
import { PROCESS_TABLE, stepProcess } from '../../daemon/core/process.ts';
import { initialProcess, isReady, processDeadline } from '../../daemon/core/process-state.ts';
import type { ProcessEvent, ProcessEventType, ProcessState, ProcessStep } from '../../daemon/core/process-state.ts';
import { ignore, impossible, InvariantError } from '../../daemon/core/table.ts';
import { EXPONENTIAL, iniProcess, NO_BACKOFF, processSpec } from '../support/specs.ts';

/** What is really there of the present life. */
interface World {
  readonly asked: boolean;
  readonly main: boolean;
  readonly left: boolean;
  readonly watched: boolean;
  /** A signal is under way and its failure may still be reported. */
  readonly signalled: boolean;
  /** The process said that it ended: its group may answer with a retry. */
  readonly ended: boolean;
}

interface Node {
  readonly state: ProcessState;
  readonly world: World;
  /** How it was reached, for the message. */
  readonly path: readonly string[];
}

const NOTHING: World = { asked: false, main: false, left: false, watched: false, signalled: false, ended: false };
const NOW = 10_000_000;
const LIFE = 7;
const PID = 100;
const SLOW = { ...EXPONENTIAL, baseMs: 1000, resetMs: 60_000 };

const SPECS: Readonly<Record<string, ProcessSpec>> = {
  'native permanent': processSpec('p:p'),
  'native transient': processSpec('p:p', { restart: 'transient' }),
  'native temporary': processSpec('p:p', { restart: 'temporary' }),
  'native with startretries': processSpec('p:p', { startRetries: 2, startBackoff: SLOW }),
  'native transient with startretries': processSpec('p:p', { restart: 'transient', startRetries: 1 }),
  'native without delays': processSpec('p:p', { backoff: NO_BACKOFF, missing: 'retry' }),
  'supervisord unexpected': iniProcess('p:p'),
  'supervisord true': iniProcess('p:p', { restart: 'permanent', startRetries: 0 }),
  'supervisord false': iniProcess('p:p', { restart: 'temporary', startRetries: 1 }),
  'startsecs 0': processSpec('p:p', { startMs: 0 }),
  'supervisord startsecs 0': iniProcess('p:p', { startMs: 0, startRetries: 1 }),
  'stopwaitsecs 0': processSpec('p:p', { stop: [{ signal: 'TERM', scope: 'main', waitMs: 0 }, { signal: 'KILL', scope: 'tree', waitMs: 1000 }] }),
  'stopwaitsecs infinity': processSpec('p:p', { stop: [{ signal: 'TERM', scope: 'main', waitMs: Infinity }] }),
  'its own limit': processSpec('p:p', { intensity: { max: 2, windowMs: 10_000 } }),
  'its own limit and startretries': processSpec('p:p', { intensity: { max: 1, windowMs: 10_000 }, startRetries: 1 }),
  'ready by notify': processSpec('p:p', { ready: { kind: 'notify' }, startTimeoutMs: 30_000 }),
  'ready before it is up, with startretries': processSpec('p:p', { ready: { kind: 'notify' }, startTimeoutMs: 500, startRetries: 1 }),
  'ready without a time limit': iniProcess('p:p', { ready: { kind: 'notify' }, startTimeoutMs: null, startRetries: 1 }),
  'ready after a delay': processSpec('p:p', { ready: { kind: 'delay', delayMs: 5000 } }),
  'depends on another': processSpec('p:p', { dependsOn: [{ name: 'db', kind: 'program', condition: 'ready', restartWith: false }] }),
  'supervisord that depends on another': iniProcess('p:p', { startRetries: 1, dependsOn: [{ name: 'db', kind: 'program', condition: null, restartWith: false }] }),
  'oneshot': processSpec('p:p', { oneshot: true, restart: 'temporary', startMs: 0, sweep: false }),
  'three stop steps': processSpec('p:p', { stop: [{ signal: 'TERM', scope: 'main', waitMs: 10_000 }, { signal: 'QUIT', scope: 'group', waitMs: 5000 }, { signal: 'KILL', scope: 'tree', waitMs: 1000 }] }),
};

/** Cells that are decided though no behaving world reaches them: what may come late or twice from the OS does no harm. */
const TOLERATED = new Set([
  // `hurry` goes to everybody at once, also to those that are down; gone and signal_failed can be said of a life whose number is still the last one.
  'STARTING.gone', 'RUNNING.gone', 'STARTING.signal_failed', 'RUNNING.signal_failed',
  // Only after a mistake of ours (quarantine) is a spawn answered in UNKNOWN.
  'UNKNOWN.spawned', 'UNKNOWN.spawn_failed', 'UNKNOWN.due',
]);
/** Cells met with news of the present life, over all specs. */
const met = new Set<string>();

const ALL_EVENTS: readonly ProcessEvent[] = [
  { type: 'start', why: 'test' }, { type: 'retry', gated: false, why: 'test' }, { type: 'retry', gated: true, why: 'test' }, { type: 'stop', why: 'test' },
  { type: 'end', why: 'test' }, { type: 'restart', why: 'test' },
  { type: 'hurry', steps: [{ signal: 'KILL', scope: 'tree', waitMs: 2000 }] }, { type: 'hurry', steps: [] }, { type: 'due' },
  { type: 'spawned', incarnation: LIFE, pid: PID, supervisionId: 'id' },
  { type: 'spawn_failed', incarnation: LIFE, kind: 'no_command', message: 'missing', hopeless: true },
  { type: 'spawn_failed', incarnation: LIFE, kind: 'again', message: 'EAGAIN', hopeless: false },
  ...([[0, null], [1, null], [null, 'SEGV'], [null, null]] as const).flatMap(([code, signal]) =>
    [[], [77]].map((left): ProcessEvent => ({ type: 'exited', incarnation: LIFE, code, signal, coreDumped: false, left }))),
  { type: 'ready', incarnation: LIFE }, { type: 'unready', incarnation: LIFE, why: 'why' }, { type: 'extend', incarnation: LIFE, ms: 60_000 }, { type: 'extend', incarnation: LIFE, ms: 60_000, exactly: true }, { type: 'look' },
  { type: 'condemn', incarnation: LIFE, why: 'test' },
  { type: 'recycle', incarnation: LIFE, why: 'test', steps: [{ signal: 'USR1', scope: 'main', waitMs: 60_000 }, { signal: 'KILL', scope: 'tree', waitMs: 2000 }] },
  { type: 'gone', incarnation: LIFE }, { type: 'signal_failed', incarnation: LIFE, why: 'EPERM' },
];

/** Messages are made only when they are read: the walk checks millions. */
function law(holds: boolean, words: () => string): void {
  if (!holds) assert.fail(words());
}

function same(ours: unknown, law: unknown, words: () => string): void {
  if (ours !== law) assert.fail(`${words()}: ${String(ours)}, not ${String(law)}`);
}

/** Is this news that a behaving world, or a group that keeps its word, may send now? */
function mayHappen(node: Node, event: ProcessEvent, now: number): boolean {
  const { world, state } = node;
  switch (event.type) {
    case 'spawned': case 'spawn_failed': return world.asked;
    case 'exited': return world.main;
    case 'gone': return world.watched && !world.main;
    case 'signal_failed': return world.signalled;
    case 'retry': return world.ended;
    case 'due': return (processDeadline(state) ?? Infinity) <= now;
    default: return true;
  }
}

function worldAfter(world: World, event: ProcessEvent, step: ProcessStep): World {
  let w = world;
  if (event.type === 'spawned') w = { ...w, asked: false, main: true };
  if (event.type === 'spawn_failed') w = { ...w, asked: false };
  if (event.type === 'exited') w = { ...w, main: false, left: event.left.length > 0 };
  if (event.type === 'gone') w = { ...w, left: false };
  // Leftovers that cannot be signalled are given up: UNKNOWN, and a person, stand for them.
  if (event.type === 'signal_failed' && !w.main && step.state.phase === 'UNKNOWN') w = { ...w, left: false };
  w = { ...w, ended: step.outcome === null ? w.ended && !isCommand(event) : step.outcome.type === 'ended' || step.outcome.type === 'fatal' || step.outcome.type === 'lost' };
  for (const effect of step.effects) {
    if (effect.type === 'spawn') w = { ...NOTHING, asked: true };
    if (effect.type === 'signal') w = { ...w, signalled: true };
    if (effect.type === 'watch') w = { ...w, watched: true };
  }
  // A retry answers the end of a life that is over.
  const over = step.state.phase === 'EXITED' || step.state.phase === 'FATAL' || step.state.phase === 'UNKNOWN';
  return over ? w : { ...w, ended: false };
}

function isCommand(event: ProcessEvent): boolean {
  return ['start', 'retry', 'stop', 'end', 'restart'].includes(event.type);
}

/** The same state with small numbers: times relative to NOW, counters capped, the life renamed, words dropped. */
function abstracted(spec: ProcessSpec, s: ProcessState, now: number): ProcessState {
  const recent = (times: readonly number[], windowMs: number, most: number): number[] => times.filter((t) => now - t <= windowMs).slice(-most).map(() => NOW);
  const flaps = recent(s.flaps, FLAP_WINDOW_MS, 5);
  const moved: Record<string, unknown> = {
    ...s, incarnation: LIFE, failures: Math.min(s.failures, 2), tries: Math.min(s.tries, (spec.startRetries ?? 0) + 1),
    // One failure stands for four: what matters is none, the next one flaps, and flapping.
    flaps: flaps.length > 0 && flaps.length < 4 ? [NOW, NOW, NOW, NOW] : flaps,
    restarts: recent(s.restarts, spec.intensity.windowMs, (spec.intensity.max ?? 0) + 1),
  };
  const old = (at: number): number => (now - at >= spec.backoff.resetMs ? NOW - spec.backoff.resetMs : NOW);
  if ('due' in s && s.due !== null) moved.due = Math.max(NOW, NOW + (s.due - now));
  if ('readyBy' in s && s.readyBy !== null) moved.readyBy = Math.max(NOW, NOW + (s.readyBy - now));
  // The deadline of a flapping process follows from its failures, which are all of this moment now.
  if (s.phase === 'RUNNING' && s.due !== null && s.due > now && flaps.length === 5) moved.due = NOW + FLAP_WINDOW_MS + 1;
  if ('since' in s) moved.since = s.phase === 'STOPPING' ? NOW : old(s.since);
  if (s.phase === 'STOPPING') {
    moved.startedAt = (s.purpose === 'sweep' || s.purpose === 'fail') && s.since - s.startedAt >= spec.backoff.resetMs ? NOW - spec.backoff.resetMs : NOW;
    moved.why = 'why';
    // Only a failure asks whether the start had come about.
    if (s.purpose !== 'sweep' && s.purpose !== 'fail') moved.early = false;
    if (s.exit !== null) moved.exit = { ...s.exit, code: s.exit.code === 0 ? 0 : 1, signal: null, ...(s.purpose === 'sweep' || s.purpose === 'fail' ? {} : { from: 'RUNNING', early: false }) };
  }
  if ('pid' in s && s.pid !== null) moved.pid = PID;
  return moved as unknown as ProcessState;
}

/** Moments at which something may come: now, at the deadline, just after it, and after a long good life. */
function moments(spec: ProcessSpec, s: ProcessState): readonly number[] {
  const due = processDeadline(s);
  return [NOW, ...(due === null ? [] : [due, due + 1]), ...(s.phase === 'RUNNING' ? [NOW + spec.backoff.resetMs] : [])];
}

function walk(spec: ProcessSpec, visit: (node: Node) => void): readonly Node[] {
  const first: Node = { state: abstracted(spec, initialProcess(0, 'up'), NOW), world: NOTHING, path: [] };
  const seen = new Map<string, Node>([[key(first), first]]);
  const queue = [first];
  for (let node = queue.pop(); node; node = queue.pop()) {
    visit(node);
    for (const now of moments(spec, node.state)) {
      for (const event of ALL_EVENTS) {
        if (!mayHappen(node, event, now)) continue;
        // A deadline that is over has been told: later moments are for what overtakes the timer.
        if (event.type !== 'exited' && event.type !== 'due' && now > NOW) continue;
        for (const blocked of spec.dependsOn.length > 0 ? [false, true] : [false]) {
          const step = told(spec, node, event, now, blocked);
          const next: Node = { state: abstracted(spec, step.state, now), world: worldAfter(node.world, event, step), path: [...node.path, `${name(event)}${blocked ? ' while db is not there' : ''}`] };
          const k = key(next);
          if (seen.has(k)) continue;
          seen.set(k, next);
          queue.push(next);
          assert.ok(seen.size < 12_000, `the walk finds no end: a counter is not capped: ${JSON.stringify(next)}`);
        }
      }
    }
  }
  return [...seen.values()];
}

function key(node: Node): string {
  return JSON.stringify([node.state, node.world]);
}

function name(event: ProcessEvent): string {
  return event.type === 'exited' ? `exited ${event.code ?? event.signal}${event.left.length > 0 ? ' and left' : ''}` : event.type;
}

/** One step of a behaving world, with the laws of safety. */
function told(spec: ProcessSpec, node: Node, event: ProcessEvent, now: number, blocked = false): ProcessStep {
  met.add(`${node.state.phase}.${event.type}`);
  const words = (): string => `${[...node.path, name(event)].join(', ')} in ${JSON.stringify(node.state)}`;
  const step = stepProcess(spec, node.state, event, { now, chance: 0, waits: () => (blocked ? { on: ['db:ready'], why: 'waits for db to be ready' } : null) });
  if (blocked) law(step.effects.every((e) => e.type !== 'spawn'), () => `a start while its dependency is not there: ${words()}`);
  waitingCountsNothing(node.state, step, words);
  readinessSaysSo(spec, node.state, step, words);
  spawnIsSafe(spec, node, event, step, words);
  timerIsOfThePhase(step, now, words);
  factsSayThePhase(node.state, step, words);
  stoppedMeansGone(spec, node, event, step, words);
  return step;
}

/** Waiting for others is no failure. */
function waitingCountsNothing(before: ProcessState, step: ProcessStep, words: () => string): void {
  const { state } = step;
  if (state.phase !== 'BACKOFF' || state.waits === null) return;
  same(state.due, null, () => `it waits for others and has a timer of its own: ${words()}`);
  same(state.wanted, 'up', () => `it waits and is not wanted: ${words()}`);
  const ended = step.facts.some((f) => f.type === 'process.exited' || f.type === 'process.spawn_failed');
  if (!ended) law(state.tries <= before.tries && state.failures <= before.failures && state.flaps.length <= before.flaps.length, () => `waiting is counted as a failure: ${words()}`);
}

/** Readiness is of a living process, changes exactly with its facts, and is RUNNING where nothing else is asked for. */
function readinessSaysSo(spec: ProcessSpec, before: ProcessState, step: ProcessStep, words: () => string): void {
  const said = step.facts.filter((f) => f.type === 'process.ready' || f.type === 'process.unready' || (f.type === 'process.running' && f.ready));
  if (spec.ready === null) same(isReady(step.state), step.state.phase === 'RUNNING', () => `ready is not RUNNING: ${words()}`);
  if (isReady(step.state) && !isReady(before)) law(said.length > 0, () => `ready without a fact: ${words()}`);
  if (isReady(before) && !isReady(step.state) && step.state.incarnation === before.incarnation && isAliveLife(step.state)) law(said.at(-1)?.type === 'process.unready', () => `not ready any more without a fact: ${words()}`);
  if (step.state.phase === 'STARTING' || step.state.phase === 'RUNNING') {
    const limit = spec.ready !== null && (spec.startTimeoutMs !== null || spec.ready.kind === 'delay');
    if (step.state.readiness === 'pending' && step.state.pid !== null) same(step.state.readyBy !== null, limit && before.phase !== 'UNKNOWN', () => `the time to be ready is not kept: ${words()}`);
    else same(step.state.readyBy, null, () => `it is ready, or not born, and a timer says otherwise: ${words()}`);
  }
}

function isAliveLife(s: ProcessState): boolean {
  return s.phase === 'STARTING' || s.phase === 'RUNNING';
}

function spawnIsSafe(spec: ProcessSpec, node: Node, event: ProcessEvent, step: ProcessStep, words: () => string): void {
  const spawns = step.effects.filter((e) => e.type === 'spawn');
  law(spawns.length <= 1, () => `two lives at once: ${words()}`);
  if (spawns.length === 0) return same(step.state.incarnation, node.state.incarnation, () => `a new number without a new life: ${words()}`);
  const before = worldAfter(node.world, event, { ...step, effects: [] });
  law(!before.main && !before.asked, () => `a spawn while a life may be there: ${words()}`);
  // A signal that cannot be sent ends reeve's knowledge: a person decides then (UNKNOWN).
  law(!before.left || !spec.sweep || node.state.phase === 'UNKNOWN', () => `a spawn before the leftovers are gone: ${words()}`);
  same(spawns[0]?.incarnation, node.state.incarnation + 1, () => `the number of a life is not new: ${words()}`);
  same(step.state.wanted, 'up', () => `a life nobody wants: ${words()}`);
}

function timerIsOfThePhase(step: ProcessStep, now: number, words: () => string): void {
  const s = step.state;
  const due = processDeadline(s);
  if (s.phase === 'STOPPED' || s.phase === 'EXITED' || s.phase === 'FATAL' || s.phase === 'UNKNOWN') same(due, null, () => `a timer outlives its phase: ${words()}`);
  // A step that leaves a deadline in the past would be told at once, for ever.
  if (due !== null && s.phase !== 'STARTING') law(due >= now, () => `a deadline in the past: ${words()}`);
  if (s.phase === 'BACKOFF') law(s.due !== null || s.waits !== null || (s.gated && step.outcome?.type === 'due') || (s.gated && step.effects.length === 0 && step.facts.length === 0), () => `BACKOFF without an end: ${words()}`);
  if (s.phase === 'STOPPING') same(s.due === null, s.steps[s.step]?.waitMs === Infinity, () => `STOPPING without a deadline: ${words()}`);
  if (s.phase === 'STARTING') same(s.due === null, s.pid === null, () => `STARTING without its startsecs: ${words()}`);
}

/** Which fact says that a phase is entered; the contract of the snapshot. */
const SAYS: Readonly<Record<ProcessState['phase'], readonly string[]>> = {
  STOPPED: ['process.stopped'], STARTING: ['process.starting'], RUNNING: ['process.running'], BACKOFF: ['process.backoff', 'process.waiting'], STOPPING: ['process.stopping'],
  EXITED: ['process.state'], FATAL: ['process.fatal'], UNKNOWN: ['process.unknown'],
};
const PHASE_FACTS = new Set(Object.values(SAYS).flat());

function factsSayThePhase(before: ProcessState, step: ProcessStep, words: () => string): void {
  const said = step.facts.filter((f) => PHASE_FACTS.has(f.type));
  // Why it waits may change while it waits.
  if (before.phase === 'BACKOFF' && step.state.phase === 'BACKOFF' && said.every((f) => f.type === 'process.waiting')) return;
  const moved = step.state.phase !== before.phase || step.state.incarnation !== before.incarnation;
  same(said.length > 0, moved, () => `a change of phase without its fact, or a fact without a change: ${words()} ${JSON.stringify(step.facts)}`);
  if (moved) law(SAYS[step.state.phase].includes(said.at(-1)?.type ?? ''), () => `the last fact says another phase than ${step.state.phase}: ${words()}`);
  let phase: string = before.phase;
  for (const fact of said) {
    // EXITED names the state in which its life ended: before the sweep, and RUNNING when the death overtook the timer of startsecs.
    if ('from' in fact && phase !== 'UNKNOWN' && fact.type !== 'process.state') same(fact.from, phase, () => `${fact.type} says it came from another phase: ${words()}`);
    phase = (Object.entries(SAYS).find(([, names]) => names.includes(fact.type)) as [string, unknown])[0];
  }
  const wanted = step.facts.filter((f) => f.type === 'process.wanted');
  same(wanted.length, step.state.wanted === before.wanted ? 0 : 1, () => `wanted changes exactly with its fact: ${words()}`);
  const flapping = step.facts.reduce((is, f) => (f.type === 'process.flapping' ? true : f.type === 'process.steady' ? false : is), before.flapping);
  same(step.state.flapping, flapping, () => `flapping changes exactly with its facts: ${words()}`);
}

function stoppedMeansGone(spec: ProcessSpec, node: Node, event: ProcessEvent, step: ProcessStep, words: () => string): void {
  const world = worldAfter(node.world, event, { ...step, effects: [] });
  const down = step.state.phase === 'STOPPED' || step.state.phase === 'EXITED' || step.state.phase === 'FATAL' || step.state.phase === 'BACKOFF';
  if (down) law(!world.main && !(world.asked && event.type !== 'restart'), () => `${step.state.phase} is said of the living: ${words()}`);
  if (down && spec.sweep && node.state.phase !== 'UNKNOWN') law(!world.left, () => `${step.state.phase} is said while its leftovers live: ${words()}`);
}

/** News of another life, in every form. */
function staleNews(): readonly ProcessEvent[] {
  return ALL_EVENTS.filter((e) => 'incarnation' in e).flatMap((e) => [LIFE - 1, LIFE + 1].map((incarnation) => ({ ...e, incarnation }) as ProcessEvent));
}

function staleChangesNothing(spec: ProcessSpec, node: Node): void {
  for (const event of staleNews()) {
    const step = stepProcess(spec, node.state, event, { now: NOW, chance: 0 });
    assert.deepEqual(step, { state: node.state, effects: [], facts: [], outcome: null }, `${event.type} of another life in ${node.state.phase}`);
  }
}

/** What nobody who behaves would say is either refused as impossible or does no harm; it never breaks the machine. */
function nonsenseIsRefused(spec: ProcessSpec, node: Node): void {
  for (const event of ALL_EVENTS) {
    if (mayHappen(node, event, NOW)) continue;
    try {
      stepProcess(spec, node.state, event, { now: NOW, chance: 0 });
    } catch (error) {
      assert.ok(error instanceof InvariantError, `${event.type} in ${node.state.phase}: ${String(error)}`);
    }
  }
}

type Manner = 'obeys' | 'obeys KILL only' | 'leaves others that linger' | 'cannot be spawned';

/** From `node` on nobody asks for anything but `wish`; the world behaves in this manner until nothing more happens. */
function calm(spec: ProcessSpec, node: Node, wish: ProcessEvent, manner: Manner): { state: ProcessState; world: World; outcomes: string[] } {
  let { state, world } = node;
  const outcomes: string[] = [];
  let now = NOW;
  let kill = false;
  const tell = (event: ProcessEvent): void => {
    const step = told(spec, { state, world, path: node.path }, event, now);
    world = worldAfter(world, event, step);
    state = step.state;
    for (const effect of step.effects) if (effect.type === 'signal') kill = effect.signal === 'KILL';
    if (step.effects.some((e) => e.type === 'spawn')) kill = false;
    if (step.outcome) outcomes.push(step.outcome.type);
  };
  tell(wish);
  for (let i = 0; i < 60; i += 1) {
    const { incarnation } = state;
    const signalled = world.signalled;
    if (world.asked) tell(manner === 'cannot be spawned' ? { type: 'spawn_failed', incarnation, kind: 'no_command', message: 'missing', hopeless: true } : { type: 'spawned', incarnation, pid: PID, supervisionId: 'id' });
    else if (world.main && state.phase === 'STOPPING' && signalled && (manner !== 'obeys KILL only' || kill)) {
      tell({ type: 'exited', incarnation, code: null, signal: kill ? 'KILL' : 'TERM', coreDumped: false, left: manner === 'leaves others that linger' && !kill ? [77] : [] });
    } else if (world.watched && world.left && state.phase === 'STOPPING' && (manner !== 'leaves others that linger' || kill)) tell({ type: 'gone', incarnation });
    else if (state.phase === 'BACKOFF' && state.waits !== null) tell({ type: 'look' });
    else if (spec.ready?.kind === 'notify' && isAliveLife(state) && !isReady(state) && manner === 'obeys') tell({ type: 'ready', incarnation });
    else {
      const due = processDeadline(state);
      if (due === null) break;
      now = Math.max(now, due);
      tell({ type: 'due' });
    }
  }
  return { state, world, outcomes };
}

const MANNERS: readonly Manner[] = ['obeys', 'obeys KILL only', 'leaves others that linger', 'cannot be spawned'];

/** "stop" ends everything, whatever is going on. */
function stopEnds(spec: ProcessSpec, node: Node): void {
  for (const manner of MANNERS) {
    const end = calm(spec, node, { type: 'stop', why: 'test' }, manner);
    const wrong = end.state.wanted !== 'down' || end.outcomes.join() !== 'stopped' || !['STOPPED', 'EXITED', 'FATAL'].includes(end.state.phase)
      || end.world.main || end.world.asked || (spec.sweep && end.world.left && node.state.phase !== 'UNKNOWN');
    const steps = 'steps' in end.state ? end.state.steps : spec.stop;
    // Where the configuration says so, it is waited for without end.
    if (steps.at(-1)?.waitMs === Infinity && end.state.phase === 'STOPPING') continue;
    assert.ok(!wrong, `stop of a process that ${manner} from ${JSON.stringify(node)}: ${JSON.stringify(end)}`);
  }
}

/** A life that is condemned is one failure, whatever its exit status and however it ends; then its own rules and its restart type speak. */
function condemnedIsOneFailure(spec: ProcessSpec, node: Node): void {
  const { state } = node;
  if (state.phase !== 'STARTING' && state.phase !== 'RUNNING') return;
  for (const manner of MANNERS) {
    const first = stepProcess(spec, state, { type: 'condemn', incarnation: state.incarnation, why: 'sick' }, { now: NOW, chance: 0 });
    assert.equal(first.state.wanted, 'up');
    assert.deepEqual(first.facts.map((f) => f.type).filter((type) => type === 'process.condemned'), ['process.condemned']);
    let failures = 0;
    let now = NOW;
    let at: Node = { state: first.state, world: worldAfter(node.world, { type: 'condemn', incarnation: state.incarnation, why: 'sick' }, first), path: [...node.path, 'condemn'] };
    for (let i = 0; i < 20 && at.state.phase === 'STOPPING'; i += 1) {
      const event = nextOf(at, manner);
      if (event === null) break;
      now = event.type === 'due' ? Math.max(now, processDeadline(at.state) as number) : now;
      const step = told(spec, at, event, now);
      failures += step.facts.filter((f) => f.type === 'process.flapping' || f.type === 'process.backoff' || f.type === 'process.fatal' || (f.type === 'process.state' && f.to === 'EXITED')).length > 0 ? 1 : 0;
      if (step.outcome?.type === 'ended') assert.equal(step.outcome.expected, false, `a condemned life ended as expected: ${JSON.stringify(node)}`);
      at = { state: step.state, world: worldAfter(at.world, event, step), path: [...at.path, name(event)] };
    }
    if (at.state.phase === 'STOPPING' && spec.stop.at(-1)?.waitMs === Infinity) continue;
    assert.ok(['EXITED', 'BACKOFF', 'FATAL'].includes(at.state.phase), `a condemned life became ${at.state.phase}: ${JSON.stringify(node)}`);
    assert.equal(failures, 1);
    if (spec.restart === 'temporary' && spec.startRetries === null && spec.missing === 'retry') assert.equal(at.state.phase, 'EXITED');
  }
}

/** What a world of this manner answers to a life that is being ended, or null when nothing more comes. */
function nextOf({ state, world }: Node, manner: Manner): ProcessEvent | null {
  const { incarnation } = state;
  const kill = state.phase === 'STOPPING' && state.steps[state.step]?.signal === 'KILL';
  if (world.asked) return manner === 'cannot be spawned' ? { type: 'spawn_failed', incarnation, kind: 'no_command', message: 'missing', hopeless: true } : { type: 'spawned', incarnation, pid: PID, supervisionId: 'id' };
  if (world.main && (manner !== 'obeys KILL only' || kill)) return { type: 'exited', incarnation, code: 0, signal: null, coreDumped: false, left: manner === 'leaves others that linger' && !kill ? [77] : [] };
  if (world.watched && world.left && (manner !== 'leaves others that linger' || kill)) return { type: 'gone', incarnation };
  return processDeadline(state) === null ? null : { type: 'due' };
}

/** The later word wins: stop during a restart, restart during a stop. */
function laterWordWins(spec: ProcessSpec, node: Node): void {
  const say = (first: ProcessEventType, second: ProcessEventType): ProcessState['phase'] | null => {
    const step = stepProcess(spec, node.state, { type: first, why: 'first' } as ProcessEvent, { now: NOW, chance: 0 });
    const next: Node = { state: step.state, world: worldAfter(node.world, { type: first, why: 'first' } as ProcessEvent, step), path: [...node.path, first] };
    const end = calm(spec, next, { type: second, why: 'second' } as ProcessEvent, 'obeys');
    const steps = 'steps' in end.state ? end.state.steps : spec.stop;
    return steps.at(-1)?.waitMs === Infinity && end.state.phase === 'STOPPING' && !end.world.signalled ? null : end.state.phase;
  };
  for (const first of ['restart', 'start'] as const) assert.ok([null, 'STOPPED', 'EXITED', 'FATAL'].includes(say(first, 'stop')), `a stop during a ${first} is lost from ${JSON.stringify(node)}`);
  // A group that ends it for its strategy starts it itself: "start" is not for the process then.
  if (node.state.phase === 'STOPPING' && node.state.purpose === 'end') return;
  for (const second of ['restart', 'start'] as const) assert.ok([null, 'RUNNING'].includes(say('stop', second)), `a ${second} during a stop is lost from ${JSON.stringify(node)}: ${say('stop', second)}`);
}

for (const [title, spec] of Object.entries(SPECS)) {
  test(`every reachable state of a process keeps the laws: ${title} [E22, E25, E46]`, () => {
    const nodes = walk(spec, (node) => {
      staleChangesNothing(spec, node);
      nonsenseIsRefused(spec, node);
      stopEnds(spec, node);
      condemnedIsOneFailure(spec, node);
      laterWordWins(spec, node);
    });
    assert.ok(nodes.length > 50, `only ${nodes.length} states were reached`);
    const up = nodes.filter((n) => n.state.phase === 'STARTING' || (n.state.phase === 'BACKOFF' && !n.state.gated));
    for (const node of up) assert.equal(calm(spec, node, { type: 'start', why: 'test' }, 'obeys').state.phase, 'RUNNING', `wanted up, and not RUNNING from ${JSON.stringify(node)}`);
  });
}

after(() => {
  // Not a test of its own: it needs what all the walks above met.
  const cells = Object.entries(PROCESS_TABLE).flatMap(([phase, row]) => Object.entries(row).map(([event, cell]) => ({ name: `${phase}.${event}`, cell: cell as unknown })));
  const broken = cells.filter((c) => c.cell === impossible && met.has(c.name)).map((c) => c.name);
  const unmet = cells.filter((c) => c.cell !== impossible && !met.has(c.name) && !TOLERATED.has(c.name)).map((c) => c.name);
  assert.deepEqual({ broken, unmet }, { broken: [], unmet: [] });
  assert.deepEqual(cells.filter((c) => TOLERATED.has(c.name) && c.cell !== ignore).map((c) => c.name), []);
});
