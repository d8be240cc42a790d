// Path arithmetic without node:path, so that the readers also run in a browser. POSIX paths only.

/** True for `/x`. */
export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/** Removes `.`, `..` and doubled slashes from an absolute path. */
export function normalize(path: string): string {
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') out.pop();
    else out.push(part);
  }
  return `/${out.join('/')}`;
}

/** `path` seen from the absolute directory `base`. */
export function resolveFrom(base: string, path: string): string {
  return normalize(isAbsolute(path) ? path : `${base}/${path}`);
}

/** The directory part of an absolute path. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** `~` and `~/x` with the home directory; `~user` stays as it is. */
export function expandHome(path: string, home: string | undefined): string {
  if (home === undefined || home === '') return path;
  if (path === '~') return home;
  return path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
}
