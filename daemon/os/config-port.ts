// The machine as the config readers see it. Tiny and without other imports of ours, so that the client may use it too.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import type { ConfigPort } from '../../config/port.ts';

/** A configuration file larger than this is something else. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

function readFile(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_FILE_BYTES) throw new Error(`the file has ${size} bytes, at most ${MAX_FILE_BYTES} are read`);
  return readFileSync(path, 'utf8');
}

/** One path segment of Python's glob as a regular expression: `*`, `?`, `[a-z]`, `[!a-z]`; a leading dot must be written. */
function segmentPattern(segment: string): RegExp {
  let source = segment.startsWith('.') ? '' : '(?!\\.)';
  for (let i = 0; i < segment.length; i += 1) {
    const char = segment.charAt(i);
    const close = char === '[' ? segment.indexOf(']', i + 2) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      const inside = segment
        .slice(i + 1, close)
        .replaceAll('\\', '\\\\')
        .replace(/^!/, '^');
      source += `[${inside}]`;
      i = close;
    } else source += char.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return /^(?!)/; // a range such as [z-a] matches nothing
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory === '' ? '/' : directory);
  } catch {
    return []; // as in a shell: what cannot be read does not match
  }
}

function glob(pattern: string): readonly string[] {
  let found = [''];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    if (/[*?[]/.test(segment)) {
      const wanted = segmentPattern(segment);
      found = found.flatMap((base) =>
        names(base)
          .filter((name) => wanted.test(name))
          .map((name) => `${base}/${name}`),
      );
    } else {
      found = found.map((base) => `${base}/${segment}`);
    }
  }
  return found
    .filter((path) => {
      try {
        return exists(path);
      } catch {
        return false;
      }
    })
    .toSorted();
}

/** The real file system, environment and processor count. `cwd` is taken now. */
export function nodeConfigPort(): ConfigPort {
  return {
    readFile, glob, env: process.env, cpus: availableParallelism(), hostname: hostname(), cwd: process.cwd(),
    // Read only where a job asks: it loads the zone data.
    get timezone() {
      return Temporal.Now.timeZoneId();
    },
  };
}
