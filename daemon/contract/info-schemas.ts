// OpenAPI schemas of info.ts.
import { ISSUE_STATES } from './issues.ts';
import { RUN_STATES } from './jobs.ts';
import { WORKER_STATUS } from './info.ts';
import { flag, list, nullable, number, orNull, record, ref, text, whole } from './schema-words.ts';
import type { JsonObject } from './schema-words.ts';
import { DAEMON_STATES, GROUP_STATES, HEALTH, PROCESS_STATES } from './states.ts';

/** How many are in each of these states; those in which nobody is are left out. */
const counts = (states: readonly string[]): JsonObject => ({ type: 'object', additionalProperties: false, properties: Object.fromEntries(states.map((state) => [state, whole])) });
const MACHINE_LIMIT = record({ name: text, ok: flag, detail: text });

export const INFO_SCHEMAS: JsonObject = {
  InfoAnswer: record({
    version: text, identifier: text, state: { type: 'string', enum: Object.keys(DAEMON_STATES) }, own: record({ pid: whole, rssBytes: whole, heapBytes: whole, node: text }), startedAt: whole, uptimeMs: whole, file: text, files: list(text),
    dialect: { type: 'string', enum: ['toml', 'ini'] }, layer: { type: 'string', enum: ['native', 'portable'] }, layerWhy: text, subreaper: flag, listeners: list(text), stateDir: nullable('string'), stateWhy: text, logfile: nullable('string'),
    processes: counts(Object.keys(PROCESS_STATES)), health: counts(HEALTH), groups: counts(Object.keys(GROUP_STATES)), jobs: record({ total: whole, running: whole, paused: whole, disabled: whole, held: whole }),
    runs: counts(Object.keys(RUN_STATES)), checks: counts(['ok', 'issues', 'failed', 'new']), issues: counts(Object.keys(ISSUE_STATES)), breakers: counts(['closed', 'open', 'half_open']), deadLetters: whole,
    alerts: record({ rules: whole, lasting: whole, waiting: whole, lost: whole, silences: whole }),
    drain: orNull(record({ names: list(text), startedAt: whole, by: text, expiresAt: nullable('integer'), remaining: list(text) })), operations: whole,
    limits: record({ maxParallel: nullable('integer'), deadLetterMs: whole, machine: list(MACHINE_LIMIT) }), logs: record({ bytes: whole, droppedBytes: whole, rotations: whole, blocked: whole }), events: record({ last: whole, oldest: whole }),
  }),
  PoolWorker: record({
    id: text, num: whole, pid: nullable('integer'), state: { type: 'string', enum: Object.keys(PROCESS_STATES) }, status: { type: 'string', enum: [...WORKER_STATUS] }, health: { type: 'string', enum: [...HEALTH] }, startedAt: nullable('integer'),
    lastCheckAt: nullable('integer'), restarts: whole, rssBytes: nullable('integer'), cpuPercent: nullable('number'), why: text,
  }),
  PoolAnswer: record({ pool: text, count: whole, running: whole, stopped: whole, crashed: whole, autoscale: orNull(record({ min: number, max: number, by: text, held: flag })), workers: list(ref('PoolWorker')) }),
};
