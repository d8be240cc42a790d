// A fact as the page says it: whom it is about, and what of it matters. Pure.
import { fieldInWords } from '../daemon/contract/fact-fields.ts';
import type { FieldInWords } from '../daemon/contract/fact-fields.ts';
import type { Fact } from '../daemon/contract/facts.ts';
import { shortId, shortName } from '../daemon/contract/names.ts';
import { to } from './address.ts';
import { bytes, clock, duration, isolated } from './words.ts';

/** What is said in front, or of no use to a person. */
const SAID = new Set(['type', 'seq', 'at', 'process', 'group', 'job', 'run', 'breaker', 'check', 'issue', 'alert', 'supervisionId', 'row', 'mark', 'silence', 'from', 'to']);
/** Longest text of one value in a line; the whole is in the details. */
const MAX_VALUE = 160;

/** First word of its type: `process`, `run`, `issue` … */
export function familyOf(fact: Fact): string {
  return fact.type.slice(0, fact.type.indexOf('.'));
}

type Fields = Readonly<Record<string, unknown>>;

const idOf = (value: unknown): string | null => {
  if (typeof value === 'string') return value;
  const id = typeof value === 'object' && value !== null ? (value as Fields)['id'] : undefined;
  return typeof id === 'string' ? id : null;
};

/** Whom it is about, with the address of its view; null: the daemon as a whole. */
export function subjectOf(fact: Fact): { readonly name: string; readonly href: string | null } | null {
  const fields = fact as unknown as Fields;
  const text = (name: string): string | null => (typeof fields[name] === 'string' && fields[name] !== '' ? (fields[name] as string) : null);
  const process = text('process');
  if (process !== null) return { name: shortName(process), href: to(['processes', process]) };
  const run = idOf(fields['run']);
  const job = text('job');
  if (job !== null) return run === null ? { name: job, href: to(['jobs', job]) } : { name: `${isolated(job)} ${shortId(run)}`, href: to(['runs', run]) };
  const issue = fields['issue'];
  if (typeof issue === 'object' && issue !== null && typeof (issue as Fields)['message'] === 'string') {
    return { name: String((issue as Fields)['check']), href: to(['issues', String((issue as Fields)['id'])]) };
  }
  const breaker = text('breaker');
  if (breaker !== null) return { name: breaker, href: to(['breakers']) };
  const check = text('check');
  if (check !== null) return { name: check, href: to(['checks'], { q: check }) };
  const group = text('group');
  if (group !== null) return { name: `${isolated(group)}:*`, href: to(['processes'], { q: group }) };
  const other = text('alert') ?? text('program') ?? text('pool') ?? text('path') ?? text('operation');
  return other === null ? null : { name: other, href: null };
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(Math.round(value * 10) / 10) : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** `duration=2.5s` and not `durationMs=2500`: the unit that a field's name ends with goes into its value. */
function valueOf({ word, value, unit }: FieldInWords): string {
  if (unit === null || typeof value !== 'number') return `${word}=${shown(value)}`;
  return `${word}=${unit === 'ms' ? duration(value) : unit === 'bytes' ? bytes(value) : clock(value)}`;
}

/** What of it matters, in one line: the reason first. */
export function wordsOf(fact: Fact): string {
  const fields = fact as unknown as Fields;
  const parts: string[] = [];
  const run = fields['run'];
  const issue = fields['issue'];
  if (typeof issue === 'object' && issue !== null && typeof (issue as Fields)['message'] === 'string') parts.push(shown((issue as Fields)['message']));
  const inner = typeof run === 'object' && run !== null ? (run as Fields) : fields;
  for (const key of ['why', 'message', 'text'] as const) if (typeof inner[key] === 'string' && inner[key] !== '') parts.push(shown(inner[key]));
  if (typeof fields['from'] === 'string' && typeof fields['to'] === 'string') parts.push(`${fields['from']} → ${fields['to']}`);
  for (const [key, value] of Object.entries(fields)) {
    const field = SAID.has(key) || ['why', 'message', 'text'].includes(key) ? null : fieldInWords(key, value);
    if (field !== null) parts.push(valueOf(field));
  }
  return parts.join('  ');
}

/** What of a fact is searched, made once: thousands of facts are looked through each time another one comes. */
const searched = new WeakMap<Fact, string>();
export function searchedText(fact: Fact): string {
  const known = searched.get(fact);
  if (known !== undefined) return known;
  const text = `${fact.type} ${subjectOf(fact)?.name ?? ''} ${wordsOf(fact)}`.toLowerCase();
  searched.set(fact, text);
  return text;
}
