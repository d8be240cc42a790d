// OpenAPI schemas of alerts.ts.

import { flag, list, record, text, whole } from './schema-words.ts';
import type { JsonObject } from './schema-words.ts';

const channel: JsonObject = { type: 'string', enum: ['exec', 'webhook', 'syslog'] };

const SUBJECT = record({ kind: text, name: text, program: text, group: text });
const INCIDENT = record({
  alert: text, incident: text, subject: SUBJECT, subjectName: text, cause: text, severity: text, why: text, startedAt: whole, occurrences: whole, suppressed: whole, told: flag, silenced: flag,
});

export const ALERT_SCHEMAS: JsonObject = {
  AlertView: record({
    name: text, enabled: flag, on: list(text), channels: list(channel), incidents: list(INCIDENT), sent: whole, delivered: whole, waiting: whole, lost: whole, lastAt: { type: ['integer', 'null'] }, problem: { type: ['string', 'null'] },
  }),
  AlertTest: record({ alert: text, channel, ok: flag, message: text, tookMs: whole }),
  Silence: record({ id: text, name: text, by: text, why: text, at: whole, until: whole }),
};
