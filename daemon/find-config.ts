// Which file does the daemon read?
import { existsSync } from 'node:fs';
import { configPlaces, namedConfig } from '../config/places.ts';

/** The file, absolute, or the places that were tried. A named file is not looked for elsewhere. */
export function findConfig(
  named: string | null,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  executable: string,
): { readonly file: string } | { readonly tried: readonly string[] } {
  const wanted = namedConfig(named, env, cwd);
  if (wanted !== null) return { file: wanted };
  const places = configPlaces(cwd, executable);
  const file = places.find((place) => existsSync(place));
  return file === undefined ? { tried: places } : { file };
}
