// `npm run requirements`: which requirement is proved by which tests. Rows come from ../shared/requirements.md, ids from test names such
// as `test('the last bytes written before exit are in the log [B4]', …)`.
//   --covers "B1-B11,B13,E2-E28"   only these rows
//   --strict                        exit 1 when a class M row among them has no test
//   --all                           classes S and N too
//   --file PATH                     another requirements file
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** Its tests hold other tests as text, whose ids prove nothing. */
const OWN_TEST = 'test/unit/requirements-script.test.ts';

/** One row of the tables of requirements.md. */
export interface Requirement {
  readonly id: string;
  readonly feature: string;
  /** M must, S should, N note. */
  readonly class: 'M' | 'S' | 'N';
}

/** Where an id is named. */
export interface Proof {
  readonly id: string;
  readonly test: string;
  readonly file: string;
}

/** The cells of a Markdown row; `\|` and a bar within backquotes do not end one. */
function cells(line: string): string[] {
  const found: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 1; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\' && line.charAt(at + 1) === '|') { cell += '|'; at += 1; continue; }
    if (char === '`') quoted = !quoted;
    if (char === '|' && !quoted) { found.push(cell.trim()); cell = ''; } else cell += char;
  }
  return found;
}

/** Reads every table row that begins with an id such as A1 or E54. The class is the last cell that is M, S or N alone or first. */
export function parseRequirements(text: string): Requirement[] {
  const rows: Requirement[] = [];
  for (const line of text.split('\n')) {
    if (!/^\|\s*[A-E]\d+\s*\|/.test(line)) continue;
    const [id, feature, ...rest] = cells(line.trimEnd());
    const last = rest.at(-1)?.charAt(0);
    if (id === undefined || feature === undefined || (last !== 'M' && last !== 'S' && last !== 'N')) throw new Error(`cannot read this row of the requirements: ${line.slice(0, 100)}`);
    rows.push({ id, feature, class: last });
  }
  return rows;
}

/** Ids in the names of tests of one source file (onBoth declares a test for each OS layer). `[A21, B3]` and `[E2-E4]` count; ids elsewhere do not. */
export function parseProofs(source: string, file: string): Proof[] {
  const proofs: Proof[] = [];
  for (const match of source.matchAll(/\b(?:test|it|describe|suite|onBoth)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g)) {
    const name = (match[2] ?? '').replaceAll(/\\(['"`])/g, '$1');
    for (const bracket of name.matchAll(/\[([^\]]*)\]/g)) {
      const words = (bracket[1] ?? '').split(',').map((word) => word.trim());
      if (!words.every((word) => /^[A-E]\d+(\s*[-–]\s*[A-E]\d+)?$/.test(word))) continue;
      for (const id of parseRanges(words.join(','))) proofs.push({ id, test: name, file });
    }
  }
  return proofs;
}

/** "B1-B11,B13" -> B1 … B11, B13. Throws on anything else. */
export function parseRanges(text: string): string[] {
  const ids: string[] = [];
  for (const part of text.split(/[,\s]+/).filter((word) => word !== '')) {
    const match = /^([A-E])(\d+)(?:[-–]([A-E])?(\d+))?$/.exec(part);
    if (match === null || (match[3] !== undefined && match[3] !== match[1])) throw new Error(`cannot read the range "${part}": expected forms are B4 and B1-B11`);
    const from = Number(match[2]);
    const to = Number(match[4] ?? from);
    for (let n = from; n <= to; n += 1) ids.push(`${match[1]}${n}`);
  }
  return ids;
}

/** The files whose tests count, below the repository. */
export function testFiles(): string[] {
  return globSync('test/**/*.test.ts', { cwd: ROOT }).filter((name) => name !== OWN_TEST).toSorted();
}

function optionOf(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at < 0 ? undefined : argv[at + 1];
}

function main(argv: readonly string[]): number {
  const file = optionOf(argv, '--file') ?? join(ROOT, '../shared/requirements.md');
  if (!existsSync(file)) {
    process.stderr.write(`cannot compare tests with requirements: there is no ${file}. It lies beside the checkout of the project's authors; --file PATH names another place.\n`);
    return argv.includes('--strict') ? 1 : 0;
  }
  const covers = optionOf(argv, '--covers');
  const asked = covers === undefined ? null : new Set(parseRanges(covers));
  const all = parseRequirements(readFileSync(file, 'utf8'));
  const rows = all.filter((row) => (asked === null || asked.has(row.id)) && (argv.includes('--all') || row.class === 'M'));
  const proofs = testFiles().flatMap((name) => parseProofs(readFileSync(join(ROOT, name), 'utf8'), name));
  const known = new Set(all.map((row) => row.id));
  let bare = 0;
  for (const row of rows) {
    const found = proofs.filter((proof) => proof.id === row.id);
    if (found.length === 0) bare += row.class === 'M' ? 1 : 0;
    process.stdout.write(`${row.id.padEnd(4)} ${row.class} ${row.feature}\n`);
    for (const proof of found) process.stdout.write(`       ${proof.file}: ${proof.test}\n`);
    if (found.length === 0) process.stdout.write('       NO TEST\n');
  }
  for (const proof of proofs.filter(({ id }) => !known.has(id))) process.stdout.write(`${proof.file} names ${proof.id}, which is not a requirement: ${proof.test}\n`);
  const must = rows.filter((row) => row.class === 'M').length;
  process.stdout.write(`${must} class M requirements${covers === undefined ? '' : ` of ${covers}`}: ${must - bare} with a test, ${bare} without\n`);
  return argv.includes('--strict') && bare > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
