// OpenAPI schemas of alerts.ts.

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const text: JsonObject = { type: 'string' };
const whole: JsonObject = { type: 'integer' };
const flag: JsonObject = { type: 'boolean' };
const channel: JsonObject = { type: 'string', enum: ['exec', 'webhook', 'syslog'] };
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
const record = (properties: JsonObject): JsonObject => ({ type: 'object', properties, required: Object.keys(properties) });

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
