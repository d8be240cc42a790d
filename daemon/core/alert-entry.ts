// One rule, one subject, one cause: is it told now, counted for later, or held back? Pure: the wall clock arrives with each call,
// because dedup and silences outlive the daemon.
import type { AlertSpec } from '../../config/alert-spec.ts';
import type { AlertSubject, MessageKind } from '../contract/alerts.ts';
import type { Severity } from '../contract/facts.ts';
import type { Json } from '../contract/reports.ts';

/** Replaced, never changed; kept in the store as it is. */
export interface AlertEntry {
  readonly key: string;
  readonly alert: string;
  readonly subject: AlertSubject;
  /** The fact, and what tells causes of one type apart. */
  readonly cause: string;
  readonly detail: string;
  /** Something that lasts; else news. */
  readonly lasts: boolean;
  /** Of the newest fact. */
  readonly severity: Severity;
  readonly why: string;
  readonly incarnation: number | null;
  readonly run: string | null;
  readonly fact: Json;
  /** When it happened, the last few: as many as a rate needs. */
  readonly times: readonly number[];
  /** Since when it lasts; null: it does not. */
  readonly openAt: number | null;
  readonly incident: string;
  readonly told: boolean;
  /** It is over, and that is still to be told. */
  readonly end: { readonly at: number; readonly why: string } | null;
  /** Its newest message but for ends. */
  readonly lastAt: number | null;
  /** Messages of this incident after its first. */
  readonly repeats: number;
  readonly occurrences: number;
  /** Occurrences since the newest message. */
  readonly pending: number;
}

/** A message to be made of an entry as it was. */
export interface AlertSend {
  readonly kind: MessageKind;
  readonly entry: AlertEntry;
  readonly at: number;
  readonly why: string;
  readonly suppressed: number;
}

export interface EntryStep {
  readonly entry: AlertEntry;
  readonly send: AlertSend | null;
}

type Rule = Pick<AlertSpec, 'dedupMs' | 'repeatMs' | 'maxRepeats' | 'rate' | 'forMs' | 'recovery'>;

/** A clock that was set back must not keep anybody quiet for as long as that. */
function since(then: number, now: number): number {
  return now < then ? Infinity : now - then;
}

function isSpaced(rule: Rule, e: AlertEntry, now: number): boolean {
  return e.lastAt === null || since(e.lastAt, now) >= rule.dedupMs;
}

function isOften(rule: Rule, e: AlertEntry, now: number): boolean {
  const { max, windowMs } = rule.rate;
  return max === null || e.times.filter((at) => at <= now && now - at <= windowMs).length >= max;
}

function mayRepeat(rule: Rule, e: AlertEntry): boolean {
  return rule.maxRepeats === null || e.repeats < rule.maxRepeats;
}

function say(kind: MessageKind, e: AlertEntry, now: number, suppressed: number): EntryStep {
  const repeats = kind === 'again' || kind === 'repeat' ? e.repeats + 1 : 0;
  return { entry: { ...e, told: true, lastAt: now, repeats, pending: 0 }, send: { kind, entry: e, at: now, why: e.why, suppressed } };
}

const quiet = (entry: AlertEntry): EntryStep => ({ entry, send: null });

/** It happened (once more). */
export function happened(rule: Rule, e: AlertEntry, now: number, silenced: boolean): EntryStep {
  const keep = Math.max(1, rule.rate.max ?? 1);
  const counted: AlertEntry = {
    ...e, times: [...e.times, now].slice(-keep), pending: e.pending + 1,
    // What comes back before its end was told is the same incident.
    ...(e.lasts ? { end: null, openAt: e.openAt ?? now, occurrences: e.openAt === null ? 1 : e.occurrences + 1 } : { occurrences: e.pending + 1 }),
  };
  if (silenced || !isSpaced(rule, counted, now)) return quiet(counted);
  if (!counted.lasts) return isOften(rule, counted, now) ? say('news', counted, now, counted.pending - 1) : quiet(counted);
  if (!counted.told) return begin(rule, counted, now);
  return mayRepeat(rule, counted) ? say('again', counted, now, counted.pending - 1) : quiet(counted);
}

function begin(rule: Rule, e: AlertEntry, now: number): EntryStep {
  const lasted = e.openAt !== null && since(e.openAt, now) >= rule.forMs;
  return lasted && isOften(rule, e, now) ? say('start', e, now, Math.max(0, e.pending - 1)) : quiet(e);
}

/** It is over. Who was not told that it began is not told that it ended. */
export function ended(rule: Rule, e: AlertEntry, why: string, now: number, silenced: boolean): EntryStep {
  if (e.openAt === null || e.end !== null) return quiet(e);
  if (!e.told || !rule.recovery) return quiet(closed(e));
  const owed: AlertEntry = { ...e, end: { at: now, why } };
  return silenced ? quiet(owed) : finish(owed, now);
}

function closed(e: AlertEntry): AlertEntry {
  return { ...e, openAt: null, told: false, end: null, repeats: 0, occurrences: 0 };
}

function finish(e: AlertEntry, now: number): EntryStep {
  return { entry: { ...closed(e), pending: 0 }, send: { kind: 'end', entry: e, at: now, why: e.end?.why ?? '', suppressed: Math.max(0, e.pending) } };
}

/** Time has passed, or a silence is over. */
export function due(rule: Rule, e: AlertEntry, now: number, silenced: boolean): EntryStep {
  if (silenced || e.openAt === null) return quiet(e);
  if (e.end !== null) return finish(e, now);
  if (!isSpaced(rule, e, now)) return quiet(e);
  if (!e.told) return begin(rule, e, now);
  const again = rule.repeatMs !== null && e.lastAt !== null && since(e.lastAt, now) >= rule.repeatMs && mayRepeat(rule, e);
  return again ? say('repeat', e, now, e.pending) : quiet(e);
}

/** When it is to be looked at again by itself, wall clock; null: not before the next fact, or the end of a silence. */
export function entryDeadline(rule: Rule, e: AlertEntry, now: number, silenced: boolean): number | null {
  if (e.openAt === null) return forgetAt(rule, e);
  if (silenced) return null;
  if (e.end !== null) return now;
  const spaced = e.lastAt === null ? now : Math.min(e.lastAt, now) + rule.dedupMs;
  if (!e.told) return isOften(rule, e, now) ? Math.max(e.openAt + rule.forMs, spaced) : null;
  return rule.repeatMs === null || !mayRepeat(rule, e) ? null : Math.max(spaced, (e.lastAt ?? now) + rule.repeatMs);
}

/** What was not told is counted for the next message, if there is one within a day. */
const COUNTED_MS = 86_400_000;

/** What is not open is kept only as long as it counts. */
export function forgetAt(rule: Rule, e: AlertEntry): number {
  const newest = e.times.at(-1) ?? 0;
  return Math.max((e.lastAt ?? 0) + rule.dedupMs, newest + rule.rate.windowMs, e.pending > 0 ? newest + COUNTED_MS : 0);
}
