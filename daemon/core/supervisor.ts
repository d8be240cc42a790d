// A supervisor node: OTP's rules over members that start and end in their own time. Pure.
import { memberEnded, moveOn, strategyRestart } from './group-failure.ts';
import { awaitStart, endAll, startAnew, startNext, startOne, startPending } from './group-sequence.ts';
import { Turn } from './group-turn.ts';
import type { GroupView } from './group-turn.ts';
import type { GroupEvent, GroupEventType, GroupIn, GroupState, GroupStep } from './group-state.ts';
import { backoffMs } from './backoff.ts';
import { ignore, impossible, InvariantError } from './table.ts';
import type { Cell, Moment } from './table.ts';

type Phase = GroupState['phase'];
type Handler<P extends Phase, E extends GroupEventType> = (t: Turn, s: GroupIn<P>, e: Extract<GroupEvent, { type: E }>) => void;
type Table = { readonly [P in Phase]: { readonly [E in GroupEventType]: Cell<Handler<P, E>> } };

/** Every state × event. */
export const GROUP_TABLE: Table = {
  DOWN: {
    start: anew, stop: alreadyStopped, retry: impossible, due: impossible, member_started: ignore, member_stopped: ignore, member_ended: ignore,
    member_due: ignore, member_revived: revived, start_member: reviveWith, stop_member: hold, restart_member: reviveWith, strategy_restart: reviveWith,
  },
  STARTING: {
    start: ignore, stop: stop, retry: impossible, due: impossible, member_started: startedNext, member_stopped: stoppedOnTheWay, member_ended: ended,
    member_due: ignore, member_revived: cameBack, start_member: startMember, stop_member: hold, restart_member: restartMember, strategy_restart: byStrategy,
  },
  UP: {
    start: alreadyStarted, stop: stop, retry: impossible, due: impossible, member_started: ignore, member_stopped: ignore, member_ended: ended,
    member_due: ignore, member_revived: cameBack, start_member: startMember, stop_member: hold, restart_member: restartMember, strategy_restart: byStrategy,
  },
  ENDING: {
    start: ignore, stop: stop, retry: impossible, due: impossible, member_started: ignore, member_stopped: endedNext, member_ended: ended,
    member_due: dueWhileEnding, member_revived: cameBack, start_member: startMember, stop_member: hold, restart_member: restartMember, strategy_restart: byStrategy,
  },
  WAITING: {
    start: ignore, stop: stop, retry: impossible, due: impossible, member_started: ignore, member_stopped: heldWhileWaiting, member_ended: ended,
    member_due: waitedFor, member_revived: cameBack, start_member: startMember, stop_member: hold, restart_member: restartMember, strategy_restart: byStrategy,
  },
  STOPPING: {
    start: startAfter, stop: stopForGood, retry: impossible, due: impossible, member_started: ignore, member_stopped: endedNext, member_ended: endedOnTheWay,
    member_due: ignore, member_revived: revivedTooLate, start_member: wantLater, stop_member: hold, restart_member: wantLater, strategy_restart: ignore,
  },
  GIVING_UP: {
    start: ignore, stop: stopInstead, retry: impossible, due: impossible, member_started: ignore, member_stopped: endedNext, member_ended: endedOnTheWay,
    member_due: ignore, member_revived: revivedTooLate, start_member: wantLater, stop_member: hold, restart_member: wantLater, strategy_restart: ignore,
  },
  BACKOFF: {
    start: anew, stop: stoppedInBackoff, retry: impossible, due: delayOver, member_started: ignore, member_stopped: ignore, member_ended: ignore,
    member_due: ignore, member_revived: revived, start_member: startSooner, stop_member: hold, restart_member: startSooner, strategy_restart: startSooner,
  },
  FATAL: {
    start: anew, stop: alreadyStopped, retry: retried, due: impossible, member_started: ignore, member_stopped: ignore, member_ended: ignore,
    member_due: ignore, member_revived: revived, start_member: reviveWith, stop_member: hold, restart_member: reviveWith, strategy_restart: reviveWith,
  },
};

function anew(t: Turn, _s: GroupState, e: { why: string }): void {
  startAnew(t, e.why);
}

/** It was brought back for one member: whoever starts the group wants the others too. */
function alreadyStarted(t: Turn, _s: GroupState, e: { why: string }): void {
  for (const m of t.view.members) if (m.isGroup && t.mode(m.name) === 'up') t.tell(m.name, { type: 'start', why: e.why });
  if (t.view.members.some((m) => t.mode(m.name) === 'pending')) startPending(t, e.why);
  if (t.state.phase === 'UP') t.answer({ type: 'started' });
}

function alreadyStopped(t: Turn, s: GroupState, e: { why: string }): void {
  if (s.phase === 'FATAL') t.enter({ phase: 'DOWN' }, e.why);
  t.answer({ type: 'stopped' });
}

