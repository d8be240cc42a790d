// The version of this daemon: written in by the bundler, or the package's beside the sources.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function version(): string {
  const bundled = process.env.REEVE_VERSION;
  if (bundled) return bundled;
  try {
    const found = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version?: unknown };
    return typeof found.version === 'string' ? found.version : 'unknown';
  } catch {
    return 'unknown';
  }
}

export const VERSION = version();
