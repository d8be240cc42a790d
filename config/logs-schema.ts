// Keys of [logs].
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import { key } from './table.ts';
import type { Values } from './table.ts';

const MB = 1024 ** 2;

/** [logs]: what programs do with their output where they do not say. */
export const logsKeys = {
  directory: key(kind.path, 'Directory of automatic log files.', '"/var/log/shop"', { fallbackText: '`logs` in `state_dir`' }),
  maxbytes: key(kind.size, 'Rotate at this size; 0 never.', '"50MB"', { fallback: 50 * MB }),
  backups: key(kind.integer(0, 10_000), 'Old files kept; 0 truncates instead.', '10', { fallback: 10 }),
  gzip: key(kind.boolean, 'Compress old files (`web.log.1.gz`), one at a time and soon after they were rotated.', 'true', { fallback: false }),
  tee: key(programKind.tee, "Copy complete lines to the daemon's own output with a `[name] ` prefix.", 'true', { fallback: false }),
  format: key(kind.oneOf('raw', 'json'), 'Form of what is written: as it comes, or one JSON object a line.', '"json"', { fallback: 'raw' }),
  timestamp: key(kind.boolean, 'Prefix each line with the time (raw form).', 'true', { fallback: false }),
  strip_ansi: key(kind.boolean, 'Remove colour codes.', 'true', { fallback: false }),
  full: key(kind.oneOf('block', 'drop'), 'When the disk is full or slow: hold the program back, or drop lines and count them.', '"drop"', {
    fallback: 'block',
  }),
  ring: key(kind.size, 'Bytes kept in memory for `tail` where there is no file.', '"64KB"', { fallback: 64 * 1024 }),
};
/** [logs] as it was written: absent keys are absent. */
export type LogsValues = Values<typeof logsKeys>;
