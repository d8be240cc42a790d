// Alerts around their decisions: facts in, messages out, deadlines, silences, and what survives the daemon. Loaded when alerts are
// configured, or when somebody asks for a silence.
import { didYouMean } from '../../config/nearest.ts';
import type { AlertSettings, AlertSpec } from '../../config/alert-spec.ts';
import type { AlertSubject, AlertTest, AlertView, IncidentView, Silence } from '../contract/alerts.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { AlertEntry } from '../core/alert-entry.ts';
import { messageOf } from '../core/alert-message.ts';
import { subjectWords } from '../core/alert-subject.ts';
import { Alerts } from '../core/alerts.ts';
import type { AlertStep } from '../core/alerts.ts';
import { AlertDelivery } from './alert-delivery.ts';
import type { AlertDeliveryOptions } from './alert-delivery.ts';
import { Deadlines } from './deadlines.ts';

export interface AlertSideOptions extends Omit<AlertDeliveryOptions, 'channels'> {
  readonly snapshot: () => Snapshot;
  readonly isProbed: (process: string) => boolean;
  /** Identifier of the daemon. */
  readonly identifier: () => string;
  readonly host: string;
}

/** Longest sleep: the wall clock may be set meanwhile. */
const MAX_SLEEP_MS = 600_000;
/** The longest silence. */
export const MAX_SILENCE_MS = 366 * 86_400_000;

interface Count {
  readonly sent: number;
  readonly lastAt: number | null;
}

export class AlertSide {
  private readonly options: AlertSideOptions;
  private readonly core: Alerts;
  private readonly delivery: AlertDelivery;
  private readonly deadlines: Deadlines;
  private readonly counts = new Map<string, Count>();
  private specs: ReadonlyMap<string, AlertSpec> = new Map();
  private settings: AlertSettings = { enabled: false, link: null };
  private closed = false;

  constructor(options: AlertSideOptions) {
    this.options = options;
    this.core = new Alerts((process) => options.snapshot().processes.get(process)?.program ?? '', options.isProbed);
    this.deadlines = new Deadlines(options.clock, (key) => this.due(key));
    const { alerts } = options.store;
    this.core.restore(rowsOf<AlertEntry>(alerts.all('entry'), (row) => typeof row.key === 'string' && typeof row.subject.name === 'string' && Array.isArray(row.times)), []);
    for (const silence of rowsOf<Silence>(alerts.all('silence'), (row) => typeof row.name === 'string' && Number.isFinite(row.until))) if (this.core.silence(silence)) this.arm(`silence ${silence.id}`, silence.until);
    this.delivery = new AlertDelivery({ ...options, channels: (alert) => this.specs.get(alert)?.channels ?? [] });
  }

  /** The rules from now on. */
  configure(specs: readonly AlertSpec[], settings: AlertSettings): void {
    this.specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.settings = settings;
    this.take(this.core.configure(settings.enabled ? specs : []));
    for (const entry of this.core.incidents()) this.rearm(entry.key);
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    if (this.closed) return;
    this.take(this.core.heard(fact, fact.at));
    // Everybody who is configured is known now.
    if (fact.type === 'daemon.started' || fact.type === 'daemon.reloaded') this.take(this.core.settle((subject) => this.isKnown(subject, fact.type === 'daemon.started'), fact.at));
  }

  list(): readonly AlertView[] {
    const now = this.options.clock.wall();
    const incidents = this.core.incidents();
    return [...this.specs.values()].map((spec): AlertView => {
      const { sent, lastAt } = this.counts.get(spec.name) ?? { sent: 0, lastAt: null };
      return {
        name: spec.name, enabled: spec.enabled && this.settings.enabled, on: spec.on, channels: spec.channels.map((channel) => channel.kind),
        incidents: incidents.filter((entry) => entry.alert === spec.name).map((entry) => this.view(entry, now)), sent, lastAt, ...this.delivery.countsOf(spec.name), waiting: this.delivery.waiting(spec.name),
      };
    });
  }

  silences(): readonly Silence[] {
    return this.core.silences();
  }

