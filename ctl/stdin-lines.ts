// Lines of our stdin for a command that reads some. Loaded only by those.
import { createInterface } from 'node:readline';

/** Gives one line at each call, in order; null at the end. Reads on only as lines are taken. */
export function stdinLines(): () => Promise<string | null> {
  const lines = createInterface({ input: process.stdin, terminal: false, crlfDelay: Infinity })[Symbol.asyncIterator]();
  return async () => {
    const next = await lines.next();
    return next.done === true ? null : next.value;
  };
}
