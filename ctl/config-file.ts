// Reads a configuration for the client. Loaded only where a file must be read.
import { dirname } from 'node:path';
import { readConfig } from '../config/read.ts';
import type { Reading } from '../config/read.ts';
import { problemLine } from '../config/problems.ts';
import type { ConfigPort } from '../config/port.ts';
import type { Config } from '../config/spec.ts';
import { nodeConfigPort } from '../daemon/os/config-port.ts';
import { roughAddress } from './rough-look.ts';
import type { ServerAddress } from './server-address.ts';
import { UsageError } from './find-daemon.ts';

const MOST_SHOWN = 5;

/** Everything, with secrets where the files allow it: for `config` and `doctor`. */
export function readFully(path: string): Reading {
  return readConfig(path, nodeConfigPort());
}

/** What is needed to find the daemon: the configuration, or an address made out in a file with errors (`problem` says so). */
export type ClientReading = { readonly config: Config } | { readonly address: ServerAddress; readonly problem: string };

/** Throws UsageError when not even an address can be made out. */
export function readForClient(path: string): ClientReading {
  const port = nodeConfigPort();
  const { config, problems } = readConfig(path, port, { secrets: false });
  if (config !== null) return { config };
  const errors = problems.filter((p) => p.severity === 'error');
  const address = roughLook(path, port);
  if (address !== null)
    return { address, problem: `${path} has ${errors.length} error${errors.length === 1 ? '' : 's'}: reevectl config check ${path}` };
  const shown = errors.slice(0, MOST_SHOWN).map((p) => `  ${problemLine(p)}`);
  const more = errors.length > MOST_SHOWN ? [`  and ${errors.length - MOST_SHOWN} more: reevectl config check ${path}`] : [];
  throw new UsageError([`cannot find the daemon by ${path} (-s URL needs no file)`, ...shown, ...more].join('\n'));
}

function roughLook(path: string, port: ConfigPort): ServerAddress | null {
  try {
    return roughAddress(port.readFile(path), dirname(path));
  } catch {
    return null; // Unreadable: the problems of the reader say so.
  }
}
