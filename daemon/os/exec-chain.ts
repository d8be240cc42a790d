// What is executed in front of a command so that it runs as somebody else, with other limits, or dies with us:
// prlimit and setpriv of util-linux, each of which becomes the next by exec, so no process remains.
import { accessSync, constants } from 'node:fs';
import type { ProcessSpec, Rlimit } from '../../config/spec.ts';
import type { Identity } from './accounts.ts';
import { hasCapability } from './capabilities.ts';
import type { SpawnError } from './ports/processes.ts';
import { spawnError } from './spawn-errors.ts';

export interface Tools {
  readonly setpriv: string | null;
  readonly prlimit: string | null;
}

/** What posix_spawn gets: file, argv, and the soft limit of open files to set around it. */
export interface Execution {
  readonly file: string;
  readonly argv: readonly string[];
  /** null: our own stays as it is while we spawn. */
  readonly softFiles: number | null;
  /** To be given to the child once it runs; null: it has the right one from the start. */
  readonly lateFiles: Rlimit | null;
}

/** What a child gets when nothing is configured: what a login shell has. Node raised its own limit to the hard one. */
const USUAL_SOFT_FILES = 1024;
/** While our own soft limit is lowered, threads of ours must find this many free descriptors below it. */
const THREAD_FILES = 24;

/** Names that prlimit(1) takes, with the number of the resource. */
const RESOURCES: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

/** Reads one of our own limits. */
export type ReadLimit = (resource: number) => Rlimit;

/** Looks for the tools where they usually are; PATH of the daemon may be anything. */
export function findTools(): Tools {
  const find = (name: string): string | null => {
    for (const directory of ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin']) {
      try {
        accessSync(`${directory}/${name}`, constants.X_OK);
        return `${directory}/${name}`;
      } catch {
        // Look on.
      }
    }
    return null;
  };
  return { setpriv: find('setpriv'), prlimit: find('prlimit') };
}

const printed = (limit: number): string => (Number.isFinite(limit) ? String(limit) : 'unlimited');

function limitArguments(limits: Readonly<Record<string, Rlimit>>, read: ReadLimit): readonly string[] | { readonly error: SpawnError } {
  const words: string[] = [];
  for (const [name, { soft, hard }] of Object.entries(limits)) {
    const resource = RESOURCES[name];
    if (resource === undefined) return spawnError('other', `cannot set the limit '${name}': the kernel has no such limit`);
    if (soft > hard) return spawnError('other', `cannot set the limit '${name}': soft ${printed(soft)} is more than hard ${printed(hard)}`);
    const own = read(resource);
    if (hard > own.hard && !hasCapability('SYS_RESOURCE')) {
      return spawnError(
        'no_permission',
        `cannot set the limit '${name}' to ${printed(hard)}: the daemon's own hard limit is ${printed(own.hard)} and it may not raise it (CAP_SYS_RESOURCE)`,
        'EPERM',
      );
    }
    words.push(`--${name}=${printed(soft)}:${printed(hard)}`);
  }
  return words;
}

function identityArguments(identity: Identity): readonly string[] {
  const groups = identity.name !== null ? '--init-groups' : '--clear-groups';
  return [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, groups];
}

/**
 * Puts together what is executed. The command keeps its argv as written; behind a wrapper argv[0] is the path where
 * there is no PATH to lead exec to the same file. `lowestFree` is our lowest free descriptor: where that is near the child's
 * limit, ours is not lowered even for a moment, since our threads could open nothing then. `leastSoftFiles`: a soft limit of open
 * files that is more than the usual one.
 */
export function executionOf(
  spec: ProcessSpec,
  file: string,
  environment: Readonly<Record<string, string>>,
  identity: Identity | null,
  tools: Tools,
  read: ReadLimit,
  lowestFree: number,
  leastSoftFiles = 0,
  /** Executed before everything else: joins a control group. */
  join: readonly string[] = [],
): Execution | { readonly error: SpawnError } {
  const files = read(RESOURCES['nofile']!);
  const { nofile, ...others } = spec.rlimits;
  // Only the soft limit of open files can be set on ourselves and taken back: lowering the hard one is for ever, and
  // address space, data or processes would stop the spawn itself.
  const byWrapper: Record<string, Rlimit> = { ...others };
  let softFiles: number | null = Math.min(Math.max(USUAL_SOFT_FILES, leastSoftFiles), files.hard);
  let lateFiles: Rlimit | null = null;
  if (nofile !== undefined) {
    if (nofile.hard === files.hard && nofile.soft <= files.hard) softFiles = nofile.soft;
    else byWrapper['nofile'] = nofile;
  }
  if (softFiles < files.soft && lowestFree + THREAD_FILES > softFiles) {
    const own = { soft: softFiles, hard: files.hard };
    softFiles = null;
    if (tools.prlimit === null) lateFiles = own;
    else byWrapper['nofile'] ??= own;
  }
  const limits = limitArguments(byWrapper, read);
  if ('error' in limits) return limits;
  const wrappers: string[] = [...join];
  if (limits.length > 0) {
    if (tools.prlimit === null) return spawnError('other', `cannot set limits: there is no prlimit (util-linux) on this machine`, 'ENOENT');
    wrappers.push(tools.prlimit, ...limits, '--');
  }
  const changes = [...(identity === null ? [] : identityArguments(identity)), ...(spec.killOnDaemonDeath ? ['--pdeathsig=KILL'] : [])];
  if (changes.length > 0) {
    if (tools.setpriv === null)
      return spawnError(
        'other',
        `cannot ${identity === null ? 'end with the daemon' : 'change the user'}: there is no setpriv (util-linux) on this machine`,
        'ENOENT',
      );
    wrappers.push(tools.setpriv, ...changes, '--');
  }
  const [first = file, ...rest] = spec.command.words;
  if (wrappers.length === 0) return { file, argv: [first, ...rest], softFiles, lateFiles };
  const word = environment['PATH'] === undefined && !first.includes('/') ? file : first;
  return { file: wrappers[0]!, argv: [...wrappers, word, ...rest], softFiles, lateFiles };
}
