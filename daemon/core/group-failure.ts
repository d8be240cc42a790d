// A member ended by itself: first its own policy, then the count, then the strategy.
import { countRestart } from './intensity.ts';
import { affectedBy } from './strategy.ts';
import { endAll, endForStrategy, endNext, startNext } from './group-sequence.ts';
import type { Turn } from './group-turn.ts';
import type { GroupEvent, MemberInfo } from './group-state.ts';

type Ended = GroupEvent & { type: 'member_ended' };

/** Does this member's policy ask for a restart after this end? */
function asksRestart(t: Turn, m: MemberInfo, e: Ended): boolean {
  switch (e.cause) {
    case 'exit': return m.restart === 'permanent' || (m.restart === 'transient' && !e.expected);
    // A group that gives up ends with OTP's `shutdown`, which a transient member may.
    case 'gave_up': return m.restart === 'permanent';
    // A group without a limit would start for ever what its own rules gave up.
    case 'fatal': return m.restart !== 'temporary' && t.view.spec.intensity.max !== null;
    // A second copy beside one that may live is worse than none.
    case 'lost': return false;
    default: return e.cause satisfies never;
  }
}

function escalated(t: Turn, e: Ended, parentDid: 'restarted' | 'left_idle' | 'removed' | 'escalated' | 'stayed'): void {
  if (e.cause === 'gave_up') t.say({ type: 'group.escalated', group: e.member, parent: t.view.spec.name, parentDid });
}

/** A member of a group that is up, starting, ending or waiting ended by itself. */
export function memberEnded(t: Turn, e: Ended): void {
  const m = t.view.member(e.member);
  if (!m) return;
  // It is not looked after any more (an operator stopped it, a strategy ends it): its end is what was wanted.
  // But who cannot be ended is not waited for, whoever asked.
  if (t.mode(e.member) !== 'up') return e.cause === 'lost' ? moveOn(t, e.member, e.why) : undefined;
  if (isBeingEnded(t, e.member)) {
    t.set(e.member, 'idle');
    return moveOn(t, e.member, e.why);
  }
  if (isToBeEnded(t, e)) return t.set(e.member, m.restart === 'temporary' ? 'lost' : 'pending');
  if (!asksRestart(t, m, e)) return leave(t, m, e);
  const counted = countRestart(t.view.spec.intensity, t.state.restarts, t.moment.now);
  if (counted.exceeded) return giveUp(t, e, counted.times);
  escalated(t, e, 'restarted');
  applyStrategy(t, e.member, e.why, counted.times);
}

/** Told to end, and lost on the way (its signal could not be sent): it is not waited for. */
function isBeingEnded(t: Turn, member: string): boolean {
  const s = t.state;
  return (s.phase === 'ENDING' || s.phase === 'STOPPING' || s.phase === 'GIVING_UP') && s.current === member;
}

/** It ended just before its turn: the sequence wanted that, so it is no failure of its own (OTP flushes such exits too). */
function isToBeEnded(t: Turn, e: Ended): boolean {
  const s = t.state;
  return s.phase === 'ENDING' && e.cause !== 'lost' && s.queue.includes(e.member, s.at);
}

/** Its policy wants no restart: the siblings notice nothing, whatever the strategy. */
function leave(t: Turn, m: MemberInfo, e: Ended): void {
  escalated(t, e, m.restart === 'temporary' ? 'removed' : 'left_idle');
  t.set(m.name, m.restart === 'temporary' && t.view.semantics.forget ? 'lost' : 'idle');
  moveOn(t, m.name, e.why);
}

/** A sequence that waited for this member goes on without it. */
export function moveOn(t: Turn, member: string, why: string): void {
  const s = t.state;
  if (s.phase === 'STARTING' && s.current === member) startNext(t, why);
  else if ((s.phase === 'ENDING' || s.phase === 'STOPPING' || s.phase === 'GIVING_UP') && s.current === member) endNext(t, why);
}

function giveUp(t: Turn, e: Ended, restarts: readonly number[]): void {
  t.say({ type: 'group.gave_up', group: t.view.spec.name, failed: e.member, restarts: restarts.length, windowMs: t.view.spec.intensity.windowMs });
  if (t.view.isRoot && !t.view.semantics.rootEnds) {
    t.set(e.member, 'idle');
    // The other programs are no less wanted than before: only what failed stays down, loudly.
    escalated(t, e, 'stayed');
    t.answer({ type: 'gave_up', why: e.why });
    return moveOn(t, e.member, e.why);
  }
  t.set(e.member, t.view.member(e.member)?.autostart === false ? 'pending' : 'idle');
  escalated(t, e, 'escalated');
  t.keep({ restarts });
  endAll(t, { phase: 'GIVING_UP', failed: e.member }, `${e.member} failed once too often (${e.why})`);
}

/** The list of all names is not made where a failure touches nobody else: the root may have thousands. */
function affectedIn(t: Turn, failed: string): readonly string[] {
  const { strategy } = t.view.spec;
  return strategy === 'one_for_one' ? [failed] : affectedBy(strategy, t.view.members.map((m) => m.name), failed);
}

/** The strategy restarts members because `failed` did. */
export function applyStrategy(t: Turn, failed: string, why: string, restarts: readonly number[]): void {
  const { spec } = t.view;
  const affected = affectedIn(t, failed);
  if (spec.intensity.max !== null || spec.strategy !== 'one_for_one') {
    t.say({ type: 'group.strategy_applied', group: spec.name, strategy: spec.strategy, failed, affected, restarts: restarts.length, max: spec.intensity.max });
  }
  if (spec.strategy === 'one_for_one') {
    t.keep({ restarts });
    t.tell(failed, { type: 'retry', gated: false, why });
    return;
  }
  t.set(failed, 'pending');
  for (const name of affected) if (comesBack(t, name)) t.set(name, 'pending');
  t.tell(failed, { type: 'retry', gated: true, why });
  endForStrategy(t, affected, [failed], `${failed} failed (${why})`, restarts);
}

/** Members that are down but start with their siblings: a finished transient one; in OTP also one an operator stopped. */
function comesBack(t: Turn, name: string): boolean {
  const m = t.view.member(name);
  const mode = t.mode(name);
  if (!m || m.restart === 'temporary') return false;
  return mode === 'idle' || (t.view.semantics.revive && mode === 'held');
}

/** restart --with-strategy: as after a failure of `member`, but nobody counts it and nobody waits. */
export function strategyRestart(t: Turn, member: string, why: string): void {
  const affected = affectedIn(t, member);
  if (t.mode(member) !== 'up') t.set(member, 'pending');
  for (const name of affected) if (comesBack(t, name)) t.set(name, 'pending');
  endForStrategy(t, affected, [], why, t.state.restarts);
}
