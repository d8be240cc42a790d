// Rewrites test/vectors/traces.jsonl.gz: `node test/model/record.ts`. Each line is a trace and all that came of it, so that a
// change of behaviour, meant or not, is a difference somebody reads.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { runTrace } from '../support/trace-world.ts';
import { traces } from './arbitrary-traces.ts';

/** Of each kind. */
const KEPT = 5;
const kinds = [traces('process', false), traces('process', true), traces('otp', false)];
const inputs = kinds.flatMap((kind, i) => fc.sample(kind, { numRuns: 300, seed: 2026 + i })
  // The longest tell most.
  .toSorted((a, b) => b.actions.length * JSON.stringify(b.tree).length - a.actions.length * JSON.stringify(a.tree).length).slice(0, KEPT));
const lines = inputs.map((input) => JSON.stringify({ ...input, lines: runTrace(input).lines }));
writeFileSync(new URL('../vectors/traces.jsonl.gz', import.meta.url), gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
process.stdout.write(`${lines.length} traces recorded\n`);
