// Reads the body of an XML-RPC call: the sixteen elements that XML-RPC has, and nothing else of XML.
//
// Not fast-xml-parser (5.12.1, six packages of its own, looked at in November 2026). It builds a tree for any XML first, and every
// rule that makes a call a call (one type in a value, text kept as it is, bounds on depth) would be checked on that tree afterwards;
// it has had advisories for exactly what we must be safe from (entities that expand, names that reach a prototype). Here there is
// no DTD, no entity but the five of XML and numbers, no attribute that means anything; a depth is a bound, a member's name is a
// key of a Map, and each byte is looked at a fixed number of times. One file of 150 lines is less to trust than seven packages.
import { Instant } from './xmlrpc-values.ts';
import type { Value } from './xmlrpc-values.ts';

export interface MethodCall {
  readonly method: string;
  readonly params: readonly Value[];
}

/** The body is no XML-RPC call; the message says where and why. */
export class UnreadableCall extends Error {
  override readonly name = 'UnreadableCall';
}

/** Arrays and structs within each other. */
const MAX_DEPTH = 64;

const TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const TEXT = /[^<&]+/y;
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/y;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** What a document may not hold (XML 1.0, §2.2). Lone surrogates cannot come out of UTF-8. */
const NO_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

interface Tag {
  readonly name: string;
  readonly end: boolean;
  /** `<x/>` */
  readonly empty: boolean;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fail(why: string): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new UnreadableCall(`${why} (line ${line})`);
  }

  call(): MethodCall {
    this.#prolog();
    this.#open('methodCall');
    const method = this.#wholeText('methodName');
    if (method === '') this.fail('the method has no name');
    const params: Value[] = [];
    let tag = this.#tag();
    if (tag.name === 'params' && !tag.end) {
      if (!tag.empty) for (let one = this.#tag(); !this.#isEnd(one, 'params'); one = this.#tag()) params.push(this.#param(one));
      tag = this.#tag();
    }
    if (!this.#isEnd(tag, 'methodCall')) this.fail(`expected </methodCall>, got <${tag.name}>`);
    this.#blank();
    if (this.#at < this.#text.length) this.fail('there is something after </methodCall>');
    return { method, params };
  }

  /** Declaration, comments and blanks. A DTD is where entities come from: there is none. */
  #prolog(): void {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    if (this.#text.startsWith('<?xml', this.#at)) this.#past('?>');
    this.#blank();
    if (this.#text.startsWith('<!DOCTYPE', this.#at)) this.fail('a document type is not allowed');
  }

  #past(end: string): void {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) this.fail(`${end} is missing`);
    this.#at = found + end.length;
  }

  /** Skips blanks and comments; false at anything else. */
  #blank(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 32 || code === 10 || code === 9) this.#at += 1;
      else if (this.#text.startsWith('<!--', this.#at)) this.#past('-->');
      else return;
    }
  }

  /** The next tag; only blanks may come before it. */
  #tag(): Tag {
    this.#blank();
    return this.#tagHere();
  }

  #tagHere(): Tag {
    TAG.lastIndex = this.#at;
    const match = TAG.exec(this.#text);
    if (match === null) return this.fail(this.#at >= this.#text.length ? 'it ends too early' : 'expected a tag');
    const [whole, end, name = '', attributes, empty] = match;
    if (end !== '' && (empty !== '' || attributes !== '')) this.fail(`</${name}> has more than its name`);
    this.#at += whole.length;
    return { name, end: end !== '', empty: empty !== '' };
  }

  #isEnd(tag: Tag, name: string): boolean {
    return tag.end && tag.name === name;
  }

  #open(name: string): void {
    const tag = this.#tag();
    if (tag.name !== name || tag.end || tag.empty) this.fail(`expected <${name}>`);
  }

  #close(name: string): void {
    if (!this.#isEnd(this.#tag(), name)) this.fail(`expected </${name}>`);
  }

  /** Text up to the next tag: references resolved, comments left out. */
  #characters(): string {
    const parts: string[] = [];
    for (;;) {
      TEXT.lastIndex = this.#at;
      const plain = TEXT.exec(this.#text)?.[0];
      if (plain !== undefined) {
        parts.push(plain);
        this.#at += plain.length;
      } else if (this.#text.startsWith('<!--', this.#at)) this.#past('-->');
      else if (this.#text.startsWith('<![CDATA[', this.#at)) {
        const begin = this.#at + 9;
        this.#past(']]>');
        parts.push(this.#text.slice(begin, this.#at - 3));
      } else if (this.#text.charCodeAt(this.#at) === 38) parts.push(this.#reference());
      else return parts.join('');
    }
  }

  #reference(): string {
    REFERENCE.lastIndex = this.#at;
    const match = REFERENCE.exec(this.#text);
    if (match === null) return this.fail('an entity that XML does not define');
    this.#at += match[0].length;
    const [, name, decimal, hex] = match;
    if (name !== undefined) return NAMED[name] ?? '';
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.fail('a character that does not exist');
    const character = String.fromCodePoint(code);
    if (NO_CHARACTER.test(character)) this.fail('a character that XML does not allow');
    return character;
  }

  /** `<name>text</name>`, the tag included. */
  #wholeText(name: string): string {
    const tag = this.#tag();
    if (tag.name !== name || tag.end) this.fail(`expected <${name}>`);
    return tag.empty ? '' : this.#restOfText(name);
  }

  #restOfText(name: string): string {
    const text = this.#characters();
    if (!this.#isEnd(this.#tagHere(), name)) this.fail(`expected </${name}>`);
    return text;
  }

  #param(tag: Tag): Value {
    if (tag.name !== 'param' || tag.end || tag.empty) this.fail(`expected <param>, got <${tag.name}>`);
    const value = this.#value(this.#tag(), 0);
    this.#close('param');
    return value;
  }

  /** The rest of a value whose tag has been read. Without a type it is a string, blanks and all. */
  #value(tag: Tag, depth: number): Value {
    if (tag.name !== 'value' || tag.end) this.fail(`expected <value>, got <${tag.name}>`);
    if (depth > MAX_DEPTH) this.fail(`arrays and structs are nested deeper than ${MAX_DEPTH}`);
    if (tag.empty) return '';
    const text = this.#characters();
    const type = this.#tagHere();
    if (this.#isEnd(type, 'value')) return text;
    if (text.trim() !== '' || type.end) this.fail(`a value has text and <${type.name}>`);
    const value = this.#typed(type, depth);
    this.#close('value');
    return value;
  }

  #typed(tag: Tag, depth: number): Value {
    const scalar = (): string => (tag.empty ? '' : this.#restOfText(tag.name));
    switch (tag.name) {
      case 'string': return scalar();
      case 'int': case 'i4': return this.#number(scalar(), /^[+-]?\d{1,15}$/, 'a whole number');
      case 'double': return this.#number(scalar(), /^[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/, 'a number');
      case 'boolean': return this.#boolean(scalar().trim());
      case 'dateTime.iso8601': return this.#instant(scalar().trim());
      case 'base64': return this.#base64(scalar());
      case 'array': return tag.empty ? this.fail('an array has no data') : this.#array(depth);
      case 'struct': return tag.empty ? new Map() : this.#struct(depth);
      default: return this.fail(`<${tag.name}> is not a type`);
    }
  }

  #number(text: string, form: RegExp, what: string): number {
    const trimmed = text.trim();
    const number = Number(trimmed);
    if (!form.test(trimmed) || !Number.isFinite(number)) this.fail(`${JSON.stringify(trimmed.slice(0, 40))} is not ${what}`);
    return number;
  }

  #boolean(text: string): boolean {
    if (text !== '0' && text !== '1') this.fail(`a boolean is 0 or 1, not ${JSON.stringify(text.slice(0, 40))}`);
    return text === '1';
  }

  #instant(text: string): Instant {
    if (!/^\d{8}T\d\d:\d\d:\d\d$/.test(text)) this.fail(`${JSON.stringify(text.slice(0, 40))} is not a dateTime.iso8601`);
    return new Instant(text);
  }

  /** As supervisord: base64 is another way to write text. */
  #base64(text: string): string {
    const packed = text.replace(/[ \n\t]/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) this.fail('this is not base64');
    return decodeUtf8(Buffer.from(packed, 'base64'), 'what base64 holds');
  }

  #array(depth: number): readonly Value[] {
    const values: Value[] = [];
    const data = this.#tag();
    if (data.name !== 'data' || data.end) this.fail('expected <data>');
    if (!data.empty) for (let tag = this.#tag(); !this.#isEnd(tag, 'data'); tag = this.#tag()) values.push(this.#value(tag, depth + 1));
    this.#close('array');
    return values;
  }

  #struct(depth: number): ReadonlyMap<string, Value> {
    const members = new Map<string, Value>();
    for (let tag = this.#tag(); !this.#isEnd(tag, 'struct'); tag = this.#tag()) {
      if (tag.name !== 'member' || tag.end || tag.empty) this.fail(`expected <member>, got <${tag.name}>`);
      const name = this.#wholeText('name');
      members.set(name, this.#value(this.#tag(), depth + 1));
      this.#close('member');
    }
    return members;
  }
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnreadableCall(`${what} is not UTF-8`);
  }
}

/**
 * Reads a call from the bytes of a body (UTF-8, whatever the declaration says, as supervisord).
 * @throws UnreadableCall
 */
export function readCall(body: Uint8Array): MethodCall {
  const text = decodeUtf8(body, 'the body').replace(/\r\n?/g, '\n');
  if (NO_CHARACTER.test(text)) throw new UnreadableCall('it holds a character that XML does not allow');
  return new Reader(text).call();
}
