// Objects whose keys are names that people chose. `__proto__`, `constructor` and `toString` are good names of programs and variables,
// but every object inherits something under them, and an assignment to `__proto__` puts nothing there.

/** What an object itself holds under a name, never what it inherits. */
export function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Puts a value there under whatever name. */
export function put<T>(record: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
  else record[name] = value;
}
