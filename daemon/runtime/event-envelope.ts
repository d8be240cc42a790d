// The bytes that a listener reads: supervisord's header line and the payload. Lengths are bytes.
import { isUtf8 } from 'node:buffer';
import type { SupervisordEvent } from '../core/supervisord-events.ts';

/** An event as it waits in buffers: its payload is encoded once, whoever gets it. */
export interface EncodedEvent {
  readonly name: string;
  readonly payload: Buffer;
}

export function encodeEvent(event: SupervisordEvent): EncodedEvent {
  return { name: event.name, payload: Buffer.from(event.payload) };
}

/** `head`, and data that is text; what is not is shown as Python shows bytes, as supervisord does. Copies `data`. */
export function encodeData(name: string, head: string, data: Buffer): EncodedEvent {
  return { name, payload: Buffer.concat([Buffer.from(head), isUtf8(data) ? data : Buffer.from(`Undecodable: ${pythonBytes(data)}`)]) };
}

const NAMED: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/** repr() of bytes in Python 3. */
export function pythonBytes(data: Uint8Array): string {
  const quote = data.includes(39) && !data.includes(34) ? '"' : "'";
  let text = `b${quote}`;
  for (const byte of data) {
    if (byte === quote.charCodeAt(0)) text += `\\${quote}`;
    else text += NAMED[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`);
  }
  return text + quote;
}

export interface EnvelopeHead {
  readonly identifier: string;
  readonly serial: number;
  readonly pool: string;
  readonly poolSerial: number;
}

/** Header and payload in one piece. */
export function envelope(head: EnvelopeHead, event: EncodedEvent): Buffer {
  const line = `ver:3.0 server:${head.identifier} serial:${head.serial} pool:${head.pool} poolserial:${head.poolSerial} eventname:${event.name} len:${event.payload.length}\n`;
  return Buffer.concat([Buffer.from(line), event.payload]);
}
