// The machine as the config readers see it, for the client. (The daemon has its own: ctl imports nothing of daemon/os.)
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import type { ConfigPort } from '../config/port.ts';

const MOST_FILE_BYTES = 16 * 1024 * 1024;

/** One segment of a glob as a pattern; hidden files need a written dot. */
function segmentPattern(segment: string): RegExp {
  const body = segment
    .replace(/\[!/g, '[^')
    .replace(/[.+^${}()|\\]|\*+|\?/g, (m) => (m.startsWith('*') ? '[^/]*' : m === '?' ? '[^/]' : m === '^' ? '^' : `\\${m}`));
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${body}$`);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function glob(pattern: string): readonly string[] {
  let found = ['/'];
  for (const segment of pattern.split('/').filter((s) => s !== '')) {
    if (!/[*?[]/.test(segment)) {
      found = found.map((at) => join(at, segment));
      continue;
    }
    const matches = segmentPattern(segment);
    found = found.flatMap((at) =>
      namesIn(at)
        .filter((name) => matches.test(name))
        .map((name) => join(at, name)),
    );
  }
  // A last segment without a pattern names a file that may not be there.
  return found.filter((path) => namesIn(join(path, '..')).includes(path.slice(path.lastIndexOf('/') + 1))).toSorted();
}

function readFile(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.length > MOST_FILE_BYTES) throw Object.assign(new Error(`larger than ${MOST_FILE_BYTES} bytes`), { code: 'EFBIG' });
  return bytes.toString('utf8');
}

/** The real machine. */
export function configPort(): ConfigPort {
  return { readFile, glob, env: process.env, cpus: availableParallelism(), hostname: hostname(), cwd: process.cwd() };
}
