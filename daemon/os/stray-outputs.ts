// The output pipes of a child of a daemon that died, opened for reading once more: what is in them still reaches its log.
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import type { Channel } from './ports/output.ts';
import { descriptorOf } from './proc.ts';

export interface StrayOutput {
  readonly channel: Channel;
  /** What /proc calls it (`pipe:[123]`). */
  readonly pipe: string;
  /** For reading, without blocking; the caller's. */
  readonly fd: number;
}

const CHANNELS: readonly (readonly [number, Channel])[] = [[1, 'stdout'], [2, 'stderr']];

/**
 * We give children their end of a log pipe open for reading too, which nobody else does: a pipe between two commands of a
 * shell is not taken for ours, and its reader is not robbed.
 */
function isOurs(pid: number, fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & 3) === constants.O_RDWR;
  } catch {
    return false;
  }
}

/** Opens the log pipes of a process, but those that are `known`. What we may not open is left. */
export function openOutputs(pid: number, known: ReadonlySet<string>): readonly StrayOutput[] {
  const outputs: StrayOutput[] = [];
  for (const [number, channel] of CHANNELS) {
    const pipe = descriptorOf(pid, number);
    if (pipe === null || !pipe.startsWith('pipe:') || known.has(pipe) || outputs.some((each) => each.pipe === pipe) || !isOurs(pid, number)) continue;
    let fd: number;
    try {
      fd = openSync(`/proc/${pid}/fd/${number}`, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      continue;
    }
    // It may have ended meanwhile, and its number be another's.
    if (descriptorOf('self', fd) === pipe) outputs.push({ channel, pipe, fd });
    else closeSync(fd);
  }
  return outputs;
}
