// Files that change below a directory. One watch for each directory, never for each file: an editor that writes a new file and
// renames it is seen like one that writes in place. Directories that come are watched too; those that are ignored never are.
import { lstatSync, readdirSync, watch as watchDirectory } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import type { FileWatches, FileWatchRequest } from './ports/file-watches.ts';

/** Directories of one program; each costs an inotify watch, of which a user has some thousands in all. */
const MAX_DIRECTORIES = 2000;
/** Looked at for directories, at most, below one program's. */
const MAX_ENTRIES = 200_000;
/** Names that nobody edits; hidden ones (.git) are left out too, unless a pattern names them. */
const NEVER: ReadonlySet<string> = new Set(['node_modules', '__pycache__']);

/** A pattern without a slash is the name of a file at any depth. */
function fits(pattern: string, path: string): boolean {
  const at = pattern.replace(/\/$/, '/**');
  return matchesGlob(path, at.includes('/') ? at.replace(/^\.\//, '') : `**/${at}`) || (at.endsWith('/**') && path === at.slice(0, -3));
}

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}

/** Below a directory: no file in it can be meant. */
function isPruned({ patterns, ignore, without, directory }: FileWatchRequest, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (NEVER.has(name) || without.includes(join(directory, path)) || ignore.some((pattern) => fits(pattern, path))) return true;
  return name.startsWith('.') && !patterns.some((pattern) => pattern.startsWith(`${path}/`));
}

function isMeant(request: FileWatchRequest, path: string): boolean {
  const { patterns, ignore, without, directory } = request;
  if (without.includes(join(directory, path)) || ignore.some((pattern) => fits(pattern, path))) return false;
  return patterns.some((pattern) => fits(pattern, path) && (!isHidden(path) || isHidden(pattern)));
}

function watch(request: FileWatchRequest): { close(): void } {
  const watchers = new Map<string, FSWatcher>();
  let entries = 0;
  let closed = false;
  let told = false;
  const problem = (why: string): void => {
    if (!told) request.problem(why);
    told = true;
  };

  function forget(path: string): void {
    for (const [known, watcher] of watchers) {
      if (known !== path && !known.startsWith(`${path}/`)) continue;
      watcher.close();
      watchers.delete(known);
    }
  }

  /** Something about an entry of a directory changed: a file was written, came or went; or a directory did. */
  function changed(path: string): void {
    if (closed) return;
    const stat = lstatSync(join(request.directory, path), { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      // What is in a directory that came with its files changed too.
      if (!watchers.has(path) && !isPruned(request, path)) add(path, true);
      return;
    }
    if (stat === undefined) forget(path);
    if (isMeant(request, path)) request.changed(path);
  }

  function add(path: string, tell: boolean): void {
    if (watchers.size >= MAX_DIRECTORIES) return problem(`there are more than ${MAX_DIRECTORIES} directories below ${request.directory}: the others are not watched; name what you need not in watch_ignore`);
    const directory = join(request.directory, path);
    try {
      const watcher = watchDirectory(directory, { persistent: false }, (_event, name) => {
        if (typeof name === 'string') changed(path === '' ? name : `${path}/${name}`);
      });
      watcher.on('error', () => forget(path));
      watchers.set(path, watcher);
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        entries += 1;
        const below = path === '' ? entry.name : `${path}/${entry.name}`;
        if (entries > MAX_ENTRIES) return problem(`there are more than ${MAX_ENTRIES} files below ${request.directory}: not all of it is watched`);
        // Links are not followed: they lead out, or round in circles.
        if (entry.isDirectory()) {
          if (!isPruned(request, below)) add(below, tell);
        } else if (tell && isMeant(request, below)) request.changed(below);
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // A directory that went away meanwhile is none of ours; of the first one somebody is told.
      if (path === '' || code === 'ENOSPC' || code === 'EMFILE') problem(`cannot watch ${directory}: ${code === 'ENOSPC' ? 'no more watches (fs.inotify.max_user_watches)' : message}`);
    }
  }

  add('', false);
  return {
    close: () => {
      closed = true;
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

export const fileWatches: FileWatches = { watch };
