// Which view is shown, with what, and how one goes elsewhere.
import { useEffect, useState } from 'preact/hooks';
import { placeOf, to } from './address.ts';
import type { Place } from './address.ts';

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
