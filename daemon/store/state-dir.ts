// Where the daemon keeps what must survive it (state), and what must not (runtime: sockets, FIFOs).
import { accessSync, constants, lstatSync, mkdirSync, mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, basename, extname, join, resolve } from 'node:path';

/** A directory that exists and can be written, or why there is none. */
export type Place = { readonly dir: string; readonly problem: null } | { readonly dir: null; readonly problem: string };

export interface PlaceOptions {
  /** state_dir or runtime_dir of the configuration; null: chosen here. */
  readonly configured: string | null;
  /** The main configuration file, absolute. */
  readonly configFile: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Longest readable part of a directory's name; paths of sockets below it must stay under 108 bytes. */
const NAME_LIMIT = 24;

/** FNV-1a, 32 bits: enough to keep two files of one name apart, without loading node:crypto. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** The name that belongs to a configuration file: its own, and a hash of its real path. */
export function stateName(configFile: string): string {
  let real = resolve(configFile);
  try {
    real = realpathSync(real);
  } catch {
    // Not there (a test, or standard input): the path as it was given.
  }
  const stem = basename(real, extname(real)).replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, NAME_LIMIT);
  return `${stem || 'reeve'}-${shortHash(real)}`;
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Record<string, string> = {
    EACCES: 'permission denied', EPERM: 'permission denied', EROFS: 'the file system is read-only', ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of its path is not a directory', EEXIST: 'a file is in its place', ENOENT: 'a directory above it does not exist',
  };
  return words[code ?? ''] ?? (error as Error).message;
}

/** As mkdir -p. Node's own tries for ever where nothing can be made at all (/proc). */
function makeAll(dir: string, mode: number): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(dir);
  if (above !== dir && statSync(above, { throwIfNoEntry: false }) === undefined) makeAll(above, mode);
  mkdirSync(dir, { mode });
}

function made(dir: string, mode: number): Place {
  try {
    makeAll(dir, mode);
    accessSync(dir, constants.W_OK | constants.X_OK);
    return { dir, problem: null };
  } catch (error) {
    return { dir: null, problem: `cannot use ${dir}: ${reason(error)}` };
  }
}

/** Where the state directory would be; null when nothing says where. Nothing is made or touched. */
export function stateCandidate({ configured, configFile, uid, env }: PlaceOptions): string | null {
  if (configured !== null) return configured;
  const name = stateName(configFile);
  if (uid === 0) return join('/var/lib/reeve', name);
  // os.userInfo() throws for a uid without an entry (OpenShift), so only the environment is asked.
  if (env['XDG_STATE_HOME']) return join(env['XDG_STATE_HOME'], 'reeve', name);
  if (env['HOME'] && env['HOME'] !== '/') return join(env['HOME'], '.local/state/reeve', name);
  return null;
}

/** The state directory, made with mode 0700. Unknown uids and read-only roots are a `problem`, never an exception. */
export function stateDirectory(options: PlaceOptions): Place {
  const dir = stateCandidate(options);
  return dir === null ? { dir, problem: 'neither XDG_STATE_HOME nor HOME is set, and state_dir is not configured' } : made(dir, 0o700);
}

/** A directory below a place that everybody may write to is ours only if we made it and nobody else can change it. */
function isOurs(dir: string, uid: number): boolean {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0;
}

/** The runtime directory: 0711, so that children of other users reach the sockets that are named to them, and list nothing. */
export function runtimeDirectory(options: PlaceOptions): Place {
  const { configured, uid, env } = options;
  if (configured !== null) return made(configured, 0o711);
  if (uid === 0) {
    const run = made('/run/reeve', 0o711);
    if (run.dir !== null) return run;
  } else if (env['XDG_RUNTIME_DIR']) {
    const run = made(join(env['XDG_RUNTIME_DIR'], 'reeve'), 0o711);
    if (run.dir !== null) return run;
  }
  const shared = join(tmpdir(), `reeve-${uid}`);
  const place = made(shared, 0o711);
  if (place.dir !== null && isOurs(shared, uid)) return place;
  try {
    // Somebody else made that name first: one that nobody can have guessed.
    return { dir: mkdtempSync(`${shared}-`), problem: null };
  } catch (error) {
    return { dir: null, problem: `cannot make a directory for sockets in ${tmpdir()}: ${reason(error)}` };
  }
}
