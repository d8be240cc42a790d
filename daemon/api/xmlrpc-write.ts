// Writes the answer to an XML-RPC call, byte for byte as Python's xmlrpc.client writes it.
import type { Fault } from './xmlrpc-faults.ts';
import { struct, Written } from './xmlrpc-values.ts';
import type { Instant, Value } from './xmlrpc-values.ts';

const INT_MAX = 2_147_483_647;
const INT_MIN = -2_147_483_648;
const SPECIAL = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/**
 * Text as XML. A control character (ESC in a coloured log line) has no place in XML and would make the whole answer unreadable,
 * as supervisord's are: U+FFFD stands for it. A carriage return is written as a reference, or the reader would make it a newline.
 */
function escaped(text: string): string {
  return text.replace(SPECIAL, (character) => ESCAPES[character] ?? '\ufffd').toWellFormed();
}

/** A 32 bit number, which is all that `int` holds. */
function capped(value: number): number {
  return Math.min(INT_MAX, Math.max(INT_MIN, value));
}

function scalar(value: string | number | boolean | Instant): string {
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'number') return Number.isInteger(value) ? `<int>${capped(value)}</int>` : `<double>${value}</double>`;
  return `<dateTime.iso8601>${value.text}</dateTime.iso8601>`;
}

/** `<value>…</value>` and a newline. Values of ours are a few levels deep. */
export function writeValue(value: Value): string {
  if (value instanceof Written) return value.xml;
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, Value>)].map(([name, member]) => `<member>\n<name>${escaped(name)}</name>\n${writeValue(member)}</member>\n`);
    return `<value><struct>\n${members.join('')}</struct></value>\n`;
  }
  if (Array.isArray(value)) return writeArray((value as readonly Value[]).map(writeValue));
  return `<value>${scalar(value as string | number | boolean | Instant)}</value>\n`;
}

/** An array of values that are written. */
export function writeArray(values: readonly string[]): string {
  return `<value><array><data>\n${values.join('')}</data></array></value>\n`;
}

/** The struct that stands for a fault, alone or within system.multicall. */
export function faultStruct(fault: Fault): Value {
  return struct({ faultCode: fault.code, faultString: fault.message });
}

const HEADER = "<?xml version='1.0'?>\n";

/** The body of an answer. */
export function writeAnswer(answer: { readonly value: Value } | { readonly fault: Fault }): string {
  const inner = 'fault' in answer ? `<fault>\n${writeValue(faultStruct(answer.fault))}</fault>\n` : `<params>\n<param>\n${writeValue(answer.value)}</param>\n</params>\n`;
  return `${HEADER}<methodResponse>\n${inner}</methodResponse>\n`;
}
