// Every key of [alerts] and [alerts.NAME], declared once.
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import { isTable } from './kind.ts';
import { SEVERITIES } from './alert-spec.ts';
import { ALERT_WORDS, causesOf } from './alert-causes.ts';
import { unknownFields, TEMPLATE_FIELDS } from './alert-template.ts';
import { rate } from './job-kinds.ts';
import { didYouMean } from './nearest.ts';
import { shown } from './problems.ts';
import { programKeys } from './program-schema.ts';
import { key } from './table.ts';
import type { Kind } from './kind.ts';
import type { Values } from './table.ts';

/** Classes and facts, each known. */
const causes: Kind<readonly string[]> = {
  ...kind.strings,
  expected: 'classes or facts, one or a list',
  json: { anyOf: [{ enum: ALERT_WORDS }, { type: 'array', minItems: 1, items: { enum: ALERT_WORDS } }] },
  read: (raw, complain) => {
    const words = kind.strings.read(raw, complain);
    if (words === undefined) return undefined;
    if (words.length === 0) complain('expected at least one class or fact');
    words.forEach((word, index) => {
      if (causesOf(word) !== null) return;
      const hint = didYouMean(word, ALERT_WORDS);
      const told = word.startsWith('alert.') ? 'alerts cannot be about alerts' : `there is no class or fact ${shown(word)} to alert on`;
      complain(hint === null ? told : `${told}, ${hint}`, Array.isArray(raw) ? [index] : []);
    });
    return words.length > 0 && words.every((word) => causesOf(word) !== null) ? words : undefined;
  },
};

/** Text with fields in braces. */
const template: Kind<string> = {
  ...kind.filledString,
  expected: 'a text; `{subject}` and the like are filled in',
  read: (raw, complain) => {
    const text = kind.filledString.read(raw, complain);
    const unknown = text === undefined ? [] : unknownFields(text);
    for (const name of unknown) {
      const hint = didYouMean(name, Object.keys(TEMPLATE_FIELDS));
      complain(`there is no field {${name}}${hint === null ? '' : `, ${hint}`}`);
    }
    return unknown.length > 0 ? undefined : text;
  },
};

