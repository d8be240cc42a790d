// Output for a reader who may be slower than its source, which does not wait for him: what he misses is counted and told.
import type { OpenStream } from './streams.ts';

export interface SlowReader {
  write(bytes: Uint8Array): void;
  /** He can take more. */
  drained(): void;
  /** Also what was kept for him. */
  end(): void;
}

/** Up to `limit` bytes wait in the stream. Of what comes beyond that, the last `limit` bytes are kept: how it ended is wanted most. */
export function slowReader(stream: OpenStream, limit: number): SlowReader {
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  let lost = 0;

  function flush(): void {
    if (lost > 0) stream.write(`\n[reeve: ${lost} bytes left out here, the reader was too slow]\n`);
    for (const bytes of kept) stream.write(bytes);
    kept = [];
    keptBytes = 0;
    lost = 0;
  }

  return {
    write(bytes) {
      if (kept.length === 0 && stream.waiting() <= limit) return void stream.write(bytes);
      kept.push(bytes);
      keptBytes += bytes.length;
      while (keptBytes > limit && kept.length > 1) {
        const gone = kept.shift()?.length ?? 0;
        keptBytes -= gone;
        lost += gone;
      }
    },
    drained: flush,
    end() {
      flush();
      stream.end();
    },
  };
}
