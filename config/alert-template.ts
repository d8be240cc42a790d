// Templates of messages: `{subject}` and the like, filled in by the daemon (core/alert-message.ts); unknown fields are refused when the file is read.

/** Field -> what it is. */
export const TEMPLATE_FIELDS = {
  alert: 'name of the rule',
  kind: 'start, again, repeat, end, news or test',
  class: 'stuck, timeout, failure …; the cause where it has no class',
  cause: 'the fact, such as process.fatal',
  severity: 'warning, error, critical …',
  subject: 'who it is about: web:web, job import, breaker smtp, group web, daemon',
  name: 'its name alone',
  program: 'program of a process, else empty',
  job: 'job, else empty',
  run: 'id of the run, else empty',
  why: 'what happened, in words',
  duration: 'how long it has lasted, such as 5m12s',
  minutes: 'the same in whole minutes',
  last_beat: 'time of its last heartbeat, or Never',
  occurrences: 'how often it happened in this incident',
  suppressed: 'how many were not told since the last message',
  started_at: 'when it began, RFC 3339',
  at: 'when this message was made, RFC 3339',
  incident: 'id that the messages of one incident share',
  daemon: 'identifier of the daemon',
  host: 'name of the host',
  link: '`link` of [alerts], filled in',
} as const;

export type TemplateField = keyof typeof TEMPLATE_FIELDS;

/** Names in braces that are no field. */
export function unknownFields(template: string): readonly string[] {
  return [...template.matchAll(/\{([a-z_]*)\}/g)].map((match) => match[1] ?? '').filter((name) => !Object.hasOwn(TEMPLATE_FIELDS, name));
}
