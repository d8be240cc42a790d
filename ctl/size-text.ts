// Sizes for a person: short, with a unit. Pure.

/** `1.5 GB`, `12.3 MB`. */
export function sizeText(bytes: number): string {
  for (const [unit, size] of [['GB', 1024 ** 3], ['MB', 1024 ** 2], ['KB', 1024]] as const) if (bytes >= size) return `${(bytes / size).toFixed(bytes >= 100 * size ? 0 : 1)} ${unit}`;
  return `${bytes} B`;
}
