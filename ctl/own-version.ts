// The version of this client: the package's, which lies beside the bundle and the sources alike.
import { readFileSync } from 'node:fs';

/** `unknown` when the package's file is not there. */
export function ownVersion(): string {
  try {
    const found = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version?: unknown };
    return typeof found.version === 'string' ? found.version : 'unknown';
  } catch {
    return 'unknown';
  }
}
