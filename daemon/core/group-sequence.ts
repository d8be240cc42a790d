// Members start in order and end in reverse order, one at a time: the sequences of a group.
import type { Turn } from './group-turn.ts';
import type { Mode } from './group-state.ts';

/** Names with one of these modes, in the order in which they end. */
function inReverse(t: Turn, names: readonly string[], ...modes: Mode[]): readonly string[] {
  return names.filter((name) => modes.includes(t.mode(name))).toReversed();
}

function allNames(t: Turn): readonly string[] {
  return t.view.members.map((m) => m.name);
}

/** The next of a queue for which `wanted` holds: its place, or -1. */
function nextIn(t: Turn, queue: readonly string[], from: number, wanted: (mode: Mode) => boolean): number {
  for (let i = from; i < queue.length; i++) if (wanted(t.mode(queue[i] as string))) return i;
  return -1;
}

/** A group starts anew: every member of the first day, but those an operator keeps down. */
export function startAnew(t: Turn, why: string): void {
  awaitStart(t);
  startPending(t, why, { restarts: [] });
}

/** What a start of the group would start is pending. */
export function awaitStart(t: Turn): void {
  for (const m of t.view.members) t.set(m.name, modeAtStart(t, m.name, m.autostart));
}

function modeAtStart(t: Turn, name: string, autostart: boolean): Mode {
  if (t.view.semantics.revive) return 'pending';
  if (t.mode(name) === 'held') return 'held';
  // pending: an operator started it before the group went down, or while the group waits for its delay.
  return autostart || t.mode(name) === 'pending' ? 'pending' : 'off';
}

/** Starts what is pending: all in one pass, or in order. */
export function startPending(t: Turn, why: string, lasting: { restarts?: readonly number[] } = {}): void {
  const queue = allNames(t).filter((name) => t.mode(name) === 'pending');
  if (t.view.spec.start === 'together') {
    for (const name of queue) startOne(t, name, why);
    up(t, why, lasting);
    return;
  }
  t.enter({ phase: 'STARTING', queue, at: 0, current: null, why }, why, lasting);
  startNext(t, why);
}

export function startOne(t: Turn, name: string, why: string): void {
  t.set(name, 'up');
  t.tell(name, { type: 'start', why });
}

/** The member before is up (`news`): the next one, or the end of the sequence. */
export function startNext(t: Turn, news: string): void {
  const s = t.state;
  if (s.phase !== 'STARTING') return;
  const at = nextIn(t, s.queue, s.at, (mode) => mode === 'pending');
  if (at < 0) return up(t, news);
  const name = s.queue[at] as string;
  t.keep({ at: at + 1, current: name });
  startOne(t, name, s.why);
}

function up(t: Turn, why: string, lasting: { restarts?: readonly number[] } = {}): void {
  const fresh = t.state.phase !== 'UP';
  t.enter({ phase: 'UP' }, why, { ...lasting, upSince: t.moment.now });
  if (fresh) t.answer({ type: 'started' });
}

/** A strategy restarts `affected`: those that run end in reverse order, then all that is pending starts. */
export function endForStrategy(t: Turn, affected: readonly string[], failed: readonly string[], why: string, restarts: readonly number[]): void {
  const s = t.state;
  const earlier = s.phase === 'ENDING' || s.phase === 'WAITING' ? s.waitingFor : [];
  // A member that is already being ended is waited for, whatever else is to end now.
  const current = s.phase === 'ENDING' ? s.current : null;
  // Members that an earlier failure was to end are still to end, though this failure may not touch them.
  const still = new Set([...affected, ...(s.phase === 'ENDING' ? s.queue.slice(s.at) : [])]);
  const queue = inReverse(t, allNames(t).filter((name) => still.has(name)), 'up').filter((name) => name !== current);
  t.enter({ phase: 'ENDING', queue, at: 0, current, why, waitingFor: [...new Set([...earlier, ...failed])] }, why, { restarts });
  if (current === null) endNext(t, why);
}

/** The whole group ends. `pending` members may be waiting in their back-off: they are told too. */
export function endAll(t: Turn, phase: { readonly phase: 'STOPPING'; readonly again: boolean } | { readonly phase: 'GIVING_UP'; readonly failed: string }, why: string): void {
  const s = t.state;
  const current = s.phase === 'ENDING' ? s.current : null;
  const queue = inReverse(t, allNames(t), 'up', 'pending').filter((name) => name !== current);
  t.enter({ ...phase, queue, at: 0, current, why }, why);
  if (current === null) endNext(t, why);
}

/** The member before is down (`news`): the next one, or the end of the sequence. */
export function endNext(t: Turn, news: string): void {
  const s = t.state;
  if (s.phase !== 'ENDING' && s.phase !== 'STOPPING' && s.phase !== 'GIVING_UP') return;
  const whole = s.phase !== 'ENDING';
  const at = nextIn(t, s.queue, s.at, (mode) => mode === 'up' || (whole && mode === 'pending'));
  if (at >= 0) {
    const name = s.queue[at] as string;
    t.keep({ at: at + 1, current: name });
    t.tell(name, { type: 'end', why: s.why });
    return;
  }
  if (s.phase === 'ENDING') return ended(t, s.waitingFor, s.why);
  if (s.phase === 'STOPPING') return stopped(t, s.again, news);
  gaveUp(t, s.failed, news);
}

function ended(t: Turn, waitingFor: readonly string[], why: string): void {
  if (waitingFor.length > 0) t.enter({ phase: 'WAITING', waitingFor, why }, why);
  else startPending(t, why);
}

function stopped(t: Turn, again: boolean, why: string): void {
  t.enter({ phase: 'DOWN' }, why);
  if (again) startAnew(t, why);
  else t.answer({ type: 'stopped' });
}

function gaveUp(t: Turn, failed: string, why: string): void {
  const quiet = t.moment.now - t.state.upSince >= t.view.spec.backoff.resetMs;
  t.enter({ phase: 'FATAL' }, why, { restarts: [], failures: (quiet ? 0 : t.state.failures) + 1 });
  if (t.view.isRoot) t.say({ type: 'group.escalated', group: t.view.spec.name, parent: null, parentDid: 'none' });
  t.answer({ type: 'gave_up', why: `too many restarts; the last to fail was ${failed}` });
}
