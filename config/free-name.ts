// Names for what people did not name, each once.

/** `base`, or with the first number from 2 on that makes it new: it is taken from now on. */
export function freeName(base: string, taken: Set<string>): string {
  let name = base;
  for (let n = 2; taken.has(name); n += 1) name = `${base}-${n}`;
  taken.add(name);
  return name;
}
