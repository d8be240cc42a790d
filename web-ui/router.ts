// Which view is shown, with what. Addresses are hashes (`#/processes/web:web?tab=log`), so that the page works below any path of a proxy.
import { useEffect, useState } from 'preact/hooks';

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

/** Goes there. `replace`: without a step in the history, for filters as they are typed. */
export function go(address: string, replace = false): void {
  if (!replace) {
    location.hash = address;
    return;
  }
  history.replaceState(null, '', address);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Where the page is now; the component is drawn anew when that changes. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = (): void => setHash(location.hash);
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return placeOf(hash);
}

/** One word of the address' query as state: `const [search, setSearch] = useQuery('q')`. Others can be sent what one sees. */
export function useQuery(name: string, fallback = ''): readonly [string, (value: string) => void] {
  const { parts, query } = usePlace();
  const set = (value: string): void => {
    const all = Object.fromEntries(query);
    go(to(parts, { ...all, [name]: value === fallback ? undefined : value }), true);
  };
  return [query.get(name) ?? fallback, set];
}
