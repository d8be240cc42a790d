// `npm run vectors -- otp FILE.jsonl …`: replays recorded answers through the real core and ends with "N passed, N failed".
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { replayScenario } from '../test/support/otp-replay.ts';
import type { Scenario } from '../test/support/otp-replay.ts';

/** A kind of vectors: one line in, null or the difference out. */
const KINDS: Readonly<Record<string, (line: string) => string | null>> = {
  otp: (line) => replayScenario(JSON.parse(line) as Scenario),
};

const USAGE = `usage: npm run vectors -- KIND FILE...   KIND: ${Object.keys(KINDS).join(', ')}; FILE: .jsonl or .jsonl.gz`;

function linesOf(file: string): readonly string[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.split('\n').filter((line) => line.trim() !== '');
}

function main(kind: string | undefined, files: readonly string[]): number {
  const check = kind === undefined ? undefined : KINDS[kind];
  if (!check || files.length === 0) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    linesOf(file).forEach((line, index) => {
      let problem: string | null;
      try {
        problem = check(line);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      if (problem === null) passed += 1;
      else {
        failed += 1;
        process.stdout.write(`${file}:${index + 1}: ${problem}\n`);
      }
    });
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

const [kind, ...files] = process.argv.slice(2);
try {
  process.exitCode = main(kind, files);
} catch (error) {
  process.stderr.write(`cannot replay: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
