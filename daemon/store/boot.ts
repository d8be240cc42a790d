// Which boot and which pid namespace this is. A pid and a start time mean something within one of these only.
import { readFileSync, readlinkSync } from 'node:fs';

function orEmpty(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/**
 * `boot id / pid namespace / start of its first process`. The third part because the kernel gives the number of a pid
 * namespace again after the container is gone. Stable across a restart of the daemon under the same init; parts that
 * cannot be read are empty (macOS: all of them).
 */
export function bootIdentity(): string {
  const boot = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  // The name of the command may hold spaces and brackets: fields are counted after the last bracket.
  const stat = orEmpty(() => readFileSync('/proc/1/stat', 'utf8'));
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${boot}/${namespace}/${started}`;
}
