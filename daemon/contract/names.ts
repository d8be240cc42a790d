// How people read an id: of a process `web` for web:web, else `group:name`, as supervisorctl shows it; of a run or issue its beginning.

/** The short form of a process' id. What is none (a name alone, `g:*`) is left alone. */
export function shortName(id: string): string {
  const colon = id.indexOf(':');
  const name = id.slice(colon + 1);
  return colon > 0 && id.slice(0, colon) === name ? name : id;
}

/** As much of a UUID as tells it from others, and every command takes. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
