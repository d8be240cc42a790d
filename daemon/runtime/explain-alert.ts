// What does an alert tell, to whom, and what of it lasts? Pure.
import type { AlertView, Silence } from '../contract/alerts.ts';
import type { AlertExplanation } from '../contract/explanations.ts';
import { ago, because, count, listed } from './explain-words.ts';

export interface AlertSource {
  readonly alert: AlertView;
  /** All that hold now. */
  readonly silences: readonly Silence[];
  readonly now: number;
}

/** Incidents told one by one. */
const SHOWN = 5;

function stateOf({ enabled, problem, incidents }: AlertView): string {
  if (!enabled) return 'disabled';
  if (problem !== null) return 'failing';
  return incidents.length > 0 ? 'lasting' : 'quiet';
}

export function explainAlert({ alert, silences, now }: AlertSource): AlertExplanation {
  const state = stateOf(alert);
  const name = `alert ${alert.name}`;
  const own = silences.filter((one) => one.name === alert.name || one.name === 'all' || alert.incidents.some((incident) => incident.silenced && incident.subject.name.includes(one.name)));
  const said: Readonly<Record<string, string>> = {
    disabled: `${name} is disabled in the file: it tells nobody anything.`, failing: `${name} does not get through: ${alert.problem ?? ''}.`,
    lasting: `${name}: ${count(alert.incidents.length, 'incident lasts', 'incidents last')}.`, quiet: `${name} has nothing to tell now.`,
  };
  return {
    kind: 'alert', name: alert.name, state, summary: said[state] ?? '', alert, silences: own,
    sentences: [
      `It tells of ${listed(alert.on)} by ${alert.channels.length === 0 ? 'no channel' : listed(alert.channels)}.`,
      ...alert.incidents.slice(0, SHOWN).map((one) => `${one.subjectName}: ${one.cause}${because(one.why)}, for ${ago(now - one.startedAt)}, ${count(one.occurrences, 'time')}${one.silenced ? ', silenced' : one.told ? '' : ', not told yet'}.`),
      ...(alert.incidents.length > SHOWN ? [`And ${alert.incidents.length - SHOWN} more: \`reevectl alert list\`.`] : []),
      ...own.map((one) => `${one.by} silenced ${one.name} for another ${ago(one.until - now)}${because(one.why)}; \`reevectl silence end ${one.name}\` ends that.`),
      `Since the daemon started: ${count(alert.sent, 'message')}, ${alert.delivered} delivered, ${alert.waiting} waiting, ${alert.lost} lost${alert.lastAt === null ? '' : `; the last one ${ago(now - alert.lastAt)} ago`}.`,
      `\`reevectl alert test ${alert.name}\` sends a sample.`,
    ],
  };
}
