// `npm run bench`: the numbers of DESIGN §13 against supervisord and PM2 on this machine, in one run, as ratios. Never a pass or fail.
//   npm run bench -- launch respawn        only these measures
//   npm run bench -- --only reeve          only this supervisor
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { capture } from '../bench/measure-capture.ts';
import { jobs } from '../bench/measure-jobs.ts';
import { launch } from '../bench/measure-launch.ts';
import { respawn } from '../bench/measure-respawn.ts';
import { scrape } from '../bench/measure-scrape.ts';
import { status } from '../bench/measure-status.ts';
import { thousand } from '../bench/measure-thousand.ts';
import { pm2 } from '../bench/subject-pm2.ts';
import { reeve } from '../bench/subject-reeve.ts';
import { supervisord } from '../bench/subject-supervisord.ts';
import type { Bench, Measure, Row, Subject } from '../bench/subject.ts';

const ROOT = join(import.meta.dirname, '..');
/** No new measure is begun after this; what is missing is said. */
const BUDGET_MS = 5 * 60_000;

const MEASURES: Readonly<Record<string, Measure>> = { launch, respawn, status, capture, thousand, jobs, scrape };

interface Result {
  readonly subject: string;
  readonly rows: readonly Row[];
}

/** Compiles the child; throws when there is no compiler, since a shell in its place would measure the shell. */
function compile(folder: string): string {
  const child = join(folder, 'child');
  const source = join(ROOT, 'bench/children/child.c');
  try {
    execFileSync('cc', ['-O2', '-static', '-o', child, source], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch {
    execFileSync('cc', ['-O2', '-o', child, source], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  return child;
}

function shown(row: Row | undefined): string {
  if (row === undefined) return '-';
  const digits = row.value >= 100 ? 0 : row.value >= 10 ? 1 : 2;
  return `${row.value.toFixed(digits)} ${row.unit}`;
}

/** How many times better `ours` is: above 1 is better, whatever the direction. */
export function ratio(ours: Row, theirs: Row): number {
  return ours.better === 'less' ? theirs.value / ours.value : ours.value / theirs.value;
}

/** The table: a row per number, a column per supervisor, and how many times better the first is than each other. */
export function table(results: readonly Result[]): string {
  const rows = new Map(results.flatMap((result) => result.rows).map((row) => [row.id, row]));
  const [first, ...others] = results;
  const head = ['', ...results.map((result) => result.subject), ...others.map((other) => `${first?.subject} : ${other.subject}`)];
  const body = [...rows.values()].map((row) => {
    const values = results.map((result) => result.rows.find((one) => one.id === row.id));
    const ratios = values.slice(1).map((theirs) => (values[0] === undefined || theirs === undefined ? '-' : `${ratio(values[0], theirs).toFixed(1)}x`));
    return [row.label, ...values.map(shown), ...ratios];
  });
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((cells) => cells[at]?.length ?? 0)));
  return [head, ...body].map((cells) => `${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')}\n`).join('');
}

async function main(argv: readonly string[]): Promise<void> {
  const onlyAt = argv.indexOf('--only');
  const only = onlyAt < 0 ? null : argv[onlyAt + 1];
  const asked = argv.filter((word, at) => !word.startsWith('--') && (onlyAt < 0 || at !== onlyAt + 1));
  const unknown = asked.filter((word) => !Object.hasOwn(MEASURES, word));
  if (unknown.length > 0) throw new Error(`no such measure: ${unknown.join(', ')}; there are ${Object.keys(MEASURES).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
  try {
    let count = 0;
    const bench: Bench = {
      child: compile(folder),
      folder() {
        count += 1;
        const made = join(folder, String(count));
        mkdirSync(made);
        return made;
      },
    };
    if (!existsSync(join(ROOT, 'dist/reeved.mjs'))) process.stdout.write('reeve is not built (npm run build): measuring only the others\n');
    const found = (await Promise.all([reeve(), supervisord(), pm2()])).filter((subject): subject is Subject => subject !== null);
    const subjects = found.filter((subject) => only == null || subject.name.toLowerCase() === only.toLowerCase());
    const results = subjects.map((subject) => ({ subject: subject.name, rows: [] as Row[] }));
    const missed: string[] = [];
    for (const [name, measure] of Object.entries(MEASURES)) {
      if (asked.length > 0 && !asked.includes(name)) continue;
      for (const [at, subject] of subjects.entries()) {
        if (performance.now() > BUDGET_MS) {
          missed.push(`${name} of ${subject.name}: no time left`);
          continue;
        }
        process.stderr.write(`bench: ${name} of ${subject.name}\n`);
        try {
          results[at]?.rows.push(...await measure(subject, bench));
        } catch (error) {
          missed.push(`${name} of ${subject.name}: ${error instanceof Error ? error.message : String(error)}`);
        }
        // Logs of a measure are up to 550 MiB: away with them before the next.
        for (; count > 0; count -= 1) rmSync(join(folder, String(count)), { recursive: true, force: true });
      }
    }
    process.stdout.write(`\n${table(results)}${missed.length === 0 ? '' : `\nNot measured:\n${missed.map((line) => `  ${line}\n`).join('')}`}`);
    const report = {
      at: new Date().toISOString(), machine: { cpu: cpus()[0]?.model ?? 'unknown', processors: availableParallelism(), memoryGib: Math.round(totalmem() / 1024 ** 3), kernel: release(), node: process.version },
      versions: Object.fromEntries(subjects.map((subject) => [subject.name, subject.version])), results, missed,
    };
    const out = join(ROOT, 'bench/results', `${report.at.slice(0, 10)}.json`);
    if (asked.length === 0 && only === null) {
      mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
      writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
      process.stdout.write(`\nwritten to ${out}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await main(process.argv.slice(2));
