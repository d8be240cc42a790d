// How people read an id: `web` for web:web, else `group:name`, as supervisorctl shows it.

/** The short form of an id. What is no id (a name alone, `g:*`) is left alone. */
export function shortName(id: string): string {
  const colon = id.indexOf(':');
  const name = id.slice(colon + 1);
  return colon > 0 && id.slice(0, colon) === name ? name : id;
}
