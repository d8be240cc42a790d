// After `npm i -E`: takes optional platform packages that the registry did not have out of package-lock.json.
// npm writes their names into the lock without an entry, and then `npm ci` refuses the lock as out of step ("Missing: … from lock file").
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK = join(import.meta.dirname, '../package-lock.json');

interface Entry {
  optionalDependencies?: Record<string, string>;
}

/** A lockfile, as far as it matters here. */
export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}

/** Optional dependencies that are named but not locked, as `owner -> name`. */
export function dangling({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => packages[`${owner}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined).map((name) => `${owner} -> ${name}`));
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync(LOCK, 'utf8')) as Lock;
  const found = dangling(lock);
  for (const line of found) {
    const [owner = '', name = ''] = line.split(' -> ');
    delete lock.packages[owner]?.optionalDependencies?.[name];
  }
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${found.length} optional packages without an entry taken out\n`);
}
