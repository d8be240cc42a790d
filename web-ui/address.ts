// Addresses of views. They are hashes (`#/processes/web:web?tab=log`), so that the page works below any path of a proxy. Pure.

/** Where the page is. `parts` are decoded: `#/jobs/nightly` has `['jobs', 'nightly']`. */
export interface Place {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A hand-made address with a stray %: shown as it is.
    return part;
  }
}

/** Reads an address. Anything that is none means the first view. */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { parts: path.split('/').filter((part) => part !== '').map(decoded), query: new URLSearchParams(query) };
}

/** The address of a view: `to(['processes', 'a:b'], { tab: 'log' })`. Empty values are left out. */
export function to(parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const words = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])));
  const tail = words.toString();
  return `#/${parts.map((part) => encodeURIComponent(part).replaceAll('%3A', ':')).join('/')}${tail === '' ? '' : `?${tail}`}`;
}
