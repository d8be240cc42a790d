// The run of one folder of `npm test`: test files in the order they are given, which `node --test` would sort by name, each in a process of
// its own. It prints what node's spec reporter prints, and writes, as JSON lines, what scripts/test.ts sums up: skipped tests and the counts.
//
//   node scripts/run-tests.ts REPORT CONCURRENCY TIMEOUT_MS FILE...
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** One line of the report. `counts` comes last and once. */
export type TotalsLine =
  | { readonly type: 'skip'; readonly name: string; readonly file: string; readonly reason: string }
  | { readonly type: 'fail'; readonly name: string; readonly file: string }
  | { readonly type: 'counts'; readonly counts: Readonly<Record<string, number>>; readonly ms: number };

/** What V8 made of our sources is kept between the files of a run, and between runs: half the time of a short test file is the stripping of types. */
const CACHE = join(import.meta.dirname, '../node_modules/.cache/reeve-tests');
/** As an import of the test processes alone: NODE_COMPILE_CACHE would go on to every daemon and program that a test starts. */
const KEEP_COMPILED = `--import=data:text/javascript,${encodeURIComponent(`import{enableCompileCache}from'node:module';enableCompileCache(${JSON.stringify(CACHE)})`)}`;

function main([report = '', concurrency = '', timeoutMs = '', ...files]: readonly string[]): void {
  const file = openSync(report, 'w');
  const tell = (line: TotalsLine): void => void writeSync(file, `${JSON.stringify(line)}\n`);
  const tests = run({ files, concurrency: Number(concurrency), timeout: Number(timeoutMs), execArgv: [KEEP_COMPILED, `--test-timeout=${timeoutMs}`] });
  tests.on('test:pass', ({ name, file: from = '', skip }) => {
    if (skip !== undefined && skip !== false) tell({ type: 'skip', name, file: from, reason: typeof skip === 'string' && skip !== '' ? skip : 'no reason given' });
  });
  tests.on('test:fail', ({ name, file: from = '', details, todo }) => {
    if (todo === undefined) process.exitCode = 1;
    if (todo === undefined && details.type !== 'suite') tell({ type: 'fail', name, file: from });
  });
  tests.on('test:summary', ({ file: from, counts, duration_ms: ms }) => {
    if (from !== undefined) return;
    tell({ type: 'counts', counts: { ...counts }, ms });
    closeSync(file);
  });
  tests.compose(new spec()).pipe(process.stdout);
}

if (import.meta.main) main(process.argv.slice(2));
