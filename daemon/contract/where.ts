// The language of filters: `state=running && rss>500MB && !(health=healthy || name=~^web)`. Text to a test of a row; a mistake is told
// with its place and what was probably meant. Whatever is typed, it takes bounded time and never throws. Browser-safe.
import { nearest } from '../../config/nearest.ts';
import { BadText } from './bad-text.ts';
import type { CommandError } from './errors.ts';
import { compilePattern } from './pattern.ts';
import type { PsRow } from './ps.ts';
import { WHERE_FIELDS } from './where-fields.ts';
import type { WhereField, WhereFieldName } from './where-fields.ts';
import { ownZone, valueTest } from './where-values.ts';
import type { Comparison, ValueTest } from './where-values.ts';

/** Longest expression, most comparisons and deepest nesting. */
export const MAX_WHERE = 1000;
const MAX_COMPARISONS = 100;
const MAX_DEPTH = 50;

/** A filter that is in order. `now` in ms since 1970, for ages. */
export interface Where {
  matches(row: PsRow, now: number): boolean;
  readonly fields: ReadonlySet<WhereFieldName>;
  /** It looks at memory or CPU, which must be measured first. */
  readonly measured: boolean;
}

/** What is wrong, and where: characters from 1. */
export interface WhereProblem {
  readonly problem: string;
  readonly at: number;
}

type Test = (row: PsRow, now: number) => boolean;

const NAMES = Object.keys(WHERE_FIELDS) as readonly WhereFieldName[];
const OPERATORS = ['=~', '!~', '==', '!=', '<=', '>=', '=', '<', '>'] as const;
/** What other tools call these. */
const MEANT: Readonly<Record<string, WhereFieldName>> = { mem: 'rss', memory: 'rss', status_text: 'status', namespec: 'id', process: 'name', command: 'args', exit_code: 'exit', code: 'exit', elapsed: 'duration', time: 'duration', start: 'started', end: 'ended', percent: 'progress' };

class Parser {
  readonly fields = new Set<WhereFieldName>();
  private readonly text: string;
  private readonly now: number;
  private readonly zone: string;
  private at = 0;
  private comparisons = 0;

  constructor(text: string, now: number, zone: string) {
    this.text = text;
    this.now = now;
    this.zone = zone;
  }

  whole(): Test {
    this.blanks();
    if (this.at === this.text.length) throw new BadText('there is nothing to compare', 0);
    const test = this.any(0);
    this.blanks();
    if (this.at < this.text.length) throw new BadText(this.text[this.at] === ')' ? 'a ) closes nothing' : `expected && or || before ${JSON.stringify(this.text.slice(this.at, this.at + 12))}`, this.at);
    return test;
  }

