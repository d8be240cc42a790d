// One JSON value per line, out of bytes in whatever pieces they come. Pure.

const MOST_LINE_BYTES = 16 * 1024 * 1024;
const LF = 10;

/** A line is too long or no JSON. */
export class BadLine extends Error {
  override readonly name = 'BadLine';
}

/** Calls back with each complete value. Empty lines (keep-alive) are skipped. Throws BadLine. */
export function lineReader(onValue: (value: unknown, text: string) => void): (piece: Buffer) => void {
  let kept: Buffer[] = [];
  let size = 0;
  return (piece) => {
    let from = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, from)) {
      const last = piece.subarray(from, end);
      // Decoded only when the line is whole: a character may be cut by the end of a piece.
      const text = (kept.length === 0 ? last : Buffer.concat([...kept, last])).toString('utf8').trim();
      kept = [];
      size = 0;
      from = end + 1;
      if (text === '') continue;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        throw new BadLine(`cannot read an event: ${JSON.stringify(text.slice(0, 80))} is no JSON`);
      }
      onValue(value, text);
    }
    const rest = piece.subarray(from);
    size += rest.length;
    if (size > MOST_LINE_BYTES) throw new BadLine(`cannot read an event: it is longer than ${MOST_LINE_BYTES} bytes`);
    if (rest.length > 0) kept.push(rest);
  };
}
