// The words of an alert: a message from an entry, by the rule's templates or the built-in ones.
import type { TemplateField } from '../../config/alert-template.ts';
import type { AlertSettings, AlertSpec } from '../../config/alert-spec.ts';
import type { AlertMessage } from '../contract/alerts.ts';
import type { AlertSend } from './alert-entry.ts';
import { subjectWords } from './alert-subject.ts';

/** What a message has from outside of its entry. */
export interface MessageContext {
  readonly id: string;
  readonly daemon: string;
  readonly host: string;
  readonly lastBeatAt: number | null;
  readonly settings: AlertSettings;
  /** A time in RFC 3339. */
  readonly iso: (at: number) => string;
}

const TITLE = '[{severity}] {subject}: {cause}';
const ENDED_TITLE = '[ok] {subject}: {cause} is over';
/** Longer words are cut: an exit reason may carry a page of output. */
const MAX_WHY = 1000;

/** `5m12s`, `3h`, `0s`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [[Math.floor(seconds / 86_400), 'd'], [Math.floor(seconds / 3600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'm'], [seconds % 60, 's']] as const;
  const first = parts.findIndex(([n]) => n > 0);
  return first < 0 ? '0s' : parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n}${unit}`).join('');
}

/** The template with its fields in place; what is no field stays as it is. */
function fill(template: string, fields: Readonly<Record<TemplateField, string>>, escape: (text: string) => string = (text) => text): string {
  return template.replaceAll(/\{([a-z_]+)\}/g, (all, name: string) => (Object.hasOwn(fields, name) ? escape(fields[name as TemplateField]) : all));
}

function builtIn(send: AlertSend, f: Readonly<Record<TemplateField, string>>): string {
  const lines = [f.why === '' ? f.cause : f.why];
  if (send.kind === 'end') lines.push(`It lasted ${f.duration}, since ${f.started_at}.`);
  else if (send.entry.lasts && send.entry.openAt !== null && send.at - send.entry.openAt >= 1000) lines.push(`Since ${f.started_at} (${f.duration}).`);
  if (send.suppressed > 0) lines.push(`${send.suppressed} more since the last message.`);
  if (send.entry.cause.startsWith('heartbeat.')) lines.push(`Last heartbeat: ${f.last_beat}.`);
  lines.push(`${f.daemon} on ${f.host}, alert ${f.alert}`);
  if (f.link !== '') lines.push(f.link);
  return lines.join('\n');
}

/** The message of a send. */
export function messageOf(rule: Pick<AlertSpec, 'name' | 'causes' | 'title' | 'text'>, send: AlertSend, c: MessageContext): AlertMessage {
  const { entry, at, kind } = send;
  const { iso } = c;
  const startedAt = entry.openAt ?? at;
  const durationMs = Math.max(0, (entry.end?.at ?? at) - startedAt);
  const why = send.why.length > MAX_WHY ? `${send.why.slice(0, MAX_WHY)}…` : send.why;
  const bare: Record<TemplateField, string> = {
    alert: rule.name, kind, class: rule.causes.find(({ fact }) => fact === entry.cause)?.class ?? entry.cause, cause: entry.cause, severity: entry.severity, subject: subjectWords(entry.subject), name: entry.subject.name,
    program: entry.subject.program, job: entry.subject.kind === 'job' ? entry.subject.name : '', run: entry.run ?? '', why, duration: spanWords(durationMs),
    minutes: String(Math.floor(durationMs / 60_000)), last_beat: c.lastBeatAt === null ? 'Never' : iso(c.lastBeatAt), occurrences: String(entry.occurrences), suppressed: String(send.suppressed),
    started_at: iso(startedAt), at: iso(at), incident: entry.incident, daemon: c.daemon, host: c.host, link: '',
  };
  const link = c.settings.link === null ? null : fill(c.settings.link, bare, (value) => encodeURIComponent(value));
  const fields = { ...bare, link: link ?? '' };
  return {
    id: c.id, kind, alert: rule.name, class: fields.class, cause: entry.cause, severity: entry.severity, subject: entry.subject, subjectName: fields.subject, why,
    title: fill(rule.title ?? (kind === 'end' ? ENDED_TITLE : TITLE), fields), text: rule.text === null ? builtIn(send, fields) : fill(rule.text, fields),
    at, incident: entry.incident, startedAt, durationMs, occurrences: entry.occurrences, suppressed: send.suppressed, incarnation: entry.incarnation,
    job: entry.subject.kind === 'job' ? entry.subject.name : null, run: entry.run, lastBeatAt: c.lastBeatAt, link, daemon: c.daemon, host: c.host, fact: entry.fact,
  };
}