function stop(t: Turn, _s: GroupState, e: { why: string }): void {
  endAll(t, { phase: 'STOPPING', again: false }, e.why);
}

function stopForGood(t: Turn, s: GroupIn<'STOPPING'>): void {
  if (s.again) t.keep({ again: false });
}

function startAfter(t: Turn): void {
  t.keep({ again: true });
}

/** The parent ends a group that is giving up: from now on it is a stop. */
function stopInstead(t: Turn, s: GroupIn<'GIVING_UP'>, e: { why: string }): void {
  t.enter({ phase: 'STOPPING', again: false, queue: s.queue, at: s.at, current: s.current, why: e.why }, e.why);
}

function stoppedInBackoff(t: Turn, _s: GroupState, e: { why: string }): void {
  t.enter({ phase: 'DOWN' }, e.why);
  t.answer({ type: 'stopped' });
}

/** A group that gave up twice in a row is not started again sooner: members that cannot be spawned fail in the same instant, for ever. */
const REPEATED_RETRY_MS = 100;

/** The parent decided on a restart after this group gave up. */
function retried(t: Turn, s: GroupState, e: GroupEvent & { type: 'retry' }): void {
  const earnedMs = backoffMs(t.view.spec.backoff, Math.max(0, s.failures - 1), t.moment.chance);
  const delayMs = s.failures > 1 && !t.view.semantics.revive ? Math.max(earnedMs, REPEATED_RETRY_MS) : earnedMs;
  if (delayMs > 0) return t.enter({ phase: 'BACKOFF', due: t.moment.now + delayMs, gated: e.gated }, e.why);
  if (!e.gated) return startAnew(t, e.why);
  t.enter({ phase: 'BACKOFF', due: null, gated: true }, e.why);
  t.answer({ type: 'due' });
}

function delayOver(t: Turn, s: GroupIn<'BACKOFF'>): void {
  if (!s.gated) return startAnew(t, 'its delay is over');
  t.keep({ due: null });
  t.answer({ type: 'due' });
}

/** An operator does not want to wait for the delay. */
function startSooner(t: Turn, s: GroupIn<'BACKOFF'>, e: { member: string; why: string }): void {
  t.set(e.member, 'pending');
  if (!s.gated) return startAnew(t, e.why);
  if (s.due === null) return;
  t.keep({ due: null });
  t.answer({ type: 'due' });
}

/** A group that is down comes back for this one member; the others wait for a start of the group. */
function reviveWith(t: Turn, _s: GroupState, e: { member: string; why: string }): void {
  awaitStart(t);
  t.enter({ phase: 'UP' }, e.why, { restarts: [], upSince: t.moment.now });
  startOne(t, e.member, e.why);
  t.answer({ type: 'revived' });
}

function revived(t: Turn, _s: GroupState, e: { member: string }): void {
  awaitStart(t);
  t.enter({ phase: 'UP' }, `${e.member} was started`, { restarts: [], upSince: t.moment.now });
  t.set(e.member, 'up');
  t.answer({ type: 'revived' });
}

function cameBack(t: Turn, s: GroupState, e: { member: string }): void {
  const isNext = s.phase === 'ENDING' || s.phase === 'WAITING' || (s.phase === 'STARTING' && s.queue.includes(e.member, s.at));
  if (t.mode(e.member) !== 'pending' || !isNext) return t.set(e.member, 'up');
  // Its siblings waited for its delay, which nobody tells any more.
  if (s.phase === 'WAITING' && s.waitingFor.includes(e.member)) stillWaiting(t, s, e.member);
  else if (s.phase === 'ENDING') t.keep({ waitingFor: s.waitingFor.filter((name) => name !== e.member) });
}

/** A group below was started while this one ends: it is ended once more, last. */
function revivedTooLate(t: Turn, s: GroupIn<'STOPPING'> | GroupIn<'GIVING_UP'>, e: { member: string }): void {
  t.set(e.member, 'up');
  t.keep({ queue: [...s.queue, e.member] });
}

function startedNext(t: Turn, s: GroupIn<'STARTING'>, e: GroupEvent & { type: 'member_started' }): void {
  if (s.current !== e.member) return;
  if (t.view.spec.start === 'in_order_running' && !e.running) return;
  startNext(t, `${e.member} is up`);
}

/** An operator stopped the member that the sequence waits for. */
function stoppedOnTheWay(t: Turn, s: GroupIn<'STARTING'>, e: { member: string }): void {
  if (s.current === e.member && t.mode(e.member) !== 'up') startNext(t, `${e.member} was stopped`);
}

