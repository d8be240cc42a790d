// Instants for a person: local, sortable, to the second. Pure.

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026-11-22 04:30:05` on this machine's clock. */
export function instant(atMs: number): string {
  const d = new Date(atMs);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}