  /** Nobody is told about `name` for so long. A silence of the same name is replaced. */
  silence(name: string, ms: number, by: string, why: string): Silence | CommandError {
    const unknown = this.unknownName(name);
    if (unknown !== null) return unknown;
    if (ms < 1 || ms > MAX_SILENCE_MS) return { code: 'BAD_ARGUMENT', message: `cannot silence ${name} for that long: expected 1 ms to 366 days` };
    const at = this.options.clock.wall();
    const silence: Silence = { id: this.options.newId().slice(0, 8), name, by, why, at, until: at + ms };
    const before = this.core.silences().filter((one) => one.name === name);
    for (const one of before) this.core.unsilence(one.id, at);
    if (!this.core.silence(silence)) return { code: 'BUSY', message: 'cannot silence: there are too many silences', hint: 'end some with `reevectl silence end`' };
    for (const one of before) this.forget(one);
    this.options.store.alerts.put('silence', silence.id, JSON.stringify(silence));
    this.options.store.flush();
    this.arm(`silence ${silence.id}`, silence.until);
    this.options.publish({ type: 'silence.started', silence });
    return silence;
  }

  /** Ends silences by id or name, `all`: every one. */
  unsilence(name: string, by: string): readonly Silence[] | CommandError {
    const all = this.core.silences();
    const meant = name === 'all' ? all : all.filter((one) => one.id === name || one.name === name);
    if (meant.length === 0) {
      const hint = didYouMean(name, all.map((one) => one.name));
      return { code: 'NOT_FOUND', message: `cannot end a silence of ${name}: there is none`, ...(hint === null ? {} : { hint }) };
    }
    for (const one of meant) this.end(one, by);
    return meant;
  }

  /** Delivers a sample by each channel, or those of one kind, past dedup, silences and the outbox. */
  async test(name: string | null, channel: string | null): Promise<readonly AlertTest[] | CommandError> {
    const specs = name === null ? [...this.specs.values()] : [...this.specs.values()].filter((spec) => spec.name === name);
    if (specs.length === 0) {
      const hint = name === null ? 'write [alerts.NAME]' : didYouMean(name, this.specs.keys());
      return { code: 'NOT_FOUND', message: name === null ? 'cannot test: no alerts are configured' : `cannot test: there is no alert ${name}`, ...(hint === null ? {} : { hint }) };
    }
    const pairs = specs.flatMap((spec) => spec.channels.filter((one) => channel === null || one.kind === channel).map((one) => ({ spec, one })));
    if (pairs.length === 0) return { code: 'NOT_FOUND', message: `cannot test: ${name === null ? 'no alert' : `alert ${name}`} has ${channel === null ? 'a channel' : `no channel ${channel}`}`, hint: `channels are ${[...new Set(specs.flatMap((spec) => spec.channels.map((one) => one.kind)))].join(', ')}` };
    const { carrier, environment, clock } = this.options;
    return Promise.all(pairs.map(async ({ spec, one }): Promise<AlertTest> => {
      const began = clock.mono();
      const answer = await carrier.deliver(one, this.sample(spec), environment());
      return { alert: spec.name, channel: one.kind, ok: answer.ok, message: answer.ok ? 'delivered' : answer.why, tookMs: Math.round(clock.mono() - began) };
    }));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.deadlines.close();
    await this.delivery.close();
  }

  private sample(spec: AlertSpec): ReturnType<typeof messageOf> {
    const at = this.options.clock.wall();
    const subject: AlertSubject = { kind: 'process', name: 'sample:sample', program: 'sample', group: 'sample' };
    const entry: AlertEntry = {
      key: '', alert: spec.name, subject, cause: spec.causes[0]?.fact ?? 'daemon.warning', detail: '', lasts: false, severity: 'warning', why: 'this is a test, nothing has happened', incarnation: null, run: null, fact: null,
      times: [at], openAt: null, incident: 'test', told: false, end: null, lastAt: null, repeats: 0, occurrences: 1, pending: 0,
    };
    return this.message(spec, { kind: 'test', entry, at, why: entry.why, suppressed: 0 });
  }

  private message(spec: AlertSpec, send: AlertStep['sends'][number]): ReturnType<typeof messageOf> {
    const { newId, identifier, host, snapshot } = this.options;
    const { processes, runs } = snapshot();
    const { subject, run } = send.entry;
    const beat = subject.kind === 'process' ? processes.get(subject.name)?.heartbeat : run === null ? null : runs.get(run)?.heartbeat;
    return messageOf(spec, send, { id: newId(), daemon: identifier(), host, lastBeatAt: beat?.lastAt ?? null, settings: this.settings, iso: (at) => new Date(at).toISOString() });
  }

