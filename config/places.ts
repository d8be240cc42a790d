// Which files are a configuration when nobody names one? The same list for the daemon and the client.
import { directoryOf, resolveFrom } from './paths.ts';

/** In order: ours first, then supervisord's search path (its executable's neighbours, the working directory, /etc). `cwd` is absolute. */
export function configPlaces(cwd: string, executable: string): readonly string[] {
  const bin = directoryOf(resolveFrom(cwd, executable));
  return [
    resolveFrom(cwd, 'reeve.toml'),
    '/etc/reeve/reeve.toml',
    '/etc/reeve.toml',
    resolveFrom(bin, '../etc/supervisord.conf'),
    resolveFrom(bin, '../supervisord.conf'),
    resolveFrom(cwd, 'supervisord.conf'),
    resolveFrom(cwd, 'etc/supervisord.conf'),
    '/etc/supervisord.conf',
    '/etc/supervisor/supervisord.conf',
  ];
}

/** What is written in so many words, absolute: the option, else `REEVE_CONFIG`. A typo in either must not lead to another file. */
export function namedConfig(named: string | null, env: Readonly<Record<string, string | undefined>>, cwd: string): string | null {
  const path = named ?? (env['REEVE_CONFIG'] || null);
  return path === null ? null : resolveFrom(cwd, path);
}
