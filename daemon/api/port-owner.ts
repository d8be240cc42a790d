// Which program holds a TCP port, as far as /proc tells. Read only after a bind failed.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';
/** Descriptors looked at before giving up: a courtesy must not take long on a crowded machine. */
const MAX_DESCRIPTORS = 50_000;

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

// Columns of proc(5) net/tcp: sl local_address rem_address st … uid timeout inode.
function inodesOf(port: number): ReadonlySet<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => text(file).split('\n').slice(1));
  const columns = lines.map((line) => line.trim().split(/\s+/)).filter((c) => c[3] === LISTEN && c[1]?.endsWith(`:${hex}`) === true);
  return new Set(columns.map((c) => `socket:[${c[9]}]`));
}

/** ` (pid 123, nginx)`, or nothing where it cannot be known. */
export function portOwner(port: number): string {
  const wanted = inodesOf(port);
  if (wanted.size === 0) return '';
  let looked = 0;
  for (const pid of entries('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of entries(`/proc/${pid}/fd`)) {
      if (++looked > MAX_DESCRIPTORS) return '';
      if (wanted.has(link(`/proc/${pid}/fd/${fd}`))) return ` (pid ${pid}, ${text(`/proc/${pid}/comm`).trim()})`;
    }
  }
  return '';
}
