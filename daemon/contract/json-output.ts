// What --json prints, by command: what the address of the command answers, but for these.
import { COMMANDS } from './commands.ts';
import type { CommandName } from './commands.ts';
import { ROUTES } from './routes.ts';
import { flag, list, nullable, record, ref, text, whole } from './schema-words.ts';
import type { JsonObject } from './schema-words.ts';
import { WITHOUT_JSON } from './without-json.ts';

export interface JsonForm {
  /** In words, with names of schemas: `Explanation[]`. */
  readonly type: string;
  readonly schema: JsonObject;
  /** One JSON value a line, as they come; else one value in all. */
  readonly lines: boolean;
  /** What differs from the rule, and why; '' where nothing does. */
  readonly says: string;
}

/** `RunView[]` as a schema. */
function schemaOf(type: string): JsonObject {
  return type.endsWith('[]') ? list(ref(type.slice(0, -2))) : ref(type);
}

const value = (type: string, says = ''): JsonForm => ({ type, schema: schemaOf(type), lines: false, says });
const lines = (type: string, says = ''): JsonForm => ({ type, schema: schemaOf(type), lines: true, says });
/** One of several types. */
const either = (types: readonly string[], says: string): JsonForm => ({ type: types.join(' or '), schema: { anyOf: types.map(schemaOf) }, lines: false, says });
/** What no address answers. */
const own = (type: string, schema: JsonObject, says: string): JsonForm => ({ type, schema, lines: false, says });

const OBJECT: JsonObject = { type: 'object' };
const AS_STATUS = 'What `status` answers, of what is named.';
const AS_RUN = 'The run that came of it, since a run is what was asked for; the operation where none did.';
const LINE = 'As `logs` answers: one object for each piece that was written. ';

const BESIDE: Readonly<Partial<Record<CommandName, JsonForm>>> = {
  tree: value('SnapshotJson', AS_STATUS),
  pid: value('SnapshotJson', AS_STATUS),
  tail: lines('LogLine', LINE),
  logs: lines('LogLine'),
  maintail: lines('LogLine', `${LINE}The name is \`reeved\`.`),
  'job logs': lines('LogLine', `${LINE}The name is the id of the run, whose channels are one: \`stdout\`.`),
  events: { type: 'EventLine', schema: { anyOf: [ref('EventLine'), ref('EventCounts')] }, lines: true, says: 'With --count: EventCounts.' },
  'job watch': lines('EventLine', 'The facts about them.'),
  apply: either(['Operation', 'Plan'], 'With --dry-run, and where nothing is to be done: the Plan.'),
  'job run': either(['RunDetails', 'Operation'], AS_RUN),
  'job at': either(['RunDetails', 'Operation'], AS_RUN),
  'job undo': either(['RunDetails', 'Operation'], AS_RUN),
  'job show': own('RunDetails', { anyOf: [ref('RunDetails'), { ...record({ name: text, next: list(whole), runs: list(ref('RunView')) }), additionalProperties: true }] }, 'Of a job: its JobView, with its next times in `next` and its last runs (RunView) in `runs`.'),
  'job next': own('NextTimes', record({ job: text, timezone: text, times: list(whole), local: list(text) }), 'With `local`: the times on the clock of the zone.'),
  'check run': value('CheckReport[]', 'What the runs saw, since that is what was asked for.'),
  'check run-due': value('CheckReport[]', 'What the runs saw, since that is what was asked for.'),
  breaker: either(['BreakerView[]', 'Operation'], 'With --open, --close, --half-open or --reset: the Operation.'),
  stuck: value('PsRow[]', 'What is stuck; what --kill and --restart did of it is told on stderr.'),
  monitor: own('object', OBJECT, 'The same as --format json: everything, once.'),
  ui: own('UiAnswer', record({ url: nullable('string'), login: nullable('string'), forOthers: flag, why: text, write: { type: ['object', 'null'] }, advice: text }), 'Answered by reevectl.'),
  config: own('object', OBJECT, 'check: `file`, `ok`, `programs`, `jobs`, `problems`. show: the resolved values. schema: JSON Schema. convert prints TOML and takes no --json.'),
  help: own('object', { type: 'object', additionalProperties: { ...record({ says: text, role: text, answer: text, args: OBJECT, route: OBJECT, json: nullable('string') }, ['route']), additionalProperties: true } }, 'The table of commands by name (`says`, `role`, `route`, `answer`, `args`, `examples`), with what --json of each prints in `json`.'),
  health: value('HealthRow[]'),
  silence: value('Silence'),
  doctor: value('Finding[]', 'Without a daemon: what reevectl sees by itself.'),
  operation: value('Operation'),
  version: own('VersionAnswer', record({ version: text, identifier: text, pid: whole, state: text }), ''),
};

const SCHEMAS = new Map<string, string | undefined>(ROUTES.map((route) => [route.id, route.schema]));

/** What --json of a command prints; null: it has none. */
export function jsonFormOf(command: CommandName): JsonForm | null {
  if (WITHOUT_JSON[command] !== undefined) return null;
  const beside = BESIDE[command];
  if (beside !== undefined) return beside;
  const schema = SCHEMAS.get(command);
  if (schema === undefined) throw new RangeError(`nobody said what --json of ${command} prints: add it to daemon/contract/json-output.ts`);
  return value(schema);
}

/** Every command with what it prints, in the order of the table. */
export function jsonForms(): readonly (readonly [command: CommandName, form: JsonForm | null])[] {
  return (Object.keys(COMMANDS) as CommandName[]).map((command) => [command, jsonFormOf(command)]);
}