  private take(step: AlertStep): void {
    const { store, publish } = this.options;
    for (const [key, entry] of step.changed) {
      store.alerts.put('entry', key, entry === null ? null : JSON.stringify(entry));
      if (entry === null) this.deadlines.set(`entry ${key}`, null);
      else this.rearm(key);
    }
    for (const send of step.sends) {
      const spec = this.specs.get(send.entry.alert);
      if (spec === undefined) continue;
      const message = this.message(spec, send);
      const count = this.counts.get(spec.name);
      this.counts.set(spec.name, { sent: (count?.sent ?? 0) + 1, lastAt: send.at });
      this.delivery.send(message, spec.channels);
      const said: FactBody = { type: 'alert.sent', alert: spec.name, message: message.id, kind: send.kind, subject: message.subjectName, cause: message.cause, suppressed: send.suppressed, incident: message.incident };
      publish(said);
    }
  }

  /** `entry KEY`, `silence ID`. */
  private due(key: string): void {
    const at = key.indexOf(' ');
    const name = key.slice(at + 1);
    const now = this.options.clock.wall();
    if (key.startsWith('entry ')) {
      this.take(this.core.due(name, now));
      return this.rearm(name);
    }
    const silence = this.core.silences().find((one) => one.id === name);
    if (silence === undefined) return;
    if (silence.until > now) this.arm(key, silence.until);
    else this.end(silence, 'its time is over');
  }

  private end(silence: Silence, by: string): void {
    this.take(this.core.unsilence(silence.id, this.options.clock.wall()));
    // Whatever it kept quiet has a deadline again.
    for (const entry of this.core.incidents()) this.rearm(entry.key);
    this.forget(silence);
    this.options.publish({ type: 'silence.ended', silence, by });
  }

  private forget(silence: Silence): void {
    this.options.store.alerts.put('silence', silence.id, null);
    this.deadlines.set(`silence ${silence.id}`, null);
  }

  private rearm(key: string): void {
    const due = this.core.deadline(key, this.options.clock.wall());
    if (due === null) this.deadlines.set(`entry ${key}`, null);
    else this.arm(`entry ${key}`, due);
  }

  private arm(key: string, wall: number): void {
    const { clock } = this.options;
    // At least a moment: what is due and may not be told yet must not be asked for in a circle.
    if (!this.closed) this.deadlines.set(key, clock.mono() + Math.min(MAX_SLEEP_MS, Math.max(5, wall - clock.wall())));
  }

  private view(entry: AlertEntry, now: number): IncidentView {
    const { alert, incident, subject, cause, severity, why, occurrences, told } = entry;
    return { alert, incident, subject, subjectName: subjectWords(subject), cause, severity, why, startedAt: entry.openAt ?? now, occurrences, suppressed: entry.pending, told, silenced: this.core.isSilent(alert, subject, now) };
  }

  private isKnown(subject: AlertSubject, begun: boolean): boolean {
    const { processes, jobs, groups, breakers, checks } = this.options.snapshot();
    switch (subject.kind) {
      case 'process': return processes.has(subject.name);
      case 'job': return jobs.has(subject.name);
      case 'group': return groups.has(subject.name);
      case 'breaker': return breakers.has(subject.name);
      case 'check': return checks.has(subject.name) || processes.has(subject.name) || subject.name.startsWith('job:');
      // Of these a new daemon knows nothing: it begins anew, and says so when they fail again.
      default: return !begun;
    }
  }

  private unknownName(name: string): CommandError | null {
    if (name === 'all' || name.includes('*')) return null;
    const { processes, jobs, groups, breakers } = this.options.snapshot();
    const rows = [...processes.values()];
    const known = new Set([...this.specs.keys(), ...jobs.keys(), ...groups.keys(), ...breakers.keys(), ...rows.flatMap((row) => [row.id, row.program, row.group])]);
    if (known.has(name)) return null;
    // A check and a fix are jobs of these names: disk is check:disk.
    const whole = ['check:', 'fix:'].map((kind) => `${kind}${name}`).find((one) => known.has(one));
    const hint = whole === undefined ? didYouMean(name, known) : `did you mean "${whole}"?`;
    return { code: 'NOT_FOUND', message: `cannot silence ${name}: no process, program, group, job, breaker or alert has this name`, ...(hint === null ? {} : { hint }) };
  }
}

/** Rows of an earlier daemon, perhaps of an earlier version: what cannot be read is left out. */
function rowsOf<T>(rows: ReadonlyMap<string, string>, isGood: (row: T) => boolean): readonly T[] {
  return [...rows.values()].flatMap((data) => {
    try {
      const row = JSON.parse(data) as T;
      return isGood(row) ? [row] : [];
    } catch {
      return [];
    }
  });
}