function endedNext(t: Turn, s: GroupIn<'ENDING'> | GroupIn<'STOPPING'> | GroupIn<'GIVING_UP'>, e: { member: string }): void {
  const mode = t.mode(e.member);
  // What a group that is down had wanted to start is its past: the next start decides anew.
  if (mode === 'up' || (mode === 'pending' && s.phase !== 'ENDING')) t.set(e.member, modeOfEnded(t, s, e.member));
  if (s.phase === 'ENDING' && s.waitingFor.includes(e.member) && t.mode(e.member) === 'held') {
    t.keep({ waitingFor: s.waitingFor.filter((name) => name !== e.member) });
  }
  moveOn(t, e.member, `${e.member} is down`);
}

function modeOfEnded(t: Turn, s: { readonly phase: string }, member: string): 'lost' | 'pending' | 'idle' {
  const m = t.view.member(member);
  if (m?.restart === 'temporary') return 'lost';
  // An operator started it (autostart is off): it comes back with its group, whatever took the group down.
  return s.phase === 'ENDING' || m?.autostart === false ? 'pending' : 'idle';
}

function endedOnTheWay(t: Turn, _s: GroupState, e: { member: string; why: string }): void {
  if (t.mode(e.member) === 'up') t.set(e.member, 'idle');
  moveOn(t, e.member, e.why);
}

function ended(t: Turn, _s: GroupState, e: GroupEvent & { type: 'member_ended' }): void {
  memberEnded(t, e);
}

function dueWhileEnding(t: Turn, s: GroupIn<'ENDING'>, e: { member: string }): void {
  t.keep({ waitingFor: s.waitingFor.filter((name) => name !== e.member) });
}

function waitedFor(t: Turn, s: GroupIn<'WAITING'>, e: { member: string }): void {
  stillWaiting(t, s, e.member);
}

/** The failed member was stopped by hand while its siblings waited for it: they start without it. */
function heldWhileWaiting(t: Turn, s: GroupIn<'WAITING'>, e: { member: string }): void {
  if (t.mode(e.member) === 'held') stillWaiting(t, s, e.member);
}

function stillWaiting(t: Turn, s: GroupIn<'WAITING'>, member: string): void {
  const waitingFor = s.waitingFor.filter((name) => name !== member);
  if (waitingFor.length > 0) t.keep({ waitingFor });
  else startPending(t, s.why);
}

/** An operator starts a member: no strategy, no count, and no waiting. */
function startMember(t: Turn, s: GroupState, e: { member: string; why: string }): void {
  const mode = t.mode(e.member);
  if (mode === 'up') {
    // It is looked after; in its back-off "start" means now.
    if (s.phase !== 'ENDING' || s.current !== e.member) t.tell(e.member, { type: 'start', why: e.why });
    return;
  }
  if (s.phase === 'WAITING' && s.waitingFor.includes(e.member)) return stillWaiting(t, s, e.member);
  // Held while the sequence was to end it: it is started with the others.
  if (s.phase === 'ENDING' && (s.current === e.member || mode === 'pending')) return t.set(e.member, 'pending');
  startOne(t, e.member, e.why);
}

/** An operator stops a member: it stays down until somebody starts it. */
function hold(t: Turn, _s: GroupState, e: { member: string; why: string }): void {
  t.set(e.member, 'held');
  t.tell(e.member, { type: 'stop', why: e.why });
}

/** A manual restart touches that member alone, whatever the strategy, and does not count. */
function restartMember(t: Turn, s: GroupState, e: { member: string; why: string }): void {
  if (t.mode(e.member) !== 'up') return startMember(t, s, e);
  if (s.phase === 'ENDING' && s.current === e.member) return;
  t.tell(e.member, { type: 'restart', why: e.why });
}

/** The group is on its way down: what is started now would be ended again. It comes with the next start of the group. */
function wantLater(t: Turn, _s: GroupState, e: { member: string }): void {
  // A start of the group asks for those of the first day; for another one the wish must be kept.
  if (t.view.member(e.member)?.autostart === false && t.mode(e.member) !== 'up') t.set(e.member, 'pending');
  else if (t.mode(e.member) === 'held') t.set(e.member, 'idle');
}

function byStrategy(t: Turn, _s: GroupState, e: { member: string; why: string }): void {
  if (t.view.spec.strategy === 'one_for_one') return restartMember(t, t.state, e);
  strategyRestart(t, e.member, e.why);
}

/**
 * One event, one step.
 * @throws InvariantError when the cell is impossible.
 */
export function stepGroup(view: GroupView, state: GroupState, event: GroupEvent, moment: Moment): GroupStep {
  const cell = GROUP_TABLE[state.phase][event.type] as Cell<(t: Turn, s: GroupState, e: GroupEvent) => void>;
  const turn = new Turn(view, state, moment);
  if (cell === impossible) throw new InvariantError(view.spec.name, state.phase, event.type);
  if (cell !== ignore) cell(turn, state, event);
  return turn.done();
}
