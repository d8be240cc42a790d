// Checks the types of every layer under that layer's own tsconfig.json, which is what keeps Node and the DOM out of core.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Folders with a tsconfig.json, lowest layer first, so that the first complaint is nearest to the cause. */
export const LAYERS = [
  'config', 'daemon/contract', 'daemon/core', 'daemon/runtime', 'daemon/os', 'daemon/logs', 'daemon/store', 'daemon/api',
  'ctl', 'web-ui', 'supervised', 'daemon', 'scripts', 'test',
] as const;

const ROOT = join(import.meta.dirname, '..');

interface LayerReport {
  readonly layer: string;
  readonly code: number;
  readonly output: string;
}

function check(layer: string): Promise<LayerReport> {
  return new Promise((resolve) => {
    const tsc = spawn(join(ROOT, 'node_modules/.bin/tsc'), ['-p', layer, '--pretty', 'false'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    tsc.stdout.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
    tsc.on('error', (error) => { resolve({ layer, code: 1, output: `cannot run tsc: ${error.message}` }); });
    tsc.on('close', (code) => { resolve({ layer, code: code ?? 1, output }); });
  });
}

/** Groups tsc's output into diagnostics: a line `file(l,c): error …` and the indented lines under it. */
export function diagnostics(output: string): string[] {
  const found: string[] = [];
  for (const line of output.split('\n')) {
    if (line.trim() === '') continue;
    if (/^\s/.test(line) && found.length > 0) found[found.length - 1] += `\n${line}`;
    else found.push(line);
  }
  return found;
}

/** Runs `tsc` for the layers, as many at once as there are processors. Returns true when all are clean. */
async function main(layers: readonly string[]): Promise<boolean> {
  const queue = layers.filter((layer) => existsSync(join(ROOT, layer, 'tsconfig.json')));
  const reports: LayerReport[] = [];
  const total = queue.length;
  const worker = async (): Promise<void> => {
    for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) reports.push(await check(layer));
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, worker));
  // A fault in a low layer is seen from every layer above: say it once, in the order of the layers.
  const seen = new Set<string>();
  let failed = 0;
  for (const report of reports.toSorted((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer))) {
    if (report.code === 0) continue;
    failed += 1;
    const fresh = diagnostics(report.output).filter((text) => !seen.has(text));
    for (const text of fresh) seen.add(text);
    if (fresh.length > 0) process.stdout.write(`${report.layer}:\n${fresh.map((text) => `  ${text}`).join('\n')}\n`);
  }
  process.stdout.write(failed === 0 ? `types: ${total} layers, no errors\n` : `types: ${failed} of ${total} layers have errors (${seen.size} in all)\n`);
  return failed === 0;
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  process.exitCode = (await main(asked.length > 0 ? asked : LAYERS)) ? 0 : 1;
}
