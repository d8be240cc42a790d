// Where the daemon listens: -s, else a configuration file, else $REEVE_SOCKET, else the default sockets.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configPlaces, namedConfig } from '../config/places.ts';
import type { Config } from '../config/spec.ts';
import type { CtlSpec, ListenSpec } from '../config/api-spec.ts';
import type { GlobalOptions } from './arguments.ts';
import type { Credentials } from './client.ts';
import { parseAddress, tcpAddress, unixAddress } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

/** Something the caller must mend: a bad URL, a file that cannot be read. Exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface DaemonPlace {
  readonly address: ServerAddress;
  readonly credentials: Credentials;
  /** Of the shell, without "> ". */
  readonly prompt: string;
  /** How it was found, for advice: `-s`, a file, `$REEVE_SOCKET`, `default`. */
  readonly by: string;
  /** The file that named it has errors. */
  readonly problem?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export const DEFAULT_PROMPT = 'reeve';

/** The file that the options, REEVE_CONFIG or the default places name, or null. */
export function configFile(options: Pick<GlobalOptions, 'config'>, env: Env, cwd: string, executable: string): string | null {
  return namedConfig(options.config, env, cwd) ?? configPlaces(cwd, executable).find((path) => existsSync(path)) ?? null;
}

export function defaultSockets(env: Env): readonly string[] {
  return ['/run/reeve/reeve.sock', ...(env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'reeve/reeve.sock')] : [])];
}

/** The listener to use: a unix socket if there is one (it needs no password), else the first. */
function listener(listen: readonly ListenSpec[]): ListenSpec | null {
  return listen.find((l) => 'unix' in l.address) ?? listen[0] ?? null;
}

function addressOf(listen: ListenSpec): ServerAddress {
  return 'unix' in listen.address ? unixAddress(listen.address.unix) : tcpAddress(listen.address.host, listen.address.port);
}

/** Under reeve, REEVE_SOCKET and REEVE_TOKEN are those of reports: they take and open nothing else. */
const isChild = (env: Env): boolean => Boolean(env['SUPERVISION_ID']);

/** Who we are, most specific first: options, the file's [ctl] or [supervisorctl], the listener's own credentials, REEVE_TOKEN. */
function credentials(
  options: Pick<GlobalOptions, 'username' | 'password'>,
  ctl: CtlSpec | null,
  listen: ListenSpec | null,
  env: Env,
): Credentials {
  const token = (!isChild(env) && env['REEVE_TOKEN']) || null;
  if (options.username !== null) return { username: options.username, password: options.password, token: null };
  if (ctl?.username) return { username: ctl.username, password: options.password ?? ctl.password, token };
  // A hash opens nothing; a plain password of the INI file does.
  if (listen?.credentials && !listen.credentials.password.startsWith('{SHA}')) return { ...listen.credentials, token };
  return { username: null, password: null, token };
}

/** What a configuration says about where to go. */
export function placeFromConfig(
  config: Pick<Config, 'api' | 'ctl' | 'file' | 'daemon'>,
  options: Pick<GlobalOptions, 'username' | 'password'>,
  env: Env,
): DaemonPlace | null {
  const chosen = listener(config.api.listen);
  const wanted = config.ctl.serverUrl === null ? null : parseAddress(config.ctl.serverUrl);
  if (config.ctl.serverUrl !== null && wanted === null)
    throw new UsageError(`cannot use serverurl ${config.ctl.serverUrl} of ${config.file}: it is neither unix:///path nor http://host:port`);
  // Without a listener the daemon opens a socket in its runtime directory.
  const own = config.daemon.runtimeDir === null ? null : unixAddress(join(config.daemon.runtimeDir, 'reeve.sock'));
  const address = wanted ?? (chosen === null ? own : addressOf(chosen));
  if (address === null) return null;
  const same = chosen !== null && addressOf(chosen).url === address.url ? chosen : null;
  return { address, credentials: credentials(options, config.ctl, same, env), prompt: config.ctl.prompt, by: config.file };
}

const isDead = (address: ServerAddress): boolean => 'path' in address.connect && !existsSync(address.connect.path);

/** Reads a configuration only when -s does not already say where. Throws UsageError. */
export async function findDaemon(options: GlobalOptions, env: Env, cwd: string, executable: string): Promise<DaemonPlace> {
  if (options.server !== null) {
    const address = parseAddress(options.server);
    if (address === null) throw new UsageError(`cannot use ${options.server}: it is neither unix:///path nor http://host:port`);
    return { address, credentials: credentials(options, null, null, env), prompt: DEFAULT_PROMPT, by: '-s' };
  }
  const file = configFile(options, env, cwd, executable);
  const named = isChild(env) ? undefined : env['REEVE_SOCKET'];
  const others = [...(named ? [named.replace(/^unix:(\/\/)?/, '')] : []), ...defaultSockets(env)];
  // A supervisord.conf that merely lies about on the machine must not hide a reeve that runs.
  const guessed = options.config === null && !env['REEVE_CONFIG'];
  if (file !== null) {
    const { readForClient } = await import('./config-file.ts');
    const reading = readForClient(file);
    if ('address' in reading && !(guessed && isDead(reading.address)))
      return {
        address: reading.address,
        credentials: credentials(options, null, null, env),
        prompt: DEFAULT_PROMPT,
        by: file,
        problem: reading.problem,
      };
    const place = 'config' in reading ? placeFromConfig(reading.config, options, env) : null;
    if (place !== null && !(guessed && isDead(place.address) && others.some((p) => existsSync(p)))) return place;
  }
  const path = named || (defaultSockets(env).find((p) => existsSync(p)) ?? defaultSockets(env)[0]!);
  const address = parseAddress(path) ?? unixAddress(path);
  return { address, credentials: credentials(options, null, null, env), prompt: DEFAULT_PROMPT, by: named ? '$REEVE_SOCKET' : 'default' };
}
