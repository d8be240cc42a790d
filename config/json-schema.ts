// The JSON Schema (draft 2020-12) of a TOML configuration, for editors: `#:schema ./reeve.schema.json` as the first line.
// Made from the tables of keys at each call; nothing here knows a key by name.
import toml from 'toml';
import { alertKeys, alertSettingKeys } from './alert-schema.ts';
import { checkKeys, fixKeys, issueKeys } from './check-schema.ts';
import { breakerKeys, breakerSettingKeys, jobKeys, jobSettingKeys } from './job-schema.ts';
import { apiKeys, ctlKeys } from './api-schema.ts';
import { daemonKeys } from './daemon-schema.ts';
import { groupKeys } from './group-schema.ts';
import { instanceKeys } from './program-schema.ts';
import { logsKeys } from './logs-schema.ts';
import { tables } from './tables.ts';
import type { JsonSchema } from './kind.ts';
import type { Key, Keys } from './table.ts';

/** A value as TOML writes it -> as JSON has it; undefined when the text is no TOML value. */
function tomlValue(text: string): unknown {
  try {
    return (toml.parse(`x = ${text}`) as { x: unknown }).x;
  } catch {
    return undefined;
  }
}

const NAME = '^[^\\s:/*]+$';

function keySchema(key: Key<unknown>): JsonSchema {
  const example = tomlValue(key.example);
  const printed = key.fallback === undefined ? undefined : key.kind.print(key.fallback);
  // A print such as 10s is not TOML by itself: it stands for the string.
  const fallback = printed === undefined ? undefined : (tomlValue(printed) ?? printed);
  return {
    description: key.fallbackText === undefined ? key.text : `${key.text} Default: ${key.fallbackText}.`,
    ...key.kind.json,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

function tableSchema(
  keys: Keys,
  description: string,
  more: { readonly [name: string]: JsonSchema } = {},
  required: readonly string[] = [],
): JsonSchema {
  const properties = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, keySchema(key)]));
  return {
    description,
    type: 'object',
    additionalProperties: false,
    properties: { ...properties, ...more },
    ...(required.length === 0 ? {} : { required }),
  };
}

/** A table of settings whose other keys are names. */
function mixedTables(settings: Keys, description: string, inner: JsonSchema): JsonSchema {
  return { ...tableSchema(settings, description), propertyNames: { pattern: NAME }, additionalProperties: inner };
}

function namedTables(description: string, inner: JsonSchema, pattern: string): JsonSchema {
  return { description, type: 'object', propertyNames: { pattern }, additionalProperties: inner };
}

/** The schema as plain JSON. */
export function configJsonSchema(): JsonSchema {
  const instance = namedTables(
    'What single copies have of their own, by number.',
    tableSchema(instanceKeys, 'One copy of the program.'),
    '^[0-9]+$',
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'reeve configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      include: {
        description: 'Files or patterns read after this one, TOML or supervisord INI; relative to this file.',
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', items: { type: 'string', minLength: 1 } },
        ],
        examples: [['conf.d/*.toml', 'legacy/*.conf']],
      },
      daemon: tableSchema(daemonKeys, 'The daemon itself.'),
      api: tableSchema(apiKeys, 'The control API.'),
      ctl: tableSchema(ctlKeys, 'How reevectl finds the daemon.'),
      logs: tableSchema(logsKeys, 'What programs do with their output where they do not say.'),
      programs: namedTables('Programs by name.', tableSchema(tables['programs.NAME'], 'One program.', { instance }, ['command']), NAME),
      groups: namedTables('Groups by name.', tableSchema(groupKeys, 'One group.', {}, ['members']), NAME),
      jobs: mixedTables(jobSettingKeys, 'Jobs by name, and what holds for all of them.', tableSchema(jobKeys, 'One job.', {}, ['command'])),
      checks: namedTables('Checks by name.', tableSchema(checkKeys, 'One check.', {}, ['command']), NAME),
      fixes: namedTables('Fixes by name.', tableSchema(fixKeys, 'One fix.'), NAME),
      issues: tableSchema(issueKeys, 'What is kept of issues.'),
      breakers: mixedTables(breakerSettingKeys, 'Circuit breakers by name, and what holds for all of them.', tableSchema(breakerKeys, 'One breaker.')),
      alerts: mixedTables(alertSettingKeys, 'Alerts by name, and what holds for all of them.', tableSchema(alertKeys, 'One alert.', {}, ['on'])),
    },
  };
}
