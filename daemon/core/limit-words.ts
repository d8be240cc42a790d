// What is too much, in a person's words.
import type { LimitKind, LimitsSpec } from '../../config/limits-spec.ts';

const MIB = 1024 ** 2;

/** `600 MiB`, `1.5 GiB`. */
export function bytesInWords(bytes: number): string {
  if (bytes >= 1024 * MIB) return `${String(Math.round((bytes / (1024 * MIB)) * 10) / 10)} GiB`;
  return bytes >= 10 * MIB ? `${String(Math.round(bytes / MIB))} MiB` : `${String(Math.round((bytes / MIB) * 10) / 10)} MiB`;
}

function secondsInWords(ms: number): string {
  return `${String(Math.round(ms / 100) / 10)} s`;
}

/** `95.3 %`. */
export function percentInWords(percent: number): string {
  return `${String(Math.round(percent * 10) / 10)} %`;
}

/** The value of a limit, or what was measured against it, with its unit. */
export function amountInWords(limit: LimitKind, amount: number): string {
  switch (limit) {
    case 'memory': case 'disk': return bytesInWords(amount);
    case 'cpu': return percentInWords(amount);
    case 'runtime': return secondsInWords(amount);
    case 'files': case 'processes': return String(amount);
    default: return limit satisfies never;
  }
}

/** `it uses 600 MiB of memory, and its limit is 512 MiB`. */
export function limitWords(limits: LimitsSpec, { limit, max, actual, where }: { readonly limit: LimitKind; readonly max: number; readonly actual: number; readonly where?: string }): string {
  const [is, most] = [amountInWords(limit, actual), amountInWords(limit, max)];
  switch (limit) {
    case 'memory': return `it uses ${is} of memory, and its limit is ${most}`;
    case 'cpu': return `it used ${is} of a core over ${secondsInWords(limits.windowMs)}, and its limit is ${most}`;
    case 'files': return `a process of it has ${is} open files, and its limit is ${most}`;
    case 'processes': return `it has ${is} processes, and its limit is ${most}`;
    case 'runtime': return `it has run for ${is}, and its limit is ${most}`;
    case 'disk': return `${is} are free where ${where ?? '?'} is, and ${most} are to stay free`;
    default: return limit satisfies never;
  }
}
