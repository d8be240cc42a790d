// Which file does the daemon read when nobody names one?
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Places in order: ours first, then supervisord's search path (relative to the executable, the working directory, /etc). */
export function configPlaces(cwd: string, executable: string): readonly string[] {
  const bin = dirname(executable);
  return [
    resolve(cwd, 'reeve.toml'), '/etc/reeve/reeve.toml', '/etc/reeve.toml',
    resolve(bin, '../etc/supervisord.conf'), resolve(bin, '../supervisord.conf'),
    resolve(cwd, 'supervisord.conf'), resolve(cwd, 'etc/supervisord.conf'), '/etc/supervisord.conf', '/etc/supervisor/supervisord.conf',
  ];
}

/** The file, absolute, or the places that were tried. */
export function findConfig(named: string | null, env: Readonly<Record<string, string | undefined>>, cwd: string, executable: string): { readonly file: string } | { readonly tried: readonly string[] } {
  if (named !== null) return { file: resolve(cwd, named) };
  if (env['REEVE_CONFIG']) return { file: resolve(cwd, env['REEVE_CONFIG']) };
  const places = configPlaces(cwd, executable);
  const file = places.find((place) => existsSync(place));
  return file === undefined ? { tried: places } : { file };
}
