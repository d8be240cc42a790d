// Which facts a request asks for: by severity, type, names, job, and a part of the past.
import { nearest } from '../../config/nearest.ts';
import { FACTS } from '../contract/facts.ts';
import type { Fact, Severity } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import { isAsBad } from '../contract/severities.ts';
import { parseWhen, WHEN_FORMS } from '../contract/when.ts';
import { globTest, ownZone } from '../contract/where-values.ts';
import type { Context } from './context.ts';
import { namesOf, numberOf, orRefuse, textOf } from './context.ts';
import { refuse } from './error-answer.ts';
import { oneJob } from './job-names.ts';

export type Wanted = (fact: Fact) => boolean;

/** A part of the past: facts with a greater number, and not before a time. */
export interface Since {
  readonly seq: number;
  readonly at: number;
}

/** How much of the past is sent in one answer at most, in facts; the ring has no more. */
const MOST = 4096;

/** The processes and groups that names mean, also those that come later. O(depth of the group) per fact, whatever exists. */
export function byNames(context: Context, names: readonly string[]): Wanted {
  orRefuse(context.control.resolve(names));
  if (names.includes('all')) return (fact) => 'process' in fact || 'group' in fact;
  const ids = new Set<string>();
  const whole = new Set<string>();
  for (const name of names) {
    const colon = name.indexOf(':');
    if (colon < 0) ids.add(`${name}:${name}`);
    else if (name.endsWith(':') || name.endsWith(':*')) whole.add(name.slice(0, colon));
    else ids.add(name);
  }
  const groups = new Set([...ids].map(groupOf));
  const within = (group: string): boolean => {
    for (let at: string | null | undefined = group; at; at = context.control.snapshot().groups.get(at)?.parent) if (whole.has(at)) return true;
    return false;
  };
  return (fact) => {
    if ('process' in fact) return ids.has(fact.process) || (whole.size > 0 && within(groupOf(fact.process)));
    return 'group' in fact && (groups.has(fact.group) || within(fact.group));
  };
}

function groupOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}

/** The types that these words mean, `*` for any characters. A word that means none is refused. */
export function typesOf(words: readonly string[]): ReadonlySet<FactName> {
  const all = Object.keys(FACTS) as FactName[];
  const chosen = new Set<FactName>();
  for (const word of words) {
    const found = all.filter((type) => globTest(word, type));
    const near = nearest(word, all);
    if (found.length === 0) throw refuse('BAD_ARGUMENT', `cannot look for type ${JSON.stringify(word.slice(0, 100))}: there is no such event`, near === null ? 'docs/reference/facts.md has them all; process.* is all of processes' : `did you mean ${near}?`);
    for (const type of found) chosen.add(type);
  }
  return chosen;
}

/** The filter of a request. Throws the refusal. */
export function filterOf(context: Context): Wanted {
  const { args } = context;
  const names = namesOf(args);
  const least = (textOf(args, 'min_severity') ?? 'info') as Severity;
  const words = args.get('type') as readonly string[] | undefined;
  const types = words === undefined || words.length === 0 ? null : typesOf(words);
  const named = names.length === 0 ? null : byNames(context, names);
  const job = textOf(args, 'job');
  if (job !== undefined) oneJob(context.control.snapshot(), job);
  return (fact) => {
    if (!isAsBad(FACTS[fact.type].severity, least) || (types !== null && !types.has(fact.type))) return false;
    if (named === null && job === undefined) return true;
    return (named !== null && named(fact)) || (job !== undefined && 'job' in fact && fact.job === job);
  };
}

/** A number of a fact, or a time. */
function place(name: string, text: string): { readonly seq: number } | { readonly at: number } {
  if (/^\d{1,15}$/.test(text)) return { seq: Number(text) };
  const at = parseWhen(text, Date.now(), ownZone(), 'past');
  if (at === null) throw refuse('BAD_ARGUMENT', `cannot use ${name} = ${JSON.stringify(text.slice(0, 100))}: expected the number of an event, ${WHEN_FORMS}`);
  return { at };
}

/** null: from now on. */
export function sinceOf(context: Context): Since | null {
  const header = context.request.headers['last-event-id'];
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return { seq: Number(header), at: -Infinity };
  const text = textOf(context.args, 'since');
  if (text === undefined) return null;
  const from = place('since', text);
  return 'at' in from ? { seq: 0, at: from.at } : { seq: from.seq, at: -Infinity };
}

/** null: no end. */
export function untilOf(context: Context): Since | null {
  const text = textOf(context.args, 'until');
  if (text === undefined) return null;
  const to = place('until', text);
  return 'at' in to ? { seq: Infinity, at: to.at } : { seq: to.seq, at: Infinity };
}

/** The last so many; null: all. */
export function limitOf(context: Context): number | null {
  const limit = numberOf(context.args, 'limit');
  if (limit === undefined) return null;
  if (limit < 0) throw refuse('BAD_ARGUMENT', `cannot use limit = ${limit}: expected 0 or more`);
  return Math.min(limit, MOST);
}
