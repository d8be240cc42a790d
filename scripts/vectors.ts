// `npm run vectors -- otp FILE.jsonl …` (or cron): replays recorded answers through the real core and ends with "N passed, N failed".
// `npm run vectors -- ini [OPTIONS] FILE…`: prints how our INI reader sees each file, in the form of a dump of the real supervisord.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { replayCron } from '../test/support/cron-replay.ts';
import type { CronVector } from '../test/support/cron-replay.ts';
import { replayScenario } from '../test/support/otp-replay.ts';
import type { Scenario } from '../test/support/otp-replay.ts';

/** A kind of vectors: one line in, null or the difference out. */
const KINDS: Readonly<Record<string, (line: string) => string | null>> = {
  otp: (line) => replayScenario(JSON.parse(line) as Scenario),
  cron: (line) => replayCron(JSON.parse(line) as CronVector),
};

/** A kind that prints: arguments in, exit status out. */
const PRINTERS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  ini: async (args) => (await import('./ini-view-print.ts')).printIniViews(args),
};

const USAGE = `usage: npm run vectors -- KIND FILE...   KIND: ${Object.keys(KINDS).join(', ')}; FILE: .jsonl or .jsonl.gz
       npm run vectors -- ini [OPTIONS] FILE...   prints one JSON object for each supervisord file; ini --help says more`;

function linesOf(file: string): readonly string[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.split('\n').filter((line) => line.trim() !== '');
}

async function main(kind: string | undefined, files: readonly string[]): Promise<number> {
  const printer = kind === undefined || !Object.hasOwn(PRINTERS, kind) ? undefined : PRINTERS[kind];
  if (printer !== undefined) return printer(files);
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
  process.exitCode = await main(kind, files);
} catch (error) {
  process.stderr.write(`cannot replay: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
