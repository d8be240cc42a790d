// Alerts with a hand-moved wall clock: facts in, messages out; deadlines fire in order, as the runtime fires them.
import { alertOf } from '../../config/alert.ts';
import { ALERT_CAUSES } from '../../config/alert-causes.ts';
import type { AlertSpec } from '../../config/alert-spec.ts';
import type { AlertValues } from '../../config/alert-schema.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { AlertSend } from '../../daemon/core/alert-entry.ts';
import { Alerts } from '../../daemon/core/alerts.ts';
import type { AlertStep } from '../../daemon/core/alerts.ts';

/** A rule with these keys; by syslog, which needs nothing. */
export function alertSpec(name: string, values: AlertValues): AlertSpec {
  return alertOf({ syslog: true, ...values }, {
    name, here: '/', origin: { file: '/test.toml', line: 1 }, path: (path) => path,
    complain: (key, message) => { throw new Error(`${name}.${key}: ${message}`); },
  });
}

export class AlertWorld {
  /** Processes with probes. */
  readonly probed = new Set<string>();
  readonly core = new Alerts((process) => process.slice(process.indexOf(':') + 1), (process) => this.probed.has(process));
  now = 1_800_000_000_000;
  readonly sends: AlertSend[] = [];
  private readonly due = new Map<string, number>();
  private seq = 0;
  private serial = 0;
  /** Called for each message, at its moment. */
  onSend: (send: AlertSend) => void = () => {};

  constructor(rules: readonly AlertSpec[]) {
    this.take(this.core.configure(rules));
  }

  tell(body: FactBody): void {
    this.seq += 1;
    this.take(this.core.heard({ ...body, seq: this.seq, at: this.now } as Fact, this.now));
  }

  /** Time passes, and what is due in it happens at its moment. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let steps = 0; ; steps += 1) {
      if (steps > 10_000) throw new Error('deadlines go round in a circle');
      const [first] = [...this.due].filter(([, at]) => at <= end).toSorted((a, b) => a[1] - b[1]);
      if (first === undefined) break;
      const [key, at] = first;
      this.now = Math.max(this.now, at);
      this.due.delete(key);
      this.fire(key);
    }
    this.now = end;
  }

  silence(name: string, ms: number): string {
    this.serial += 1;
    const id = String(this.serial);
    this.core.silence({ id, name, by: 'ann', why: '', at: this.now, until: this.now + ms });
    this.due.set(`silence ${id}`, this.now + ms);
    return id;
  }

  unsilence(id: string): void {
    this.due.delete(`silence ${id}`);
    this.take(this.core.unsilence(id, this.now));
    for (const entry of this.core.incidents()) this.rearm(entry.key);
  }

  fail(process: string, why = 'it broke'): void {
    this.tell({ type: 'process.fatal', process, incarnation: 1, from: 'STARTING', why });
  }

  well(process: string): void {
    this.tell({ type: 'process.running', process, incarnation: 2, pid: 7, startMs: 0, ready: true });
  }

  /** `start web:web`, `again …`. */
  trace(): readonly string[] {
    return this.sends.map((send) => `${send.kind} ${send.entry.subject.name}${send.suppressed > 0 ? ` +${send.suppressed}` : ''}`);
  }

  private fire(key: string): void {
    const at = key.indexOf(' ');
    const name = key.slice(at + 1);
    if (key.startsWith('silence ')) return this.unsilence(name);
    this.take(this.core.due(name, this.now));
    this.rearm(name);
  }

  private rearm(key: string): void {
    const due = this.core.deadline(key, this.now);
    if (due === null) this.due.delete(`entry ${key}`);
    else this.due.set(`entry ${key}`, Math.max(due, this.now + 1));
  }

  private take(step: AlertStep): void {
    for (const [key, entry] of step.changed) {
      if (entry === null) this.due.delete(`entry ${key}`);
      else this.rearm(key);
    }
    for (const send of step.sends) {
      this.sends.push(send);
      this.onSend(send);
    }
  }
}

export const LASTS = (cause: string): boolean => (ALERT_CAUSES[cause]?.length ?? 0) > 0;
