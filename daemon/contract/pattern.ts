// `=~`: patterns that cannot run away. A subset of regular expressions (. [a-z] [^x] \d \w \s * + ? | ( ) ^ $), found by following
// all states at once: the time is the length of the text times that of the pattern, whatever both are. Pure and browser-safe.
import { BadText } from './bad-text.ts';

/** Longest pattern. */
export const MAX_PATTERN = 200;
/** So much of a text is looked at. */
const MAX_TEXT = 4096;

/** A pattern that was read. */
export interface Pattern {
  /** Somewhere in the text, whatever the case of its letters. */
  test(text: string): boolean;
}

/** Where (0-based, in the pattern) and why it is none. */
export interface PatternProblem {
  readonly problem: string;
  readonly at: number;
}

type Accepts = (char: string) => boolean;

/** One state: takes a character to `next`; or (`takes` null) goes on to several without one. Assertions look at the place. */
interface State {
  readonly takes: Accepts | null;
  readonly assert: 'begin' | 'end' | null;
  readonly next: number[];
}

/** A part of the machine: where it begins, and the states whose `next` is still open. */
interface Part {
  readonly begin: number;
  readonly open: readonly number[];
}

/** The text is in small letters by then. */
const same = (char: string): Accepts => {
  const low = char.toLowerCase();
  return (c) => c === low;
};

const CLASSES: Readonly<Record<string, Accepts>> = {
  d: (c) => c >= '0' && c <= '9',
  w: (c) => /^[\w]$/.test(c),
  s: (c) => c === ' ' || (c >= '\t' && c <= '\r'),
};

class Compiler {
  readonly states: State[] = [];
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  all(): Part {
    const part = this.choice();
    if (this.at < this.text.length) throw new BadText('a ) closes nothing', this.at);
    return part;
  }

  private state(takes: Accepts | null, assert: State['assert'] = null): number {
    return this.states.push({ takes, assert, next: [] }) - 1;
  }

  private join(part: Part, to: number): void {
    for (const one of part.open) this.states[one]!.next.push(to);
  }

  private choice(): Part {
    const parts = [this.sequence()];
    while (this.text[this.at] === '|') {
      this.at += 1;
      parts.push(this.sequence());
    }
    if (parts.length === 1) return parts[0]!;
    const begin = this.state(null);
    for (const part of parts) this.states[begin]!.next.push(part.begin);
    return { begin, open: parts.flatMap((part) => part.open) };
  }

  private sequence(): Part {
    const begin = this.state(null);
    let last: Part = { begin, open: [begin] };
    while (this.at < this.text.length && this.text[this.at] !== '|' && this.text[this.at] !== ')') {
      const part = this.repeated();
      this.join(last, part.begin);
      last = part;
    }
    return { begin, open: last.open };
  }

  private repeated(): Part {
    let part = this.atom();
    for (let sign = this.text[this.at]; sign === '*' || sign === '+' || sign === '?'; sign = this.text[this.at]) {
      this.at += 1;
      const fork = this.state(null);
      this.states[fork]!.next.push(part.begin);
      if (sign === '?') part = { begin: fork, open: [fork, ...part.open] };
      else {
        this.join(part, fork);
        part = { begin: sign === '*' ? fork : part.begin, open: [fork] };
      }
    }
    return part;
  }

  private atom(): Part {
    const from = this.at;
    const char = this.text[this.at++] ?? '';
    switch (char) {
      case '(': {
        const part = this.choice();
        if (this.text[this.at] !== ')') throw new BadText('a ( is not closed', from);
        this.at += 1;
        return part;
      }
      case '[': return this.single(this.set(from));
      case '.': return this.single(() => true);
      case '^': return this.assertion('begin');
      case '$': return this.assertion('end');
      case '\\': return this.single(this.escaped(from));
      case '*': case '+': case '?': throw new BadText(`there is nothing before ${char} to repeat`, from);
      case '{': throw new BadText('{ } is not known here; write \\{ for the sign itself', from);
      default: return this.single(same(char));
    }
  }

  private single(takes: Accepts): Part {
    const begin = this.state(takes);
    return { begin, open: [begin] };
  }

  private assertion(assert: 'begin' | 'end'): Part {
    const begin = this.state(null, assert);
    return { begin, open: [begin] };
  }

  private escaped(from: number): Accepts {
    const char = this.text[this.at++];
    if (char === undefined) throw new BadText('a \\ ends it', from);
    const known = CLASSES[char];
    if (known) return known;
    if (/[a-z0-9]/i.test(char)) throw new BadText(`\\${char} is not known here`, from);
    return same(char);
  }

  private set(from: number): Accepts {
    const inverted = this.text[this.at] === '^';
    if (inverted) this.at += 1;
    const parts: Accepts[] = [];
    for (;;) {
      const char = this.text[this.at++];
      if (char === undefined) throw new BadText('a [ is not closed', from);
      if (char === ']') break;
      if (char === '\\') {
        parts.push(this.escaped(this.at - 1));
        continue;
      }
      const last = this.text[this.at + 1];
      if (this.text[this.at] === '-' && last !== undefined && last !== ']') {
        const [low, high] = [char.toLowerCase(), last.toLowerCase()];
        if (high < low) throw new BadText(`${char}-${last} runs backwards`, this.at - 1);
        this.at += 2;
        parts.push((c) => c >= low && c <= high);
      } else parts.push(same(char));
    }
    return (c) => parts.some((part) => part(c)) !== inverted;
  }
}

/** Goes on from `state` as far as no character is needed. */
function spread(states: readonly State[], state: number, place: 'begin' | 'end' | 'both' | 'middle', into: Set<number>): void {
  const open = [state];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (into.has(one)) continue;
    const { takes, assert, next } = states[one]!;
    if (assert !== null && assert !== place && place !== 'both') continue;
    into.add(one);
    if (takes === null) open.push(...next);
  }
}

/** The pattern, or where it is wrong. */
export function compilePattern(text: string): Pattern | PatternProblem {
  if (text.length > MAX_PATTERN) return { problem: `the pattern is longer than ${MAX_PATTERN} characters`, at: MAX_PATTERN };
  const compiler = new Compiler(text);
  let begin: number;
  let end: number;
  try {
    const part = compiler.all();
    begin = part.begin;
    end = compiler.states.push({ takes: null, assert: null, next: [] }) - 1;
    for (const one of part.open) compiler.states[one]!.next.push(end);
  } catch (error) {
    if (!(error instanceof BadText)) throw error;
    return { problem: error.message, at: error.at };
  }
  const { states } = compiler;
  return {
    test(whole) {
      const subject = whole.slice(0, MAX_TEXT).toLowerCase();
      let now = new Set<number>();
      for (let at = 0; ; at += 1) {
        const place = at === 0 ? (subject.length === 0 ? 'both' : 'begin') : at === subject.length ? 'end' : 'middle';
        spread(states, begin, place, now);
        if (now.has(end)) return true;
        const char = subject[at];
        if (char === undefined) return false;
        const then = new Set<number>();
        const after = at + 1 === subject.length ? 'end' : 'middle';
        for (const one of now) {
          const { takes, next } = states[one]!;
          if (takes?.(char) === true) for (const to of next) spread(states, to, after, then);
        }
        now = then;
      }
    },
  };
}