/** An address that is a secret by itself: it is never shown. */
const url: Kind<string> = {
  ...kind.secret,
  expected: 'an http:// or https:// address',
  json: { type: 'string', pattern: '^https?://' },
  read: (raw, complain) => {
    const text = kind.secret.read(raw, () => undefined);
    if (text !== undefined && /^https?:\/\/(\[[\da-fA-F:.]+\]|[^\s/:?#@[\]]+)(:\d{1,5})?([/?#]\S*)?$/.test(text)) return text;
    complain('expected an http:// or https:// address, got something else');
    return undefined;
  },
};

/** Header names and values; values are never shown. */
export const headers: Kind<Readonly<Record<string, string>>> = {
  expected: 'a table of headers',
  json: { type: 'object', additionalProperties: { type: 'string' } },
  read: (raw, complain) => {
    const table = isTable(raw) ? raw : null;
    if (table === null) complain('expected a table of headers, got something else');
    const entries = Object.entries(table ?? {});
    const bad = entries.filter(([name, value]) => !/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || typeof value !== 'string' || /[\r\n\0]/.test(value));
    for (const [name] of bad) complain('expected a header name with a text in one line', [name]);
    return table === null || bad.length > 0 ? undefined : (table as Record<string, string>);
  },
  fromText: (text) => Object.fromEntries(text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [[line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]]))),
  print: (value) => `{ ${Object.keys(value).map((name) => `${JSON.stringify(name)} = "..."`).join(', ')} }`,
  secret: true,
};

const names = (text: string, example: string) => key(kind.strings, text, example, { fallback: [] });

/** [alerts]: what is no table is no alert. */
export const alertSettingKeys = {
  enabled: key(kind.boolean, 'false: no alert is sent at all; what happens meanwhile is not told later.', 'false', { fallback: true }),
  link: key(template, 'Address that each message carries: a page about its subject.', '"https://ops.example.com/reeve?name={name}"', { fallbackText: 'none' }),
};

/** [alerts.NAME], and [alert:NAME]. */
export const alertKeys = {
  on: key(causes, 'What it is about: classes (stuck, timeout, breaker, violation, failure, dead, unhealthy, exhausted) and facts.', '["failure", "breaker.opened"]', { fallbackText: 'required' }),
  enabled: key(kind.boolean, 'false: this one is not sent.', 'false', { fallback: true }),
  programs: names('Only of these programs, processes `group:name` and groups, and of `jobs`; `*` stands for any characters. Both empty: everything.', '["web", "worker-*"]'),
  jobs: names('Only of these jobs, and of `programs`.', '["import"]'),
  exclude: names('Never of these programs, processes, groups, jobs and breakers, whatever the lists above say.', '["sandbox"]'),
  min_severity: key(kind.oneOf(...SEVERITIES), 'Only facts that are as bad as this, or worse.', '"error"', { fallback: 'debug' }),
  exec: key(programKind.command, 'Run this: the alert is JSON on its standard input, and in ALERT_* variables. In the directory of the file.', '"./mail-alert"', { fallbackText: 'none' }),
  shell: programKeys.shell,
  user: key(kind.filledString, 'Run `exec` as this user.', '"nobody"', { fallbackText: "the daemon's" }),
  webhook: key(url, 'POST it here.', '"https://hooks.example.com/T0/B0"', { fallbackText: 'none' }),
  webhook_file: key(kind.path, 'File that holds the address; read at each delivery.', '"/run/secrets/hook"', { fallbackText: 'none' }),
  webhook_socket: key(kind.path, 'POST over this unix socket; the address says host and path.', '"/run/hub.sock"', { fallbackText: 'none' }),
  format: key(kind.oneOf('json', 'slack'), 'Body of the webhook: all fields as JSON, or `{ "text": … }` as Slack and its like want it.', '"slack"', { fallback: 'json' }),
  headers: key(headers, 'Headers of the webhook.', '{ X-Team = "shop" }', { fallbackText: 'none' }),
  header_files: key(headers, 'Headers whose values are in files; read at each delivery.', '{ Authorization = "/run/secrets/hook-token" }', { fallbackText: 'none' }),
  timeout: key(kind.duration, 'A delivery by `exec` or `webhook` may take so long.', '"30s"', { fallback: 10_000 }),
  syslog: key(kind.boolean, 'Write it to syslog.', 'true', { fallback: false }),
  dedup: key(kind.duration, 'Of one subject and cause one message in this time; the next one says how many were left out.', '"1h"', { fallback: 300_000 }),
  repeat_every: key(kind.duration, 'While it lasts, say it again so often; not more often than `dedup`.', '"1h"', { fallbackText: 'not by itself' }),
  max_repeats: key(kind.integer(0, 1_000_000), 'Messages of one incident after its first, at most.', '3', { fallbackText: 'no limit' }),
  rate: key(rate, 'Tell it only when it happens so often: `10/m` is ten times within a minute.', '"10/m"', { fallbackText: 'the first time' }),
  for: key(kind.duration, 'Tell it only when it has lasted so long.', '"5m"', { fallback: 0 }),
  recovery: key(kind.boolean, 'Tell the end of what was told.', 'false', { fallback: true }),
  title: key(template, 'First line of the message.', '"{severity}: {subject} {class}"', { fallbackText: '`[{severity}] {subject}: {cause}`' }),
  text: key(template, 'Rest of the message.', '"{why}, for {minutes} min, last beat {last_beat}"', { fallbackText: 'what happened, since when, how often' }),
};

export type AlertSettingValues = Values<typeof alertSettingKeys>;
export type AlertValues = Values<typeof alertKeys>;
