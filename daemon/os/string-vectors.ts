// argv and environment as execve wants them: pointers to strings, in memory that C can read.
import type { Sys } from './sys.ts';

/** First size of the block; it grows to what is needed. */
const BLOCK_BYTES = 64 * 1024;

/** Addresses within the block, valid until the next call. */
export interface Vectors {
  readonly file: bigint;
  readonly argv: bigint;
  readonly envp: bigint;
}

/** argv and environment as C wants them, in one block that is used again for each spawn. */
export function createVectors(sys: Sys): (file: string, argv: readonly string[], environment: Readonly<Record<string, string>>) => Vectors {
  let block = sys.memory(BLOCK_BYTES);
  return (file, argv, environment) => {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const strings = [file, ...argv, ...variables];
    const pointers = 8 * (argv.length + variables.length + 2);
    const size = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, pointers);
    if (size > block.bytes.length) block = sys.memory(size * 2);
    const { bytes, address } = block;
    let end = pointers;
    const place = (text: string): bigint => {
      const at = address + BigInt(end);
      end += bytes.write(text, end);
      bytes[end++] = 0;
      return at;
    };
    let slot = 0;
    const vector = (texts: readonly string[]): bigint => {
      const start = address + BigInt(slot);
      for (const text of texts) slot = bytes.writeBigUInt64LE(place(text), slot);
      slot = bytes.writeBigUInt64LE(0n, slot);
      return start;
    };
    return { file: place(file), argv: vector(argv), envp: vector(variables) };
  };
}