  private blanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
  }

  /** Takes `sign`, or the word for it where it stands alone. */
  private take(sign: string, word?: string): boolean {
    this.blanks();
    if (this.text.startsWith(sign, this.at)) {
      this.at += sign.length;
      return true;
    }
    if (word === undefined || this.text.slice(this.at, this.at + word.length).toLowerCase() !== word || /\w/.test(this.text[this.at + word.length] ?? '')) return false;
    this.at += word.length;
    return true;
  }

  private any(depth: number): Test {
    const tests = [this.every(depth)];
    while (this.take('||', 'or')) tests.push(this.every(depth));
    return tests.length === 1 ? tests[0]! : (row, now) => tests.some((test) => test(row, now));
  }

  private every(depth: number): Test {
    const tests = [this.one(depth)];
    while (this.take('&&', 'and')) tests.push(this.one(depth));
    return tests.length === 1 ? tests[0]! : (row, now) => tests.every((test) => test(row, now));
  }

  private one(depth: number): Test {
    if (depth > MAX_DEPTH) throw new BadText(`it is nested deeper than ${MAX_DEPTH}`, this.at);
    if (this.take('!', 'not')) {
      const test = this.one(depth + 1);
      return (row, now) => !test(row, now);
    }
    const from = this.at;
    if (this.take('(')) {
      const test = this.any(depth + 1);
      if (!this.take(')')) throw new BadText('a ( is not closed', this.text.indexOf('(', from));
      return test;
    }
    return this.comparison();
  }

  private field(): readonly [WhereFieldName, WhereField] {
    this.blanks();
    const from = this.at;
    const word = /^[A-Za-z_][\w.]*/.exec(this.text.slice(from, from + 64))?.[0] ?? '';
    if (word === '') throw new BadText(from >= this.text.length ? 'it ends where a field was expected' : `expected a field before ${JSON.stringify(this.text.slice(from, from + 12))}`, from);
    this.at += word.length;
    const name = word.toLowerCase();
    if (Object.hasOwn(WHERE_FIELDS, name)) return [name as WhereFieldName, WHERE_FIELDS[name as WhereFieldName]];
    const near = Object.hasOwn(MEANT, name) ? MEANT[name] : nearest(name, NAMES);
    throw new BadText(`there is no field ${JSON.stringify(word)}: ${near == null ? `the fields are ${NAMES.join(', ')}` : `did you mean ${near}?`}`, from);
  }

  private comparison(): Test {
    const begin = this.at;
    if (++this.comparisons > MAX_COMPARISONS) throw new BadText(`it has more than ${MAX_COMPARISONS} comparisons`, begin);
    const [name, field] = this.field();
    this.fields.add(name);
    const { of } = field;
    this.blanks();
    const at = this.at;
    const op = OPERATORS.find((one) => this.text.startsWith(one, at));
    if (op === undefined) return this.without(name, field, at);
    this.at += op.length;
    if (op === '=~' || op === '!~') {
      const test = this.pattern(name, field, at);
      return op === '=~' ? (row, now) => test(of(row, now)) : (row, now) => !test(of(row, now));
    }
    const test = this.value(name, field, op === '==' ? '=' : op, false);
    return (row, now) => test(of(row, now));
  }

  /** `stuck`, `job in (a, b)`, `job not in (a, b)`. */
  private without(name: WhereFieldName, field: WhereField, at: number): Test {
    const { of } = field;
    const inverted = /^not\s+in\b/i.test(this.text.slice(at, at + 64));
    if (inverted) this.take('not', 'not');
    if (!this.take('in', 'in') || /\w/.test(this.text[this.at] ?? '')) {
      this.at = at;
      if (field.kind === 'flag') return (row, now) => of(row, now) === true;
      throw new BadText(`${name} wants a comparison, such as ${name}${EXAMPLES[field.kind]}`, at);
    }
    if (!this.take('(')) throw new BadText('in wants a list in parentheses: in (a, b)', this.at);
    const tests = [this.value(name, field, '=', true)];
    while (this.take(',')) {
      if (++this.comparisons > MAX_COMPARISONS) throw new BadText(`it has more than ${MAX_COMPARISONS} comparisons`, this.at);
      tests.push(this.value(name, field, '=', true));
    }
    if (!this.take(')')) throw new BadText('the list is not closed with )', this.at);
    return (row, now) => {
      const value = of(row, now);
      return tests.some((test) => test(value)) !== inverted;
    };
  }

  /** What stands in quotes, or up to a blank, a parenthesis that nothing in it opened, `&&` or `||` (in a list also a comma). */
  private word(list: boolean): { readonly text: string; readonly from: number; readonly literal: boolean } {
    this.blanks();
    const quote = this.text[this.at];
    if (quote === '"' || quote === "'") {
      const from = this.at + 1;
      const end = this.text.indexOf(quote, from);
      if (end < 0) throw new BadText(`a ${quote} is not closed`, this.at);
      this.at = end + 1;
      return { text: this.text.slice(from, end), from, literal: true };
    }
    const from = this.at;
    let open = 0;
    for (; this.at < this.text.length; this.at += 1) {
      const char = this.text[this.at]!;
      if (/\s/.test(char) || (list && char === ',') || this.text.startsWith('&&', this.at) || this.text.startsWith('||', this.at)) break;
      if (char === '(') open += 1;
      else if (char === ')' && --open < 0) break;
    }
    if (this.at === from) throw new BadText('a value is missing', from);
    return { text: this.text.slice(from, this.at), from, literal: false };
  }

  private value(name: WhereFieldName, field: WhereField, op: Comparison, list: boolean): ValueTest {
    const { text, from, literal } = this.word(list);
    return asTest(valueTest(name, field, op, text, literal, this.now, this.zone), from);
  }

  private pattern(name: WhereFieldName, field: WhereField, at: number): (value: string | number | boolean | null) => boolean {
    if (field.kind !== 'text' && field.kind !== 'word') throw new BadText(`${name} is no text: =~ does not go with it`, at);
    const { text, from } = this.word(false);
    const pattern = compilePattern(text);
    if ('problem' in pattern) throw new BadText(pattern.problem, from + pattern.at);
    return (value) => value !== null && pattern.test(String(value));
  }
}

const EXAMPLES: Readonly<Record<WhereField['kind'], string>> = { text: '=web', word: '=…', number: '>3', size: '>500MB', percent: '>80%', duration: '>1h', time: '>today', flag: '' };

function asTest(test: ValueTest | string, from: number): ValueTest {
  if (typeof test === 'string') throw new BadText(test, from);
  return test;
}

/** Reads an expression. `now` in ms since 1970; `zone` is where `today` is (default: this machine's). */
export function compileWhere(text: string, now: number, zone?: string): Where | WhereProblem {
  if (text.length > MAX_WHERE) return { problem: `it is longer than ${MAX_WHERE} characters`, at: MAX_WHERE + 1 };
  const parser = new Parser(text, now, zone ?? ownZone());
  try {
    const test = parser.whole();
    const { fields } = parser;
    return { matches: test, fields, measured: [...fields].some((name) => 'measured' in WHERE_FIELDS[name]) };
  } catch (error) {
    if (!(error instanceof BadText)) throw error;
    return { problem: error.message, at: Math.min(error.at, text.length) + 1 };
  }
}

/** As compileWhere, with the refusal that the control API answers. */
export function whereOrError(text: string, now: number, zone?: string): Where | CommandError {
  const where = compileWhere(text, now, zone);
  return 'problem' in where ? { code: 'BAD_ARGUMENT', message: `cannot use the filter, at character ${where.at}: ${where.problem}`, hint: `it says ${JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)}` } : where;
}
