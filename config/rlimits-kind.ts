// `rlimits = { nofile = 4096 }`: limits of the kernel.
import { parseSize } from './size.ts';
import { shown } from './problems.ts';
import { numberText, commaList, isTable, ofTable } from './kind.ts';
import type { Rlimit } from './spec.ts';

const RLIMITS = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'sigpending',
  'stack',
];

/** Kernel limits: `{ nofile = 4096, core = { soft = 0, hard = "unlimited" } }`. INI: `nofile=4096, core=0:unlimited`. */
export const rlimits = ofTable<Readonly<Record<string, Rlimit>>>({
  expected: 'a table of limits such as { nofile = 4096 }',
  json: {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      RLIMITS.map((name) => [
        name,
        {
          anyOf: [
            { type: 'integer', minimum: 0 },
            { type: 'string' },
            {
              type: 'object',
              properties: { soft: { type: ['integer', 'string'] }, hard: { type: ['integer', 'string'] } },
              required: ['soft'],
              additionalProperties: false,
            },
          ],
        },
      ]),
    ),
  },
  read: (raw, complain) => {
    const out: Record<string, Rlimit> = {};
    for (const [name, value] of Object.entries(raw)) {
      const limit = readLimit(value);
      if (!RLIMITS.includes(name)) complain(`"${name}" is not a limit; known are ${RLIMITS.join(', ')}`, [name]);
      else if (limit === null)
        complain(`expected a number, a size, "unlimited" or { soft, hard } with soft <= hard, got ${shown(value)}`, [name]);
      else out[name] = limit;
    }
    return out;
  },
  fromText: (text) =>
    Object.fromEntries(
      commaList(text).map((part) => {
        const [name = '', value = ''] = part.split('=', 2).map((half) => half.trim());
        const [soft = '', hard] = value.split(':').map(numberText);
        return [name, hard === undefined ? soft : { soft, hard }];
      }),
    ),
  print: (value) => JSON.stringify(value),
});

function readLimit(raw: unknown): Rlimit | null {
  const one = (value: unknown): number | null =>
    value === 'unlimited' || value === 'infinity'
      ? Infinity
      : typeof value === 'number' || typeof value === 'string'
        ? parseSize(value)
        : null;
  if (!isTable(raw)) {
    const both = one(raw);
    return both === null ? null : { soft: both, hard: both };
  }
  if (Object.keys(raw).some((name) => name !== 'soft' && name !== 'hard')) return null;
  const soft = one(raw['soft']);
  const hard = raw['hard'] === undefined ? soft : one(raw['hard']);
  return soft === null || hard === null || soft > hard ? null : { soft, hard };
}
