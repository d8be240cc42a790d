// Which facts become messages: every rule against every fact, with dedup, incidents, silences and planned stops. Pure: facts and
// the wall clock in; messages, and what is to be kept, out.
import type { AlertCauseSpec, AlertSpec } from '../../config/alert-spec.ts';
import { FACTS } from '../contract/facts.ts';
import type { Fact } from '../contract/facts.ts';
import type { AlertSubject, Silence } from '../contract/alerts.ts';
import type { Json } from '../contract/reports.ts';
import { isAsBad } from '../contract/severities.ts';
import { due, ended, entryDeadline, forgetAt, happened } from './alert-entry.ts';
import type { AlertEntry, AlertSend, EntryStep } from './alert-entry.ts';
import { covers, isAbout } from './alert-match.ts';
import { subjectKey, toldBy } from './alert-subject.ts';
import type { Told } from './alert-subject.ts';

/** Entries in all; past it what is closed is forgotten early, and if nothing is, new ones are not taken. */
export const MAX_ENTRIES = 10_000;
/** Silences at once; past it a new one is refused. */
export const MAX_SILENCES = 1000;

/** What comes of one call. `changed`: entries to be written down, null: gone. */
export interface AlertStep {
  readonly sends: readonly AlertSend[];
  readonly changed: ReadonlyMap<string, AlertEntry | null>;
}

/** Troubles of a life that was up: the next one is not well by being up. */
const FAILED_ALIVE: ReadonlySet<string> = new Set(['health.failed', 'process.condemned']);
/** Of most facts nothing comes. */
const NOTHING: AlertStep = { sends: [], changed: new Map() };
/** Who is gone, or is not to be there, is not ill. */
const ALWAYS_ENDS: readonly string[] = ['process.removed', 'job.removed', 'group.removed', 'process.wanted'];

/** An end that somebody asked for has these facts too, and they are no news. */
const QUIET_WHEN_PLANNED: ReadonlySet<string> = new Set(['process.exited', 'process.escalated', 'process.unready', 'process.ended', 'process.spawn_failed', 'process.backoff']);
const QUIET_AT_THE_END: ReadonlySet<string> = new Set(['run.cancelled', 'run.interrupted', 'run.failed', 'run.retrying', 'run.dead', 'run.stalled', 'run.timed_out']);

/** The entries of all rules, in memory and as they were written down; facts arrive by `heard`, times by `due`. */
export class Alerts {
  private rules: ReadonlyMap<string, AlertSpec> = new Map();
  private byCause: ReadonlyMap<string, readonly AlertSpec[]> = new Map();
  /** Facts that may end something. */
  private endings: ReadonlySet<string> = new Set();
  private readonly entries = new Map<string, AlertEntry>();
  /** Keys of the open ones of each subject. */
  private readonly open = new Map<string, Set<string>>();
  private readonly silenced = new Map<string, Silence>();
  /** Lives that are being ended because somebody wants it. */
  private readonly planned = new Set<string>();
  private readonly condemned = new Set<string>();
  private ending = false;
  private readonly programOf: (process: string) => string;
  private readonly isProbed: (process: string) => boolean;

  /** `programOf`: program of a process; '' when it is not known. `isProbed`: has it probes, so that being up says nothing of its health? */
  constructor(programOf: (process: string) => string, isProbed: (process: string) => boolean) {
    this.programOf = programOf;
    this.isProbed = isProbed;
  }

  /** Takes what an earlier daemon kept. */
  restore(entries: Iterable<AlertEntry>, silences: Iterable<Silence>): void {
    for (const entry of entries) if (this.entries.size < MAX_ENTRIES) this.put(entry);
    for (const silence of silences) this.silenced.set(silence.id, silence);
  }

  /** The rules from now on. What belongs to a rule that is gone is gone too. */
  configure(rules: readonly AlertSpec[]): AlertStep {
    const live = rules.filter((rule) => rule.enabled);
    this.rules = new Map(live.map((rule) => [rule.name, rule]));
    const byCause = new Map<string, AlertSpec[]>();
    for (const rule of live) for (const { fact } of rule.causes) byCause.set(fact, [...(byCause.get(fact) ?? []), rule]);
    this.byCause = byCause;
    this.endings = new Set([...ALWAYS_ENDS, ...live.flatMap((rule) => rule.causes.flatMap(({ ends }) => ends))]);
    const changed = new Map<string, AlertEntry | null>();
    for (const entry of [...this.entries.values()]) {
      const rule = this.rules.get(entry.alert);
      if (rule === undefined || causeOf(rule, entry.cause) === undefined) this.remove(entry, changed);
    }
    return { sends: [], changed };
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact, now: number): AlertStep {
    const rules = this.byCause.get(fact.type) ?? [];
    const mayEnd = this.open.size > 0 && this.endings.has(fact.type);
    if (rules.length === 0 && !mayEnd) {
      this.follow(fact);
      return NOTHING;
    }
    const step = { sends: [] as AlertSend[], changed: new Map<string, AlertEntry | null>() };
    const told = toldBy(fact, this.programOf);
    // Ends first: of `health.reported` the same fact begins one thing and ends another.
    if (mayEnd) this.ends(fact, told, now, step);
    if (this.begins(fact)) for (const rule of rules) this.begin(rule, fact, told, now, step);
    this.follow(fact);
    return step;
  }

