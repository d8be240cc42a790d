// OpenAPI schemas of explanations.ts.
import { ANY, flag, list, nullable, orNull, record, ref, text, whole } from './schema-words.ts';
import type { JsonObject } from './schema-words.ts';

const LIFE = record({ incarnation: whole, pid: whole, startedAt: whole, endedAt: nullable('integer'), code: nullable('integer'), signal: nullable('string'), why: nullable('string'), lastOutput: nullable('string') });

/** What every explanation has, and what those of a kind have beside it. */
const explained = (kind: string, properties: JsonObject): JsonObject => record({ kind: { const: kind }, name: text, state: text, summary: text, sentences: list(text), ...properties });

const FORMS: Readonly<Record<string, JsonObject>> = {
  DaemonExplanation: explained('daemon', { daemon: ref('DaemonView'), findings: list(ref('Finding')) }),
  ProcessExplanation: explained('process', {
    process: text, transitions: list(record({ at: whole, from: text, to: text, why: text, incarnation: whole })), lives: list(LIFE),
    violations: list(record({ at: whole, incarnation: whole, what: text, limit: text, actual: text, why: text, action: text })), heartbeats: list(record({ at: whole, meta: ANY })),
  }),
  GroupExplanation: explained('group', { group: ref('GroupView'), restarts: record({ count: whole, max: nullable('integer'), windowMs: whole, lessAt: nullable('integer') }) }),
  JobExplanation: explained('job', { job: ref('JobView'), next: list(whole), runs: list(ref('RunView')) }),
  RunExplanation: explained('run', { run: ref('RunDetails') }),
  CheckExplanation: explained('check', { check: ref('CheckView'), issues: list(ref('IssueView')) }),
  IssueExplanation: explained('issue', { issue: ref('IssueDetails') }),
  FixExplanation: explained('fix', { fix: record({ name: text, code: text, checks: orNull(list(text)), enabled: flag, attempts: whole, escalate: nullable('string'), remedy: text }), issues: list(ref('IssueView')) }),
  BreakerExplanation: explained('breaker', { breaker: ref('BreakerView'), jobs: list(text), programs: list(text) }),
  DeadExplanation: explained('dead', { letter: ref('DeadLetter') }),
  AlertExplanation: explained('alert', { alert: ref('AlertView'), silences: list(ref('Silence')) }),
};

export const EXPLAIN_SCHEMAS: JsonObject = {
  Explanation: { oneOf: Object.keys(FORMS).map(ref), discriminator: { propertyName: 'kind', mapping: Object.fromEntries(Object.keys(FORMS).map((name) => [name.replace('Explanation', '').toLowerCase(), `#/components/schemas/${name}`])) } },
  ...FORMS,
};
