// Alerts and silences as lines. Pure.
import type { AlertTest, AlertView, Silence } from '../daemon/contract/alerts.ts';
import type { Paint } from './screen.ts';
import { tableLines } from './table-lines.ts';
import type { TableStyle } from './table-lines.ts';
import { relative, shortDuration, zonedBriefly } from './time-words.ts';

export interface AlertStyle extends TableStyle {
  readonly now: number;
  readonly zone: string;
}

function stateOf(alert: AlertView): { readonly text: string; readonly paint: Paint | null } {
  if (!alert.enabled) return { text: 'off', paint: 'grey' };
  if (alert.problem !== null) return { text: 'failing', paint: 'red' };
  return alert.incidents.some((one) => one.told) ? { text: 'alerting', paint: 'yellow' } : { text: 'ok', paint: 'green' };
}

/** Every alert, what lasts now below them, and why deliveries fail. */
export function alertLines(alerts: readonly AlertView[], style: AlertStyle): readonly string[] {
  const rows = alerts.map((alert) => [
    alert.name, stateOf(alert), alert.on.join(' '), alert.channels.join(' '), String(alert.sent), String(alert.delivered), String(alert.waiting), alert.lost === 0 ? '' : String(alert.lost), alert.lastAt === null ? '' : relative(alert.lastAt, style.now),
  ]);
  const lines = tableLines(['ALERT', 'STATE', 'ON', 'BY', 'SENT', 'DELIVERED', 'WAITING', 'LOST', 'LAST'], rows, style);
  const incidents = alerts.flatMap((alert) => alert.incidents);
  const lasting = incidents.map((one) => [
    one.subjectName, one.cause, shortDuration(style.now - one.startedAt), String(one.occurrences), one.silenced ? 'silenced' : one.told ? 'told' : 'not told yet', one.alert, one.why,
  ]);
  return [
    ...lines,
    ...(lasting.length === 0 ? [] : ['', ...tableLines(['LASTING', 'CAUSE', 'FOR', 'TIMES', 'TOLD', 'ALERT', 'WHY'], lasting, style)]),
    ...alerts.flatMap((alert) => (alert.problem === null ? [] : ['', `${alert.name}: ${alert.problem}`])),
  ];
}

export function silenceLines(silences: readonly Silence[], style: AlertStyle): readonly string[] {
  const rows = silences.map((one) => [one.name, `${zonedBriefly(one.until, style.zone)} (${relative(one.until, style.now)})`, one.by, one.id, one.why]);
  return tableLines(['SILENT', 'UNTIL', 'BY', 'ID', 'WHY'], rows, style);
}

export function testLine({ alert, channel, ok, message, tookMs }: AlertTest): string {
  return `${alert} ${channel}: ${ok ? `${message} (${shortDuration(tookMs)})` : `ERROR (${message})`}`;
}