  /** The deadline of an entry has come. */
  due(key: string, now: number): AlertStep {
    const step = { sends: [] as AlertSend[], changed: new Map<string, AlertEntry | null>() };
    const entry = this.entries.get(key);
    const rule = entry && this.rules.get(entry.alert);
    if (!entry || !rule) return step;
    if (entry.openAt === null && forgetAt(rule, entry) <= now) this.remove(entry, step.changed);
    else this.take(due(rule, entry, now, this.isSilent(entry.alert, entry.subject, now)), step);
    return step;
  }

  /** When an entry is to be looked at, wall clock; null: when something happens. */
  deadline(key: string, now: number): number | null {
    const entry = this.entries.get(key);
    const rule = entry && this.rules.get(entry.alert);
    return entry && rule ? entryDeadline(rule, entry, now, this.isSilent(entry.alert, entry.subject, now)) : null;
  }

  /** Begins a silence; false: there are too many. */
  silence(silence: Silence): boolean {
    if (this.silenced.size >= MAX_SILENCES) return false;
    this.silenced.set(silence.id, silence);
    return true;
  }

  /** Ends a silence. What it held back, and still holds good, is told. */
  unsilence(id: string, now: number): AlertStep {
    const step = { sends: [] as AlertSend[], changed: new Map<string, AlertEntry | null>() };
    const silence = this.silenced.get(id);
    this.silenced.delete(id);
    if (silence === undefined) return step;
    for (const keys of [...this.open.values()])
      for (const key of [...keys]) {
        const entry = this.entries.get(key);
        const rule = entry && this.rules.get(entry.alert);
        if (entry && rule && covers(silence.name, entry.alert, entry.subject)) this.take(due(rule, entry, now, this.isSilent(entry.alert, entry.subject, now)), step, true);
      }
    return step;
  }

  /** Ends what is about somebody who is not there any more. `isKnown` answers for processes, jobs, groups and breakers. */
  settle(isKnown: (subject: AlertSubject) => boolean, now: number): AlertStep {
    const step = { sends: [] as AlertSend[], changed: new Map<string, AlertEntry | null>() };
    for (const keys of [...this.open.values()])
      for (const key of [...keys]) {
        const entry = this.entries.get(key);
        if (entry && !isKnown(entry.subject)) this.end(entry, 'it is not configured any more', now, step);
      }
    return step;
  }

  silences(): readonly Silence[] {
    return [...this.silenced.values()];
  }

  /** Entries in which something lasts. */
  incidents(): readonly AlertEntry[] {
    return [...this.open.values()].flatMap((keys) => [...keys].flatMap((key) => this.entries.get(key) ?? []));
  }

