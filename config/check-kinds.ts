// Kinds of value that only checks and fixes have.
import { ofTable } from './kind.ts';
import { parseSignal } from './signals.ts';
import { shown } from './problems.ts';
import { tableText } from './supervision.ts';
import type { Severity3 } from './check-spec.ts';
import type { Kind } from './kind.ts';

const SEVERITIES: readonly Severity3[] = ['minor', 'major', 'critical'];

/** `exit_severity = { 1 = "minor", 2 = "critical" }`. */
export const exitSeverity = ofTable<Readonly<Record<number, Severity3>>>({
  expected: 'a table such as { 1 = "minor", 2 = "critical" }',
  json: { type: 'object', propertyNames: { pattern: '^[0-9]{1,3}$' }, additionalProperties: { enum: SEVERITIES } },
  read: (raw, complain) => {
    const map: Record<number, Severity3> = {};
    let good = true;
    for (const [code, value] of Object.entries(raw)) {
      const severity = SEVERITIES.find((one) => one === value);
      if (/^\d{1,3}$/.test(code) && Number(code) >= 1 && Number(code) <= 255 && severity !== undefined) map[Number(code)] = severity;
      else {
        good = false;
        complain(`expected an exit code from 1 to 255 and one of ${SEVERITIES.join(', ')}, got ${code} = ${shown(value)}`, [code]);
      }
    }
    return good ? map : undefined;
  },
  fromText: tableText,
  print: (value) => `{ ${Object.entries(value).map(([code, severity]) => `${code} = "${severity}"`).join(', ')} }`,
});

/** `signal = "web HUP"`. */
export interface WrittenSignal {
  readonly name: string;
  readonly signal: string;
}

function words(raw: unknown): readonly [string, string] | null {
  const [first, second, more] = typeof raw === 'string' ? raw.trim().split(/\s+/) : [];
  return first === undefined || second === undefined || more !== undefined ? null : [first, second];
}

export const signalTo: Kind<WrittenSignal> = {
  expected: 'a program or process and a signal, such as "web HUP"',
  json: { type: 'string', pattern: '^\\s*\\S+\\s+\\S+\\s*$' },
  read: (raw, complain) => {
    const [name, word] = words(raw) ?? ['', ''];
    const signal = parseSignal(word);
    if (signal !== null && name !== '') return { name, signal };
    complain(`expected ${signalTo.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => text.trim(),
  print: ({ name, signal }) => `"${name} ${signal}"`,
};

/** `scale = "worker +1"`. */
export interface WrittenScale {
  readonly name: string;
  readonly instances: string;
}

export const scaleTo: Kind<WrittenScale> = {
  expected: 'a program and a number of copies, such as "worker +1" or "worker 4"',
  json: { type: 'string', pattern: '^\\s*\\S+\\s+[+-]?\\d{1,5}\\s*$' },
  read: (raw, complain) => {
    const [name, instances] = words(raw) ?? ['', ''];
    if (name !== '' && /^[+-]?\d{1,5}$/.test(instances)) return { name, instances };
    complain(`expected ${scaleTo.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => text.trim(),
  print: ({ name, instances }) => `"${name} ${instances}"`,
};
