// `npm test`: types, unit, model, generated files, integration, browser, conformance, in this order; then what was skipped and why, and last the
// totals in the words of node's own test runner. `npm run test:unit -- intensity` runs the unit tests whose file name has "intensity".
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TotalsLine } from './run-tests.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * A step of `npm test`. `built`: the tests start the bundles that the build step before them made. A `tests` step runs a folder, a `check` step a script, counted as one test.
 * `first`: the files that take longest, longest first, so that none of them is left to run alone at the end while a processor idles.
 */
type Step =
  | { readonly kind: 'tests'; readonly name: string; readonly concurrency: number; readonly timeoutMs: number; readonly built?: true; readonly first?: readonly string[] }
  | { readonly kind: 'check'; readonly name: string; readonly argv: readonly string[] };

const STEPS: readonly Step[] = [
  { kind: 'check', name: 'types', argv: ['scripts/types.ts'] },
  { kind: 'tests', name: 'unit', concurrency: 2, timeoutMs: 60_000 },
  { kind: 'tests', name: 'model', concurrency: 2, timeoutMs: 300_000 },
  { kind: 'check', name: 'generate:check', argv: ['scripts/generate.ts', '--check'] },
  { kind: 'check', name: 'build', argv: ['scripts/build.ts', '--if-needed'] },
  // Starts of daemons for the most part, and waiting for programs in between.
  {
    kind: 'tests', name: 'integration', concurrency: 4, timeoutMs: 180_000, built: true,
    first: [
      'daemon-health', 'checks', 'daemon-limits', 'named-pains', 'daemon-intent', 'daemon-apply', 'listeners', 'job-daemons', 'daemon-bad-days', 'reports', 'store-daemon', 'job-limits', 'daemon-autoscale',
      'metrics', 'example-finance-tracker', 'ctl-monitor', 'example-orders',
    ],
  },
  // A browser and a daemon each, which wait for one another for a third of the time.
  { kind: 'tests', name: 'browser', concurrency: 3, timeoutMs: 120_000, built: true, first: ['process', 'processes', 'hostile', 'access', 'page'] },
  // Mostly waiting for supervisord's look of once in a second.
  {
    kind: 'tests', name: 'conformance', concurrency: 5, timeoutMs: 180_000, built: true,
    first: ['differential', 'xmlrpc', 'supervisorctl', 'reevectl-in-place', 'supervisorctl-groups', 'supervisorctl-streams', 'listener-events'],
  },
];

/** Tests of what is built, which may need something from Debian. */
const BUILT = new Set(['integration', 'browser', 'conformance']);

/** The counts node's runner ends with. */
interface Counts {
  tests: number; suites: number; pass: number; fail: number; cancelled: number; skipped: number; todo: number; ms: number;
}

interface Outcome {
  readonly counts: Counts;
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
}

const NOTHING: Counts = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0, ms: 0 };

/** Reads the report of scripts/run-tests.ts. A report without counts means that the runner itself died. */
export function readTotals(report: string, status: number | null): Outcome {
  const lines = report.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as TotalsLine);
  const skipped = lines.filter((line) => line.type === 'skip').map((line) => `${line.name}: ${line.reason}`);
  const failed = lines.filter((line) => line.type === 'fail').map((line) => line.name);
  const last = lines.findLast((line) => line.type === 'counts');
  if (last === undefined) return { counts: { ...NOTHING, tests: 1, fail: 1 }, skipped, failed: [...failed, `the test runner ended with ${status} before it could count`] };
  const of = (name: string): number => last.counts[name] ?? 0;
  const counts: Counts = {
    tests: of('tests'), suites: of('suites'), pass: of('passed'), fail: of('failed'),
    cancelled: of('cancelled'), skipped: of('skipped'), todo: of('todo'), ms: last.ms,
  };
  // An exit status that the counts do not explain (an error outside of any test) is a failure too.
  if (status !== 0 && counts.fail + counts.cancelled === 0) {
    return { counts: { ...counts, tests: counts.tests + 1, fail: 1 }, skipped, failed: [...failed, `the test runner ended with ${status}`] };
  }
  return { counts, skipped, failed };
}

