// Output for a reader who may be slower than its source, which does not wait for him: what he misses is counted and told.
import type { OpenStream } from './streams.ts';

export interface SlowReader {
  /** `end`: position after the bytes, where they have one. */
  write(bytes: Uint8Array, end?: number): void;
  /** He can take more. */
  drained(): void;
  /** Also what was kept for him. */
  end(): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/**
 * Up to `limit` bytes wait in the stream. Of what comes beyond that, the last `limit` bytes are kept: how it ended is wanted most. `encode`:
 * how a piece goes over the wire (default: as it is).
 */
export function slowReader(stream: OpenStream, limit: number, encode: (bytes: Uint8Array, end: number) => string | Uint8Array = (bytes) => bytes): SlowReader {
  let kept: Piece[] = [];
  let keptBytes = 0;
  let lost = 0;
  /** Position after what was lost last. */
  let lostTo = 0;

  function send(bytes: Uint8Array, end: number): void {
    const out = encode(bytes, end);
    if (out.length > 0) stream.write(out);
  }

  function flush(): void {
    if (lost > 0) send(Buffer.from(`\n[reeve: ${lost} bytes left out here, the reader was too slow]\n`), lostTo);
    for (const { bytes, end } of kept) send(bytes, end);
    kept = [];
    keptBytes = 0;
    lost = 0;
  }

  return {
    write(bytes, end = 0) {
      if (kept.length === 0 && stream.waiting() <= limit) return send(bytes, end);
      kept.push({ bytes, end });
      keptBytes += bytes.length;
      while (keptBytes > limit && kept.length > 1) {
        const gone = kept.shift();
        if (gone === undefined) return undefined;
        keptBytes -= gone.bytes.length;
        lost += gone.bytes.length;
        lostTo = gone.end;
      }
      return undefined;
    },
    drained: flush,
    end() {
      flush();
      stream.end();
    },
  };
}