  /** Is nobody told about this now? */
  isSilent(alert: string, subject: AlertSubject, now: number): boolean {
    for (const silence of this.silenced.values()) if (silence.until > now && covers(silence.name, alert, subject)) return true;
    return false;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Some facts are bad news only at times. */
  private begins(fact: Fact): boolean {
    if ((fact.type === 'process.exited' || fact.type === 'process.ended') && fact.expected) return false;
    if (fact.type === 'health.reported' && fact.value !== 'unhealthy') return false;
    if (this.ending && QUIET_AT_THE_END.has(fact.type)) return false;
    return !('process' in fact && this.planned.has(fact.process) && QUIET_WHEN_PLANNED.has(fact.type));
  }

  private ends(fact: Fact, told: Told, now: number, step: Building): void {
    const keys = this.open.get(subjectKey(told.subject));
    if (keys === undefined) return;
    for (const key of [...keys]) {
      const entry = this.entries.get(key);
      const rule = entry && this.rules.get(entry.alert);
      // A new life that is up is as ill as the last one until its probes say otherwise.
      if (entry !== undefined && FAILED_ALIVE.has(entry.cause) && (fact.type === 'process.running' || fact.type === 'process.ready') && this.isProbed(fact.process)) continue;
      const why = entry === undefined || rule === undefined ? null : endedBy(entry, causeOf(rule, entry.cause)?.ends ?? [], fact, told);
      if (entry !== undefined && why !== null) this.end(entry, why, now, step);
    }
  }

  private end(entry: AlertEntry, why: string, now: number, step: Building): void {
    const rule = this.rules.get(entry.alert);
    if (rule) this.take(ended(rule, entry, why, now, this.isSilent(entry.alert, entry.subject, now)), step);
  }

  private begin(rule: AlertSpec, fact: Fact, told: Told, now: number, step: Building): void {
    const { severity } = FACTS[fact.type];
    if (!isAsBad(severity, rule.minSeverity) || !isAbout(rule, told.subject)) return;
    const key = `${rule.name} ${subjectKey(told.subject)} ${fact.type} ${told.detail}`;
    const news = { severity, why: told.why, incarnation: told.incarnation, run: told.run, fact: fact as unknown as Json };
    const known = this.entries.get(key);
    if (known === undefined && !this.makeRoom(step.changed)) return;
    const entry: AlertEntry = known === undefined
      ? {
          key, alert: rule.name, subject: told.subject, cause: fact.type, detail: told.detail, lasts: (causeOf(rule, fact.type)?.ends.length ?? 0) > 0, ...news,
          times: [], openAt: null, incident: `${fact.at.toString(36)}-${fact.seq.toString(36)}`, told: false, end: null, lastAt: null, repeats: 0, occurrences: 0, pending: 0,
        }
      : { ...known, ...news, subject: told.subject, ...(known.openAt === null ? { incident: `${fact.at.toString(36)}-${fact.seq.toString(36)}` } : {}) };
    this.take(happened(rule, entry, now, this.isSilent(rule.name, told.subject, now)), step);
  }

  /** A life that somebody wants to end makes no news by ending. */
  private follow(fact: Fact): void {
    switch (fact.type) {
      case 'process.condemned': return void this.condemned.add(fact.process);
      // Without a pid it is the rest of a life that ended by itself.
      case 'process.stopping': return fact.pid !== null && !this.condemned.has(fact.process) ? void this.planned.add(fact.process) : undefined;
      case 'process.starting': case 'process.stopped': case 'process.removed':
        this.planned.delete(fact.process);
        return void this.condemned.delete(fact.process);
      case 'daemon.stopping': this.ending = true; return;
      case 'daemon.started': this.ending = false; return;
      default:
    }
  }

  private take({ entry, send }: EntryStep, step: Building, always = false): void {
    if (!always && send === null && this.entries.get(entry.key) === entry) return;
    this.put(entry);
    step.changed.set(entry.key, entry);
    if (send !== null) step.sends.push(send);
  }

  private put(entry: AlertEntry): void {
    this.entries.set(entry.key, entry);
    const subject = subjectKey(entry.subject);
    const keys = this.open.get(subject);
    if (entry.openAt !== null) {
      if (keys) keys.add(entry.key);
      else this.open.set(subject, new Set([entry.key]));
    } else if (keys?.delete(entry.key) === true && keys.size === 0) this.open.delete(subject);
  }

  private remove(entry: AlertEntry, changed: Map<string, AlertEntry | null>): void {
    this.put({ ...entry, openAt: null });
    this.entries.delete(entry.key);
    changed.set(entry.key, null);
  }

  /** Forgets one that is closed, the oldest first, when there are too many. */
  private makeRoom(changed: Map<string, AlertEntry | null>): boolean {
    if (this.entries.size < MAX_ENTRIES) return true;
    for (const entry of this.entries.values()) {
      if (entry.openAt !== null) continue;
      this.remove(entry, changed);
      return true;
    }
    return false;
  }
}

interface Building {
  readonly sends: AlertSend[];
  readonly changed: Map<string, AlertEntry | null>;
}

function causeOf(rule: AlertSpec, fact: string): AlertCauseSpec | undefined {
  return rule.causes.find((cause) => cause.fact === fact);
}

/** Healthy, or degraded where it was worse. */
function isBetter({ fact }: AlertEntry, value: string): boolean {
  return value === 'healthy' || (value === 'degraded' && (fact as { readonly value?: unknown }).value !== 'degraded');
}

/** Why this fact ends that trouble, or null. */
function endedBy(entry: AlertEntry, ends: readonly string[], fact: Fact, told: Told): string | null {
  if (fact.type === 'process.removed' || fact.type === 'job.removed' || fact.type === 'group.removed') return 'it was removed';
  if (fact.type === 'process.wanted' && fact.wanted === 'down') return `wanted down: ${fact.by}`;
  if (!ends.includes(fact.type)) return null;
  switch (fact.type) {
    case 'process.running': return fact.ready ? 'it is running' : null;
    case 'process.ready': return 'it is ready';
    case 'process.ended': return fact.expected ? 'it completed' : null;
    case 'group.state': return fact.to === 'UP' ? 'the group is up' : null;
    case 'health.changed': return isBetter(entry, fact.value) ? `it is ${fact.value}` : null;
    case 'health.reported': return fact.value === 'unhealthy' ? null : `it says that it is ${fact.value}`;
    case 'limit.cleared': return told.detail === entry.detail ? told.why : null;
    case 'issue.fixed': case 'issue.closed': return told.detail === entry.detail ? told.why : null;
    default: return told.why;
  }
}
