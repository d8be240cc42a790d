// From [api] to listeners and credentials, and the rule that no door is left open by accident.
import { resolveFrom } from './paths.ts';
import { shown } from './problems.ts';
import { apiKeys, tokenKeys, userKeys } from './api-schema.ts';
import { filled } from './table.ts';
import type { ApiSpec, ListenSpec, TokenSpec, UserSpec } from './api-spec.ts';
import type { ApiValues } from './api-schema.ts';

/** A listener's address. */
export type Address = ListenSpec['address'];

/** What [api] needs from its reader. */
export interface ApiContext {
  /** Directory of the file. */
  readonly here: string;
  readonly complain: (path: readonly (string | number)[], message: string, hint?: string) => void;
  /** Something that is not wrong, and not what was meant. */
  readonly warn: (path: readonly (string | number)[], message: string, hint: string) => void;
  /** Content of a secret file, or null after a complaint or when secrets are not wanted. */
  readonly secretFile: (written: string, path: readonly (string | number)[]) => string | null;
}

/** Reads `unix:/path`, `host:port`, `*:port`, `:port`, `[::1]:port`; null when it is none of them. host '' means every interface. */
export function parseAddress(text: string, here: string): Address | null {
  if (text.startsWith('unix:')) {
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '');
    return path === '' ? null : { unix: resolveFrom(here, path) };
  }
  const match = /^(?:(\*|[\w.-]*|\[[0-9a-fA-F:.]+\]):)?(\d{1,5})$/.exec(text.trim());
  if (match === null) return null;
  const port = Number(match[2]);
  const host = (match[1] ?? '').toLowerCase();
  if (port < 1 || port > 65_535) return null;
  return { host: host === '*' ? '' : host.replace(/^\[|\]$/g, ''), port };
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function credentials(values: ApiValues, c: ApiContext): { users: UserSpec[]; tokens: TokenSpec[] } {
  const secretOf = (list: string, index: number, word: string, plain: string | undefined, file: string | undefined): string | null => {
    if ((plain === undefined) === (file === undefined)) {
      c.complain(
        [list, index],
        plain === undefined ? `"${word}" is missing` : `"${word}" and "${word}_file" exclude each other`,
        `write ${word} or ${word}_file`,
      );
      return null;
    }
    const secret = plain ?? c.secretFile(file ?? '', [list, index, `${word}_file`]);
    if (secret === '') c.complain([list, index], `"${word}" is empty`);
    return secret;
  };
  const users: UserSpec[] = [];
  const tokens: TokenSpec[] = [];
  const names = new Set<string>();
  for (const { values: user, index } of values.users ?? []) {
    const password = secretOf('users', index, 'password', user.password, user.password_file);
    if (user.name !== undefined && names.has(user.name)) c.complain(['users', index, 'name'], `user ${shown(user.name)} is written twice`);
    if (user.name !== undefined && password !== null) users.push({ name: user.name, password, role: user.role ?? userKeys.role.fallback });
    if (user.name !== undefined) names.add(user.name);
  }
  for (const { values: token, index } of values.tokens ?? []) {
    const secret = secretOf('tokens', index, 'token', token.token, token.token_file);
    if (token.name !== undefined && secret !== null)
      tokens.push({ name: token.name, token: secret, role: token.role ?? tokenKeys.role.fallback });
  }
  return { users, tokens };
}

/** The control API. An empty `listen` means: main listens on its default unix socket. */
export function apiOf(values: ApiValues, c: ApiContext): ApiSpec {
  const open = values.auth === 'none';
  const { users, tokens } = credentials(values, c);
  const guarded = (values.users ?? []).length + (values.tokens ?? []).length > 0;
  const v = filled(apiKeys, values, 'toml');
  const listen: ListenSpec[] = [];
  (values.listen ?? []).forEach((written, index) => {
    const address = parseAddress(written.address, c.here);
    if (address === null) {
      c.complain(['listen', index], `expected unix:/path, host:port, *:port or :port, got ${shown(written.address)}`);
      return;
    }
    const { username, password } = written;
    const own = username === undefined || password === undefined ? null : { username, password };
    if ('host' in address && !isLoopback(address.host) && !guarded && !open && own === null) {
      c.complain(
        ['listen', index],
        `cannot listen on ${shown(written.address)} without credentials: other machines could reach it`,
        'add [[api.users]] or [[api.tokens]], listen on 127.0.0.1, or write auth = "none" to let everybody in',
      );
    }
    listen.push({
      address,
      mode: written.mode ?? v.socket_mode,
      owner: written.owner ?? values.socket_owner ?? null,
      credentials: own,
      open: open && own === null,
    });
  });
  if (values.ui === true && !listen.some((one) => 'host' in one.address)) {
    c.warn(['ui'], 'there will be no web page: nothing listens on TCP', 'write "127.0.0.1:9001" into listen beside the unix socket; `reevectl ui` says how');
  }
  const probe = values.probe_listen === undefined ? null : parseAddress(values.probe_listen, c.here);
  if (values.probe_listen !== undefined && (probe === null || 'unix' in probe)) {
    c.complain(['probe_listen'], `expected host:port, *:port or :port, got ${shown(values.probe_listen)}`);
  }
  return {
    listen,
    users,
    tokens,
    allowedHosts: v.allowed_hosts,
    ui: v.ui,
    readyzHealth: v.readyz_health,
    probeListen: probe !== null && 'host' in probe ? probe : null,
  };
}

/** The URL a program or client uses for a listener: `unix:///path` or `http://host:port`. */
export function addressUrl(address: Address): string {
  if ('unix' in address) return `unix://${address.unix}`;
  const host = address.host === '' ? 'localhost' : address.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** supervisord's choice for SUPERVISOR_SERVER_URL: the first unix socket, else the first TCP listener, else null. */
export function serverUrlOf(listen: readonly ListenSpec[]): string | null {
  const best = listen.find((one) => 'unix' in one.address) ?? listen[0];
  return best === undefined ? null : addressUrl(best.address);
}
