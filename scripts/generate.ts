// `npm run generate` writes every file that is made from a table; with --check it writes nothing and fails when one is not current.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** Lines of a difference that --check shows per file. */
const SHOWN_LINES = 8;

/** A generated file. `render` is pure but for reading sources; modules are loaded when it runs. */
export interface Artefact {
  readonly path: string;
  readonly render: () => Promise<string>;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export const ARTEFACTS: readonly Artefact[] = [
  { path: 'docs/reference/facts.md', render: async () => (await import('../packaging/render-facts.ts')).renderFacts(`${read('daemon/contract/fact-payloads.ts')}\n${read('daemon/contract/reports.ts')}`) },
  { path: 'docs/reference/states.md', render: renderStatesPage },
  { path: 'docs/reference/commands.md', render: async () => (await import('../packaging/render-commands.ts')).renderCommands() },
  { path: 'docs/reference/filters.md', render: async () => (await import('../packaging/render-filters.ts')).renderFilters() },
  { path: 'docs/reference/metrics.md', render: async () => (await import('../packaging/render-metrics.ts')).renderMetrics() },
  { path: 'docs/reference/errors.md', render: async () => (await import('../packaging/render-errors.ts')).renderErrors() },
  { path: 'docs/reference/json.md', render: async () => (await import('../packaging/render-json.ts')).renderJson() },
  { path: 'docs/reference/api.md', render: async () => (await import('../packaging/render-api.ts')).renderApi(read('test/fixtures/api-examples/reeve.toml')) },
  { path: 'docs/reference/config.md', render: async () => (await import('../config/reference.ts')).renderConfigReference() },
  { path: 'packaging/reeve.schema.json', render: async () => json((await import('../config/json-schema.ts')).configJsonSchema()) },
  { path: 'packaging/openapi.json', render: async () => json((await import('../daemon/contract/openapi.ts')).openApi((JSON.parse(read('package.json')) as { version: string }).version)) },
  ...(['bash', 'zsh', 'fish'] as const).map((shell) => ({
    path: `packaging/completions/reevectl.${shell}`, render: async () => (await import('../ctl/render-completion.ts')).renderCompletion(shell),
  })),
  { path: 'packaging/supervised.d.mts', render: async () => (await import('../packaging/render-declarations.ts')).renderDeclarations() },
  { path: 'packaging/reeved.8', render: async () => (await import('../packaging/render-reeved-man.ts')).renderReevedMan((await import('../daemon/arguments.ts')).USAGE) },
  { path: 'packaging/reevectl.1', render: async () => (await import('../ctl/render-help.ts')).renderManPage() },
];

async function renderStatesPage(): Promise<string> {
  const { renderStates } = await import('../packaging/render-states.ts');
  const { PROCESS_TABLE } = await import('../daemon/core/process.ts');
  const { GROUP_TABLE } = await import('../daemon/core/supervisor.ts');
  const { RUN_TABLE } = await import('../daemon/core/run.ts');
  const { BREAKER_TABLE } = await import('../daemon/core/breaker.ts');
  return renderStates({
    'What a process does with each event': PROCESS_TABLE, 'What a group does with each event': GROUP_TABLE, 'What a run does with each event': RUN_TABLE,
    'What a breaker does with each event': BREAKER_TABLE,
  });
}

function json(value: unknown): string {
  return typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`;
}

/** The first lines that differ, as `-` what the file has and `+` what it should have; '' when they are equal. */
export function firstDifference(have: string, want: string): string {
  if (have === want) return '';
  const a = have.split('\n');
  const b = want.split('\n');
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const half = SHOWN_LINES / 2;
  return [`  line ${at + 1}:`, ...a.slice(at, at + half).map((line) => `  - ${line}`), ...b.slice(at, at + half).map((line) => `  + ${line}`)].join('\n');
}

/** Compares or writes the artefacts below `root`; returns the paths that were not current. */
export async function generate(artefacts: readonly Artefact[], root: string, mode: 'write' | 'check', say: (line: string) => void): Promise<string[]> {
  const stale: string[] = [];
  for (const { path, render } of artefacts) {
    const want = await render();
    const file = join(root, path);
    const have = existsSync(file) ? readFileSync(file, 'utf8') : null;
    if (have === want) continue;
    stale.push(path);
    if (mode === 'check') {
      say(have === null ? `${path} is missing` : `${path} is not what its table says\n${firstDifference(have, want)}`);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, want);
      say(`wrote ${path}`);
    }
  }
  return stale;
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const stale = await generate(ARTEFACTS, ROOT, check ? 'check' : 'write', (line) => { process.stdout.write(`${line}\n`); });
  if (check && stale.length > 0) {
    process.stdout.write(`generate: ${stale.length} of ${ARTEFACTS.length} files are not current; run npm run generate\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`generate: ${ARTEFACTS.length} files, all current\n`);
  }
}