/** npm's own variables stay here: reeved keeps them from its children, supervisord does not. */
function environment(built: boolean): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD'));
  return built ? { ...own, REEVE_TEST_BUILT: '1' } : own;
}

/** The files of a step in the order in which they begin. Throws where a file that is to be among the first is not there. */
export function inOrder(name: string, files: readonly string[], first: readonly string[]): readonly string[] {
  const named = first.map((word) => `test/${name}/${word}.test.ts`);
  const missing = named.filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`cannot run the tests of ${name} in order: there is no ${missing.join(', ')}; see STEPS in scripts/test.ts`);
  return [...named, ...files.filter((file) => !named.includes(file)).toSorted()];
}

function runTests(step: Step & { kind: 'tests' }, filters: readonly string[]): Outcome {
  const all = globSync(`test/${step.name}/**/*.test.ts`, { cwd: ROOT });
  const files = inOrder(step.name, all, step.first ?? []).filter((file) => filters.every((part) => file.includes(part)));
  if (files.length === 0) return { counts: NOTHING, skipped: filters.length > 0 ? [] : [`${step.name}: there are no tests in test/${step.name}`], failed: [] };
  if (step.built) spawnSync(process.execPath, ['scripts/build.ts', '--if-needed'], { cwd: ROOT, stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'reeve-totals-'));
  try {
    const report = join(folder, 'report');
    const { status } = spawnSync(process.execPath, [
      '--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/run-tests.ts'), report, String(step.concurrency), String(step.timeoutMs), ...files,
    ], { cwd: ROOT, stdio: 'inherit', env: environment(step.built === true) });
    return readTotals(existsSync(report) ? readFileSync(report, 'utf8') : '', status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runCheck(step: Step & { kind: 'check' }): Outcome {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, step.argv, { cwd: ROOT, stdio: 'inherit' });
  const ok = status === 0;
  return { counts: { ...NOTHING, tests: 1, pass: ok ? 1 : 0, fail: ok ? 0 : 1, ms: performance.now() - startedAt }, skipped: [], failed: ok ? [] : [step.name] };
}

function add(a: Counts, b: Counts): Counts {
  const sum = { ...a };
  for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += b[name];
  return sum;
}

/** The closing lines, as node's runner writes them. */
export function closing(counts: Counts): string {
  return (['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const).map((name) => `ℹ ${name} ${counts[name]}\n`).join('')
    + `ℹ duration_ms ${counts.ms.toFixed(3)}\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const asked = argv.filter((word) => STEPS.some((step) => step.name === word));
  const filters = argv.filter((word) => !asked.includes(word));
  const whole = asked.length === 0;
  const skipped: string[] = [];
  // Unit tests need nothing installed, and stay quick.
  if (whole || asked.some((name) => BUILT.has(name))) skipped.push(...(await import('./prepare.ts')).prepare());
  const steps = whole ? STEPS : STEPS.filter((step) => asked.includes(step.name) || (step.name === 'build' && asked.some((name) => BUILT.has(name))));
  let counts = NOTHING;
  const failed: string[] = [];
  for (const step of steps) {
    process.stdout.write(`\n▶ ${step.name}\n`);
    const outcome = step.kind === 'tests' ? runTests(step, filters) : runCheck(step);
    counts = add(counts, outcome.counts);
    skipped.push(...outcome.skipped);
    failed.push(...outcome.failed.map((name) => `${step.name}: ${name}`));
  }
  process.stdout.write('\n');
  if (steps.length > 1) {
    process.stdout.write(skipped.length === 0 ? 'Skipped: nothing.\n' : `Skipped, and why:\n${skipped.map((line) => `  - ${line}\n`).join('')}`);
    if (failed.length > 0) process.stdout.write(`Failed:\n${failed.map((line) => `  ✖ ${line}\n`).join('')}`);
    process.stdout.write(`\nAll of it (${steps.map((step) => step.name).join(', ')}):\n${closing(counts)}`);
  }
  if (filters.length > 0 && counts.tests === 0) {
    process.stderr.write(`no test file has ${filters.join(' and ')} in its name\n`);
    return 1;
  }
  return counts.fail + counts.cancelled === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
